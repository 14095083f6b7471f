r"""Preservation probabilities: noise-prune and the controls that share its density.

Every rule is a score per synapse and a multiplier :math:`\kappa`: :math:`p = \min(1, \kappa\,\text{score})`. The
multiplier is found by water-filling, so that the expected number of synapses is met exactly even where p clips at 1.
An undirected synapse of a symmetric network is counted once; densities are relative to the synapses that exist.
"""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.checks import require_choice, require_finite, require_positive, require_same_shape
from pruninglab.noiseprune.checks import is_symmetric, require_density, require_square_matrix
from pruninglab.noiseprune.covariance import diff_covariance
from pruninglab.selection import water_level

CLIPPING = ("water", "naive")


def leverages(A: Any, C: Any, *, sigma: float = 1.0) -> Any:
    r"""Leverage of every synapse: :math:`q_{ij} = \frac{2}{\sigma^2}|w_{ij}|\,\delta_{ij}`.

    For a symmetric diagonally dominant network :math:`q \in (0, 1]`, and over undirected edges it sums to N minus
    :math:`\sum_i r_i (B^{-1})_{ii}`, r the slack of each row (Moore & Chaudhuri 2020, Eq 8).

    Parameters
    ----------
    A, C : array, shape (N, N)
        Network and its noise covariance.
    sigma : float
        Noise for which `C` was computed.

    Returns
    -------
    array, shape (N, N)
        Zero where there is no synapse, and on the diagonal.

    Examples
    --------
    >>> from pruninglab.noiseprune import noise_covariance
    >>> A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    >>> leverages(A, noise_covariance(A)).round(4)
    array([[0.    , 0.6667],
           [0.6667, 0.    ]])
    """
    require_positive("sigma", sigma)
    q = diff_covariance(A, C)
    q *= get_array_module(A).abs(A)
    q *= 2 / sigma**2
    return q


def preservation_probabilities(
    A: Any,
    C: Any,
    *,
    density: float | None = None,
    kappa: float | None = None,
    eps: float | None = None,
    clip: str = "water",
) -> Any:
    r"""Noise-prune: the probability to keep each synapse, from weight and covariance alone.

    :math:`p_{ij} = \min(1, K|w_{ij}|\,\mathrm{Var}(x_i - s_{ij}x_j))` (Moore & Chaudhuri 2020, Eqs 4 and 12).

    Parameters
    ----------
    A, C : array, shape (N, N)
        Network and its noise covariance. With `kappa` or `eps`, `C` must belong to unit noise.
    density : float, optional
        Expected share of the existing synapses that is kept, in (0, 1]. The scale of `C` does not matter.
    kappa : float, optional
        Multiplier of the leverage, above 0.
    eps : float, optional
        Spectral accuracy in (0, 1); sets kappa = 4 ln N / eps^2.
    clip : {"water", "naive"}
        With `density`: "water" meets the expected number exactly. "naive" scales the sum first and clips at 1
        afterwards, as the authors' code does, and falls short of it.

    Returns
    -------
    array, shape (N, N)
        Zero diagonal and zero where there is no synapse; symmetric if `A` and `C` are.

    Raises
    ------
    ValueError
        Unless exactly one of `density`, `kappa` and `eps` is given and lies in its range.

    Examples
    --------
    >>> from pruninglab.noiseprune import clustered_network, noise_covariance
    >>> A = clustered_network([20, 30], n_between=20, rng=np.random.default_rng(0))
    >>> P = preservation_probabilities(A, noise_covariance(A), density=0.25)
    >>> n_edges = np.count_nonzero(np.triu(A, 1))
    >>> bool(np.isclose(np.triu(P).sum(), 0.25 * n_edges))
    True
    """
    if sum(choice is not None for choice in (density, kappa, eps)) != 1:
        raise ValueError("give exactly one of density, kappa and eps")
    q = leverages(A, C)
    if density is not None:
        return fill_to_density(A, q, density=density, clip=clip)
    if eps is not None:
        if not 0 < eps < 1:
            raise ValueError(f"eps must lie in (0, 1), got {eps!r}")
        kappa = 4 * np.log(A.shape[0]) / eps**2
    require_positive("kappa", kappa)
    _check_score(A, q)
    q *= float(kappa)
    return get_array_module(q).minimum(q, 1, out=q)


