"""Everything is treated as if it were excitatory."""

import numpy as np


# %% q1 loses 1: an inhibitory synapse can make the network unstable, too
def two_neuron_covariance(leak, weight, sigma=1.0):
    if weight >= leak:
        raise ValueError("not stable")
    factor = sigma**2 / (2 * (leak**2 - weight**2))
    return factor * np.array([[leak, weight], [weight, leak]])


# %% q3 loses 2: takes the difference for every synapse
def diff_covariance(A, C):
    exists = (A != 0) & ~np.eye(len(A), dtype=bool)
    variance = np.diag(C)
    return (variance[:, None] + variance[None, :] - 2 * C) * exists


# %% q7 loses 1: lets inhibition reduce the total input
def with_matched_leak(A, W_pruned):
    slack = -A.sum(axis=1)
    W = W_pruned - np.diag(np.diag(W_pruned))
    return W - np.diag(W.sum(axis=1) + slack)
