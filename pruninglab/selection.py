r"""Which synapses a score lets live: the largest, or each with a probability that grows with its score."""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.checks import require_finite


def keep_largest(score: Any, exists: Any, n_kept: int) -> Any:
    """Mask of the `n_kept` synapses with the largest score; of equal ones the first in row-major order.

    Parameters
    ----------
    score : array
    exists : array of bool, same shape
        Synapses that can be kept.
    n_kept : int

    Raises
    ------
    ValueError
        If a score is not finite, or fewer synapses exist than are to be kept.

    Examples
    --------
    >>> keep_largest(np.array([0.1, 0.3, 0.2]), np.array([True, True, False]), 1)
    array([False,  True, False])
    """
    require_finite("score", score)
    xp = get_array_module(score)
    existing = xp.flatnonzero(exists)
    if not 0 <= n_kept <= existing.size:
        raise ValueError(f"n_kept must lie between 0 and the {existing.size} synapses that exist, got {n_kept}")
    order = xp.argsort(-score.ravel()[existing], kind="stable")
    mask = xp.zeros(score.size, dtype=bool)
    mask[existing[order[:n_kept]]] = True
    return mask.reshape(score.shape)


def water_level(scores: Any, target: float) -> float:
    r"""The :math:`\kappa` with :math:`\sum_e \min(1, \kappa s_e)` equal to `target`, by water-filling.

    Sort the scores in descending order; with the t largest at 1, :math:`\kappa_t = (\text{target} -
    t)/\sum_{r>t}s_{(r)}`; take the first t at which the next one stays below 1. If all have to be kept it is the
    smallest that keeps them.

    Parameters
    ----------
    scores : array, shape (m,)
        All positive.
    target : float
        At most m.

    Examples
    --------
    >>> water_level(np.array([3.0, 1.0, 1.0]), 2)
    0.5
    """
    xp = get_array_module(scores)
    ascending = scores.astype(np.float64)
    ascending.sort()
    descending = ascending[::-1]
    kappa = target - xp.arange(descending.size, dtype=np.float64)
    kappa /= xp.cumsum(ascending)[::-1]
    below_one = kappa * descending <= 1
    if not bool(below_one.any()):
        return float(1 / descending[-1])
    return float(kappa[int(xp.argmax(below_one))])
