"""Right for a typical network; special cases and corrections are left out."""

import numpy as np


# %% q1 loses 2: divides by zero at silent neurons, and changes its input
def my_score(W, statistics):
    variances = np.outer(statistics.receiver_variance, statistics.sender_variance)
    correlation = statistics.covariance / np.sqrt(variances)
    sign = np.sign(W)
    np.abs(W, out=W)
    return W * np.maximum(1 - sign * correlation, 0)


# %% q3 loses 2: what is kept is not made stronger
def prune_by(W, score, n_kept, use, rng):
    pruned = np.zeros(W.size)
    order = np.flatnonzero(W)
    order = order[np.argsort(-score.ravel()[order], kind="stable")]
    kept = order[:n_kept]
    if use == "strengthen":
        p = n_kept * score.ravel()[order] / score.sum()
        kept = order[rng.random(len(order)) < p]
    pruned[kept] = W.ravel()[kept]
    return pruned.reshape(W.shape)


# %% q4 loses 1: divides by n, and takes 1.96 whatever the number of networks
def paired_interval(own, other):
    if len(own) != len(other) or len(own) < 2:
        raise ValueError("own and other must be of one length, at least 2")
    difference = np.asarray(own) - np.asarray(other)
    half = 1.96 * difference.std() / np.sqrt(len(difference))
    return difference.mean() - half, difference.mean() + half
