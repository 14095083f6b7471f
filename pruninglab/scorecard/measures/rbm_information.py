"""Measures of Part II: the Fisher information of unpruned machines (Fig 1), scores against exact costs, and chains."""

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure


@measure
def eigenvalue(rbm: xr.Dataset, order: int, data: str, rates: str) -> xr.DataArray:
    """Eigenvalue number {order} of the joint Fisher information matrix, 0 the largest; {data}, {rates}."""
    return _spectrum(rbm, data, rates).isel(order=order)


@measure
def eigenvalue_ratio(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Largest eigenvalue of the joint Fisher information matrix over the second largest; {data}, {rates}."""
    spectrum = _spectrum(rbm, data, rates)
    return spectrum.isel(order=0) / spectrum.isel(order=1)


@measure
def decades(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Decades between the largest eigenvalue and the median one, joint Fisher information matrix; {data}, {rates}."""
    spectrum = _spectrum(rbm, data, rates)
    return np.log10(spectrum.isel(order=0) / spectrum.isel(order=spectrum.sizes["order"] // 2))


@measure
def small_entries(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Share of the matrix's entries below 1 % of the largest; {data}, {rates}."""
    return rbm["small_entries"].sel(data=data, rates=rates)


@measure
def few_units_share(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Share of the weights' Fisher information in the 9 most informative of 70 hidden units; {data}, {rates}."""
    return rbm["few_units_share"].sel(data=data, rates=rates)


@measure
def least_visible_bias(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Fisher information of the least informative visible bias, over the largest of all parameters; {data}, {rates}."""
    return rbm["least_visible_bias"].sel(data=data, rates=rates)


@measure
def diagonal_and_eigenvector(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Correlation of the diagonal with the leading eigenvector's sizes, all 993 parameters; {data}, {rates}."""
    return rbm["diagonal_and_eigenvector"].sel(data=data, rates=rates)


@measure
def agreement(rbm: xr.Dataset, kind: str, score: str, target: str, data: str, rates: str) -> xr.DataArray:
    """{kind} of {score} and {target} over the 910 weights of the unpruned machine; {data}, {rates}."""
    return rbm[kind].sel(score=score, target=target, data=data, rates=rates)


@measure
def agreement_gain(
    rbm: xr.Dataset, kind: str, score: str, other: str, target: str, data: str, rates: str
) -> xr.DataArray:
    """{kind} with {target}, {score} minus {other}, over the 910 weights; {data}, {rates}."""
    cell = rbm[kind].sel(target=target, data=data, rates=rates)
    return cell.sel(score=score) - cell.sel(score=other)


@measure
def heuristic_ratio(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Heuristic Fisher information over the exact one, median of the 910 weights; {data}, {rates}."""
    return rbm["heuristic_ratio"].sel(data=data, rates=rates)


@measure
def heuristic_over_mean_field_error(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Root mean square error of co-firing: observed rate over mean-field sum; {data}, {rates}."""
    cell = rbm.sel(data=data, rates=rates)
    return cell["heuristic_error"] / cell["mean_field_error"]


@measure
def log_odds_correlation(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    """Correlation over weights of the shift in a visible unit's log odds with w (1 - rate); {data}, {rates}."""
    return rbm["log_odds_correlation"].sel(data=data, rates=rates)


@measure
def chain_error(chains: xr.Dataset, start: str, steps: int, data: str) -> xr.DataArray:
    """Total variation from the exact distribution, chains from {start} after {steps} steps; {data}, as_run."""
    return chains["total_variation"].sel(start=start, steps=steps, data=data)


@measure
def chain_error_over_noise(chains: xr.Dataset, start: str, steps: int, data: str) -> xr.DataArray:
    """Total variation of chains from {start} after {steps} steps, over that of as many exact samples; {data}."""
    error = chains["total_variation"].sel(steps=steps, data=data)
    return error.sel(start=start) / error.sel(start="exact")


@measure
def chain_all_off_excess(chains: xr.Dataset, start: str, steps: int, data: str) -> xr.DataArray:
    """Probability that all pixels are off: chains from {start} after {steps} steps, minus the exact one; {data}."""
    return chains["all_off"].sel(start=start, steps=steps, data=data) - chains["exact_all_off"].sel(data=data)


@measure
def chain_overlap(chains: xr.Dataset, start: str, steps: int, data: str) -> xr.DataArray:
    """Share of the weights kept by exact scores that samples from {start}, {steps} steps, keep too; {data}, as_run."""
    return chains["overlap"].sel(start=start, steps=steps, data=data)


@measure
def floor_ratio(floor: xr.Dataset, size: int, other: int, data: str) -> xr.DataArray:
    """D(data || model) that L-BFGS reaches from the same seed, {size} hidden units over {other}; {data}."""
    return floor["kl"].sel(size=size, data=data) / floor["kl"].sel(size=other, data=data)


@measure
def unpruned_over_floor(rbm: xr.Dataset, floor: xr.Dataset, size: int, data: str, rates: str) -> xr.DataArray:
    """D(data || model) of trained, unpruned machines over the mean fit of {size} hidden units; {data}, {rates}."""
    return rbm["unpruned_kl"].sel(data=data, rates=rates) / floor["kl"].sel(size=size, data=data).mean("replica")


def _spectrum(rbm: xr.Dataset, data: str, rates: str) -> xr.DataArray:
    return rbm["eigenvalues"].sel(kind="joint", data=data, rates=rates)
