"""The working-memory task, step by step; steps are counted from 1."""

import numpy as np
import pytest
import scipy.stats

from pruninglab.rnn import dms_conditions, dms_correct, dms_probe, dms_trials
from pruninglab.rnn.dms import PROBE_STRENGTHS, PROBE_TIMES

SIDES = [(1, 1), (-1, -1), (1, -1), (-1, 1)]
TARGETS = [1, 1, -1, -1]


def line(*steps):
    """1 at some of the 58 steps, 0 at the others."""
    values = np.zeros(58)
    values[np.array(steps) - 1] = 1
    return values


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("condition", range(4))
def test_time_line_of_every_condition(condition):
    inputs, targets = dms_conditions()
    cue_1, cue_2 = SIDES[condition]
    bias, first, second, spare, start, go = inputs[condition].T
    np.testing.assert_array_equal(bias, np.ones(58))
    np.testing.assert_array_equal(first, cue_1 * line(13, 14))
    np.testing.assert_array_equal(second, cue_2 * line(40, 41))
    np.testing.assert_array_equal(spare, line(58))
    np.testing.assert_array_equal(start, line(*range(1, 11), 58))
    np.testing.assert_array_equal(go, line(*range(1, 11), 52, 53, 58))
    np.testing.assert_array_equal(targets[condition, :, 0], TARGETS[condition] * line(52, 53))


def test_conditions_have_the_documented_shapes():
    inputs, targets = dms_conditions()
    assert (inputs.shape, targets.shape) == ((4, 58, 6), (4, 58, 1))
    assert inputs.dtype == targets.dtype == np.float64


def test_changing_an_array_changes_no_later_one():
    dms_conditions()[0][:] = 7
    dms_probe(20, 0.2)[:] = 7
    test_time_line_of_every_condition(0)


@pytest.mark.parametrize("n_repeats", [1, 4, 5])
def test_trials_go_through_the_conditions_again_and_again(n_repeats):
    inputs, targets = dms_trials(n_repeats=n_repeats, noise=0.0, rng=rng())
    conditions = dms_conditions()
    assert len(inputs) == len(targets) == 4 * n_repeats
    for trial in range(4 * n_repeats):
        np.testing.assert_array_equal(inputs[trial], conditions[0][trial % 4])
        np.testing.assert_array_equal(targets[trial], conditions[1][trial % 4])


def test_a_set_has_five_repeats_and_noise_of_a_tenth_unless_told_otherwise():
    by_default = dms_trials(rng=rng(1))
    stated = dms_trials(n_repeats=5, noise=0.1, rng=rng(1))
    np.testing.assert_array_equal(by_default[1], stated[1])
    assert len(by_default[0]) == 20


def test_noise_is_normal_and_on_every_target_of_every_step_and_trial():
    inputs, targets = dms_trials(n_repeats=500, rng=rng(2))
    conditions = dms_conditions()
    np.testing.assert_array_equal(inputs, np.tile(conditions[0], (500, 1, 1)))
    noise = (targets - np.tile(conditions[1], (500, 1, 1)))[:, :, 0]
    assert len(np.unique(noise)) == noise.size
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=5 * 0.1 / np.sqrt(2000))
    np.testing.assert_allclose(noise.std(axis=0), 0.1, rtol=5 / np.sqrt(4000))
    assert noise.std() == pytest.approx(0.1, rel=5 / np.sqrt(2 * noise.size))
    assert scipy.stats.kstest(noise.ravel()[:20_000] / 0.1, "norm").pvalue > 0.001


def test_noise_is_a_standard_deviation():
    clean = dms_trials(noise=0.0, rng=rng(3))[1]
    weak, strong = (dms_trials(noise=noise, rng=rng(3))[1] - clean for noise in (0.1, 0.4))
    np.testing.assert_allclose(strong, 4 * weak, atol=1e-15)
    assert (weak != 0).all()


def test_every_call_draws_new_noise():
    generator = rng(4)
    first, second = (dms_trials(rng=generator)[1] for _ in range(2))
    assert (first != second).all()


@pytest.mark.parametrize("arguments", [{"n_repeats": 0}, {"noise": -0.1}, {"noise": np.inf}, {"noise": np.nan}])
def test_trials_refuse_bad_input(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        dms_trials(**arguments, rng=rng())


@pytest.mark.parametrize("strength", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("time", [15, 16, 20, 36, 38])
def test_probe_shows_the_other_side_for_two_steps_and_changes_nothing_else(time, strength):
    inputs = dms_conditions()[0]
    for condition, (cue_1, _) in enumerate(SIDES):
        inputs[condition, :, 1] = cue_1 * (line(13, 14) - strength * line(time, time + 1))
    np.testing.assert_array_equal(dms_probe(time, strength), inputs)


def test_grid_of_probes_is_the_papers():
    assert list(PROBE_TIMES) == [16, 20, 24, 28, 32, 36]
    assert list(PROBE_STRENGTHS) == [0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.parametrize("time", [13, 14, 39, 40])
def test_probe_lies_within_the_first_delay(time):
    with pytest.raises(ValueError, match="time"):
        dms_probe(time, 0.2)


@pytest.mark.parametrize("strength", [np.nan, np.inf])
def test_probe_refuses_a_strength_that_is_not_finite(strength):
    with pytest.raises(ValueError, match="strength"):
        dms_probe(20, strength)


def response(at_52, at_53, elsewhere=0.0):
    """The same output in all conditions."""
    outputs = np.full((4, 58, 1), elsewhere)
    outputs[:, 51, 0], outputs[:, 52, 0] = at_52, at_53
    return outputs


@pytest.mark.parametrize(
    ("outputs", "correct"),
    [
        (response(1, 1), [True, True, False, False]),
        (response(-1, -1), [False, False, True, True]),
        (response(0.01, 0.01), [True, True, False, False]),
        (response(5, 5), [True, True, False, False]),
        (response(0.5, -0.4), [True, True, False, False]),
        (response(0.4, -0.5), [False, False, True, True]),
        (response(-0.4, 0.5, elsewhere=-9.0), [True, True, False, False]),
        (response(0.5, -0.5), [False, False, False, False]),
    ],
)
def test_sign_of_the_mean_response_decides(outputs, correct):
    assert dms_correct(outputs).tolist() == correct


def test_correctness_keeps_leading_axes():
    targets = dms_conditions()[1]
    outputs = np.stack([np.stack([targets, -targets, 0 * targets]), np.stack([3 * targets] * 3)])
    expected = np.array([[1, 0, 0], [1, 1, 1]], dtype=bool)
    np.testing.assert_array_equal(dms_correct(outputs), np.repeat(expected[..., None], 4, axis=-1))
    single = dms_correct(outputs.astype(np.float32))
    assert single.dtype == bool
    np.testing.assert_array_equal(single, dms_correct(outputs))


@pytest.mark.parametrize("shape", [(58, 1), (5, 58, 1), (4, 57, 1), (4, 58, 2), (4, 58)])
def test_correctness_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match="outputs"):
        dms_correct(np.zeros(shape))


def test_correctness_refuses_what_is_not_finite():
    with pytest.raises(ValueError, match="outputs"):
        dms_correct(response(1, np.nan))
