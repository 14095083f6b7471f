"""Fisher information of restricted Boltzmann machines, exact (Scholl, Rule & Hennig 2021, Eqs 2, 3, 5)."""

from typing import Any

import numpy as np
from scipy import linalg

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.boltzmann.enumeration import enumerated
from pruninglab.boltzmann.rbm import RBM, for_each_machine
from pruninglab.checks import require_finite


def fisher_information(rbm: RBM, *, marginal: bool = False) -> Any:
    r"""Exact Fisher information matrix of the joint distribution P(v, h), or of p(v) alone (Eqs 2, 3).

    The joint one is the covariance of the sufficient statistics :math:`g = (v, h, v \otimes h)`. That of the visible
    distribution is the covariance of :math:`E[g \mid v]`, and so never larger.

    Parameters
    ----------
    rbm : RBM
        At most 20 visible units.
    marginal : bool
        Of p(v) instead of P(v, h).

    Returns
    -------
    ndarray, shape (..., P, P)
        P = n_v + n_h + n_v n_h parameters in the order b, c, W row by row.

    Raises
    ------
    ValueError
        If there are more visible units.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.zeros(1), c=np.zeros(1))
    >>> fisher_information(rbm)
    array([[0.25  , 0.    , 0.125 ],
           [0.    , 0.25  , 0.125 ],
           [0.125 , 0.125 , 0.1875]])
    """
    return for_each_machine(lambda one: _fisher_information(one, marginal), rbm)


def marginal_fi(rbm: RBM) -> Any:
    r"""Diagonal of the Fisher information of p(v) for the weights: the variance of :math:`v_i\, p(h_j = 1 \mid v)`.

    Parameters
    ----------
    rbm : RBM
        At most 20 visible units.

    Returns
    -------
    ndarray, shape (..., n_v, n_h)

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((1, 1)), b=np.zeros(1), c=np.zeros(1))
    >>> marginal_fi(rbm)
    array([[0.0625]])
    """

    def variance(one: RBM) -> Any:
        states, p, H = enumerated(one)
        weighted = p[:, None] * H
        return states.T @ (weighted * H) - (states.T @ weighted) ** 2

    return for_each_machine(variance, rbm)


def leading_eigenvector(F: Any) -> tuple[Any, Any]:
    r"""Largest eigenvalue of symmetric matrices and its eigenvector, the direction of the steepest change.

    Parameters
    ----------
    F : ndarray, shape (..., P, P)

    Returns
    -------
    eigenvalue : ndarray, shape (...)
    u : ndarray, shape (..., P)
        Of length 1, its largest entry in size positive. Computed on the host.

    Examples
    --------
    >>> eigenvalue, u = leading_eigenvector(np.array([[2.0, 0.0], [0.0, 1.0]]))
    >>> float(eigenvalue), u.tolist()
    (2.0, [1.0, 0.0])
    """
    require_finite("F", F)
    matrices = to_numpy(F)
    last = matrices.shape[-1] - 1
    eigenvalues = np.empty(matrices.shape[:-2], dtype=matrices.dtype)
    vectors = np.empty(matrices.shape[:-1], dtype=matrices.dtype)
    for index in np.ndindex(eigenvalues.shape):
        value, vector = linalg.eigh(matrices[index], subset_by_index=[last, last])
        largest = np.abs(vector[:, 0]).argmax()
        eigenvalues[index], vectors[index] = value[0], vector[:, 0] * np.sign(vector[largest, 0])
    return asarray(eigenvalues, F), asarray(vectors, F)


def parameter_blocks(n_visible: int, n_hidden: int) -> dict[str, slice]:
    """Where b, c and W lie in the order of `fisher_information`.

    Examples
    --------
    >>> parameter_blocks(2, 3)
    {'b': slice(0, 2, None), 'c': slice(2, 5, None), 'W': slice(5, 11, None)}
    """
    first = n_visible + n_hidden
    end = first + n_visible * n_hidden
    return {"b": slice(0, n_visible), "c": slice(n_visible, first), "W": slice(first, end)}


def existing_parameters(mask: Any) -> np.ndarray:
    """Which parameters a pruned machine still has: all b, the c of connected hidden units, the weights of the mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (n_v, n_h)

    Returns
    -------
    ndarray of bool, shape (P,)

    Examples
    --------
    >>> existing_parameters(np.array([[True, False]])).tolist()
    [True, True, False, True, False]
    """
    mask = to_numpy(mask)
    return np.concatenate([np.ones(len(mask), dtype=bool), mask.any(axis=0), mask.ravel()])


def _fisher_information(rbm: RBM, marginal: bool) -> Any:
    xp = get_array_module(rbm.W)
    states, p, H = enumerated(rbm)
    given_v = xp.concatenate([states, H, (states[:, :, None] * H[:, None, :]).reshape(len(states), -1)], axis=1)
    given_v -= p @ given_v
    given_v *= xp.sqrt(p)[:, None]
    F = given_v.T @ given_v
    if not marginal:
        _add_hidden_part(F, states, p[:, None] * H * (1 - H))
    return F


def _add_hidden_part(F: Any, states: Any, variance: Any) -> None:
    """Add E_v[Cov(g | v)]: only parameters of the same hidden unit share in it; `variance` is p(v) Var(h_j | v)."""
    xp = get_array_module(F)
    n_v, n_h = states.shape[1], variance.shape[1]
    senders = xp.concatenate([xp.ones((len(states), 1), dtype=states.dtype), states], axis=1)
    pairs = (senders[:, :, None] * senders[:, None, :]).reshape(len(states), -1)
    blocks = (pairs.T @ variance).reshape(n_v + 1, n_v + 1, n_h)
    for j in range(n_h):
        own = xp.concatenate([xp.arange(n_v + j, n_v + j + 1), n_v + n_h + j + n_h * xp.arange(n_v)])
        F[own[:, None], own[None, :]] += blocks[:, :, j]
