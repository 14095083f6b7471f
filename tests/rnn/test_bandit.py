"""Blocks of the bandit task against a plain loop written from the protocol, and the laws of their random numbers."""

from dataclasses import fields

import numpy as np
import pytest
import reference
from scipy.special import softmax

from pruninglab import rnn
from pruninglab.rnn import bandit
from pruninglab.rnn.layout import flatten, shape_of, unflatten

SECOND = {"learned": 2, "new option": 3}
"""Number of the second option on show, which is also its action, counted from 0."""
TASK = pytest.mark.parametrize("task", SECOND)


class Recorder:
    """A generator that remembers what was drawn from it."""

    def __init__(self, seed):
        self.rng, self.uniform, self.normal = np.random.default_rng(seed), [], []

    def random(self, size):
        self.uniform.append(self.rng.random(size))
        return self.uniform[-1]

    def standard_normal(self, size):
        self.normal.append(self.rng.standard_normal(size))
        return self.normal[-1]


def networks(n_networks=3, n_units=6, seed=1, scale=1.0):
    weights = rnn.initial_weights(n_networks, "bandit", np.random.default_rng(seed), n_units=n_units)
    return rnn.Weights(weights.A, weights.B, scale * weights.C)


def play(weights, seed=0, **how):
    settings = {"n_blocks": 4, "epsilon": 0.15, "noise": 0.1} | how
    return rnn.bandit_blocks(weights, rng=np.random.default_rng(seed), **settings)


def constant_network(outputs):
    """Reads out the same values at every step, by its bias alone."""
    C = np.zeros((1, 4, 3))
    C[0, :, 2] = outputs
    return rnn.Weights(np.zeros((1, 2, 2)), np.zeros((1, 2, 10)), C)


def first_above(probabilities, uniform):
    """Action, counted from 1, of an inverse-CDF draw."""
    total = 0.0
    for action in (1, 2, 3):
        total += probabilities[action - 1]
        if uniform < total:
            return action
    return 4


def plain_block(A, B, C, draws, epsilon, number, task):
    """One block as in section 3 of the protocol, everything counted from 1, entry 0 of lists unused."""
    explore, choice, luck = draws
    p1 = 0.2 if number % 2 == 1 else 0.8
    second = 3 if task == "learned" else 4
    Q = {state: [None, 0.5, 0.5, 0.5, 0.5] for state in (1, 2, 3, 4)}
    z, action, reward = np.zeros(len(A)), None, 0.0
    record = {name: [] for name in ("inputs", "values", "outputs", "actions", "teacher_actions", "rewards")}
    for step in range(1, 61):
        fixation = step % 2 == 1
        state = 1 if fixation else (2 if task == "learned" else 3)
        u = [0.0] * 11
        u[1] = 1
        for channel in [2] if fixation else [3, second + 1]:
            u[channel] = 1
        if action is not None:
            u[5 + action], u[10] = 1, reward
        z = np.tanh(A @ z + B @ u[1:])
        y = C @ np.append(z, 1)
        policies = [softmax(3 * y), softmax(3 * np.array(Q[state][1:]))]
        if explore[step - 1] < epsilon:
            policies = [[0.25] * 4] * 2
        action, teacher_action = (first_above(policy, choice[step - 1]) for policy in policies)
        if fixation:
            reward = 0.0 if action == 1 else -1.0
        else:
            reward = float(luck[step - 1] < {2: p1, second: 1 - p1}.get(action, 0.0))
        for name, value in (("inputs", u[1:]), ("values", Q[state][1:]), ("outputs", y), ("actions", action - 1),
                            ("teacher_actions", teacher_action - 1), ("rewards", reward)):  # fmt: skip
            record[name].append(list(value) if name in ("inputs", "values", "outputs") else value)
        Q[state][action] += 0.7 * (reward - Q[state][action])
    return record


