"""Measures of Part I: how networks of the working-memory task learn and learn again (Figs 1 and S1)."""

import xarray as xr

from pruninglab.scorecard.measures.registry import measure

SMALL, INTERMEDIATE, LARGEST = slice(0.0, 0.26), slice(0.39, 0.71), slice(0.89, 1.0)
"""Prune fractions: up to 0.25, from 0.4 to 0.7, from 0.9. The paper draws no borders; these were set in advance."""


@measure
def match_response(dms: xr.Dataset) -> xr.DataArray:
    """Smaller of the mean outputs during the response on the two match conditions, after the initial training."""
    return dms["initial_response"].isel(condition=[0, 1]).min("condition")


@measure
def non_match_response(dms: xr.Dataset) -> xr.DataArray:
    """Larger of the mean outputs during the response on the two non-match conditions, after the initial training."""
    return dms["initial_response"].isel(condition=[2, 3]).max("condition")


@measure
def initially_correct(dms: xr.Dataset) -> xr.DataArray:
    """Share of the four conditions that are answered correctly after the initial training, without probes."""
    return dms["initial_n_correct_unprobed"] / 4


@measure
def loss_excess_small(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, pruned minus unpruned, mean over prune fractions up to 0.25."""
    return _difference(dms, "last_logged_loss", "pruned", "unpruned", SMALL)


@measure
def loss_gain_intermediate(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, unpruned minus pruned, mean over prune fractions from 0.4 to 0.7."""
    return _difference(dms, "last_logged_loss", "unpruned", "pruned", INTERMEDIATE)


@measure
def final_loss_gain_intermediate(dms: xr.Dataset) -> xr.DataArray:
    """Loss after the last inner loop, unpruned minus pruned, mean over prune fractions from 0.4 to 0.7."""
    return _difference(dms, "final_loss", "unpruned", "pruned", INTERMEDIATE)


@measure
def loss_excess_largest(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, pruned minus unpruned, mean over prune fractions from 0.9."""
    return _difference(dms, "last_logged_loss", "pruned", "unpruned", LARGEST)


@measure
def unpruned_loss_drift(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss of the unpruned line, last third of the episodes minus first third."""
    return _drift(dms["last_logged_loss"].sel(line="unpruned"))


@measure
def iterations_excess_small(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, pruned minus unpruned, mean over prune fractions up to 0.25."""
    return _difference(dms, "outer", "pruned", "unpruned", SMALL)


@measure
def iterations_gain_intermediate(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, unpruned minus pruned, mean over prune fractions from 0.4 to 0.7."""
    return _difference(dms, "outer", "unpruned", "pruned", INTERMEDIATE)


@measure
def iterations_excess_largest(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, pruned minus unpruned, mean over prune fractions from 0.9."""
    return _difference(dms, "outer", "pruned", "unpruned", LARGEST)


@measure
def unpruned_iterations_drift(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations of the unpruned line, last third of the episodes minus first third."""
    return _drift(dms["outer"].sel(line="unpruned"))


@measure
def first_loss_ratio(dms: xr.Dataset) -> xr.DataArray:
    """First logged loss of an episode, pruned over unpruned, mean over the levels."""
    first = dms["logged_loss"].isel(iteration=0)
    return first.sel(line="pruned").mean("level") / first.sel(line="unpruned").mean("level")


@measure
def share_of_quick_drop(dms: xr.Dataset) -> xr.DataArray:
    """Share of an episode's fall of the loss that its first outer iteration makes, pruned line, all levels."""
    pruned = dms.sel(line="pruned")
    first, second = (pruned["logged_loss"].isel(iteration=number) for number in (0, 1))
    fall = (first - pruned["final_loss"]).mean("level")
    return (first - second.fillna(pruned["final_loss"])).mean("level") / fall


@measure
def masking_lowers_loss_small(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, authors' optimiser minus corrected one, mean over prune fractions up to 0.25."""
    return _difference(dms, "last_logged_loss", "pruned", "corrected", SMALL)


@measure
def masking_saves_iterations_small(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, authors' optimiser minus corrected one, mean over prune fractions up to 0.25."""
    return _difference(dms, "outer", "pruned", "corrected", SMALL)


@measure
def masking_lowers_loss_largest(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, authors' optimiser minus corrected one, mean over prune fractions from 0.9."""
    return _difference(dms, "last_logged_loss", "pruned", "corrected", LARGEST)


@measure
def masking_saves_iterations_largest(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, authors' optimiser minus corrected one, mean over prune fractions from 0.9."""
    return _difference(dms, "outer", "pruned", "corrected", LARGEST)


@measure
def corrected_loss_excess_small(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, pruned with the corrected optimiser minus unpruned, mean over prune fractions up to 0.25."""
    return _difference(dms, "last_logged_loss", "corrected", "unpruned", SMALL)


@measure
def corrected_loss_gain_intermediate(dms: xr.Dataset) -> xr.DataArray:
    """Last logged loss, unpruned minus pruned with the corrected optimiser, mean over prune fractions 0.4 to 0.7."""
    return _difference(dms, "last_logged_loss", "unpruned", "corrected", INTERMEDIATE)


@measure
def corrected_iterations_excess_small(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, pruned with the corrected optimiser minus unpruned, mean over prune fractions up to 0.25."""
    return _difference(dms, "outer", "corrected", "unpruned", SMALL)


@measure
def corrected_iterations_gain_intermediate(dms: xr.Dataset) -> xr.DataArray:
    """Outer iterations, unpruned minus pruned with the corrected optimiser, mean over prune fractions 0.4 to 0.7."""
    return _difference(dms, "outer", "unpruned", "corrected", INTERMEDIATE)


@measure
def spread_ten_over_thirty(ten: xr.Dataset, thirty: xr.Dataset) -> xr.DataArray:
    """Distance of a network's loss from its population's median, 10 units minus 30, networks paired by number."""
    deviations = []
    for dms in (ten, thirty):
        loss = dms["last_logged_loss"].sel(line="pruned").mean("level")
        deviations.append(abs(loss - loss.median("replica")))
    return deviations[0] - deviations[1]


def _difference(dms: xr.Dataset, name: str, line: str, other: str, levels: slice) -> xr.DataArray:
    values = dms[name].sel(level=levels).mean("level")
    return values.sel(line=line) - values.sel(line=other)


def _drift(values: xr.DataArray) -> xr.DataArray:
    third = max(values.sizes["level"] // 3, 1)
    return values.isel(level=slice(-third, None)).mean("level") - values.isel(level=slice(third)).mean("level")
