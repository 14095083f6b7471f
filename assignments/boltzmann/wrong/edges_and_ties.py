"""Right in the ordinary case; what is large, rare or tied is not thought of."""

import numpy as np

from pruninglab import boltzmann


# %% q1 loses 1: large weights overflow
def free_energy(rbm, v):
    return -v @ rbm.b - np.log(1 + np.exp(rbm.c + v @ rbm.W)).sum(axis=1)


def pattern_probabilities(rbm):
    weights = np.exp(-free_energy(rbm, boltzmann.all_states(len(rbm.b))))
    return weights / weights.sum()


# %% q4 loses 2: no correction for few states; odds are infinite at a rate of 1
def counted_fisher(v, h):
    m = v.T @ h / len(v)
    return m * (1 - m)


def guessed_fisher(W, v_rate, h_rate):
    odds = (v_rate / (1 - v_rate))[:, None] * np.exp(W * (1 - h_rate))
    m = h_rate * odds / (1 + odds)
    return m * (1 - m)


# %% q6 loses 1: sorts, and takes the exact number; the order decides among ties
def strict_cut(scores, mask, fraction):
    n = mask.sum()
    ranked = np.argsort(np.where(mask, scores, np.inf), axis=None, kind="stable")
    kept = mask.copy()
    kept.flat[ranked[: int(fraction * (n - 1)) + 1]] = False
    return kept


# %% q8 loses 1: skips a unit that is too large and goes on
def random_weights(mask, fraction, rng):
    places = np.flatnonzero(mask)
    kept = mask.copy()
    kept.flat[rng.choice(places, int(fraction * len(places)), replace=False)] = False
    return kept


def random_units(mask, fraction, rng):
    kept, budget = mask.copy(), int(fraction * mask.sum())
    for unit in rng.permutation(mask.shape[1]):
        if mask[:, unit].sum() <= budget:
            budget -= mask[:, unit].sum()
            kept[:, unit] = False
    return kept
