"""What the tests hand in: pieces of notebooks, and wrong answers as an assignment keeps them."""

import copy
import os
import re
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook

from tools.coursework.masters import ASSIGNMENTS
from tools.coursework.plan import normal

OVERLAY = os.environ.get("COURSEWORK_OVERLAY") or None
SECTION = re.compile(r"^# %% (?P<question>\w+) loses (?P<points>[\d.]+): .*\n", flags=re.MULTILINE)


def full_marks(bundle):
    return {question["name"]: question["points"] for question in bundle["questions"] if not question["manual"]}


def marks(result):
    return {name: result.points(name) for name in {test.question: None for test in result.tests}}


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def answer_positions(built):
    """For each automatic question, where its answer stands in the student copy and in the solution alike."""
    sources = [cell.source for cell in built.student.cells]
    return {
        question["name"]: sources.index(question["answer"].strip("\n"))
        for question in built.bundle["questions"]
        if not question["manual"]
    }


def aligned_solution(built):
    """The solution without the written answers, so that its cells are those of the student copy."""
    solution = copy.deepcopy(built.solution)
    written = {normal(question["solution"]) for question in built.bundle["questions"] if question["manual"]}
    for cell in solution.cells:
        if normal(cell.source) in written:
            cell.source = "_Type your answer here, replacing this text._"
    assert len(solution.cells) == len(built.student.cells)
    return solution


def kept_answers(name, kind):
    """Paths of the answers that an assignment keeps, "wrong" or "right"; those of the overlay folder go first."""
    private = sorted(Path(OVERLAY, name, kind).glob("*.py")) if OVERLAY else []
    return private or sorted((ASSIGNMENTS / name / kind).glob("*.py"))


def read_answers(path):
    """Answers of one file and the points that they lose: question to (source, points)."""
    text = path.read_text(encoding="utf-8")
    parts = SECTION.split(text)
    head, rest = parts[0], parts[1:]
    imports = "\n".join(line for line in head.splitlines() if line.startswith(("import ", "from ")))
    return {
        question: (f"{imports}\n\n\n{source.strip()}", float(points))
        for question, points, source in zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    }


def notebook_of(*sources):
    """A notebook of nothing but these code cells."""
    return new_notebook(cells=[new_code_cell(source) for source in sources])
