"""Gibbs chains of deep Boltzmann machines: particles that go on from where they were (persistent chains)."""

from typing import Any, NamedTuple

from pruninglab.boltzmann.dbm import DBM, first_hidden_probability
from pruninglab.boltzmann.draws import Draw, bernoulli, uniform_draws
from pruninglab.boltzmann.rbm import RBM, as_states, hidden_probability, sigmoid, visible_probability


class Particles(NamedTuple):
    """Joint states of the three layers, 0 and 1; shapes (..., P, n_v), (..., P, n_h1), (..., P, n_h2)."""

    v: Any
    h1: Any
    h2: Any


def initial_particles(dbm: DBM, v: Any, rng: Any) -> Particles:
    r"""Particles with patterns as their visible states, and codes of these patterns above them.

    :math:`h^1` is drawn from a bottom-up pass in which the input from v counts twice, :math:`h^2` given it.

    Parameters
    ----------
    dbm : DBM
    v : ndarray of 0 and 1, shape (P, n_v) or (..., P, n_v)
    rng : numpy.random.Generator or sequence of Generators, one per machine

    Returns
    -------
    Particles

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1))
    >>> initial_particles(DBM(40 * one, -40 * one, *3 * [20 * one[0]]), one, np.random.default_rng(0)).h2
    array([[0.]])
    """
    draw = uniform_draws(rng, dbm.leading_shape, dbm.W1)
    v = as_states("v", v, dbm.b)
    n_particles = v.shape[-2]
    _, n_h1, n_h2 = dbm.n_units
    h1 = bernoulli(sigmoid(2 * (v @ dbm.W1) + dbm.c1[..., None, :]), draw((n_particles, n_h1)))
    h2 = bernoulli(hidden_probability(dbm.layers()[1], h1), draw((n_particles, n_h2)))
    return Particles(v + 0 * h1[..., :1], h1, h2)


def gibbs_steps(dbm: DBM, particles: Particles, n_steps: int, rng: Any) -> Particles:
    r"""Let every chain take steps: :math:`h^1` given v and :math:`h^2`, then v and :math:`h^2` given :math:`h^1`.

    Parameters
    ----------
    dbm : DBM
    particles : Particles
    n_steps : int
        At least 1.
    rng : numpy.random.Generator or sequence of Generators, one per machine

    Returns
    -------
    Particles

    Raises
    ------
    ValueError
        If there is no step, or a shape does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> still = DBM(np.zeros((1, 1)), np.zeros((1, 1)), np.log([3.0]), np.zeros(1), np.zeros(1))
    >>> start = Particles(*3 * [np.zeros((10_000, 1))])
    >>> bool(abs(gibbs_steps(still, start, 1, rng).v.mean() - 0.75) < 0.02)
    True
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    draw = uniform_draws(rng, dbm.leading_shape, dbm.W1)
    biases = (dbm.b, dbm.c1, dbm.c2)
    states = zip(Particles._fields, particles, biases, strict=True)
    particles = Particles(*(as_states(f"particles.{name}", state, bias) for name, state, bias in states))
    if len({state.shape[-2] for state in particles}) != 1:
        rows = ", ".join(str(state.shape[-2]) for state in particles)
        raise ValueError(f"particles must have the same number of rows in all layers, got {rows}")
    layers = dbm.layers()
    for _ in range(n_steps):
        particles = gibbs_step(dbm, layers, particles, draw)
    return particles


def gibbs_step(dbm: DBM, layers: tuple[RBM, RBM], particles: Particles, draw: Draw) -> Particles:
    """One step of every chain of a machine with these `layers`; `draw` gives the uniform numbers of a layer."""
    first, second = layers
    h1 = first_hidden_probability(dbm, particles.v, particles.h2)
    h1 = bernoulli(h1, draw(h1.shape[-2:]))
    h2, v = hidden_probability(second, h1), visible_probability(first, h1)
    return Particles(bernoulli(v, draw(v.shape[-2:])), h1, bernoulli(h2, draw(h2.shape[-2:])))
