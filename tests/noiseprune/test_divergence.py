"""Divergence of the stationary laws of two linear networks."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from pruninglab.noiseprune import (
    clustered_network,
    noise_covariance,
    prune,
    stationary_divergence,
    stationary_fisher,
    uniform_probabilities,
)


def network(seed=0, *, symmetric=True):
    rng = np.random.default_rng(seed)
    return clustered_network([5, 7], within_density=0.9, n_between=10, symmetric=symmetric, rng=rng)


@pytest.mark.parametrize("symmetric", [True, False])
def test_it_is_the_mean_log_ratio_of_the_densities(symmetric):
    A = network(symmetric=symmetric) - 0.2 * np.eye(12)
    pruned = prune(A, uniform_probabilities(A, density=0.7), rng=np.random.default_rng(1))
    laws = [multivariate_normal(np.zeros(12), noise_covariance(M, sigma=0.7)) for M in (A, pruned)]
    x = laws[0].rvs(200_000, random_state=2)
    ratio = laws[0].logpdf(x) - laws[1].logpdf(x)
    found = stationary_divergence(A, pruned, sigma=0.7)
    assert found == pytest.approx(ratio.mean(), abs=5 * ratio.std() / np.sqrt(len(x)))
    assert found > 0.2
    assert stationary_divergence(A, pruned) == pytest.approx(found)


def test_both_ways_to_the_covariances_agree():
    A = network() - 0.2 * np.eye(12)
    pruned = prune(A, uniform_probabilities(A, density=0.7), rng=np.random.default_rng(1))
    nearly = pruned.copy()
    nearly[0, 1] += 1e-13
    assert stationary_divergence(A, nearly) == pytest.approx(stationary_divergence(A, pruned), rel=1e-8)


@pytest.mark.parametrize("diagonal", ["matched", "original"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_its_curvature_is_the_fisher_information(symmetric, diagonal):
    A, h = network(symmetric=symmetric) - 0.2 * np.eye(12), 1e-3
    fisher = stationary_fisher(A, diagonal=diagonal)
    for i, j in np.argwhere(np.triu(A, 1) != 0)[:6]:
        total = 0
        for step in (h, -h):
            moved = A.copy()
            for a, b in [(i, j), (j, i)] if symmetric else [(i, j)]:
                moved[a, b] += step * np.sign(A[i, j])
                moved[a, a] -= step if diagonal == "matched" else 0
            total += stationary_divergence(A, moved)
        assert total / h**2 == pytest.approx(fisher[i, j], rel=1e-4)


def test_no_change_costs_nothing_and_an_unstable_network_everything():
    A = network() - 0.2 * np.eye(12)
    assert stationary_divergence(A, A.copy()) == pytest.approx(0, abs=1e-12)
    assert stationary_divergence(A, A + 5 * np.eye(12)) == np.inf
    directed = network(symmetric=False)
    assert stationary_divergence(directed - np.eye(12), directed + 5 * np.eye(12)) == np.inf


def test_bad_input_is_named():
    A = network() - 0.2 * np.eye(12)
    for wrong, name in (
        (lambda: stationary_divergence(A, A[:5, :5]), "A_pruned"),
        (lambda: stationary_divergence(A + 5 * np.eye(12), A), "stable|positive definite"),
        (lambda: stationary_divergence(A, A, sigma=0), "sigma"),
        (lambda: stationary_divergence(A, np.full_like(A, np.nan)), "A_pruned"),
    ):
        with pytest.raises(ValueError, match=name):
            wrong()
