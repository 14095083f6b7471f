"""Measures of Part III: clusters joined by few synapses, the benchmark that needs the covariance."""

import xarray as xr

from pruninglab.scorecard.measures.registry import measure


@measure
def degree_rating_of_bridges(bridges: xr.Dataset) -> xr.DataArray:
    """Mean over bridges of the degree rule's probability over noise-prune's."""
    return bridges["bridge_ratio"].sel(rule="degree")


@measure
def bridges_kept(bridges: xr.Dataset) -> xr.DataArray:
    """Share of the bridges that noise-prune keeps at a density of 20 %, mean over draws."""
    return bridges["bridges_kept"].sel(rule="noise-prune").mean("draw")


@measure
def bridge_slow_error_over_degree(bridges: xr.Dataset) -> xr.DataArray:
    """Mean eigenvalue error of the 15 slowest modes, noise-prune over the degree rule."""
    return _slow_error(bridges, "noise-prune") / _slow_error(bridges, "degree")


@measure
def bridge_slow_error_over_weight(bridges: xr.Dataset) -> xr.DataArray:
    """Mean eigenvalue error of the 15 slowest modes, noise-prune over weight."""
    return _slow_error(bridges, "noise-prune") / _slow_error(bridges, "weight")


@measure
def bridge_epsilon_over_degree(bridges: xr.Dataset) -> xr.DataArray:
    """Spectral epsilon, mean over draws, noise-prune over the degree rule."""
    epsilon = bridges["spectral_epsilon"].mean("draw")
    return epsilon.sel(rule="noise-prune") / epsilon.sel(rule="degree")


def _slow_error(bridges: xr.Dataset, rule: str) -> xr.DataArray:
    return bridges["slow_error"].sel(rule=rule, measure="eigenvalue_error").mean(["draw", "mode"])
