"""Figures of Part II: energies, patches of photographs, contrastive divergence, and what a trained machine dreams.

Patches are drawn square by square: white is on, black is off.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION

ROW_DISTANCE = 1.35
"""Between the centres of two patches in a column of `dreams`; a patch is about 1 high."""
SETTLED = 5
"""Step of a chain from which its divergence is compared with what the second eigenvalue predicts."""
EVERY = 1.25
"""Between the centres of two patches in a row."""


def joint_states(axis: Axes, names: Sequence[str], energies: np.ndarray, probabilities: np.ndarray) -> None:
    """Probability of every joint state as a bar, with its energy written above."""
    axis.bar(range(len(names)), probabilities, color=BLUE, width=0.7)
    for place, (energy, probability) in enumerate(zip(energies, probabilities, strict=True)):
        axis.text(place, probability + 0.01, f"{energy + 0:g}", ha="center", va="bottom")
    axis.set_xticks(range(len(names)), names)
    axis.set(ylabel="probability", ylim=(0, 1.2 * probabilities.max()))


def visible_states(axis: Axes, names: Sequence[str], probabilities: np.ndarray, independent: np.ndarray) -> None:
    """Probability of every visible state as a bar, with a mark where independent units would be."""
    axis.bar(range(len(names)), probabilities, color=BLUE, width=0.6, label="machine")
    axis.plot(range(len(names)), independent, "D", color=VERMILION, ms=6, label="independent units")
    axis.set_xticks(range(len(names)), names)
    axis.set(ylabel="probability", ylim=(0, 1.35 * probabilities.max()))
    axis.legend(loc="upper center", ncols=2)


def photograph(axis: Axes, image: np.ndarray, *, patches: Sequence[np.ndarray] = ()) -> None:
    """An image in grey; `patches` are pixels (n, 2) of patches to be framed, row and column."""
    axis.imshow(image, cmap="gray")
    for pixels in patches:
        frames = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in pixels]
        axis.add_collection(PatchCollection(frames, facecolor="none", edgecolor=VERMILION, lw=1.2))
    axis.set_axis_off()


def numbered_patch(axis: Axes, pattern: np.ndarray, offsets: np.ndarray) -> None:
    """One patch, large, with the number of every pixel, from 1."""
    _squares(axis, pattern, offsets, (0.0, 0.0), 1.0)
    for number, ((row, column), value) in enumerate(zip(offsets, pattern, strict=True), start=1):
        axis.text(column, -row, str(number), ha="center", va="center", color=BLACK if value else "white")
    _frame(axis, (-3, 3), (-3, 3))


def gallery(axis: Axes, patterns: np.ndarray, offsets: np.ndarray, labels: Sequence[str], n_columns: int) -> None:
    """Patches row by row, a label below each."""
    for place, (pattern, label) in enumerate(zip(patterns, labels, strict=True)):
        row, column = divmod(place, n_columns)
        x, y = 1.25 * column, -1.7 * row
        _squares(axis, pattern, offsets, (x, y), 0.2)
        axis.text(x, y - 0.6, label, ha="center", va="top")
    n_rows = -(-len(patterns) // n_columns)
    _frame(axis, (-0.65, 1.25 * n_columns - 0.6), (-1.7 * n_rows + 0.6, 0.6))


def ranks(axis: Axes, series: dict[str, np.ndarray], guide: np.ndarray) -> None:
    """Probabilities against their rank on two logarithmic axes; `guide` has a value per rank of the longest series."""
    for (name, values), colour, marker in zip(series.items(), (BLUE, ORANGE), "o.", strict=False):
        axis.plot(1 + np.arange(len(values)), values, marker, ms=4, color=colour, label=name)
    axis.plot(1 + np.arange(len(guide)), guide, "--", color=BLACK, lw=1, label="slope $-1$")
    axis.set(xscale="log", yscale="log", xlabel="rank of the pattern", ylabel="probability")
    axis.legend(loc="upper right")


def gradients(axis: Axes, exact: np.ndarray, estimates: dict[str, np.ndarray]) -> None:
    """Entries of expected updates against those of the gradient of the log-likelihood."""
    entries = np.concatenate([[0], exact, *estimates.values()])
    margin = 0.08 * np.ptp(entries)
    limits = [entries.min() - margin, entries.max() + margin]
    axis.plot(limits, limits, color=GREY, lw=1)
    axis.axhline(0, color=GREY, lw=0.5)
    axis.axvline(0, color=GREY, lw=0.5)
    for (name, values), colour, marker in zip(estimates.items(), (VERMILION, BLUE), "o^", strict=True):
        axis.plot(exact, values, marker, ms=5, color=colour, mfc="none", label=name)
    axis.set(xlabel="entry of the gradient", ylabel="entry of the expected update", xlim=limits, ylim=limits)
    axis.legend(loc="center left")


def forgetting(axis: Axes, divergences: dict[str, np.ndarray], slopes: dict[str, float]) -> None:
    """Divergence of chains from their machine after 0, 1, 2 … steps; dashed, the rates that eigenvalues predict."""
    looks = zip((GREEN, VERMILION, BLUE), "os^", strict=True)
    for (name, values), (colour, marker) in zip(divergences.items(), looks, strict=True):
        steps = np.arange(len(values))
        axis.plot(steps, values, marker=marker, markevery=4, ms=5, color=colour, lw=1.8, label=name)
        later = steps[SETTLED:]
        axis.plot(later, values[SETTLED] * slopes[name] ** (later - SETTLED), "--", color=BLACK, lw=1)
    axis.set(yscale="log", xlabel="steps of the chain", ylabel="divergence from the machine (nats)")
    axis.legend(loc="lower right")


def training(axis: Axes, updates: np.ndarray, curves: dict[str, np.ndarray], *, level: float | None = None) -> None:
    """Divergences (T, R) of R machines against updates, a colour per schedule; `level` is a horizontal line."""
    for (name, values), colour, style in zip(curves.items(), (BLUE, ORANGE), ("-", "--"), strict=True):
        lines = axis.plot(updates / 1000, values, color=colour, ls=style, lw=1.1, alpha=0.85)
        lines[0].set_label(name)
    if level is not None:
        axis.axhline(level, color=BLACK, ls=":", lw=1.5)
    axis.axvline(updates[-1] / 2000, color=GREY, lw=0.6)
    axis.set(yscale="log", xlabel="updates (thousands)")


def dreams(axis: Axes, rows: dict[str, np.ndarray], offsets: np.ndarray) -> None:
    """Patches in rows, the name of a row on its left."""
    for row, (name, patterns) in enumerate(rows.items()):
        y = -ROW_DISTANCE * row
        axis.text(-0.8, y, name, ha="right", va="center")
        for column, pattern in enumerate(patterns):
            _squares(axis, pattern, offsets, (EVERY * column, y), 0.2)
    longest = max(len(patterns) for patterns in rows.values())
    _frame(axis, (-4.2, EVERY * longest - 0.6), (-ROW_DISTANCE * len(rows) + 0.75, 0.6))


def log_probabilities(
    axis: Axes, data: np.ndarray, machine: np.ndarray, marked: dict[str, tuple[float, float]]
) -> None:
    """Logarithms of probabilities under data and machine, a dot per pattern; `marked` ones are named and in colour."""
    axis.plot(data, machine, ".", ms=3.5, color=BLUE, alpha=0.5)
    for (name, place), colour, marker in zip(marked.items(), (VERMILION, GREEN), "sD", strict=True):
        axis.plot(*place, marker, ms=7, color=colour, label=name)
    limits = [data.min() - 0.5, 0]
    axis.plot(limits, limits, color=BLACK, lw=1)
    axis.set(xlabel="ln probability in the data", ylabel="ln probability under the machine")
    axis.legend(loc="upper left")


def _squares(axis: Axes, pattern: np.ndarray, offsets: np.ndarray, centre: tuple[float, float], size: float) -> None:
    """The pixels of a patch; rows count downwards."""
    squares = [
        Rectangle((centre[0] + size * (column - 0.5), centre[1] - size * (row + 0.5)), size, size)
        for row, column in offsets
    ]
    colours = ["white" if value else BLACK for value in pattern]
    axis.add_collection(PatchCollection(squares, facecolor=colours, edgecolor=GREY, lw=0.6))


def _frame(axis: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    axis.set(xlim=x, ylim=y, aspect="equal")
    axis.set_axis_off()
