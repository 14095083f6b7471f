"""Every weight is taken by itself, as if the others did not matter."""

# ruff: noqa: F821 - `network` is given, and the answers to other questions are there as well

import numpy as np

from pruninglab import noiseprune


# %% q1 loses 1: adds up the costs of single removals
def cost_of_removal(w, gradient, H, removed):
    return sum(-gradient[k] * w[k] + H[k, k] * w[k] ** 2 / 2 for k in removed)


# %% q3 loses 2: inverts the diagonal instead of taking the diagonal of the inverse
def obd_saliency(w, H):
    return w**2 * np.diag(H) / 2


def obs_saliency(w, H):
    return w**2 / (1 / np.diag(H)) / 2


# %% q4 loses 1: adds up the corrections for single removals
def surgeon(w, H, removed):
    inverse = np.linalg.inv(H)
    best = w.copy()
    for k in removed:
        best = best - inverse[:, k] * w[k] / inverse[k, k]
    best[removed] = 0
    return best


# %% q7 loses 3: the wire alone, without the ways around it
def ring_resistances(weights):
    return 1 / np.asarray(weights)


def edge_resistances(edges, weights):
    return 1 / np.asarray(weights)


# %% q9 loses 2: takes the cost of many for the sum
def together_and_alone(edges, weights, slack, removed):
    A = network(edges, weights, slack)
    C = noiseprune.noise_covariance(A)
    q = np.array([noiseprune.leverages(A, C)[edges[k]] for k in removed])
    alone = -(q + np.log1p(-q)).sum() / 2
    return alone, alone
