"""Measures of choices against plain loops, and a fitted learner on choices whose learner is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from pruninglab import rnn


@pytest.fixture(scope="module")
def blocks():
    weights = rnn.initial_weights(3, "bandit", np.random.default_rng(1), n_units=6)
    return rnn.bandit_blocks(weights, n_blocks=4, epsilon=0.15, noise=0.3, rng=np.random.default_rng(2))


def test_measures_are_those_of_plain_loops(blocks):
    for e in range(3):
        error, same, rewards = 0.0, 0, []
        for m in range(4):
            rewards.append(0.0)
            for k in range(60):
                for o in range(4):
                    error += (blocks.outputs[e, m, k, o] - blocks.values[e, m, k, o]) ** 2
                same += blocks.actions[e, m, k] == blocks.teacher_actions[e, m, k]
                rewards[-1] += blocks.rewards[e, m, k]
        assert rnn.value_error(blocks)[e] == pytest.approx(error / 240, rel=1e-12)
        assert rnn.agreement(blocks)[e] == pytest.approx(same / 240, rel=1e-12)
        assert rnn.reward_per_block(blocks)[e] == pytest.approx(np.mean(rewards), rel=1e-12)
    assert (np.unique(rnn.agreement(blocks)).size, np.unique(rnn.reward_per_block(blocks)).size) == (3, 3)


@pytest.mark.parametrize(("task", "shown"), [("learned", (1, 2)), ("new option", (1, 3))])
def test_changes_of_the_options_on_show(blocks, task, shown):
    chosen, unchosen = rnn.output_changes(blocks, task)
    for e in range(3):
        changes = {True: [], False: []}
        for m in range(4):
            for k in range(1, 59, 2):
                for option in shown:
                    change = abs(blocks.outputs[e, m, k + 2, option] - blocks.outputs[e, m, k, option])
                    changes[blocks.actions[e, m, k] == option].append(change)
        assert chosen[e] == pytest.approx(np.mean(changes[True]), rel=1e-12)
        assert unchosen[e] == pytest.approx(np.mean(changes[False]), rel=1e-12)
    if task == "learned":
        for found, default in zip((chosen, unchosen), rnn.output_changes(blocks), strict=True):
            np.testing.assert_array_equal(found, default)


@pytest.mark.parametrize("task", ["learned", "new option"])
def test_teacher_leaves_options_alone_that_were_not_chosen(task):
    blocks = rnn.teacher_blocks(n_blocks=40, epsilon=0.15, rng=np.random.default_rng(0), task=task)
    chosen, unchosen = rnn.output_changes(blocks, task)
    assert unchosen == [0.0]
    assert chosen[0] > 0.1


def test_teacher_is_found_in_its_choices():
    for epsilon, seed in ((0.15, 0), (0.0, 1)):
        blocks = rnn.teacher_blocks(n_blocks=400, epsilon=epsilon, rng=np.random.default_rng(seed))
        rate, beta = rnn.fit_learner(blocks, epsilon)
        assert rate.shape == beta.shape == (1,)
        assert rate[0] == pytest.approx(0.7, abs=0.05)
        assert beta[0] == pytest.approx(3.0, abs=0.2)


def learner(rate, beta, epsilon, n_blocks, seed):
    """Actions and rewards of a learner that is not the teacher, trial by trial."""
    rng = np.random.default_rng(seed)
    actions, rewards = np.zeros((n_blocks, 60), dtype=int), np.zeros((n_blocks, 60))
    for m in range(n_blocks):
        Q, pays = np.full(4, 0.5), [0, 0.2, 0.8, 0] if m % 2 == 0 else [0, 0.8, 0.2, 0]
        for k in range(1, 60, 2):
            policy = (1 - epsilon) * softmax(beta * Q) + epsilon / 4
            actions[m, k] = action = rng.choice(4, p=policy)
            rewards[m, k] = rng.random() < pays[action]
            Q[action] += rate * (rewards[m, k] - Q[action])
    return actions, rewards


def test_several_learners_are_told_apart():
    """The second chooses with more noise, the third learns slowly and hardly errs; fixation steps do not count."""
    known = [(0.7, 3.0), (0.7, 1.5), (0.2, 12.0)]
    played = [learner(rate, beta, 0.1, 250, seed) for seed, (rate, beta) in enumerate(known)]
    actions, rewards = (np.stack(arrays) for arrays in zip(*played, strict=True))
    empty = np.zeros((3, 250, 60, 4))
    blocks = rnn.Blocks(empty, empty, empty, empty, actions, actions, rewards)
    rate, beta = rnn.fit_learner(blocks, 0.1)
    np.testing.assert_allclose(rate, [own for own, _ in known], atol=0.08)
    np.testing.assert_allclose(beta, [own for _, own in known], rtol=0.12)
    noise = np.random.default_rng(0).integers(0, 4, actions[..., ::2].shape)
    actions[..., ::2], rewards[..., ::2] = noise, -1
    for again, before in zip(rnn.fit_learner(replace(blocks, actions=actions), 0.1), (rate, beta), strict=True):
        np.testing.assert_array_equal(again, before)


def test_noisier_choices_have_a_lower_inverse_temperature():
    """The same teacher, some of whose choices are taken for its own although they were random."""
    blocks = rnn.teacher_blocks(n_blocks=200, epsilon=0.3, rng=np.random.default_rng(3))
    _, told = rnn.fit_learner(blocks, 0.3)
    _, untold = rnn.fit_learner(blocks, 0.0)
    assert untold[0] < 0.8 * told[0]


def test_fit_stays_within_its_bounds():
    """Choices that never fail, and choices that avoid what paid."""
    actions, rewards = np.ones((1, 2, 60), dtype=int), np.ones((1, 2, 60))
    empty = np.zeros((1, 2, 60, 4))
    sure = rnn.fit_learner(rnn.Blocks(empty, empty, empty, empty, actions, actions, rewards), 0.0)
    assert sure[1] <= 50
    assert sure[1] > 20
    perverse = rnn.fit_learner(rnn.Blocks(empty, empty, empty, empty, actions, actions, 0 * rewards), 0.0)
    for rate, beta in (sure, perverse):
        assert 0 <= rate[0] <= 1
        assert 0 <= beta[0] <= 50
