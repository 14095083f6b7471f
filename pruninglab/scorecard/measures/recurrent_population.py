"""Measures of Part I: probes and Lyapunov exponents over the population (Fig 5), and what the text says of them."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure

EXAMPLE_LEVEL = 0.7
EARLY, LATE = (16, 20), (32, 36)
"""Probe times: soon after the first cue, and shortly before the second."""
WEAK = 0.2
TRAINED = 0.0105
"""The loss of the stopping rule."""


@measure
def accuracy_advantage(dms: xr.Dataset, line: str, other: str, levels: Sequence[float]) -> xr.DataArray:
    """Share of probed trials right, {line} minus {other}, mean over levels {levels[0]:g} to {levels[1]:g}."""
    accuracy = _between(_accuracy(dms), levels)
    return accuracy.sel(line=line) - accuracy.sel(line=other)


@measure
def accuracy_fall(dms: xr.Dataset, line: str, before: Sequence[float], after: Sequence[float]) -> xr.DataArray:
    """Share of probed trials right, {line}: levels {before[0]:g}-{before[1]:g} minus {after[0]:g}-{after[1]:g}."""
    accuracy = _accuracy(dms).sel(line=line)
    return _between(accuracy, before) - _between(accuracy, after)


@measure
def advantage_early_over_late(dms: xr.Dataset, line: str, other: str) -> xr.DataArray:
    """Gain in correct answers, {line} minus {other}: probes at steps 16 and 20 minus those at 32 and 36, level 0.7."""
    gain = _advantage_by(dms, "strength", line, other)
    return gain.sel(probe_time=list(EARLY)).mean("probe_time") - gain.sel(probe_time=list(LATE)).mean("probe_time")


@measure
def advantage_at_time(dms: xr.Dataset, line: str, other: str, time: int) -> xr.DataArray:
    """Share of correct answers with a probe at step {time}, {line} minus {other}, level 0.7."""
    return _advantage_by(dms, "strength", line, other).sel(probe_time=time)


@measure
def accuracy_late_over_early(dms: xr.Dataset, line: str) -> xr.DataArray:
    """Share of correct answers, {line}: probes at steps 32 and 36 minus those at 16 and 20, level 0.7."""
    accuracy = _at_example(_share(dms["n_correct"]).mean("strength")).sel(line=line)
    late, early = (accuracy.sel(probe_time=list(times)).mean("probe_time") for times in (LATE, EARLY))
    return late - early


@measure
def unprobed_accuracy(dms: xr.Dataset, line: str) -> xr.DataArray:
    """Share of the four conditions answered correctly without a probe, {line} line, level 0.7."""
    return _at_example(_share(dms["n_correct_unprobed"])).sel(line=line)


@measure
def accuracy_fall_with_strength(dms: xr.Dataset, line: str) -> xr.DataArray:
    """Share of correct answers, {line}: probes of strength 0.2 minus those of strength 1, level 0.7."""
    accuracy = _at_example(_share(dms["n_correct"]).mean("probe_time")).sel(line=line)
    return accuracy.sel(strength=0.2) - accuracy.sel(strength=1.0)


@measure
def advantage_at_strength(dms: xr.Dataset, line: str, other: str, strength: float) -> xr.DataArray:
    """Share of correct answers with probes of strength {strength:g}, {line} minus {other}, level 0.7."""
    return _advantage_by(dms, "probe_time", line, other).sel(strength=strength)


@measure
def exponent_gap(dms: xr.Dataset, line: str, other: str, levels: Sequence[float], order: str) -> xr.DataArray:
    """Maximal Lyapunov exponent, {order} order, {other} minus {line}, mean over levels {levels[0]:g}-{levels[1]:g}."""
    exponent = _between(_exponent(dms, order), levels)
    return exponent.sel(line=other) - exponent.sel(line=line)


@measure
def accuracy_advantage_by_start(
    dms: xr.Dataset, line: str, other: str, levels: Sequence[float], start: str
) -> xr.DataArray:
    """Probed trials right, {line} minus {other}, levels {levels[0]:g}-{levels[1]:g}; {start} before the lines part."""
    return accuracy_advantage(dms, line, other, levels)[_started(dms, start)]


@measure
def exponent_gap_by_start(dms: xr.Dataset, line: str, other: str, levels: Sequence[float], start: str) -> xr.DataArray:
    """Maximal exponent, {other} minus {line}, levels {levels[0]:g}-{levels[1]:g}; {start} before the lines part."""
    return exponent_gap(dms, line, other, levels, "time")[_started(dms, start)]


@measure
def fewer_stuck(dms: xr.Dataset, line: str, other: str, levels: Sequence[float]) -> xr.DataArray:
    """Mean loss above 0.0105, levels {levels[0]:g}-{levels[1]:g}: 1 if only {other} is, -1 if only {line}."""
    stuck = (_between(dms["final_loss"], levels) > TRAINED).astype(float)
    return stuck.sel(line=other) - stuck.sel(line=line)


@measure
def exponent_fall(dms: xr.Dataset, line: str) -> xr.DataArray:
    """Maximal Lyapunov exponent, {line} line, first third of the levels minus last third."""
    exponent = _exponent(dms, "time").sel(line=line)
    third = max(exponent.sizes["level"] // 3, 1)
    return exponent.isel(level=slice(third)).mean("level") - exponent.isel(level=slice(-third, None)).mean("level")


@measure
def score_and_exponent(dms: xr.Dataset, line: str, probes: str) -> xr.DataArray:
    """Correlation over networks of correct answers and maximal Lyapunov exponent, {line}; probes: {probes}."""
    share = _share(dms["n_correct"])
    right = share.sel(probe_time=20, strength=0.2) if probes == "one" else _all_probes(share)
    pair = [_at_example(right).sel(line=line), _at_example(_exponent(dms, "time")).sel(line=line)]
    return xr.concat(pair, dim="pair").transpose("replica", "pair")


@measure
def fewer_weak_synapses(dms: xr.Dataset) -> xr.DataArray:
    """Share of the remaining synapses in the bins up to 0.2 in size, unpruned minus pruned, level 0.7."""
    counts = dms["histogram"].astype(int)
    share = counts.where(abs(counts["bin"]) < WEAK + 0.01, 0).sum("bin") / counts.sum("bin")
    return share.sel(line="unpruned") - share.sel(line="pruned")


@measure
def effect_of_cutting(dms: xr.Dataset, line: str, levels: Sequence[float]) -> xr.DataArray:
    """Share of probed trials right, {line}: after cutting minus before it, levels {levels[0]:g}-{levels[1]:g}."""
    share = _all_probes(dms["n_correct"] / 4).sel(line=line)
    change = share.sel(stage="before") - share.sel(stage="after").shift(level=1)
    return _between(change, levels)


@measure
def cutting_lowers_exponent(dms: xr.Dataset, line: str, levels: Sequence[float]) -> xr.DataArray:
    """Maximal Lyapunov exponent, {line}: before cutting minus after it, levels {levels[0]:g}-{levels[1]:g}."""
    exponent = dms["max_lyapunov"].sel(line=line, order="time")
    return _between(exponent.sel(stage="after").shift(level=1) - exponent.sel(stage="before"), levels)


@measure
def effect_of_retraining(dms: xr.Dataset, line: str, levels: Sequence[float]) -> xr.DataArray:
    """Share of probed trials right, {line}: after retraining minus before it, levels {levels[0]:g}-{levels[1]:g}."""
    share = _all_probes(dms["n_correct"] / 4).sel(line=line)
    return _between(share.sel(stage="after") - share.sel(stage="before"), levels)


def _share(counts: xr.DataArray) -> xr.DataArray:
    """Of the four conditions, after retraining."""
    return counts.sel(stage="after") / 4


def _all_probes(counts: xr.DataArray) -> xr.DataArray:
    return counts.mean(["probe_time", "strength"])


def _accuracy(dms: xr.Dataset) -> xr.DataArray:
    return _all_probes(_share(dms["n_correct"]))


def _exponent(dms: xr.Dataset, order: str) -> xr.DataArray:
    return dms["max_lyapunov"].sel(stage="after", order=order)


def _between(values: xr.DataArray, levels: Sequence[float]) -> xr.DataArray:
    return values.sel(level=slice(levels[0] - 0.01, levels[1] + 0.01)).mean("level")


def _started(dms: xr.Dataset, start: str) -> np.ndarray:
    """Networks that were trained, or stuck above the loss of the stopping rule, when their two lines parted."""
    stuck = dms["initial_final_loss"].isel(training_set=-1).values > TRAINED
    return {"trained": ~stuck, "stuck": stuck}[start]


def _at_example(values: xr.DataArray) -> xr.DataArray:
    return values.sel(level=EXAMPLE_LEVEL, method="nearest")


def _advantage_by(dms: xr.Dataset, averaged: str, line: str, other: str) -> xr.DataArray:
    accuracy = _at_example(_share(dms["n_correct"]).mean(averaged))
    return accuracy.sel(line=line) - accuracy.sel(line=other)
