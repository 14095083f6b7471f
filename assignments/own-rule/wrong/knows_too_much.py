"""The rule works, but it uses what no synapse can know."""

import numpy as np
from scipy import stats


# %% q1 loses 1: a receiver sums its covariances with all neurons, with a synapse or not
def my_score(W, statistics):
    total = np.abs(statistics.covariance).sum(axis=1, keepdims=True)
    return np.abs(W) * total


# %% q2 loses 1: the sum of all of a neuron's covariances does not stay at its synapses
def my_declaration():
    return {
        "reads": {"weight", "covariance"},
        "reach": "neurons",
        "weight_power": 1,
        "activity_power": 2,
    }


# %% q3 loses 2: scales first and clips afterwards, and cuts at a level that ties share
def prune_by(W, score, n_kept, use, rng):
    if use == "threshold":
        level = np.sort(np.ravel(score))[::-1][max(n_kept - 1, 0)]
        return np.where(score >= level, W, 0)
    p = np.minimum(1, n_kept * score / max(score.sum(), 1e-300))
    return np.where(rng.random(W.shape) < p, W, 0) / np.where(p > 0, p, 1)


# %% q4 loses 2: the interval of two independent samples
def paired_interval(own, other):
    own, other = np.asarray(own), np.asarray(other)
    error = np.sqrt(own.var(ddof=1) / len(own) + other.var(ddof=1) / len(other))
    half = stats.t.ppf(0.975, len(own) + len(other) - 2) * error
    return own.mean() - other.mean() - half, own.mean() - other.mean() + half
