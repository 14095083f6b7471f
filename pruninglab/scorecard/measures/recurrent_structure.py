"""Measures of Part I: what pruning does to the recurrent weights (Fig 2A-B)."""

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure

STRONG = 0.5
"""Where a synapse counts as strong: five times the spread of the initial weights."""


@measure
def strong_share_difference(dms: xr.Dataset) -> xr.DataArray:
    """Share of the remaining synapses that are stronger than 0.5, pruned minus unpruned, level 0.7."""
    share = _strong(dms) / dms["histogram"].sum("bin")
    return share.sel(line="pruned") - share.sel(line="unpruned")


@measure
def strong_number_difference(dms: xr.Dataset) -> xr.DataArray:
    """Number of synapses that are stronger than 0.5, pruned minus unpruned, level 0.7."""
    number = _strong(dms)
    return number.sel(line="pruned") - number.sel(line="unpruned")


@measure
def total_input_ratio(dms: xr.Dataset) -> xr.DataArray:
    """Sum of the absolute recurrent weights onto a unit, mean over units, pruned over unpruned, level 0.7."""
    total = dms["total_input"].sel(stage="after").sel(level=0.7, method="nearest")
    return total.sel(line="pruned") / total.sel(line="unpruned")


@measure
def singular_value_distance(dms: xr.Dataset) -> xr.DataArray:
    """Largest distance between the cumulative curves of singular values, pruned and unpruned, level 0.7."""
    curves = dms["cumulative_singular_values"]
    return abs(curves.sel(line="pruned") - curves.sel(line="unpruned")).max("rank")


@measure
def pruned_full_rank(dms: xr.Dataset) -> xr.DataArray:
    """Share of the singular values that exceed a thousandth of the largest, pruned line, level 0.7."""
    curve = dms["cumulative_singular_values"].sel(line="pruned")
    values = np.diff(curve.values, axis=-1, prepend=0.0)
    return curve.isel(rank=0).copy(data=(values > 1e-3 * values[:, :1]).mean(axis=-1))


def _strong(dms: xr.Dataset) -> xr.DataArray:
    counts = dms["histogram"].astype(int)
    return counts.where(abs(counts["bin"]) > STRONG + 0.01, 0).sum("bin")
