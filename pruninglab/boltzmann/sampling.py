"""Joint samples of a machine: independent and exact ones by enumeration, or the ends of Gibbs chains."""

from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.boltzmann.enumeration import all_states, exact_distribution
from pruninglab.boltzmann.rbm import RBM, hidden_probability, visible_probability
from pruninglab.streams import generators


def exact_samples(rbm: RBM, n_samples: int, rng: Any) -> tuple[Any, Any]:
    """Independent samples of (v, h) from the machine's own distribution, not from a chain.

    Parameters
    ----------
    rbm : RBM
        At most 20 visible units.
    n_samples : int
        S, at least 1.
    rng : numpy.random.Generator or sequence of Generators, one per machine
        Drawn on the host.

    Returns
    -------
    v : ndarray of 0 and 1, shape (..., S, n_v)
    h : ndarray of 0 and 1, shape (..., S, n_h)

    Raises
    ------
    ValueError
        If the number is below 1 or there are too many visible units.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.array([np.log(3)]), c=np.zeros(1))
    >>> v, h = exact_samples(rbm, 10_000, np.random.default_rng(0))
    >>> bool(abs(v.mean() - 0.75) < 0.02), bool(abs(h.mean() - 0.5) < 0.02)
    (True, True)
    """
    _require_samples("n_samples", n_samples)
    streams = generators(rng, int(np.prod(rbm.leading_shape)))
    p = to_numpy(exact_distribution(rbm)).astype(np.float64).reshape(len(streams), -1)
    p /= p.sum(axis=-1, keepdims=True)
    numbers = np.stack([own.choice(len(row), size=n_samples, p=row) for own, row in zip(streams, p, strict=True)])
    v = asarray(all_states(rbm.n_visible)[numbers], rbm.W).astype(rbm.W.dtype)
    v = v.reshape(*rbm.leading_shape, n_samples, rbm.n_visible)
    return v, _bernoulli(hidden_probability(rbm, v), streams)


def gibbs_samples(rbm: RBM, n_chains: int, n_steps: int, rng: Any, *, v: Any = None) -> tuple[Any, Any]:
    """Ends of independent Gibbs chains, as the authors sample: a step draws v given h, then h given v.

    Parameters
    ----------
    rbm : RBM
    n_chains : int
        S, at least 1.
    n_steps : int
        Steps of every chain, at least 1; the paper's number is 200.
    rng : numpy.random.Generator or sequence of Generators, one per machine
        Drawn on the host.
    v : ndarray, shape (S, n_v) or (..., S, n_v), optional
        Visible states to begin with; the first h is then drawn given them. Without them every hidden unit is on with
        probability 1/2.

    Returns
    -------
    v : ndarray of 0 and 1, shape (..., S, n_v)
    h : ndarray of 0 and 1, shape (..., S, n_h)

    Raises
    ------
    ValueError
        If a number is below 1 or `v` has another shape.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.array([np.log(3)]), c=np.zeros(1))
    >>> v, h = gibbs_samples(rbm, 10_000, 1, np.random.default_rng(0))
    >>> bool(abs(v.mean() - 0.75) < 0.02)
    True
    """
    _require_samples("n_chains", n_chains)
    _require_samples("n_steps", n_steps)
    streams = generators(rng, int(np.prod(rbm.leading_shape)))
    if v is None:
        half = get_array_module(rbm.W).full((*rbm.leading_shape, n_chains, rbm.n_hidden), 0.5, dtype=rbm.W.dtype)
        h = _bernoulli(half, streams)
    else:
        v = asarray(v, rbm.W)
        if v.ndim < 2 or v.shape[-2] != n_chains:
            raise ValueError(f"v must have {n_chains} rows, one per chain, got shape {v.shape}")
        h = _bernoulli(hidden_probability(rbm, v), streams)
    for _ in range(n_steps):
        v = _bernoulli(visible_probability(rbm, h), streams)
        h = _bernoulli(hidden_probability(rbm, v), streams)
    return v, h


def sample_moments(v: Any, h: Any) -> tuple[Any, Any, Any]:
    """Mean rates and co-firing of joint samples, in the place of `exact_moments`.

    Parameters
    ----------
    v : ndarray, shape (..., S, n_v)
    h : ndarray, shape (..., S, n_h)

    Returns
    -------
    v : ndarray, shape (..., n_v)
    h : ndarray, shape (..., n_h)
    vh : ndarray, shape (..., n_v, n_h)

    Examples
    --------
    >>> sample_moments(np.array([[1.0], [0.0]]), np.array([[1.0], [1.0]]))
    (array([0.5]), array([1.]), array([[0.5]]))
    """
    return v.mean(axis=-2), h.mean(axis=-2), v.swapaxes(-1, -2) @ h / v.shape[-2]


def _bernoulli(probabilities: Any, streams: Any) -> Any:
    """Draws of 0 and 1, every machine from its own stream."""
    shape = probabilities.shape[-2:]
    uniforms = np.stack([own.random(shape, dtype=probabilities.dtype) for own in streams])
    return (asarray(uniforms.reshape(probabilities.shape), probabilities) < probabilities).astype(probabilities.dtype)


def _require_samples(name: str, n: int) -> None:
    if n < 1:
        raise ValueError(f"{name} must be at least 1, got {n}")
