r"""Joint training of deep Boltzmann machines: mean field with v clamped, persistent chains for the model's own side.

For a batch X of B rows and P particles: :math:`\mu^1, \mu^2` from `mean_field`; one Gibbs step of the particles;
:math:`g_{W^1} = X^\top \mu^1 / B - v^\top h^1 / P`, :math:`g_{W^2} = \mu^{1\top} \mu^2 / B - h^{1\top} h^2 / P`, biases
likewise; :math:`\Delta = \eta (\mu \Delta + g)`. Then no unit's incoming weights may have a norm above a maximum
(Scholl, Rule & Hennig 2021, Materials and methods; after Salakhutdinov & Larochelle 2010).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.boltzmann.dbm import DBM, mean_field
from pruninglab.boltzmann.draws import uniform_draws
from pruninglab.boltzmann.particles import Particles, gibbs_step, initial_particles
from pruninglab.boltzmann.training import checked_mask, per_epoch, require_binary
from pruninglab.checks import require_positive
from pruninglab.streams import generators

Masks = tuple[Any, Any]


def train_dbm(
    dbm: DBM,
    patterns: Any,
    *,
    epochs: int,
    learning_rate: float | Sequence[float],
    momentum: float | Sequence[float] = 0.9,
    batch_size: int = 1,
    n_particles: int = 100,
    max_norm: float = 6.0,
    masks: Masks | None = None,
    tolerance: float = 1e-7,
    max_iterations: int = 50,
    rng: Any,
) -> tuple[DBM, Particles]:
    """Train all layers together; rows are visited in their order.

    Parameters
    ----------
    dbm : DBM
        Where training starts; weights outside the masks must be 0.
    patterns : ndarray of 0 and 1, shape (S, n_v)
        The first `n_particles` of them are the particles' first visible states.
    epochs : int
        Passes over the patterns.
    learning_rate, momentum : float or one per epoch
        Updates begin with a change of 0.
    batch_size : int
        Rows per update; the last update of an epoch has what is left.
    n_particles : int
        P, at most S.
    max_norm : float
        Largest Euclidean norm of the incoming weights of a hidden unit, from the layer below it.
    masks : tuple of ndarray of bool, shapes (..., n_v, n_h1) and (..., n_h1, n_h2), optional
        True where a weight exists; the others stay 0.
    tolerance, max_iterations
        See `mean_field`.
    rng : numpy.random.Generator or sequence of Generators, one per machine

    Returns
    -------
    DBM
        Library and dtype of `dbm`.
    Particles
        Where the persistent chains have ended.

    Raises
    ------
    TypeError
        If a mask is not boolean.
    ValueError
        If a shape does not fit, the patterns are not binary, a number is out of range, or a weight outside its mask is
        not 0.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> patterns = np.repeat([[0.0, 1.0], [1.0, 0.0]], 200, axis=0)
    >>> start = DBM(0.1 * rng.normal(size=(2, 3)), 0.1 * rng.normal(size=(3, 2)), *map(np.zeros, (2, 3, 2)))
    >>> options = {"epochs": 40, "learning_rate": 0.3, "batch_size": 10, "rng": rng}
    >>> trained, particles = train_dbm(start, rng.permutation(patterns), **options)
    >>> bool((particles.v.sum(axis=1) == 1).mean() > 0.7)
    True
    """
    rates = per_epoch("learning_rate", learning_rate, epochs)
    momenta = per_epoch("momentum", momentum, epochs)
    require_positive("max_norm", max_norm)
    x = _checked_patterns(patterns, dbm, batch_size, n_particles)
    free = checked_masks(masks, dbm)
    streams = generators(rng, int(np.prod(dbm.leading_shape)))
    draw = uniform_draws(streams, dbm.leading_shape, dbm.W1)
    particles = initial_particles(dbm, x[:n_particles], streams)
    changes = [0 * array for array in dbm.arrays()]
    for rate, momentum in zip(rates.tolist(), momenta.tolist(), strict=True):
        for first in range(0, len(x), batch_size):
            rows = x[first : first + batch_size]
            mu = mean_field(dbm, rows, tolerance=tolerance, max_iterations=max_iterations)
            particles = gibbs_step(dbm, dbm.layers(), particles, draw)
            gradients = _gradients(Particles(rows, *mu), particles, free)
            changes = [rate * (momentum * old + new) for old, new in zip(changes, gradients, strict=True)]
            W1, W2, *biases = (array + change for array, change in zip(dbm.arrays(), changes, strict=True))
            dbm = DBM(_limited(W1, float(max_norm)), _limited(W2, float(max_norm)), *biases)
    return dbm, particles


def checked_masks(masks: Masks | None, dbm: DBM) -> Masks:
    """Both masks in the library of the machines, all True if there are none; errors as `checked_mask`, by layer."""
    if masks is None:
        masks = (None, None)
    if len(masks) != 2:
        raise ValueError(f"masks must be two, one for W1 and one for W2, got {len(masks)}")
    return tuple(checked_mask(mask, layer) for mask, layer in zip(masks, dbm.layers(), strict=True))


def _checked_patterns(patterns: Any, dbm: DBM, batch_size: int, n_particles: int) -> Any:
    """Patterns in the library and dtype of the machines, if they fit them and the sizes."""
    patterns = to_numpy(patterns)
    require_binary("patterns", patterns)
    if patterns.shape[1] != dbm.n_units[0]:
        raise ValueError(f"patterns must have shape (S, {dbm.n_units[0]}), got {patterns.shape}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if not 1 <= n_particles <= len(patterns):
        raise ValueError(f"n_particles must lie between 1 and the {len(patterns)} patterns, got {n_particles}")
    return asarray(patterns, dbm.W1).astype(dbm.W1.dtype)


def _gradients(clamped: Particles, free_running: Particles, free: Masks) -> list[Any]:
    """Differences of the sufficient statistics, in the order of the machine's fields; weights masked."""
    data, model = _statistics(clamped), _statistics(free_running)
    W1, W2, *biases = (there - here for there, here in zip(data, model, strict=True))
    return [W1 * free[0], W2 * free[1], *biases]


def _statistics(states: Particles) -> list[Any]:
    """Means of products of adjacent layers and of the layers' states."""
    v, h1, h2 = states
    n = v.shape[-2]
    products = [v.swapaxes(-1, -2) @ h1 / n, h1.swapaxes(-1, -2) @ h2 / n]
    return [*products, *(state.mean(axis=-2) for state in states)]


def _limited(W: Any, max_norm: float) -> Any:
    """Weights with no column longer than `max_norm`."""
    xp = get_array_module(W)
    norms = xp.sqrt((W * W).sum(axis=-2, keepdims=True))
    return W * (max_norm / xp.maximum(norms, max_norm))
