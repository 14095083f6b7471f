"""How close the spectrum of a pruned symmetric network is to that of the original."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from pruninglab.backend import get_array_module, to_numpy
from pruninglab.noiseprune.checks import is_symmetric, require_same_shape, require_square_matrix


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


def _spectral_epsilon(eigenvalues: Any, V: Any, image: Any) -> float:
    """Largest |eigenvalue| of the pencil's deviation B^(-1/2) B_sparse B^(-1/2) - I, in the eigenbasis of A."""
    xp = get_array_module(V)
    scale = 1 / xp.sqrt(-eigenvalues)
    deviation = -(scale[:, None] * (V.T @ image) * scale[None, :]) - xp.eye(len(scale), dtype=V.dtype)
    deviation = to_numpy((deviation + deviation.T) / 2)
    if len(deviation) < 50 or not deviation.any():
        return float(np.abs(np.linalg.eigvalsh(deviation)).max())
    try:
        start = np.ones(len(deviation), dtype=deviation.dtype)
        return float(abs(eigsh(deviation, k=1, which="LM", v0=start, return_eigenvectors=False)[0]))
    except ArpackNoConvergence:
        return float(np.abs(np.linalg.eigvalsh(deviation)).max())
