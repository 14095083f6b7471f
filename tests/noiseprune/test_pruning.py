import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.noiseprune import clustered_network, magnitude_prune, prune, threshold_prune, uniform_probabilities


def network(symmetric=True, seed=0):
    return clustered_network([15, 25], n_between=30, symmetric=symmetric, rng=np.random.default_rng(seed))


def slack(A):
    return -np.diag(A) - (np.abs(A).sum(axis=1) - np.abs(np.diag(A)))


def off_diagonal(A):
    return A - np.diag(np.diag(A))


@given(seed=st.integers(0, 10**6), density=st.floats(0.05, 1.0))
@settings(max_examples=50, deadline=None)
def test_matched_diagonal_keeps_slack_symmetry_and_stability(seed, density):
    A = network(seed=seed)
    pruned = prune(A, uniform_probabilities(A, density=density), rng=np.random.default_rng(seed))
    np.testing.assert_allclose(slack(pruned), slack(A), atol=1e-12)
    assert np.array_equal(pruned, pruned.T)
    assert np.linalg.eigvalsh(pruned)[-1] < 1e-10


@pytest.mark.parametrize("symmetric", [True, False])
def test_survivors_are_divided_by_their_probability(symmetric):
    A = network(symmetric)
    P = uniform_probabilities(A, density=0.4)
    pruned = off_diagonal(prune(A, P, rng=np.random.default_rng(1)))
    kept = pruned != 0
    np.testing.assert_allclose(pruned[kept], (A / np.where(P > 0, P, 1))[kept])
    assert 0 < kept.sum() < np.count_nonzero(off_diagonal(A))


def test_pruning_is_right_on_average():
    A = network()
    P = uniform_probabilities(A, density=0.5)
    rng = np.random.default_rng(2)
    mean = sum(prune(A, P, rng=rng) for _ in range(600)) / 600
    error = np.abs(off_diagonal(A)) / np.sqrt(600)
    z = off_diagonal(mean - A)[error > 0] / error[error > 0]
    assert abs(z.mean()) < 0.2
    assert z.std() == pytest.approx(1, abs=0.1)
    np.testing.assert_allclose(np.diag(mean), np.diag(A), rtol=0.2)


def test_directed_synapses_are_drawn_one_by_one():
    A = network(symmetric=False)
    both = (off_diagonal(A) != 0) & (off_diagonal(A).T != 0)
    pruned = off_diagonal(prune(A, uniform_probabilities(A, density=0.5), rng=np.random.default_rng(3))) != 0
    assert (pruned != pruned.T)[both].any()


def test_diagonals():
    A = network()
    P = uniform_probabilities(A, density=0.3)
    matched, original, zero = (
        prune(A, P, diagonal=kind, rng=np.random.default_rng(4)) for kind in ("matched", "original", "zero")
    )
    np.testing.assert_array_equal(off_diagonal(matched), off_diagonal(original))
    np.testing.assert_array_equal(np.diag(original), np.diag(A))
    assert not np.diag(zero).any()
    assert not np.allclose(np.diag(matched), np.diag(A))


def test_sparse_result_is_the_dense_one():
    A = network()
    P = uniform_probabilities(A, density=0.3)
    dense, sparse = (prune(A, P, rng=np.random.default_rng(5), sparse=kind) for kind in (False, True))
    assert sparse.format == "csr"
    np.testing.assert_array_equal(sparse.toarray(), dense)


def test_keeps_single_precision():
    A = network().astype(np.float32)
    assert prune(A, uniform_probabilities(A, density=0.3), rng=np.random.default_rng(0)).dtype == np.float32


@pytest.mark.parametrize(
    ("P", "message"),
    [
        (np.full((2, 2), 1.5), "between 0 and 1"),
        (np.full((2, 2), -0.1), "between 0 and 1"),
        (np.array([[0.0, 0.5], [0.4, 0.0]]), "symmetric"),
        (np.full((3, 3), 0.5), "shape of A"),
        (np.array([[0.0, np.nan], [np.nan, 0.0]]), "P must be finite"),
    ],
)
def test_bad_probabilities_are_refused(P, message):
    A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    with pytest.raises(ValueError, match=message):
        prune(A, P, rng=np.random.default_rng(0))


def test_unknown_diagonal_is_refused():
    A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    with pytest.raises(ValueError, match="diagonal"):
        prune(A, np.full((2, 2), 0.5), diagonal="none", rng=np.random.default_rng(0))


