"""What the recurrent weights look like: their distribution, their singular values, the input that a unit gets."""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.checks import require_finite, require_positive

HISTOGRAM_LIMIT = 1.5


def weight_histogram(A: Any, *, step: float = 0.05) -> tuple[np.ndarray, Any]:
    """Counts of the non-zero recurrent weights of each network in bins centred on -1.5, -1.5 + step, …, 1.5.

    The first and last bin also hold everything beyond, as in the authors' code.

    Parameters
    ----------
    A : ndarray, shape (..., N, N)
    step : float
        Distance of the centres; it must divide 1.5 into a whole number of bins.

    Returns
    -------
    centres : ndarray, shape (n_bins,)
    counts : ndarray of int, shape (..., n_bins)

    Raises
    ------
    ValueError
        If `A` is not finite or `step` is not positive or does not divide 1.5.

    Examples
    --------
    >>> centres, counts = weight_histogram(np.array([[0.0, 0.5], [0.52, 9.0]]), step=0.5)
    >>> centres, counts
    (array([-1.5, -1. , -0.5,  0. ,  0.5,  1. ,  1.5]), array([0, 0, 0, 0, 2, 0, 1]))
    """
    require_finite("A", A)
    require_positive("step", step)
    half = round(HISTOGRAM_LIMIT / step)
    if not np.isclose(half * step, HISTOGRAM_LIMIT):
        raise ValueError(f"step must divide {HISTOGRAM_LIMIT} into whole bins, got {step}")
    xp = get_array_module(A)
    flat = A.reshape(*A.shape[:-2], -1)
    bins = (xp.rint(xp.clip(flat / step, -half, half)) + half).astype(int)
    bins = xp.where(flat == 0, -1, bins)
    counts = xp.stack([(bins == number).sum(axis=-1) for number in range(2 * half + 1)], axis=-1)
    return step * np.arange(-half, half + 1), counts


def cumulative_singular_values(A: Any) -> Any:
    """Cumulative sum of the singular values, largest first, over their sum (Averbeck 2022, Fig 2B).

    Parameters
    ----------
    A : ndarray, shape (..., N, N)

    Returns
    -------
    ndarray, shape (..., N)

    Raises
    ------
    ValueError
        If `A` is not finite or has no weight that is not 0.

    Examples
    --------
    >>> cumulative_singular_values(np.diag([3.0, 1.0]))
    array([0.75, 1.  ])
    """
    require_finite("A", A)
    if A.ndim < 2:
        raise ValueError(f"A must have shape (..., N, N), got {A.shape}")
    xp = get_array_module(A)
    if not bool((A != 0).any(axis=(-2, -1)).all()):
        raise ValueError("A must hold a weight that is not 0 in every network")
    cumulative = xp.cumsum(xp.linalg.svd(A, compute_uv=False), axis=-1)
    return cumulative / cumulative[..., -1:]


def total_input(A: Any) -> Any:
    """Sum of the absolute recurrent weights onto each unit, shape (..., N).

    Examples
    --------
    >>> total_input(np.array([[1.0, -2.0], [0.0, 0.5]]))
    array([3. , 0.5])
    """
    require_finite("A", A)
    return get_array_module(A).abs(A).sum(axis=-1)
