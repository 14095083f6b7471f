"""One version and one public address, wherever they are written."""

import re
import shutil
import subprocess
import sys

import nbformat
import pytest
import yaml
from notebooks import ROOT

import pruninglab

SHOWING = ["_config.yml", "CITATION.cff", "README.md", "book/feedback.md"]
GITHUB = "https://github.com/OWNER/NAME"
ELSEWHERE = "https://example.org/lab/pruning"


def test_citation_states_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == pruninglab.__version__


def test_the_page_on_citing_agrees_with_the_citation_file():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    page = (ROOT / "book" / "feedback.md").read_text(encoding="utf-8")
    entry = dict(re.findall(r"^  (\w+) +?= \{(.*)\},?$", re.search(r"@misc(.*?)^\}", page, re.M | re.S)[1], re.M))
    assert entry["author"] == f"{{{citation['authors'][0]['name']}}}"
    assert (entry["title"], entry["note"]) == (citation["title"], f"Version {citation['version']}")
    assert page.count(citation["version"]) == 2


def test_changelog_starts_with_the_version():
    newest = re.search(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    assert newest.startswith(f"[{pruninglab.__version__}]")


def run_address(root, *arguments):
    command = [sys.executable, str(root / "tools" / "address.py"), *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def test_the_address_is_the_same_everywhere():
    done = run_address(ROOT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path):
    """A copy of the files that hold or show the address, a notebook with a setup cell and one without added."""
    for name in ["tools", "assignments", "book"]:
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ["pyproject.toml", *SHOWING]:
        shutil.copy(ROOT / name, tmp_path / name)
    setup = nbformat.v4.new_code_cell('try:\n    import π\nexcept ImportError:\n    pass\nADDRESS = ""\nprint(ADDRESS)')
    setup.metadata.tags = ["setup", "remove-cell"]
    for name, cells in {"with": [setup], "without": [nbformat.v4.new_code_cell("ADDRESS = ''")]}.items():
        text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
        (tmp_path / "book" / f"{name}-setup-cell.ipynb").write_text(f"{text}\n", encoding="utf-8", newline="\n")
    set_address(tmp_path, "")
    assert run_address(tmp_path).returncode == 0
    return tmp_path


def set_address(root, address):
    path = root / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'^Repository = ".*"$', f'Repository = "{address}"', text, flags=re.M), encoding="utf-8")


def stored(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.suffix in {".yml", ".cff", ".md", ".ipynb"}}


def with_setup_cell(contents):
    return {path for path, text in contents.items() if path.suffix == ".ipynb" and b'"ADDRESS = \\"' in text}


@pytest.mark.parametrize("address", [GITHUB, ELSEWHERE])
def test_a_new_address_reaches_every_place_and_leaves_again(tree, address):
    before = stored(tree)
    set_address(tree, address)
    differing = {tree / name for name in SHOWING} | with_setup_cell(before)

    checked = run_address(tree, "--check")
    assert checked.returncode == 1
    assert {tree / line for line in checked.stdout.splitlines()} == differing
    assert stored(tree) == before

    assert run_address(tree).returncode == 0
    after = stored(tree)
    assert {path for path in after if after[path] != before[path]} == differing
    assert tree / "book" / "with-setup-cell.ipynb" in with_setup_cell(after)
    for path in with_setup_cell(after):
        assert f'ADDRESS = \\"{address}\\"'.encode() in after[path]
    assert run_address(tree, "--check").returncode == 0
    assert run_address(tree).stdout == ""

    set_address(tree, "")
    assert run_address(tree).returncode == 0
    assert stored(tree) == before


@pytest.mark.parametrize("address", [GITHUB, ELSEWHERE])
def test_what_readers_get_from_the_address(tree, address):
    set_address(tree, address)
    run_address(tree)
    config = (tree / "_config.yml").read_text(encoding="utf-8")
    assert address in config
    repository = {"url": GITHUB, "branch": "main"} if address == GITHUB else None
    assert yaml.safe_load(config).get("repository") == repository
    assert ("launch_buttons" in yaml.safe_load(config)) == (address == GITHUB)
    assert yaml.safe_load((tree / "CITATION.cff").read_text(encoding="utf-8"))["repository-code"] == address
    readme = (tree / "README.md").read_text(encoding="utf-8")
    assert "no public address" not in readme.partition("<!-- address:begin -->")[2].partition("<!-- address:end")[0]
    assert "https://mybinder.org/v2/" in readme
    assert ("https://colab.research.google.com/github/OWNER/NAME/" in readme) == (address == GITHUB)
