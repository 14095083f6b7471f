"""Right answers by other routes than the solution: slower, longer, but right."""

# ruff: noqa: F821 - `network` is given, and the answers to other questions are there as well

import numpy as np
from scipy.special import expit

from pruninglab import noiseprune


# %% q1 loses 0: as a difference of two losses
def cost_of_removal(w, gradient, H, removed):
    after = np.where(np.isin(np.arange(len(w)), removed), 0, w)
    d = after - w
    return sum(
        gradient[i] * d[i] + sum(d[i] * H[i, j] * d[j] for j in range(len(w))) / 2
        for i in range(len(w))
    )


# %% q2 loses 0: by one-sided differences with a smaller step
def hessian(loss, w):
    h, here = 1e-4, np.array(w, dtype=float)

    def slope(x):
        both = []
        for k in range(len(x)):
            up, down = x.copy(), x.copy()
            up[k] += h
            down[k] -= h
            both.append((loss(up) - loss(down)) / (2 * h))
        return np.array(both)

    columns = [slope(here + h * unit) - slope(here) for unit in np.eye(len(w))]
    return [[columns[j][i] / h for j in range(len(w))] for i in range(len(w))]


# %% q3 loses 0: as lists, with the other weights eliminated
def obd_saliency(w, H):
    return [H[k, k] * w[k] ** 2 / 2 for k in range(len(w))]


def obs_saliency(w, H):
    found = []
    for k in range(len(w)):
        others = [i for i in range(len(w)) if i != k]
        rest = np.linalg.solve(H[np.ix_(others, others)], H[others, k])
        found.append((H[k, k] - H[k, others] @ rest) * w[k] ** 2 / 2)
    return found


# %% q4 loses 0: solves for the weights that are free
def surgeon(w, H, removed):
    free = np.setdiff1d(np.arange(len(w)), removed)
    best = np.zeros(len(w))
    push = H[np.ix_(free, removed)] @ w[removed]
    best[free] = w[free] + np.linalg.solve(H[np.ix_(free, free)], push)
    return best


# %% q5 loses 0: by the variance of the score, summed over states
def bernoulli_information(p):
    score = np.array([1 / p, -1 / (1 - p)])
    by_p = p * score[0] ** 2 + (1 - p) * score[1] ** 2
    theta = np.log(p / (1 - p))
    by_odds = p * (1 - expit(theta)) ** 2 + (1 - p) * expit(theta) ** 2
    return [by_p, by_odds]


def gaussian_information(sd):
    x = np.linspace(-12 * sd, 12 * sd, 4001)
    density = np.exp(-(x**2) / 2 / sd**2)
    density /= density.sum()
    return np.array(
        [density @ (x / sd**2) ** 2, density @ (x**2 / sd**3 - 1 / sd) ** 2]
    )


# %% q6 loses 0: with one-sided differences
def score_variance(log_p, theta):
    P = np.exp(log_p(theta))
    score = (log_p(theta + 1e-5) - log_p(theta)) / 1e-5
    return P @ score**2 - (P @ score) ** 2


def divergence_curvature(log_p, theta):
    def D(step):
        return np.exp(log_p(theta)) @ (log_p(theta) - log_p(theta + step))

    return (D(2e-4) - 2 * D(1e-4) + D(0)) / 1e-8


# %% q7 loses 0: product over sum, and the last neuron at earth
def ring_resistances(weights):
    total, found = sum(1 / w for w in weights), []
    for w in weights:
        found.append((1 / w) * (total - 1 / w) / total)
    return found


def edge_resistances(edges, weights):
    L = -network(edges, weights, 0)
    G = np.zeros_like(L)
    G[:-1, :-1] = np.linalg.inv(L[:-1, :-1])
    return [G[i, i] - G[i, j] - G[j, i] + G[j, j] for i, j in edges]


# %% q8 loses 0: with the Hessian by finite differences and the package
def measures(edges, weights, slack):
    A = network(edges, weights, slack)

    def loss(w):
        return noiseprune.stationary_divergence(A, network(edges, w, slack))

    F = np.array(hessian(loss, weights))
    C = noiseprune.noise_covariance(A)
    pairs = zip(edges, weights, strict=True)
    q = [2 * w * (C[i, i] + C[j, j] - 2 * C[i, j]) for (i, j), w in pairs]
    return {
        "magnitude": list(weights),
        "leverage": q,
        "obd": obd_saliency(weights, F),
        "obs": obs_saliency(weights, F),
        "exact": [loss(weights * (np.arange(len(q)) != k)) for k in range(len(q))],
    }


def disagreements(a, b):
    found = []
    for m in range(len(a)):
        for k in range(m):
            if (a[k] > a[m] and b[k] < b[m]) or (a[k] < a[m] and b[k] > b[m]):
                found.append((k, m))
    return sorted(found)


# %% q9 loses 0: by determinants
def together_and_alone(edges, weights, slack, removed):
    B = -network(edges, weights, slack)

    def cost(gone):
        left = np.array(weights)
        left[list(gone)] = 0
        M = np.linalg.solve(B, -network(edges, left, slack))
        return (np.trace(M) - len(B) - np.log(np.linalg.det(M))) / 2

    return [cost(removed) if len(removed) else 0, sum(cost([k]) for k in removed)]