@TASK
def test_blocks_are_those_of_a_plain_loop(task):
    weights = networks(scale=1.5)
    streams = [Recorder(e) for e in range(3)]
    blocks = rnn.bandit_blocks(weights, n_blocks=5, epsilon=0.3, noise=0.1, rng=streams, task=task)
    for e in range(3):
        (uniform,) = streams[e].uniform
        for m in range(5):
            expected = plain_block(weights.A[e], weights.B[e], weights.C[e], uniform[:, m], 0.3, m + 1, task)
            for name, value in expected.items():
                np.testing.assert_allclose(getattr(blocks, name)[e, m], value, atol=1e-12, err_msg=name)
        (normal,) = streams[e].normal
        np.testing.assert_allclose(blocks.targets[e] - blocks.values[e], np.sqrt(0.1) * normal + np.zeros(4))
    assert 0.3 < rnn.agreement(blocks).mean() < 0.9
    assert len(np.unique(blocks.actions)) == 4


@TASK
def test_input_channels(task):
    blocks = play(networks(), task=task)
    inputs, second = blocks.inputs, SECOND[task]
    assert inputs.shape == (3, 4, 60, 10)
    assert (inputs[..., 0] == 1).all()
    even = np.arange(60) % 2 == 1
    assert (inputs[..., 1] == ~even).all()
    for option in (1, 2, 3):
        assert (inputs[..., 1 + option] == (even if option in (1, second) else 0)).all()
    assert (inputs[:, :, 0, 5:] == 0).all()
    np.testing.assert_array_equal(inputs[:, :, 1:, 5:9], np.eye(4)[blocks.actions[:, :, :-1]])
    np.testing.assert_array_equal(inputs[:, :, 1:, 9], blocks.rewards[:, :, :-1])
    assert {-1, 0, 1} == set(np.unique(inputs[..., 9]))


def test_option_that_is_never_shown_gets_no_gradient_and_keeps_its_weights():
    weights = networks(n_networks=2, n_units=4)
    blocks = play(weights)
    _, gradient = rnn.loss_and_gradient(weights, blocks.inputs, blocks.targets)
    assert (gradient.B[:, :, 4] == 0).all()
    assert (gradient.B[:, :, [0, 1, 2, 3, 5, 6, 7, 8, 9]] != 0).all()
    trained = rnn.train_scg(weights, blocks.inputs, blocks.targets, max_outer=1).weights
    np.testing.assert_array_equal(trained.B[:, :, 4], weights.B[:, :, 4])
    assert (trained.B[:, :, 3] != weights.B[:, :, 3]).all()
    new = play(weights, task="new option")
    _, gradient = rnn.loss_and_gradient(weights, new.inputs, new.targets)
    assert (gradient.B[:, :, 3] == 0).all()
    assert (gradient.B[:, :, 4] != 0).all()


@TASK
def test_rewards_and_their_probabilities(task):
    blocks = rnn.teacher_blocks(n_blocks=3000, epsilon=1.0, rng=np.random.default_rng(5), task=task)
    second = SECOND[task]
    fixation, choice = (blocks.actions[0, :, first::2] for first in (0, 1))
    np.testing.assert_array_equal(blocks.rewards[0, :, ::2], np.where(fixation == 0, 0, -1))
    for parity, (first_pays, second_pays) in enumerate([(0.2, 0.8), (0.8, 0.2)]):
        taken, rewards = choice[parity::2], blocks.rewards[0, parity::2, 1::2]
        assert set(np.unique(rewards)) == {0, 1}
        for action in range(4):
            pays = {1: first_pays, second: second_pays}.get(action, 0.0)
            paid = rewards[taken == action]
            if pays == 0:
                assert (paid == 0).all()
            else:
                assert paid.mean() == pytest.approx(pays, abs=0.02)
        _, counts = np.unique(taken, return_counts=True)
        np.testing.assert_allclose(counts / taken.size, 0.25, atol=0.01)


