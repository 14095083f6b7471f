"""Measures of Part II, deep machines: units and pixels that are left, and how active they are (Fig 3C-D, S1 Text)."""

import numpy as np
import xarray as xr

from pruninglab.experiments.boltzmann.lines import of_lines
from pruninglab.scorecard.measures.dbm_encoding import LAST, best_iteration, iterations_to_size
from pruninglab.scorecard.measures.registry import measure

BORDER = 4
"""Pixels this close to an edge of the picture count as its border; the others as its centre."""


@measure
def units_left(lines: xr.Dataset, layer: str, criterion: str, iteration: int) -> xr.DataArray:
    """Units of the {layer} hidden layer left after {iteration} prunings by {criterion}."""
    return of_lines(lines, f"n_{layer}", criterion).sel(iteration=iteration)


@measure
def share_of_units_lost(lines: xr.Dataset, layer: str, criterion: str) -> xr.DataArray:
    """Share of the {layer} hidden layer's units lost in 10 prunings by {criterion}."""
    return 1 - units_left(lines, layer, criterion, LAST) / of_lines(lines, f"unpruned_n_{layer}", criterion)


@measure
def layers_lost_more(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Share of units lost in 10 prunings by {criterion}, second hidden layer minus first."""
    second, first = (share_of_units_lost(lines, layer, criterion) for layer in ("second", "first"))
    return second - first


@measure
def first_layer_rate(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Share of the first layer's weights that a pruning by {criterion} leaves, geometric mean of 10."""
    left = of_lines(lines, "n_first_weights", criterion).sel(iteration=LAST)
    return (left / of_lines(lines, "unpruned_n_first_weights", criterion)) ** (1 / LAST)


@measure
def pixels_disconnected(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Pixels without any weight after 10 prunings by {criterion}."""
    return _lost_pixels(lines, criterion).sum("visible")


@measure
def border_share(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Share of the disconnected pixels that lie within 4 of an edge (of all pixels, 0.64 do), {criterion}."""
    lost = _lost_pixels(lines, criterion)
    side = int(np.sqrt(lost.sizes["visible"]))
    near_edge = np.minimum(np.arange(side), np.arange(side)[::-1]) < BORDER
    border = xr.DataArray((near_edge[:, None] | near_edge).ravel(), dims="visible")
    return (lost & border).sum("visible") / lost.sum("visible")


@measure
def units_left_at_matched_size(lines: xr.Dataset, criterion: str, other: str) -> xr.DataArray:
    """Hidden units left by {other} minus those by {criterion}, at the weights that 10 prunings by magnitude leave."""
    left = []
    for name in (other, criterion):
        reached = iterations_to_size(lines, name).clip(max=LAST)
        units = of_lines(lines, "n_first", name) + of_lines(lines, "n_second", name)
        left.append(units.sel(replica=reached["replica"]).sel(iteration=reached))
    return left[0] - left[1]


@measure
def activity_of_kept_units(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Mean rate of the second layer's units kept at the first pruning by {criterion}, minus that of those lost."""
    kept, lost = (of_lines(lines, f"rate_second_{which}", criterion).sel(iteration=1) for which in ("kept", "lost"))
    return kept - lost


@measure
def share_lost_for_want_of_output(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Of the sides that units of the first layer lost in 10 prunings by {criterion}, the share that are outputs."""
    names = ("n_first_without_output", "n_first_without_input")
    output, other = (of_lines(lines, name, criterion).sum("iteration") for name in names)
    return output / (output + other)


@measure
def activity_rise(lines: xr.Dataset, criterion: str, iteration: int) -> xr.DataArray:
    """Mean rate of the second layer's remaining units after {iteration} prunings by {criterion}, over unpruned."""
    rate = of_lines(lines, "rate_second", criterion).sel(iteration=iteration)
    return rate / of_lines(lines, "unpruned_rate_second", criterion)


@measure
def stop_signal_error(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Prunings between the steepest rise of the second layer's rate and the least error of codes, {criterion}."""
    start = of_lines(lines, "unpruned_rate_second", criterion).expand_dims(iteration=[0])
    rate = xr.concat([start, of_lines(lines, "rate_second", criterion)], dim="iteration")
    steepest = np.log(rate).diff("iteration").argmax("iteration") + 1
    return abs(steepest - best_iteration(lines, criterion))


@measure
def dbm_rate(dbm: xr.Dataset, layer: str) -> xr.DataArray:
    """Mean rate of the {layer} hidden layer of the unpruned machine, free-running."""
    return dbm[f"rate_{layer}"]


@measure
def zero_scores(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Share of the weights of the second layer with a score of exactly 0 at the first pruning, {criterion}."""
    return of_lines(lines, f"zeros_second_{criterion}", criterion).sel(iteration=1)


def _lost_pixels(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Which pixels have no weight after the last pruning."""
    return 1 - of_lines(lines, "pixels", criterion).sel(iteration=LAST)
