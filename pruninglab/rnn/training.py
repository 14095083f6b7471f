"""Train an ensemble on one training set."""

from dataclasses import fields
from typing import Any

import numpy as np

from pruninglab.backend import to_numpy
from pruninglab.rnn.bench import train_episodes
from pruninglab.rnn.episodes import Episode, Stop, TrainingResult
from pruninglab.rnn.forward import require_inputs
from pruninglab.rnn.problem import require_targets
from pruninglab.rnn.weights import Weights, concatenate


def train_scg(
    weights: Weights,
    inputs: Any,
    targets: Any,
    *,
    mask: Any = None,
    max_outer: int = 100,
    stop: Stop = None,
    mask_residual: bool = False,
) -> TrainingResult:
    """Train an ensemble by scaled conjugate gradient, every network until its own end.

    An outer iteration evaluates the loss, logs it, and runs the inner loop of at most W passes from steepest descent.
    Sequences with the same inputs are trained on their mean target: the same problem at a fraction of the work.

    Parameters
    ----------
    weights : Weights
        E networks, float64; pruned recurrent weights must be 0.
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
    targets : ndarray, shape (M, K, O) or (E, M, K, O)
    mask : ndarray of bool, shape (E, N, N), optional
        True where a recurrent weight may change.
    max_outer : int
        Most outer iterations, at least 1.
    stop : function, optional
        For example `dms_stop` or `bandit_stop`; without one all outer iterations are made.
    mask_residual : bool
        False: as in the authors' code, where pruned weights enter the coefficient of the next direction. True:
        corrected.

    Returns
    -------
    TrainingResult

    Raises
    ------
    TypeError
        If the weights are not float64 or the mask is not boolean.
    ValueError
        If a shape does not fit, something is not finite, or a weight outside the mask is not 0.

    Examples
    --------
    >>> from pruninglab.rnn import dms_trials, initial_weights
    >>> rng = np.random.default_rng(0)
    >>> result = train_scg(initial_weights(2, "dms", rng), *dms_trials(rng=rng), max_outer=1)
    >>> result.inner, bool((result.final_loss < result.logged_loss[:, 0]).all())
    (array([1110, 1110]), True)
    """
    require_inputs(weights, inputs)
    require_targets(weights, inputs, targets)
    targets = np.broadcast_to(to_numpy(targets), (weights.n_networks, *targets.shape[-3:]))
    masks = [None if mask is None else mask[e : e + 1] for e in range(weights.n_networks)]
    shared = inputs if inputs.ndim == 3 else None
    episodes = [
        Episode(
            weights[e : e + 1],
            targets[e],
            masks[e],
            mask_residual,
            max_outer,
            inputs=inputs[e] if shared is None else None,
        )
        for e in range(weights.n_networks)
    ]
    return _side_by_side(train_episodes(episodes, shared, stop=stop))


def _side_by_side(results: list[TrainingResult]) -> TrainingResult:
    arrays = {
        field.name: np.concatenate([getattr(result, field.name) for result in results])
        for field in fields(TrainingResult)
        if field.name != "weights"
    }
    return TrainingResult(weights=concatenate([result.weights for result in results]), **arrays)
