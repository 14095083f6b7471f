"""Measures of Part IV: how well exact statements hold, and what removing many synapses costs."""

import xarray as xr

from pruninglab.scorecard.measures.registry import measure


@measure
def identity_deviation(identities: xr.Dataset, name: str) -> xr.DataArray:
    """Largest relative deviation over all synapses of a network: {name}."""
    return identities[name]


@measure
def curvature_deviation(identities: xr.Dataset, kind: str) -> xr.DataArray:
    """Largest relative deviation of Fisher information from finite differences of the divergence: {kind}."""
    return identities["difference_deviation"].sel(kind=kind)


@measure
def many_over_sum(identities: xr.Dataset, density: float) -> xr.DataArray:
    """Cost of keeping a share of {density}, without the least saliency, over the summed half saliencies."""
    return identities["many_over_sum"].sel(density=density, method="nearest")
