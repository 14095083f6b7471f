"""Boltzmann machines by loops over all joint states, and plain contrastive divergence: oracles for the package."""

import itertools
import math

import numpy as np

from pruninglab.boltzmann import RBM


def machine(n_v=3, n_h=4, leading=(), *, seed=0, scale=1.0, dtype=float):
    """Random machines; any leading axes."""
    rng = np.random.default_rng(seed)
    shapes = ((*leading, n_v, n_h), (*leading, n_v), (*leading, n_h))
    return RBM(*((scale * rng.normal(size=shape)).astype(dtype) for shape in shapes))


def states(n):
    return list(itertools.product((0, 1), repeat=n))


def energy(rbm, v, h):
    total = 0.0
    for i, on in enumerate(v):
        total -= float(rbm.b[i]) * on
    for j, on in enumerate(h):
        total -= float(rbm.c[j]) * on
    for i, j in itertools.product(range(len(v)), range(len(h))):
        total -= v[i] * float(rbm.W[i, j]) * h[j]
    return total


def weights_of_states(rbm):
    return {(v, h): math.exp(-energy(rbm, v, h)) for v in states(rbm.n_visible) for h in states(rbm.n_hidden)}


def log_partition(rbm):
    return math.log(math.fsum(weights_of_states(rbm).values()))


def joint(rbm):
    """Probability of every pair of a visible and a hidden state."""
    weights = weights_of_states(rbm)
    Z = math.fsum(weights.values())
    return {state: weight / Z for state, weight in weights.items()}


def visible_distribution(rbm):
    P = joint(rbm)
    return np.array([sum(P[v, h] for h in states(rbm.n_hidden)) for v in states(rbm.n_visible)])


def moments(rbm):
    P = joint(rbm).items()
    v = np.array([sum(p * v[i] for (v, _), p in P) for i in range(rbm.n_visible)])
    h = np.array([sum(p * h[j] for (_, h), p in P) for j in range(rbm.n_hidden)])
    vh = [[sum(p * v[i] * h[j] for (v, h), p in P) for j in range(rbm.n_hidden)] for i in range(rbm.n_visible)]
    return v, h, np.array(vh)


def statistics(v, h):
    return np.array([*v, *h, *(v_i * h_j for v_i in v for h_j in h)], dtype=float)


def covariance(values, probabilities):
    mean = sum(p * g for g, p in zip(values, probabilities, strict=True))
    return sum(p * np.outer(g - mean, g - mean) for g, p in zip(values, probabilities, strict=True))


def joint_fisher(rbm):
    P = joint(rbm)
    return covariance([statistics(*state) for state in P], P.values())


def marginal_fisher(rbm):
    P = joint(rbm)
    p = visible_distribution(rbm)
    given_v = [
        sum(P[v, h] * statistics(v, h) for h in states(rbm.n_hidden)) / p_v
        for v, p_v in zip(states(rbm.n_visible), p, strict=True)
    ]
    return covariance(given_v, p)


def divergence(q, p):
    """Kullback-Leibler divergence of two sequences of probabilities."""
    return sum(a * math.log(a / b) for a, b in zip(q, p, strict=True) if a > 0)


def joint_divergence(rbm, other):
    return divergence(joint(rbm).values(), joint(other).values())


def transition_matrix(rbm):
    """Probability of a visible state after a step of a Gibbs chain, given the one before: h given v, then v given h."""
    P = joint(rbm)
    V, H = states(rbm.n_visible), states(rbm.n_hidden)
    h_given_v = np.array([[P[v, h] for h in H] for v in V])
    v_given_h = h_given_v.T / h_given_v.sum(axis=0)[:, None]
    return h_given_v / h_given_v.sum(axis=1, keepdims=True) @ v_given_h


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def contrastive_divergence(rbm, patterns, uniforms, *, rates, momentum, batch_size=1, mask=None):
    """CD-1 on one machine, number by number; `uniforms` has a row for every row that is visited."""
    n_v, n_h = rbm.n_visible, rbm.n_hidden
    W, b, c = (array.astype(float).copy() for array in (rbm.W, rbm.b, rbm.c))
    dW, db, dc = np.zeros_like(W), np.zeros_like(b), np.zeros_like(c)
    mask = np.ones_like(W) if mask is None else mask
    drawn = iter(uniforms)
    for rate in rates:
        for first in range(0, len(patterns), batch_size):
            batch = patterns[first : first + batch_size]
            gW, gb, gc = np.zeros_like(W), np.zeros_like(b), np.zeros_like(c)
            for x in batch:
                u = next(drawn)
                h0 = [sigmoid(c[j] + sum(x[i] * W[i, j] for i in range(n_v))) for j in range(n_h)]
                h = [float(u[j] < h0[j]) for j in range(n_h)]
                v1 = [float(u[n_h + i] < sigmoid(b[i] + sum(W[i, j] * h[j] for j in range(n_h)))) for i in range(n_v)]
                h1 = [sigmoid(c[j] + sum(v1[i] * W[i, j] for i in range(n_v))) for j in range(n_h)]
                for i, j in itertools.product(range(n_v), range(n_h)):
                    gW[i, j] += mask[i, j] * (x[i] * h0[j] - v1[i] * h1[j]) / len(batch)
                for i in range(n_v):
                    gb[i] += (x[i] - v1[i]) / len(batch)
                for j in range(n_h):
                    gc[j] += (h0[j] - h1[j]) / len(batch)
            dW, db, dc = (rate * (momentum * d + g) for d, g in ((dW, gW), (db, gb), (dc, gc)))
            W, b, c = W + dW, b + db, c + dc
    return RBM(W, b, c)
