"""Overlays replace what is public, and a master that breaks a rule is refused with its reason."""

import json

import nbformat
import pytest
from handing_in import full_marks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tools.coursework.__main__ import main
from tools.coursework.build import build
from tools.coursework.bundle import read_bundle
from tools.coursework.grading import grade_file
from tools.coursework.masters import ASSIGNMENTS, assignment_names
from tools.coursework.sandbox import Limits

ONE = "noise-prune"
HIDDEN = """from otter.test_files import test_case

OK_FORMAT = False

name = "q2"
points = {points}


@test_case(points={points}, hidden=True{message})
def test_private(stationary_covariance):
    assert stationary_covariance is not None
"""
MESSAGE = ', failure_message="A private hint."'


@pytest.fixture
def overlay(tmp_path):
    folder = tmp_path / "private"
    (folder / ONE / "tests").mkdir(parents=True)
    return folder


def test_hidden_tests_of_an_overlay_replace_the_public_ones(overlay, tmp_path):
    (overlay / ONE / "tests" / "q2.py").write_text(HIDDEN.format(points=3, message=MESSAGE), encoding="utf-8")
    private = read_bundle(build(ONE, tmp_path / "with", overlay))
    public = read_bundle(build(ONE, tmp_path / "without"))
    pairs = zip(private["questions"], public["questions"], strict=True)
    differing = [question["name"] for question, other in pairs if question != other]
    assert differing == ["q2"]
    assert [test["hint"] for test in private["questions"][1]["tests"]] == ["A private hint."]
    assert full_marks(private) == full_marks(public)
    students = [tmp_path / folder / ONE / "student" / f"{ONE}.ipynb" for folder in ("with", "without")]
    assert students[0].read_bytes() == students[1].read_bytes()


def test_the_master_of_an_overlay_replaces_the_public_one(overlay, tmp_path):
    change_master(overlay, "points: 3", "points: 3", "Any stable network", "Every stable network")
    bundle = read_bundle(build(ONE, tmp_path / "built", overlay))
    assert bundle["questions"][1]["title"].startswith("Question 2. Every stable network")


def change_master(overlay, *pairs):
    """Write the public master into the overlay, with every first of a pair replaced by the second."""
    text = (ASSIGNMENTS / ONE / "master.ipynb").read_text(encoding="utf-8")
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    (overlay / ONE / "master.ipynb").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (["init_cell: false", "init_cell: true"], "init_cell"),
        (["points: 5\\n", "points: 6\\n"], "question q5 has 6 points, its tests 5"),
        (["name: q2\\n", "name: q1\\n"], "question names must differ"),
        (["check_cell: false", "check_cell: true"], "check_cell: false"),
        (['"check"', '"no check"'], "tagged 'check'"),
        (["## Question 3.", "## Third."], "must start with a heading"),
        (["# END SOLUTION", "# END OF SOLUTION"], ""),
        (["points: 1\\n", "points: one\\n"], ""),
    ],
)
def test_a_master_that_breaks_a_rule_is_refused(overlay, tmp_path, capsys, pairs, reason):
    change_master(overlay, *pairs)
    assert main(["build", ONE, "--overlay", str(overlay), "--target", str(tmp_path / "built")]) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("q2.py", HIDDEN.format(points=2, message=MESSAGE), "question q2 has 3 points, its tests 2"),
        ("q2.py", HIDDEN.format(points=3, message=""), "needs a failure_message"),
        ("q2.py", "def broken(:", "q2.py"),
        ("q77.py", HIDDEN.format(points=3, message=MESSAGE), "overlay has tests for ['q77']"),
    ],
)
def test_a_private_test_that_breaks_a_rule_is_refused(overlay, tmp_path, capsys, file, content, reason):
    (overlay / ONE / "tests" / file).write_text(content, encoding="utf-8")
    assert main(["build", ONE, "--overlay", str(overlay), "--target", str(tmp_path / "built")]) == 1
    assert reason in capsys.readouterr().err


def test_everything_is_built_by_one_command(tmp_path):
    assert main(["build", "--target", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == assignment_names()


def test_a_failed_build_leaves_the_last_one(overlay, tmp_path):
    place = build(ONE, tmp_path / "built")
    before = json.loads(place.read_text(encoding="utf-8"))
    change_master(overlay, "init_cell: false", "init_cell: true")
    with pytest.raises(ValueError, match="init_cell"):
        build(ONE, tmp_path / "built", overlay)
    assert json.loads(place.read_text(encoding="utf-8")) == before


def template():
    """The cells of the question that the guide shows: kind, tags and source."""
    text = (ASSIGNMENTS / "README.md").read_text(encoding="utf-8")
    block = text.partition("```text\n")[2].partition("\n```")[0]
    for part in block.split("%% ")[1:]:
        head, _, source = part.partition("\n")
        kind, *tags = head.split()
        yield kind, tags, source.strip("\n")


def test_the_template_of_the_guide_can_be_added_as_it_stands(overlay, tmp_path):
    master = nbformat.read(ASSIGNMENTS / ONE / "master.ipynb", as_version=4)
    make = {"raw": new_raw_cell, "markdown": new_markdown_cell, "code": new_code_cell}
    for kind, tags, source in template():
        master.cells.append(make[kind](source, metadata={"tags": tags} if tags else {}))
    nbformat.write(master, overlay / ONE / "master.ipynb")
    place = build(ONE, tmp_path / "built", overlay)
    bundle = read_bundle(place)
    result = grade_file(bundle, place.with_name(f"{ONE}-solution.ipynb"), "solution", Limits())
    assert bundle["questions"][-1]["name"] == "q10"
    assert result.points("q10") == 2
