"""The two networks that stand for the others in Figs 2 to 4 of Averbeck 2022: chosen by a rule, seen closely."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.dms_measures import (
    EXAMPLE_PROBE,
    FIELD_INPUTS,
    FIELD_STEPS,
    PCA_STEPS,
    PROBED_CONDITION,
)
from pruninglab.experiments.recurrent.starts import example_network
from pruninglab.rnn import Weights, dms_conditions, dms_probe, forward, one_step_field, principal_components

EXPONENT, LOW_SCORE, HIGH_SCORE = 0.1, 0.3, 0.7
PROBE_STEP, LAST_DELAY_STEP = EXAMPLE_PROBE[0], 39
TRIALS = ("condition 1", "condition 4", "condition 4, probed")


@dataclass(frozen=True)
class Pair:
    """Replicas of an unpruned and a pruned network of the example level."""

    unpruned: int
    pruned: int

    @property
    def matched(self) -> bool:
        """Whether both descend from one network."""
        return self.unpruned == self.pruned


def example_pair(dms: xr.Dataset) -> Pair | None:
    """The first matched pair of a summary that looks like the paper's, or the first of each kind, or None.

    The authors' filters, which their code keeps in comments: the unpruned network has a maximal Lyapunov exponent of
    at least 0.1 and a score on the probed condition 4 of at most 0.3; the pruned one at most 0.1 and at least 0.7. The
    score is 1 - abs(response - target). What the text says of the pair is asked for too: both answer correctly without
    the probe, and with it the unpruned network is wrong. Networks whose weights are not stored are passed over.
    """
    response, exponent = dms["response"], dms["example_max_lyapunov"]
    score = 1 - abs(response.sel(probed=True) + 1)
    right = (response.sel(probed=False) < 0) & dms["A"].notnull().all(["unit", "sender"])
    wrong = response.sel(probed=True) > 0
    unpruned = (right & wrong & (exponent >= EXPONENT) & (score <= LOW_SCORE)).sel(line="unpruned").values
    pruned = (right & (exponent <= EXPONENT) & (score >= HIGH_SCORE)).sel(line="pruned").values
    for first, second in ((unpruned & pruned, unpruned & pruned), (unpruned, pruned)):
        if first.any() and second.any():
            return Pair(*(int(dms["replica"][found.argmax()]) for found in (first, second)))
    return None


def example_weights(dms: xr.Dataset, line: str) -> Weights:
    """Weights of the example network of a line, ``"unpruned"`` or ``"pruned"``; ValueError if there is no example."""
    pair = example_pair(dms)
    if pair is None:
        raise ValueError("dms holds no pair of networks that looks like the paper's example")
    return example_network(dms, getattr(pair, line), line)


def traces(weights: Weights) -> xr.Dataset:
    """State and output of one network on three trials, step by step.

    Returns
    -------
    Dataset
        ``state`` (trial, step, component), the projections on the principal components, which are counted from 1 by
        size, without taking off the mean, as in the authors' code; ``output`` (trial, step).
    """
    x, y, _, directions = _run(weights)
    chosen = [0, PROBED_CONDITION, 4]
    return xr.Dataset(
        {
            "state": (("trial", "step", "component"), np.matmul(x[0], directions[0])[chosen]),
            "output": (("trial", "step"), y[0, chosen, :, 0]),
        },
        coords={"trial": list(TRIALS), "step": np.arange(x.shape[2]) + 1, "component": np.arange(x.shape[3]) + 1},
    )


def vector_field(weights: Weights) -> xr.Dataset:
    """One step of the network from nine states around each point of the unprobed condition 4, in the plane of two PCs.

    Returns
    -------
    Dataset
        ``begin`` and ``end`` (step, point, component) for the steps of Fig 4A-B; point 4 is on the trajectory.
    """
    x, _, _, directions = _run(weights)
    u = dms_conditions()[0][PROBED_CONDITION, FIELD_INPUTS]
    states = x[:, PROBED_CONDITION, FIELD_STEPS]
    offsets, moves = one_step_field(weights, states, u, directions)
    begin = np.matmul(states, directions)[0, :, None, :2] + offsets[0, :, :2]
    return xr.Dataset(
        {
            "begin": (("step", "point", "component"), begin),
            "end": (("step", "point", "component"), begin + moves[0, :, :, :2]),
        },
        coords={"step": np.arange(FIELD_STEPS.start, FIELD_STEPS.stop) + 1, "component": [1, 2]},
    )


def _run(weights: Weights) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """States and outputs on conditions 1 to 4 and the probed condition 4; principal components of the first four."""
    inputs, _ = dms_conditions()
    probe = dms_probe(*EXAMPLE_PROBE)[PROBED_CONDITION:]
    x, y = forward(weights, np.concatenate([inputs, probe]))
    return x, y, *principal_components(x[:, :4, PCA_STEPS].reshape(1, -1, x.shape[-1]))