@TASK
def test_teacher_learns_from_the_actions_of_the_network(task):
    """Off-policy: replayed from the actions and rewards on record, whatever the teacher would have done."""
    blocks = play(networks(), epsilon=0.15, task=task, n_blocks=6)
    assert (blocks.actions != blocks.teacher_actions).any()
    for e in range(3):
        for m in range(6):
            Q = np.full((2, 4), 0.5)
            for k in range(60):
                np.testing.assert_allclose(blocks.values[e, m, k], Q[k % 2], rtol=1e-12)
                action = blocks.actions[e, m, k]
                Q[k % 2, action] = 0.3 * Q[k % 2, action] + 0.7 * blocks.rewards[e, m, k]


@TASK
def test_network_whose_outputs_are_the_teachers_values_always_agrees(task):
    blocks = rnn.teacher_blocks(n_blocks=50, epsilon=0.15, rng=np.random.default_rng(0), task=task, noise=0.4)
    np.testing.assert_array_equal(blocks.outputs, blocks.values)
    np.testing.assert_array_equal(blocks.actions, blocks.teacher_actions)
    assert rnn.agreement(blocks) == [1.0]
    assert rnn.value_error(blocks) == [0.0]
    assert np.var(blocks.targets - blocks.values) == pytest.approx(0.4, rel=0.1)


def test_network_that_knows_the_first_values_agrees_at_the_first_step():
    """Until it is rewarded otherwise: a constant is no bar to agreement, since only differences count."""
    blocks = play(constant_network([7.0] * 4), n_blocks=200)
    np.testing.assert_array_equal(blocks.actions[:, :, :2], blocks.teacher_actions[:, :, :2])
    assert (blocks.actions != blocks.teacher_actions).any()


@pytest.mark.parametrize(("epsilon", "expected"), [(0.15, 3.2), (0.0, 6.0)])
def test_reward_of_the_teacher(epsilon, expected):
    """Over 20,000 blocks, whose mean has a standard error of 0.03; over 400,000 it is 3.17 and 5.95."""
    rng = np.random.default_rng(2027)
    blocks = (rnn.teacher_blocks(n_blocks=5000, epsilon=epsilon, rng=rng) for _ in range(4))
    assert np.mean([rnn.reward_per_block(part)[0] for part in blocks]) == pytest.approx(expected, abs=0.05)


def test_actions_follow_a_softmax_with_inverse_temperature_three():
    outputs = np.array([0.0, 0.4, 0.7, -0.3])
    blocks = play(constant_network(outputs), n_blocks=600, epsilon=0.0)
    counts = np.bincount(blocks.actions.ravel(), minlength=4)
    np.testing.assert_allclose(counts / counts.sum(), softmax(3 * outputs), atol=0.01)
    np.testing.assert_allclose(bandit.choice_probabilities(outputs), softmax(3 * outputs), rtol=1e-13)
    np.testing.assert_allclose(bandit.choice_probabilities(1e4 + outputs, 2.0), softmax(2 * outputs), rtol=1e-9)
    large = bandit.choice_probabilities(np.array([[1e4, 0, 0, 0], [0, 0, 0, 0]]))
    np.testing.assert_array_equal(large, [[1, 0, 0, 0], [0.25] * 4])


def test_random_actions_are_shared_with_the_teacher():
    """A network that would always take option 3 takes another action only where both choose at random."""
    blocks = play(constant_network([0, 0, 0, 1000.0]), n_blocks=400, epsilon=0.2)
    others = blocks.actions != 3
    assert others.mean() == pytest.approx(0.2 * 0.75, abs=0.01)
    np.testing.assert_array_equal(blocks.actions[others], blocks.teacher_actions[others])
    assert not (play(constant_network([0, 0, 0, 1000.0]), n_blocks=400, epsilon=0.0).actions != 3).any()


