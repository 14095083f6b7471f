"""The register of measures: functions from a stored summary, or two to compare, to one number per replica."""

from collections.abc import Callable

import xarray as xr

MEASURES: dict[str, Callable[..., xr.DataArray]] = {}


def measure(function: Callable[..., xr.DataArray]) -> Callable[..., xr.DataArray]:
    """Register a measure under its name, by which the claims files call it."""
    MEASURES[function.__name__] = function
    return function
