"""What a formula stands for is lost: the slack, the half, the order of removals."""

# ruff: noqa: F821 - `network` is given, and the answers to other questions are there as well

import numpy as np

from pruninglab import noiseprune


# %% q2 loses 3: needs a slope of zero, and only finds the diagonal
def hessian(loss, w):
    steps = 1e-3 * np.eye(len(w))
    return np.diag([2 * (loss(w + step) - loss(w)) / 1e-6 for step in steps])


# %% q4 loses 3: removes, and lets nothing adapt
def surgeon(w, H, removed):
    best = w.copy()
    best[removed] = 0
    return best


# %% q6 loses 2: the divergence over the step squared is half of the curvature
def score_variance(log_p, theta):
    score = (log_p(theta + 1e-3) - log_p(theta - 1e-3)) / 2e-3
    return np.exp(log_p(theta)) @ score**2


def divergence_curvature(log_p, theta):
    P = np.exp(log_p(theta))
    return P @ (log_p(theta) - log_p(theta + 1e-3)) / 1e-6


# %% q8 loses 3: no wires to earth, no pairs for the surgeon, and ranks for equal values
def measures(edges, weights, slack):
    A = network(edges, weights, slack)
    i, j = np.transpose(edges)
    F = noiseprune.stationary_fisher(A)[i, j]
    q = noiseprune.leverages(A, noiseprune.noise_covariance(A))[i, j]
    return {
        "magnitude": weights,
        "obd": weights**2 * F / 2,
        "obs": weights**2 * F / 2,
        "leverage": weights * edge_resistances(edges, weights),
        "exact": -(q + np.log1p(-q)) / 2,
    }


def disagreements(a, b):
    a, b = np.argsort(np.argsort(a)), np.argsort(np.argsort(b))
    pairs = [(k, m) for k in range(len(a)) for m in range(k + 1, len(a))]
    return [(k, m) for k, m in pairs if (a[k] < a[m]) != (b[k] < b[m])]


# %% q9 loses 1: each is removed when those before it are gone already
def together_and_alone(edges, weights, slack, removed):
    left, A = weights.copy(), network(edges, weights, slack)
    steps = 0.0
    for k in removed:
        before = network(edges, left, slack)
        left[k] = 0
        steps += noiseprune.stationary_divergence(before, network(edges, left, slack))
    return noiseprune.stationary_divergence(A, network(edges, left, slack)), steps
