"""Notebooks are stored without outputs, and the table of contents and the folder book/ agree."""

import nbformat
import pytest
from notebooks import BOOK, ROOT, listed, name, notebooks, read

NOTEBOOK_METADATA = {"kernelspec", "language_info"}
CELL_METADATA = {"tags", "mystnb"}


def leftovers(notebook):
    """What a run or an editor left in a notebook."""
    found = [f"metadata {key}" for key in notebook.metadata if key not in NOTEBOOK_METADATA]
    for index, cell in enumerate(notebook.cells):
        if cell.get("outputs"):
            found.append(f"cell {index}: outputs")
        if cell.get("execution_count") is not None:
            found.append(f"cell {index}: execution count")
        if cell.get("attachments"):
            found.append(f"cell {index}: attachments")
        found += [f"cell {index}: metadata {key}" for key in cell.metadata if key not in CELL_METADATA]
    return found


def test_leftovers_are_noticed():
    cell = nbformat.v4.new_code_cell("1", execution_count=3, metadata={"collapsed": True})
    cell.outputs = [nbformat.v4.new_output("stream", text="1")]
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}})
    expected = ["metadata widgets", "cell 0: outputs", "cell 0: execution count", "cell 0: metadata collapsed"]
    assert leftovers(notebook) == expected


@pytest.mark.parametrize("path", notebooks(), ids=name)
def test_notebook_is_stripped(path):
    assert leftovers(read(path)) == []


@pytest.mark.parametrize("path", notebooks(), ids=name)
def test_notebook_is_valid(path):
    notebook = read(path)
    nbformat.validate(notebook)
    identifiers = [cell.id for cell in notebook.cells]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("path", notebooks(), ids=name)
def test_kernel_is_python3(path):
    assert read(path).metadata.kernelspec.name == "python3"


def pages():
    """Every page, without its suffix. Sphinx writes its index at the root, so that page stands there."""
    paths = [*notebooks(), *BOOK.rglob("*.md"), *ROOT.glob("genindex.md")]
    return {path.relative_to(ROOT).with_suffix("").as_posix() for path in paths}


def test_every_page_is_listed_once_and_every_listed_page_exists():
    assert sorted(listed()) == sorted(pages())


def test_root_of_the_book():
    assert listed()[0] == "book/index"
