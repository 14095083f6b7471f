"""Figures of Part I: trained networks that meet a new option (Fig S4)."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from pruninglab.plotting.recurrent.lines import LINE_DASHES, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.style import BLUE, GREEN, GREY, ORANGE, VERMILION, draw_not_run

COMMAND = "python -m pruninglab run\nnew-option --replicas 0:16"
GROUP_LOOKS = ((GREY, ""), (BLUE, "//"), (GREEN, ".."), (ORANGE, "xx"), (VERMILION, "\\\\"))
"""Colour and hatching of the parts of a bar."""


def learning_curves(axis: Axes, dataset: xr.Dataset | None, lines: Sequence[str]) -> None:
    """Fig S4: logged loss by outer iteration, from the second on: median over networks (markers), middle half (band).

    The line without markers is the geometric mean.
    """
    if dataset is None:
        draw_not_run(axis, COMMAND)
        return
    for line in lines:
        losses = dataset["logged_loss"].sel(line=line).transpose("replica", "iteration").values[:, 1:]
        iterations = np.arange(losses.shape[1]) + 2
        low, median, high = np.quantile(losses, [0.25, 0.5, 0.75], axis=0)
        style = LINE_STYLES[line]
        axis.fill_between(iterations, low, high, color=style["color"], alpha=0.12, lw=0)
        axis.plot(iterations, median, **style, ms=3.5, lw=1, label=LINE_NAMES[line])
        axis.plot(iterations, np.exp(np.log(losses).mean(axis=0)), color=style["color"], ls=LINE_DASHES[line], lw=1)
    _log_scale(axis)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set(xlabel="outer iteration", ylabel="logged loss")
    axis.set_title(f"n = {dataset.sizes['replica']}", loc="right")


def by_case(axis: Axes, values: xr.DataArray | None, label: str, *, log: bool = False) -> None:
    """Values (replica, line, case): every network (small, open) and the mean (filled), geometric on a log axis."""
    if values is None:
        draw_not_run(axis, COMMAND)
        return
    values = values.transpose("replica", "line", "case")
    places = np.arange(values.sizes["case"])
    for number, line in enumerate(values["line"].values):
        own, style = values.sel(line=line).values, LINE_STYLES[line]
        x = places + 0.22 * (number - (values.sizes["line"] - 1) / 2)
        mean = np.exp(np.log(own).mean(axis=0)) if log else own.mean(axis=0)
        axis.plot(x, own.T, style["marker"], color=style["color"], ms=3, mfc="none", mew=0.6, alpha=0.6)
        axis.plot(x, mean, style["marker"], color=style["color"], ms=6, label=LINE_NAMES[line])
    if log:
        _log_scale(axis)
    axis.set_xticks(places, values["case"].values)
    axis.set(ylabel=label, xlim=(-0.6, len(places) - 0.4))
    axis.set_title(f"n = {values.sizes['replica']}", loc="right")


def inner_loop(axis: Axes, losses: Mapping[str, np.ndarray], constant: float) -> None:
    """Loss after every pass of one inner loop, (networks, passes + 1) for each line, and the loss of a constant."""
    for line, own in losses.items():
        names = [LINE_NAMES[line]] + ["_"] * (len(own) - 1)
        for curve, name in zip(own, names, strict=True):
            passes = np.arange(len(curve)) + 1
            look = {"color": LINE_STYLES[line]["color"], "ls": LINE_DASHES[line], "lw": 1.2}
            axis.loglog(passes, curve, **look, label=name)
    axis.axhline(constant, color=GREY, lw=0.8)
    axis.yaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set(xlabel="passes, the start counted as 1", ylabel="loss on the network's own batch")


def movement(axis: Axes, shares: xr.DataArray) -> None:
    """Shares (line, group) of the squared change of all weights, as one bar for each line."""
    lines = shares["line"].values
    left = np.zeros(len(lines))
    for (colour, hatch), group in zip(GROUP_LOOKS, shares["group"].values, strict=False):
        width = shares.sel(group=group).values
        axis.barh(-np.arange(len(lines)), width, left=left, color=colour, alpha=0.7, hatch=hatch, label=group)
        left = left + width
    axis.set_yticks(-np.arange(len(lines)), [LINE_NAMES[line] for line in lines])
    axis.set(xlabel="share of the squared change of the weights", xlim=(0, 1))


def _log_scale(axis: Axes) -> None:
    """A logarithmic vertical axis with numbers at 1, 2 and 5 times powers of ten."""
    axis.set_yscale("log")
    axis.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("{x:g}")