@pytest.mark.parametrize("noise", [0.01, 1.0])
def test_noise_is_given_as_a_variance(noise):
    shared = play(networks(), n_blocks=200, noise=noise)
    own = play(networks(), n_blocks=200, noise=noise, shared_noise=False)
    for blocks in (shared, own):
        eta = blocks.targets - blocks.values
        assert eta.mean() == pytest.approx(0, abs=0.02 * np.sqrt(noise))
        assert eta.var() == pytest.approx(noise, rel=0.03)
        steps = eta[..., 0].reshape(-1, 60)
        assert np.abs(np.corrcoef(steps[:, 0], steps[:, 1])[0, 1]) < 0.2
        assert np.abs(np.corrcoef(eta[0, ..., 0].ravel(), eta[1, ..., 0].ravel())[0, 1]) < 0.05
    together = shared.targets - shared.values
    np.testing.assert_allclose(together, together[..., :1] + np.zeros(4), atol=1e-12)
    correlation = np.corrcoef((own.targets - own.values).reshape(-1, 4).T)
    np.testing.assert_allclose(correlation, np.eye(4), atol=0.03)


def test_noise_changes_targets_only():
    quiet, loud, independent = (
        play(networks(), noise=noise, shared_noise=shared) for noise, shared in ((0.0, True), (1.0, True), (1.0, False))
    )
    np.testing.assert_array_equal(quiet.targets, quiet.values)
    for other in (loud, independent):
        for field in fields(rnn.Blocks):
            same = np.array_equal(getattr(quiet, field.name), getattr(other, field.name))
            assert same == (field.name != "targets")


def test_random_numbers_do_not_depend_on_what_a_network_does():
    weights = networks(n_networks=2)
    rngs = [np.random.default_rng(4), np.random.default_rng(4)]
    blocks = rnn.bandit_blocks(weights, n_blocks=3, epsilon=1.0, noise=0.1, rng=rngs)
    assert (blocks.outputs[0] != blocks.outputs[1]).any()
    for name in ("actions", "rewards", "inputs", "targets"):
        np.testing.assert_array_equal(getattr(blocks, name)[0], getattr(blocks, name)[1])


def test_networks_have_random_numbers_of_their_own():
    weights = networks(n_networks=1)
    twice = rnn.Weights(*(np.repeat(getattr(weights, name), 2, axis=0) for name in "ABC"))
    blocks = play(twice)
    assert (blocks.actions[0] != blocks.actions[1]).any()
    assert (blocks.targets[0] - blocks.values[0] != blocks.targets[1] - blocks.values[1]).any()


def test_number_of_networks_does_not_change_their_blocks():
    weights = networks(n_networks=5, n_units=20)

    def rngs():
        return [np.random.default_rng(seed) for seed in range(5)]

    together = rnn.bandit_blocks(weights, n_blocks=3, epsilon=0.15, noise=0.1, rng=rngs())
    for chosen in (slice(1, 2), slice(2, 5)):
        alone = rnn.bandit_blocks(weights[chosen], n_blocks=3, epsilon=0.15, noise=0.1, rng=rngs()[chosen])
        for field in fields(rnn.Blocks):
            of_all = getattr(together, field.name)[chosen]
            np.testing.assert_allclose(getattr(alone, field.name), of_all, rtol=1e-12, atol=1e-14)
    spawned = play(weights, n_blocks=3)
    first = play(weights[:2], n_blocks=3)
    np.testing.assert_array_equal(spawned.actions[:2], first.actions)


def test_forward_on_the_recorded_inputs_gives_the_recorded_outputs():
    weights = networks(n_units=20)
    blocks = play(weights, n_blocks=6)
    _, outputs = rnn.forward(weights, blocks.inputs)
    np.testing.assert_allclose(outputs, blocks.outputs, rtol=1e-10, atol=1e-12)


def test_networks_without_output_bias():
    weights = networks()
    narrow = rnn.Weights(weights.A, weights.B, weights.C[:, :, :-1])
    blocks = play(narrow)
    np.testing.assert_allclose(rnn.forward(narrow, blocks.inputs)[1], blocks.outputs, rtol=1e-10, atol=1e-12)


