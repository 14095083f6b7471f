"""Figures of Part II: Gibbs chains against the exact distribution."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLACK, BLUE, GREY, ORANGE, VERMILION, draw_not_run

COMMAND = "python -m pruninglab run\nchains --replicas 0:6"
START_STYLES = {
    "random": {"color": VERMILION, "marker": "o", "label": "random hidden units"},
    "data": {"color": BLUE, "marker": "s", "label": "training patches"},
    "exact": {"color": GREY, "marker": "^", "label": "exact samples"},
}


def against_steps(axis: Axes, values: xr.DataArray | None, label: str) -> None:
    """A quantity (replica, start, steps) of stored chains against their steps: a line for every machine and start."""
    if values is None:
        draw_not_run(axis, COMMAND)
        return
    steps = values["steps"].values
    for start, style in START_STYLES.items():
        for number, line in enumerate(values.sel(start=start).transpose("replica", "steps").values):
            shown = style | {"ms": 4, "lw": 1}
            axis.plot(steps, line, **(shown if number == 0 else shown | {"label": None}))
    axis.set(xscale="log", xlabel="Gibbs steps", ylabel=label)
    axis.set_title(f"n = {values.sizes['replica']}", loc="right")


def relaxation(axis: Axes, steps: np.ndarray, lines: dict[str, np.ndarray], slope: np.ndarray, noise: float) -> None:
    """Total variation against steps: lines (name to values), the slowest mode dashed, the noise of sampling dotted."""
    for (name, values), colour in zip(lines.items(), (VERMILION, BLUE, ORANGE), strict=False):
        simulated = "simulated" in name
        axis.plot(steps, values, "." if simulated else "-", color=colour, ms=5, lw=1.3, label=name)
    axis.plot(steps, slope, "--", color=BLACK, lw=1, label="slowest mode")
    axis.axhline(noise, color=GREY, ls=":", lw=1.3, label="noise of the samples")
    axis.set(xscale="log", yscale="log", xlabel="Gibbs steps", ylabel="total variation", ylim=(noise / 10, 1.3))
    axis.legend(loc="lower left")
