"""Figures of the chapter on importance, and of the ten-synapse network wherever it comes back."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from pruninglab.plotting.style import BLACK, DARK_GREEN, GREY, RULE_COLOURS
from pruninglab.ten_synapses import EDGES, WEIGHTS

PLACES = np.array([(-3.0, 1.2), (-3.0, -1.2), (-2.1, 0.0), (-0.7, 0.0), (0.7, 0.0), (2.6, 1.2), (2.6, -1.2)])
"""Where the seven neurons stand: the four on the left, the trio on the right, the bridge between them."""
PALE = "#dedede"
COLOURS = {"magnitude": RULE_COLOURS["magnitude"], "Fisher saliency": DARK_GREEN, "leverage": RULE_COLOURS["noise"]}
COLOURS |= dict.fromkeys(("exact removal", "OBD", "OBS"), BLACK)
"""Of the measures that the chapter compares; the three that need a loss are black."""


def network(
    axis: Axes,
    weights: np.ndarray = WEIGHTS,
    *,
    labels: Sequence[str] | None = None,
    shades: np.ndarray | None = None,
    colour: str = BLACK,
    title: str = "",
) -> None:
    """The ten synapses: width grows with weight, shade from pale (0) to `colour` (1); one of weight 0 is dotted."""
    colours = LinearSegmentedColormap.from_list("shade", [PALE, colour])
    for k, (start, end) in enumerate(PLACES[EDGES]):
        line = {"color": colour if shades is None else colours(shades[k]), "lw": 0.8 + 0.55 * weights[k]}
        if weights[k] == 0:
            line = {"color": GREY, "lw": 1.0, "ls": ":"}
        axis.plot(*zip(start, end, strict=True), solid_capstyle="butt", zorder=1, **line)
        if labels is not None:
            box = {"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.85}
            axis.annotate(labels[k], (start + end) / 2, ha="center", va="center", fontsize=8.5, bbox=box, zorder=2)
    axis.plot(*PLACES.T, "o", ms=11, mfc="white", mec=BLACK, zorder=3)
    for neuron, place in enumerate(PLACES):
        axis.annotate(str(neuron), place, ha="center", va="center", fontsize=8, zorder=4)
    axis.set(xlim=(-3.5, 3.1), ylim=(-1.7, 1.7), aspect="equal")
    axis.set_axis_off()
    axis.set_title(title)


def removals(
    axis: Axes,
    grid: tuple[np.ndarray, np.ndarray],
    losses: np.ndarray,
    trained: np.ndarray,
    adapted: Sequence[np.ndarray],
    levels: Sequence[float],
) -> None:
    """Contours of a loss over two weights, and for each weight two ways to 0: the other one stays, or adapts.

    `losses` has the second weight along its rows; `adapted[k]` are the weights after weight k has gone.
    """
    lines = axis.contour(*grid, losses, levels=levels, colors=GREY, linewidths=0.8)
    axis.clabel(lines, fmt="%.4g", fontsize=8, colors=BLACK)
    for zero in (axis.axvline, axis.axhline):
        zero(0, color=BLACK, lw=1)
    for k, end in enumerate(adapted):
        stays = np.where(np.arange(2) == k, 0, trained)
        for target, style, fill, name in ((stays, "-", BLACK, "stays"), (end, "--", "white", "adapts")):
            label = f"the other weight {name}" if k == 0 else None
            axis.plot(*zip(trained, target, strict=True), color=BLACK, ls=style, lw=2, label=label)
            axis.plot(*target, "o", ms=7, mec=BLACK, mfc=fill, zorder=3)
    axis.plot(*trained, "o", ms=8, color=BLACK)
    axis.annotate("trained", trained, xytext=(-8, -14), textcoords="offset points", ha="right")
    axis.set(xlabel="weight $w_1$", ylabel="weight $w_2$")
    axis.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="none")


def heard(axis: Axes, activity: Mapping[str, np.ndarray], title: str) -> None:
    """Activity step by step of two neurons, or of one."""
    for (name, values), colour, style in zip(activity.items(), (BLACK, GREY), ("-", "--"), strict=False):
        axis.plot(np.arange(1, len(values) + 1), values, color=colour, ls=style, lw=1.8, label=name)
    axis.set(xlabel="step", ylabel="activity", ylim=(-0.05, 1.05), title=title)
    axis.legend(loc="center right")