def test_a_network_of_the_paper_has_684_weights_and_starts_with_a_loss_of_several_units():
    weights = rnn.initial_weights(20, "bandit", np.random.default_rng(0))
    assert weights.n_weights == 684
    blocks = play(weights, n_blocks=24, noise=0.0)
    loss, _ = rnn.loss_and_gradient(weights, blocks.inputs, blocks.targets)
    assert 2 < loss.mean() < 20
    np.testing.assert_allclose(loss, rnn.value_error(blocks), rtol=1e-10)


def test_gradient_on_a_batch_is_that_of_finite_differences_and_of_a_plain_loop():
    weights = networks(n_networks=1, n_units=5)
    blocks = play(weights, n_blocks=3)
    inputs, targets = blocks.inputs, blocks.targets[0]
    loss, gradient = rnn.loss_and_gradient(weights, inputs, targets)
    expected, *matrices = reference.loss_and_gradient(weights.A[0], weights.B[0], weights.C[0], inputs[0], targets)
    assert loss[0] == pytest.approx(expected, rel=1e-12)
    assert loss[0] == pytest.approx(((blocks.outputs - blocks.targets) ** 2).sum() / 180, rel=1e-12)
    for name, matrix in zip("ABC", matrices, strict=True):
        np.testing.assert_allclose(getattr(gradient, name)[0], matrix, rtol=1e-9, atol=1e-12)
    step = 1e-5 * np.eye(weights.n_weights)
    sides = (unflatten(flatten(weights) + sign * step, shape_of(weights)) for sign in (1, -1))
    up, down = (((rnn.forward(side, inputs[0])[1] - targets) ** 2).sum(axis=(1, 2, 3)) / 180 for side in sides)
    slopes = unflatten(((up - down) / 2e-5)[None], shape_of(weights))
    for name in "ABC":
        error = np.linalg.norm(getattr(gradient, name) - getattr(slopes, name))
        assert error < 1e-6 * np.linalg.norm(getattr(slopes, name))


def test_some_of_the_blocks():
    blocks = play(networks(), n_blocks=6)
    part = blocks[2:5]
    for field in fields(rnn.Blocks):
        np.testing.assert_array_equal(getattr(part, field.name), getattr(blocks, field.name)[:, 2:5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_weights(dtype):
    double = networks()
    blocks = play(rnn.Weights(*(getattr(double, name).astype(dtype) for name in "ABC")))
    for name in ("inputs", "targets", "values", "outputs", "rewards"):
        assert getattr(blocks, name).dtype == dtype
    for name in ("actions", "teacher_actions"):
        assert getattr(blocks, name).dtype.kind == "i"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (dict(n_blocks=0), "n_blocks"),
        (dict(epsilon=-0.1), "epsilon"),
        (dict(epsilon=1.1), "epsilon"),
        (dict(epsilon=np.nan), "epsilon"),
        (dict(noise=-0.1), "noise"),
        (dict(noise=np.inf), "noise"),
        (dict(noise=np.nan), "noise"),
        (dict(task="old"), "task"),
    ],
)
def test_bad_input_is_named(change, name):
    with pytest.raises(ValueError, match=name):
        play(networks(), **change)
    with pytest.raises(ValueError, match=name):
        rnn.teacher_blocks(**({"n_blocks": 2, "epsilon": 0.1, "rng": np.random.default_rng(0)} | change))


def test_weights_and_streams_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="weights"):
        play(rnn.initial_weights(1, "dms", np.random.default_rng(0)))
    weights = networks()
    with pytest.raises(ValueError, match="weights"):
        play(rnn.Weights(weights.A, weights.B, weights.C[:, :3]))
    with pytest.raises(ValueError, match="weights"):
        play(rnn.Weights(weights.A, weights.B[:, :, :9], weights.C))
    with pytest.raises(ValueError, match="rng"):
        rnn.bandit_blocks(weights, n_blocks=1, epsilon=0.1, noise=0.0, rng=[np.random.default_rng(0)] * 2)
    with pytest.raises(TypeError, match="rng"):
        rnn.bandit_blocks(weights, n_blocks=1, epsilon=0.1, noise=0.0, rng=3)
