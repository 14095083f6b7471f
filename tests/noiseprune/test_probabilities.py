import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.noiseprune import (
    clustered_network,
    degree_probabilities,
    fill_to_density,
    leverages,
    noise_covariance,
    preservation_probabilities,
    uniform_probabilities,
    weight_probabilities,
)


@pytest.fixture(scope="module")
def symmetric():
    A = clustered_network([10, 15, 60], n_between=80, rng=np.random.default_rng(0))
    return A, noise_covariance(A)


@pytest.fixture(scope="module")
def directed():
    A = clustered_network([10, 15, 60], n_between=80, symmetric=False, rng=np.random.default_rng(0))
    return A, noise_covariance(A)


def expected_edges(P, symmetric):
    return np.triu(P).sum() if symmetric else P.sum()


def test_leverages_sum_to_the_number_of_neurons(symmetric):
    A, C = symmetric
    assert np.triu(leverages(A, C)).sum() == pytest.approx(len(A), rel=1e-10)
    assert leverages(A, C).max() <= 1 + 1e-12


def test_leverages_with_slack_sum_to_less():
    A = clustered_network([10, 20], n_between=10, rng=np.random.default_rng(1))
    slack = np.linspace(0.1, 0.5, len(A))
    A -= np.diag(slack)
    C = noise_covariance(A)
    expected = len(A) - np.sum(slack * 2 * np.diag(C))
    assert np.triu(leverages(A, C)).sum() == pytest.approx(expected, rel=1e-10)


def test_leverages_do_not_depend_on_the_noise(symmetric):
    A, C = symmetric
    np.testing.assert_allclose(leverages(A, noise_covariance(A, sigma=0.1), sigma=0.1), leverages(A, C), rtol=1e-9)


