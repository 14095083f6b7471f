"""The command that grades a folder: no file stops the others, and what it writes tells students nothing hidden."""

import csv
import time

import nbformat
import pytest
from handing_in import aligned_solution, answer_positions, full_marks, marks, notebook_of
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools.coursework.__main__ import main
from tools.coursework.grading import GRADED
from tools.coursework.sandbox import Limits
from tools.coursework.submissions import find_submissions, other_files

ONE = "noise-prune"


@pytest.fixture(scope="module")
def graded(built, tmp_path_factory):
    """A folder of good and bad files, graded by the command: its rows by submission, and the folder of results."""
    folder, target = tmp_path_factory.mktemp("handed in"), tmp_path_factory.mktemp("results")
    solution = aligned_solution(built(ONE))
    position = next(index for index, cell in enumerate(solution.cells) if cell.source.startswith("_Type your answer"))
    solution.cells[position] = new_markdown_cell("The bridges of *chain* lie above the line.")
    del solution.cells[answer_positions(built(ONE))["q3"]]
    (folder / "Gruppe Ä").mkdir()
    nbformat.write(solution, folder / "Gruppe Ä" / "Jörg Müller.ipynb")
    nbformat.write(built(ONE).student, folder / "blank.IPYNB.txt")
    (folder / "cut off.ipynb").write_text(nbformat.writes(solution)[:5000], encoding="utf-8")
    (folder / "empty.ipynb").write_bytes(b"")
    (folder / "picture.ipynb").write_bytes(bytes(range(256)) * 40)
    (folder / "list.ipynb").write_text("[[[1]]]", encoding="utf-8")
    (folder / "deep.ipynb").write_text("[" * 200_000, encoding="utf-8")
    (folder / "notes.txt").write_text("not handed in", encoding="utf-8")
    (folder / ".ipynb_checkpoints").mkdir()
    nbformat.write(solution, folder / ".ipynb_checkpoints" / "x-checkpoint.ipynb")
    assert main(["grade", ONE, str(folder), "--target", str(target), "--workers", "2"]) == 0
    rows = csv.DictReader((target / "grades.csv").read_text(encoding="utf-8").splitlines())
    return {row["submission"]: row for row in rows}, target


def test_every_file_has_a_row_and_the_right_one_its_points(graded, built):
    rows, _ = graded
    good = rows.pop("Gruppe Ä/Jörg Müller.ipynb")
    expected = full_marks(built(ONE).bundle) | {"q3": 0}
    assert {name: float(good[name]) for name in expected} == expected
    assert (good["status"], float(good["total"])) == (GRADED, sum(expected.values()))
    assert good["q9"] == ""
    assert rows.pop("blank.IPYNB.txt")["status"] == GRADED
    assert set(rows) == {"cut off.ipynb", "empty.ipynb", "picture.ipynb", "list.ipynb", "deep.ipynb"}
    assert {row["total"] for row in rows.values()} == {"0"}
    assert all(row["status"].startswith("not graded: the file is ") for row in rows.values())


