"""Averages stand where on-off states belong."""

import numpy as np

from pruninglab import boltzmann


# %% q2 loses 3: hidden units and pixels pass on probabilities, nothing is drawn
def phases(rbm, q, n_steps=1):
    V = boltzmann.all_states(len(rbm.b))
    seen = boltzmann.hidden_probability(rbm, V)
    v, h = V, seen
    for _ in range(n_steps):
        v = boltzmann.visible_probability(rbm, h)
        h = boltzmann.hidden_probability(rbm, v)
    return (V.T * q) @ seen, (v.T * q) @ h


# %% q3 loses 3: hidden units are replaced by their means, given the pattern
def fisher_matrix(rbm):
    V = boltzmann.all_states(len(rbm.b))
    H = boltzmann.hidden_probability(rbm, V)
    p = boltzmann.exact_distribution(rbm)
    g = np.hstack([V, H, (V[:, :, None] * H[:, None, :]).reshape(len(V), -1)])
    g -= p @ g
    return (g.T * p) @ g


# %% q5 loses 2: asks what changes in the patterns, not in the whole machine
def deletion_cost(rbm, keep):
    without = boltzmann.RBM(rbm.W * keep, rbm.b, rbm.c)
    p = boltzmann.exact_distribution(rbm)
    return float(boltzmann.kl_divergence(p, boltzmann.log_probabilities(without)))


def saliencies(rbm):
    m = boltzmann.exact_moments(rbm)[2]
    return rbm.W**2 * m * (1 - m) / 2


# %% q9 loses 1: the mean over classes counts classes that do not occur
def marks(probabilities):
    winner = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    n_classes = probabilities.shape[1]
    means, H = np.zeros(n_classes), 0.0
    for k in range(n_classes):
        s = np.mean(winner == k)
        if s > 0:
            means[k] = confidence[winner == k].mean()
            H -= s * np.log(s)
    return confidence.mean(), means.mean(), H


def doctored(v, U, k, n_flips):
    gain = (1 - 2 * v) * (U[k] - U.mean(axis=0))
    changed = v.copy()
    changed[np.argsort(-gain)[:n_flips]] = 1 - v[np.argsort(-gain)[:n_flips]]
    return changed
