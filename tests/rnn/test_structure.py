import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.rnn import cumulative_singular_values, total_input, weight_histogram


def rng(seed=0):
    return np.random.default_rng(seed)


def counts_by_numpy(A, step):
    """Counts between edges half a step from the centres, the outer ones at infinity."""
    half = round(1.5 / step)
    inner = step * (np.arange(-half, half) + 0.5)
    return np.histogram(A[A != 0], np.concatenate([[-np.inf], inner, [np.inf]]))[0]


@given(seed=st.integers(0, 10**6), step=st.sampled_from([0.05, 0.1, 0.5, 1.5]), density=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_histogram_is_numpys_without_zeros_and_with_outliers_in_the_end_bins(seed, step, density):
    generator = rng(seed)
    A = generator.normal(size=(2, 3, 12, 12)) * (generator.random((2, 3, 12, 12)) < density)
    _, counts = weight_histogram(A, step=step)
    for place in np.ndindex(2, 3):
        np.testing.assert_array_equal(counts[place], counts_by_numpy(A[place], step))


@pytest.mark.parametrize(("step", "n_bins"), [(0.05, 61), (0.1, 31)])
def test_bins_are_the_papers(step, n_bins):
    centres, counts = weight_histogram(np.ones((3, 2, 2)), step=step)
    np.testing.assert_allclose(centres, np.linspace(-1.5, 1.5, n_bins), atol=1e-15)
    assert counts.shape == (3, n_bins)
    assert (counts.argmax(axis=-1) == np.flatnonzero(np.isclose(centres, 1))).all()


def test_step_is_that_of_the_memory_task_unless_told_otherwise():
    assert len(weight_histogram(np.ones((1, 1)))[0]) == 61


def test_weights_by_hand():
    A = np.array([[0.0, 1e-9, -0.024], [0.026, -40.0, 1.6], [1.47, 1.48, 0.0]])
    counts = weight_histogram(A)[1]
    assert {int(i) - 30: int(counts[i]) for i in np.flatnonzero(counts)} == {-30: 1, 0: 2, 1: 1, 29: 1, 30: 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step": 0.0}, "step"),
        ({"step": -0.05}, "step"),
        ({"step": np.nan}, "step"),
        ({"step": 0.4}, "step must divide 1.5"),
        ({"step": 4.0}, "step must divide 1.5"),
        ({"A": np.full((2, 2), np.nan)}, "A must be finite"),
    ],
)
def test_histogram_refuses_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        weight_histogram(**({"A": np.ones((2, 2))} | arguments))


def test_cumulative_singular_values_are_scipys():
    A = rng(1).normal(size=(2, 3, 5, 5))
    cumulative = cumulative_singular_values(A)
    for place in np.ndindex(2, 3):
        values = scipy.linalg.svdvals(A[place])
        np.testing.assert_allclose(cumulative[place], np.cumsum(values) / values.sum(), rtol=1e-10)


def test_cumulative_singular_values_of_known_matrices():
    Q = scipy.linalg.qr(rng(2).normal(size=(4, 4)))[0]
    np.testing.assert_allclose(cumulative_singular_values(7 * Q), [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(cumulative_singular_values(np.outer([1.0, 2.0], [3.0, 4.0])), [1, 1])
    np.testing.assert_allclose(cumulative_singular_values(np.diag([-1.0, 0.0, 3.0])), [0.75, 1, 1])


@pytest.mark.parametrize("A", [np.zeros((2, 2)), np.stack([np.eye(2), np.zeros((2, 2))]), np.full((2, 2), np.inf)])
def test_cumulative_singular_values_refuse_bad_input(A):
    with pytest.raises(ValueError, match="A must"):
        cumulative_singular_values(A)


def test_total_input_is_the_sum_over_senders():
    A = rng(3).normal(size=(2, 4, 4))
    expected = [[sum(abs(float(A[e, i, j])) for j in range(4)) for i in range(4)] for e in range(2)]
    np.testing.assert_allclose(total_input(A), expected)
    with pytest.raises(ValueError, match="A must be finite"):
        total_input(np.full((2, 2), np.nan))
