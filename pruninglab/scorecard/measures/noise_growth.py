"""Measures of Part III: what changes as networks grow (Fig 2b, section 4.1)."""

import numpy as np
import xarray as xr

from pruninglab.experiments.noise.spectrum import errors
from pruninglab.scorecard.measures.registry import measure


@measure
def large_over_small_eigenvalue_error(large: xr.Dataset, small: xr.Dataset) -> xr.DataArray:
    """Noise-prune's median eigenvalue error, N = 10,000 over the mean at N = 3,000."""
    return _large_over_small(large, small).sel(measure="eigenvalue_error")


@measure
def large_over_small_quadratic_error(large: xr.Dataset, small: xr.Dataset) -> xr.DataArray:
    """Noise-prune's median error of the quadratic forms, N = 10,000 over the mean at N = 3,000."""
    return _large_over_small(large, small).sel(measure="quadratic_error")


@measure
def large_over_small_cosine_deficit(large: xr.Dataset, small: xr.Dataset) -> xr.DataArray:
    """Noise-prune's median of 1 - cos theta, N = 10,000 over the mean at N = 3,000."""
    return _large_over_small(large, small).sel(measure="cosine")


@measure
def median_error_growth(growth: xr.Dataset) -> xr.DataArray:
    """Noise-prune's median eigenvalue error, largest over smallest network."""
    quantiles = growth["quantiles"].sel(rule="noise-prune", measure="eigenvalue_error")
    medians = quantiles.sel(quantile=0.5, method="nearest")
    return medians.isel(n_neurons=-1) / medians.isel(n_neurons=0)


@measure
def epsilon_slope(growth: xr.Dataset) -> xr.DataArray:
    """Slope of noise-prune's spectral epsilon against N at fixed density, logarithmic axes."""
    return _slope(growth["spectral_epsilon"].sel(rule="noise-prune"))


@measure
def needed_density_slope(growth: xr.Dataset) -> xr.DataArray:
    """Slope of the share of synapses that the theorem needs for epsilon = 0.5 against N, logarithmic axes."""
    return _slope(growth["needed_density"])


def _large_over_small(large: xr.Dataset, small: xr.Dataset) -> xr.DataArray:
    one, other = (errors(each, "median").sel(rule="noise-prune", diagonal="matched") for each in (large, small))
    return one / other.mean("replica")


def _slope(values: xr.DataArray) -> xr.DataArray:
    log_values = np.log(values.transpose("n_neurons", "replica"))
    slopes = np.polynomial.polynomial.polyfit(np.log(values["n_neurons"].values), log_values.values, 1)[1]
    return xr.DataArray(slopes, dims="replica", coords={"replica": values["replica"]})
