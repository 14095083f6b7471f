"""Figures of Part I: what happens to neighbouring states, step by step and over the delay."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.recurrent.distraction import PROBE_TRIALS, TRIAL_STYLES
from pruninglab.plotting.recurrent.lines import COMMAND, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, draw_not_run


def one_unit_map(axis: Axes, gains: list[float]) -> None:
    """A unit that excites itself: next activity against activity for several gains, with the fixed points."""
    x = np.linspace(-2.2, 2.2, 400)
    axis.plot(x, x, color=GREY, lw=0.8, label="no change")
    for gain, colour, style in zip(gains, (BLUE, GREEN, VERMILION), ("-", "--", "-."), strict=False):
        y = gain * np.tanh(x)
        axis.plot(x, y, color=colour, ls=style, lw=1.6, label=f"$a$ = {gain:g}")
        gap = y - x
        before = np.flatnonzero(gap[:-1] * gap[1:] < 0)
        crossings = x[before] + gap[before] / (gap[before] - gap[before + 1]) * (x[1] - x[0])
        axis.plot(crossings, crossings, "o", ms=5, color=colour)
    axis.set(xlabel="$x$ now", ylabel="$x$ one step later")
    axis.legend()


def disturbances(axis: Axes, growth: dict[str, np.ndarray], rates: dict[str, float]) -> None:
    """Size of small disturbances over steps, and the straight lines that the Lyapunov exponents promise."""
    for (label, sizes), colour, marker in zip(growth.items(), (BLUE, VERMILION), "os", strict=True):
        steps = np.arange(len(sizes))
        axis.semilogy(steps, sizes, marker, ms=3.5, color=colour, label=label)
        axis.semilogy(steps, sizes[0] * np.exp(rates[label] * steps), color=colour, lw=1)
    axis.set(xlabel="steps after the disturbance", ylabel="size of the disturbance")
    axis.legend()


def vector_field(axis: Axes, traces: xr.Dataset | None, field: xr.Dataset | None, title: str) -> None:
    """Fig 4A-B: condition 4 with and without probe in the plane of PC1 and PC2, and one step from states around it."""
    if traces is None:
        draw_not_run(axis, COMMAND)
        return
    for step in field["step"].values:
        begin, end = field["begin"].sel(step=step).values, field["end"].sel(step=step).values
        axis.plot(*np.stack([begin, end]).transpose(2, 0, 1), color=GREEN, lw=0.6, alpha=0.7)
        axis.plot(*begin.T, "o", ms=2, mfc="white", mec=GREY, mew=0.5, zorder=3)
    for trial in PROBE_TRIALS:
        path = traces["state"].sel(trial=trial, component=[1, 2], step=field["step"]).values
        axis.plot(*path.T, **TRIAL_STYLES[trial], label=trial, zorder=4)
    axis.annotate("S", field["begin"].values[0, 4], textcoords="offset points", xytext=(-10, -3))
    axis.set(xlabel="PC1", ylabel="PC2", title=title)


def contraction(axis: Axes, summary: xr.Dataset | None, replicas: dict[str, int]) -> None:
    """Fig 4C: the authors' contraction ratio over the delay, of one network per line."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    ratios = summary["contraction_ratio"].sel(kind="weighted")
    for line in ("unpruned", "pruned"):
        values = ratios.sel(line=line, replica=replicas[line])
        axis.plot(values["field_step"], values, **LINE_STYLES[line], ms=3, lw=1, label=LINE_NAMES[line])
    axis.axhline(1, color=BLACK, lw=0.8, ls=":")
    axis.set(xlabel="step", ylabel="contraction ratio")


def spectra(axis: Axes, summary: xr.Dataset | None, replicas: dict[str, int]) -> None:
    """Fig 4D: all Lyapunov exponents of one network per line, largest first."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    for line in ("unpruned", "pruned"):
        values = summary["lyapunov_spectrum"].sel(line=line, replica=replicas[line])
        axis.plot(np.arange(1, len(values) + 1), values, **LINE_STYLES[line], ms=3, lw=1, label=LINE_NAMES[line])
    axis.axhline(0, color=BLACK, lw=0.8, ls=":")
    axis.set(xlabel="exponent, by size", ylabel="Lyapunov exponent per step")


def two_orders(axis: Axes, summary: xr.Dataset | None, level: float) -> None:
    """Maximal exponents of every network at one level: order of time across, order of the authors' code upwards."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    lines = ["unpruned", "pruned"]
    values = summary["max_lyapunov"].sel(stage="after", line=lines).sel(level=level, method="nearest")
    for line in lines:
        time, code = (values.sel(line=line, order=order) for order in ("time", "code"))
        axis.plot(
            time, code, LINE_STYLES[line]["marker"], ms=4, color=LINE_STYLES[line]["color"], label=LINE_NAMES[line]
        )
    low, high = float(values.min()), float(values.max())
    axis.plot([low, high], [low, high], color=GREY, lw=0.8)
    axis.set(xlabel="order of time", ylabel="order of the code")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")


def exponent_and_contraction(axis: Axes, summary: xr.Dataset | None) -> None:
    """Every network's maximal exponent against the mean log of its contraction ratio."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    for line in ("unpruned", "pruned"):
        ratio = np.log(summary["contraction_ratio"].sel(kind="weighted", line=line)).mean("field_step")
        style = LINE_STYLES[line]
        exponent = summary["example_max_lyapunov"].sel(line=line)
        axis.plot(ratio, exponent, style["marker"], ms=4, color=style["color"], label=LINE_NAMES[line])
    axis.set(xlabel="mean log contraction ratio", ylabel="maximal exponent")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")
