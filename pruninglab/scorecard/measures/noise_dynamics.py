"""Measures of Part III: activity before and after pruning (Fig 2c-f)."""

import xarray as xr

from pruninglab.scorecard.measures.registry import measure

PANELS = {
    "c": {"kind": "symmetric", "input": "random"},
    "d": {"kind": "symmetric", "input": "eigenvector"},
    "e": {"kind": "non-symmetric", "input": "random"},
    "f": {"kind": "non-symmetric", "input": "eigenvector"},
}
"""What the panels of Fig 2 show."""


@measure
def final_error_c(dynamics: xr.Dataset) -> xr.DataArray:
    """Noise-prune's mean relative error at t = 40: symmetric network, random input."""
    return _final_error(dynamics, "c", "noise-prune")


@measure
def final_error_d(dynamics: xr.Dataset) -> xr.DataArray:
    """Noise-prune's mean relative error at t = 40: symmetric network, slow eigenvectors."""
    return _final_error(dynamics, "d", "noise-prune")


@measure
def final_error_e(dynamics: xr.Dataset) -> xr.DataArray:
    """Noise-prune's mean relative error at t = 40: non-symmetric network, random input."""
    return _final_error(dynamics, "e", "noise-prune")


@measure
def final_error_f(dynamics: xr.Dataset) -> xr.DataArray:
    """Noise-prune's mean relative error at t = 40: non-symmetric network, slow eigenvectors."""
    return _final_error(dynamics, "f", "noise-prune")


@measure
def error_over_weight_c(dynamics: xr.Dataset) -> xr.DataArray:
    """Mean relative error at t = 40, noise-prune over weight: symmetric network, random input."""
    return _over_weight(dynamics, "c")


@measure
def error_over_weight_d(dynamics: xr.Dataset) -> xr.DataArray:
    """Mean relative error at t = 40, noise-prune over weight: symmetric network, slow eigenvectors."""
    return _over_weight(dynamics, "d")


@measure
def error_over_weight_e(dynamics: xr.Dataset) -> xr.DataArray:
    """Mean relative error at t = 40, noise-prune over weight: non-symmetric network, random input."""
    return _over_weight(dynamics, "e")


@measure
def error_over_weight_f(dynamics: xr.Dataset) -> xr.DataArray:
    """Mean relative error at t = 40, noise-prune over weight: non-symmetric network, slow eigenvectors."""
    return _over_weight(dynamics, "f")


@measure
def neuron_error_c(dynamics: xr.Dataset) -> xr.DataArray:
    """Relative error of a neuron's trace, median over neurons, mean over runs: symmetric network, random input."""
    return _of_neurons(dynamics, "c", "noise-prune")


@measure
def worst_neuron_ratio(dynamics: xr.Dataset) -> xr.DataArray:
    """Relative error of a neuron's trace, noise-prune over weight: the least favourable of the four panels."""
    ratios = [_of_neurons(dynamics, panel, "noise-prune") / _of_neurons(dynamics, panel, "weight") for panel in PANELS]
    return xr.concat(ratios, dim="panel").max("panel")


@measure
def non_symmetric_over_symmetric(dynamics: xr.Dataset) -> xr.DataArray:
    """Noise-prune's mean relative error at t = 40, non-symmetric over symmetric: the worse of the two inputs."""
    pairs = (("e", "c"), ("f", "d"))
    ratios = [_final_error(dynamics, a, "noise-prune") / _final_error(dynamics, b, "noise-prune") for a, b in pairs]
    return xr.concat(ratios, dim="panel").max("panel")


@measure
def degree_over_noise_prune_dynamics(dynamics: xr.Dataset) -> xr.DataArray:
    """Mean relative error at t = 40, covariance-free degree rule over noise-prune: mean over the four panels."""
    ratios = [
        _final_error(dynamics, panel, "degree") / _final_error(dynamics, panel, "noise-prune") for panel in PANELS
    ]
    return xr.concat(ratios, dim="panel").mean("panel")


@measure
def single_over_per_run(dynamics: xr.Dataset) -> xr.DataArray:
    """Noise-prune's mean relative error at t = 40, one pruning for all runs over one for each: mean over the panels."""
    ratios = [
        _final_error(dynamics, panel, "noise-prune", pruning="single") / _final_error(dynamics, panel, "noise-prune")
        for panel in PANELS
    ]
    return xr.concat(ratios, dim="panel").mean("panel")


def _final_error(dynamics: xr.Dataset, panel: str, rule: str, *, pruning: str = "per run") -> xr.DataArray:
    return dynamics["error_mean"].sel(PANELS[panel] | {"rule": rule, "pruning": pruning}).isel(time=-1)


def _over_weight(dynamics: xr.Dataset, panel: str) -> xr.DataArray:
    return _final_error(dynamics, panel, "noise-prune") / _final_error(dynamics, panel, "weight")


def _of_neurons(dynamics: xr.Dataset, panel: str, rule: str) -> xr.DataArray:
    return dynamics["node_error"].sel(PANELS[panel] | {"rule": rule, "pruning": "per run"}).mean("run")