@pytest.mark.parametrize("symmetric", [True, False])
def test_magnitude_keeps_the_strongest_unchanged(symmetric):
    A = network(symmetric)
    pruned = off_diagonal(magnitude_prune(A, density=0.25))
    weights = np.abs(off_diagonal(A))
    kept = pruned != 0
    n_edges = np.count_nonzero(weights)
    assert kept.sum() == (2 if symmetric else 1) * round(0.25 * n_edges / (2 if symmetric else 1))
    np.testing.assert_array_equal(pruned[kept], A[kept])
    assert weights[kept].min() >= weights[~kept].max()


def test_magnitude_breaks_ties_in_order_and_keeps_the_count():
    A = -np.eye(4) + 0.5 * (np.ones((4, 4)) - np.eye(4))
    pruned = magnitude_prune(A, density=0.5)
    assert np.argwhere(np.triu(pruned, 1)).tolist() == [[0, 1], [0, 2], [0, 3]]


def test_matched_diagonal_of_a_directed_network_follows_the_input():
    A = network(symmetric=False)
    pruned = prune(A, uniform_probabilities(A, density=0.4), rng=np.random.default_rng(6))
    np.testing.assert_allclose(slack(pruned), slack(A), atol=1e-12)
    columns = np.abs(off_diagonal(pruned)).sum(axis=0) - np.abs(off_diagonal(A)).sum(axis=0)
    assert np.abs(np.diag(A) - np.diag(pruned) - columns).max() > 1e-3


def test_magnitude_can_match_the_diagonal():
    A = network()
    np.testing.assert_allclose(slack(magnitude_prune(A, density=0.3, diagonal="matched")), slack(A), atol=1e-12)


def test_many_ties_are_broken_in_order():
    n = 60
    pair = np.triu_indices(n, 1)
    strong = np.random.default_rng(0).random(len(pair[0])) < 0.3
    A = np.zeros((n, n))
    A[pair] = np.where(strong, 0.5, 0.25)
    A = A + A.T - np.eye(n)
    kept = np.flatnonzero(magnitude_prune(A, density=0.5)[pair])
    weak_in_order = np.flatnonzero(~strong)[: round(0.5 * len(strong)) - strong.sum()]
    assert kept.tolist() == sorted([*np.flatnonzero(strong), *weak_in_order])


def test_nearly_symmetric_is_directed():
    A = network()
    A[0, 1:] *= 1 + 1e-9
    pruned = off_diagonal(prune(A, uniform_probabilities(A, density=0.5), rng=np.random.default_rng(7))) != 0
    assert (pruned != pruned.T).any()


def test_mixed_precision_keeps_that_of_the_network():
    A = network().astype(np.float32)
    P = uniform_probabilities(A.astype(float), density=0.3)
    assert prune(A, P, rng=np.random.default_rng(0)).dtype == np.float32


@pytest.mark.parametrize("symmetric", [True, False])
def test_threshold_keeps_the_largest_scores_untouched(symmetric):
    rng = np.random.default_rng(4)
    A = clustered_network([6, 9], n_between=12, symmetric=symmetric, rng=rng)
    score = rng.random(A.shape)
    score = score + score.T if symmetric else score
    pruned = threshold_prune(A, score, density=0.4)
    kept, gone = pruned != 0, (pruned == 0) & (A != 0)
    np.fill_diagonal(kept, False)
    np.testing.assert_array_equal(pruned[kept], A[kept])
    assert score[kept].min() > score[gone].max()
    n = (np.count_nonzero(A) - len(A)) // (2 if symmetric else 1)
    assert np.count_nonzero(kept) // (2 if symmetric else 1) == round(0.4 * n)
    np.testing.assert_array_equal(np.diagonal(pruned), np.diagonal(A))
    matched = threshold_prune(A, score, density=0.4, diagonal="matched")
    slack = [-np.diagonal(M) - (abs(M).sum(axis=1) - abs(np.diagonal(M))) for M in (A, matched)]
    np.testing.assert_allclose(*slack, atol=1e-12)


def test_threshold_refuses_scores_that_do_not_fit():
    A = np.array([[-3.0, 2.0], [2.0, -3.0]])
    with pytest.raises(ValueError, match="score must be symmetric"):
        threshold_prune(A, np.array([[0.0, 1.0], [2.0, 0.0]]), density=0.5)
    with pytest.raises(ValueError, match="score"):
        threshold_prune(A, np.ones((3, 3)), density=0.5)
