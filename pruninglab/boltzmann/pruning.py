"""Which weights of a Boltzmann machine to prune: the seven criteria of Scholl, Rule & Hennig (2021), and three more."""

from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.boltzmann.enumeration import exact_moments
from pruninglab.boltzmann.estimates import heuristic_fi, variance_fi
from pruninglab.boltzmann.fisher import (
    existing_parameters,
    fisher_information,
    leading_eigenvector,
    marginal_fi,
    parameter_blocks,
)
from pruninglab.boltzmann.rbm import RBM
from pruninglab.boltzmann.training import checked_mask
from pruninglab.checks import require_choice
from pruninglab.streams import generators

PRUNING_CRITERIA = (
    "variance_fi",
    "heuristic_fi",
    "eigenvector",
    "weight_magnitude",
    "anti_fi",
    "random_weights",
    "random_units",
)
"""The paper's."""
EXTRA_CRITERIA = ("weighted_fi", "marginal_fi", "weighted_marginal_fi")
"""Ours: :math:`w^2 F`, the diagonal of the Fisher information of p(v), and :math:`w^2` times that."""
RANDOM_CRITERIA = ("random_weights", "random_units")

Moments = tuple[Any, Any, Any]


def importance(model: RBM, criterion: str, *, mask: Any = None, statistics: Moments | None = None) -> Any:
    r"""Score of every weight under a criterion; what scores low goes, except under ``anti_fi``.

    ========================  ==============================================================================
    ``variance_fi``           Eq 4, :math:`\langle v_i h_j \rangle (1 - \langle v_i h_j \rangle)`
    ``heuristic_fi``          Eq 6, from the weight and two rates
    ``eigenvector``           size of the entry of the leading eigenvector of the full matrix, Eq 5
    ``weight_magnitude``      :math:`|w_{ij}|`
    ``anti_fi``               Eq 4; what scores *high* goes
    ``weighted_fi``           :math:`w_{ij}^2 F_{ij}`, twice the saliency of optimal brain damage
    ``marginal_fi``           diagonal of the Fisher information of p(v) instead of P(v, h)
    ``weighted_marginal_fi``  :math:`w_{ij}^2` times it
    ========================  ==============================================================================

    Parameters
    ----------
    model : RBM
    criterion : str
    mask : ndarray of bool, shape (..., n_v, n_h), optional
        Weights that exist. Only the eigenvector needs it: it is that of the parameters that exist.
    statistics : tuple, optional
        :math:`\langle v \rangle, \langle h \rangle, \langle v h \rangle`, for example means over samples; exact ones if
        not given. The eigenvector and the marginal criteria are always exact.

    Returns
    -------
    ndarray, shape (..., n_v, n_h)

    Raises
    ------
    ValueError
        For an unknown or a random criterion.

    Examples
    --------
    >>> model = RBM(W=np.array([[1.0, -2.0]]), b=np.zeros(1), c=np.zeros(2))
    >>> importance(model, "weight_magnitude")
    array([[1., 2.]])
    """
    criteria = tuple(name for name in (*PRUNING_CRITERIA, *EXTRA_CRITERIA) if name not in RANDOM_CRITERIA)
    require_choice("criterion", criterion, criteria)
    xp = get_array_module(model.W)
    if criterion == "weight_magnitude":
        return xp.abs(model.W)
    if criterion == "eigenvector":
        return _eigenvector_importance(model, mask)
    if criterion in ("marginal_fi", "weighted_marginal_fi"):
        score = marginal_fi(model)
    else:
        v, h, vh = exact_moments(model) if statistics is None else statistics
        score = heuristic_fi(model.W, v, h) if criterion == "heuristic_fi" else variance_fi(vh)
    return score * model.W**2 if criterion.startswith("weighted") else score


