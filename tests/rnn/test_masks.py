import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pruninglab.rnn import magnitude_mask
from pruninglab.rnn.masks import require_mask

MEMORY_LEVELS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("level", "n_pruned"), list(zip(MEMORY_LEVELS, range(90, 900, 45), strict=True)))
def test_number_of_synapses_pruned_from_30_units(level, n_pruned):
    mask = magnitude_mask(rng().normal(size=(3, 30, 30)), level)
    assert mask.dtype == bool
    assert (~mask).sum(axis=(1, 2)).tolist() == [n_pruned] * 3


@pytest.mark.parametrize(("level", "n_pruned"), [(0.1, 40), (0.3, 120), (0.5, 200), (0.7, 280), (0.9, 360)])
def test_number_of_synapses_pruned_from_20_units(level, n_pruned):
    assert (~magnitude_mask(rng().normal(size=(2, 20, 20)), level)).sum(axis=(1, 2)).tolist() == [n_pruned] * 2


@pytest.mark.parametrize(("level", "n_pruned"), [(0.29, 29), (0.57, 57), (0.58, 58), (0.296, 30), (0.294, 29)])
def test_counts_are_rounded_and_not_cut_off(level, n_pruned):
    assert level * 100 != n_pruned
    assert (~magnitude_mask(rng().normal(size=(1, 10, 10)), level)).sum() == n_pruned


@given(
    A=st.integers(1, 6).flatmap(lambda n: arrays(np.float64, (2, n, n), elements=st.floats(-3, 3, width=16))),
    fraction=st.floats(0, 1, exclude_max=True),
)
@settings(max_examples=200, deadline=None)
def test_kept_entries_are_the_strongest_of_their_network(A, fraction):
    mask = magnitude_mask(A, fraction)
    n_pruned = round(fraction * A[0].size)
    for own, kept in zip(np.abs(A), mask, strict=True):
        assert (~kept).sum() == n_pruned
        np.testing.assert_array_equal(np.sort(own[~kept]), np.sort(own, axis=None)[:n_pruned])


def test_nothing_is_pruned_at_fraction_zero():
    assert magnitude_mask(np.zeros((2, 3, 3)), 0).all()


def test_among_equals_the_first_in_row_order_go():
    mask = magnitude_mask(np.full((1, 3, 3), -2.0), 4 / 9)
    assert mask[0].tolist() == [[False, False, False], [False, True, True], [True, True, True]]
    signs = np.array([[[1.0, -1.0, 5.0], [-1.0, 1.0, 1.0], [-7.0, 1.0, -1.0]]])
    assert magnitude_mask(signs, 3 / 9)[0].tolist() == [[False, False, True], [False, True, True], [True, True, True]]


def test_ties_of_a_large_matrix_are_broken_by_position():
    A = rng(4).integers(-2, 3, size=(1, 30, 30)).astype(float)
    strength = np.abs(A).ravel().tolist()
    weakest = sorted(range(900), key=lambda place: (strength[place], place))[:450]
    np.testing.assert_array_equal(np.flatnonzero(~magnitude_mask(A, 0.5)), sorted(weakest))


def test_the_diagonal_is_no_exception():
    A = np.ones((1, 4, 4)) - 0.9 * np.eye(4)
    np.testing.assert_array_equal(magnitude_mask(A, 0.25)[0], ~np.eye(4, dtype=bool))


def test_pruned_entries_stay_pruned_at_later_levels():
    generator = rng(1)
    A, before = generator.normal(size=(3, 30, 30)), np.ones((3, 30, 30), dtype=bool)
    for level in MEMORY_LEVELS:
        mask = magnitude_mask(A, level)
        assert not (mask & ~before).any()
        A, before = A * mask + 0.5 * generator.normal(size=A.shape) * mask, mask
    assert before.sum() == 3 * 45


@pytest.mark.parametrize(
    ("A", "fraction", "error", "message"),
    [
        (np.zeros((1, 3, 3)), -0.1, ValueError, "fraction"),
        (np.zeros((1, 3, 3)), 1.0, ValueError, "fraction"),
        (np.zeros((1, 3, 3)), np.nan, ValueError, "fraction"),
        (np.zeros((3, 3)), 0.5, ValueError, "A must have shape"),
        (np.zeros((1, 3, 4)), 0.5, ValueError, "A must have shape"),
        (np.full((1, 3, 3), np.inf), 0.5, ValueError, "A must be finite"),
        (np.zeros((1, 3, 3), dtype=int), 0.5, TypeError, "A must hold"),
        ([[[1.0]]], 0.5, TypeError, "A must be an array"),
    ],
)
def test_bad_input_is_named(A, fraction, error, message):
    with pytest.raises(error, match=message):
        magnitude_mask(A, fraction)


@pytest.mark.parametrize(
    ("mask", "error"),
    [
        (np.ones((1, 3, 3)), TypeError),
        ([[[True]]], TypeError),
        (np.ones((3, 3), dtype=bool), ValueError),
        (np.ones((2, 3, 3), dtype=bool), ValueError),
        (np.eye(3, dtype=bool)[None], ValueError),
    ],
)
def test_a_mask_must_fit_weights_that_are_pruned_already(mask, error):
    A = np.ones((1, 3, 3))
    with pytest.raises(error, match="mask"):
        require_mask(mask, A)


def test_a_mask_fits_the_weights_that_it_has_pruned():
    A = rng(3).normal(size=(2, 4, 4))
    mask = magnitude_mask(A, 0.5)
    assert require_mask(mask, A * mask) is None
    assert require_mask(mask, 0 * A) is None
