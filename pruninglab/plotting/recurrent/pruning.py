"""Figures of Part I: networks that are pruned and retrained level by level."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.recurrent.lines import COMMAND, LINE_DASHES, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.style import BLACK, draw_not_run


def descent(axis: Axes, levels: Sequence[float], n_synapses: int) -> None:
    """Fig 1G: the two lines that start from one trained network; every dot is an episode of training."""
    fractions = np.array([0.0, *levels])
    episodes = np.arange(len(fractions))
    axis.plot(episodes, np.full(len(episodes), n_synapses), **LINE_STYLES["unpruned"], ms=4, label="unpruned")
    remaining = n_synapses - np.round(fractions * n_synapses)
    axis.step(episodes, remaining, where="post", color=LINE_STYLES["pruned"]["color"], lw=1)
    axis.plot(episodes, remaining, **LINE_STYLES["pruned"], ls="", ms=4, label="pruned")
    axis.plot(0, n_synapses, "o", ms=8, mfc="none", color=BLACK, label="trained network")
    axis.set_xticks(episodes[::3])
    axis.set(xlabel="episode of retraining", ylabel="recurrent synapses", ylim=(0, 1.08 * n_synapses))
    axis.legend(loc="lower left")


def medians_by_level(axis: Axes, summary: xr.Dataset | None, name: str, lines: Sequence[str], label: str) -> None:
    """Median of a variable over networks, with the middle half of them, against the prune fraction."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    for line in lines:
        low, middle, high = summary[name].sel(line=line).astype(float).quantile([0.25, 0.5, 0.75], "replica").values
        style = LINE_STYLES[line]
        axis.fill_between(summary["level"], low, high, color=style["color"], alpha=0.2, lw=0)
        axis.plot(summary["level"], middle, **style, ms=4, lw=1, label=LINE_NAMES[line])
    axis.set(xlabel="prune fraction", ylabel=label)
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")


def appended_losses(axis: Axes, summary: xr.Dataset | None, lines: Sequence[str]) -> None:
    """Fig S1: mean logged losses of the first outer iterations of all levels, one level after the other.

    An episode that has ended keeps its last logged loss.
    """
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    losses = summary["logged_loss"].fillna(summary["last_logged_loss"]).mean("replica")
    n_iterations = losses.sizes["iteration"]
    for line in lines:
        values = losses.sel(line=line).transpose("level", "iteration").values.ravel()
        look = {"color": LINE_STYLES[line]["color"], "ls": LINE_DASHES[line]}
        axis.semilogy(values, lw=1, **look, label=LINE_NAMES[line])
    ticks = n_iterations * np.arange(0, summary.sizes["level"], 3)
    axis.set_xticks(ticks, [f"{summary['level'].values[tick // n_iterations]:.2f}" for tick in ticks])
    axis.set(xlabel="prune fraction; within a level, outer iterations 1 to 30", ylabel="logged loss")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")
    axis.legend()


def first_and_last(axis: Axes, summary: xr.Dataset, lines: Sequence[str]) -> None:
    """Mean loss at the start of each level's retraining (open) and at the start of its last iteration (filled)."""
    for line in lines:
        style = LINE_STYLES[line] | {"ms": 5, "lw": 1}
        first = summary["logged_loss"].isel(iteration=0).sel(line=line).mean("replica")
        last = summary["last_logged_loss"].sel(line=line).mean("replica")
        axis.semilogy(summary["level"], first, **style, ls=":", mfc="white")
        axis.semilogy(summary["level"], last, **style, label=LINE_NAMES[line])
    axis.set(xlabel="prune fraction", ylabel="mean loss")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")
    axis.legend()


def weight_histograms(axis: Axes, summary: xr.Dataset | None, *, of: str) -> None:
    """Fig 2A: share of the remaining weights in each bin, `of` the ``"first"`` network or the ``"mean"`` network."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    counts = summary["histogram"].astype(float)
    share = counts / counts.sum("bin")
    title = f"network {int(share['replica'][0])}" if of == "first" else f"mean of n = {summary.sizes['replica']}"
    share = share.isel(replica=0) if of == "first" else share.mean("replica")
    for line in ("unpruned", "pruned"):
        values = share.sel(line=line)
        look = {"color": LINE_STYLES[line]["color"], "ls": LINE_DASHES[line]}
        axis.step(values["bin"], values, where="mid", **look, label=LINE_NAMES[line])
    axis.set(xlabel="recurrent weight $a_{ij}$", ylabel="share of synapses")
    axis.set_title(title, loc="right")


def singular_curves(axis: Axes, summary: xr.Dataset | None) -> None:
    """Fig 2B: cumulative share of the singular values; thin lines are networks, thick ones means."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    ranks = np.arange(1, summary.sizes["rank"] + 1)
    for line in ("unpruned", "pruned"):
        curves = summary["cumulative_singular_values"].sel(line=line).transpose("replica", "rank")
        colour = LINE_STYLES[line]["color"]
        axis.plot(ranks, curves.values.T, color=colour, lw=0.5, alpha=0.4)
        axis.plot(ranks, curves.mean("replica"), color=colour, ls=LINE_DASHES[line], lw=2, label=LINE_NAMES[line])
    axis.set(xlabel="singular value, by size", ylabel="cumulative share", ylim=(0, 1.02))
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")


def convergence(axis: Axes, distances: dict[str, np.ndarray], n_free: int) -> None:
    """Distance of the loss from its constrained minimum after every pass, and the number of free weights."""
    for (label, values), line, style in zip(distances.items(), ("pruned", "corrected"), ("--", "-"), strict=True):
        look = {"color": LINE_STYLES[line]["color"], "ls": style}
        axis.semilogy(np.maximum(values, 1e-18), **look, label=label)
    axis.axvline(n_free, color=BLACK, ls=":", lw=1, label="free weights")
    axis.set(xlabel="pass of the inner loop", ylabel="loss above the minimum")
    axis.legend()
