"""Oracle: the Kullback-Leibler divergence between stationary laws, 1/2 F d^2 for a small change d of a weight."""

import numpy as np
import pytest

from pruninglab.noiseprune import clustered_network, noise_covariance, stationary_fisher

STEP = 1e-4


def kl_divergence(C, C_other):
    n = len(C)
    inverse = np.linalg.inv(C_other)
    return 0.5 * (np.trace(inverse @ C) - n + np.linalg.slogdet(C_other)[1] - np.linalg.slogdet(C)[1])


def perturbed(A, i, j, step, diagonal, symmetric):
    changed = A.copy()
    changed[i, j] += step * np.sign(A[i, j])
    if symmetric:
        changed[j, i] = changed[i, j]
    if diagonal == "matched":
        changed[i, i] -= step
        if symmetric:
            changed[j, j] -= step
    return changed


@pytest.mark.parametrize("diagonal", ["matched", "original"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_agrees_with_finite_differences_of_the_divergence(symmetric, diagonal):
    A = clustered_network([4, 6], n_between=6, symmetric=symmetric, rng=np.random.default_rng(0)) - 0.3 * np.eye(10)
    C = noise_covariance(A, sigma=0.5)
    fisher = stationary_fisher(A, sigma=0.5, diagonal=diagonal)
    for i, j in [(i, j) for i, j in np.argwhere(A) if i < j][::5]:
        divergences = [
            kl_divergence(C, noise_covariance(perturbed(A, i, j, step, diagonal, symmetric), sigma=0.5))
            for step in (STEP, -STEP)
        ]
        assert fisher[i, j] == pytest.approx(sum(divergences) / STEP**2, rel=1e-3)


def test_zero_without_synapse_and_independent_of_the_noise():
    A = clustered_network([10, 20], n_between=10, rng=np.random.default_rng(1))
    fisher = stationary_fisher(A)
    assert not fisher[A == 0].any()
    assert not np.diag(fisher).any()
    np.testing.assert_array_equal(fisher, stationary_fisher(A, sigma=3.0))
    with pytest.raises(ValueError, match="diagonal"):
        stationary_fisher(A, diagonal="zero")
    with pytest.raises(ValueError, match="not positive definite"):
        stationary_fisher(-A)
