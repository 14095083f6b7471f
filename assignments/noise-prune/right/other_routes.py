"""Right answers by other routes than the solution: slower, longer, but right."""

import numpy as np
import scipy.linalg

from pruninglab import noiseprune


# %% q1 loses 0: from the two modes, as nested lists
def two_neuron_covariance(leak, weight, sigma=1.0):
    if leak - weight <= 0 or leak + weight <= 0:
        raise ValueError("not stable")
    together = sigma**2 / (2 * (leak - weight))
    apart = sigma**2 / (2 * (leak + weight))
    variance, covariance = (together + apart) / 2, (together - apart) / 2
    return [[variance, covariance], [covariance, variance]]


# %% q2 loses 0: from the eigenvectors of A
def stationary_covariance(A, sigma=1.0):
    values, vectors = np.linalg.eig(A)
    inverse = np.linalg.inv(vectors)
    inner = inverse @ inverse.T * -(sigma**2) / np.add.outer(values, values)
    return (vectors @ inner @ vectors.T).real


# %% q3 loses 0: with loops
def diff_covariance(A, C):
    delta = np.zeros(A.shape)
    for i in range(len(A)):
        for j in range(len(A)):
            if i != j and A[i, j] > 0:
                delta[i, j] = C[i, i] + C[j, j] - 2 * C[i, j]
            elif i != j and A[i, j] < 0:
                delta[i, j] = C[i, i] + C[j, j] + 2 * C[i, j]
    return delta


# %% q4 loses 0: from the inverse
def effective_resistance(A, i, j):
    G = scipy.linalg.inv(-A)
    return G[i, i] + G[j, j] - 2 * G[i, j]


# %% q5 loses 0: by bisection
def keep_probabilities(A, score, density):
    exists = (A != 0) & ~np.eye(len(A), dtype=bool)
    score = np.where(exists, score, 0) / score[exists].max()
    low, high = 0.0, 2 / score[exists].min()
    for _ in range(200):
        K = (low + high) / 2
        too_few = np.minimum(1, K * score).sum() < density * exists.sum()
        low, high = (K, high) if too_few else (low, K)
    return np.minimum(1, high * score)


# %% q6 loses 0: pair by pair
def draw_weights(A, P, rng):
    W = np.zeros_like(A)
    for i in range(len(A)):
        for j in range(i):
            if A[i, j] != 0 and rng.uniform() < P[i, j]:
                W[i, j] = W[j, i] = A[i, j] / P[i, j]
    return W


# %% q7 loses 0: by the change of the total input
def with_matched_leak(A, W_pruned):
    pruned = W_pruned.copy()
    for i in range(len(A)):
        others = np.arange(len(A)) != i
        change = np.abs(W_pruned[i, others]).sum() - np.abs(A[i, others]).sum()
        pruned[i, i] = A[i, i] - change
    return pruned


# %% q8 loses 0: with the functions of the earlier questions, as a list
def expected_losses(A, bridges, density):
    W = A - np.diag(np.diag(A))
    delta = noiseprune.diff_covariance(A, stationary_covariance(A))
    kept = [keep_probabilities(A, score, density) for score in (W, W * delta)]
    return [sum(1 - P[i, j] for i, j in bridges) for P in kept]