def prune_weights(
    model: RBM,
    criterion: str,
    fraction: float,
    *,
    mask: Any = None,
    statistics: Moments | None = None,
    rng: Any = None,
) -> Any:
    """Prune a fraction of the weights that exist; mask in, mask out.

    A score is kept if it lies *above* the percentile of the existing scores, under ``anti_fi`` if it lies at or below
    the opposite one. If scores are tied at the percentile, more or fewer may go than the fraction, all of them even.
    ``random_weights`` removes exactly floor(fraction * n) weights. ``random_units`` removes hidden units one by one and
    stops before the first that would take more weights than that.

    Parameters
    ----------
    model : RBM
    criterion : str
        One of `PRUNING_CRITERIA` or `EXTRA_CRITERIA`.
    fraction : float
        Share of the existing weights to remove, in [0, 1).
    mask : ndarray of bool, shape (..., n_v, n_h), optional
        True where a weight exists; all do if it is not given.
    statistics : tuple, optional
        See `importance`.
    rng : numpy.random.Generator or sequence of Generators, one per machine
        For the random criteria only.

    Returns
    -------
    ndarray of bool, shape (..., n_v, n_h)

    Raises
    ------
    TypeError
        If the mask is not boolean.
    ValueError
        For an unknown criterion, a fraction out of range, a machine without weights, a random criterion without `rng`.

    Examples
    --------
    >>> model = RBM(W=np.array([[1.0, -2.0, 0.5, 3.0]]), b=np.zeros(1), c=np.zeros(4))
    >>> prune_weights(model, "weight_magnitude", 0.5)
    array([[False,  True, False,  True]])
    """
    require_choice("criterion", criterion, (*PRUNING_CRITERIA, *EXTRA_CRITERIA))
    if not 0 <= fraction < 1:
        raise ValueError(f"fraction must lie in [0, 1), got {fraction!r}")
    existing = checked_mask(mask, model)
    if not bool(existing.any(axis=(-1, -2)).all()):
        raise ValueError("mask must leave every machine at least one weight")
    kept = to_numpy(existing).copy()
    if criterion in RANDOM_CRITERIA:
        if rng is None:
            raise ValueError(f"rng must be given for the criterion {criterion!r}")
        choose = {"random_weights": _keep_random_weights, "random_units": _keep_random_units}[criterion]
        streams = generators(rng, int(np.prod(model.leading_shape)))
        for stream, index in zip(streams, np.ndindex(model.leading_shape), strict=True):
            kept[index] = choose(kept[index], fraction, stream)
    else:
        scores = to_numpy(importance(model, criterion, mask=existing, statistics=statistics))
        keep = _keep_at_or_below if criterion == "anti_fi" else _keep_above
        for index in np.ndindex(model.leading_shape):
            kept[index] &= keep(scores[index], kept[index], fraction)
    return asarray(kept, model.W)


def apply_mask(model: RBM, mask: Any) -> RBM:
    """The machines with the weights outside the mask set to 0; all else is unaltered.

    Examples
    --------
    >>> model = RBM(W=np.ones((1, 2)), b=np.zeros(1), c=np.zeros(2))
    >>> apply_mask(model, np.array([[True, False]])).W
    array([[1., 0.]])
    """
    return RBM(model.W * asarray(mask, model.W), model.b, model.c)


def connected_hidden(mask: Any) -> Any:
    """Which hidden units have a weight left, shape (..., n_h); the others leave the network.

    A unit without weights is independent of all others: its presence in the arrays changes no probability of v.

    Examples
    --------
    >>> connected_hidden(np.array([[True, False], [True, False]])).tolist()
    [True, False]
    """
    return mask.any(axis=-2)


def connected_visible(mask: Any) -> Any:
    """Which visible units have a weight left, shape (..., n_v); the others stay, with their bias alone.

    Examples
    --------
    >>> connected_visible(np.array([[True, False], [False, False]])).tolist()
    [True, False]
    """
    return mask.any(axis=-1)


def _eigenvector_importance(model: RBM, mask: Any) -> Any:
    """Size of the weights' entries in the leading eigenvector over the existing parameters; 0 for the others."""
    xp = get_array_module(model.W)
    mask = xp.ones(model.W.shape, dtype=bool) if mask is None else mask
    weights = parameter_blocks(model.n_visible, model.n_hidden)["W"]
    scores = np.zeros(model.W.shape, dtype=model.W.dtype)
    for index in np.ndindex(model.leading_shape):
        existing = np.flatnonzero(existing_parameters(mask[index]))
        F = to_numpy(fisher_information(model[index]))[np.ix_(existing, existing)]
        u = np.zeros(weights.stop, dtype=model.W.dtype)
        u[existing] = np.abs(leading_eigenvector(F)[1])
        scores[index] = u[weights].reshape(scores[index].shape)
    return asarray(scores, model.W)


def _keep_above(scores: np.ndarray, existing: np.ndarray, fraction: float) -> np.ndarray:
    return scores > np.percentile(scores[existing], round(100 * fraction, 9))


def _keep_at_or_below(scores: np.ndarray, existing: np.ndarray, fraction: float) -> np.ndarray:
    return scores <= np.percentile(scores[existing], round(100 * (1 - fraction), 9))


def _keep_random_weights(existing: np.ndarray, fraction: float, rng: np.random.Generator) -> np.ndarray:
    kept = existing.copy()
    places = np.flatnonzero(existing)
    kept.flat[rng.choice(places, _budget(fraction, len(places)), replace=False)] = False
    return kept


def _keep_random_units(existing: np.ndarray, fraction: float, rng: np.random.Generator) -> np.ndarray:
    kept = existing.copy()
    left = _budget(fraction, existing.sum())
    for unit in rng.permutation(np.flatnonzero(existing.any(axis=0))):
        left -= existing[:, unit].sum()
        if left < 0:
            break
        kept[:, unit] = False
    return kept


def _budget(fraction: float, n_weights: int) -> int:
    """floor(fraction * n), in spite of the rounding of decimal fractions."""
    return int(fraction * n_weights + 1e-9)
