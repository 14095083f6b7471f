"""From a master to what is handed out, what grades and what explains; all of it generated, none of it edited."""

import shutil
import tempfile
import zipfile
from pathlib import Path

import nbformat
from otter.assign import main as otter_assign
from otter.assign.cell_factory import CellFactory

from tools.coursework.bundle import bundle
from tools.coursework.files import whole_folder, write_json, write_text
from tools.coursework.masters import ROOT, find_master, hidden_tests, is_tagged, questions

BUILT = ROOT / "_build" / "coursework"
ANSWER = "otter_answer_cell"
QUESTION_COMMENTS = ("<!-- BEGIN QUESTION -->", "<!-- END QUESTION -->")
SOLUTION_MARKS = ("# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN SOLUTION NO PROMPT")
PROMPT = CellFactory.create_markdown_response_cell().source
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def build(name, target=BUILT, overlay=None):
    """Build assignment `name` under `target`; returns the path of the data that the grader reads.

    Parameters
    ----------
    name : str
    target : path
        `<target>/<name>/student` is for students, `<target>/<name>/instructor` is not.
    overlay : path, optional
        Private folder. `<overlay>/<name>/master.ipynb` replaces the master, `<overlay>/<name>/tests/<question>.py`
        the tests of one question.

    Raises
    ------
    ValueError
        If the master, the overlay or a test file breaks a rule.
    """
    master = find_master(name, overlay)
    asked = questions(master)
    replaced = hidden_tests(name, overlay)
    unknown = sorted(set(replaced) - {question.name for question in asked if not question.manual})
    if unknown:
        raise ValueError(f"overlay has tests for {unknown}, which {name} does not ask")
    with tempfile.TemporaryDirectory() as folder:
        made = _run_otter(master, Path(folder))
        for question, path in replaced.items():
            shutil.copy(path, made / "autograder" / "tests" / f"{question}.py")
        handout = nbformat.read(made / "student" / "master.ipynb", as_version=4)
        solved = nbformat.read(made / "autograder" / "master.ipynb", as_version=4)
        solved.cells = [cell for cell in solved.cells if cell.source != PROMPT]
        answers = [cell.source for cell in handout.cells if is_tagged(cell, ANSWER)]
        handout = cleaned(handout)
        data = bundle(name, asked, answers, handout, made / "autograder" / "tests")
        with whole_folder(Path(target) / name) as place:
            _write_notebook(place / "student" / f"{name}.ipynb", handout)
            _write_notebook(place / "instructor" / f"{name}-solution.ipynb", cleaned(solved))
            _write_zip(place / "instructor" / f"{name}-autograder.zip", made)
            write_json(place / "instructor" / "grading.json", data)
    return Path(target) / name / "instructor" / "grading.json"


def _run_otter(master, folder):
    """otter's own output; it is made from a copy, so that nothing is written beside the master."""
    copy = folder / "master.ipynb"
    shutil.copy(master, copy)
    try:
        otter_assign(str(copy), str(folder / "made"), no_pdfs=True, no_run_tests=True)
    except Exception as error:
        raise ValueError(f"{master}: otter cannot read it: {error}") from error
    return folder / "made"


def cleaned(notebook):
    """A notebook without otter's metadata, comments and solution marks, and with the same cell ids each time."""
    clean = nbformat.v4.new_notebook(metadata={"kernelspec": notebook.metadata.kernelspec})
    clean.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        lines = [line for line in cell.source.splitlines() if line.strip() not in QUESTION_COMMENTS + SOLUTION_MARKS]
        source = "\n".join(lines).strip("\n")
        if not source:
            continue
        make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        metadata = {key: cell.metadata[key] for key in ("deletable", "editable") if key in cell.metadata}
        tags = [tag for tag in cell.metadata.get("tags", []) if tag != ANSWER and not tag.startswith("otter")]
        if tags:
            metadata["tags"] = tags
        clean.cells.append(make(source, metadata=metadata, id=f"cell-{len(clean.cells)}"))
    return clean


def _write_notebook(path, notebook):
    nbformat.validate(notebook)
    write_text(path, nbformat.writes(notebook) + "\n")


def _write_zip(path, made):
    """otter's autograder, with the tests as they are now and without dates."""
    (found,) = (made / "autograder").glob("*.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(found) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            current = made / "autograder" / name
            content = current.read_bytes() if name.startswith("tests/") else old.read(name)
            new.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
