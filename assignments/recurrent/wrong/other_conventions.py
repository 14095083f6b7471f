"""Another convention or another quantity than the one asked for."""

import numpy as np


# %% q2 loses 2: reads out the states, as the paper's equations do
def run_network(A, B, C, u):
    x = np.zeros((len(u), len(A)))
    x[0] = B @ u[0]
    for k in range(1, len(u)):
        x[k] = A @ np.tanh(x[k - 1]) + B @ u[k]
    return x, x @ C.T


# %% q4 loses 1: takes the share of the synapses that are left
def keep_mask(A, fraction):
    left = np.flatnonzero(A)
    order = left[np.argsort(np.abs(A).ravel()[left])]
    mask = (A != 0).ravel()
    mask[order[: round(fraction * len(left))]] = False
    return mask.reshape(A.shape)


# %% q5 loses 2: the formula of Fletcher and Reeves, without the second term
def two_parts(g, g_new, p, free):
    mu = -(p @ g)
    return g_new[free] @ g_new[free] / mu, g_new[~free] @ (g_new - g)[~free] / mu


# %% q6 loses 1: by the code's rule, within 1 of the target
def with_probe(inputs, time, strength):
    probed = inputs.copy()
    probed[:, time - 1 : time + 1, 1] = -strength * inputs[:, 12:14, 1]
    return probed


def is_correct(outputs, cues):
    target = np.prod(cues, axis=1)
    return np.abs(outputs[:, 51:53, 0].mean(axis=1) - target) < 1


# %% q7 loses 1: the slope at zero
def resting_point(a):
    x = max(a, 1e-300) if a > 1 else 0.0
    for _ in range(3000):
        x = a * np.tanh(x)
    return x, a


# %% q8 loses 3: the largest eigenvalue
def max_exponent(J):
    product, log = np.eye(len(J[0])), 0.0
    for factor in J:
        product = factor @ product
        size = np.abs(product).max()
        product, log = product / size, log + np.log(size)
    return (log + np.log(np.abs(np.linalg.eigvals(product)).max())) / len(J)
