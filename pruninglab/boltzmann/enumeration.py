"""What is exact in small machines: every state of one layer is visited, the other layer sums out by itself."""

from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module
from pruninglab.boltzmann.rbm import RBM, for_each_machine, free_energy, hidden_probability, transposed

MOST_UNITS = 20
"""A layer of 20 units has about a million states."""


def all_states(n: int) -> np.ndarray:
    """All 2**n states of n binary units: row k is k in binary, the first unit the most significant bit.

    Parameters
    ----------
    n : int
        From 1 to 20.

    Returns
    -------
    ndarray of float64, shape (2**n, n)

    Raises
    ------
    ValueError
        For another number.

    Examples
    --------
    >>> all_states(2)
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [1., 1.]])
    """
    if not 1 <= n <= MOST_UNITS:
        raise ValueError(f"n must lie between 1 and {MOST_UNITS}, or the states do not fit into memory; got {n}")
    return (np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1) & 1).astype(float)


def state_number(v: Any) -> Any:
    """Row of `all_states` that every state is; the inverse of `all_states`.

    Parameters
    ----------
    v : ndarray of 0 and 1, shape (..., n)

    Returns
    -------
    ndarray of int, shape (...)

    Examples
    --------
    >>> state_number(np.array([[0, 1, 1], [1, 0, 0]]))
    array([3, 4])
    """
    xp = get_array_module(v)
    return v.astype(np.int64) @ (1 << xp.arange(v.shape[-1] - 1, -1, -1))


def log_partition(rbm: RBM) -> Any:
    """Logarithm of the partition function Z, by enumeration of the smaller layer (Eq 7).

    Parameters
    ----------
    rbm : RBM
        Its smaller layer has at most 20 units.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If both layers are larger.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((3, 2)), b=np.zeros(3), c=np.zeros(2))
    >>> bool(np.isclose(log_partition(rbm), 5 * np.log(2)))
    True
    """
    machine = rbm if rbm.n_visible <= rbm.n_hidden else transposed(rbm)
    return for_each_machine(lambda one: _log_sum_exp(-free_energy(one, _states(one))), machine)


def exact_distribution(rbm: RBM) -> Any:
    """Probability of every visible state, in the order of `all_states(n_v)`.

    Parameters
    ----------
    rbm : RBM
        At most 20 visible units.

    Returns
    -------
    ndarray, shape (..., 2**n_v)

    Raises
    ------
    ValueError
        If there are more.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.array([np.log(3)]), c=np.zeros(1))
    >>> exact_distribution(rbm)
    array([0.25, 0.75])
    """
    xp = get_array_module(rbm.W)
    return xp.exp(log_probabilities(rbm))


def log_probabilities(rbm: RBM) -> Any:
    """Logarithm of `exact_distribution`, which does not underflow.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.array([1000.0]), c=np.zeros(1))
    >>> log_probabilities(rbm)
    array([-1000.,     0.])
    """
    return for_each_machine(_log_probabilities, rbm)


def exact_moments(rbm: RBM) -> tuple[Any, Any, Any]:
    r"""Mean rates and co-firing: :math:`\langle v_i \rangle, \langle h_j \rangle, \langle v_i h_j \rangle`.

    Parameters
    ----------
    rbm : RBM
        Its smaller layer has at most 20 units.

    Returns
    -------
    v : ndarray, shape (..., n_v)
    h : ndarray, shape (..., n_h)
    vh : ndarray, shape (..., n_v, n_h)

    Raises
    ------
    ValueError
        If both layers are larger.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.array([np.log(3)]), c=np.zeros(1))
    >>> [moment.round(4).tolist() for moment in exact_moments(rbm)]
    [[0.75], [0.5], [[0.375]]]
    """
    if rbm.n_visible > rbm.n_hidden:
        h, v, hv = exact_moments(transposed(rbm))
        return v, h, get_array_module(hv).swapaxes(hv, -1, -2)

    def moments(one: RBM) -> Any:
        """(n_v + 1, n_h + 1): co-firing, bordered by the rates."""
        states, p, H = enumerated(one)
        xp = get_array_module(p)
        both = xp.zeros((one.n_visible + 1, one.n_hidden + 1), dtype=one.W.dtype)
        both[:-1, :-1] = states.T @ (p[:, None] * H)
        both[:-1, -1] = p @ states
        both[-1, :-1] = p @ H
        return both

    both = for_each_machine(moments, rbm).clip(0, 1)
    return both[..., :-1, -1], both[..., -1, :-1], both[..., :-1, :-1]


def enumerated(rbm: RBM) -> tuple[Any, Any, Any]:
    """Of a single machine: all visible states, their probabilities, and those of the hidden units given each.

    Returns
    -------
    states : ndarray, shape (2**n_v, n_v)
    p : ndarray, shape (2**n_v,)
    H : ndarray, shape (2**n_v, n_h)
    """
    states = _states(rbm)
    return states, get_array_module(rbm.W).exp(_log_probabilities(rbm)), hidden_probability(rbm, states)


def _states(rbm: RBM) -> Any:
    return asarray(all_states(rbm.n_visible), rbm.W).astype(rbm.W.dtype)


def _log_probabilities(rbm: RBM) -> Any:
    unnormalised = -free_energy(rbm, _states(rbm))
    return unnormalised - _log_sum_exp(unnormalised)


def _log_sum_exp(values: Any) -> Any:
    xp = get_array_module(values)
    largest = values.max()
    return largest + xp.log(xp.exp(values - largest).sum())
