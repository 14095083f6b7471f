"""Figures of Part II: pruned machines, their fit and their sizes (Fig 2, Table 1), each criterion in its own colour."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLACK, BLUE, DARK_GREEN, RULE_COLOURS, draw_not_run

COMMAND = "python -m pruninglab run\nrbm --replicas 0:10"
CRITERION_STYLES = {
    "variance_fi": {"color": RULE_COLOURS["fisher"], "marker": "o", "fillstyle": "full"},
    "heuristic_fi": {"color": RULE_COLOURS["fisher"], "marker": "s", "fillstyle": "none"},
    "eigenvector": {"color": RULE_COLOURS["fisher"], "marker": "^", "fillstyle": "none"},
    "weight_magnitude": {"color": RULE_COLOURS["magnitude"], "marker": "D", "fillstyle": "full"},
    "random_units": {"color": RULE_COLOURS["random"], "marker": "h", "fillstyle": "none"},
    "random_weights": {"color": RULE_COLOURS["random"], "marker": "X", "fillstyle": "full"},
    "anti_fi": {"color": RULE_COLOURS["anti"], "marker": "v", "fillstyle": "full"},
    "weighted_fi": {"color": DARK_GREEN, "marker": "P", "fillstyle": "full"},
    "marginal_fi": {"color": RULE_COLOURS["fisher"], "marker": "<", "fillstyle": "full"},
    "weighted_marginal_fi": {"color": DARK_GREEN, "marker": "p", "fillstyle": "none"},
    "equal_training": {"color": BLACK, "marker": "x", "fillstyle": "full"},
}
"""No two criteria have the same marker, for readers who see no colours."""
CRITERION_NAMES = {
    "variance_fi": "variance FI",
    "heuristic_fi": "heuristic FI",
    "eigenvector": "eigenvector",
    "weight_magnitude": "weight magnitude",
    "random_units": "random units",
    "random_weights": "random weights",
    "anti_fi": "anti-FI",
    "weighted_fi": r"$w^2F$",
    "marginal_fi": "marginal FI",
    "weighted_marginal_fi": r"$w^2F^{\mathrm{marg}}$",
    "equal_training": "no pruning, trained on",
}


def divergences(axis: Axes, dataset: xr.Dataset | None, criteria: Sequence[str]) -> None:
    """Divergence from the data after the last pruning, before and after retraining: every machine, and the mean.

    `dataset` is one cell of the stored run: one kind of data, one schedule of rates.
    """
    if dataset is None:
        draw_not_run(axis, COMMAND)
        return
    last = dataset["kl"].isel(iteration=-1).transpose("replica", "criterion", "stage")
    for place, criterion in enumerate(criteria):
        colour = CRITERION_STYLES[criterion]["color"]
        for stage, shift, fill in (("pruned", -0.17, "none"), ("retrained", 0.17, "full")):
            values = last.sel(criterion=criterion, stage=stage).values
            axis.plot(np.full(len(values), place + shift), values, "o", ms=3, color=colour, alpha=0.6, fillstyle=fill)
            ends = [place + shift - 0.14, place + shift + 0.14]
            axis.plot(ends, [values.mean()] * 2, color=colour, lw=2.5)
    before = dataset["unpruned_kl"].values
    axis.axhline(before.mean(), color=BLACK, ls="--", lw=1)
    axis.axhspan(before.min(), before.max(), color=BLACK, alpha=0.08, lw=0)
    names = [CRITERION_NAMES[criterion] for criterion in criteria]
    axis.set_xticks(range(len(criteria)), names, rotation=30, ha="right")
    axis.set(yscale="log", ylabel="D(data || model), nats")
    axis.set_title(f"n = {len(before)}", loc="right")


def by_iteration(
    axis: Axes, dataset: xr.Dataset | None, quantity: str, criteria: Sequence[str], label: str, *, start: float | None
) -> None:
    """Mean and standard deviation over seeds of a quantity after retraining, against the number of prunings.

    `start` is its value before any pruning; None takes mean and standard deviation of the stored ones.
    """
    if dataset is None:
        draw_not_run(axis, COMMAND)
        return
    values = dataset[quantity].sel(stage="retrained").transpose("replica", "criterion", "iteration")
    unpruned = dataset[f"unpruned_{quantity}"].values if start is None else np.array([start])
    iterations = np.arange(values.sizes["iteration"] + 1)
    for number, criterion in enumerate(criteria):
        own = values.sel(criterion=criterion).values
        mean = np.concatenate([[unpruned.mean()], own.mean(axis=0)])
        spread = np.concatenate([[unpruned.std()], own.std(axis=0)])
        style = CRITERION_STYLES[criterion] | {"ms": 4.5, "capsize": 2, "lw": 1, "label": CRITERION_NAMES[criterion]}
        axis.errorbar(iterations + 0.03 * (number - len(criteria) / 2), mean, spread, **style)
    axis.set_xticks(iterations)
    axis.set(xlabel="prunings", ylabel=label)
    axis.set_title(f"n = {values.sizes['replica']}", loc="right")


def log_errors(axis: Axes, log_q: np.ndarray, squares: np.ndarray | None, name: str) -> None:
    """Squared error of the log-probability of every pattern against its frequency in the data (Fig 2A, B).

    Parameters
    ----------
    log_q : ndarray, shape (X,)
    squares : ndarray, shape (n, X), or None
        One row per seed. Dots are means over seeds, lines the middle half.
    name : str
        Title of the panel.
    """
    if squares is None:
        draw_not_run(axis, COMMAND)
        return
    low, high = np.percentile(squares, [25, 75], axis=0)
    axis.vlines(log_q, np.maximum(low, 1e-6), high, color=BLUE, lw=0.4, alpha=0.25)
    axis.plot(log_q, squares.mean(axis=0), ".", color=BLACK, ms=2)
    axis.set(yscale="log", ylim=(1e-4, 1e3))
    axis.set_title(name, loc="left", fontsize=8.5)
