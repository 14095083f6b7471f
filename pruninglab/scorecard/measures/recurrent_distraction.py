"""Measures of Part I: one pair of networks and a probe (Figs 2C-F, 3, 4), and the same quantities over all networks."""

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.example import (
    LAST_DELAY_STEP,
    PROBE_STEP,
    example_pair,
    example_weights,
    traces,
)
from pruninglab.scorecard.measures.registry import measure


@measure
def example_response(dms: xr.Dataset, line: str, probe: str) -> xr.DataArray:
    """Mean output during the response on condition 4, {probe} probe, example network of the {line} line."""
    return _of_example(dms["response"].sel(probed=probe == "with"), dms, line)


@measure
def example_divergence_step(dms: xr.Dataset, line: str) -> xr.DataArray:
    """First step after the probe at which the {line} example's state is nearer to condition 1 than 4, PC1 and PC2."""
    if example_pair(dms) is None:
        return xr.DataArray(np.zeros(0), dims="replica")
    from_four, from_one = (_distance_of_probed(dms, line, trial) for trial in ("condition 4", "condition 1"))
    crossed = ((from_one < from_four) & (from_four["step"] > PROBE_STEP)).values
    first = crossed.argmax() + 1 if crossed.any() else crossed.size + 1
    return xr.DataArray([float(first)], dims="replica")


@measure
def example_divergence_ratio(dms: xr.Dataset) -> xr.DataArray:
    """Largest distance of the probed from the unprobed state in PC1 and PC2, pruned example over unpruned."""
    if example_pair(dms) is None:
        return xr.DataArray(np.zeros(0), dims="replica")
    pruned, unpruned = (float(_distance_of_probed(dms, line, "condition 4").max()) for line in ("pruned", "unpruned"))
    return xr.DataArray([pruned / unpruned], dims="replica")


@measure
def example_contraction(dms: xr.Dataset, line: str, extreme: str) -> xr.DataArray:
    """Contraction ratio of the example network of the {line} line, {extreme} over the steps of Fig 4C."""
    ratio = getattr(dms["contraction_ratio"].sel(kind="weighted"), extreme)("field_step")
    return _of_example(ratio, dms, line)


@measure
def example_field_ratio(dms: xr.Dataset) -> xr.DataArray:
    """Contraction ratio in the plane, mean over the steps of Fig 4C, pruned example over unpruned."""
    ratio = dms["contraction_ratio"].sel(kind="plane").mean("field_step")
    pruned, unpruned = (_of_example(ratio, dms, line).values for line in ("pruned", "unpruned"))
    return xr.DataArray(pruned / unpruned, dims="replica")


@measure
def example_exponent(dms: xr.Dataset, line: str) -> xr.DataArray:
    """Maximal Lyapunov exponent over steps 15 to 40, example network of the {line} line."""
    return _of_example(dms["example_max_lyapunov"], dms, line)


@measure
def contraction_margin(dms: xr.Dataset, line: str, kind: str) -> xr.DataArray:
    """1 minus the contraction ratio ({kind}), mean over the steps of Fig 4C, {line} line, every network."""
    return 1 - dms["contraction_ratio"].sel(kind=kind, line=line).mean("field_step")


@measure
def contraction_advantage(dms: xr.Dataset, line: str, other: str, kind: str) -> xr.DataArray:
    """Contraction ratio ({kind}), mean over the steps of Fig 4C, {other} minus {line}, every network."""
    ratio = dms["contraction_ratio"].sel(kind=kind).mean("field_step")
    return ratio.sel(line=other) - ratio.sel(line=line)


@measure
def contraction_and_exponent(dms: xr.Dataset, line: str) -> xr.DataArray:
    """Correlation of contraction (minus the log ratio, mean over steps) with the maximal exponent, {line} line."""
    contraction = -np.log(dms["contraction_ratio"].sel(kind="weighted", line=line)).mean("field_step")
    pair = [contraction, dms["example_max_lyapunov"].sel(line=line)]
    return xr.concat(pair, dim="pair").transpose("replica", "pair")


@measure
def relaxation_advantage(dms: xr.Dataset, line: str, other: str) -> xr.DataArray:
    """Log of the growth of the distance between probed and unprobed state, steps 21 to 39, {other} minus {line}."""
    distance = np.log(dms["probe_distance"].sel(step=[PROBE_STEP + 1, LAST_DELAY_STEP]))
    growth = distance.isel(step=1) - distance.isel(step=0)
    return growth.sel(line=other) - growth.sel(line=line)


def _of_example(values: xr.DataArray, dms: xr.Dataset, line: str) -> xr.DataArray:
    """The value of the example network of a line, as the only replica; none if there is no example."""
    pair = example_pair(dms)
    replicas = [] if pair is None else [getattr(pair, line)]
    return values.sel(line=line, replica=replicas)


def _distance_of_probed(dms: xr.Dataset, line: str, trial: str) -> xr.DataArray:
    """Distance of the probed state from that of another trial at every step, in PC1 and PC2."""
    state = traces(example_weights(dms, line))["state"].sel(component=[1, 2])
    return np.sqrt(((state.sel(trial="condition 4, probed") - state.sel(trial=trial)) ** 2).sum("component"))
