"""The first half of an idea, without what makes it right."""

import numpy as np


# %% q3 loses 3: the error of a step goes no further back than to that step
def gradient_through_time(A, B, C, u, t):
    n_steps = len(u)
    z = np.zeros((n_steps + 1, len(A)))
    for k in range(n_steps):
        z[k + 1] = np.tanh(A @ z[k] + B @ u[k])
    error = z[1:] @ C.T - t
    e = 2 * error / n_steps
    D = (1 - z[1:] ** 2) * (e @ C)
    return (error**2).sum() / n_steps, D.T @ z[:-1], D.T @ u, e.T @ z[1:]


# %% q4 loses 1: a threshold removes all that are tied with the last one
def keep_mask(A, fraction):
    n_pruned = round(fraction * A.size)
    if n_pruned == 0:
        return np.ones(A.shape, dtype=bool)
    threshold = np.sort(np.abs(A), axis=None)[n_pruned - 1]
    return np.abs(A) > threshold


# %% q5 loses 3: the whole coefficient is taken for the proper one
def two_parts(g, g_new, p, free):
    mu = -(p @ g)
    whole = g_new @ (g_new - g) / mu
    slip = g_new[~free] @ (g_new - g)[~free] / mu
    return whole, slip


# %% q7 loses 2: a hundred steps from 1, which is too few where the slope is nearly 1
def resting_point(a):
    x = 1.0
    for _ in range(100):
        x = a * np.tanh(x)
    return x, a * (1 - np.tanh(x) ** 2)


# %% q8 loses 1: the product is formed before the logarithm is taken
def max_exponent(J):
    with np.errstate(all="ignore"):
        product = np.eye(len(J[0]))
        for factor in J:
            product = factor @ product
        return np.log(np.linalg.norm(product, 2)) / len(J)
