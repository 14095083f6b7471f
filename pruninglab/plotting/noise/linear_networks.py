"""Figures of Part III: activity of linear networks, and what a recording tells of it."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLACK, BLUE, GREEN, ORANGE, VERMILION, draw_not_run

GROUP_COLOURS = {"large cluster": BLUE, "small clusters": ORANGE, "between clusters": VERMILION}


def paths(axis: Axes, time: np.ndarray, x: np.ndarray, deviation: float) -> None:
    """Sample paths of one neuron, shape (n_records, n_paths), and the band of its stationary deviation."""
    axis.axhspan(-deviation, deviation, color=BLUE, alpha=0.15, label="stationary mean ± s.d.")
    axis.plot(time, x, lw=0.8, color=BLACK, alpha=0.6)
    largest = np.abs(x).max()
    axis.set(xlabel="time", ylabel="activity $x$", ylim=(-1.1 * largest, 1.5 * largest))
    axis.legend(loc="upper right")


def variance_growth(axis: Axes, time: np.ndarray, measured: np.ndarray, exact: np.ndarray) -> None:
    """Variance of an ensemble that starts at rest, against the closed form."""
    axis.plot(time, exact, color=BLACK, label="exact")
    axis.plot(time, measured, "o", ms=4, color=VERMILION, label="simulated ensemble")
    axis.set(xlabel="time", ylabel="variance", ylim=(0, None))
    axis.legend(loc="lower right")


def agreement(axis: Axes, exact: np.ndarray, measured: np.ndarray, quantity: str) -> None:
    """Measured against exact values, with the line of equality."""
    limits = [min(exact.min(), measured.min()), max(exact.max(), measured.max())]
    axis.plot(limits, limits, color=BLACK, lw=1, label="equality")
    axis.plot(exact, measured, ".", ms=3, color=VERMILION, alpha=0.4, zorder=1)
    axis.set(xlabel=f"exact {quantity}", ylabel=f"sampled {quantity}")
    axis.legend(loc="upper left")


def step_bias(axis: Axes, rates: np.ndarray, measured: dict[float, np.ndarray], exact: dict[float, np.ndarray]) -> None:
    """Variance of each mode over its exact value, simulated and predicted, for several time steps."""
    for (dt, ratio), colour, marker in zip(measured.items(), (BLUE, VERMILION, GREEN), "os^", strict=False):
        axis.plot(rates, ratio, marker, ms=4, color=colour, alpha=0.6, label=rf"simulated, $\Delta t = {dt:g}$")
        axis.plot(rates, exact[dt], color=colour, lw=1.5)
    axis.axhline(1, color=BLACK, lw=0.8)
    axis.set(xlabel=r"rate of the mode $|\lambda|$", ylabel="variance / exact variance")
    axis.legend(loc="upper left")


def convergence(axis: Axes, summary: xr.Dataset | None, title: str) -> None:
    """Error of the diff-covariance against recording time, by group of synapses; lines are the prediction."""
    axis.set_title(title)
    if summary is None:
        draw_not_run(axis, "python -m pruninglab run convergence\n--preset paper --replicas 0:5")
        return
    for group, marker in zip(summary["group"].values, "os^", strict=True):
        colour = GROUP_COLOURS[str(group)]
        one = summary.sel(group=group)
        axis.loglog(one["duration"], one["predicted"].mean("replica"), color=colour)
        for index, replica in enumerate(one["replica"].values):
            label = str(group) if index == 0 else None
            error = one["error"].sel(replica=replica)
            axis.loglog(one["duration"], error, marker, ms=4, color=colour, alpha=0.6, label=label)
    axis.set(xlabel="recording time $T$", ylabel="relative error of diff-covariance (r.m.s.)")
    axis.legend(loc="lower left")
