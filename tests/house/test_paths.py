"""No file of the repository names a path of somebody's machine."""

import re
import shutil
import subprocess

import pytest
from notebooks import ROOT, name, notebooks, read

FOLDERS = ["work", "root", "tmp", "home/[a-z]+", "Users/[A-Za-z]+"]
MACHINE_PATH = re.compile(r"(?:^|[^\w.])/(?:" + "|".join(FOLDERS) + ")/", flags=re.MULTILINE)
ABSOLUTE = re.compile(r"""["'](?:/\w|~/|[A-Za-z]:[\\/])""")


def stored_files():
    """What git tracks, and what it would add."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return []
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({ROOT / file for file in listed.split("\0") if file and (ROOT / file).is_file()})


@pytest.mark.parametrize("folder", ["work", "root", "tmp", "home/someone", "Users/Someone"])
def test_a_machine_path_is_noticed(folder):
    assert MACHINE_PATH.search(f"data in '/{folder}/data.nc'")
    assert MACHINE_PATH.search(f"first\n/{folder}/data.nc")
    assert not MACHINE_PATH.search(f"https://example.org/{folder}/data.nc and ../{folder}/data.nc")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_no_file_names_a_machine_path():
    files = stored_files()
    assert files
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in files}
    assert {name(path): found[0] for path, text in texts.items() if (found := MACHINE_PATH.search(text))} == {}


@pytest.mark.parametrize("path", notebooks(), ids=name)
def test_notebook_reads_and_writes_no_absolute_path(path):
    sources = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert [source for source in sources if ABSOLUTE.search(source)] == []
