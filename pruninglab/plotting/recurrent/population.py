"""Figures of Part I: the population of pruned and unpruned networks, its distractibility and its dynamics (Fig 5)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.recurrent.lines import COMMAND, LINE_DASHES, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.style import BLACK, GREY, draw_not_run

BINS = (0.25, 0.5, 0.75, 1.0)


def by_starting_loss(
    axis: Axes, loss: xr.DataArray | None, values: xr.DataArray | None, label: str, criterion: float
) -> None:
    """Difference of each pruned network from its unpruned twin, values (replica, line), against the start's loss."""
    if values is None:
        draw_not_run(axis, COMMAND)
        return
    for line in values["line"].values:
        style = LINE_STYLES[line]
        axis.semilogx(loss, values.sel(line=line), style["marker"], ms=5, color=style["color"], label=LINE_NAMES[line])
    axis.axhline(0, color=GREY, lw=0.8)
    axis.axvline(criterion, color=BLACK, lw=0.8, ls=":", label="criterion")
    ticks = [0.01, 0.02, 0.04]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.set(xlabel="loss of the common start", ylabel=label)
    axis.set_title(f"n = {values.sizes['replica']}", loc="right")


def exponent_by_score(axis: Axes, summary: xr.Dataset | None, lines: Sequence[str]) -> None:
    """Fig 5E: mean maximal exponent, with its standard error, of the networks with each score under one weak probe.

    As in the paper, networks that get no condition right are not drawn; they count in r.
    """
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    at = summary.sel(stage="after").sel(level=0.7, method="nearest")
    score = at["n_correct"].sel(probe_time=20, strength=0.2) / 4
    exponent = at["max_lyapunov"].sel(order="time")
    for line in lines:
        groups = [exponent.sel(line=line).values[score.sel(line=line).values == value] for value in BINS]
        means = [group.mean() if len(group) else np.nan for group in groups]
        errors = [group.std() / np.sqrt(len(group)) if len(group) else np.nan for group in groups]
        r = np.corrcoef(score.sel(line=line), exponent.sel(line=line))[0, 1]
        style = LINE_STYLES[line] | {"ms": 4, "capsize": 2, "lw": 1, "label": f"{LINE_NAMES[line]}, r = {r:.2f}"}
        axis.errorbar(BINS, means, errors, **style)
        for value, mean, group in zip(BINS, means, groups, strict=True):
            if len(group):
                axis.annotate(str(len(group)), (value, mean), textcoords="offset points", xytext=(5, 4), fontsize=8)
    axis.set(xlabel="share correct, probe at 20, strength 0.2", ylabel="maximal exponent")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")
    axis.legend()


def before_and_after(axis: Axes, values: xr.DataArray | None, line: str, label: str, *, command: str = COMMAND) -> None:
    """Mean of values (replica, line, stage, level) right after each cut (open) and after retraining (filled)."""
    if values is None:
        draw_not_run(axis, command)
        return
    style = LINE_STYLES[line] | {"ms": 4, "lw": 1, "capsize": 2}
    n = values.sizes["replica"]
    for stage, look in (("before", {"mfc": "white", "ls": ":"}), ("after", {})):
        own = values.sel(line=line, stage=stage)
        axis.errorbar(
            own["level"],
            own.mean("replica"),
            own.std("replica") / np.sqrt(n),
            **style,
            **look,
            label=f"{LINE_NAMES[line]}, {stage} retraining",
        )
    axis.set(xlabel="prune fraction", ylabel=label)
    axis.set_title(f"n = {n}", loc="right")


def distances(axis: Axes, summary: xr.Dataset | None, lines: Sequence[str]) -> None:
    """Distance between the probed and the unprobed state: geometric mean over networks, and the middle half."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    log = np.log(summary["probe_distance"].sel(step=slice(21, 53)))
    for line in lines:
        low, high = np.exp(log.sel(line=line).quantile([0.25, 0.75], "replica").values)
        colour = LINE_STYLES[line]["color"]
        axis.fill_between(log["step"], low, high, color=colour, alpha=0.2, lw=0)
        look = {"color": colour, "ls": LINE_DASHES[line], "label": LINE_NAMES[line]}
        axis.semilogy(log["step"], np.exp(log.sel(line=line).mean("replica")), **look)
    axis.axvline(40, color=GREY, ls=":", lw=1)
    axis.set(xlabel="step", ylabel="distance of the states")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")
