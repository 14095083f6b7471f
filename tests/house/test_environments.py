"""environment.yml and .binder/ say the same as pyproject.toml, and what they name can be installed."""

import re
import shutil
import tomllib

import pytest
import yaml
from notebooks import ROOT, chapters_by_part

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FULL = ROOT / "environment.yml"
SMALL = ROOT / ".binder" / "environment.yml"


def by_name(requirements):
    """Version ranges keyed by the name of the package, in lower case."""
    split = (re.match(r"([A-Za-z0-9_-]+)\s*([^;]*)", requirement) for requirement in requirements)
    return {match[1].lower(): match[2].strip() for match in split}


def requirements(path):
    """What an environment file takes from conda, and what it takes from pip."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    from_pip = [name for entry in entries if isinstance(entry, dict) for name in entry["pip"]]
    return [entry for entry in entries if isinstance(entry, str)], from_pip


BOTH = pytest.mark.parametrize("path", [FULL, SMALL], ids=["full", "small"])
NUMPY = {FULL: ">=2.0,<2.6", SMALL: ">=2.0"}  # CuPy, in the full environment only, sets the upper bound


@BOTH
def test_base_dependencies_agree(path):
    base = by_name(PROJECT["dependencies"])
    from_conda = by_name(requirements(path)[0])
    assert base["numpy"] == ">=2.0"
    assert {name: from_conda.get(name) for name in base} == base | {"numpy": NUMPY[path]}


def test_the_full_environment_pins_the_book_as_pyproject_does():
    book = by_name(PROJECT["optional-dependencies"]["book"])
    from_pip = by_name(requirements(FULL)[1])
    assert {name: from_pip.get(name) for name in book} == book


def test_the_full_environment_agrees_with_the_other_extras():
    extras = PROJECT["optional-dependencies"]
    from_conda, from_pip = (by_name(names) for names in requirements(FULL))
    assert from_pip["cupy-cuda12x"] == by_name(extras["gpu-cuda12x"])["cupy-cuda12x"]
    assert from_pip["nbval"] == by_name(extras["test"])["nbval"]
    assert from_conda["pytest"] == by_name(extras["test"])["pytest"]
    assert "-e .[book,test]" in requirements(FULL)[1]


def test_the_small_environment_stays_small():
    from_conda, from_pip = requirements(SMALL)
    too_much = re.compile(r"sphinx|myst|jupyter-book|jupyter-cache|cupy|torch|jax|pytest|dask|distributed")
    assert [name for name in from_conda + from_pip if too_much.search(name)] == []
    assert len(from_conda + from_pip) <= len(PROJECT["dependencies"]) + 3


@BOTH
def test_channels(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["channels"] == ["conda-forge", "nodefaults"]


def to_install(names):
    """Arguments for pip: everything but python, pip itself and CuPy, which is large and idle without a GPU."""
    chosen = [name for name in names if not re.match(r"(python|pip|cupy)\b", name)]
    return [part for name in chosen for part in (name.split() if name.startswith("-e ") else [name])]


def install(environment, path):
    for arguments in filter(None, map(to_install, requirements(path))):
        environment.run("python", "-m", "pip", "install", "--quiet", *arguments, cwd=ROOT)


@pytest.mark.install
def test_the_full_environment_installs(clean_environment, tmp_path):
    install(clean_environment, FULL)
    clean_environment.run("python", "-m", "pip", "check", cwd=tmp_path)
    clean_environment.run("python", "-c", "import pruninglab, jupyter_book, jupyterlab, nbval", cwd=tmp_path)


@pytest.mark.install
def test_binder_installs_and_runs_one_chapter_of_each_part(clean_environment, tmp_path):
    install(clean_environment, SMALL)
    clean_environment.run("bash", str(ROOT / ".binder" / "postBuild"), cwd=ROOT)
    copy = shutil.copytree(ROOT / "book", tmp_path / "book")
    first_chapters = [paths[0] for paths in chapters_by_part().values()]
    assert first_chapters
    for path in first_chapters:
        clean_environment.execute(copy / path.relative_to(ROOT / "book"))