def test_files_that_are_no_notebooks_are_named(tmp_path):
    for name in ("a.pdf", "b.ipynb", ".hidden", ".ipynb_checkpoints/c.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert [path.name for path in find_submissions(tmp_path)] == ["b.ipynb"]
    assert [path.name for path in other_files(tmp_path)] == ["a.pdf"]


def test_feedback_helps_and_hides(graded, built):
    _, target = graded
    page = (target / "feedback" / "Gruppe Ä__Jörg Müller.md").read_text(encoding="utf-8")
    tests = {question["name"]: question["tests"] for question in built(ONE).bundle["questions"]}
    assert all(test["hint"] in page for test in tests["q3"])
    assert not any(test["hint"] in page for test in tests["q1"])
    assert "not found: diff_covariance" in page
    hidden = [line.strip() for test in tests["q3"] for line in test["source"].splitlines()]
    assert not [line for line in hidden if len(line) > 12 and line in page]
    assert len(list((target / "feedback").iterdir())) == 7
    assert "the file is empty" in (target / "feedback" / "empty.md").read_text(encoding="utf-8")


def test_written_answers_are_on_a_sheet_below_the_rubric(graded):
    _, target = graded
    sheet = (target / "written" / "q9.md").read_text(encoding="utf-8")
    rubric, _, answers = sheet.partition("## Gruppe Ä/Jörg Müller.ipynb")
    assert "**Rubric.**" in rubric
    assert answers.partition("## ")[0].strip() == "The bridges of *chain* lie above the line."
    assert answers.count("*No answer found.*") == 6


def test_the_table_of_tests_says_why(graded, built):
    _, target = graded
    rows = list(csv.DictReader((target / "tests.csv").read_text(encoding="utf-8").splitlines()))
    n_tests = sum(len(question["tests"]) for question in built(ONE).bundle["questions"])
    assert len(rows) == 2 * n_tests
    lost = [row for row in rows if row["submission"].startswith("Gruppe") and row["earned"] == "0"]
    assert {(row["question"], row["reason"]) for row in lost} == {("q3", "not found: diff_covariance")}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["grade", "no-such", "."], "assignment must be one of"),
        (["grade", ONE, "no such folder"], "submissions must be a folder"),
        (["grade", ONE, "{empty}"], "submissions must hold at least one"),
        (["grade", ONE, "{empty}", "--seconds", "0"], "seconds"),
        (["grade", ONE, "{empty}", "--workers", "0"], "workers must be at least 1"),
        (["grade", ONE, "{empty}", "--overlay", "no such folder"], "overlay must be a folder"),
    ],
)
def test_bad_arguments_are_named(arguments, named, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    arguments = [argument.format(empty=tmp_path / "empty") for argument in arguments]
    target = ["--target", str(tmp_path / "results")]
    assert main([*arguments, *target]) == 1
    assert named in capsys.readouterr().err


def answer(built, question):
    return aligned_solution(built(ONE)).cells[answer_positions(built(ONE))[question]].source


def test_the_limit_holds_for_a_file_that_hangs_everywhere(built, grade):
    loops = [f"number = {number}\nwhile True:\n    pass" for number in range(20)]
    notebook = notebook_of(answer(built, "q1"), *loops, answer(built, "q2"))
    started = time.monotonic()
    result = grade(ONE, notebook, limits=Limits(submission=30, step=5))
    assert time.monotonic() - started < 50
    assert result.points("q1") == 4
    assert "code cell 2: it took too long" in result.notes


def test_an_answer_that_hangs_when_called_costs_only_its_own_question(built, grade):
    hanging = "def stationary_covariance(A, sigma=1.0):\n    while True:\n        pass"
    result = grade(
        ONE, notebook_of(answer(built, "q1"), hanging, answer(built, "q3")), limits=Limits(submission=60, step=4)
    )
    earned = marks(result)
    assert (earned["q1"], earned["q2"], earned["q3"]) == (4, 0, 4)
    errors = [test.error for test in result.tests if test.question == "q2"]
    assert errors == ["it took too long"] * 2 + ["not run: 2 tests of this question did not end"]


def test_answers_that_leave_the_program_when_called(built, grade):
    leaving = "import os\n\ndef stationary_covariance(A, sigma=1.0):\n    os._exit(0)"
    raising = "def diff_covariance(A, C):\n    raise SystemExit"
    earned = marks(grade(ONE, notebook_of(leaving, raising, answer(built, "q1"))))
    assert (earned["q1"], earned["q2"], earned["q3"]) == (4, 0, 0)


def test_a_later_cell_that_works_is_not_undone_by_an_earlier_one_that_does_not(built, grade):
    wrong = "def diff_covariance(A, C):\n    return C\n\n\n1 / 0"
    assert grade(ONE, notebook_of(wrong, answer(built, "q3"))).points("q3") == 4


def test_a_chain_of_cells_in_the_wrong_order(built, grade):
    cells = ["c = b + 1\nassert c == 3", "b = a + 1", "a = 1"]
    result = grade(ONE, notebook_of(*cells, answer(built, "q1")))
    assert result.notes == []
    assert result.points("q1") == 4


def test_a_cell_of_the_student_may_use_what_checks_and_figures_define(built, grade):
    uses = "largest = chain.max() + losses[0]"
    notebook = aligned_solution(built(ONE))
    notebook.cells.append(new_code_cell(uses))
    assert grade(ONE, notebook).notes == []
