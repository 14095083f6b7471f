"""Measures of Part II, deep machines: what the code of a pruned machine is worth (Fig 3B), and its size."""

from collections.abc import Sequence

import xarray as xr

from pruninglab.experiments.boltzmann.lines import of_lines
from pruninglab.scorecard.measures.registry import measure

LAST = 10
"""Prunings of the paper."""
CONSTANT_ERROR = 0.8865
"""Test error of a classifier that always says 1, the most frequent digit among the MNIST test pictures."""


@measure
def dbm_raw_error(dbm: xr.Dataset) -> xr.DataArray:
    """Test error of the classifier of raw digits."""
    return dbm["raw_error"]


@measure
def dbm_error(dbm: xr.Dataset) -> xr.DataArray:
    """Test error of the classifier of the unpruned machine's codes."""
    return dbm["error"]


@measure
def dbm_error_over_raw(dbm: xr.Dataset) -> xr.DataArray:
    """Test error of the classifier of the unpruned machine's codes, over that of raw digits."""
    return dbm["error"] / dbm["raw_error"]


@measure
def error_change(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Test error of codes after 10 prunings by {criterion}, minus that of the unpruned machine."""
    return _error(lines, criterion) - of_lines(lines, "unpruned_error", criterion)


@measure
def error_ratio(lines: xr.Dataset, criterion: str, iteration: int) -> xr.DataArray:
    """Test error of codes after {iteration} prunings by {criterion}, over that of the unpruned machine."""
    return _error(lines, criterion, iteration) / of_lines(lines, "unpruned_error", criterion)


@measure
def error_after_all(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Test error of codes after 10 prunings by {criterion}."""
    return _error(lines, criterion)


@measure
def error_difference(lines: xr.Dataset, criterion: str, other: str) -> xr.DataArray:
    """Test error of codes after 10 prunings by {criterion}, minus that by {other}."""
    return _error(lines, criterion) - _error(lines, other)


@measure
def worst_error(lines: xr.Dataset, criteria: Sequence[str]) -> xr.DataArray:
    """Test error of codes after 10 prunings, the largest of all criteria but anti-FI."""
    errors = [_error(lines, criterion) for criterion in criteria]
    return xr.concat(errors, dim="criterion", join="inner").max("criterion", skipna=False)


@measure
def reduction_before_worse_than_raw(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Factor by which {criterion} has reduced the weights when codes first do worse than raw digits, or in the end."""
    weights, error = of_lines(lines, "n_weights", criterion), of_lines(lines, "error", criterion)
    worse = (error > of_lines(lines, "unpruned_raw_error", criterion)).assign_coords(iteration=weights["iteration"])
    first = xr.where(worse.any("iteration"), worse.argmax("iteration"), LAST - 1)
    return of_lines(lines, "unpruned_n_weights", criterion) / weights.isel(iteration=first)


@measure
def dip_after_third(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Test error of codes, mean of prunings 4 to 6 minus that after pruning 3, {criterion}."""
    error = of_lines(lines, "error", criterion)
    return error.sel(iteration=[4, 5, 6]).mean("iteration", skipna=False) - error.sel(iteration=3)


@measure
def best_iteration(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Number of prunings by {criterion} after which codes have their least test error; 0 if it is before any."""
    error = of_lines(lines, "error", criterion)
    unpruned = of_lines(lines, "unpruned_error", criterion).expand_dims(iteration=[0])
    return xr.concat([unpruned, error], dim="iteration").argmin("iteration")


@measure
def share_left(lines: xr.Dataset, criterion: str, iteration: int) -> xr.DataArray:
    """Share of all weights left after {iteration} prunings by {criterion}."""
    return of_lines(lines, "n_weights", criterion).sel(iteration=iteration) / of_lines(
        lines, "unpruned_n_weights", criterion
    )


@measure
def iterations_to_size(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Prunings by {criterion} until no more weights are left than after 10 by weight magnitude; 11 if never."""
    size = of_lines(lines, "n_weights", "weight_magnitude").sel(iteration=LAST)
    reached = of_lines(lines, "n_weights", criterion) <= size
    return xr.where(reached.any("iteration"), reached.argmax("iteration") + 1, LAST + 1)


@measure
def error_at_matched_size(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Test error of codes by {criterion} once no more weights are left than after 10 by magnitude, over raw digits."""
    reached = iterations_to_size(lines, criterion).clip(max=LAST)
    error = of_lines(lines, "error", criterion).sel(replica=reached["replica"]).sel(iteration=reached)
    return error / of_lines(lines, "unpruned_raw_error", criterion)


@measure
def harm_of_a_pruning(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Test error of codes right after a pruning minus that before it, mean of those looked at, {criterion}."""
    error = of_lines(lines, "error", criterion)
    before = error.shift(iteration=1).where(error["iteration"] > 1, of_lines(lines, "unpruned_error", criterion))
    return (of_lines(lines, "error_before", criterion) - before).mean("iteration")


@measure
def gain_of_a_retraining(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Test error of codes right after a pruning minus that after retraining, mean of those looked at, {criterion}."""
    return (of_lines(lines, "error_before", criterion) - of_lines(lines, "error", criterion)).mean("iteration")


def _error(lines: xr.Dataset, criterion: str, iteration: int = LAST) -> xr.DataArray:
    return of_lines(lines, "error", criterion).sel(iteration=iteration)
