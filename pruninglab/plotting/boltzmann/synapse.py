"""Figures of Part II: what a synapse counts, what it guesses from two rates, and what its deletion really costs."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.boltzmann.pruning import COMMAND, CRITERION_NAMES, CRITERION_STYLES
from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, draw_not_run, text_colour

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
MARKERS = ("o", "s", "^", "D")
COST_NAMES = {"cost_joint": "joint", "cost_marginal": "seen", "cost_data": "fit to data"}
"""Short names of the questions to which a deletion has an answer."""


def counting(
    axis: Axes, counts: Sequence[int], agreement: Mapping[str, np.ndarray] | None, guessed: float | None
) -> None:
    """Rank correlation of counted and exact information against the number of states; dashed, that of a guess."""
    if agreement is None:
        draw_not_run(axis, COMMAND)
        return
    for (name, values), colour, marker in zip(agreement.items(), COLOURS, MARKERS, strict=False):
        axis.semilogx(counts, values, color=colour, marker=marker, ms=4, label=name)
    axis.axhline(guessed, color=BLACK, ls="--", lw=1, label="Eq. 6, exact rates")
    axis.set(xlabel="states counted", ylabel="Spearman correlation with exact F", ylim=(0, 1.02))
    axis.legend()


def coincidences(axis: Axes, exact: np.ndarray | None, estimates: np.ndarray | None, often: np.ndarray | None) -> None:
    """Estimated against exact co-firing, weight by weight; weights of hidden units that are on often stand out."""
    if exact is None:
        draw_not_run(axis, COMMAND)
        return
    for part, colour, name in ((~often, BLUE, "other units"), (often, VERMILION, "busy units")):
        axis.loglog(exact[part], estimates[part], ".", ms=3, color=colour, label=name)
    _equality(axis, exact)
    axis.set(xlabel="exact co-firing", ylabel="estimate")


def paired(axis: Axes, values: Mapping[str, np.ndarray] | None, label: str) -> None:
    """One dot a machine for each estimate, joined by a line if they are of the same machine; bars are medians."""
    if values is None:
        draw_not_run(axis, COMMAND)
        return
    rows = np.array(list(values.values()))
    axis.plot(range(len(rows)), rows, color=GREY, lw=0.8)
    for place, (row, colour) in enumerate(zip(rows, COLOURS, strict=False)):
        axis.plot(np.full(len(row), place), row, "o", ms=4, color=colour)
        axis.plot([place - 0.2, place + 0.2], [np.median(row)] * 2, color=colour, lw=2.5)
    axis.set_xticks(range(len(rows)), list(values))
    axis.set(ylabel=label, xlim=(-0.4, len(rows) - 0.6))
    axis.set_ylim(bottom=0)


def shifts(axis: Axes, assumed: np.ndarray | None, exact: np.ndarray | None, label: str) -> None:
    """Exact change of a visible unit's log odds when a hidden unit is known to be on, against an assumed one."""
    if exact is None:
        draw_not_run(axis, COMMAND)
        return
    axis.plot(assumed.ravel(), exact.ravel(), ".", ms=3, color=BLUE)
    _equality(axis, assumed)
    axis.axhline(0, color=GREY, lw=0.6)
    axis.axvline(0, color=GREY, lw=0.6)
    axis.set(xlabel=label, ylabel="exact shift of the log odds")


def costs(axis: Axes, scores: np.ndarray | None, cost: np.ndarray | None, criterion: str, *, line: bool) -> None:
    """Exact cost of deleting each weight against its score, in the colour of the criterion; `line` is equality."""
    if cost is None:
        draw_not_run(axis, COMMAND)
        return
    axis.loglog(scores.ravel(), cost.ravel(), ".", ms=3, color=CRITERION_STYLES[criterion]["color"])
    if line:
        _equality(axis, scores)


def agreement_map(axis: Axes, correlations: xr.DataArray | None) -> None:
    """Means over machines of rank correlations, (replica, score, target), as colours and numbers."""
    if correlations is None:
        draw_not_run(axis, COMMAND)
        return
    mean = correlations.mean("replica").transpose("score", "target")
    image = axis.imshow(mean.values, vmin=-1, vmax=1, cmap="PuOr", aspect="auto")
    for (row, column), value in np.ndenumerate(mean.values):
        ink = text_colour(image.to_rgba(value))
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink)
    axis.set_xticks(range(mean.sizes["target"]), [COST_NAMES[name] for name in mean["target"].values])
    axis.set_yticks(range(mean.sizes["score"]), [CRITERION_NAMES[name] for name in mean["score"].values])
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.figure.colorbar(image, ax=axis, label="Spearman correlation")


def expansions(axis: Axes, estimates: np.ndarray | None, cost: np.ndarray | None, name: str, small: float) -> None:
    """Exact change of the fit against an expansion of it, on axes that are linear only within `small` of zero."""
    if cost is None:
        draw_not_run(axis, COMMAND)
        return
    axis.plot(estimates.ravel(), cost.ravel(), ".", ms=3, color=BLUE)
    _equality(axis, cost)
    for scale in (axis.set_xscale, axis.set_yscale):
        scale("symlog", linthresh=small)
    root = small**0.5
    axis.set_xticks([-root, 0, root])
    axis.set_yticks([-1, -root, 0, root, 1])
    axis.axhline(0, color=GREY, lw=0.6)
    axis.axvline(0, color=GREY, lw=0.6)
    axis.set(xlabel=name, ylabel="exact change of the fit")


def _equality(axis: Axes, values: np.ndarray) -> None:
    ends = [values.min(), values.max()]
    axis.plot(ends, ends, color=BLACK, lw=1)
