"""Find master notebooks and read what they say about their questions."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = ROOT / "assignments"
REQUIRED = {"init_cell": False, "export_cell": False, "check_all_cell": False, "generate": True}
REQUIRED |= {"show_question_points": False, "tests": {"files": True, "ok_format": False}}
BOUNDARY = re.compile(r"#\s+(BEGIN|END)\s+(QUESTION|SOLUTION|TESTS|PROMPT)", flags=re.IGNORECASE)


@dataclass
class Question:
    name: str
    points: float
    manual: bool
    title: str = ""
    solutions: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)


def assignment_names():
    return sorted(path.parent.name for path in ASSIGNMENTS.glob("*/master.ipynb"))


def find_master(name, overlay=None):
    """Path of the master of assignment `name`; one in the overlay folder goes first.

    Raises
    ------
    ValueError
        If there is no such assignment, or `overlay` is not a folder.
    """
    if overlay is not None and not Path(overlay).is_dir():
        raise ValueError(f"overlay must be a folder, got {str(overlay)!r}")
    places = [*([Path(overlay)] if overlay is not None else []), ASSIGNMENTS]
    for place in places:
        if (place / name / "master.ipynb").is_file():
            return place / name / "master.ipynb"
    raise ValueError(f"assignment must be one of {assignment_names()}, got {name!r}")


def hidden_tests(name, overlay=None):
    """Test files of the overlay folder that replace those of the master: paths by question."""
    folder = None if overlay is None else Path(overlay) / name / "tests"
    return {} if folder is None else {path.stem: path for path in sorted(folder.glob("*.py"))}


def is_tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def questions(path):
    """The questions of a master, in its order; their tests are read elsewhere, through otter.

    Raises
    ------
    ValueError
        If the master breaks a rule of `assignments/README.md`.
    """
    notebook = nbformat.read(path, as_version=4)
    _check_settings(path, notebook)
    found, block = [], []
    for cell in notebook.cells:
        boundary = BOUNDARY.match(cell.source) if cell.cell_type == "raw" else None
        if boundary and boundary[1].upper() == "BEGIN":
            block.append(boundary[2].upper())
            if block[-1] == "QUESTION":
                found.append(_new_question(path, cell))
        elif boundary:
            block.pop()
        elif block:
            _add(found[-1], cell, block[-1])
    _check_questions(path, found)
    return found


def _new_question(path, cell):
    settings = yaml.safe_load(cell.source) or {}
    missing = {"name", "points"} - settings.keys()
    if missing or settings.get("check_cell", True):
        raise ValueError(f"{path}: a question needs name, points and check_cell: false, got {settings}")
    return Question(settings["name"], settings["points"], bool(settings.get("manual", False)))


def _add(question, cell, block):
    if block == "SOLUTION":
        question.solutions.append(cell.source)
    elif block == "QUESTION" and cell.cell_type == "markdown" and not question.title:
        question.title = cell.source.splitlines()[0].lstrip("# ")
    elif block == "QUESTION" and is_tagged(cell, "check"):
        question.checks.append(cell.source)


def _check_settings(path, notebook):
    first = next((cell for cell in notebook.cells if cell.source.startswith("# ASSIGNMENT CONFIG")), None)
    settings = {} if first is None else yaml.safe_load(first.source) or {}
    wrong = sorted(key for key, value in REQUIRED.items() if settings.get(key) != value)
    if wrong:
        raise ValueError(f"{path}: the settings {wrong} must be {[REQUIRED[key] for key in wrong]}")


def _check_questions(path, found):
    names = [question.name for question in found]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: question names must differ, got {names}")
    for question in found:
        where = f"{path}: question {question.name}"
        if len(question.solutions) != 1:
            raise ValueError(f"{where} must have one solution cell, got {len(question.solutions)}")
        if not question.manual and not question.checks:
            raise ValueError(f"{where} must have a cell tagged 'check'")
        if not question.title.startswith("Question "):
            raise ValueError(f"{where} must start with a heading '## Question …', got {question.title!r}")
