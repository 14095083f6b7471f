"""Pruning of deep Boltzmann machines: layer by layer, and dead ends after it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.boltzmann.dbm import DBM
from pruninglab.boltzmann.deep_training import Masks, checked_masks
from pruninglab.boltzmann.particles import Particles
from pruninglab.boltzmann.pruning import EXTRA_CRITERIA, PRUNING_CRITERIA, RANDOM_CRITERIA, Moments, prune_weights
from pruninglab.boltzmann.sampling import sample_moments
from pruninglab.checks import require_choice
from pruninglab.streams import generators

DEEP_CRITERIA = tuple(criterion for criterion in PRUNING_CRITERIA if criterion != "eigenvector")
"""The paper's six for deep machines: the matrix of all weights is out of reach."""
LAYERWISE_CRITERIA = (*DEEP_CRITERIA, *(criterion for criterion in EXTRA_CRITERIA if "marginal" not in criterion))
"""All criteria that need no more than samples of two adjacent layers."""


def layer_moments(samples: Particles) -> tuple[Moments, Moments]:
    """Mean rates and co-firing of both pairs of adjacent layers, over joint samples of all three layers.

    Parameters
    ----------
    samples : Particles
        Shapes (..., S, n).

    Returns
    -------
    tuple of two tuples
        As `sample_moments`, for (v, h1) and for (h1, h2).
    """
    return sample_moments(samples.v, samples.h1), sample_moments(samples.h1, samples.h2)


def prune_dbm(
    dbm: DBM,
    criterion: str,
    fractions: Sequence[float],
    *,
    masks: Masks | None = None,
    statistics: Sequence[Moments] | None = None,
    rng: Any = None,
) -> Masks:
    """Prune a fraction of each layer's weights; masks in, masks out. Units are not looked at: see `remove_dead_ends`.

    Within a layer the rules are those of `prune_weights`. The paper has one more: if the share of the existing weights
    with a score of exactly 0 exceeds the fraction, all of these go and no others. That is what a percentile does if a
    score has to lie *above* it to be kept: it is then 0 itself.

    Parameters
    ----------
    dbm : DBM
    criterion : str
        One of `LAYERWISE_CRITERIA`.
    fractions : two floats
        Share of the existing weights to remove from W1 and from W2, in [0, 1).
    masks : tuple of ndarray of bool, shapes (..., n_v, n_h1) and (..., n_h1, n_h2), optional
        True where a weight exists; all do if they are not given.
    statistics : tuple of two tuples
        See `layer_moments`. The criteria by Fisher information need them, the others do not.
    rng : numpy.random.Generator or sequence of Generators, one per machine
        For the random criteria only.

    Returns
    -------
    tuple of two ndarrays of bool

    Raises
    ------
    TypeError
        If a mask is not boolean.
    ValueError
        For an unknown criterion, a fraction out of range, a layer without weights, missing statistics or `rng`.

    Examples
    --------
    >>> dbm = DBM(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.zeros(1), np.zeros(2), np.zeros(1))
    >>> masks = prune_dbm(dbm, "weight_magnitude", (0.5, 0.5))
    >>> [mask.ravel().tolist() for mask in masks]
    [[False, True], [False, True]]
    """
    require_choice("criterion", criterion, LAYERWISE_CRITERIA)
    if len(fractions) != 2:
        raise ValueError(f"fractions must be two, one for W1 and one for W2, got {fractions!r}")
    if statistics is None and criterion.endswith("_fi"):
        raise ValueError(
            f"statistics must be given for the criterion {criterion!r}: nothing about a deep machine is exact"
        )
    if statistics is not None and len(statistics) != 2:
        raise ValueError(f"statistics must be two, one for each pair of layers, got {len(statistics)}")
    if rng is not None and criterion in RANDOM_CRITERIA:
        rng = generators(rng, int(np.prod(dbm.leading_shape)))
    of_layers = zip(dbm.layers(), fractions, checked_masks(masks, dbm), statistics or (None, None), strict=True)
    pruned = []
    for layer, fraction, existing, moments in of_layers:
        pruned.append(prune_weights(layer, criterion, fraction, mask=existing, statistics=moments, rng=rng))
    return tuple(pruned)


