"""Which recurrent synapses a magnitude rule keeps (Averbeck 2022, Methods)."""

from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.checks import require_finite, require_same_shape


def magnitude_mask(A: Any, fraction: float) -> Any:
    """Mask that removes the weakest recurrent synapses, the diagonal's included.

    Counting is over the whole matrix. Synapses that were pruned before are zeros and come first, so levels are
    cumulative. Ties are broken by position, the first in row order being removed first.

    Parameters
    ----------
    A : ndarray, shape (E, N, N)
    fraction : float
        Share of all N² entries that the mask removes, in [0, 1).

    Returns
    -------
    ndarray of bool, shape (E, N, N)
        True means keep; exactly ``round(fraction * N * N)`` entries per network are False.

    Raises
    ------
    ValueError
        If `A` is no stack of square matrices or not finite, or `fraction` lies outside [0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> magnitude_mask(np.array([[[3.0, -1.0], [0.5, 2.0]]]), 0.5)
    array([[[ True, False],
            [False,  True]]])
    """
    require_finite("A", A)
    if A.ndim != 3 or A.shape[1] != A.shape[2] or 0 in A.shape:
        raise ValueError(f"A must have shape (E, N, N), got {A.shape}")
    if not 0 <= fraction < 1:
        raise ValueError(f"fraction must lie in [0, 1), got {fraction!r}")
    xp = get_array_module(A)
    n_pruned = round(fraction * A[0].size)
    strength = xp.abs(A).reshape(len(A), -1)
    order = xp.argsort(strength, axis=1, kind="stable")
    mask = xp.ones(strength.shape, dtype=bool)
    xp.put_along_axis(mask, order[:, :n_pruned], False, axis=1)
    return mask.reshape(A.shape)


def require_mask(mask: Any, A: Any) -> None:
    """Raise unless `mask` is boolean, fits `A` of shape (E, N, N), and every weight that it removes is 0."""
    if not hasattr(mask, "dtype") or mask.dtype != bool:
        raise TypeError(f"mask must be a boolean array, got {getattr(mask, 'dtype', type(mask).__name__)}")
    require_same_shape("mask", mask, "A", A)
    if bool((A[~mask] != 0).any()):
        raise ValueError("mask must not remove a weight that is not 0; prune first: A * mask")
