"""Derivatives with a slip: of the wrong thing, or averaged wrongly."""

import numpy as np


# %% q1 loses 1: takes the gradient for zero, as after training
def cost_of_removal(w, gradient, H, removed):
    lost = w[list(removed)]
    return lost @ H[np.ix_(removed, removed)] @ lost / 2 if len(removed) else 0.0


# %% q2 loses 1: a small step does nothing to an integer
def hessian(loss, w):
    def moved(*changes):
        v = w.copy()
        for k, step in changes:
            v[k] += step
        return loss(v)

    h, n = 1e-3, len(w)
    H = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            same = moved((i, h), (j, h)) + moved((i, -h), (j, -h))
            H[i, j] = (same - moved((i, h), (j, -h)) - moved((i, -h), (j, h))) / 4e-6
    return H


# %% q5 loses 2: the wrong parameters, p for the log odds and variance for its root
def bernoulli_information(p):
    return 1 / (p * (1 - p)), 1 / (p * (1 - p))


def gaussian_information(sd):
    return 1 / sd**2, 1 / (2 * sd**4)


# %% q6 loses 2: all states count alike
def score_variance(log_p, theta):
    return np.var((log_p(theta + 1e-3) - log_p(theta - 1e-3)) / 2e-3)


def divergence_curvature(log_p, theta):
    P = np.exp(log_p(theta))
    return 2 * P @ (log_p(theta) - log_p(theta + 1e-3)) / 1e-6
