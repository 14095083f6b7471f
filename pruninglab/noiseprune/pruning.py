"""Prune a network: keep and strengthen, or remove, each synapse at random; then set the leak."""

from typing import Any

import numpy as np
from scipy import sparse as scipy_sparse

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.checks import require_choice, require_finite, require_numpy, require_same_shape
from pruninglab.noiseprune.blocks import absolute_row_sums, mirror_upper_triangle, row_blocks
from pruninglab.noiseprune.checks import is_symmetric, require_density, require_square_matrix
from pruninglab.selection import keep_largest

DIAGONALS = ("matched", "original", "zero")


def prune(A: Any, P: Any, *, diagonal: str = "matched", rng: np.random.Generator, sparse: bool = False) -> Any:
    r"""Keep each synapse with its probability and divide it by that probability, or remove it.

    :math:`A^{sp}_{ij} = w_{ij}/p_{ij}` with probability :math:`p_{ij}`, else 0 (Moore & Chaudhuri 2020, Eq 5). For a
    symmetric network one number is drawn per unordered pair, so the result is exactly symmetric.

    Parameters
    ----------
    A : array, shape (N, N)
    P : array, shape (N, N)
        Probabilities in [0, 1]; the diagonal is ignored. Symmetric if `A` is.
    diagonal : {"matched", "original", "zero"}
        "matched" sets :math:`A_{ii} - \Delta_i`, where :math:`\Delta_i` is the change of the absolute row sum: the
        dominance slack of each neuron is kept. "original" keeps the leak. "zero" leaves the diagonal empty.
    rng : numpy.random.Generator
        Drawn on the host.
    sparse : bool
        Return a `scipy.sparse.csr_array`. NumPy only.

    Returns
    -------
    array or csr_array, shape (N, N)
        Library and dtype of `A`.

    Raises
    ------
    ValueError
        If shapes differ, `P` leaves [0, 1], or `P` is not symmetric although `A` is.

    Examples
    --------
    >>> A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    >>> prune(A, np.full((2, 2), 1.0), rng=np.random.default_rng(0))
    array([[-1. ,  0.5],
           [ 0.5, -1. ]])
    """
    xp = get_array_module(A)
    require_square_matrix("A", A)
    require_finite("P", P)
    require_same_shape("P", P, "A", A)
    require_choice("diagonal", diagonal, DIAGONALS)
    if bool((P < 0).any()) or bool((P > 1).any()):
        raise ValueError("P must hold probabilities between 0 and 1")
    symmetric = is_symmetric(A)
    if symmetric and not is_symmetric(P):
        raise ValueError("P must be symmetric because A is: an undirected synapse has one probability")
    if sparse:
        require_numpy("A", A)
    pruned = xp.empty(A.shape, dtype=A.dtype)
    for rows in row_blocks(len(A)):
        p = P[rows]
        keep = asarray(rng.random(p.shape) < to_numpy(p), like=A)
        pruned[rows] = xp.where(keep, A[rows], 0) / xp.where(keep, asarray(p, like=A), 1)
    if symmetric:
        mirror_upper_triangle(pruned)
    xp.fill_diagonal(pruned, 0)
    _set_diagonal(pruned, A, diagonal)
    return scipy_sparse.csr_array(pruned) if sparse else pruned


def threshold_prune(A: Any, score: Any, *, density: float, diagonal: str = "original") -> Any:
    """Keep the synapses of the largest score as they are and remove the rest: no chance and no strengthening.

    Exactly round(density * m) synapses stay; of equal scores the first in row-major order do.

    Parameters
    ----------
    A : array, shape (N, N)
    score : array, shape (N, N)
        Read where there is a synapse; symmetric if `A` is.
    density : float
        Share of the existing synapses that is kept, in (0, 1].
    diagonal : {"matched", "original", "zero"}
        As for `prune`.

    Returns
    -------
    array, shape (N, N)

    Raises
    ------
    ValueError
        If shapes differ, `score` is not finite, or it is not symmetric although `A` is.

    Examples
    --------
    >>> A = np.array([[-3.0, 2.0, 0.1], [2.0, -3.0, 0.5], [0.1, 0.5, -3.0]])
    >>> threshold_prune(A, -abs(A), density=1 / 3)
    array([[-3. ,  0. ,  0.1],
           [ 0. , -3. ,  0. ],
           [ 0.1,  0. , -3. ]])
    """
    require_square_matrix("A", A)
    require_finite("score", score)
    require_same_shape("score", score, "A", A)
    require_density(density)
    require_choice("diagonal", diagonal, DIAGONALS)
    xp = get_array_module(A)
    symmetric = is_symmetric(A)
    if symmetric and not is_symmetric(score):
        raise ValueError("score must be symmetric because A is: an undirected synapse has one score")
    exists = (xp.triu(A, 1) if symmetric else A - xp.diag(xp.diagonal(A))) != 0
    pruned = xp.where(keep_largest(score, exists, round(density * int(exists.sum()))), A, 0)
    if symmetric:
        pruned = pruned + pruned.T
    _set_diagonal(pruned, A, diagonal)
    return pruned


def magnitude_prune(A: Any, *, density: float, diagonal: str = "original") -> Any:
    """`threshold_prune` by the strength of synapses: the deterministic rule of machine learning.

    Examples
    --------
    >>> A = np.array([[-3.0, 2.0, 0.1], [2.0, -3.0, 0.5], [0.1, 0.5, -3.0]])
    >>> magnitude_prune(A, density=1 / 3)
    array([[-3.,  2.,  0.],
           [ 2., -3.,  0.],
           [ 0.,  0., -3.]])
    """
    require_square_matrix("A", A)
    return threshold_prune(A, get_array_module(A).abs(A), density=density, diagonal=diagonal)


def _set_diagonal(pruned: Any, A: Any, diagonal: str) -> None:
    """Write the leak of `A`, changed as `diagonal` says, into `pruned`, whose diagonal is zero."""
    xp = get_array_module(A)
    if diagonal == "zero":
        return
    leak = xp.diagonal(A).copy()
    if diagonal == "matched":
        before = absolute_row_sums(A) - xp.abs(leak)
        leak -= absolute_row_sums(pruned) - before
    xp.fill_diagonal(pruned, leak)
