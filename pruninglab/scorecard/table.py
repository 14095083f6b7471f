"""The scorecard as a Markdown table, for the chapters and the scorecard page."""

from collections.abc import Iterable
from typing import Any

COLUMNS = {
    "figure": "Figure",
    "claim": "Claim, and what we measure",
    "published": "Published",
    "ours": "Ours (spread)",
    "n": "n",
    "scale": "Scale",
    "verdict": "Verdict",
}


def markdown_table(rows: Iterable[dict[str, Any]], columns: Iterable[str] = tuple(COLUMNS)) -> str:
    """Rows of `pruninglab.scorecard.score` as a Markdown table; ours is the median over replicas, with its range.

    Examples
    --------
    >>> print(markdown_table([{"figure": "2a", "verdict": "not run"}], ["figure", "verdict"]))
    | Figure | Verdict |
    |---|---|
    | 2a | **not run** |
    """
    columns = list(columns)
    lines = [_line(COLUMNS[column] for column in columns), "|" + "---|" * len(columns)]
    return "\n".join(lines + [_line(_cell(row, column) for column in columns) for row in rows])


def _cell(row: dict[str, Any], column: str) -> str:
    if column == "claim":
        return f"{row['claim']}. *{row['quantity']}*"
    if column == "ours" and row["ours"]:
        return f"{row['ours']} ({row['spread']})"
    if column == "verdict":
        return f"**{row['verdict']}**"
    return str(row[column])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
