"""Copy the repository's public address from pyproject.toml to every place that shows it.

`python tools/address.py` writes; `python tools/address.py --check` only lists the files that differ.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
GITHUB = "https://github.com/"
SETUP_LINE = re.compile(r'^ADDRESS = ".*"$', flags=re.MULTILINE)


def public_address(root):
    """The address in pyproject.toml; empty while the repository is not public."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Repository"].rstrip("/").removesuffix(".git")


def config_lines(address):
    """Settings of Jupyter Book, whose launch buttons need an address on GitHub."""
    if not address:
        return ["# No public address yet: no launch buttons."]
    if not address.startswith(GITHUB):
        return [f"# No launch buttons for {address}: they need GitHub."]
    return [
        "repository:",
        f"  url: {address}",
        "  branch: main",
        "launch_buttons:",
        "  notebook_interface: jupyterlab",
        "  binderhub_url: https://mybinder.org",
        "  colab_url: https://colab.research.google.com",
    ]


def citation_lines(address):
    return [f"repository-code: {address}"] if address else []


def readme_lines(address):
    if not address:
        return ["The book has no public address yet, so there are no launch buttons."]
    if not address.startswith(GITHUB):
        binder = f"https://mybinder.org/v2/git/{quote(address, safe='')}/main"
        return [badge("Binder", "https://mybinder.org/badge_logo.svg", binder)]
    name = address.removeprefix(GITHUB)
    binder = f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/book/index.ipynb"
    colab = f"https://colab.research.google.com/github/{name}/blob/main/book/index.ipynb"
    return [
        badge("Binder", "https://mybinder.org/badge_logo.svg", binder),
        badge("Colab", "https://colab.research.google.com/assets/colab-badge.svg", colab),
    ]


def feedback_lines(address):
    if not address:
        return ["The book has no public address yet. Write to whoever gave you this copy."]
    if not address.startswith(GITHUB):
        return [f"The repository is at <{address}>."]
    return [f"Open an issue at <{address}/issues>."]


def badge(name, image, link):
    return f"[![Open the book in {name}]({image})]({link})"


def between_markers(text, begin, end, lines):
    """`text` with `lines` between the lines `begin` and `end`."""
    before, found, rest = text.partition(f"{begin}\n")
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"expected the lines {begin!r} and {end!r}, in this order")
    return "".join([before, found, *(f"{line}\n" for line in lines), end, after])


def notebook_text(text, address):
    """`text` of a notebook with the address in its setup cell; other notebooks come back as they are."""
    notebook = json.loads(text)
    setup = next((cell for cell in notebook["cells"] if "setup" in cell["metadata"].get("tags", [])), None)
    if setup is None:
        return text
    before = "".join(setup["source"])
    after = SETUP_LINE.sub(f'ADDRESS = "{address}"', before)
    if after == before:
        return text
    setup["source"] = after.splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def wanted(root, address):
    """For each file that shows the address: its path, its text now, and its text as it should be."""
    comments = "<!-- address:begin -->", "<!-- address:end -->"
    marked = {
        "_config.yml": ("# address:begin", "# address:end", config_lines(address)),
        "CITATION.cff": ("# address:begin", "# address:end", citation_lines(address)),
        "README.md": (*comments, readme_lines(address)),
        "book/feedback.md": (*comments, feedback_lines(address)),
    }
    for name, (begin, end, lines) in marked.items():
        now = (root / name).read_text(encoding="utf-8")
        yield root / name, now, between_markers(now, begin, end, lines)
    notebooks = [path for folder in ("assignments", "book") for path in (root / folder).rglob("*.ipynb")]
    for path in sorted(notebooks):
        if ".ipynb_checkpoints" not in path.parts:
            now = path.read_text(encoding="utf-8")
            yield path, now, notebook_text(now, address)


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: python tools/address.py [--check]", file=sys.stderr)
        return 2
    differing = [(path, text) for path, now, text in wanted(ROOT, public_address(ROOT)) if text != now]
    for path, text in differing:
        print(path.relative_to(ROOT).as_posix())
        if not arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if arguments and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
