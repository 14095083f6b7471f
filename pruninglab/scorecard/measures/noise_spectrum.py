"""Measures of Part III: the spectrum before and after pruning (Fig 2a)."""

import numpy as np
import xarray as xr

from pruninglab.experiments.noise.spectrum import errors, relative_to_weight
from pruninglab.scorecard.measures.registry import measure


@measure
def median_eigenvalue_error(spectrum: xr.Dataset) -> xr.DataArray:
    """Median eigenvalue error, noise-prune over weight."""
    return _noise_prune_ratio(spectrum, "median").sel(measure="eigenvalue_error")


@measure
def median_quadratic_error(spectrum: xr.Dataset) -> xr.DataArray:
    """Median error of the quadratic forms, noise-prune over weight."""
    return _noise_prune_ratio(spectrum, "median").sel(measure="quadratic_error")


@measure
def median_cosine_deficit(spectrum: xr.Dataset) -> xr.DataArray:
    """Median of 1 - cos theta, noise-prune over weight."""
    return _noise_prune_ratio(spectrum, "median").sel(measure="cosine")


@measure
def slow_eigenvalue_error(spectrum: xr.Dataset) -> xr.DataArray:
    """Mean eigenvalue error of the 20 slowest modes, noise-prune over weight."""
    return _noise_prune_ratio(spectrum, "slow").sel(measure="eigenvalue_error")


@measure
def slow_quadratic_error(spectrum: xr.Dataset) -> xr.DataArray:
    """Mean error of the quadratic forms of the 20 slowest modes, noise-prune over weight."""
    return _noise_prune_ratio(spectrum, "slow").sel(measure="quadratic_error")


@measure
def slow_cosine_deficit(spectrum: xr.Dataset) -> xr.DataArray:
    """Mean of 1 - cos theta over the 20 slowest modes, noise-prune over weight."""
    return _noise_prune_ratio(spectrum, "slow").sel(measure="cosine")


@measure
def worst_median(spectrum: xr.Dataset) -> xr.DataArray:
    """The least favourable of the three ratios of medians."""
    return _noise_prune_ratio(spectrum, "median").max("measure")


@measure
def worst_slow_mean_original(spectrum: xr.Dataset) -> xr.DataArray:
    """Original diagonal: the least favourable of the three ratios of means over the 20 slowest modes."""
    return _noise_prune_ratio(spectrum, "slow", diagonal="original").max("measure")


@measure
def original_over_matched(spectrum: xr.Dataset) -> xr.DataArray:
    """Noise-prune's medians, original over matched diagonal: the least favourable of the three."""
    medians = errors(spectrum, "median").sel(rule="noise-prune")
    return (medians.sel(diagonal="original") / medians.sel(diagonal="matched")).max("measure")


@measure
def matched_stability(spectrum: xr.Dataset) -> xr.DataArray:
    """Largest eigenvalue after noise-prune with the matched diagonal, in units of the original's distance to zero."""
    slowest = -spectrum["drawn_eigenvalue"].isel(mode=-1)
    return spectrum["largest_eigenvalue"].sel(rule="noise-prune", diagonal="matched") / slowest


@measure
def degree_over_noise_prune(spectrum: xr.Dataset) -> xr.DataArray:
    """Mean eigenvalue error of the 20 slowest modes, covariance-free degree rule over noise-prune."""
    slow = errors(spectrum, "slow").sel(diagonal="matched", measure="eigenvalue_error")
    return slow.sel(rule="degree") / slow.sel(rule="noise-prune")


@measure
def edges_over_prediction(spectrum: xr.Dataset) -> xr.DataArray:
    """Sum of the leverages over N: expected edges in units of N kappa = N K / 2."""
    return spectrum["leverage_sum"] / _n_neurons(spectrum)


@measure
def mean_degree_over_constant(spectrum: xr.Dataset) -> xr.DataArray:
    """Expected number of synapses at a neuron over K: each synapse has two ends, and K = 2 kappa."""
    return 2 * spectrum["leverage_sum"] / (2 * _n_neurons(spectrum))


@measure
def naive_noise_prune_over_weight(spectrum: xr.Dataset) -> xr.DataArray:
    """Expected synapses, noise-prune over weight, if both are clipped after scaling as in the authors' code."""
    return spectrum["naive_density"] / spectrum["naive_weight_density"]


@measure
def mean_leak_change(spectrum: xr.Dataset) -> xr.DataArray:
    """Mean relative change of the leak over neurons, in standard errors that take neurons as independent."""
    arm = spectrum.sel(rule="noise-prune", diagonal="matched")
    return np.abs(arm["leak_change_mean"]) / (arm["leak_change_sd"] / np.sqrt(_n_neurons(spectrum)))


@measure
def leak_change_spread(spectrum: xr.Dataset) -> xr.DataArray:
    """Standard deviation over neurons of the matched diagonal's relative change."""
    return spectrum["leak_change_sd"].sel(rule="noise-prune", diagonal="matched")


def _noise_prune_ratio(spectrum: xr.Dataset, statistic: str, diagonal: str = "matched") -> xr.DataArray:
    return relative_to_weight(spectrum, statistic, diagonal).sel(rule="noise-prune")


def _n_neurons(spectrum: xr.Dataset) -> int:
    return int(spectrum["mode"][-1]) + 1
