"""Figures of Part III: the spectrum of a network before and after pruning."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pruninglab.plotting.style import BLACK, draw_not_run
from pruninglab.plotting.style import RULE_COLOURS as KIND_COLOURS

RULE_COLOURS = {
    "noise-prune": KIND_COLOURS["noise"],
    "weight": KIND_COLOURS["magnitude"],
    "degree": KIND_COLOURS["degree"],
    "uniform": KIND_COLOURS["random"],
    "magnitude": KIND_COLOURS["magnitude"],
}
RULE_MARKERS = {"noise-prune": "o", "weight": "s", "degree": "^", "uniform": "D", "magnitude": "v"}
RULE_LINES = {"noise-prune": "--", "weight": ":", "degree": "-.", "uniform": (0, (1, 4)), "magnitude": (0, (6, 1))}
"""Line styles where there are no markers; a solid line is the network that is not pruned."""
MEASURE_LABELS = {
    "eigenvalue_error": r"eigenvalue error $\epsilon_\lambda$",
    "quadratic_error": r"quadratic form error $\epsilon_v$",
    "cosine": r"$1 - \cos\theta$",
}
SPECTRUM_COMMAND = "python -m pruninglab run spectrum\n--preset paper --replicas 0:10"
LARGE_COMMAND = "python -m pruninglab run spectrum\n--preset large --replicas 0:1"
SMALLEST_DRAWN = 1e-7


def distributions(
    axis: Axes, summary: xr.Dataset | None, measure: str, rules: Sequence[str], *, command: str = SPECTRUM_COMMAND
) -> None:
    """Fig 2a-b: violin and box of one measure over all modes and replicas, with the 20 slowest modes as circles."""
    if summary is None:
        draw_not_run(axis, command)
        return
    matched = summary.sel(diagonal="matched", measure=measure)
    for position, rule in enumerate(rules):
        arm = matched.sel(rule=rule)
        logs = _log_errors(arm["quantiles"].values, measure)
        violin = axis.violinplot(logs, [position], widths=0.8, showextrema=False)
        violin["bodies"][0].set(facecolor=RULE_COLOURS[rule], alpha=0.35)
        axis.boxplot(logs, positions=[position], widths=0.18, showfliers=False, medianprops={"color": BLACK})
        slowest = _log_errors(arm["drawn_values"].isel(mode=slice(-20, None)).values, measure)
        spread = position + 0.12 + 0.25 * np.linspace(0, 1, len(slowest))
        axis.plot(spread, slowest, "o", ms=2.5, mfc="none", mew=0.7, color=RULE_COLOURS[rule])
    axis.set_xticks(range(len(rules)), rules, rotation=30, ha="right", rotation_mode="anchor")
    _powers_of_ten(axis)
    axis.set_ylabel(MEASURE_LABELS[measure])


def spectrum(axis: Axes, eigenvalues: np.ndarray, share_in_small: np.ndarray) -> None:
    """Eigenvalues of A by rank, coloured by the share of each mode that lives in the small clusters."""
    ranks = np.arange(1, len(eigenvalues) + 1)
    dots = axis.scatter(ranks, -eigenvalues[::-1], c=share_in_small[::-1], s=12, cmap="cividis", vmin=0, vmax=1)
    axis.set(xlabel="mode, slowest first", ylabel=r"rate $|\lambda|$", xscale="log", yscale="log")
    axis.figure.colorbar(dots, ax=axis, label="share in small clusters")


def errors_by_rate(axis: Axes, summary: xr.Dataset | None, measure: str, rules: Sequence[str], replica: int) -> None:
    """Error of each stored mode of one network against the rate of the mode: slow modes are on the left."""
    if summary is None:
        draw_not_run(axis, SPECTRUM_COMMAND)
        return
    one = summary.sel(replica=replica, diagonal="matched", measure=measure)
    for rule in rules:
        error = 10 ** _log_errors(one["drawn_values"].sel(rule=rule).values, measure)
        marker = RULE_MARKERS[rule]
        axis.loglog(-one["drawn_eigenvalue"], error, marker, ms=3, alpha=0.6, color=RULE_COLOURS[rule], label=rule)
    axis.set(xlabel=r"rate of the mode $|\lambda|$", ylabel=MEASURE_LABELS[measure])
    axis.legend(loc="best", markerscale=1.5)


def ratios(axis: Axes, values: xr.DataArray | None, rules: Sequence[str], title: str) -> None:
    """Error of each rule over the weight control's, per measure; a marker per network. Below 1 is better."""
    axis.set_title(title)
    if values is None:
        draw_not_run(axis, SPECTRUM_COMMAND)
        return
    for position, measure in enumerate(values["measure"].values):
        for index, rule in enumerate(rules):
            sample = values.sel(measure=measure, rule=rule).values
            offset = position + 0.18 * (index - (len(rules) - 1) / 2)
            label = rule if position == 0 else None
            axis.plot(
                np.full(len(sample), offset),
                sample,
                RULE_MARKERS[rule],
                ms=4,
                alpha=0.7,
                color=RULE_COLOURS[rule],
                label=label,
            )
    axis.axhline(1, color=BLACK, lw=0.8, ls=":")
    axis.set_xticks(range(values.sizes["measure"]), [r"$\epsilon_\lambda$", r"$\epsilon_v$", r"$1-\cos\theta$"])
    axis.set(ylabel="error / error of weight control", yscale="log")


def stability(axis: Axes, summary: xr.Dataset | None, rules: Sequence[str]) -> None:
    """Largest eigenvalue of every pruned network with either diagonal; above zero the network is unstable."""
    if summary is None:
        draw_not_run(axis, SPECTRUM_COMMAND)
        return
    for offset, (diagonal, fill) in zip((-0.12, 0.12), (("matched", "full"), ("original", "none")), strict=True):
        for position, rule in enumerate(rules):
            values = summary["largest_eigenvalue"].sel(rule=rule, diagonal=diagonal).values
            label = f"{diagonal} diagonal" if position == 0 else None
            places = np.full(len(values), position + offset)
            colour = RULE_COLOURS[rule]
            axis.plot(places, values, RULE_MARKERS[rule], ms=5, fillstyle=fill, color=colour, label=label)
    axis.axhline(0, color=BLACK, lw=0.8)
    axis.set_xticks(range(len(rules)), rules)
    axis.set_ylabel("largest eigenvalue after pruning")
    axis.legend(loc="best")


def _log_errors(values: np.ndarray, measure: str) -> np.ndarray:
    errors = 1 - values if measure == "cosine" else values
    return np.log10(np.maximum(np.ravel(errors), SMALLEST_DRAWN))


def _powers_of_ten(axis: Axes) -> None:
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda power, _: f"$10^{{{power:.0f}}}$"))
