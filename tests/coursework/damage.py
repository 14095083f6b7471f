"""Ordinary accidents: each takes a notebook with right answers and returns the bytes of a damaged copy."""

import json

import nbformat
from nbformat.v4 import new_code_cell, new_output


def stored(notebook):
    return nbformat.writes(notebook).encode()


def as_data(notebook):
    return json.loads(nbformat.writes(notebook))


def with_cell(source, position):
    """Damage that puts one more code cell into a notebook."""

    def damage(notebook, answers):
        notebook.cells.insert(position if position is not None else len(notebook.cells), new_code_cell(source))
        return stored(notebook)

    return damage


def without_metadata(notebook, answers):
    data = as_data(notebook)
    data["metadata"] = {}
    for cell in data["cells"]:
        cell.pop("metadata")
        cell.pop("id", None)
    return json.dumps(data).encode()


def without_checks(notebook, answers):
    notebook.cells = [cell for cell in notebook.cells if "check" not in cell.metadata.get("tags", [])]
    return stored(notebook)


def with_answers_twice(notebook, answers):
    for position in sorted(answers, reverse=True):
        notebook.cells.insert(position, new_code_cell(notebook.cells[position].source))
    return stored(notebook)


def reversed_order(notebook, answers):
    notebook.cells = notebook.cells[::-1]
    return stored(notebook)


def unchanged(notebook, answers):
    return stored(notebook)


def with_wild_outputs(notebook, answers):
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.execution_count = 999 - 7 * number
        cell.outputs = [new_output("stream", text="again and again\n" * 20_000)]
    return stored(notebook)


def with_syntax_errors(notebook, answers):
    for position in (0, 5, len(notebook.cells)):
        notebook.cells.insert(position, new_code_cell("def broken(:\n    retrun 1"))
    return stored(notebook)


def with_another_kernel(notebook, answers):
    notebook.metadata = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    return stored(notebook)


def of_format_4_4(notebook, answers):
    data = as_data(notebook)
    data["nbformat_minor"] = 4
    for cell in data["cells"]:
        cell.pop("id")
    return json.dumps(data).encode()


def of_format_3(notebook, answers):
    cells = []
    for cell in as_data(notebook)["cells"]:
        if cell["cell_type"] == "code":
            cells.append({"cell_type": "code", "input": cell["source"], "outputs": [], "language": "python"})
        else:
            cells.append({"cell_type": "markdown", "source": cell["source"]})
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()


def without_given_cells(notebook, answers):
    lost = {"setup", "imports", "given"}
    notebook.cells = [cell for cell in notebook.cells if not lost & set(cell.metadata.get("tags", []))]
    return stored(notebook)


def with_loop_after_each_answer(notebook, answers):
    """One answer that goes on for ever, and defines what it should before."""
    notebook.cells[min(answers)].source += "\n\n\nwhile True:\n    pass"
    return stored(notebook)


def with_byte_order_mark(notebook, answers):
    return b"\xef\xbb\xbf" + stored(notebook).replace(b"\n", b"\r\n")


def with_only_text_left(notebook, answers):
    """Code that was turned into text by accident, where it is not an answer."""
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and position not in answers:
            notebook.cells[position] = nbformat.v4.new_markdown_cell(cell.source)
    return stored(notebook)


PRINTS_MEGABYTES = "for _ in range(300):\n    print('x' * 100_000)\n'y' * 5_000_000"

EVERYWHERE = {
    "crash in another cell": with_cell("1 / 0", 4),
    "infinite loop in another cell": with_cell("while True:\n    pass", 6),
    "prints megabytes": with_cell(PRINTS_MEGABYTES, 4),
    "metadata stripped": without_metadata,
    "visible checks deleted": without_checks,
    "answers twice": with_answers_twice,
    "all cells in reversed order": reversed_order,
    "renamed": unchanged,
    "outputs kept, wild counts": with_wild_outputs,
    "cells with syntax errors": with_syntax_errors,
    "another kernel": with_another_kernel,
    "format 4.4 without ids": of_format_4_4,
}
"""What the twelve damaged copies of every assignment suffer."""

ONCE = {
    "format 3": of_format_3,
    "given cells deleted": without_given_cells,
    "an answer that never ends": with_loop_after_each_answer,
    "a loop that catches everything": with_cell("while True:\n    try:\n        1 / 0\n    except:\n        pass", 6),
    "leaves the program": with_cell("import os\nos._exit(3)", 4),
    "calls exit": with_cell("import sys\nsys.exit()", 4),
    "too much memory": with_cell("too_much = bytearray(10**11)", 4),
    "endless recursion": with_cell("def again(n):\n    return again(n + 1)\n\nagain(0)", 4),
    "byte order mark": with_byte_order_mark,
    "magics, a shell and a question": with_cell("%matplotlib inline\n!echo hello\nname = input('name')", 4),
    "other cells turned into text": with_only_text_left,
    "a name that checks use": with_cell("A = C = P = rng = losses = None", None),
}
"""Accidents that say nothing of the assignment; tried on one."""
