"""Generators of the networks that the experiments prune."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse.linalg import eigs, eigsh

from pruninglab.checks import require_positive

RESCALING = 1.1
"""The authors divide all weights by this factor times the largest real part of the spectrum of W."""


def clustered_network(
    sizes: Sequence[int],
    *,
    within_density: float = 0.6,
    n_between: int = 5000,
    symmetric: bool = True,
    rng: np.random.Generator,
) -> np.ndarray:
    r"""Network of dense clusters joined by sparse long-range synapses (Moore & Chaudhuri 2020, Fig 2).

    Inside a cluster of size n, a share `within_density` of the n (n-1)/2 pairs is joined by a weight drawn from
    N(1, 1). Then `n_between` matrix entries, drawn uniformly from all pairs of neurons and not only from pairs in
    different clusters, get a weight from U(0, 1) *added*. All weights are divided by
    :math:`1.1\,\lambda_{\max}(W)`, as the authors' code does; this fixes the unit of time. The leak is
    :math:`A_{ii} = -\sum_{j \ne i} |W_{ij}|`: exact diagonal dominance, no slack.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in each cluster; they follow each other in this order.
    within_density : float
        Share of the pairs inside a cluster that are joined, in (0, 1].
    n_between : int
        Matrix entries that get a long-range weight; half as many undirected edges if `symmetric`.
    symmetric : bool
        Draw each unordered pair once and mirror it. Otherwise upper and lower triangle are drawn independently.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float64, shape (N, N)
        A = -D + W with negative diagonal.

    Raises
    ------
    ValueError
        If a size is below 2, `within_density` lies outside (0, 1] or `n_between` is negative or asks for more
        pairs than there are.

    Examples
    --------
    >>> A = clustered_network([20, 30], n_between=10, rng=np.random.default_rng(0))
    >>> A.shape, bool((A == A.T).all())
    ((50, 50), True)
    """
    if len(sizes) == 0 or any(size < 2 for size in sizes):
        raise ValueError(f"sizes must name at least one cluster of 2 or more neurons, got {list(sizes)}")
    _require_within_density(within_density)
    n = int(sum(sizes))
    if not 0 <= n_between <= n * (n - 1):
        raise ValueError(f"n_between must lie between 0 and N (N - 1) = {n * (n - 1)}, got {n_between!r}")
    W = _clustered_triangle(sizes, within_density, n_between // 2, rng)
    W += W.T if symmetric else _clustered_triangle(sizes, within_density, n_between - n_between // 2, rng).T
    _rescale(W, symmetric)
    np.fill_diagonal(W, -np.abs(W).sum(axis=1))
    return W


def illustration_network(
    *,
    n_clusters: int = 3,
    cluster_size: int = 20,
    within_density: float = 0.8,
    n_bridges: int = 10,
    n_strong: int = 5,
    strength: float = 5.0,
    slack: float = 0.001,
    signed: bool = False,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Small network in the spirit of Moore & Chaudhuri 2020, Fig 1a-b; the paper gives no sizes, these are ours.

    Dense clusters, `n_bridges` edges of weight U(0, 1) between different clusters, and `n_strong` edges inside
    clusters made `strength` times as strong. Weights inside clusters are N(1, 1) if `signed`, else their absolute
    values. Scaling as in `clustered_network`. The leak exceeds the total input of each neuron by the share `slack`:
    with positive weights alone and no slack, A would not be stable.

    Returns
    -------
    A : ndarray of float64, shape (N, N)
    bridges : ndarray of int, shape (n_bridges, 2)
        Pairs (i, j), i < j, of neurons in different clusters.
    strong : ndarray of int, shape (n_strong, 2)

    Raises
    ------
    ValueError
        If there are fewer pairs or synapses than `n_bridges` or `n_strong`, or `slack` is negative.

    Examples
    --------
    >>> A, bridges, strong = illustration_network(rng=np.random.default_rng(0))
    >>> A.shape, len(bridges), len(strong)
    ((60, 60), 10, 5)
    """
    _require_within_density(within_density)
    if n_clusters < 1 or cluster_size < 2:
        raise ValueError(f"n_clusters must be at least 1 and cluster_size 2, got {n_clusters} and {cluster_size}")
    if not 0 <= slack < np.inf:
        raise ValueError(f"slack must be a finite number, 0 or above, got {slack!r}")
    require_positive("strength", strength)
    cluster = np.repeat(np.arange(n_clusters), cluster_size)
    W = _clustered_triangle([cluster_size] * n_clusters, within_density, 0, rng)
    if not signed:
        W = np.abs(W)
    apart = np.argwhere(np.triu(cluster[:, None] != cluster[None, :]))
    inside = np.argwhere(W)
    if n_bridges > len(apart) or n_strong > len(inside):
        raise ValueError(f"n_bridges and n_strong must be at most {len(apart)} and {len(inside)} in this network")
    bridges = apart[np.sort(rng.choice(len(apart), n_bridges, replace=False))]
    strong = inside[np.sort(rng.choice(len(inside), n_strong, replace=False))]
    W[tuple(bridges.T)] = rng.uniform(size=n_bridges)
    W[tuple(strong.T)] *= strength
    W += W.T
    _rescale(W, symmetric=True)
    np.fill_diagonal(W, -(1 + slack) * np.abs(W).sum(axis=1))
    return W, bridges, strong


