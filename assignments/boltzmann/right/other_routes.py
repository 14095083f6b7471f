"""Right answers by other routes than the solution: slower, longer, but right."""

import itertools
import math

import numpy as np
import scipy.special

from pruninglab import boltzmann


# %% q1 loses 0: over all joint states, in logarithms
def free_energy(rbm, v):
    H = boltzmann.all_states(len(rbm.c))
    minus_E = (v @ rbm.b)[:, None] + H @ rbm.c + v @ rbm.W @ H.T
    return -scipy.special.logsumexp(minus_E, axis=1)


def pattern_probabilities(rbm):
    states = boltzmann.all_states(len(rbm.b))
    return list(scipy.special.softmax(-free_energy(rbm, states)))


# %% q2 loses 0: step by step from the conditionals, with loops
def phases(rbm, q, n_steps=1):
    V, H = (boltzmann.all_states(n) for n in rbm.W.shape)
    on = boltzmann.hidden_probability(rbm, V)
    pixels = boltzmann.visible_probability(rbm, H)
    T = np.zeros((len(V), len(V)))
    for x, p_on in enumerate(on):
        for y, new in enumerate(V):
            for h, pixel in zip(H, pixels, strict=True):
                up = np.prod(np.where(h == 1, p_on, 1 - p_on))
                T[x, y] += up * np.prod(np.where(new == 1, pixel, 1 - pixel))
    dreamt = q @ np.linalg.matrix_power(T, n_steps)
    seen = sum(share * np.outer(v, h) for share, v, h in zip(q, V, on, strict=True))
    free = sum(
        share * np.outer(v, h) for share, v, h in zip(dreamt, V, on, strict=True)
    )
    return [seen, free]


# %% q3 loses 0: numpy's covariance, with the probabilities as weights
def fisher_matrix(rbm):
    n_v, n_h = rbm.W.shape
    rows, P = [], []
    for v in itertools.product((0, 1), repeat=n_v):
        for h in itertools.product((0, 1), repeat=n_h):
            rows.append([*v, *h, *(x * y for x in v for y in h)])
            P.append(math.exp(rbm.b @ v + rbm.c @ h + np.array(v) @ rbm.W @ h))
    return np.cov(np.array(rows), rowvar=False, aweights=P, ddof=0)


# %% q4 loses 0: pair by pair; with infinite log odds
def counted_fisher(v, h):
    F = [[np.var(x * y, ddof=1) for y in np.transpose(h)] for x in np.transpose(v)]
    return np.array(F)


def guessed_fisher(W, v_rate, h_rate):
    log_odds = scipy.special.logit(v_rate)[:, None] + W * (1 - h_rate)[None, :]
    m = h_rate[None, :] * scipy.special.expit(log_odds)
    return m - m**2


# %% q5 loses 0: from ln Z and co-firing; saliencies from the diagonal of the matrix
def deletion_cost(rbm, keep):
    m = boltzmann.exact_moments(rbm)[2]
    without = boltzmann.RBM(np.where(keep, rbm.W, 0.0), rbm.b, rbm.c)
    change = boltzmann.log_partition(without) - boltzmann.log_partition(rbm)
    return float(np.sum((rbm.W * m)[~keep]) + change)


def saliencies(rbm):
    F = np.diag(boltzmann.fisher_information(rbm))[rbm.W.shape[0] + rbm.W.shape[1] :]
    return 0.5 * F.reshape(rbm.W.shape) * rbm.W * rbm.W


# %% q6 loses 0: sorted by hand, with a case of its own for the zeros
def strict_cut(scores, mask, fraction):
    existing = sorted(scores[mask])
    n = len(existing)
    if existing.count(0) > fraction * n:
        return mask & (scores != 0)
    place = fraction * (n - 1)
    low = int(place)
    high = min(low + 1, n - 1)
    cut = existing[low] + (place - low) * (existing[high] - existing[low])
    return mask & (scores > cut)


# %% q7 loses 0: unit by unit, until nothing changes
def without_dead_ends(first, second):
    first, second = first.copy(), second.copy()
    changed = True
    while changed:
        changed = False
        for j in range(len(second)):
            deaf, mute = not first[:, j].any(), not second[j].any()
            if deaf != mute:
                first[:, j] = False
                second[j, :] = False
                changed = True
    return [first, second]


# %% q8 loses 0: weight by weight, and with a running sum of sizes
def random_weights(mask, fraction, rng):
    kept = np.array(mask)
    left = list(zip(*np.nonzero(kept), strict=True))
    for _ in range(math.floor(fraction * len(left))):
        i, j = left.pop(rng.integers(len(left)))
        kept[i, j] = False
    return kept


def random_units(mask, fraction, rng):
    order = rng.permutation(mask.shape[1])
    sizes = np.cumsum(mask.sum(axis=0)[order])
    gone = order[sizes <= math.floor(fraction * mask.sum())]
    return mask & ~np.isin(np.arange(mask.shape[1]), gone)


# %% q9 loses 0: with dictionaries; flips one pixel after the other
def marks(probabilities):
    groups = {}
    for row in probabilities:
        groups.setdefault(int(np.argmax(row)), []).append(max(row))
    shares = [len(group) / len(probabilities) for group in groups.values()]
    quality = np.mean(np.max(probabilities, axis=1))
    by_class = np.mean([np.mean(group) for group in groups.values()])
    return [quality, by_class, sum(-s * math.log(s) for s in shares)]


def doctored(v, U, k, n_flips):
    v, centred = list(v), U[k] - np.mean(U, axis=0)
    left = set(range(len(v)))
    for _ in range(n_flips):
        best = max(left, key=lambda i: centred[i] if v[i] == 0 else -centred[i])
        left.remove(best)
        v[best] = 1 - v[best]
    return np.array(v)
