"""Thresholds and draws of the bench, against counts, a probability found by bisection, and means of many draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pruninglab.experiments.synthesis.uses import USES, cut

N_DRAWS = 4000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def W():
    """Five receivers, six senders; one synapse does not exist, and one is very strong."""
    drawn = np.random.default_rng(1).normal(size=(5, 6))
    drawn[2, 3] = 0
    drawn[4, 0] = 20
    return drawn


@pytest.fixture
def score():
    """Positive everywhere but for one synapse; one score is so large that its synapse must stay."""
    drawn = np.random.default_rng(2).uniform(0.1, 2, size=(5, 6))
    drawn[0, 1] = 0
    drawn[1, 1] = 50
    return drawn


def probabilities(W, score, n_kept):
    """In proportion to the score, at most 1, with the sum `n_kept`."""
    wanted = np.where(W != 0, score, 0)
    low, high = 0.0, n_kept / wanted[wanted > 0].min()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(1, middle * wanted).sum() < n_kept else (low, middle)
    return np.minimum(1, high * wanted)


def draws(W, score, n_kept, rng):
    masks, pruned = zip(*(cut(W, score, n_kept, "strengthen", rng) for _ in range(N_DRAWS)), strict=True)
    return np.array(masks), np.array(pruned)


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 6), st.data())
def test_a_threshold_keeps_the_largest_as_they_are(seed, n_rows, n_columns, data):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(n_rows, n_columns)) * (rng.random((n_rows, n_columns)) < 0.7)
    score = rng.integers(0, 4, size=W.shape).astype(float)
    n_kept = data.draw(st.integers(0, int((W != 0).sum())))
    mask, pruned = cut(W, score, n_kept, "threshold", rng)
    assert (mask.dtype, mask.sum()) == (bool, n_kept)
    assert not mask[W == 0].any()
    np.testing.assert_array_equal(pruned, np.where(mask, W, 0))
    lost = (W != 0) & ~mask
    if n_kept and lost.any():
        assert score[mask].min() >= score[lost].max()


def test_in_the_mean_nothing_is_changed_and_the_number_is_as_asked(W, score, rng):
    p = probabilities(W, score, 9)
    masks, pruned = draws(W, score, 9, rng)
    alive = p > 0
    assert p[1, 1] == 1
    assert 0 < p[alive].min() < 0.1
    deviation = np.abs(W[alive]) * np.sqrt((1 / p[alive] - 1) / N_DRAWS)
    assert (np.abs(pruned.mean(axis=0)[alive] - W[alive]) <= 5 * deviation + 1e-9).all()
    assert (np.abs(masks.mean(axis=0) - p) <= 5 * np.sqrt(p * (1 - p) / N_DRAWS) + 1e-9).all()
    assert masks.sum(axis=(1, 2)).mean() == pytest.approx(9, abs=5 * np.sqrt((p * (1 - p)).sum() / N_DRAWS))


def test_what_is_kept_is_divided_by_its_probability(W, score, rng):
    p = probabilities(W, score, 9)
    mask, pruned = cut(W, score, 9, "strengthen", rng)
    np.testing.assert_allclose(pruned[mask], W[mask] / p[mask])
    assert not pruned[~mask].any()
    assert (np.abs(pruned[mask]) > np.abs(W[mask])).any()
    assert mask.dtype == bool


def test_nothing_without_a_score_or_a_weight_is_drawn(W, score, rng):
    masks, pruned = draws(W, score, 25, rng)
    assert not masks[:, 0, 1].any()
    assert not masks[:, 2, 3].any()
    assert not pruned[:, 0, 1].any()
    assert masks.any(axis=0).sum() == W.size - 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_kept", [28, 29])
def test_all_that_can_be_drawn_stay_as_they_are_if_so_many_are_asked_for(W, score, rng, n_kept):
    mask, pruned = cut(W, score, n_kept, "strengthen", rng)
    possible = (W != 0) & (score > 0)
    np.testing.assert_array_equal(mask, possible)
    np.testing.assert_allclose(pruned, np.where(possible, W, 0), rtol=1e-12)


def test_a_draw_is_that_of_the_generator(W, score):
    mask, _ = cut(W, score, 9, "strengthen", np.random.default_rng(7))
    np.testing.assert_array_equal(mask, np.random.default_rng(7).random(W.shape) < probabilities(W, score, 9))


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_of_the_weights_stays_and_they_are_not_touched(use, dtype, W, score, rng):
    W = W.astype(dtype)
    before = W.copy(), score.copy()
    mask, pruned = cut(W, score, 9, use, rng)
    assert (pruned.dtype, pruned.shape, mask.shape) == (dtype, W.shape, W.shape)
    np.testing.assert_array_equal(W, before[0])
    np.testing.assert_array_equal(score, before[1])


def test_another_use_is_refused(W, score, rng):
    with pytest.raises(ValueError, match="use must be"):
        cut(W, score, 9, "weaken", rng)
