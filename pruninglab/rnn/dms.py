"""The delayed match-to-sample task (Averbeck 2022, Fig 1A-B): inputs, noisy targets, probes and correctness.

Steps are counted from 1, as in the paper; arrays start at 0. A trial has K = 58 steps of about 50 ms.
"""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.checks import require_finite

N_STEPS = 58
N_INPUTS = 6
BIAS, CUE_1, CUE_2, SPARE, START, GO = range(N_INPUTS)
"""Input channels. START and GO are the paper's third and fourth input; it mentions neither bias nor spare."""
START_STEPS = slice(0, 10)
CUE_1_STEPS = slice(12, 14)
CUE_2_STEPS = slice(39, 41)
RESPONSE_STEPS = slice(51, 53)
END_STEP = 57
CUES = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
"""First and second cue of conditions 1 to 4: +1 is left, -1 is right."""
RESPONSES = CUES.prod(axis=1)
"""Target during the response: +1 for a match, -1 for a non-match."""
PROBE_TIMES = (16, 20, 24, 28, 32, 36)
PROBE_STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


def dms_conditions() -> tuple[np.ndarray, np.ndarray]:
    """Inputs, shape (4, 58, 6), and noise-free targets, shape (4, 58, 1), of conditions 1 to 4.

    Examples
    --------
    >>> inputs, targets = dms_conditions()
    >>> inputs[3, 12], targets[3, 52]
    (array([ 1., -1.,  0.,  0.,  0.,  0.]), array([-1.]))
    """
    inputs = np.zeros((4, N_STEPS, N_INPUTS))
    inputs[:, :, BIAS] = 1
    inputs[:, START_STEPS, START:] = 1
    inputs[:, CUE_1_STEPS, CUE_1] = CUES[:, :1]
    inputs[:, CUE_2_STEPS, CUE_2] = CUES[:, 1:]
    inputs[:, RESPONSE_STEPS, GO] = 1
    inputs[:, END_STEP, SPARE:] = 1
    targets = np.zeros((4, N_STEPS, 1))
    targets[:, RESPONSE_STEPS, 0] = RESPONSES[:, None]
    return inputs, targets


def dms_trials(*, n_repeats: int = 5, noise: float = 0.1, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One training set: `n_repeats` trials of each condition, whose targets carry frozen noise and whose inputs do not.

    Parameters
    ----------
    n_repeats : int
        Trials per condition, at least 1; the paper says 5, the authors' code uses 4.
    noise : float
        Standard deviation of the normal noise on every target of every step, at least 0.
    rng : numpy.random.Generator

    Returns
    -------
    inputs : ndarray, shape (M, 58, 6)
        M = 4 `n_repeats`; conditions 1, 2, 3, 4, 1, 2, 3, 4, …
    targets : ndarray, shape (M, 58, 1)

    Raises
    ------
    ValueError
        If `n_repeats` is below 1 or `noise` is negative or not finite.

    Examples
    --------
    >>> inputs, targets = dms_trials(rng=np.random.default_rng(0))
    >>> inputs.shape, targets.shape
    ((20, 58, 6), (20, 58, 1))
    """
    return noisy_trials(*dms_conditions(), n_repeats=n_repeats, noise=noise, rng=rng)


def noisy_trials(
    inputs: np.ndarray, targets: np.ndarray, *, n_repeats: int, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat conditions, inputs (M, K, I) and targets (M, K, O), and put noise on the targets; see `dms_trials`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inputs, targets = noisy_trials(np.zeros((3, 5, 2)), np.ones((3, 5, 1)), n_repeats=2, noise=0, rng=rng)
    >>> inputs.shape, bool((targets == 1).all())
    ((6, 5, 2), True)
    """
    if n_repeats < 1:
        raise ValueError(f"n_repeats must be at least 1, got {n_repeats}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be a finite number of at least 0, got {noise!r}")
    inputs, targets = (np.tile(array, (n_repeats, 1, 1)) for array in (inputs, targets))
    return inputs, targets + noise * rng.standard_normal(targets.shape)


def dms_probe(time: int, strength: float) -> np.ndarray:
    """Inputs, shape (4, 58, 6), of the conditions with a distractor on the line of the first cue.

    At the steps `time` and `time` + 1 the line carries `strength` times the *other* side than the first cue's.

    Raises
    ------
    ValueError
        If the probe does not lie within the first delay, steps 15 to 39, or `strength` is not finite.

    Examples
    --------
    >>> dms_probe(20, 0.2)[0, 18:23, CUE_1]
    array([ 0. , -0.2, -0.2,  0. ,  0. ])
    """
    if not 15 <= time <= 38:
        raise ValueError(f"time must lie in 15 to 38, so that both steps lie in the first delay, got {time}")
    if not np.isfinite(strength):
        raise ValueError(f"strength must be finite, got {strength!r}")
    inputs, _ = dms_conditions()
    inputs[:, time - 1 : time + 1, CUE_1] = -strength * CUES[:, :1]
    return inputs


def dms_correct(outputs: Any) -> Any:
    """Whether each condition's mean output during the response has the sign of its target.

    Parameters
    ----------
    outputs : ndarray, shape (..., 4, 58, 1)
        Outputs for conditions 1 to 4, in this order.

    Returns
    -------
    ndarray of bool, shape (..., 4)

    Examples
    --------
    >>> _, targets = dms_conditions()
    >>> dms_correct(targets), dms_correct(-targets)
    (array([ True,  True,  True,  True]), array([False, False, False, False]))
    """
    require_finite("outputs", outputs)
    if outputs.shape[-3:] != (4, N_STEPS, 1):
        raise ValueError(f"outputs must have shape (..., 4, {N_STEPS}, 1), got {outputs.shape}")
    return same_side(outputs, get_array_module(outputs).asarray(RESPONSES))


def same_side(outputs: Any, responses: Any) -> Any:
    """Whether the mean output during the response, outputs (..., M, 58, 1), has the sign of each of M `responses`.

    Examples
    --------
    >>> _, targets = dms_conditions()
    >>> same_side(targets, np.array([1, 1, 1, 1]))
    array([ True,  True, False, False])
    """
    return outputs[..., RESPONSE_STEPS, 0].mean(axis=-1) * responses > 0
