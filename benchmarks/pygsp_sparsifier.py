"""PyGSP's sparsifier, made to run with current SciPy, and what can be read off its result.

PyGSP follows Spielman and Srivastava: it draws edges with replacement, with probabilities proportional to weight times
effective resistance, and adds w / (n p) to an edge for each of its draws.
"""

from unittest.mock import patch

import numpy as np
from pygsp import reduction, utils
from scipy import sparse, stats


def graph_sparsify(L: sparse.csc_matrix, *, epsilon: float, seed: int) -> sparse.lil_matrix:
    """`pygsp.reduction.graph_sparsify`, with the function that SciPy 1.3 removed put in its place."""
    with patch.object(stats, "itemfreq", _itemfreq, create=True):
        return reduction.graph_sparsify(L, epsilon, seed=seed)


def effective_resistances(L: sparse.csc_matrix) -> np.ndarray:
    """Effective resistance of every pair of nodes, shape (N, N)."""
    return utils.resistance_distance(L).toarray()


def number_of_draws(n: int, epsilon: float) -> int:
    """Draws that `graph_sparsify` makes at its first attempt."""
    return round(n * np.log(n) * 9 * (4 / 30) ** 2 / epsilon**2)


def table_of_draws(n: int, n_edges: int, epsilon: float) -> float:
    """GiB of the largest array behind `graph_sparsify`: SciPy compares each draw with each edge, one byte each."""
    return number_of_draws(n, epsilon) * n_edges / 2**30


def draws_per_edge(sparsified: sparse.lil_matrix, weights: np.ndarray, p: np.ndarray, n_draws: int) -> np.ndarray:
    """How often each edge was drawn if PyGSP drew with the probabilities `p`: whole numbers only if it did.

    `weights` and `p` have shape (N, N); `p` sums to 1 over the lower triangle. PyGSP 0.6.1 returns minus the weights
    and leaves the diagonal empty.
    """
    i, j = np.nonzero(np.tril(weights, -1))
    return -sparsified.toarray()[i, j] * n_draws * p[i, j] / weights[i, j]


def _itemfreq(values: np.ndarray) -> np.ndarray:
    return np.column_stack(np.unique(values, return_counts=True))
