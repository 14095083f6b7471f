"""Figures of the first chapter: published counts of synapses, and a memory with a budget of synapses."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter, ScalarFormatter

from pruninglab.plotting.style import BLACK, BLUE, GREY, ORANGE, RULE_COLOURS, VERMILION

STYLES = {
    "magnitude": (RULE_COLOURS["magnitude"], "o"),
    "random": (RULE_COLOURS["random"], "s"),
    "unpruned": (BLACK, "^"),
}
"""Colour and marker of the three fates of a network."""
NAMES = {"magnitude": "smallest deleted", "random": "deleted by lot", "unpruned": "not pruned"}
KEPT = {"magnitude": "the largest, kept", "random": "drawn by lot, kept"}
PRICE_STYLES = ("-", "--", ":")


def published_counts(axis: Axes, counts: Mapping[str, tuple[float, float, float]]) -> None:
    """A row for each count, relative to its last value: the first value, and the peak as a dot or a range.

    `counts` maps a label to (first value or NaN, lowest and highest value of the peak).
    """
    for row, (first, low, high) in enumerate(counts.values()):
        axis.plot([1, high], [row, row], color=GREY, lw=1, zorder=1)
        axis.plot(first, row, "o", ms=6, mfc="white", color=BLUE, zorder=2, label="first age" if row == 0 else None)
        axis.plot([low, high], [row, row], "o-", ms=6, lw=4, color=BLUE, label="peak" if row == 0 else None)
    axis.axvline(1, color=BLACK, lw=1, label="last age (adult, or age 11)")
    axis.set_yticks(range(len(counts)), list(counts))
    axis.set_ylim(len(counts) - 0.5, -0.5)
    axis.set(xlabel="relative to the last age counted", xscale="log")
    axis.xaxis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.3, 1.0), columnspacing=1, handlelength=1)


def recalls(axes: Sequence[Axes], memory: np.ndarray, states: Mapping[str, np.ndarray]) -> None:
    """A memory as a picture of dark and light pixels, once for each title; pixels that are wrong are red.

    `memory` and every state have shape (rows, columns) and hold +1 and -1.
    """
    colours = ListedColormap(["#f2f2f2", "#555555", VERMILION])
    for axis, (title, state) in zip(axes, states.items(), strict=True):
        shown = np.where(state == memory, (memory + 1) // 2, 2)
        axis.imshow(shown, cmap=colours, vmin=0, vmax=2)
        axis.set_title(title, fontsize=8.5)
        axis.set(xticks=[], yticks=[])


def kept_weights(axis: Axes, edges: np.ndarray, grown: np.ndarray, kept: np.ndarray, arm: str) -> None:
    """Histogram of the learned weights, outlined, and of those that are kept, filled. Counts per bin are given."""
    axis.stairs(grown, edges, color=BLACK, lw=1, label="grown")
    axis.stairs(kept, edges, color=STYLES[arm][0], fill=True, alpha=0.8, label=KEPT[arm])
    axis.set(xlabel="learned weight $w$", ylabel="synapses of a neuron")
    axis.set_ylim(0, 1.35 * grown.max())
    axis.legend(loc="upper left", handlelength=1)


def against_overgrowth(
    axis: Axes,
    overgrowth: np.ndarray,
    means: Mapping[str, np.ndarray],
    errors: Mapping[str, np.ndarray],
    theory: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Means with error bars against overgrowth, a colour for each fate; lines show a theory where there is one."""
    for arm, (colour, marker) in STYLES.items():
        line = "none" if theory else "-"
        axis.errorbar(
            overgrowth, means[arm], errors[arm], fmt=marker, ls=line, lw=1, ms=4, color=colour, label=NAMES[arm]
        )
        if theory:
            axis.plot(overgrowth, theory[arm], "--", lw=1, color=colour)
    axis.set(xlabel="synapses grown for each one in the budget", ylim=(0, None))
    axis.legend(loc="best", handlelength=1)


def shares_of_signal(axis: Axes, shares: np.ndarray, worth: Mapping[str, np.ndarray]) -> None:
    """What is left of the squared signal-to-noise ratio against the share of synapses that is left."""
    for arm, values in worth.items():
        axis.plot(shares, values, color=STYLES[arm][0], label=NAMES[arm])
    axis.plot(1, 1, "^", color=BLACK, clip_on=False, label=NAMES["unpruned"])
    axis.set(xlabel="share of synapses left", ylabel="share of $S^2$ left", xlim=(0, 1), ylim=(0, 1.05))
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.legend(loc="lower right", handlelength=1)


def prices(axis: Axes, shares: np.ndarray, net: Mapping[float, np.ndarray], best: Mapping[float, float]) -> None:
    """Benefit less upkeep against the share of synapses that is left, a line for each price; a dot marks the best."""
    for (price, values), style in zip(net.items(), PRICE_STYLES, strict=False):
        axis.plot(shares, values, style, color=ORANGE, label=f"price {price:g}")
        axis.plot(best[price], np.interp(best[price], shares, values), "o", ms=5, color=ORANGE, clip_on=False)
    axis.set(xlabel="share of synapses left", ylabel="benefit less upkeep", xlim=(0, 1), ylim=(0, 1.5))
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.legend(loc="upper left", handlelength=2)


def twins(axis: Axes, synapses: np.ndarray, means: Mapping[str, np.ndarray], errors: Mapping[str, np.ndarray]) -> None:
    """Share of wrong neurons stage by stage, of networks that lose synapses and of twins that do not.

    The first axis numbers the stages; `synapses` says how many per neuron the pruned networks have at each.
    """
    stages = np.arange(1, len(synapses) + 1)
    for arm in means:
        colour, marker = STYLES[arm]
        axis.errorbar(stages, means[arm], errors[arm], fmt=f"{marker}-", lw=1, ms=4, color=colour, label=NAMES[arm])
    axis.set_xticks(stages, [f"{stage}\n({count})" for stage, count in zip(stages, synapses, strict=True)])
    axis.set(xlabel="stage (synapses per neuron in the pruned network)", ylabel="wrong neurons", ylim=(0, None))
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.legend(loc="upper right", handlelength=1)
