"""The idea is there; what makes it come out right on average is not."""

import numpy as np

from pruninglab import noiseprune


# %% q5 loses 2: scales first and clips afterwards
def keep_probabilities(A, score, density):
    exists = (A != 0) & ~np.eye(len(A), dtype=bool)
    score = np.where(exists, score, 0.0)
    return np.minimum(1.0, density * exists.sum() * score / score.sum())


# %% q6 loses 2: what is kept is not made stronger
def draw_weights(A, P, rng):
    keep = np.triu(rng.random(np.shape(A)) < P, 1)
    return np.where(keep | keep.T, A, 0.0)


# %% q8 loses 2: counts each bridge once for each direction
def expected_losses(A, bridges, density):
    C = noiseprune.noise_covariance(A)
    by_size = noiseprune.weight_probabilities(A, density=density)
    by_noise = noiseprune.preservation_probabilities(A, C, density=density)
    i, j = np.transpose(bridges)
    return 2 * (1 - by_size[i, j]).sum(), 2 * (1 - by_noise[i, j]).sum()
