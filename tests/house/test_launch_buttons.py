"""Once the address is set, a chapter's page opens the chapter in Binder and Colab, and a page of prose does not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from notebooks import ROOT

pytest.importorskip("jupyter_book")

REPOSITORY = "OWNER/NAME"
NOTEBOOK, PROSE = "book/index", "book/how-to-use"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A notebook and a page of prose, built with an address and without running anything."""
    root = tmp_path_factory.mktemp("with-address")
    (root / "assignments").mkdir()
    for name in ("_config.yml", "pyproject.toml", "CITATION.cff", "README.md"):
        shutil.copy(ROOT / name, root)
    for name in ("tools", "book", "_static"):
        shutil.copytree(ROOT / name, root / name)
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    address = f'Repository = "https://github.com/{REPOSITORY}"'
    (root / "pyproject.toml").write_text(re.sub(r'^Repository = ".*"$', address, project, flags=re.M), encoding="utf-8")
    subprocess.run([sys.executable, "tools/address.py"], cwd=root, check=True)
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["execute_notebooks"] = "off"
    (root / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    contents = {"format": "jb-book", "root": NOTEBOOK, "chapters": [{"file": PROSE}]}
    (root / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    program = shutil.which("jupyter-book", path=Path(sys.executable).parent)
    done = subprocess.run([program, "build", "."], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "_build" / "html"


def launched(page):
    found = re.findall(r'href="(https://(?:colab|mybinder)[^"]*)"', page.read_text(encoding="utf-8"))
    return {address for address in found if REPOSITORY in address}


def test_a_notebook_opens_in_binder_and_colab(built):
    assert launched(built / f"{NOTEBOOK}.html") == {
        f"https://mybinder.org/v2/gh/{REPOSITORY}/main?urlpath=lab/tree/{NOTEBOOK}.ipynb",
        f"https://colab.research.google.com/github/{REPOSITORY}/blob/main/{NOTEBOOK}.ipynb",
    }


def test_prose_has_no_button_that_opens_an_error(built):
    assert launched(built / f"{PROSE}.html") == set()