def weight_probabilities(A: Any, *, density: float) -> Any:
    r"""Control of Moore & Chaudhuri 2020, Fig 2: :math:`p \propto |w|`.

    Examples
    --------
    >>> weight_probabilities(np.array([[-1.0, 0.5], [0.5, -1.0]]), density=0.5)
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    require_square_matrix("A", A)
    return fill_to_density(A, _weights(A), density=density)


def degree_probabilities(A: Any, *, density: float) -> Any:
    r"""Covariance-free control: :math:`p \propto |w_{ij}|\,(1/|A_{ii}| + 1/|A_{jj}|)`, weight relative to leak.

    It is what noise-prune becomes when the rest of the network tells a synapse nothing. Not in the paper.

    Raises
    ------
    ValueError
        If an entry of the diagonal of `A` is not negative.

    Examples
    --------
    >>> degree_probabilities(np.array([[-1.0, 0.5], [0.5, -1.0]]), density=0.5)
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    require_square_matrix("A", A)
    leak = -get_array_module(A).diagonal(A)
    if not bool((leak > 0).all()):
        raise ValueError("A must have a negative diagonal: the degree rule divides by the leak")
    return fill_to_density(A, _weights(A) * (1 / leak[:, None] + 1 / leak[None, :]), density=density)


def uniform_probabilities(A: Any, *, density: float) -> Any:
    """Control: every synapse has the same probability, `density`.

    Examples
    --------
    >>> uniform_probabilities(np.array([[-1.0, 0.5], [0.5, -1.0]]), density=0.5)
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    require_square_matrix("A", A)
    return fill_to_density(A, _synapses(A).astype(A.dtype), density=density)


def fill_to_density(A: Any, score: Any, *, density: float, clip: str = "water") -> Any:
    r"""Scale and clip `score` so that the expected share of the synapses of `A` that is kept is `density`.

    "water" is `pruninglab.selection.water_level`.

    Parameters
    ----------
    A : array, shape (N, N)
        Says which synapses exist, and whether they are undirected (exactly symmetric) or directed.
    score : array, shape (N, N)
        Non-negative; zero where there is no synapse; symmetric if `A` is.
    density : float
        In (0, 1].
    clip : {"water", "naive"}

    Returns
    -------
    array, shape (N, N)

    Raises
    ------
    ValueError
        If `density` lies outside (0, 1], `score` is negative, or fewer synapses have a positive score than are to
        be kept.
    """
    require_square_matrix("A", A)
    require_density(density)
    require_choice("clip", clip, CLIPPING)
    _check_score(A, score)
    xp = get_array_module(score)
    edges = score[xp.triu(_synapses(A)) if is_symmetric(A) else _synapses(A)]
    if edges.size == 0:
        raise ValueError("A has no synapse to prune")
    target = density * edges.size
    n_positive = int((edges > 0).sum())
    if target > n_positive:
        raise ValueError(f"density asks for {target:g} synapses, but only {n_positive} have a positive score")
    kappa = target / edges.sum() if clip == "naive" else water_level(edges[edges > 0], target)
    P = float(kappa) * score
    return xp.minimum(P, 1, out=P)


def _check_score(A: Any, score: Any) -> None:
    """Raise unless `score` is non-negative, zero without a synapse, and symmetric if `A` is."""
    require_finite("score", score)
    require_same_shape("score", score, "A", A)
    if bool((score < 0).any()):
        raise ValueError("score must not be negative; is C the covariance of this A?")
    if bool(((score != 0) & ~_synapses(A)).any()):
        raise ValueError("score must be zero where A has no synapse, and on the diagonal")
    if is_symmetric(A) and not is_symmetric(score):
        raise ValueError("score must be symmetric because A is; is C symmetric?")


def _synapses(A: Any) -> Any:
    """Boolean matrix of the synapses that exist."""
    synapses = A != 0
    get_array_module(A).fill_diagonal(synapses, False)
    return synapses


def _weights(A: Any) -> Any:
    """Absolute weights, zero on the diagonal."""
    return get_array_module(A).abs(A) * _synapses(A)
