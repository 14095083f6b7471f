"""Find submissions and read them, whatever an editor, a mail program or a student did to the file."""

import json
from dataclasses import dataclass
from pathlib import Path

LARGEST = 200_000_000
ENCODINGS = ("utf-8-sig", "utf-16", "latin-1")


@dataclass(frozen=True)
class Cell:
    kind: str  # "code" or "markdown"
    source: str


def find_submissions(folder):
    """Every notebook below `folder`, in the order of its path.

    Raises
    ------
    ValueError
        If `folder` is not a folder or holds no notebook.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"submissions must be a folder, got {str(folder)!r}")
    found = [path for path in _files(folder) if _is_named_as_notebook(path)]
    if not found:
        raise ValueError(f"submissions must hold at least one .ipynb file; {str(folder)!r} holds none")
    return found


def other_files(folder):
    """The files below `folder` that are not graded: perhaps a student handed in the wrong one."""
    return [path for path in _files(Path(folder)) if not _is_named_as_notebook(path)]


def _files(folder):
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return [folder / path for path in sorted(found, key=Path.as_posix) if not any(map(_is_hidden, path.parts))]


def _is_hidden(name):
    return name.startswith(".")


def _is_named_as_notebook(path):
    return ".ipynb" in path.name.lower()


def read_cells(path):
    """Code and text cells of a notebook file of any version, metadata or none.

    Raises
    ------
    ValueError
        If the file is not a notebook; the message says why, in words for the student.
    """
    path = Path(path)
    if path.stat().st_size > LARGEST:
        raise ValueError(f"the file has more than {LARGEST // 1_000_000} MB; clear its outputs")
    content = _decoded(path.read_bytes())
    if not content.strip():
        raise ValueError("the file is empty")
    try:
        notebook = json.loads(content)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"the file is not a notebook: {error}") from None
    cells = _raw_cells(notebook)
    if not cells:
        raise ValueError("the file is not a notebook, or a notebook without cells")
    return [cell for cell in map(_cell, cells) if cell is not None]


def _decoded(content):
    for encoding in ENCODINGS[:-1]:
        try:
            return content.decode(encoding)
        except UnicodeError:
            continue
    return content.decode(ENCODINGS[-1])


def _raw_cells(notebook):
    """The cells of format 4, or of the worksheets of format 3."""
    if not isinstance(notebook, dict):
        return []
    holders = [notebook, *_dictionaries(notebook.get("worksheets"))]
    return [cell for holder in holders for cell in _dictionaries(holder.get("cells"))]


def _dictionaries(value):
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _cell(raw):
    """One cell, or None if it holds neither code nor text."""
    source = raw.get("source", raw.get("input", ""))
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    kind = raw.get("cell_type", "code" if "outputs" in raw else "markdown")
    kind = "markdown" if kind == "raw" else kind
    return Cell(kind, source) if kind in ("code", "markdown") else None
