"""Figures of Part III: approximate probabilities, and networks outside the theorem."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from pruninglab.plotting.noise.spectrum import RULE_COLOURS, RULE_LINES, RULE_MARKERS
from pruninglab.plotting.style import BLACK, BLUE, DARK_BLUE, GREY, VERMILION, draw_not_run

SKETCH_COLOURS = {"plain": BLUE, "clamped": GREY, "transmitted": VERMILION}
SKETCH_MARKERS = {"plain": "s", "clamped": "D", "transmitted": "o"}
COLOURS = RULE_COLOURS | {"closed form": DARK_BLUE}
MARKERS = RULE_MARKERS | {"closed form": "P"}


def undersampling(axis: Axes, summary: xr.Dataset | None, title: str) -> None:
    """Spectral epsilon of every draw against alpha, all or half of the synapses undersampled, and the promise."""
    axis.set_title(title)
    if summary is None:
        _not_run(axis, "approximation")
        return
    for edges, colour, marker in (("all", VERMILION, "o"), ("half", BLUE, "s")):
        draws = summary["spectral_epsilon"].sel(edges=edges).transpose("alpha", ...).values
        lines = axis.loglog(summary["alpha"], draws.reshape(len(draws), -1), marker, ms=4, color=colour, alpha=0.6)
        lines[0].set_label(f"{edges} undersampled")
    promise = summary["promised_epsilon"].isel(replica=0)
    axis.loglog(summary["alpha"], promise, color=BLACK, ls="--", label=r"promise $\epsilon/\sqrt{\alpha}$")
    axis.set(xlabel=r"probability / what it should be, $\alpha$", ylabel="spectral epsilon")
    _ticks_at(axis, summary["alpha"].values)
    _plain_numbers(axis)
    axis.set_ylim(bottom=0.45 * summary["spectral_epsilon"].min())
    axis.legend(loc="lower left")


def error_shares(axis: Axes, errors: dict[str, np.ndarray], law: tuple[np.ndarray, np.ndarray], title: str) -> None:
    """Share of the synapses whose relative error is at most x, for each sample; `law` is the curve (x, share)."""
    for (name, values), colour, style in zip(
        errors.items(), (BLUE, VERMILION, BLUE, VERMILION), ("-", "-", ":", ":"), strict=False
    ):
        ordered = np.sort(values)
        share = np.arange(1, len(ordered) + 1) / len(ordered)
        axis.semilogx(ordered, share, color=colour, ls=style, label=name)
    axis.semilogx(*law, color=BLACK, ls="--", lw=1, label=r"law, $|\chi^2_k/k-1|$")
    axis.set(xlabel="relative error", ylabel="share of synapses", title=title, xlim=law[0][[0, -1]])


def sketches(axis: Axes, summary: xr.Dataset | None, variable: str, network: str, title: str) -> None:
    """A measure of each sketch against the number of snapshots, one marker per replica and a line for the median."""
    axis.set_title(title)
    if summary is None:
        _not_run(axis, "snapshots")
        return
    for sketch, colour in SKETCH_COLOURS.items():
        values = summary[variable].sel(sketch=sketch, network=network).transpose("snapshots", "replica")
        axis.loglog(values["snapshots"], values, SKETCH_MARKERS[sketch], ms=4, color=colour, alpha=0.5)
        axis.loglog(values["snapshots"], values.median("replica"), color=colour, label=sketch)
    _ticks_at(axis, summary["snapshots"].values)
    if variable == "epsilon_ratio":
        _plain_numbers(axis)
    axis.set(xlabel="snapshots $k$")


def by_leak(axis: Axes, summary: xr.Dataset | None, variable: str, rules: Sequence[str], title: str) -> None:
    """Mean over draws of one outcome of every rule as the leak is lowered; a line per replica."""
    axis.set_title(title)
    if summary is None:
        _not_run(axis, "dominance")
        return
    for rule in rules:
        values = summary[variable].sel(rule=rule).mean("draw").transpose("step", "replica")
        lines = axis.plot(values["step"], values, marker=RULE_MARKERS[rule], ms=4, alpha=0.7, color=RULE_COLOURS[rule])
        lines[0].set_label(rule)
    axis.set(xlabel="way to instability (share)")


def formula_errors(axis: Axes, summary: xr.Dataset | None) -> None:
    """Relative error of the closed form for the covariance: clustered networks by size, and the two chains."""
    if summary is None:
        _not_run(axis, "directed")
        return
    sizes = summary["neurons"].values
    columns = [summary["clustered_error"].sel(neurons=n).values for n in sizes]
    columns += [summary[name].values for name in ("bridges_error", "chain_error")]
    for place, values in enumerate(columns):
        axis.semilogy(np.full(len(values), place), values, "o", ms=4, color=VERMILION, alpha=0.7)
    names = [*(f"clusters, {n}" for n in sizes), "one-way bridges", "layers"]
    axis.set_xticks(range(len(columns)), names, rotation=35, ha="right", rotation_mode="anchor")
    axis.set_xlim(-0.5, len(columns) - 0.5)
    _plain_numbers(axis)
    axis.set_ylabel("relative error of the closed form")


def responses(axis: Axes, summary: xr.Dataset | None, title: str) -> None:
    """Error of the response to constant input, median over draws, by network and rule; a marker per replica."""
    axis.set_title(title)
    if summary is None:
        _not_run(axis, "directed")
        return
    error = summary["response_error"].median("draw")
    for index, rule in enumerate(summary["rule"].values):
        values = error.sel(rule=rule).transpose("network", "replica")
        places = np.arange(len(values)) + 0.18 * (index - 1.5)
        lines = axis.semilogy(places, values, MARKERS[rule], ms=5, alpha=0.7, color=COLOURS[rule])
        lines[0].set_label(rule)
    axis.set_xticks(range(summary.sizes["network"]), ["clusters", "layers", "one-way\nbridges"])
    _plain_numbers(axis)
    axis.set_ylabel(r"relative error of $A^{-1}$")


def over_time(axis: Axes, summary: xr.Dataset | None, variable: str, ylabel: str, title: str) -> None:
    """Error or overlap of the rectified networks over time, for every rule; a line per replica."""
    axis.set_title(title)
    if summary is None:
        _not_run(axis, "rectified")
        return
    for rule in summary["rule"].values:
        values = summary[variable].sel(rule=rule).transpose("time", "replica")
        lines = axis.plot(values["time"], values, color=RULE_COLOURS[rule], ls=RULE_LINES[rule], lw=1.2)
        lines[0].set_label(rule)
    axis.set(xlabel="time", ylabel=ylabel)


def excitation(axis: Axes, summary: xr.Dataset | None, title: str) -> None:
    """Probability of bridges that a rectified network finds by itself, and its silent share, against excitation."""
    axis.set_title(title)
    if summary is None:
        _not_run(axis, "rectified")
        return
    level = summary["excitation"].values
    for variable, colour, marker, label in (
        ("bridge_probability", VERMILION, "o", "bridges, recorded"),
        ("silent_share", GREY, "D", "silent neurons"),
    ):
        lines = axis.plot(level, summary[variable].transpose("excitation", "replica"), f"{marker}-", ms=4, color=colour)
        lines[0].set_label(label)
    for variable, colour, style, label in (
        ("exact_bridge_probability", BLACK, "--", "bridges, exact"),
        ("degree_bridge_probability", RULE_COLOURS["degree"], RULE_LINES["degree"], "bridges, degree rule"),
    ):
        axis.axhline(float(summary[variable].mean()), color=colour, ls=style, label=label)
    axis.set(xlabel="background excitation", ylabel="mean probability, share", ylim=(-0.03, 1.03))


def _ticks_at(axis: Axes, values: np.ndarray) -> None:
    """Ticks of a logarithmic horizontal axis at exactly these values."""
    axis.set_xticks(values, [f"{value:g}" for value in values])
    axis.xaxis.set_minor_locator(NullLocator())


def _plain_numbers(axis: Axes) -> None:
    """Ticks of a logarithmic vertical axis at 1, 2 and 5 times powers of ten, written out."""
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def _not_run(axis: Axes, experiment: str) -> None:
    draw_not_run(axis, f"python -m pruninglab run {experiment}\n--preset paper --replicas 0:5")
