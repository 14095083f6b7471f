"""The notebooks of the book and where the table of contents puts them."""

from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
NOT_CHAPTERS = {"book/index", "book/scorecard"}


def files_in(entry):
    """The files of an entry of the table of contents, those of its sections included."""
    own = [entry[key] for key in ("root", "file") if key in entry]
    inner = [inner for key in ("parts", "chapters", "sections") for inner in entry.get(key, [])]
    return own + [file for item in inner for file in files_in(item)]


def contents():
    return yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))


def listed():
    """Every file in the table of contents, without its suffix, the root first."""
    return files_in(contents())


def chapters_by_part():
    """The chapter notebooks of each part that has any, keyed by the part's caption."""
    parts = {
        part["caption"]: [
            ROOT / f"{file}.ipynb"
            for file in files_in(part)
            if file not in NOT_CHAPTERS and (ROOT / f"{file}.ipynb").exists()
        ]
        for part in contents()["parts"]
    }
    return {caption: paths for caption, paths in parts.items() if paths}


def chapters():
    return [path for paths in chapters_by_part().values() for path in paths]


def notebooks():
    """Every notebook under book/, listed or not."""
    return sorted(path for path in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def name(path):
    return path.relative_to(ROOT).as_posix()


def read(path):
    return nbformat.read(path, as_version=4)
