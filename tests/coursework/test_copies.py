"""What students get: no solutions, no hidden tests, nothing of otter, and checks that help."""

import ast
import re

import nbformat
import pytest
from handing_in import OVERLAY, answer_positions, code_cells, kept_answers, read_answers

from tools.coursework import sandbox
from tools.coursework.build import build
from tools.coursework.masters import assignment_names, find_master

NAMES = assignment_names()
ALLOWED_IMPORTS = {"pruninglab", "numpy", "scipy", "matplotlib", "importlib"}
SHORTEST_MESSAGE = 25
SHORTEST_LINE = 12


def lines(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) >= SHORTEST_LINE}


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_and_no_hidden_test_is_in_a_student_copy(built, name):
    made = built(name)
    text = "\n".join(cell.source for cell in made.student.cells)
    secrets = set()
    for question in made.bundle["questions"]:
        secrets |= lines(question["solution"])
        for test in question["tests"]:
            secrets |= {test["hint"]} | lines(test["source"])
    for position in answer_positions(made).values():
        secrets |= lines(made.solution.cells[position].source) - lines(made.student.cells[position].source)
    common = lines("\n".join(question["answer"] for question in made.bundle["questions"]))
    common |= {line for line in secrets if line.startswith(("import ", "from "))}
    assert len(secrets) > 50
    leaks = {secret for secret in secrets - common if secret in (text if len(secret) > 25 else lines(text))}
    assert leaks == set()
    assert re.findall(r"(?i)otter|# BEGIN|# END|# SOLUTION|# HIDDEN|rubric", nbformat.writes(made.student)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_student_copy_needs_little(built, name):
    imported = set()
    for cell in code_cells(built(name).student):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    assert imported <= ALLOWED_IMPORTS
    assert "pruninglab" in imported


@pytest.mark.parametrize("name", NAMES)
def test_only_student_copies_are_in_the_student_folder(built, name):
    assert [path.name for path in (built(name).folder / "student").iterdir()] == [f"{name}.ipynb"]


def checked(bundle, answers):
    """Error of every visible check, run after the given cells and `answers`."""
    checks = [(question["name"], check) for question in bundle["questions"] for check in question["checks"]]
    cells = [*bundle["given"], *answers]
    outcome = sandbox.run([*cells, *(check for _, check in checks)], [], sandbox.Limits())
    return {(name, index): outcome.cells[len(cells) + index] for index, (name, _) in enumerate(checks)}


@pytest.mark.parametrize("name", NAMES)
def test_every_visible_check_passes_on_the_solution(built, name):
    positions = answer_positions(built(name)).values()
    errors = checked(built(name).bundle, [built(name).solution.cells[position].source for position in positions])
    assert {key: error for key, error in errors.items() if error is not None} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_visible_check_passes_on_right_answers_by_other_routes(built, name):
    for path in kept_answers(name, "right"):
        answers, solution = read_answers(path), built(name).solution
        sources = {
            question: solution.cells[position].source for question, position in answer_positions(built(name)).items()
        }
        sources |= {question: source for question, (source, _) in answers.items()}
        errors = checked(built(name).bundle, sources.values())
        assert {key: error for key, error in errors.items() if error is not None} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_visible_check_fails_on_the_blank_and_says_why(built, name):
    bundle = built(name).bundle
    errors = checked(bundle, [question["answer"] for question in bundle["questions"] if not question["manual"]])
    for key, error in errors.items():
        assert error is not None, key
        assert error.startswith("AssertionError: "), (key, error)
        assert len(error) > SHORTEST_MESSAGE, (key, error)


@pytest.mark.parametrize("name", NAMES)
def test_every_visible_assert_has_a_message(built, name):
    for question in built(name).bundle["questions"]:
        for check in question["checks"]:
            asserts = [node for node in ast.walk(ast.parse(check)) if isinstance(node, ast.Assert)]
            assert len(asserts) >= 2, question["name"]
            for node in asserts:
                text = "".join(part.value for part in ast.walk(node.msg) if isinstance(part, ast.Constant))
                assert len(text) >= SHORTEST_MESSAGE, (question["name"], ast.unparse(node))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_cell_is_a_contract(built, name):
    first, asked = built(name).student.cells[0].source, built(name).bundle["questions"]
    assert re.match(r"# Assignment: \S", first)
    assert len(re.findall(r"^- \S", first.partition("**Chapters:**")[0], flags=re.MULTILINE)) >= 3
    assert re.search(r"\*\*Time:\*\* .*\d+", first)
    assert re.search(rf"\*\*Points:\*\* {sum(question['points'] for question in asked)}\.", first)
    assert 6 <= len(asked) <= 10
    assert any(question["manual"] for question in asked)
    for number, question in enumerate(asked, start=1):
        assert question["title"].startswith(f"Question {number}. ")
        assert f"({question['points']} point" in question["title"]


@pytest.mark.parametrize("name", NAMES)
def test_a_written_question_has_a_rubric_that_adds_up(built, name):
    for question in built(name).bundle["questions"]:
        if question["manual"]:
            rubric = question["solution"].partition("**Rubric.**")[2]
            points = re.findall(r"^- ([\d.]+) points?:", rubric, flags=re.MULTILINE)
            assert sum(map(float, points)) == question["points"]


@pytest.mark.parametrize("name", NAMES)
def test_a_master_is_stripped(name):
    notebook = nbformat.read(find_master(name, OVERLAY), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert set(cell.metadata) <= {"tags"}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_master_gives_the_same_files(built, tmp_path, name):
    build(name, tmp_path, OVERLAY)
    first, again = built(name).folder, tmp_path / name
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 4
    assert [file for file in files if (first / file).read_bytes() != (again / file).read_bytes()] == []
