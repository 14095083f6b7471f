"""Measures of Part II: divergences, sizes and errors of pruned restricted Boltzmann machines (Fig 2, Table 1)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure

LAST = 3
"""Pruning iterations of the paper."""


@measure
def kl_ratio(rbm: xr.Dataset, criterion: str, data: str, rates: str) -> xr.DataArray:
    """D(data || model) of {criterion} after 3 prunings and retraining, over that before any; {data}, {rates}."""
    cell = _cell(rbm, data, rates)
    return _retrained(cell["kl"], criterion) / cell["unpruned_kl"]


@measure
def kl_ratio_to_control(rbm: xr.Dataset, criterion: str, data: str, rates: str) -> xr.DataArray:
    """D(data || model) of {criterion} after 3 prunings, over that of equal training without any; {data}, {rates}."""
    kl = _cell(rbm, data, rates)["kl"]
    return _retrained(kl, criterion) / _retrained(kl, "equal_training")


@measure
def kl_ratio_of_criteria(rbm: xr.Dataset, criterion: str, other: str, data: str, rates: str) -> xr.DataArray:
    """D(data || model) after 3 prunings and retraining, {criterion} over {other}; {data}, {rates}."""
    kl = _cell(rbm, data, rates)["kl"]
    return _retrained(kl, criterion) / _retrained(kl, other)


@measure
def least_harm_of_pruning(rbm: xr.Dataset, criteria: Sequence[str], data: str, rates: str) -> xr.DataArray:
    """D(data || model) right after the third pruning minus that before any, least of all criteria; {data}, {rates}."""
    cell = _cell(rbm, data, rates)
    pruned = cell["kl"].sel(criterion=list(criteria), iteration=LAST, stage="pruned")
    return (pruned - cell["unpruned_kl"]).min("criterion")


@measure
def least_gain_of_retraining(rbm: xr.Dataset, criteria: Sequence[str], data: str, rates: str) -> xr.DataArray:
    """Share of D(data || model) that the third retraining takes away, least of all criteria; {data}, {rates}."""
    kl = _cell(rbm, data, rates)["kl"].sel(criterion=list(criteria), iteration=LAST)
    return (1 - kl.sel(stage="retrained") / kl.sel(stage="pruned")).min("criterion")


@measure
def log_error_ratio(rbm: xr.Dataset, criterion: str, patterns: str, data: str, rates: str) -> xr.DataArray:
    """Mean squared log-probability error, {patterns} patterns, {criterion} retrained over unpruned; {data}, {rates}."""
    cell = _cell(rbm, data, rates)
    name = {"all": "log_error", "frequent": "log_error_frequent", "rare": "log_error_rare"}[patterns]
    return _retrained(cell[name], criterion) / cell[f"unpruned_{name}"]


@measure
def rare_over_frequent_error(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Mean squared error of log-probabilities, unpruned: rarer half of the patterns over the 20 most frequent."""
    cell = _cell(rbm, data, rates)
    return cell["unpruned_log_error_rare"] / cell["unpruned_log_error_frequent"]


@measure
def hidden_units(rbm: xr.Dataset, criterion: str, iteration: int, data: str, rates: str) -> xr.DataArray:
    """Hidden units with a weight left, {criterion}, iteration {iteration}; {data}, {rates}."""
    return _sizes(rbm, "n_hidden", data, rates).sel(criterion=criterion, iteration=iteration)


@measure
def hidden_units_more(rbm: xr.Dataset, criterion: str, other: str, data: str, rates: str) -> xr.DataArray:
    """Hidden units left after 3 prunings, {other} minus {criterion}; {data}, {rates}."""
    units = _sizes(rbm, "n_hidden", data, rates).sel(iteration=LAST)
    return units.sel(criterion=other) - units.sel(criterion=criterion)


@measure
def weights_left(rbm: xr.Dataset, criteria: Sequence[str], iteration: int) -> xr.DataArray:
    """Weights left after pruning number {iteration}: of the claim's criteria, the number farthest from the median."""
    counts = rbm["n_weights"].sel(criterion=list(criteria), iteration=iteration, stage="pruned")
    rows = counts.transpose("replica", ...).values.reshape(counts.sizes["replica"], -1)
    farthest = np.abs(rows - np.median(rows, axis=1, keepdims=True)).argmax(axis=1)
    return xr.DataArray(np.take_along_axis(rows, farthest[:, None], axis=1)[:, 0].astype(float), dims="replica")


def _cell(rbm: xr.Dataset, data: str, rates: str) -> xr.Dataset:
    return rbm.sel(data=data, rates=rates)


def _sizes(rbm: xr.Dataset, name: str, data: str, rates: str) -> xr.DataArray:
    return _cell(rbm, data, rates)[name].sel(stage="pruned").astype(float)


def _retrained(values: xr.DataArray, criterion: str) -> xr.DataArray:
    return values.sel(criterion=criterion, iteration=LAST, stage="retrained")