@pytest.mark.parametrize("density", [0.03, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("network", ["symmetric", "directed"])
def test_every_rule_meets_the_density_exactly(network, density, request):
    A, C = request.getfixturevalue(network)
    n_edges = np.count_nonzero(np.triu(A, 1) if network == "symmetric" else A - np.diag(np.diag(A)))
    for P in (
        preservation_probabilities(A, C, density=density),
        weight_probabilities(A, density=density),
        degree_probabilities(A, density=density),
        uniform_probabilities(A, density=density),
    ):
        assert expected_edges(P, network == "symmetric") == pytest.approx(density * n_edges, rel=1e-9)
        assert P.min() >= 0
        assert P.max() <= 1
        assert not np.diag(P).any()
        assert not P[A == 0].any()
        assert np.array_equal(P, P.T) is (network == "symmetric")


@given(
    scores=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40),
    density=st.floats(0.001, 1.0),
    n_ties=st.integers(0, 10),
)
@settings(max_examples=200, deadline=None)
def test_water_filling_meets_any_target_and_keeps_the_order(scores, density, n_ties):
    scores = np.array(scores + [scores[0]] * n_ties)
    n = len(scores) + 1
    A, S = -np.eye(n), np.zeros((n, n))
    A[0, 1:], S[0, 1:] = 1.0, scores
    P = fill_to_density(A, S, density=density)[0, 1:]
    assert P.sum() == pytest.approx(density * len(scores), rel=1e-9)
    assert P.max() <= 1
    unclipped = P < 1
    if unclipped.any():
        np.testing.assert_allclose(P[unclipped] / scores[unclipped], (P / scores)[unclipped][0], rtol=1e-9)
        assert scores[~unclipped].min(initial=np.inf) >= scores[unclipped].max()


def test_naive_clipping_falls_short_only_where_something_is_clipped(symmetric):
    A, C = symmetric
    n_edges = np.count_nonzero(np.triu(A, 1))
    naive = preservation_probabilities(A, C, density=0.3, clip="naive")
    assert (naive == 1).any()
    assert np.triu(naive).sum() < 0.3 * n_edges
    low = 0.5 / leverages(A, C).max() * len(A) / n_edges
    np.testing.assert_allclose(
        preservation_probabilities(A, C, density=low, clip="naive"), preservation_probabilities(A, C, density=low)
    )


def test_kappa_and_eps_give_the_multiplier(symmetric):
    A, C = symmetric
    q = leverages(A, C)
    np.testing.assert_allclose(preservation_probabilities(A, C, kappa=1.5), np.minimum(1.5 * q, 1))
    kappa = 4 * np.log(len(A)) / 0.9**2
    np.testing.assert_allclose(preservation_probabilities(A, C, eps=0.9), np.minimum(kappa * q, 1))


def test_degree_rule_is_leverage_without_the_rest_of_the_network():
    A = -np.diag([2.0, 3.0, 4.0])
    A[0, 1] = A[1, 0] = 0.5
    A[1, 2] = A[2, 1] = -0.25
    P = degree_probabilities(A, density=0.5)
    assert P[0, 1] / P[1, 2] == pytest.approx(0.5 * (1 / 2 + 1 / 3) / (0.25 * (1 / 3 + 1 / 4)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one"),
        ({"density": 0.1, "kappa": 1.0}, "exactly one"),
        ({"density": 0.0}, "density"),
        ({"density": 1.1}, "density"),
        ({"density": np.nan}, "density"),
        ({"kappa": 0.0}, "kappa"),
        ({"eps": 1.0}, "eps"),
        ({"density": 0.1, "clip": "hard"}, "clip"),
    ],
)
def test_bad_choice_is_refused(symmetric, arguments, message):
    with pytest.raises(ValueError, match=message):
        preservation_probabilities(*symmetric, **arguments)


def test_scores_that_cannot_fill_the_density_are_refused():
    A = -np.eye(4)
    A[0, 1:] = A[1:, 0] = 0.1
    score = np.zeros((4, 4))
    score[0, 1] = score[1, 0] = 1.0
    with pytest.raises(ValueError, match="only 1 have a positive score"):
        fill_to_density(A, score, density=0.9)
    with pytest.raises(ValueError, match="negative"):
        fill_to_density(A, -score, density=0.1)
    with pytest.raises(ValueError, match="no synapse"):
        fill_to_density(-np.eye(3), np.zeros((3, 3)), density=0.5)


def test_degree_rule_refuses_a_network_without_leak():
    with pytest.raises(ValueError, match="negative diagonal"):
        degree_probabilities(np.array([[0.0, 1.0], [1.0, -1.0]]), density=0.5)


def test_degree_rule_uses_both_neurons_of_a_directed_synapse():
    A = -np.diag([2.0, 3.0, 4.0])
    A[0, 1], A[0, 2] = 0.5, 0.25
    P = degree_probabilities(A, density=0.5)
    assert P[0, 1] / P[0, 2] == pytest.approx(0.5 * (1 / 2 + 1 / 3) / (0.25 * (1 / 2 + 1 / 4)))


def test_water_filling_of_single_precision_sums_in_double():
    A = clustered_network([500], n_between=0, rng=np.random.default_rng(1)).astype(np.float32)
    P = weight_probabilities(A, density=0.4)
    assert P.dtype == np.float32
    total = np.triu(P).astype(float).sum()
    assert total == pytest.approx(0.4 * np.count_nonzero(np.triu(A, 1)), rel=1e-6)


def test_eps_keeps_single_precision(symmetric):
    A, C = (matrix.astype(np.float32) for matrix in symmetric)
    assert preservation_probabilities(A, C, eps=0.5).dtype == np.float32


def test_scores_outside_the_contract_are_refused(symmetric):
    A, C = symmetric
    with pytest.raises(ValueError, match="not be negative"):
        preservation_probabilities(A, -C, kappa=1.0)
    with pytest.raises(ValueError, match="shape of A"):
        fill_to_density(A, np.ones((3, 3)), density=0.5)
    with pytest.raises(ValueError, match="zero where A has no synapse"):
        fill_to_density(A, np.ones_like(A), density=0.5)
    lopsided = np.abs(A - np.diag(np.diag(A)))
    lopsided[np.triu_indices(len(A))] *= 2
    with pytest.raises(ValueError, match="score must be symmetric"):
        fill_to_density(A, lopsided, density=0.5)
