"""The setup cell: installs the package where it is missing, as in Colab, and says nothing where it is there."""

import shutil

import nbformat
import pytest
from notebooks import BOOK, ROOT

CHAPTER = BOOK / "index.ipynb"


def with_address(notebook, address):
    """`notebook` as `make address` would leave it, and a last cell that says where the package came from."""
    (setup,) = (cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
    setup.source = "\n".join(
        f'ADDRESS = "{address}"' if line.startswith("ADDRESS = ") else line for line in setup.source.splitlines()
    )
    notebook.cells.append(nbformat.v4.new_code_cell("import pruninglab\nprint(pruninglab.__file__)"))
    return notebook


def run(environment, notebook, folder):
    """The notebook after all its cells have run in the environment."""
    path = folder / "chapter.ipynb"
    nbformat.write(notebook, path)
    environment.run("jupyter", "execute", path.name, "--output", "done", cwd=folder)
    return nbformat.read(folder / "done.ipynb", as_version=4)


def setup_outputs(notebook):
    (setup,) = (cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
    return setup.outputs


@pytest.mark.install
@pytest.mark.skipif(shutil.which("git") is None, reason="pip needs git to install from a repository")
def test_setup_installs_once_and_is_silent_afterwards(clean_environment, tmp_path):
    clean_environment.run("python", "-m", "pip", "install", "--quiet", "ipykernel", "nbclient", cwd=tmp_path)
    notebook = with_address(nbformat.read(CHAPTER, as_version=4), f"file://localhost{ROOT.as_posix()}")
    first = run(clean_environment, notebook, tmp_path)
    where = first.cells[-1].outputs[0].text
    assert "site-packages" in where
    assert str(ROOT) not in where
    assert setup_outputs(run(clean_environment, notebook, tmp_path)) == []
