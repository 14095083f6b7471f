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
    centred = x - x.mean(axis=1, keepdims=True)
    covariance = xp.matmul(xp.swapaxes(centred, 1, 2), centred) / (x.shape[1] - 1)
    variances, directions = xp.linalg.eigh(covariance)
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
