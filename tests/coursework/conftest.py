"""Every assignment, built once. Without otter, in the environment of `make test`, these tests are not collected."""

import importlib.util
import os
from types import SimpleNamespace

import nbformat
import pytest

if importlib.util.find_spec("otter") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def no_second_thread():
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Function from the name of an assignment to its bundle, student copy and solution."""
    from handing_in import OVERLAY

    from tools.coursework.build import build
    from tools.coursework.bundle import read_bundle

    target, made = tmp_path_factory.mktemp("built"), {}

    def make(name):
        if name not in made:
            place = build(name, target, OVERLAY).parent
            student = place.parent / "student" / f"{name}.ipynb"
            made[name] = SimpleNamespace(
                folder=place.parent,
                bundle=read_bundle(place / "grading.json"),
                student=nbformat.read(student, as_version=4),
                solution=nbformat.read(place / f"{name}-solution.ipynb", as_version=4),
                student_path=student,
                archive=place / f"{name}-autograder.zip",
            )
        return made[name]

    return make


@pytest.fixture
def grade(built, tmp_path):
    """Function that grades one file, given as notebook or bytes, and returns the result."""
    from tools.coursework.grading import grade_file
    from tools.coursework.sandbox import Limits

    def run(name, content, file="submission.ipynb", limits=None):
        path = tmp_path / file
        path.write_bytes(content if isinstance(content, bytes) else nbformat.writes(content).encode())
        return grade_file(built(name).bundle, path, file, limits or Limits(submission=90, step=10), [tmp_path])

    return run
