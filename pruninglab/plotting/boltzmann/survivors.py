"""Figures of Part II: deep machines while they are pruned, their codes, units and pixels (Fig 3, S1 Text, S2 Text).

A `record` has the dimensions replica (machines), criterion and iteration; iteration 0 is before any pruning. NaN where
a line is missing or has ended.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import NullFormatter

from pruninglab.plotting.boltzmann.pruning import CRITERION_NAMES, CRITERION_STYLES
from pruninglab.plotting.style import BLACK, BLUE, GREY, ORANGE, VERMILION, draw_not_run

COMMAND = "python -m pruninglab run\ndbm-pruning\n--preset reduced\n--replicas 0:16"
MACHINES_COMMAND = "python -m pruninglab run\ndbm --preset reduced\n--replicas 0:2"
LAYER_STYLES = {"first": {"color": ORANGE, "ls": "--"}, "second": {"color": BLUE, "ls": "-"}}
LAYER_NAMES = {"first": "first layer, $W^1$", "second": "second layer, $W^2$"}
ERROR_TICKS = (0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9)
WEIGHT_TICKS = (3_000, 10_000, 30_000, 100_000, 300_000)
PARTS = {
    "total": {"color": BLACK, "marker": "o", "label": "rise of the mean rate"},
    "selection": {"color": BLUE, "marker": "s", "label": "by leaving units out"},
    "change": {"color": VERMILION, "marker": "^", "label": "by change of units that stay"},
}


def zero_shares(
    axis: Axes,
    n_samples: np.ndarray,
    expected: Mapping[str, np.ndarray] | None,
    *,
    levels: Mapping[str, float],
    seen: Mapping[int, float] | None = None,
    marks: Sequence[int] = (),
) -> None:
    """Share of the weights of each layer whose pair never fires together, against the number of samples.

    `expected` has an array (machines, numbers of samples) for ``"first"`` and ``"second"``; `levels` the fractions that
    are pruned; `seen` shares of the second layer that were counted; `marks` are numbers of samples to be pointed out.
    """
    if expected is None:
        draw_not_run(axis, MACHINES_COMMAND)
        return
    for layer, values in expected.items():
        for number, line in enumerate(np.atleast_2d(values)):
            axis.plot(n_samples, line, lw=1.4, label=None if number else LAYER_NAMES[layer], **LAYER_STYLES[layer])
        axis.axhline(levels[layer], color=LAYER_STYLES[layer]["color"], ls=":", lw=1)
    if seen is not None:
        axis.plot(list(seen), list(seen.values()), "o", ms=5, mfc="none", color=BLUE, label="second layer, counted")
    for mark in marks:
        axis.axvline(mark, color=GREY, lw=0.8)
    axis.set(xscale="log", xlabel="samples", ylabel="share of scores that are 0", ylim=(0, 1))
    axis.legend(loc="center right", frameon=True, framealpha=1, edgecolor="none")


def layers(axis: Axes, first: np.ndarray, second: np.ndarray, *, dead: Sequence[int] = ()) -> None:
    """A small deep machine: v below, h1, h2 above, a line for every weight; units without weights are open.

    `first` (v, h1) and `second` (h1, h2) are masks; `dead` are units of h1 that have lost one side.
    """
    x = [np.linspace(0, 1, n + 2)[1:-1] for n in (*first.shape, second.shape[1])]
    for level, mask in enumerate((first, second)):
        for below, above in np.argwhere(mask):
            axis.plot([x[level][below], x[level + 1][above]], [level, level + 1], color=GREY, lw=1.5, zorder=1)
    connected = (first.any(axis=1), first.any(axis=0) | second.any(axis=1), second.any(axis=0))
    for level, (places, joined) in enumerate(zip(x, connected, strict=True)):
        for unit, (place, full) in enumerate(zip(places, joined, strict=True)):
            colour = VERMILION if level == 1 and unit in dead else BLACK
            marker = "s" if colour == VERMILION else "o"
            axis.plot(place, level, marker, ms=11, color=colour, mfc=colour if full else "white", zorder=2)
    for level, name in enumerate(("$v$", "$h^1$", "$h^2$")):
        axis.text(-0.02, level, name, ha="right", va="center")
    axis.set(xlim=(-0.12, 1.02), ylim=(-0.35, 2.35))
    axis.set_axis_off()


def against_weights(
    axis: Axes, record: xr.Dataset | None, quantity: str, criteria: Sequence[str], label: str, n_at_start: int
) -> None:
    """A quantity against the weights that are left (Fig 3B, C): thin lines are machines, marks their means."""
    if record is None:
        draw_not_run(axis, COMMAND)
        return
    for criterion in criteria:
        own = record.sel(criterion=criterion)
        _machines(axis, own["n_weights"], own[quantity], criterion)
    axis.axvline(n_at_start, color=GREY, lw=0.6)
    axis.set(xscale="log", xlabel="weights left", ylabel=label)
    axis.set_xticks(WEIGHT_TICKS, [f"{tick // 1000}k" for tick in WEIGHT_TICKS])
    axis.minorticks_off()
    axis.autoscale_view()
    axis.invert_xaxis()


def against_prunings(axis: Axes, record: xr.Dataset | None, quantity: str, criteria: Sequence[str], label: str) -> None:
    """A quantity against the number of prunings (S1 Text, Fig A): thin lines are machines, marks their means."""
    if record is None:
        draw_not_run(axis, COMMAND)
        return
    for criterion in criteria:
        own = record[quantity].sel(criterion=criterion)
        _machines(axis, own["iteration"].broadcast_like(own), own, criterion)
    axis.set_xticks(record["iteration"].values)
    axis.set(xlabel="prunings", ylabel=label)


def error_scale(axis: Axes, raw: float | None = None, constant: float | None = None) -> None:
    """A logarithmic axis of errors; dotted, the classifier of raw digits; dashed, one that knows nothing."""
    if not axis.axison:  # nothing has been run
        return
    axis.set_yscale("log")
    axis.set_yticks(ERROR_TICKS, [f"{tick:g}" for tick in ERROR_TICKS])
    axis.tick_params(which="minor", left=False)
    axis.yaxis.set_minor_formatter(NullFormatter())
    for level, style in ((raw, ":"), (constant, "--")):
        if level is not None:
            axis.axhline(level, color=BLACK, ls=style, lw=1.2)
    axis.autoscale_view()


def saw(axis: Axes, before: np.ndarray | None, after: np.ndarray | None, criterion: str) -> None:
    """Errors right after each pruning (open) and after retraining (filled), machine by machine.

    Parameters
    ----------
    before : ndarray, shape (machines, prunings), or None
        NaN where it is not known.
    after : ndarray, shape (machines, prunings + 1), or None
        The first is before any pruning.
    criterion : str
    """
    axis.set_title(CRITERION_NAMES[criterion], loc="left", fontsize=9)
    if before is None or after is None:
        draw_not_run(axis, COMMAND)
        return
    colour = CRITERION_STYLES[criterion]["color"]
    x = np.arange(after.shape[1])
    for own_before, own_after in zip(before, after, strict=True):
        path = np.column_stack([np.append(np.nan, own_before), own_after]).ravel()
        known = np.isfinite(path)
        axis.plot(np.repeat(x, 2)[known], path[known], color=colour, lw=0.9)
        axis.plot(x[1:], own_before, "o", ms=4, color=colour, mfc="white")
        axis.plot(x, own_after, "o", ms=4, color=colour)
    axis.set_xticks(x[::2])
    axis.set_xlabel("prunings")


def pixels(axis: Axes, values: np.ndarray | None, title: str, *, most: float = 1.0) -> AxesImage | None:
    """A quantity of every pixel in its place, white at 0 and black at `most` (Fig 3D)."""
    axis.set_title(title, loc="left", fontsize=9)
    if values is None:
        draw_not_run(axis, COMMAND)
        return None
    side = round(np.sqrt(len(values)))
    image = axis.imshow(values.reshape(side, side), cmap="gray_r", vmin=0, vmax=most)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(True)
    return image


def parts_of_rise(axis: Axes, parts: Mapping[str, np.ndarray] | None, criterion: str) -> None:
    """Rise of the mean rate since the start, as a factor, and its two parts, which multiply; means over machines.

    `parts` are logarithms, of shape (machines, prunings + 1), for the keys of `PARTS`.
    """
    if parts is None:
        draw_not_run(axis, COMMAND)
        return
    for name, style in PARTS.items():
        values = np.exp(parts[name].mean(axis=0))
        axis.plot(range(len(values)), values, lw=1.2, ms=4.5, **style)
    axis.axhline(1, color=GREY, lw=0.6)
    axis.set_xticks(range(parts["total"].shape[1]))
    axis.set(xlabel="prunings", ylabel=f"factor, {CRITERION_NAMES[criterion]}")
    axis.set_ylim(0, 1.6 * axis.dataLim.ymax)
    axis.legend(loc="upper left")


def sides(axis: Axes, lost: Mapping[str, Mapping[str, np.ndarray]] | None, criteria: Sequence[str]) -> None:
    """How many units of h1 lost all inputs, and how many all outputs: bars are means, dots machines."""
    if lost is None:
        draw_not_run(axis, COMMAND)
        return
    styles = {"inputs": (-0.2, VERMILION, None), "outputs": (0.2, BLUE, "///")}
    for name, (shift, colour, hatch) in styles.items():
        places = np.arange(len(criteria)) + shift
        means = [lost[name][criterion].mean() for criterion in criteria]
        axis.bar(places, means, width=0.38, color="white", edgecolor=colour, hatch=hatch, label=f"all {name} lost")
        for place, criterion in zip(places, criteria, strict=True):
            values = lost[name][criterion]
            axis.plot(np.full(len(values), place), values, "o", ms=3.5, color=colour)
    _named(axis, criteria)
    axis.set_ylabel("units of $h^1$")
    axis.legend(loc="best")


def rates(axis: Axes, kept: Mapping[str, np.ndarray] | None, lost: Mapping[str, np.ndarray], criteria: Sequence[str]):
    """Mean rates of the units of h2 that stayed at the first pruning (filled) and of those that went (open)."""
    if kept is None:
        draw_not_run(axis, COMMAND)
        return
    for place, criterion in enumerate(criteria):
        colour = CRITERION_STYLES[criterion]["color"]
        for values, shift, fill in ((kept[criterion], 0.12, "full"), (lost[criterion], -0.12, "none")):
            values = values[np.isfinite(values)]
            axis.plot(np.full(len(values), place + shift), values, "o", ms=5, color=colour, fillstyle=fill)
    _named(axis, criteria)
    axis.set_ylabel("mean rate before the cut")


def _machines(axis: Axes, x: xr.DataArray, y: xr.DataArray, criterion: str) -> None:
    """A thin line for every machine, and a marked one for their mean with their number in its label."""
    style = CRITERION_STYLES[criterion]
    x, y = (values.transpose("replica", "iteration").values for values in (x.where(y.notnull()), y))
    there = np.isfinite(y).any(axis=1)
    for own_x, own_y in zip(x[there], y[there], strict=True):
        axis.plot(own_x, own_y, color=style["color"], lw=0.5, alpha=0.7)
    while_all = np.isfinite(y[there]).all(axis=0)
    means = (values[there][:, while_all].mean(axis=0) for values in (x, y))
    axis.plot(*means, lw=1.2, ms=4.5, label=f"{CRITERION_NAMES[criterion]} (n = {there.sum()})", **style)


def _named(axis: Axes, criteria: Sequence[str]) -> None:
    names = [CRITERION_NAMES[criterion] for criterion in criteria]
    axis.set_xticks(range(len(criteria)), names, rotation=30, ha="right")
