"""Figures of the closing chapter: verdicts counted, and how alike the rules rank synapses."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLUE, GREY, VERMILION, text_colour
from pruninglab.plotting.synthesis.bench import NAMES

VERDICT_COLOURS = {
    "reproduced": BLUE,
    "partly": "#8fbfe0",
    "undecided": "#d0d0d0",
    "not reproduced": VERMILION,
    "not run": "#ffffff",
}


def verdict_bars(axis: Axes, counts: Mapping[str, Sequence[int]], verdicts: Sequence[str]) -> None:
    """A horizontal bar for every source of claims, with the number of each verdict written into its piece."""
    table = np.array(list(counts.values()))
    shares = table / table.sum(axis=1, keepdims=True)
    left = np.zeros(len(table))
    for column, verdict in enumerate(verdicts):
        widths = shares[:, column]
        axis.barh(
            range(len(table)), widths, left=left, color=VERDICT_COLOURS[verdict], edgecolor=GREY, lw=0.5, label=verdict
        )
        ink = text_colour(VERDICT_COLOURS[verdict])
        for row in np.flatnonzero(widths > 0.03):
            number = str(table[row, column])
            place = (left[row] + widths[row] / 2, row)
            axis.annotate(number, place, ha="center", va="center", color=ink, fontsize=8.5)
        left += widths
    axis.set_yticks(
        range(len(table)), [f"{name} ({total})" for name, total in zip(counts, table.sum(axis=1), strict=True)]
    )
    axis.invert_yaxis()
    axis.set(xlabel="share of claims", xlim=(0, 1))
    axis.legend(ncols=len(verdicts), loc="lower center", bbox_to_anchor=(0.3, 1.0), columnspacing=1, handlelength=1)


def agreement(axis: Axes, correlations: np.ndarray, rules: Sequence[str]) -> None:
    """A table of rank correlations, coloured, with the numbers."""
    image = axis.imshow(correlations, cmap="PuOr_r", vmin=-1, vmax=1)
    for row, column in np.ndindex(correlations.shape):
        value = correlations[row, column]
        ink = text_colour(image.to_rgba(value))
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink)
    names = [NAMES[rule] for rule in rules]
    axis.set_xticks(range(len(names)), names, rotation=35, ha="right")
    axis.set_yticks(range(len(names)), names)
