r"""What the sampling theorem promises for a symmetric, diagonally dominant network (Moore & Chaudhuri 2020, Eqs 6-10).

Write B = -A as a sum of one piece per edge, :math:`X_e = |w_e| u_e u_e^\top` with :math:`u_e = e_i - s_{ij}e_j`, keep
piece e with probability :math:`\kappa q_e` and divide it by that probability. The matrix Chernoff bound (Tropp 2012,
Corollary 5.2) then limits the chance that the sum strays from B by more than a relative :math:`\epsilon`.
"""

from typing import Any

import numpy as np
from scipy import sparse

from pruninglab.checks import require_numpy, require_positive
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix


def edge_incidence(A: Any) -> sparse.csr_array:
    r"""Rows :math:`\sqrt{|w_e|}\,u_e^\top`, one per edge: their outer products are the edge pieces of B = -A.

    :math:`G^\top G = \sum_e X_e = B - \mathrm{diag}(r)`, r the slack of each neuron (Moore & Chaudhuri 2020,
    section 4.1, where the pieces are called :math:`X^{(i,j)}`).

    Parameters
    ----------
    A : ndarray, shape (N, N)
        Exactly symmetric.

    Returns
    -------
    csr_array, shape (n_edges, N)
        Edges (i, j), i < j, in row-major order.

    Raises
    ------
    ValueError
        If `A` is not symmetric.

    Examples
    --------
    >>> A = np.array([[-5.0, 4.0, 0.0], [4.0, -5.0, -1.0], [0.0, -1.0, -1.0]])
    >>> G = edge_incidence(A).toarray()
    >>> G
    array([[ 2., -2.,  0.],
           [ 0.,  1.,  1.]])
    >>> G.T @ G
    array([[ 4., -4.,  0.],
           [-4.,  5.,  1.],
           [ 0.,  1.,  1.]])
    """
    require_numpy("A", A)
    require_square_matrix("A", A)
    if not is_symmetric(A):
        raise ValueError("A must be symmetric: its edge pieces belong to undirected edges")
    i, j = np.nonzero(np.triu(A, 1))
    weights = A[i, j]
    size = np.sqrt(np.abs(weights))
    values = np.stack([size, -np.sign(weights) * size], axis=1).ravel()
    ends = np.stack([i, j], axis=1).ravel()
    return sparse.csr_array((values, ends, 2 * np.arange(len(i) + 1)), shape=(len(i), len(A)))


def chernoff_bounds(eps: float, *, n_neurons: int, kappa: float) -> tuple[float, float]:
    r"""Bounds on the chances that the pruned network falls below or rises above B by a relative `eps`.

    :math:`N e^{-\epsilon^2\kappa/2}` for an eigenvalue of :math:`B^{-1/2}B^{sp}B^{-1/2}` at :math:`1-\epsilon` or
    below, :math:`N e^{-\epsilon^2\kappa/3}` for one at :math:`1+\epsilon` or above (Moore & Chaudhuri 2020, Eq 7, with
    :math:`M = 1/\kappa`). No bound on a chance exceeds 1.

    Parameters
    ----------
    eps : float
        In (0, 1).
    n_neurons : int
    kappa : float
        Multiplier of the leverages.

    Returns
    -------
    lower, upper : float

    Raises
    ------
    ValueError
        If `eps` lies outside (0, 1), or `n_neurons` is below 2, or `kappa` is not positive.

    Examples
    --------
    >>> lower, upper = chernoff_bounds(0.5, n_neurons=3000, kappa=4 * np.log(3000) / 0.5**2)
    >>> f"{lower:.4f} {upper:.3f}"
    '0.0003 0.069'
    """
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie in (0, 1), got {eps!r}")
    _require_network(n_neurons)
    require_positive("kappa", kappa)
    lower, upper = (n_neurons * np.exp(-(eps**2) * kappa / divisor) for divisor in (2, 3))
    return min(1.0, float(lower)), min(1.0, float(upper))


def promised_epsilon(kappa: float, *, n_neurons: int, constant: float = 4.0) -> float:
    r"""The relative error that the theorem promises at a multiplier: :math:`\epsilon = \sqrt{c\ln N/\kappa}`.

    The paper's constant c is 4 (Moore & Chaudhuri 2020, below Eq 8): the chances of `chernoff_bounds` are then 1/N and
    :math:`N^{-1/3}`. A value of 1 or more means that the theorem promises nothing.

    Raises
    ------
    ValueError
        If `kappa` or `constant` is not positive, or `n_neurons` is below 2.

    Examples
    --------
    >>> round(promised_epsilon(4 * np.log(3000) / 0.5**2, n_neurons=3000), 12)
    0.5
    """
    require_positive("kappa", kappa)
    require_positive("constant", constant)
    _require_network(n_neurons)
    return float(np.sqrt(constant * np.log(n_neurons) / kappa))


def _require_network(n_neurons: int) -> None:
    if n_neurons < 2:
        raise ValueError(f"n_neurons must be at least 2, got {n_neurons!r}")
