"""What the grader needs to know of an assignment, as plain data: questions, tests, and the cells of the handout."""

import ast
import json
from pathlib import Path

from otter.test_files.exception_test import ExceptionTestFile

from tools.coursework.masters import is_tagged

GIVEN = ("setup", "imports", "given")


def test_cases(path):
    """The tests of one otter test file: name, points, hint for the student, and source without its decorator.

    Raises
    ------
    ValueError
        If the file is no test file, or a test has no failure message, which is all that students see of it.
    """
    source = Path(path).read_text(encoding="utf-8")
    try:
        functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        parsed = ExceptionTestFile.from_string(source, path=str(path)).test_cases
    except Exception as error:
        raise ValueError(f"{Path(path).name}: otter cannot read the tests: {error}") from error
    cases = []
    for case in parsed:
        function = functions[case.body.test_func.__name__]
        if not case.failure_message:
            raise ValueError(f"{Path(path).name}: test {function.name} needs a failure_message")
        function.decorator_list = []
        hint = " ".join(case.failure_message.split())
        cases.append({"name": function.name, "points": case.points, "hint": hint, "source": ast.unparse(function)})
    return cases


def bundle(name, questions, answers, handout, tests_folder):
    """Data of one assignment.

    Parameters
    ----------
    name : str
    questions : list of masters.Question
    answers : list of str
        What stands in the place of each answer in the copy that is handed out.
    handout : notebook
        That copy.
    tests_folder : path
        otter's test files, one for each question that is not manual.

    Raises
    ------
    ValueError
        If the points of a question and of its tests differ.
    """
    entries = []
    for question, answer in zip(questions, answers, strict=True):
        tests = [] if question.manual else test_cases(Path(tests_folder) / f"{question.name}.py")
        total = sum(test["points"] for test in tests)
        if not question.manual and abs(total - question.points) > 1e-9:
            raise ValueError(f"{name}: question {question.name} has {question.points} points, its tests {total}")
        entries.append(
            {
                "name": question.name,
                "title": question.title,
                "points": question.points,
                "manual": question.manual,
                "answer": answer,
                "checks": question.checks,
                "solution": question.solutions[0] if question.manual else "",
                "tests": tests,
            }
        )
    code = [cell for cell in handout.cells if cell.cell_type == "code"]
    given = [cell.source for cell in code if any(is_tagged(cell, tag) for tag in GIVEN)]
    return {
        "name": name,
        "questions": entries,
        "given": given,
        "code": [cell.source for cell in code],
        "text": [cell.source for cell in handout.cells if cell.cell_type == "markdown"],
    }


def read_bundle(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))
