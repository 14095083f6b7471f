"""The task with new cues: what is where on the time line."""

import numpy as np
import pytest

from pruninglab import rnn
from pruninglab.rnn.dms import BIAS, CUE_1, CUE_2, END_STEP, GO, SPARE, START

CUES = [(1, 1), (-1, -1), (1, -1), (-1, 1)]


@pytest.mark.parametrize("condition", range(4))
def test_new_conditions_step_by_step(condition):
    inputs, targets = rnn.new_cue_conditions("new only")
    expected = np.zeros((58, 6))
    expected[:, BIAS] = 1
    expected[:10, [START, GO]] = 1
    expected[12:14, SPARE] = CUES[condition][0]
    expected[39:41, START] = CUES[condition][1]
    expected[51:53, GO] = 1
    expected[END_STEP, [SPARE, START, GO]] = 1
    np.testing.assert_array_equal(inputs[condition], expected)
    assert not inputs[:, :, [CUE_1, CUE_2]].any()
    wanted = np.zeros(58)
    wanted[51:53] = np.prod(CUES[condition])
    np.testing.assert_array_equal(targets[condition, :, 0], wanted)


def test_the_codes_reading_asks_for_the_opposite_of_the_old_answers_first():
    old_inputs, old_targets = rnn.dms_conditions()
    new_inputs, new_targets = rnn.new_cue_conditions("new only")
    inputs, targets = rnn.new_cue_conditions("reversed and new")
    np.testing.assert_array_equal(inputs, np.concatenate([old_inputs, new_inputs]))
    np.testing.assert_array_equal(targets, np.concatenate([-old_targets, new_targets]))


def test_trials_repeat_the_conditions_with_new_noise():
    inputs, targets = rnn.new_cue_trials("reversed and new", n_repeats=3, noise=0.2, rng=np.random.default_rng(0))
    conditions, clean = rnn.new_cue_conditions("reversed and new")
    np.testing.assert_array_equal(inputs, np.tile(conditions, (3, 1, 1)))
    noise = targets - np.tile(clean, (3, 1, 1))
    assert noise.std() == pytest.approx(0.2, rel=0.1)
    assert np.unique(noise).size == noise.size


def test_unknown_reading_is_refused():
    with pytest.raises(ValueError, match="reading"):
        rnn.new_cue_conditions("old only")
