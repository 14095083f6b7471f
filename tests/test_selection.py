"""Which synapses a score lets live."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.selection import keep_largest, water_level

scores = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=30).map(np.array)


@settings(max_examples=60, deadline=None)
@given(scores, st.data())
def test_exactly_so_many_stay_and_none_that_goes_is_larger(score, data):
    exists = np.array(data.draw(st.lists(st.booleans(), min_size=len(score), max_size=len(score))))
    n_kept = data.draw(st.integers(0, int(exists.sum())))
    mask = keep_largest(score, exists, n_kept)
    assert mask.sum() == n_kept
    assert not (mask & ~exists).any()
    if 0 < n_kept < exists.sum():
        assert score[mask].min() >= score[exists & ~mask].max()


def test_of_equal_scores_the_first_stay():
    score = np.array([[1.0, 2.0], [2.0, 2.0]])
    assert keep_largest(score, score > 0, 2).tolist() == [[False, True], [True, False]]


@settings(max_examples=60, deadline=None)
@given(scores, st.floats(0.05, 1))
def test_the_expected_number_is_met_and_probabilities_grow_with_scores(score, share):
    n_kept = share * len(score)
    p = np.minimum(1, water_level(score, n_kept) * score)
    assert p.sum() == pytest.approx(n_kept, rel=1e-9)
    assert (p <= 1).all()
    below = p < 1
    if below.any():
        np.testing.assert_allclose(p[below] / score[below], (p[below] / score[below])[0])
        assert below.all() or score[~below].min() >= score[below].max()


def test_water_level_when_everything_must_stay():
    assert water_level(np.array([4.0, 0.5, 1.0]), 3) == 2


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda: keep_largest(np.array([1.0, np.nan]), np.ones(2, dtype=bool), 1), "score"),
        (lambda: keep_largest(np.ones(2), np.array([True, False]), 2), "n_kept"),
        (lambda: keep_largest(np.ones(2), np.ones(2, dtype=bool), -1), "n_kept"),
    ],
)
def test_bad_input_is_named(wrong, name):
    with pytest.raises(ValueError, match=name):
        wrong()
