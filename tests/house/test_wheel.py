"""The wheel holds the package with its results and claims, and a chapter runs from it outside the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from notebooks import BOOK, ROOT

pytestmark = pytest.mark.install


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def package_data():
    """Stored results and claims, as they lie in the checkout."""
    found = [*(ROOT / "pruninglab/results").glob("*.nc"), *(ROOT / "pruninglab/scorecard").glob("*.toml")]
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_wheel_holds_the_package_and_nothing_else(wheel):
    files = set(zipfile.ZipFile(wheel).namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pruninglab").rglob("*.py")}
    assert package_data()
    assert modules | package_data() <= files
    folders = {file.split("/")[0] for file in files}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"pruninglab"}
    assert not [file for file in files if file.endswith((".ipynb", ".pyc"))]


def test_a_chapter_runs_from_the_wheel(wheel, clean_environment, tmp_path):
    clean_environment.run(
        "python", "-m", "pip", "install", "--quiet", str(wheel), "ipykernel", "nbclient", cwd=tmp_path
    )
    assert "spectrum" in clean_environment.run("python", "-m", "pruninglab", "list", cwd=tmp_path)
    clean_environment.execute(Path(shutil.copy(BOOK / "noise" / "experiment.ipynb", tmp_path)))
