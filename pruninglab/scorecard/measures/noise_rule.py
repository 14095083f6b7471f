"""Measures of Part III: noise, covariance and the rule (Fig 1)."""

import xarray as xr

from pruninglab.scorecard.measures.registry import measure


@measure
def covariance_within_over_between(illustration: xr.Dataset) -> xr.DataArray:
    """Mean covariance inside clusters over mean covariance between them, excitatory network."""
    return illustration["covariance_ratio"].sel(synapses="excitatory")


@measure
def bridges_above_ordinary(illustration: xr.Dataset) -> xr.DataArray:
    """Chance that a random bridge has a higher probability than a random ordinary synapse, excitatory network."""
    return illustration["bridges_above"].sel(synapses="excitatory")


@measure
def bridges_above_ordinary_signed(illustration: xr.Dataset) -> xr.DataArray:
    """Chance that a random bridge has a higher probability than a random ordinary synapse, signed weights."""
    return illustration["bridges_above"].sel(synapses="signed")


@measure
def strong_above_ordinary(illustration: xr.Dataset) -> xr.DataArray:
    """Chance that a random strong synapse has a higher probability than a random ordinary one, excitatory network."""
    return illustration["strong_above"].sel(synapses="excitatory")


@measure
def convergence_slope(convergence: xr.Dataset) -> xr.DataArray:
    """Slope of the error of the diff-covariance against recording time, logarithmic axes."""
    return convergence["slope"]
