"""Measures of Part I: networks that learn which option pays (Figs 6, 7 and S4)."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.bandit_example import REPLICA, example_record, has_example
from pruninglab.scorecard.measures.registry import measure

EXAMPLE_LEVEL = 0.7
STRONG = 0.55
"""An edge of the bins."""


@measure
def bandit_advantage(bandit: xr.Dataset, quantity: str, line: str, other: str, levels: Sequence[float]) -> xr.DataArray:
    """Difference in {quantity}, {line} minus {other}, mean over levels {levels[0]:g} to {levels[1]:g}."""
    values = _after(bandit, quantity)
    return _between(values.sel(line=line) - values.sel(line=other), levels)


@measure
def bandit_value(bandit: xr.Dataset, quantity: str, line: str, levels: Sequence[float]) -> xr.DataArray:
    """The {quantity} of the {line} line, mean over levels {levels[0]:g} to {levels[1]:g}."""
    return _between(_after(bandit, quantity), levels).sel(line=line)


@measure
def exponent_below_zero(bandit: xr.Dataset, line: str, levels: Sequence[float]) -> xr.DataArray:
    """Minus the maximal exponent of the {line} line, mean over levels {levels[0]:g} to {levels[1]:g}."""
    return -bandit_value(bandit, "maximal exponent", line, levels)


@measure
def bandit_rise(
    bandit: xr.Dataset, quantity: str, line: str, before: Sequence[float], after: Sequence[float]
) -> xr.DataArray:
    """The {quantity}, {line}: levels {after[0]:g} to {after[1]:g} minus levels {before[0]:g} to {before[1]:g}."""
    values = _after(bandit, quantity).sel(line=line)
    return _between(values, after) - _between(values, before)


@measure
def bandit_effect_of_cutting(bandit: xr.Dataset, quantity: str, line: str, levels: Sequence[float]) -> xr.DataArray:
    """The {quantity}, {line}: after cutting minus before it, mean over levels {levels[0]:g} to {levels[1]:g}."""
    values = _quantity(bandit, quantity).sel(line=line)
    return _between(values.sel(stage="before") - values.sel(stage="after").shift(level=1), levels)


@measure
def bandit_effect_of_retraining(bandit: xr.Dataset, quantity: str, line: str, levels: Sequence[float]) -> xr.DataArray:
    """The {quantity}, {line}: after retraining minus before, mean over levels {levels[0]:g} to {levels[1]:g}."""
    values = _quantity(bandit, quantity).sel(line=line)
    return _between(values.sel(stage="after") - values.sel(stage="before"), levels)


@measure
def agreement_and_exponent_pooled(bandit: xr.Dataset) -> xr.DataArray:
    """Correlation of agreement with the teacher and maximal exponent, pruned and unpruned together, level 0.7."""
    both = [_at_example(_after(bandit, name)) for name in ("agreement", "maximal exponent")]
    pooled = [
        xr.concat([values.sel(line=line, drop=True) for line in ("unpruned", "pruned")], "replica") for values in both
    ]
    return xr.concat(pooled, dim="pair").transpose("replica", "pair")


@measure
def leading_share_difference(bandit: xr.Dataset, line: str, other: str, n: int) -> xr.DataArray:
    """Share of the variance in the first {n} principal components, {line} minus {other}, level 0.7."""
    share = _cumulative(bandit["pca_variance"]).isel(rank=n - 1)
    return share.sel(line=line) - share.sel(line=other)


@measure
def components_needed(bandit: xr.Dataset, line: str, share: float) -> xr.DataArray:
    """Principal components that hold the share {share:g} of the variance, {line} line, level 0.7."""
    reached = _cumulative(bandit["pca_variance"]).sel(line=line) >= share
    return reached.argmax("rank") + 1.0


@measure
def bandit_strong_share(bandit: xr.Dataset, line: str, other: str) -> xr.DataArray:
    """Share of the remaining synapses that are stronger than 0.55, {line} minus {other}, level 0.7."""
    share = _strong(bandit) / bandit["histogram"].sum("bin")
    return share.sel(line=line) - share.sel(line=other)


@measure
def bandit_strong_number(bandit: xr.Dataset, line: str, other: str) -> xr.DataArray:
    """Number of synapses that are stronger than 0.55, {line} minus {other}, level 0.7."""
    number = _strong(bandit)
    return number.sel(line=line) - number.sel(line=other)


@measure
def bandit_example_strong_share(bandit: xr.Dataset) -> xr.DataArray:
    """Share of the remaining synapses that are stronger than 0.55, example pair, pruned minus unpruned."""
    return _of_example(bandit_strong_share(bandit, "pruned", "unpruned"))


@measure
def bandit_example_singular_distance(bandit: xr.Dataset) -> xr.DataArray:
    """Largest distance between the cumulative curves of singular values of the example pair."""
    curves = bandit["cumulative_singular_values"]
    return _of_example(abs(curves.sel(line="pruned") - curves.sel(line="unpruned")).max("rank"))


@measure
def bandit_example_error_ratio(bandit: xr.Dataset, steps: str) -> xr.DataArray:
    """Squared error of the values at {steps} steps, example pair, pruned over unpruned."""
    return _example(bandit, lambda pair: _ratio(pair, "value_error", steps=steps))


@measure
def bandit_example_correlation(bandit: xr.Dataset, line: str, steps: str) -> xr.DataArray:
    """Correlation of outputs and teacher's values at {steps} steps, example network of the {line} line."""
    return _example(bandit, lambda pair: pair[line]["correlation"].sel(steps=steps))


