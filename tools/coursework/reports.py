"""What grading leaves behind: a table of points, a table of tests, a page for each student, a sheet to read."""

from pathlib import Path

from tools.coursework.files import write_csv, write_text
from tools.coursework.grading import GRADED

DETAILS = ("submission", "question", "test", "points", "earned", "reason")


def number(points):
    return f"{points:g}"


def in_words(points):
    return "1 point" if points == 1 else f"{number(points)} points"


def write_reports(bundle, results, target):
    """Write `grades.csv`, `tests.csv`, `feedback/` and `written/` into the folder `target`."""
    target = Path(target)
    automatic = [question["name"] for question in bundle["questions"] if not question["manual"]]
    manual = [question for question in bundle["questions"] if question["manual"]]
    header = ["submission", "status", *(question["name"] for question in bundle["questions"]), "total", "out_of"]
    write_csv(target / "grades.csv", [*header, "notes"], [_row(result, automatic, bundle) for result in results])
    write_csv(target / "tests.csv", DETAILS, [row for result in results for row in _details(result)])
    for name, result in zip(file_names(results), results, strict=True):
        write_text(target / "feedback" / f"{name}.md", feedback(bundle, result))
    for question in manual:
        write_text(target / "written" / f"{question['name']}.md", reading_sheet(question, results))


def _row(result, automatic, bundle):
    row = {"submission": result.submission, "status": result.status, "out_of": number(possible(bundle))}
    row |= {name: number(result.points(name)) for name in automatic}
    return row | {"total": number(result.total()), "notes": "; ".join(result.notes)}


def possible(bundle):
    return sum(question["points"] for question in bundle["questions"] if not question["manual"])


def _details(result):
    for test in result.tests:
        earned = test.points if test.error is None else 0
        yield {
            "submission": result.submission,
            "question": test.question,
            "test": test.name,
            "points": number(test.points),
            "earned": number(earned),
            "reason": test.error or "",
        }


def file_names(results):
    """A file name for each submission: its path in one piece, and a number where two would be the same."""
    names, used = [], {}
    for result in results:
        path = Path(result.submission)
        stem = "__".join([*path.parts[:-1], path.name.split(".ipynb")[0].split(".IPYNB")[0]])
        stem = "".join(letter if letter.isalnum() or letter in " -_.()" else "_" for letter in stem)[:120].strip(" .")
        used[stem.lower()] = used.get(stem.lower(), 0) + 1
        count = used[stem.lower()]
        names.append(stem if count == 1 else f"{stem}--{count}")
    return names


def feedback(bundle, result):
    """Page for one student. It shows the hints of tests that failed, and nothing of the tests themselves."""
    lines = [f"# {bundle['name']}", "", f"File: {result.submission}", ""]
    if result.status != GRADED:
        lines += [f"This file was {result.status}.", "", "Hand in the notebook itself, a file that ends in `.ipynb`."]
        return "\n".join([*lines, ""])
    lines += [f"Points: {number(result.total())} of {number(possible(bundle))}", "", "| question | points | of |"]
    lines += ["|---|---:|---:|"]
    for question in bundle["questions"]:
        got = "read by a person" if question["manual"] else number(result.points(question["name"]))
        lines.append(f"| {question['title']} | {got} | {number(question['points'])} |")
    lost = [test for test in result.tests if test.error is not None]
    if lost:
        lines += ["", "## Where points were lost", ""]
        lines += [f"- {test.question}, {in_words(test.points)}: {test.hint}{_ending(test)}" for test in lost]
    if result.notes:
        lines += ["", "## Cells that did not run to their end", ""]
        lines += [f"- {note}" for note in result.notes]
        lines += ["", "What such a cell defines was used all the same where that was possible."]
    return "\n".join([*lines, ""])


def _ending(test):
    """Why a test did not come to a result, where it did not."""
    if test.error.startswith(("not run", "not found", "it ")):
        return f" ({test.error})"
    return ""


def reading_sheet(question, results):
    """All answers to one written question below its rubric."""
    lines = [f"# {question['title']}", "", question["solution"], ""]
    for result in results:
        answer = result.written.get(question["name"], "") or "*No answer found.*"
        lines += [f"## {result.submission}", "", answer, ""]
    return "\n".join(lines)
