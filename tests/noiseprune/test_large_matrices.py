"""Matrices of several row blocks: results as by formulas for whole matrices, inputs untouched, little memory."""

import tracemalloc

import numpy as np
import pytest

from pruninglab.noiseprune import (
    clustered_network,
    degree_probabilities,
    diff_covariance,
    euler_covariance,
    leverages,
    noise_covariance,
    preservation_probabilities,
    prune,
    stationary_fisher,
    weight_probabilities,
)
from pruninglab.noiseprune.blocks import BLOCK_ROWS

N = 2 * BLOCK_ROWS + 44


def network(symmetric=True, n=N):
    return clustered_network([n // 5, n - n // 5], symmetric=symmetric, rng=np.random.default_rng(0))


@pytest.fixture(scope="module", params=[True, False], ids=["symmetric", "directed"])
def case(request):
    A = network(request.param)
    return A, noise_covariance(A)


def test_covariance_is_half_the_inverse():
    A = network()
    C = noise_covariance(A)
    np.testing.assert_allclose(C, -np.linalg.inv(A) / 2, rtol=1e-9)
    assert np.array_equal(C, C.T)


@pytest.mark.parametrize("order", ["C", "F"])
def test_covariance_does_not_depend_on_the_memory_layout(order):
    A = network()
    np.testing.assert_array_equal(noise_covariance(np.asarray(A, order=order)), noise_covariance(A))
    np.testing.assert_array_equal(noise_covariance(np.repeat(A, 2, axis=1)[:, ::2]), noise_covariance(A))


def test_diff_covariance_is_the_formula_for_the_whole_matrix(case):
    A, C = case
    sign = np.sign(A)
    np.fill_diagonal(sign, 0)
    expected = (np.diag(C)[:, None] + np.diag(C)[None, :] - 2 * sign * C) * (sign != 0)
    np.testing.assert_array_equal(diff_covariance(A, C), expected)


def test_diff_covariance_of_mixed_precision_is_double(case):
    A, C = case
    single = A.astype(np.float32)
    assert diff_covariance(single, C).dtype == np.float64
    assert diff_covariance(single, C.astype(np.float32)).dtype == np.float32
    np.testing.assert_array_equal(diff_covariance(single, C), diff_covariance(A, C))


def test_pruning_draws_one_number_per_entry_in_row_major_order(case):
    A, C = case
    P = preservation_probabilities(A, C, density=0.3)
    rng = np.random.default_rng(1)
    pruned = prune(A, P, diagonal="zero", rng=rng)
    by_hand = np.random.default_rng(1)
    kept = by_hand.random(P.shape) < P
    if np.array_equal(A, A.T):
        kept = np.triu(kept, 1)
        kept = kept | kept.T
    expected = np.where(kept, A, 0) / np.where(kept, P, 1)
    np.testing.assert_array_equal(pruned, expected)
    assert rng.random() == by_hand.random()


def test_arguments_are_left_as_they_were(case):
    A, C = case
    P = preservation_probabilities(A, C, density=0.3)
    before = A.copy(), C.copy(), P.copy()
    noise_covariance(A)
    leverages(A, C)
    preservation_probabilities(A, C, kappa=2.0)
    weight_probabilities(A, density=0.3)
    degree_probabilities(A, density=0.3)
    prune(A, P, rng=np.random.default_rng(2))
    if np.array_equal(A, A.T):
        euler_covariance(A, dt=0.1)
        stationary_fisher(A)
    for array, copy in zip((A, C, P), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def matrices_at_peak(work, n):
    """Peak of what `work` allocates, its result included, in matrices of n by n doubles."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / (8 * n**2)
    finally:
        tracemalloc.stop()


def test_no_step_needs_many_matrices():
    n = 1500
    A = network(n=n)
    C = noise_covariance(A)
    P = preservation_probabilities(A, C, density=0.1)
    assert matrices_at_peak(lambda: noise_covariance(A), n) < 1.5
    assert matrices_at_peak(lambda: diff_covariance(A, C), n) < 1.8
    assert matrices_at_peak(lambda: preservation_probabilities(A, C, density=0.1), n) < 3
    assert matrices_at_peak(lambda: prune(A, P, rng=np.random.default_rng(3)), n) < 1.8