@measure
def bandit_example_leading_share(bandit: xr.Dataset, n: int) -> xr.DataArray:
    """Share of the variance in the first {n} principal components, example pair, pruned minus unpruned."""

    def difference(pair: dict[str, xr.Dataset]) -> xr.DataArray:
        pruned, unpruned = (_cumulative(pair[line]["pca_variance"]) for line in ("pruned", "unpruned"))
        return (pruned - unpruned).isel(rank=n - 1)

    return _example(bandit, difference)


@measure
def bandit_example_log_separation(bandit: xr.Dataset, line: str) -> xr.DataArray:
    """Log10 of the mean squared separation of fixation and choice, example network of the {line} line."""
    return _example(bandit, lambda pair: np.log10(pair[line]["separation"].mean()))


@measure
def bandit_example_separation_ratio(bandit: xr.Dataset) -> xr.DataArray:
    """Log10 of the mean squared separation of fixation and choice, example pair, pruned over unpruned."""
    return _example(bandit, lambda pair: np.log10(_ratio(pair, "separation")))


@measure
def bandit_example_exponent(bandit: xr.Dataset, line: str) -> xr.DataArray:
    """Maximal Lyapunov exponent over a block, example network of the {line} line."""
    return _example(bandit, lambda pair: pair[line]["max_lyapunov"])


@measure
def new_option_log_ratio(new_option: xr.Dataset, line: str, other: str, iterations: Sequence[int]) -> xr.DataArray:
    """Log10 of the logged loss, {line} over {other}, mean over outer iterations {iterations[0]} to {iterations[1]}."""
    first, last = iterations
    logged = np.log10(new_option["logged_loss"].isel(iteration=slice(first - 1, last))).mean("iteration")
    return logged.sel(line=line) - logged.sel(line=other)


def _quantity(bandit: xr.Dataset, quantity: str) -> xr.DataArray:
    """A variable by the name that the scorecard shows, or what is made of some."""
    if quantity.startswith("maximal exponent"):
        return bandit["max_lyapunov"].sel(order="code" if quantity.endswith("the code") else "time", drop=True)
    if quantity == "log10 separation":
        return np.log10(bandit["separation"])
    if quantity == "cross-talk":
        return bandit["unchosen_change"] / bandit["chosen_change"]
    return bandit[quantity.replace(" ", "_")]


def _after(bandit: xr.Dataset, quantity: str) -> xr.DataArray:
    return _quantity(bandit, quantity).sel(stage="after")


def _between(values: xr.DataArray, levels: Sequence[float]) -> xr.DataArray:
    """Mean over levels; missing where one of them is."""
    return values.sel(level=slice(levels[0] - 0.01, levels[1] + 0.01)).mean("level", skipna=False)


def _at_example(values: xr.DataArray) -> xr.DataArray:
    return values.sel(level=EXAMPLE_LEVEL, method="nearest", drop=True)


def _strong(bandit: xr.Dataset) -> xr.DataArray:
    counts = bandit["histogram"].astype(int)
    return counts.where(abs(counts["bin"]) > STRONG, 0).sum("bin")


def _cumulative(variances: xr.DataArray) -> xr.DataArray:
    return variances.cumsum("rank") / variances.sum("rank")


def _of_example(values: xr.DataArray) -> xr.DataArray:
    """The value of the example pair as the only replica; none if it is not there."""
    return values.sel(replica=values["replica"] == REPLICA)


def _example(bandit: xr.Dataset, number: Callable[[dict[str, xr.Dataset]], xr.DataArray]) -> xr.DataArray:
    """A number made of the records of both networks of the example pair, as the only replica."""
    if not has_example(bandit):
        return xr.DataArray(np.zeros(0), dims="replica")
    pair = {line: example_record(bandit, line) for line in ("unpruned", "pruned")}
    return xr.DataArray([float(number(pair))], dims="replica")


def _ratio(pair: dict[str, xr.Dataset], name: str, **chosen: str) -> xr.DataArray:
    """Pruned over unpruned, after a mean."""
    return pair["pruned"][name].sel(**chosen).mean() / pair["unpruned"][name].sel(**chosen).mean()
