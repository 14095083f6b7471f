"""Figures of Part I: networks that learn after a cut, learn something new, or are regularised otherwise (Fig S2)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.recurrent.lines import LINE_DASHES, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.style import BLUE, GREEN, PURPLE, draw_not_run

COMMANDS = {
    "direct": "python -m pruninglab run\ndirect --replicas 0:64",
    "new-cues": "python -m pruninglab run\nnew-cues --replicas 0:16",
    "regularisers": "python -m pruninglab run\nregularisers --replicas 0:16",
}
ARM_STYLES = {
    "none": LINE_STYLES["unpruned"],
    "pruned": LINE_STYLES["pruned"],
    "weak decay": {"color": GREEN, "marker": "^", "fillstyle": "none"},
    "strong decay": {"color": GREEN, "marker": "^"},
    "weak noise": {"color": BLUE, "marker": "D", "fillstyle": "none"},
    "strong noise": {"color": BLUE, "marker": "D"},
    "jolt": {"color": PURPLE, "marker": "v"},
}


def mean_losses(axis: Axes, dataset: xr.Dataset | None, lines: Sequence[str], *, experiment: str = "direct") -> None:
    """Mean logged loss over networks, with its standard error, against the outer iteration, from the second on."""
    if dataset is None:
        draw_not_run(axis, COMMANDS[experiment])
        return
    n = dataset.sizes["replica"]
    for line in lines:
        losses = dataset["logged_loss"].sel(line=line).transpose("replica", "iteration").values[:, 1:]
        mean, error = losses.mean(axis=0), losses.std(axis=0) / np.sqrt(n)
        iterations, colour = np.arange(len(mean)) + 2, LINE_STYLES[line]["color"]
        axis.fill_between(iterations, mean - error, mean + error, color=colour, alpha=0.25, lw=0)
        axis.semilogy(iterations, mean, color=colour, ls=LINE_DASHES[line], label=LINE_NAMES[line])
    axis.set(xlabel="outer iteration", ylabel="logged loss")
    axis.set_title(f"n = {n}", loc="right")


def by_arm(axis: Axes, values: xr.DataArray | None, label: str) -> None:
    """Mean of values (replica, arm, repeats) over networks, with its standard error, against the number of repeats."""
    if values is None:
        draw_not_run(axis, COMMANDS["regularisers"])
        return
    n = values.sizes["replica"]
    places = np.arange(values.sizes["repeats"])
    for number, (arm, style) in enumerate(ARM_STYLES.items()):
        own = values.sel(arm=arm).transpose("replica", "repeats").values
        axis.errorbar(
            places + 0.1 * (number - 3),
            own.mean(axis=0),
            own.std(axis=0) / np.sqrt(n),
            ls="",
            ms=4,
            capsize=2,
            label="retrained only" if arm == "none" else arm,
            **style,
        )
    axis.set_xticks(places, values["repeats"].values)
    axis.set(xlabel="repeats of each condition", ylabel=label)
    axis.set_title(f"n = {n}", loc="right")
