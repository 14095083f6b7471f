"""Another rule, which asks the other synapses of both neurons, and other routes."""

import numpy as np
from scipy import stats


# %% q1 loses 0: a synapse's share of all that reaches either neuron, with loops
def my_score(W, statistics):
    n, m = W.shape
    into, out = [0.0] * n, [0.0] * m
    drive = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            if W[i, j] != 0:
                drive[i][j] = abs(W[i, j]) * statistics.sender_variance[j] ** 0.5
                into[i] += drive[i][j]
                out[j] += drive[i][j]
    score = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            if drive[i][j] > 0:
                score[i][j] = drive[i][j] / into[i] + drive[i][j] / out[j]
    return np.array(score)


# %% q2 loses 0: a share has no unit
def my_declaration():
    return {
        "reads": ["weight", "sender_variance"],
        "reach": "neurons",
        "weight_power": 0,
        "activity_power": 0.0,
    }


# %% q3 loses 0: the multiplier by bisection, the ranks by sorting pairs
def prune_by(W, score, n_kept, use, rng):
    pruned = np.zeros(W.shape)
    places = [tuple(place) for place in np.argwhere(W)]
    if use == "threshold":
        places.sort(key=lambda place: score[place], reverse=True)
        for place in places[:n_kept]:
            pruned[place] = W[place]
        return pruned
    alive = score > 0
    if alive.sum() <= n_kept:
        return np.where(alive, W, 0)
    if n_kept == 0:
        return pruned
    low, high = 0.0, 1 / score[alive].min()
    for _ in range(100):
        K = (low + high) / 2
        too_few = np.minimum(1, K * score).sum() < n_kept
        low, high = (K, high) if too_few else (low, K)
    p = np.minimum(1, high * score)
    keep = rng.uniform(size=W.shape) < p
    pruned[keep] = W[keep] / p[keep]
    return pruned


# %% q4 loses 0: from a test of SciPy
def paired_interval(own, other):
    if len(own) != len(other):
        raise ValueError("different lengths")
    if len(own) < 2:
        raise ValueError("too few")
    d = [a - b for a, b in zip(own, other, strict=True)]
    if max(d) - min(d) < 1e-12:
        return [d[0], d[0]]
    ends = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    return [ends.low, ends.high]
