r"""Leverages without an inverse: read from a few snapshots of noise-driven activity.

A snapshot of a symmetric network at rest is a draw from :math:`\mathcal N(0, \frac{\sigma^2}{2}B^{-1})`. Averaging k
of them at each synapse is a Johnson-Lindenstrauss sketch of its effective resistance (Spielman & Srivastava 2011).
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from pruninglab.checks import require_numpy, require_positive
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix
from pruninglab.noiseprune.recordings import sampled_diff_covariance

ROUNDING = 1e-9
"""A slack down to minus this share of the leak counts as zero."""


def noise_snapshots(
    A: Any, *, n_snapshots: int, sigma: float = 1.0, tolerance: float = 1e-6, rng: np.random.Generator
) -> np.ndarray:
    r"""Independent draws of stationary activity of a symmetric diagonally dominant network, without an inverse.

    B = -A is a sum over synapses and slacks, :math:`B = H^\top H`, where H has the rows
    :math:`\sqrt{|w_e|}\,u_e^\top` and :math:`\sqrt{r_i}\,e_i^\top`. So :math:`y = H^\top\omega` with Gaussian
    :math:`\omega` has covariance B, and the solution of :math:`Bx = y` has covariance :math:`B^{-1}`. It is found by
    conjugate gradients with Jacobi preconditioning, one snapshot after the other.

    Parameters
    ----------
    A : ndarray or scipy.sparse array, shape (N, N)
        Symmetric, with negative diagonal and no slack below zero.
    n_snapshots : int
    sigma : float
        Standard deviation of the noise; the covariance is :math:`\frac{\sigma^2}{2}B^{-1}`.
    tolerance : float
        Relative size of the preconditioned residual at which a solution is accepted. Networks with very slow modes
        need a small one.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float64, shape (n_snapshots, N)

    Raises
    ------
    ValueError
        If `A` is not symmetric or not diagonally dominant, or the iteration does not converge.

    Examples
    --------
    >>> A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    >>> x = noise_snapshots(A, n_snapshots=4000, rng=np.random.default_rng(0))
    >>> bool(np.abs(x.T @ x / len(x) - np.linalg.inv(-A) / 2).max() < 0.05)
    True
    """
    if n_snapshots < 1:
        raise ValueError(f"n_snapshots must be at least 1, got {n_snapshots!r}")
    require_positive("sigma", sigma)
    require_positive("tolerance", tolerance)
    i, j, w, leak = _edges_and_leak(A)
    slack = _slack(i, j, w, leak)
    scale = 1 / np.sqrt(leak)
    B_scaled = -(sparse.diags_array(scale) @ A @ sparse.diags_array(scale)) if sparse.issparse(A) else _scaled(A, scale)
    root = np.sqrt(np.abs(w))
    x = np.empty((n_snapshots, len(leak)))
    for row in x:
        push = root * rng.standard_normal(len(w))
        y = np.bincount(i, push, len(leak)) - np.bincount(j, np.sign(w) * push, len(leak))
        y += np.sqrt(slack) * rng.standard_normal(len(leak))
        solution, failed = cg(B_scaled, scale * y, rtol=tolerance, atol=0.0)
        if failed:
            raise ValueError(f"A is too close to instability: conjugate gradients did not reach tolerance={tolerance}")
        row[:] = scale * solution
    return x * (sigma / np.sqrt(2))


def sketched_leverages(
    A: Any, x: np.ndarray, *, sigma: float = 1.0, transmitted_only: bool = False, clamp: bool = True
) -> Any:
    r"""Leverage of every synapse of a symmetric network, estimated from snapshots of its activity.

    The plain estimate of the effective resistance is :math:`\frac{2}{\sigma^2}` times the mean of
    :math:`(x_i - s_{ij}x_j)^2`; over k independent snapshots it follows the law :math:`R\,\chi^2_k/k` exactly. With
    `transmitted_only`, what each neuron's private noise contributes is taken from the leak D, and only the synaptic
    drive :math:`z = D^{-1}Wx` is averaged:
    :math:`R = \frac1{D_i} + \frac1{D_j} - \frac{2|w|}{D_iD_j} + \mathbb E(z_i - s_{ij}z_j)^2`.

    Parameters
    ----------
    A : ndarray or scipy.sparse array, shape (N, N)
        Symmetric, with negative diagonal and no slack below zero.
    x : ndarray, shape (k, N)
        Snapshots of mean zero, from `noise_snapshots` or from a recording.
    sigma : float
        Noise at which `x` was taken.
    transmitted_only : bool
    clamp : bool
        Keep each resistance within :math:`[4/(D_i + D_j + 2|w|),\,1/|w|]`, which holds for the exact one.

    Returns
    -------
    ndarray or csr_array, shape (N, N)
        Like `leverages`: symmetric, zero where there is no synapse and on the diagonal.

    Raises
    ------
    ValueError
        If `A` is not symmetric or not diagonally dominant, or `x` does not fit.

    Examples
    --------
    >>> A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    >>> x = noise_snapshots(A, n_snapshots=4000, rng=np.random.default_rng(0))
    >>> sketched_leverages(A, x, transmitted_only=True).round(2)
    array([[0.  , 0.67],
           [0.67, 0.  ]])
    """
    require_positive("sigma", sigma)
    i, j, w, leak = _edges_and_leak(A)
    _slack(i, j, w, leak)
    if not isinstance(x, np.ndarray) or x.ndim != 2 or x.shape[1] != len(leak):
        raise ValueError(f"x must be an array of shape (k, {len(leak)}), got {np.shape(x)}")
    strength = np.abs(w)
    if transmitted_only:
        z = (A @ x.T).T / leak + x
        resistance = 1 / leak[i] + 1 / leak[j] - 2 * strength / (leak[i] * leak[j])
        resistance += 2 / sigma**2 * sampled_diff_covariance(z, i, j, np.sign(w))
    else:
        resistance = 2 / sigma**2 * sampled_diff_covariance(x, i, j, np.sign(w))
    if clamp:
        resistance = np.clip(resistance, 4 / (leak[i] + leak[j] + 2 * strength), 1 / strength)
    upper = sparse.coo_array((strength * resistance, (i, j)), shape=A.shape)
    return (upper + upper.T).tocsr() if sparse.issparse(A) else (upper + upper.T).toarray()


def snapshots_needed(n_synapses: int, *, alpha: float, delta: float) -> int:
    r"""Snapshots after which, with probability 1 - delta, no leverage is underestimated below the share alpha.

    The Chernoff bound :math:`P(\chi^2_k/k \le \alpha) \le (\alpha e^{1-\alpha})^{k/2}` and a union over all m synapses
    give :math:`k \ge 2\ln(m/\delta)/(\alpha - 1 - \ln\alpha)`.

    Raises
    ------
    ValueError
        If `n_synapses` is below 1 or `alpha` or `delta` lies outside (0, 1).

    Examples
    --------
    >>> snapshots_needed(25_000, alpha=0.5, delta=0.01)
    153
    """
    if n_synapses < 1:
        raise ValueError(f"n_synapses must be at least 1, got {n_synapses!r}")
    for name, value in (("alpha", alpha), ("delta", delta)):
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie in (0, 1), got {value!r}")
    return int(np.ceil(2 * np.log(n_synapses / delta) / (alpha - 1 - np.log(alpha))))


def _edges_and_leak(A: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ends i < j and weight of every undirected synapse, and the leak of every neuron."""
    if sparse.issparse(A):
        if A.shape[0] != A.shape[1] or not np.isfinite(A.data).all():
            raise ValueError(f"A must be a finite square matrix, got a sparse one of shape {A.shape}")
        symmetric = (A != A.T).nnz == 0
    else:
        require_numpy("A", A)
        require_square_matrix("A", A)
        symmetric = is_symmetric(A)
    if not symmetric:
        raise ValueError("A must be symmetric: snapshots of another network do not have the covariance -A^(-1)/2")
    upper = sparse.triu(A, 1, format="coo")
    upper.eliminate_zeros()
    leak = -A.diagonal()
    if not (leak > 0).all():
        raise ValueError("A must have a negative diagonal: every neuron needs a leak")
    return upper.row, upper.col, upper.data, leak


def _slack(i: np.ndarray, j: np.ndarray, w: np.ndarray, leak: np.ndarray) -> np.ndarray:
    """What the leak of each neuron has left over; tiny negative values, from rounding, become zero."""
    strength = np.abs(w)
    slack = leak - np.bincount(i, strength, len(leak)) - np.bincount(j, strength, len(leak))
    if (slack < -ROUNDING * leak).any():
        raise ValueError("A must be diagonally dominant: a negative slack has no square root")
    return np.maximum(slack, 0)


def _scaled(A: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return -(scale[:, None] * A * scale)
