"""One side of a matter is seen and the other is not."""

import numpy as np

from pruninglab import boltzmann


# %% q3 loses 1: the weights are listed by hidden units
def fisher_matrix(rbm):
    n_v, n_h = rbm.W.shape
    biases = np.arange(n_v + n_h)
    by_column = n_v + n_h + np.arange(n_v * n_h).reshape(n_v, n_h).T.ravel()
    order = np.concatenate([biases, by_column])
    return boltzmann.fisher_information(rbm)[np.ix_(order, order)]


# %% q4 loses 1: adds the whole weight, as if the rate were that of a unit that is off
def counted_fisher(v, h):
    products = v[:, :, None] * h[:, None, :]
    return products.var(axis=0, ddof=1)


def guessed_fisher(W, v_rate, h_rate):
    with np.errstate(divide="ignore"):
        log_odds = np.log(v_rate) - np.log(1 - v_rate)
    given = np.where(
        h_rate < 1, boltzmann.sigmoid(log_odds[:, None] + W), v_rate[:, None]
    )
    m = h_rate * given
    return m * (1 - m)


# %% q5 loses 1: how sensitive a weight is, and not how large
def deletion_cost(rbm, keep):
    m = boltzmann.exact_moments(rbm)[2]
    without = boltzmann.RBM(rbm.W * keep, rbm.b, rbm.c)
    change = boltzmann.log_partition(without) - boltzmann.log_partition(rbm)
    return float((rbm.W * m)[~keep].sum() + change)


def saliencies(rbm):
    m = boltzmann.exact_moments(rbm)[2]
    return m * (1 - m) / 2


# %% q6 loses 2: the percentile is that of all scores, weights that are gone included
def strict_cut(scores, mask, fraction):
    return mask & (scores > np.percentile(scores, 100 * fraction))


# %% q7 loses 2: units that are deaf go, units that are mute stay
def without_dead_ends(first, second):
    hears = first.any(axis=0)
    return first & hears, second & hears[:, None]


# %% q9 loses 2: other classes rise as well, and pixels may be switched off
def marks(probabilities):
    winner = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    classes, counts = np.unique(winner, return_counts=True)
    s = counts / len(winner)
    by_class = [confidence[winner == k].mean() for k in classes]
    return confidence.mean(), np.mean(by_class), -(s * np.log(s)).sum()


def doctored(v, U, k, n_flips):
    off = np.flatnonzero(v == 0)
    changed = v.copy()
    changed[off[np.argsort(-U[k, off])[:n_flips]]] = 1
    return changed
