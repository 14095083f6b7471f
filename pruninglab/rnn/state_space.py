"""The network's activity as a path in state space: principal components and what happens to nearby states."""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.checks import require_finite
from pruninglab.rnn.weights import Weights

GRID_STEP = 0.05


def principal_components(x: Any) -> tuple[Any, Any]:
    """Directions of largest variance of the states of each network.

    Parameters
    ----------
    x : ndarray, shape (E, S, N)
        S states of each network; their mean is taken off before the covariance is formed.

    Returns
    -------
    variances : ndarray, shape (E, N)
        Eigenvalues of the covariance matrix, largest first.
    directions : ndarray, shape (E, N, N)
        Eigenvectors in columns, in the same order.

    Raises
    ------
    ValueError
        If `x` has another shape, fewer than two states, or is not finite.

    Examples
    --------
    >>> variances, _ = principal_components(np.array([[[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]]))
    >>> variances
    array([[4., 0.]])
    """
    require_finite("x", x)
    if x.ndim != 3 or x.shape[1] < 2:
        raise ValueError(f"x must have shape (E, S, N) with at least 2 states, got {x.shape}")
    xp = get_array_module(x)
    variances, directions = xp.linalg.eigh(_covariance(x))
    return variances[:, ::-1], directions[:, :, ::-1]


def one_step_field(weights: Weights, x: Any, u: Any, directions: Any) -> tuple[Any, Any]:
    """Where one step takes nine states around each point of a trajectory (Averbeck 2022, Fig 4A-B).

    The states are displaced by -0.05, 0 or 0.05 along each of the first two principal components. Coordinates are those
    along the two components and along the read-out vector, as in the authors' code.

    Parameters
    ----------
    weights : Weights
        E networks with one output.
    x : ndarray, shape (E, T, N)
        Points of the trajectory.
    u : ndarray, shape (T, I)
        Input of the step that leaves each point.
    directions : ndarray, shape (E, N, N)
        From `principal_components`.

    Returns
    -------
    offsets : ndarray, shape (1, 9, 3)
        Displacements as coordinates; the fifth is zero, and the third coordinate always is.
    moves : ndarray, shape (E, T, 9, 3)
        What the step adds to each state's coordinates.

    Raises
    ------
    ValueError
        If the networks have more than one output or fewer than three units.
    """
    if weights.C.shape[1] != 1 or weights.A.shape[1] < 3:
        raise ValueError(f"weights must have one output and 3 units or more, got C of shape {weights.C.shape}")
    xp = get_array_module(x)
    offsets = GRID_STEP * np.array([[i, j, 0] for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=float)
    offsets = xp.asarray(offsets, dtype=x.dtype)
    N = weights.A.shape[1]
    axes = xp.concatenate([directions[:, :, :2], xp.swapaxes(weights.C[:, :, :N], 1, 2)], axis=2)
    displacement = xp.matmul(offsets[:, :2], xp.swapaxes(directions[:, :, :2], 1, 2))
    states = x[:, :, None, :] + displacement[:, None]
    after = xp.matmul(xp.tanh(states), xp.swapaxes(weights.A, 1, 2)[:, None])
    after += xp.matmul(u, xp.swapaxes(weights.B, 1, 2))[:, :, None, :]
    return offsets[None], xp.matmul(after - states, axes[:, None])


def contraction_ratio(weights: Weights, x: Any, u: Any, variances: Any, directions: Any) -> tuple[Any, Any]:
    """How far the nine states of `one_step_field` have come together after the step (Averbeck 2022, Fig 4C).

    Parameters
    ----------
    weights, x, u, directions
        See `one_step_field`.
    variances : ndarray, shape (E, N)
        From `principal_components`.

    Returns
    -------
    weighted : ndarray, shape (E, T)
        Root of the sum of squared distances from the central state, each coordinate weighted by the variance of the
        component of its number, after the step over before it: the authors' code.
    plane : ndarray, shape (E, T)
        Mean distance from the central state in the plane of the two components, after over before: the paper's text.
    """
    offsets, moves = one_step_field(weights, x, u, directions)
    xp = get_array_module(x)
    ends = offsets + moves - moves[:, :, 4:5]
    share = (variances[:, :3] / variances.sum(axis=1, keepdims=True))[:, None, None]
    weighted = xp.sqrt((share * ends**2).sum(axis=(2, 3)) / (share * offsets**2).sum(axis=(2, 3)))
    plane = xp.sqrt((ends[..., :2] ** 2).sum(axis=3)).mean(axis=2) / xp.sqrt((offsets**2).sum(axis=2)).mean()
    return weighted, plane


def separation(first: Any, second: Any) -> tuple[Any, Any]:
    r"""Squared Mahalanobis distance between two clouds of states (Averbeck 2022, Fig 7G).

    :math:`(m_1 - m_2)^\top \left(\tfrac{1}{2}(S_1 + S_2)\right)^{-1} (m_1 - m_2)` for means m and covariances S. The
    paper calls it a distance; as in the authors' code no root is taken.

    Parameters
    ----------
    first, second : ndarray, shape (..., S, N)
        At least two states each.

    Returns
    -------
    squared : ndarray, shape (...)
        NaN where the mean covariance cannot be inverted in floating-point numbers.
    condition : ndarray, shape (...)
        Ratio of the largest to the smallest eigenvalue of the mean covariance; where it is large, the distance lives
        on directions in which the states hardly vary.

    Raises
    ------
    ValueError
        If a shape does not fit or something is not finite.

    Examples
    --------
    >>> squared, condition = separation(np.array([[0.0], [2.0]]), np.array([[5.0], [7.0]]))
    >>> float(squared), float(condition)
    (12.5, 1.0)
    """
    require_finite("first", first)
    require_finite("second", second)
    if min(first.ndim, second.ndim) < 2 or min(first.shape[-2], second.shape[-2]) < 2:
        raise ValueError(f"first and second must hold at least 2 states, got shapes {first.shape} and {second.shape}")
    if first.shape[:-2] != second.shape[:-2] or first.shape[-1] != second.shape[-1]:
        raise ValueError(f"first and second must agree in all axes but that of the states, got {first.shape} and "
                         f"{second.shape}")  # fmt: skip
    xp = get_array_module(first)
    difference = first.mean(axis=-2) - second.mean(axis=-2)
    variances, axes = xp.linalg.eigh((_covariance(first) + _covariance(second)) / 2)
    along = xp.matmul(difference[..., None, :], axes)[..., 0, :]
    rounding = variances.shape[-1] * xp.finfo(variances.dtype).eps
    invertible = variances[..., 0] > variances[..., -1] * rounding
    safe = xp.where(invertible[..., None], variances, 1)
    squared = xp.where(invertible, (along**2 / safe).sum(axis=-1), xp.nan)
    return squared, xp.where(invertible, safe[..., -1] / safe[..., 0], xp.inf)


def _covariance(x: Any) -> Any:
    xp = get_array_module(x)
    centred = x - x.mean(axis=-2, keepdims=True)
    return xp.matmul(xp.swapaxes(centred, -1, -2), centred) / (x.shape[-2] - 1)
