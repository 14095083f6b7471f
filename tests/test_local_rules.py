"""Scores from what a synapse can know."""

import numpy as np
import pytest

from pruninglab import noiseprune
from pruninglab.local_rules import RULES, Statistics, gaussian_statistics, local_score, statistics_of


@pytest.fixture(scope="module")
def linear():
    A = noiseprune.clustered_network([8, 12], n_between=20, rng=np.random.default_rng(3))
    return A, A - np.diag(np.diagonal(A)), noiseprune.noise_covariance(A)


def test_leverage_is_that_of_noise_prune(linear):
    A, W, C = linear
    np.testing.assert_allclose(2 * local_score("leverage", W, gaussian_statistics(C)), noiseprune.leverages(A, C))


@pytest.mark.parametrize(("rule", "diagonal"), [("saliency_matched", "matched"), ("saliency_original", "original")])
def test_saliencies_are_weight_squared_times_fisher_information(linear, rule, diagonal):
    A, W, C = linear
    saliency = W**2 * noiseprune.stationary_fisher(A, diagonal=diagonal)
    found, exists = local_score(rule, W, gaussian_statistics(C)), W != 0
    np.testing.assert_allclose(found[exists] / saliency[exists], (found[exists] / saliency[exists])[0], rtol=1e-9)


def test_the_other_rules_by_hand():
    W = np.array([[0.0, 2.0, 0.0], [-4.0, 0.0, 1.0]])
    statistics = Statistics(np.array([1.0, 2.0]), np.array([3.0, 1.0, 2.0]), np.full((2, 3), 0.5), np.full((2, 3), 8.0))
    by_rule = {
        rule: local_score(rule, W, statistics, rng=np.random.default_rng(0)).round(9).tolist()
        for rule in RULES
        if rule != "random"
    }
    assert by_rule["magnitude"] == [[0, 2, 0], [4, 0, 1]]
    assert by_rule["degree"] == [[0, 2 / 2 + 2 / 2, 0], [4 / 5 + 4 / 4, 0, 1 / 5 + 1 / 1]]
    assert by_rule["leverage"] == [[0, 2 * (1 + 1 - 1), 0], [4 * (2 + 3 + 1), 0, 2 + 2 - 1]]
    assert by_rule["saliency_matched"] == [[0, 4, 0], [24**2, 0, 9]]
    assert by_rule["variance"] == [[0, 8, 0], [8, 0, 8]]
    assert by_rule["saliency_original"] == [[0, 32, 0], [128, 0, 8]]
    assert by_rule["anti"] == [[0, 0.125, 0], [0.125, 0, 0.125]]


def test_random_scores_are_drawn_for_existing_synapses():
    W = np.array([[0.0, 1.0], [1.0, 1.0]])
    nothing = Statistics(np.ones(2), np.ones(2), np.zeros((2, 2)), np.ones((2, 2)))
    first, same = (local_score("random", W, nothing, rng=np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, same)
    assert (first > 0).tolist() == (W != 0).tolist()
    with pytest.raises(ValueError, match="rng"):
        local_score("random", W, nothing)


def test_statistics_of_samples():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(400, 2)) + 1, (rng.random((400, 3)) < 0.3).astype(float)
    found = statistics_of(x, y)
    np.testing.assert_allclose(found.receiver_variance, x.var(axis=0))
    np.testing.assert_allclose(found.sender_variance, y.var(axis=0))
    for i in range(2):
        for j in range(3):
            assert found.covariance[i, j] == pytest.approx(np.cov(x[:, i], y[:, j], ddof=0)[0, 1])
            assert found.product_variance[i, j] == pytest.approx((x[:, i] * y[:, j]).var())


def test_gaussian_statistics_are_those_of_gaussian_samples():
    C = np.array([[1.0, 0.6], [0.6, 2.0]])
    x = np.random.default_rng(2).multivariate_normal([0, 0], C, size=400_000)
    for exact, sampled in zip(gaussian_statistics(C), statistics_of(x, x), strict=True):
        np.testing.assert_allclose(sampled, exact, rtol=0.02)


@pytest.mark.parametrize(("rule", "W", "name"), [("best", np.eye(2), "rule"), ("magnitude", np.eye(3), "covariance")])
def test_bad_input_is_named(rule, W, name):
    with pytest.raises(ValueError, match=name):
        local_score(rule, W, gaussian_statistics(np.eye(2)))
