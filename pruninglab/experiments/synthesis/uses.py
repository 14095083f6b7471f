"""What the bench does with a score: keep the largest, or draw and strengthen."""

import numpy as np

from pruninglab.checks import require_choice
from pruninglab.selection import keep_largest, water_level

USES = ("threshold", "strengthen")


def score_to_use(rule: str, use: str, score: np.ndarray) -> np.ndarray:
    """A rule's score; but at random all are drawn alike, or some would be strengthened beyond measure.

    Examples
    --------
    >>> score_to_use("random", "strengthen", np.array([0.0, 0.01, 0.7]))
    array([0., 1., 1.])
    """
    return (score > 0).astype(score.dtype) if (rule, use) == ("random", "strengthen") else score


def cut(
    W: np.ndarray, score: np.ndarray, n_kept: int, use: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Prune all weights of one matrix; diagonal and symmetry mean nothing here.

    Parameters
    ----------
    W : ndarray, shape (N, M)
    score : ndarray, shape (N, M)
        At least 0; to be drawn and strengthened, a synapse needs a positive one.
    n_kept : int
        Synapses left: exactly, or in the mean.
    use : {"threshold", "strengthen"}
        Keep the largest scores as they are, or keep with a probability in proportion to the score, at most 1, and
        divide by it.
    rng : numpy.random.Generator

    Returns
    -------
    mask : ndarray of bool, shape (N, M)
    pruned : ndarray, shape (N, M)
        In the dtype of `W`.
    """
    require_choice("use", use, USES)
    if use == "threshold":
        mask = keep_largest(score, W != 0, n_kept)
        return mask, W * mask
    candidates = (W != 0) & (score > 0)
    p = np.zeros(W.shape)
    p[candidates] = np.minimum(1, water_level(score[candidates], n_kept) * score[candidates])
    mask = rng.random(W.shape) < p
    return mask, np.divide(W, p, out=np.zeros_like(W), where=mask)
