"""How far distributions over the visible states are from each other, and what a deleted weight costs: all exact."""

from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.boltzmann.enumeration import enumerated, state_number
from pruninglab.boltzmann.rbm import RBM, for_each_machine
from pruninglab.boltzmann.training import require_binary
from pruninglab.checks import require_choice

DIVERGENCES = ("joint", "marginal", "data")


def empirical_distribution(patterns: Any) -> Any:
    """Share of every visible state among patterns, in the order of `all_states`.

    Parameters
    ----------
    patterns : ndarray of 0 and 1, shape (S, n_v)

    Returns
    -------
    ndarray of float64, shape (2**n_v,)

    Raises
    ------
    ValueError
        If there are no rows or they are not binary.

    Examples
    --------
    >>> import numpy as np
    >>> empirical_distribution(np.array([[0, 1], [0, 1], [1, 1], [0, 0]]))
    array([0.25, 0.5 , 0.  , 0.25])
    """
    require_binary("patterns", patterns)
    xp = get_array_module(patterns)
    return xp.bincount(state_number(patterns), minlength=2 ** patterns.shape[-1]) / len(patterns)


def kl_divergence(q: Any, log_p: Any) -> Any:
    r"""Kullback-Leibler divergence :math:`D(q \| p) = \sum_v q \ln (q / p)` in nats; states that q never shows add 0.

    Parameters
    ----------
    q : ndarray, shape (..., X)
        Probabilities.
    log_p : ndarray, shape (..., X)
        Logarithms of probabilities, see `log_probabilities`; minus infinity where q > 0 gives infinity.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> import numpy as np
    >>> kl_divergence(np.array([1.0, 0.0]), np.log([0.5, 0.5])).round(4)
    np.float64(0.6931)
    """
    xp = get_array_module(q)
    log_q = xp.log(xp.where(q > 0, q, 1))
    return xp.where(q > 0, q * (log_q - xp.where(q > 0, log_p, 0)), 0).sum(axis=-1)


def total_variation(q: Any, p: Any) -> Any:
    r"""Total variation, :math:`\tfrac12 \sum_v |q - p|`: the largest difference in the probability of any event.

    Examples
    --------
    >>> import numpy as np
    >>> total_variation(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    np.float64(0.5)
    """
    return abs(q - p).sum(axis=-1) / 2


def deletion_cost(rbm: RBM, divergence: str, q: Any = None) -> Any:
    r"""Exact cost, in nats, of setting each weight to 0 while all else stays.

    ``"joint"``: :math:`D(P_{v,h} \| P'_{v,h})`. ``"marginal"``: :math:`D(p(v) \| p'(v))`. ``"data"``: the increase of
    :math:`D(q \| p)`, which may be negative. The free energy changes by one term only, that of the weight's hidden
    unit, so each weight costs one pass over the states.

    Parameters
    ----------
    rbm : RBM
        At most 20 visible units.
    divergence : {"joint", "marginal", "data"}
    q : ndarray, shape (2**n_v,), optional
        Distribution of the data, for ``"data"``.

    Returns
    -------
    ndarray, shape (..., n_v, n_h)

    Raises
    ------
    ValueError
        For another divergence, or if `q` is missing.

    Examples
    --------
    >>> import numpy as np
    >>> rbm = RBM(W=np.array([[0.0, 2.0]]), b=np.zeros(1), c=np.zeros(2))
    >>> deletion_cost(rbm, "joint").round(3)
    array([[0.   , 0.468]])
    """
    require_choice("divergence", divergence, DIVERGENCES)
    if divergence == "data" and (q is None or q.shape != (2**rbm.n_visible,)):
        raise ValueError(f"q must hold the {2**rbm.n_visible} probabilities of the data for the divergence 'data'")
    return for_each_machine(lambda one: _deletion_cost(one, divergence, q), rbm)


def _deletion_cost(rbm: RBM, divergence: str, q: Any) -> Any:
    xp = get_array_module(rbm.W)
    states, p, H = enumerated(rbm)
    activation = states @ rbm.W + rbm.c
    terms = xp.logaddexp(0, activation)
    weights = q if divergence == "data" else p
    costs = xp.empty_like(rbm.W)
    for i in range(rbm.n_visible):
        on = states[:, i] > 0
        change = xp.logaddexp(0, activation[on] - rbm.W[i]) - terms[on]
        log_partition_change = _log_mean_exp(p[on], change, p[~on].sum())
        if divergence == "joint":
            costs[i] = log_partition_change + rbm.W[i] * (p[on] @ H[on])
        else:
            costs[i] = log_partition_change - weights[on] @ change
    return costs


def _log_mean_exp(p: Any, change: Any, rest: Any) -> Any:
    """Logs of the means of e^change, a column each: over states of probabilities p, and a rest that does not change."""
    xp = get_array_module(p)
    growth = p @ xp.expm1(change)
    moderate = growth > -0.5
    return xp.where(moderate, xp.log1p(xp.where(moderate, growth, 0)), xp.log(rest + p @ xp.exp(change)))