def zero_share(scores: Any, existing: Any) -> Any:
    """Share of the existing weights whose score is exactly 0, shape (...).

    Examples
    --------
    >>> float(zero_share(np.array([[0.0, 0.1, 0.0]]), np.array([[True, True, False]])))
    0.5
    """
    return ((scores == 0) & existing).sum(axis=(-1, -2)) / existing.sum(axis=(-1, -2))


def remove_dead_ends(masks: Masks) -> Masks:
    """Remove units of h1 that have lost one side, with all weights of their other side.

    A unit of h1 stays if it has a weight to v *and* one to h2, a unit of h2 if it has any. Visible units always stay.
    One pass is enough: it takes weights from units of h1 that go, and none from those that stay.

    Parameters
    ----------
    masks : tuple of ndarray of bool, shapes (..., n_v, n_h1) and (..., n_h1, n_h2)

    Returns
    -------
    tuple of two ndarrays of bool

    Examples
    --------
    >>> first, second = remove_dead_ends((np.array([[True, False]]), np.array([[True], [True]])))
    >>> first.tolist(), second.tolist()
    ([[True, False]], [[True], [False]])
    """
    first, second = masks
    alive = (first.any(axis=-2) & second.any(axis=-1))[..., None, :]
    return first & alive, second & alive.swapaxes(-1, -2)


def connected_units(masks: Masks) -> tuple[Any, Any, Any]:
    """Which units of v, h1 and h2 have a weight left; shapes (..., n_v), (..., n_h1), (..., n_h2).

    Examples
    --------
    >>> v, h1, h2 = connected_units((np.array([[True, False]]), np.array([[True], [False]])))
    >>> v.tolist(), h1.tolist(), h2.tolist()
    ([True], [True, False], [True])
    """
    first, second = masks
    return first.any(axis=-1), first.any(axis=-2) | second.any(axis=-1), second.any(axis=-2)


def apply_masks(dbm: DBM, masks: Masks) -> DBM:
    """The machines with the weights outside the masks set to 0; all else is unaltered."""
    first, second = (asarray(mask, dbm.W1) for mask in masks)
    return DBM(dbm.W1 * first, dbm.W2 * second, dbm.b, dbm.c1, dbm.c2)


def without_lost_units(dbm: DBM, masks: Masks) -> tuple[DBM, Masks]:
    """One machine without the hidden units that have no weight left: smaller arrays, the same distribution of v.

    Parameters
    ----------
    dbm : DBM
        Without leading axes.
    masks : tuple of ndarray of bool

    Returns
    -------
    DBM
    tuple of two ndarrays of bool

    Raises
    ------
    ValueError
        If there are leading axes, or no hidden unit of a layer is left.
    """
    if dbm.leading_shape:
        raise ValueError(f"dbm must be one machine, got leading axes {dbm.leading_shape}")
    h1, h2 = _places(masks)
    if not len(h1) or not len(h2):
        raise ValueError("masks must leave a unit in each hidden layer")
    j, k = asarray(h1, dbm.W1), asarray(h2, dbm.W1)
    small = DBM(dbm.W1[:, j], dbm.W2[j][:, k], dbm.b, dbm.c1[j], dbm.c2[k])
    j, k = asarray(h1, masks[0]), asarray(h2, masks[0])
    return small, (masks[0][:, j], masks[1][j][:, k])


def with_lost_units(small: DBM, dbm: DBM, masks: Masks) -> DBM:
    """Undo `without_lost_units`: the smaller machine at its places in the larger one.

    Parameters
    ----------
    small : DBM
        What `without_lost_units` gave for `dbm` and `masks`, trained since.
    dbm : DBM
    masks : tuple of ndarray of bool

    Returns
    -------
    DBM
        Lost units keep their biases.
    """
    xp = get_array_module(dbm.W1)
    j, k = (asarray(units, dbm.W1) for units in _places(masks))
    W1, W2, c1, c2 = (xp.zeros_like(dbm.W1), xp.zeros_like(dbm.W2), dbm.c1.copy(), dbm.c2.copy())
    W1[:, j], W2[xp.ix_(j, k)], c1[j], c2[k] = small.W1, small.W2, small.c1, small.c2
    return DBM(W1, W2, small.b, c1, c2)


def _places(masks: Masks) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the hidden units that are left, on the host: they index arrays of either library."""
    _, h1, h2 = connected_units(masks)
    return np.flatnonzero(to_numpy(h1)), np.flatnonzero(to_numpy(h2))
