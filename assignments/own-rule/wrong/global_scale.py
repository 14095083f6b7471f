"""Scores are divided by the largest, and the declaration is that of another rule."""

import numpy as np


# %% q2 loses 3: the largest score of all is not known at the ends; no powers are left
def my_score(W, statistics):
    variances = statistics.receiver_variance[:, None] + statistics.sender_variance
    score = np.abs(W) * variances
    return score / max(score.max(), 1e-300)


def my_declaration():
    return {
        "reads": {"weight", "receiver_variance", "sender_variance"},
        "reach": "ends",
        "weight_power": 1,
        "activity_power": 2,
    }


# %% q3 loses 1: draws a fixed number of synapses, without replacement
def prune_by(W, score, n_kept, use, rng):
    order = np.flatnonzero(W)
    order = order[np.argsort(-score.ravel()[order], kind="stable")]
    pruned = np.zeros(W.size)
    if use == "threshold":
        pruned[order[:n_kept]] = W.ravel()[order[:n_kept]]
        return pruned.reshape(W.shape)
    order = order[score.ravel()[order] > 0]
    scores, p = score.ravel()[order], np.ones(len(order))
    free = np.ones(len(order), dtype=bool)
    while n_kept < len(order) and free.any():
        p[free] = (n_kept - np.count_nonzero(~free)) * scores[free] / scores[free].sum()
        if p.max() <= 1:
            break
        free &= p < 1
        p[~free] = 1
    # systematic sampling: the right probabilities, but not a draw for each synapse
    steps = np.floor(np.concatenate([[0], np.cumsum(p)]) + rng.random() + 1e-12)
    drawn = np.diff(steps) > 0
    pruned[order[drawn]] = W.ravel()[order[drawn]] / p[drawn]
    return pruned.reshape(W.shape)
