"""A new problem for networks that know the match-to-sample task: cues on other lines (Averbeck 2022, Fig S2B)."""

import numpy as np

from pruninglab.checks import require_choice
from pruninglab.rnn.dms import (
    CUE_1,
    CUE_1_STEPS,
    CUE_2,
    CUE_2_STEPS,
    SPARE,
    START,
    dms_conditions,
    noisy_trials,
)

READINGS = ("reversed and new", "new only")
"""The authors' code asks for the reversed answers to the old cues as well; the paper's text speaks of new cues only."""


def new_cue_conditions(reading: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and noise-free targets of the task with new cues.

    The new first cue comes on the spare line and the new second cue on the start line, at the steps of the old ones;
    the old lines are silent then. The rule is the old one.

    Parameters
    ----------
    reading : {"reversed and new", "new only"}
        Whether the four old conditions, with the opposite answers, come first.

    Returns
    -------
    inputs : ndarray, shape (M, 58, 6)
        M = 8 or 4 conditions; the cues of the new ones in the order of `dms_conditions`.
    targets : ndarray, shape (M, 58, 1)

    Raises
    ------
    ValueError
        For an unknown reading.

    Examples
    --------
    >>> inputs, targets = new_cue_conditions("reversed and new")
    >>> targets[:, 52, 0]
    array([-1., -1.,  1.,  1.,  1.,  1., -1., -1.])
    >>> inputs[4, 12], inputs[4, 39]
    (array([1., 0., 0., 1., 0., 0.]), array([1., 0., 0., 0., 1., 0.]))
    """
    require_choice("reading", reading, READINGS)
    old, targets = dms_conditions()
    new = old.copy()
    new[:, CUE_1_STEPS, [SPARE, CUE_1]] = old[:, CUE_1_STEPS, [CUE_1, SPARE]]
    new[:, CUE_2_STEPS, [START, CUE_2]] = old[:, CUE_2_STEPS, [CUE_2, START]]
    if reading == "new only":
        return new, targets
    return np.concatenate([old, new]), np.concatenate([-targets, targets])


def new_cue_trials(
    reading: str, *, n_repeats: int = 5, noise: float = 0.1, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One training set of the task with new cues; `dms_trials` tells the rest.

    Examples
    --------
    >>> inputs, targets = new_cue_trials("new only", rng=np.random.default_rng(0))
    >>> inputs.shape, targets.shape
    ((20, 58, 6), (20, 58, 1))
    """
    return noisy_trials(*new_cue_conditions(reading), n_repeats=n_repeats, noise=noise, rng=rng)
