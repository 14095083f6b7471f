"""Right answers earn full marks, blanks none; damaged copies keep their marks, wrong ones lose what they should."""

import copy
import subprocess
import sys
import time

import pytest
from damage import EVERYWHERE, ONCE
from handing_in import aligned_solution, answer_positions, full_marks, kept_answers, marks, read_answers
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from tools.coursework.masters import assignment_names

NAMES = assignment_names()
KEPT = [path for name in NAMES for kind in ("wrong", "right") for path in kept_answers(name, kind)]
ONE = "noise-prune"
LONGEST_RUN = 20  # seconds
WITH_FILE_NAME = {"renamed": "Übung (2) Jürgen Groß — final.ipynb"}


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_earns_everything(built, grade, name):
    result = grade(name, built(name).solution)
    assert {test.name: test.error for test in result.tests if test.error} == {}
    assert marks(result) == full_marks(built(name).bundle)
    assert result.notes == []


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_copy_earns_nothing(built, grade, name):
    assert set(marks(grade(name, built(name).student)).values()) == {0}


@pytest.mark.parametrize("name", NAMES)
def test_answers_without_substance_earn_nothing(built, grade, name):
    """Blank answers that are run, and so exist and return None."""
    notebook = copy.deepcopy(built(name).student)
    for position in answer_positions(built(name)).values():
        notebook.cells[position].source += "\n# I tried"
    assert set(marks(grade(name, notebook)).values()) == {0}


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_runs_in_a_kernel(built, tmp_path, name):
    started = time.monotonic()
    NotebookClient(built(name).solution, timeout=60, resources={"metadata": {"path": tmp_path}}).execute()
    assert time.monotonic() - started < LONGEST_RUN


@pytest.mark.parametrize("name", NAMES)
def test_otter_agrees_on_the_solution(built, tmp_path, name):
    notebook = built(name).folder / "instructor" / f"{name}-solution.ipynb"
    command = ["run", str(notebook), "-a", str(built(name).archive), "-o", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "otter", *command], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    total = sum(full_marks(built(name).bundle).values())
    assert f"{total:.3f} / {total:.3f}" in done.stdout


def test_there_are_twelve_damaged_copies():
    assert len(EVERYWHERE) == 12


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", EVERYWHERE)
def test_a_damaged_copy_keeps_its_marks(built, grade, name, damage):
    solution, answers = aligned_solution(built(name)), set(answer_positions(built(name)).values())
    content = EVERYWHERE[damage](solution, answers)
    result = grade(name, content, WITH_FILE_NAME.get(damage, "submission.ipynb"))
    assert marks(result) == full_marks(built(name).bundle), result


@pytest.mark.parametrize("damage", ONCE)
def test_a_stranger_copy_keeps_its_marks(built, grade, damage):
    solution, answers = aligned_solution(built(ONE)), set(answer_positions(built(ONE)).values())
    result = grade(ONE, ONCE[damage](solution, answers))
    assert marks(result) == full_marks(built(ONE).bundle), result


def test_an_untouched_answer_below_a_finished_one_does_not_count(built, grade):
    notebook = aligned_solution(built(ONE))
    notebook.cells += [new_code_cell(question["answer"]) for question in built(ONE).bundle["questions"][:3]]
    assert marks(grade(ONE, notebook)) == full_marks(built(ONE).bundle)


def test_an_answer_that_is_gone_costs_only_itself(built, grade):
    notebook = aligned_solution(built(ONE))
    del notebook.cells[answer_positions(built(ONE))["q3"]]
    assert marks(grade(ONE, notebook)) == full_marks(built(ONE).bundle) | {"q3": 0}


@pytest.mark.parametrize("name", NAMES)
def test_there_are_three_wrong_bundles(name):
    bundles = kept_answers(name, "wrong")
    assert len(bundles) >= 3
    for path in bundles:
        assert read_answers(path)
        assert min(points for _, points in read_answers(path).values()) > 0


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_other_answers_lose_exactly_what_they_should(built, grade, path):
    made = built(path.parents[1].name)
    answers, notebook, positions = read_answers(path), aligned_solution(made), answer_positions(made)
    for question, (source, _) in answers.items():
        notebook.cells[positions[question]].source = source
    expected = full_marks(made.bundle)
    expected |= {question: expected[question] - points for question, (_, points) in answers.items()}
    result = grade(made.bundle["name"], notebook)
    assert marks(result) == expected, [(test.name, test.error) for test in result.tests if test.error]