def bridge_network(
    *,
    n_clusters: int = 15,
    cluster_size: int = 100,
    mean_degree: float = 40.0,
    n_bridges: int = 2,
    slack: float = 0.01,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Chain of excitatory clusters, neighbours joined by a few synapses: a network whose slow modes cross bridges.

    Weights inside clusters are the absolute values of N(1, 1), those of bridges U(0, 1), and none is rescaled. Pairs
    inside clusters are drawn with replacement (a random cluster, two of its neurons): 1.05 times as many as
    `mean_degree` asks for, of which self-pairs and repeats drop out. The leak of a neuron is its total input plus
    `slack`. Not in the paper.

    Parameters
    ----------
    n_clusters, cluster_size : int
    mean_degree : float
        Nominal synapses per neuron; dropped draws leave somewhat fewer.
    n_bridges : int
        Synapses between each cluster and the next.
    slack : float
        Leak beyond the total input, above 0: with excitation alone and no slack, A would not be stable.
    rng : numpy.random.Generator

    Returns
    -------
    A : ndarray of float64, shape (N, N)
        Symmetric; neurons of a cluster follow each other.
    bridges : ndarray of int, shape ((n_clusters - 1) * n_bridges, 2)
        Pairs (i, j), i < j.

    Raises
    ------
    ValueError
        If a size is too small, or there are fewer pairs between two clusters than `n_bridges`.

    Examples
    --------
    >>> A, bridges = bridge_network(n_clusters=3, cluster_size=10, mean_degree=4, rng=np.random.default_rng(0))
    >>> A.shape, len(bridges)
    ((30, 30), 4)
    """
    if n_clusters < 1 or cluster_size < 2:
        raise ValueError(f"n_clusters must be at least 1 and cluster_size 2, got {n_clusters} and {cluster_size}")
    if not 0 <= n_bridges <= cluster_size**2:
        raise ValueError(f"n_bridges must lie between 0 and cluster_size^2 = {cluster_size**2}, got {n_bridges!r}")
    require_positive("mean_degree", mean_degree)
    require_positive("slack", slack)
    n_draws = int(1.05 * n_clusters * cluster_size * mean_degree / 2)
    first = cluster_size * rng.integers(n_clusters, size=n_draws)
    pairs = np.sort(first[:, None] + rng.integers(cluster_size, size=(n_draws, 2)), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    W = np.zeros((n_clusters * cluster_size,) * 2)
    W[tuple(pairs.T)] = np.abs(rng.normal(1.0, 1.0, size=len(pairs)))
    joints = [rng.choice(cluster_size**2, n_bridges, replace=False) for _ in range(n_clusters - 1)]
    joints = np.array(joints, dtype=int).reshape(n_clusters - 1, n_bridges)
    start = cluster_size * np.arange(n_clusters - 1)
    ends = np.stack(np.divmod(joints, cluster_size), axis=-1)
    bridges = (ends + start[:, None, None] + np.array([0, cluster_size])).reshape(-1, 2)
    W[tuple(bridges.T)] = rng.uniform(size=len(bridges))
    W += W.T
    np.fill_diagonal(W, -(W.sum(axis=1) + slack))
    return W, bridges


def _require_within_density(within_density: float) -> None:
    if not 0 < within_density <= 1:
        raise ValueError(f"within_density must lie in (0, 1], got {within_density!r}")


def _clustered_triangle(
    sizes: Sequence[int], within_density: float, n_long: int, rng: np.random.Generator
) -> np.ndarray:
    """Strictly upper triangle of W before scaling."""
    n = int(sum(sizes))
    W = np.zeros((n, n))
    start = 0
    for size in sizes:
        n_pairs = size * (size - 1) // 2
        i, j = _sample_pairs(size, int(within_density * n_pairs), rng)
        W[start + i, start + j] = rng.normal(1.0, 1.0, size=len(i))
        start += size
    i, j = _sample_pairs(n, n_long, rng)
    W[i, j] += rng.uniform(size=n_long)
    return W


def _sample_pairs(n: int, k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw `k` different unordered pairs (i < j) of `n` neurons, uniformly."""
    row_ends = np.cumsum(np.arange(n - 1, 0, -1))
    chosen = rng.choice(row_ends[-1], size=k, replace=False, shuffle=False)
    i = np.searchsorted(row_ends, chosen, side="right")
    return i, chosen - row_ends[i] + n


def _rescale(W: np.ndarray, symmetric: bool) -> None:
    """Divide W in place by RESCALING times the largest real part of its spectrum."""
    n = W.shape[0]
    if not W.any():
        raise ValueError("the network has no synapse; raise within_density or the number of long-range synapses")
    if n < 20:
        largest = (np.linalg.eigvalsh(W) if symmetric else np.linalg.eigvals(W)).real.max()
    elif symmetric:
        largest = eigsh(W, k=1, which="LA", v0=np.ones(n), return_eigenvectors=False)[0]
    else:
        largest = eigs(W, k=1, which="LR", v0=np.ones(n), return_eigenvectors=False)[0].real
    if largest <= 0:
        raise ValueError("the largest eigenvalue of W is not positive: too few synapses to scale by; raise a density")
    W /= RESCALING * largest
