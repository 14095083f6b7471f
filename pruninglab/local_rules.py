r"""Scores of synapses from what their two ends can know, the same for every kind of network.

A synapse knows its weight, the variances of the activities of its two neurons, their covariance, and the variance of
their product. The rules of all three papers can be written with these.
"""

from typing import Any, NamedTuple

import numpy as np

from pruninglab.checks import require_choice, require_finite, require_same_shape

RULES = (
    "magnitude",
    "degree",
    "leverage",
    "saliency_matched",
    "saliency_original",
    "variance",
    "random",
    "anti",
)
"""Their order is part of the random streams of the bench; a new one goes to the end."""


class Statistics(NamedTuple):
    """What is known of the activity at the ends of N by M synapses: receivers along rows, senders along columns."""

    receiver_variance: np.ndarray
    """Shape (N,)."""
    sender_variance: np.ndarray
    """Shape (M,)."""
    covariance: np.ndarray
    """Of receiver and sender, shape (N, M)."""
    product_variance: np.ndarray
    """Of the product of their activities, shape (N, M)."""


def gaussian_statistics(C: np.ndarray) -> Statistics:
    r"""Statistics of neurons whose activity is Gaussian with mean 0 and covariance `C`, shape (N, N).

    :math:`\mathrm{Var}(x_ix_j) = C_{ii}C_{jj} + C_{ij}^2` (Isserlis).

    Examples
    --------
    >>> gaussian_statistics(np.array([[1.0, 0.5], [0.5, 2.0]])).product_variance
    array([[2.  , 2.25],
           [2.25, 8.  ]])
    """
    variance = np.diagonal(C)
    return Statistics(variance, variance, C, np.outer(variance, variance) + C**2)


def statistics_of(receivers: np.ndarray, senders: np.ndarray) -> Statistics:
    """Statistics counted in samples: `receivers` of shape (S, N), `senders` of shape (S, M).

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> statistics_of(x, x).product_variance
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    n = len(receivers)
    means = receivers.mean(axis=0), senders.mean(axis=0)
    product = receivers.T @ senders / n
    squares = (receivers**2).T @ senders**2 / n
    return Statistics(
        receivers.var(axis=0), senders.var(axis=0), product - np.outer(*means), np.maximum(squares - product**2, 0)
    )


def local_score(rule: str, W: np.ndarray, statistics: Statistics, *, rng: Any = None) -> np.ndarray:
    r"""Score of every synapse: the larger, the more it is worth keeping.

    ``magnitude``          :math:`|w_{ij}|` (Averbeck 2022)
    ``degree``             :math:`|w_{ij}|\,(1/s_i + 1/s_j)`, s the total weight of a neuron's synapses
    ``leverage``           :math:`|w_{ij}|\,\mathrm{Var}(x_i - s_{ij}x_j)` (Moore & Chaudhuri 2020, Eq 4)
    ``saliency_matched``   its square: weight squared times Fisher information if the leak follows the weight
    ``saliency_original``  :math:`w_{ij}^2\,\mathrm{Var}(x_ix_j)`: the same with a fixed leak
    ``variance``           :math:`\mathrm{Var}(x_ix_j)` (Scholl, Rule & Hennig 2021, Eq 4)
    ``random``             a random number
    ``anti``               :math:`1/\mathrm{Var}(x_ix_j)`: what variance keeps last

    Parameters
    ----------
    rule : str
        One of `RULES`.
    W : ndarray, shape (N, M)
        Weights; 0 where there is no synapse.
    statistics : Statistics
    rng : numpy.random.Generator, optional
        Needed by ``random`` alone.

    Returns
    -------
    ndarray, shape (N, M)
        0 where there is no synapse; scores of one rule are comparable only with each other.

    Examples
    --------
    >>> W = np.array([[0.0, -2.0], [-2.0, 0.0]])
    >>> local_score("leverage", W, gaussian_statistics(np.array([[1.0, 0.5], [0.5, 1.0]])))
    array([[0., 6.],
           [6., 0.]])
    """
    require_choice("rule", rule, RULES)
    require_finite("W", W)
    require_same_shape("covariance", statistics.covariance, "W", W)
    exists, size = W != 0, np.abs(W)
    if rule == "magnitude":
        return size
    if rule == "random":
        if rng is None:
            raise ValueError("rng must be given: random scores are drawn")
        return np.where(exists, rng.random(W.shape), 0)
    if rule == "degree":
        totals = [np.where(total > 0, total, 1) for total in (size.sum(axis=1), size.sum(axis=0))]
        return size * (1 / totals[0][:, None] + 1 / totals[1])
    if rule in ("variance", "saliency_original"):
        return np.where(exists, statistics.product_variance, 0) * (1 if rule == "variance" else size**2)
    if rule == "anti":
        least = np.finfo(statistics.product_variance.dtype).tiny
        return np.where(exists, 1 / np.maximum(statistics.product_variance, least), 0)
    variances = statistics.receiver_variance[:, None] + statistics.sender_variance
    leverage = size * np.maximum(variances - 2 * np.sign(W) * statistics.covariance, 0)
    return leverage if rule == "leverage" else leverage**2
