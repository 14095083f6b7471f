"""Measures of Part I: pruning before learning, learning something new, and other regularisers (Fig S2, discussion)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure

SHARE_OF_FALL = 0.9


@measure
def loss_excess(direct: xr.Dataset, line: str, other: str, iterations: Sequence[int]) -> xr.DataArray:
    """Logged loss, {line} minus {other}, mean over outer iterations {iterations[0]} to {iterations[1]}."""
    return _mean_loss(direct, line, iterations) - _mean_loss(direct, other, iterations)


@measure
def direct_over_gradual(direct: xr.Dataset, dms: xr.Dataset, line: str) -> xr.DataArray:
    """Final loss, level 0.7: pruned before learning minus pruned level by level, networks paired by number; {line}."""
    gradual = dms["final_loss"].sel(line=line).sel(level=0.7, method="nearest", drop=True)
    return direct["final_loss"].sel(line=line) - gradual


@measure
def new_cue_loss_gain(
    new_cues: xr.Dataset, reading: str, line: str, other: str, iterations: Sequence[int]
) -> xr.DataArray:
    """Logged loss, {other} minus {line}, outer iterations {iterations[0]} to {iterations[1]}; task: {reading}."""
    task = new_cues.sel(reading=reading)
    return _mean_loss(task, other, iterations) - _mean_loss(task, line, iterations)


@measure
def new_cue_delay(new_cues: xr.Dataset, reading: str, line: str, other: str) -> xr.DataArray:
    """Outer iterations until a network's loss has made 90 % of its fall, {line} minus {other}; task: {reading}."""
    losses = new_cues["logged_loss"].sel(reading=reading)
    first = losses.isel(iteration=0)
    goal = first - SHARE_OF_FALL * (first - losses.min("iteration"))
    needed = (losses <= goal).argmax("iteration").astype(float)
    return needed.sel(line=line) - needed.sel(line=other)


@measure
def variance_removed(regularisers: xr.Dataset, arm: str, repeats: int) -> xr.DataArray:
    """Log variance of the output over training sets, retrained only minus {arm}; {repeats} repeats a condition."""
    variance = np.log(regularisers["output_variance"].sel(repeats=repeats))
    return variance.sel(arm="none") - variance.sel(arm=arm)


@measure
def generalisation_gain(regularisers: xr.Dataset, arm: str, repeats: int) -> xr.DataArray:
    """Loss on noise-free targets, retrained only minus {arm}; {repeats} repeats of each condition."""
    loss = regularisers["true_loss"].sel(repeats=repeats).mean("training_set")
    return loss.sel(arm="none") - loss.sel(arm=arm)


@measure
def gain_fades_with_data(regularisers: xr.Dataset, arm: str) -> xr.DataArray:
    """Loss on noise-free targets, retrained only minus {arm}: with 5 repeats of each condition minus with 80."""
    return generalisation_gain(regularisers, arm, 5) - generalisation_gain(regularisers, arm, 80)


@measure
def robustness_gain(regularisers: xr.Dataset, arm: str, repeats: int) -> xr.DataArray:
    """Share of probed trials answered correctly, {arm} minus retrained only; {repeats} repeats of each condition."""
    right = regularisers["n_correct"].sel(repeats=repeats).astype(float)
    share = right.mean(["training_set", "probe_time", "strength"]) / 4
    return share.sel(arm=arm) - share.sel(arm="none")


@measure
def more_robust_than_a_jolt(regularisers: xr.Dataset, repeats: int) -> xr.DataArray:
    """Share of probed trials right, pruned minus jolted by as much; {repeats} repeats of each condition."""
    return robustness_gain(regularisers, "pruned", repeats) - robustness_gain(regularisers, "jolt", repeats)


@measure
def exponent_lowered(regularisers: xr.Dataset, arm: str, repeats: int) -> xr.DataArray:
    """Maximal Lyapunov exponent, retrained only minus {arm}; {repeats} repeats of each condition."""
    exponent = regularisers["max_lyapunov"].sel(repeats=repeats, order="time").mean("training_set")
    return exponent.sel(arm="none") - exponent.sel(arm=arm)


def _mean_loss(dataset: xr.Dataset, line: str, iterations: Sequence[int]) -> xr.DataArray:
    first, last = iterations
    return dataset["logged_loss"].sel(line=line).isel(iteration=slice(first - 1, last)).mean("iteration")
