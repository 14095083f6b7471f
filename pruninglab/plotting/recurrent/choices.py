"""Figures of Part I: the population of networks that learn which option pays (Fig 7), and what is behind it."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.recurrent.lines import BANDIT_COMMAND, LINE_DASHES, LINE_NAMES, LINE_STYLES, compare
from pruninglab.plotting.recurrent.population import before_and_after
from pruninglab.plotting.style import BLACK, GREY, draw_not_run

BOTH = ("unpruned", "pruned")


def command_for(preset: str) -> str:
    """The command that runs the population under a preset.

    Examples
    --------
    >>> command_for("low-noise").split()[-3]
    'low-noise'
    """
    return BANDIT_COMMAND.replace("paper", preset)


def by_level(
    axis: Axes,
    values: xr.DataArray | None,
    label: str,
    *,
    lines: Sequence[str] = BOTH,
    tested: tuple[str, str] = ("pruned", "unpruned"),
    preset: str = "paper",
    reference: tuple[str, float] | None = None,
) -> None:
    """Fig 7A-D, G: `lines.compare` of values (replica, line, level), with the name and height of a dashed line.

    Networks with a missing number in one of the lines are left out; the title counts the others.
    """
    complete = None if values is None else values.sel(line=list(lines)).dropna("replica")
    compare(axis, complete, label, lines=lines, tested=tested, command=command_for(preset))
    if values is None:
        return
    if reference is not None:
        name, height = reference
        axis.axhline(height, color=BLACK, ls="--", lw=1, label=name)
    axis.set_xlabel("prune fraction")


def each_network(axis: Axes, values: xr.DataArray, label: str) -> None:
    """Values (replica, line, level) of every network of a small population, one thin line each."""
    for line in values["line"].values:
        own = values.sel(line=line).transpose("level", "replica")
        style = LINE_STYLES[line] | {"ms": 4, "lw": 0.8}
        for number, series in enumerate(own.values.T):
            axis.plot(own["level"], series, **style, label=LINE_NAMES[line] if number == 0 else None)
    axis.set(xlabel="prune fraction", ylabel=label)
    axis.set_title(f"n = {values.sizes['replica']}", loc="right")


def training_curves(
    axis: Axes, curves: Mapping[str, Sequence[float]], label: str, floor: tuple[str, float] | None = None
) -> None:
    """A number after every outer iteration, by line, from before the first; with the name and height of a floor."""
    for line, values in curves.items():
        axis.plot(values, **LINE_STYLES[line], ms=3, lw=1, label=LINE_NAMES[line])
    if floor is not None:
        name, height = floor
        axis.axhline(height, color=BLACK, ls="--", lw=1, label=name)
    axis.set_yscale("log")
    axis.set(xlabel="outer iterations", ylabel=label)


def cumulative_variance(axis: Axes, shares: xr.DataArray | None) -> None:
    """Fig 7E: mean and standard error of the share (replica, line, rank) of the variance in the first components."""
    if shares is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    n = shares.sizes["replica"]
    ranks = np.arange(1, shares.sizes["rank"] + 1)
    for line in BOTH:
        own = shares.sel(line=line).transpose("replica", "rank").values
        style = LINE_STYLES[line] | {"ms": 3.5, "lw": 1, "capsize": 2, "label": LINE_NAMES[line]}
        axis.errorbar(ranks, own.mean(axis=0), own.std(axis=0) / np.sqrt(n), **style)
    axis.set(xlabel="principal components", ylabel="share of the variance")
    axis.set_title(f"n = {n}", loc="right")


def mean_histograms(axis: Axes, shares: xr.DataArray | None) -> None:
    """Fig 7F: share (replica, line, bin) of the remaining synapses in each bin, mean over networks."""
    if shares is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line in BOTH:
        mean = shares.sel(line=line).mean("replica")
        look = {"color": LINE_STYLES[line]["color"], "ls": LINE_DASHES[line], "label": LINE_NAMES[line]}
        axis.step(mean["bin"], mean, where="mid", **look)
    axis.set(xlabel="recurrent weight $a_{ij}$", ylabel="share of synapses")
    axis.set_title(f"n = {shares.sizes['replica']}", loc="right")


def agreement_by_exponent(
    axis: Axes, pairs: Mapping[str, np.ndarray] | None, r: float | None, *, preset: str = "paper"
) -> None:
    """Fig 7H-I: exponent and agreement, (2, n) by line, with the mean of each line as a large marker."""
    if pairs is None:
        draw_not_run(axis, command_for(preset))
        return
    for line, (exponent, agreement) in pairs.items():
        style = LINE_STYLES[line]
        axis.plot(exponent, agreement, **style, ls="", ms=4, alpha=0.7, label=LINE_NAMES[line])
        axis.plot(exponent.mean(), agreement.mean(), **style, ls="", ms=11, mec="white", mew=1.5)
    axis.set(xlabel="maximal exponent", ylabel="agreement")
    axis.set_title(f"r = {r:.2f}, n = {sum(pair.shape[1] for pair in pairs.values())}", loc="right")


def loss_and_error(
    axis: Axes, loss: xr.DataArray | None, error: xr.DataArray | None, floor: float, lines: Sequence[str]
) -> None:
    """Error on fresh blocks against the loss on the last training batch, (replica, line), a point for each network."""
    if loss is None or error is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line in lines:
        style = LINE_STYLES[line]
        axis.plot(loss.sel(line=line), error.sel(line=line), **style, ls="", ms=4, alpha=0.8, label=LINE_NAMES[line])
    axis.axvline(floor, color=BLACK, ls="--", lw=1, label=r"$4\sigma^2$")
    axis.set_yscale("log")
    axis.set(xlabel="loss on the last training batch", ylabel="error on fresh blocks")
    axis.set_title(f"n = {loss.sizes['replica']}", loc="right")


def cut_and_retrained(axis: Axes, values: xr.DataArray | None, line: str, label: str) -> None:
    """`population.before_and_after` for the bandit, with the line as the title."""
    before_and_after(axis, values, line, label, command=BANDIT_COMMAND)
    axis.set_title(LINE_NAMES[line], y=1.08)


def error_parts(axis: Axes, parts: Mapping[str, tuple[np.ndarray, np.ndarray]] | None) -> None:
    """Parts of the error, (shared, relative) with a number for each network, by line: mean and standard error."""
    if parts is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for place, (line, both) in enumerate(parts.items()):
        colour = LINE_STYLES[line]["color"]
        for shift, values, fill in ((-0.2, both[0], colour), (0.2, both[1], "white")):
            style = {"width": 0.36, "color": fill, "edgecolor": colour, "hatch": "///" if fill == "white" else None}
            error = values.std() / np.sqrt(len(values))
            axis.bar(place + shift, values.mean(), yerr=error, capsize=3, ecolor=GREY, **style)
    axis.set_xticks(range(len(parts)), [LINE_NAMES[line] for line in parts])
    axis.set(ylabel="part of the squared error")
    axis.set_title(f"n = {len(both[0])}", loc="right")
