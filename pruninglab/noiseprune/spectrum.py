"""How close the spectrum of a pruned symmetric network is to that of the original."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from pruninglab.backend import get_array_module, to_numpy
from pruninglab.checks import require_numpy, require_same_shape
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix

SMALLEST_LANCZOS = 500
N_LANCZOS = 60
"""Vectors that are kept: eigenvalues of both signs lie close together at the ends, and few vectors part them slowly."""
"""Below this size a dense eigensolver takes over."""


@dataclass(frozen=True)
class SpectralSimilarity:
    """The three measures of Moore & Chaudhuri 2020, Fig 2a-b, and what surrounds them.

    Modes are in ascending order of the eigenvalues of A, fastest first and slowest last; all arrays have shape (N,).
    """

    eigenvalue_error: Any
    r""":math:`|\tilde\lambda_i/\lambda_i - 1|`, eigenvalues of both networks paired by rank."""
    quadratic_error: Any
    r""":math:`|v_i^\top A^{sp}v_i/\lambda_i - 1|`."""
    cosine: Any
    r""":math:`|v_i^\top A^{sp}v_i| / \|A^{sp}v_i\|`; 0 where the pruned network maps :math:`v_i` to zero."""
    pruned_eigenvalues: Any
    """Eigenvalues of the pruned network; the last one below zero means that it is stable."""
    spectral_epsilon: float
    r"""The smallest :math:`\epsilon` in :math:`(1-\epsilon)B \preceq B^{sp} \preceq (1+\epsilon)B` (Eq 10)."""


def spectral_similarity(A: Any, A_sparse: Any, *, eigensystem: tuple[Any, Any] | None = None) -> SpectralSimilarity:
    """Compare the spectra of a stable symmetric network and its pruned version.

    Parameters
    ----------
    A, A_sparse : array, shape (N, N), exactly symmetric
    eigensystem : (eigenvalues, eigenvectors), optional
        ``eigh(A)``, if it is at hand: shapes (N,) and (N, N), ascending.

    Returns
    -------
    SpectralSimilarity

    Raises
    ------
    ValueError
        If a matrix is not symmetric or `A` is not stable.

    Examples
    --------
    >>> A = np.array([[-2.0, 1.0], [1.0, -2.0]])
    >>> spectral_similarity(A, 1.5 * A).eigenvalue_error
    array([0.5, 0.5])
    """
    xp = get_array_module(A)
    for name, matrix in (("A", A), ("A_sparse", A_sparse)):
        require_square_matrix(name, matrix)
        if not is_symmetric(matrix):
            raise ValueError(f"{name} must be symmetric: the measures pair real eigenvalues and orthogonal modes")
    require_same_shape("A_sparse", A_sparse, "A", A)
    eigenvalues, V = xp.linalg.eigh(A) if eigensystem is None else eigensystem
    if float(eigenvalues[-1]) >= 0:
        raise ValueError("A is not stable: its largest eigenvalue is not negative")
    image = A_sparse @ V
    forms = (V * image).sum(axis=0)
    length = xp.linalg.norm(image, axis=0)
    pruned_eigenvalues = xp.linalg.eigvalsh(A_sparse)
    return SpectralSimilarity(
        eigenvalue_error=xp.abs(pruned_eigenvalues / eigenvalues - 1),
        quadratic_error=xp.abs(forms / eigenvalues - 1),
        cosine=xp.abs(forms) / xp.where(length > 0, length, 1),
        pruned_eigenvalues=pruned_eigenvalues,
        spectral_epsilon=_spectral_epsilon(eigenvalues, V, image),
    )


def spectral_epsilon(A: np.ndarray, A_sparse: np.ndarray) -> float:
    r"""The smallest :math:`\epsilon` in :math:`(1-\epsilon)B \preceq B^{sp} \preceq (1+\epsilon)B`, B = -A (Eq 10).

    The largest deviation from 1 among the eigenvalues of :math:`L^{-1}B^{sp}L^{-\top}`, :math:`B = LL^\top`: it needs
    no eigenvector of A, unlike `spectral_similarity`.

    Parameters
    ----------
    A, A_sparse : ndarray, shape (N, N), exactly symmetric
        A is stable.

    Raises
    ------
    ValueError
        If a matrix is not symmetric or `A` is not stable.

    Examples
    --------
    >>> A = np.array([[-2.0, 1.0], [1.0, -2.0]])
    >>> round(spectral_epsilon(A, 1.5 * A), 12)
    0.5
    """
    for name, matrix in (("A", A), ("A_sparse", A_sparse)):
        require_numpy(name, matrix)
        require_square_matrix(name, matrix)
        if not is_symmetric(matrix):
            raise ValueError(f"{name} must be symmetric: the bound compares quadratic forms")
    require_same_shape("A_sparse", A_sparse, "A", A)
    try:
        L = cholesky(-A, lower=True)
    except np.linalg.LinAlgError:
        raise ValueError("A is not stable: -A is not positive definite") from None
    if (A == A_sparse).all():
        return 0.0
    if len(A) < SMALLEST_LANCZOS:
        return _largest_size(solve_triangular(L, solve_triangular(L, A - A_sparse, lower=True).T, lower=True))

    def deviation(x: np.ndarray) -> np.ndarray:
        y = solve_triangular(L, x, lower=True, trans="T")
        return solve_triangular(L, A @ y - A_sparse @ y, lower=True)

    return _lanczos_size(LinearOperator(A.shape, matvec=deviation, dtype=A.dtype))


def _spectral_epsilon(eigenvalues: Any, V: Any, image: Any) -> float:
    """`spectral_epsilon` in the eigenbasis of A, where it is at hand."""
    xp = get_array_module(V)
    scale = 1 / xp.sqrt(-eigenvalues)
    deviation = -(scale[:, None] * (V.T @ image) * scale[None, :]) - xp.eye(len(scale), dtype=V.dtype)
    deviation = to_numpy((deviation + deviation.T) / 2)
    if len(deviation) < SMALLEST_LANCZOS or not deviation.any():
        return _largest_size(deviation)
    return _lanczos_size(deviation)


def _largest_size(symmetric: np.ndarray) -> float:
    return float(np.abs(np.linalg.eigvalsh((symmetric + symmetric.T) / 2)).max())


def _lanczos_size(operator: Any) -> float:
    """Largest |eigenvalue| of a symmetric matrix or operator."""
    start = np.ones(operator.shape[0], dtype=operator.dtype)
    try:
        return float(abs(eigsh(operator, k=1, which="LM", ncv=N_LANCZOS, v0=start, return_eigenvectors=False)[0]))
    except ArpackNoConvergence:
        return _largest_size(operator @ np.eye(len(start), dtype=operator.dtype))
