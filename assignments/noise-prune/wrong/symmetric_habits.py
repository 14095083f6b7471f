"""A formula for symmetric networks is used for all; what belongs together is torn."""

import numpy as np


# %% q2 loses 1: the closed form holds for normal matrices only
def stationary_covariance(A, sigma=1.0):
    return -(sigma**2) * np.linalg.inv(A + A.T)


# %% q4 loses 4: adds two resistances to ground and forgets the term between the neurons
def effective_resistance(A, i, j):
    inverse = np.linalg.inv(-A)
    return float(inverse[i, i] + inverse[j, j])


# %% q6 loses 1: the two directions of a synapse are drawn apart
def draw_weights(A, P, rng):
    W = A - np.diag(np.diag(A))
    keep = rng.random(np.shape(A)) < P
    return np.where(keep, W, 0) / np.where(keep, P, 1)
