"""Measures of Part II, deep machines: quality and diversity of the digits that a pruned machine makes up (Fig 4)."""

from collections.abc import Sequence

import xarray as xr

from pruninglab.experiments.boltzmann.lines import of_lines
from pruninglab.scorecard.measures.dbm_encoding import LAST
from pruninglab.scorecard.measures.registry import measure


@measure
def unpruned_quality(dbm: xr.Dataset) -> xr.DataArray:
    """Confidence of the raw classifier in digits of the unpruned machine, mean within classes, then over them."""
    return dbm["quality_by_class"]


@measure
def judged_test_digits(dbm: xr.Dataset, name: str) -> xr.DataArray:
    """What the raw classifier makes of the test digits: {name}."""
    return dbm[f"test_{name}"]


@measure
def judged_noise(dbm: xr.Dataset, name: str) -> xr.DataArray:
    """What the raw classifier makes of pictures of tossed coins: {name}."""
    return dbm[f"noise_{name}"]


@measure
def rarest_class(dbm: xr.Dataset) -> xr.DataArray:
    """Share of the class that the unpruned machine makes least often."""
    return dbm["class_share"].min("digit")


@measure
def commonest_class(dbm: xr.Dataset) -> xr.DataArray:
    """Share of the class that the unpruned machine makes most often."""
    return dbm["class_share"].max("digit")


@measure
def quality_lost(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Confidence in digits of the unpruned machine, minus that after 10 prunings by {criterion}."""
    return of_lines(lines, "unpruned_quality", criterion) - _last(lines, "quality", criterion)


@measure
def quality_lead(lines: xr.Dataset, criterion: str, others: Sequence[str]) -> xr.DataArray:
    """Confidence in digits after 10 prunings by {criterion}, minus the best among {others}."""
    best = xr.concat([_last(lines, "quality", other) for other in others], dim="other", join="inner")
    return _last(lines, "quality", criterion) - best.max("other", skipna=False)


@measure
def least_quality_lead(lines: xr.Dataset, criterion: str, others: Sequence[str]) -> xr.DataArray:
    """Confidence in digits after 10 prunings, the least among {others} minus that by {criterion}."""
    least = xr.concat([_last(lines, "quality", other) for other in others], dim="other", join="inner")
    return least.min("other", skipna=False) - _last(lines, "quality", criterion)


@measure
def diversity_lost(lines: xr.Dataset, criterion: str) -> xr.DataArray:
    """Entropy of the classes of the unpruned machine's digits, minus that after 10 prunings by {criterion}; nats."""
    return of_lines(lines, "unpruned_diversity", criterion) - _last(lines, "diversity", criterion)


@measure
def diversity_lead(lines: xr.Dataset, criterion: str, others: Sequence[str]) -> xr.DataArray:
    """Entropy of classes after 10 prunings, the least among {others} minus that by {criterion}; nats."""
    least = xr.concat([_last(lines, "diversity", other) for other in others], dim="other", join="inner")
    return least.min("other", skipna=False) - _last(lines, "diversity", criterion)


def _last(lines: xr.Dataset, name: str, criterion: str) -> xr.DataArray:
    return of_lines(lines, name, criterion).sel(iteration=LAST)
