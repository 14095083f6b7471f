"""Figures of Part III: activity before and after pruning, and how errors change with size."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from pruninglab.plotting.noise.spectrum import RULE_COLOURS, RULE_LINES, RULE_MARKERS
from pruninglab.plotting.style import BLACK, BLUE, GREY, draw_not_run

DYNAMICS_COMMAND = "python -m pruninglab run dynamics\n--preset paper --replicas 0:5"
TRACES_COMMAND = "python -m pruninglab run traces\n--preset paper --replicas 0:1"
GROWTH_COMMAND = "python -m pruninglab run growth\n--preset paper --replicas 0:3"
TRACE_COLOURS = {"original": BLACK} | RULE_COLOURS
TRACE_STYLES = {"original": "-"} | RULE_LINES


def traces(axis: Axes, time: np.ndarray, x: dict[str, np.ndarray]) -> None:
    """Activity of a few neurons, shape (n_records, n_neurons), in the original network and in pruned ones."""
    for name, activity in x.items():
        lines = axis.plot(time, activity, color=TRACE_COLOURS[name], ls=TRACE_STYLES[name], lw=1.3)
        lines[0].set_label(name)
    axis.set(xlabel="time", ylabel="activity $x_i$")


def live_errors(axis: Axes, time: np.ndarray, errors: dict[str, np.ndarray]) -> None:
    """Relative error over time by rule, shape (n_records, n_runs): mean and standard deviation over the runs."""
    for rule, values in errors.items():
        mean, deviation = values.mean(axis=1), values.std(axis=1, ddof=1)
        axis.fill_between(time, mean - deviation, mean + deviation, color=RULE_COLOURS[rule], alpha=0.25, lw=0)
        axis.plot(time, mean, color=RULE_COLOURS[rule], ls=RULE_LINES[rule], label=rule)
    axis.set(xlabel="time", ylabel="relative error", ylim=(0, None))
    axis.legend(loc="upper left")


def example(axis: Axes, recorded: xr.Dataset | None, kind: str, drive: str) -> None:
    """Fig 2c-f, left: two neurons of the first stored network, in the first run of an input."""
    if recorded is None:
        draw_not_run(axis, TRACES_COMMAND)
        return
    one = recorded["activity"].isel(replica=0).sel(kind=kind, input=drive)
    shown = {str(name): one.sel(shown=name).transpose("time", "neuron").values for name in one["shown"].values}
    traces(axis, one["time"].values, shown)


def error_over_time(axis: Axes, summary: xr.Dataset | None, kind: str, drive: str, rules: Sequence[str]) -> None:
    """Fig 2c-f, right: mean error over runs, a line per network; the band is the s.d. over runs of the first one."""
    if summary is None:
        draw_not_run(axis, DYNAMICS_COMMAND)
        return
    arm = summary[["error_mean", "error_sd"]].sel(kind=kind, input=drive, pruning="per run")
    for rule in rules:
        one = arm.sel(rule=rule)
        mean, deviation = one["error_mean"].isel(replica=0), one["error_sd"].isel(replica=0)
        colour = RULE_COLOURS[rule]
        axis.fill_between(one["time"], mean - deviation, mean + deviation, color=colour, alpha=0.25, lw=0)
        means = one["error_mean"].transpose("time", "replica")
        lines = axis.plot(one["time"], means, color=colour, ls=RULE_LINES[rule], lw=1.2)
        lines[0].set_label(rule)
    axis.set(xlabel="time", ylabel="relative error", ylim=(0, None))


def final_errors(axis: Axes, summary: xr.Dataset | None, kind: str, drive: str, rules: Sequence[str]) -> None:
    """Mean error over runs at the end, a marker per network: filled, one pruning a run; open, one pruning for all."""
    if summary is None:
        draw_not_run(axis, DYNAMICS_COMMAND)
        return
    arm = summary["error_mean"].sel(kind=kind, input=drive).isel(time=-1)
    for shift, (pruning, fill) in zip((-0.15, 0.15), (("per run", "full"), ("single", "none")), strict=True):
        for position, rule in enumerate(rules):
            values = arm.sel(rule=rule, pruning=pruning).values
            places, colour = np.full(len(values), position + shift), RULE_COLOURS[rule]
            axis.plot(places, values, RULE_MARKERS[rule], ms=4.5, fillstyle=fill, color=colour, alpha=0.8)
    axis.set_xticks(range(len(rules)), rules, rotation=30, ha="right", rotation_mode="anchor")
    axis.set(ylabel="relative error at the end", yscale="log")
    _plain_logarithm(axis)


def epsilon_growth(axis: Axes, summary: xr.Dataset | None, promised: np.ndarray | None) -> None:
    """Spectral epsilon of either rule against N, a marker per network, and the theorem's promise for noise-prune."""
    if summary is None:
        draw_not_run(axis, GROWTH_COMMAND)
        return
    n = summary["n_neurons"].values
    axis.loglog(n, promised, color=BLACK, label="promised to noise-prune")
    _growth(axis, summary["spectral_epsilon"])
    axis.set_ylabel(r"spectral $\epsilon$")


def median_growth(axis: Axes, summary: xr.Dataset | None, measure: str, label: str) -> None:
    """Median over modes of one error of either rule against N, a marker per network."""
    if summary is None:
        draw_not_run(axis, GROWTH_COMMAND)
        return
    medians = summary["quantiles"].sel(measure=measure).sel(quantile=0.5, method="nearest")
    _growth(axis, 1 - medians if measure == "cosine" else medians)
    axis.set_ylabel(label)


def needed_density(axis: Axes, summary: xr.Dataset | None) -> None:
    """Share of the synapses that the theorem needs for a fixed epsilon, against N."""
    if summary is None:
        draw_not_run(axis, GROWTH_COMMAND)
        return
    axis.semilogx(
        summary["n_neurons"], summary["needed_density"].transpose("n_neurons", "replica"), "o", color=BLUE, ms=4
    )
    axis.set(xlabel="neurons $N$", ylabel="share of synapses needed", ylim=(0, 1))
    _plain_ticks(axis, summary["n_neurons"].values)


def predicted_errors(axis: Axes, predicted: dict[str, np.ndarray], measured: dict[str, np.ndarray]) -> None:
    """Error at the end of each run against the error of the fixed point, by rule, with the line of equality."""
    everything = np.concatenate([*predicted.values(), *measured.values()])
    limits = [everything.min(), everything.max()]
    axis.loglog(limits, limits, color=GREY, lw=1, label="equality")
    for rule, values in predicted.items():
        axis.loglog(values, measured[rule], RULE_MARKERS[rule], ms=4, color=RULE_COLOURS[rule], label=rule)
    axis.set(xlabel="error of the fixed point", ylabel="relative error at $t = 40$")
    axis.legend(loc="best")


def _growth(axis: Axes, values: xr.DataArray) -> None:
    for rule in values["rule"].values:
        one = values.sel(rule=rule).transpose("n_neurons", "replica")
        marks = axis.loglog(one["n_neurons"], one, RULE_MARKERS[str(rule)], ms=4, color=RULE_COLOURS[str(rule)])
        marks[0].set_label(str(rule))
    axis.set_xlabel("neurons $N$")
    _plain_ticks(axis, values["n_neurons"].values)
    _plain_logarithm(axis)


def _plain_logarithm(axis: Axes) -> None:
    """Label a logarithmic vertical axis at 1, 2 and 5 times powers of ten, as plain numbers."""
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def _plain_ticks(axis: Axes, n_neurons: np.ndarray) -> None:
    axis.set_xticks(n_neurons, [f"{n:,}" for n in n_neurons], rotation=30, ha="right", rotation_mode="anchor")
    axis.minorticks_off()
