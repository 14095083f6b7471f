"""Learning to choose a new option, at the smallest size, against the same steps written out."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.experiments.recurrent import bandit, new_option

POPULATION = bandit.Config(
    scale="book", levels=(0.3, 0.7), n_units=5, n_blocks=2, n_outer=2, max_initial=2, n_fresh=(2, 2, 2)
)
CONFIG = new_option.Config(scale="book", start=POPULATION, n_blocks=3, n_outer=4, n_fresh=6)
REPLICAS = [3, 0]
LINES = ("unpruned", "pruned", "corrected")
INITIAL_WEIGHTS, BLOCKS, EVALUATION = 5, 11, 12
OPTION_2, OPTION_3 = 3, 4
"""Their input channels; one less than each is the number of its action. Channels and actions are counted from 0."""
BOTH = [(replica, line) for replica in REPLICAS for line in LINES]
MATRICES = ("A", "B", "C")


@pytest.fixture(scope="module")
def source():
    """Like a stored summary, whose weights are in single precision."""
    summary = bandit.summarise(bandit.run(POPULATION, [0, 2, 3]))
    return summary.assign({name: summary[name].astype("float32") for name in MATRICES})


@pytest.fixture(scope="module")
def result(source):
    """What the experiment gives, and the trained network of each replica and line."""
    networks = []

    def spy(*arguments, **options):
        results = train(*arguments, **options)
        networks.extend(result.weights for result in results)
        return results

    train = new_option.train_episodes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(new_option, "train_episodes", spy)
        dataset = new_option.run(CONFIG, REPLICAS, source=source)
    return new_option.summarise(dataset), dict(zip(BOTH, networks, strict=True))


def generator(replica, purpose, arm=0):
    return np.random.default_rng(np.random.SeedSequence(2027, spawn_key=(replica, arm, 0, purpose)))


def stored(source, replica, line):
    found = source.sel(replica=replica, line=line)
    return rnn.Weights(*(found[name].values[None].astype(float) for name in MATRICES))


def played(weights, replica, noise=0.0):
    rng = generator(replica, BLOCKS)
    return rnn.bandit_blocks(weights, n_blocks=3, epsilon=0.15, noise=noise, rng=[rng], task="new option")


@pytest.mark.parametrize(("replica", "line"), BOTH)
def test_training_by_hand(replica, line, source, result):
    """All four outer iterations are made on one batch, which the network has played before the first."""
    dataset, networks = result
    weights, found = stored(source, replica, line), dataset.sel(replica=replica, line=line)
    batch = played(weights, replica)
    mask = None if line == "unpruned" else weights.A != 0
    how = {"mask": mask, "mask_residual": line == "corrected", "max_outer": 4}
    expected = rnn.train_scg(weights, batch.inputs, batch.targets, **how)
    np.testing.assert_allclose(found["logged_loss"], expected.logged_loss[0], rtol=1e-9)
    for name in ("outer", "inner", "gradients", "rejections", "fallbacks"):
        assert found[name] == getattr(expected, name)[0]
    assert found["outer"] == 4
    np.testing.assert_allclose(found["final_loss"], expected.final_loss[0], rtol=1e-9)
    np.testing.assert_allclose(found["last_logged_loss"], found["logged_loss"][3], rtol=1e-12)
    loss = ((batch.outputs - batch.values) ** 2).sum() / (3 * 60)
    np.testing.assert_allclose(found["start_loss"], loss, rtol=1e-9)
    np.testing.assert_allclose(found["logged_loss"][0], loss, rtol=1e-9)
    for name in MATRICES:
        trained, by_hand = (getattr(network, name) for network in (networks[replica, line], expected.weights))
        np.testing.assert_allclose(trained, by_hand, rtol=1e-9)


@pytest.mark.parametrize(("replica", "line"), BOTH)
def test_masks_stay(replica, line, source, result):
    before, after = stored(source, replica, line).A[0], result[1][replica, line].A[0]
    np.testing.assert_array_equal(after == 0, before == 0)
    assert np.count_nonzero(after == 0) == (0 if line == "unpruned" else round(0.7 * 25))
    assert (after[before != 0] != before[before != 0]).all()


@pytest.mark.parametrize("replica", REPLICAS)
def test_only_options_on_show_get_a_gradient(replica, source, result):
    """Nothing is learned of option 3 in the first task, nor of option 2 in the second."""
    rng = np.random.default_rng(np.random.SeedSequence(2026, spawn_key=(replica, 0, 0, INITIAL_WEIGHTS)))
    untrained = rnn.initial_weights(1, "bandit", [rng], n_units=5).B[0].astype("float32")
    for line in LINES:
        before, after = stored(source, replica, line).B[0], result[1][replica, line].B[0]
        np.testing.assert_array_equal(before[:, OPTION_3], untrained[:, OPTION_3])
        assert (before[:, OPTION_2] != untrained[:, OPTION_2]).all()
        np.testing.assert_array_equal(after[:, OPTION_2], before[:, OPTION_2])
        changed = (after != before).all(axis=0)
        assert changed.tolist() == [channel != OPTION_2 for channel in range(10)]


@pytest.mark.parametrize(("replica", "line"), BOTH)
def test_a_network_plays_its_batch_itself(replica, line, source):
    """Each output and value of the batch follows from the inputs, which hold what the network did."""
    weights = stored(source, replica, line)
    batch = new_option.training_batch(CONFIG, replica, line, source)
    assert batch.inputs.shape == (1, 3, 60, 10)
    assert not batch.inputs[..., OPTION_2].any()
    assert (batch.inputs[..., 1::2, [2, OPTION_3]] == 1).all()
    actions, rewards = batch.actions[0], batch.rewards[0]
    for m in range(3):
        z, Q = np.zeros(5), np.full((2, 4), 0.5)
        for k, u in enumerate(batch.inputs[0, m]):
            z = np.tanh(weights.A[0] @ z + weights.B[0] @ u)
            np.testing.assert_allclose(batch.outputs[0, m, k], weights.C[0] @ [*z, 1], atol=1e-12)
            np.testing.assert_allclose(batch.targets[0, m, k], Q[k % 2], atol=1e-12)
            if k < 59:
                doing = [*np.eye(4)[actions[m, k]], rewards[m, k]]
                np.testing.assert_array_equal(batch.inputs[0, m, k + 1, 5:], doing)
            Q[k % 2, actions[m, k]] += 0.7 * (rewards[m, k] - Q[k % 2, actions[m, k]])
    np.testing.assert_array_equal(rewards[:, ::2], -1.0 * (actions[:, ::2] != 0))
    unpaid = np.isin(actions[:, 1::2], (0, OPTION_2 - 1))
    assert not rewards[:, 1::2][unpaid].any()


def test_every_line_plays_with_the_same_random_numbers(source):
    """Networks that are equal play equal batches, which others of the same replica do not."""
    equal = source.copy()
    for name in MATRICES:
        equal[name] = xr.where(source["line"] == "corrected", source[name], source[name].sel(line="unpruned"))
        equal[name] = equal[name].transpose(*source[name].dims)
    batches = {line: new_option.training_batch(CONFIG, 3, line, equal) for line in LINES}
    for name in ("inputs", "targets", "actions", "rewards"):
        np.testing.assert_array_equal(getattr(batches["pruned"], name), getattr(batches["unpruned"], name))
    assert (batches["corrected"].actions != batches["unpruned"].actions).any()
    assert (new_option.training_batch(CONFIG, 0, "pruned", equal).actions != batches["pruned"].actions).any()


def test_noise_is_a_variance_and_shared_by_the_targets(source):
    batch = new_option.training_batch(replace(CONFIG, noise=0.1), 3, "pruned", source)
    by_hand = played(stored(source, 3, "pruned"), 3, noise=0.1)
    np.testing.assert_array_equal(batch.targets, by_hand.targets)
    noise = batch.targets - batch.values
    assert np.ptp(noise, axis=-1).max() < 1e-12
    assert 0.07 < noise.var() < 0.13


@pytest.mark.parametrize(("replica", "line"), BOTH)
@pytest.mark.parametrize(("arm", "task"), [(0, "learned"), (1, "new option")])
def test_trained_networks_play_fresh_blocks_of_both_tasks(replica, line, arm, task, result):
    dataset, networks = result
    rng = generator(replica, EVALUATION, arm)
    how = {"n_blocks": 6, "epsilon": 0.15, "noise": 0.0, "task": task}
    blocks = rnn.bandit_blocks(networks[replica, line], rng=[rng], **how)
    found = dataset.sel(replica=replica, line=line, task=task)
    assert found["agreement"] == (blocks.actions == blocks.teacher_actions).mean()
    error = ((blocks.outputs - blocks.values) ** 2).sum() / (6 * 60)
    np.testing.assert_allclose(found["value_error"], error, rtol=1e-9)


def larger_source():
    """Twelve units, untrained: enough to fit one block."""
    weights = rnn.initial_weights(1, "bandit", np.random.default_rng(0), n_units=12)
    pruned = weights.A * rnn.magnitude_mask(weights.A, 0.7)
    matrices = {"A": [weights.A[0], pruned[0], pruned[0]], "B": 3 * [weights.B[0]], "C": 3 * [weights.C[0]]}
    dims = {"A": ("unit", "sender"), "B": ("unit", "input"), "C": ("output", "reader")}
    variables = {name: (("replica", "line", *dims[name]), np.array([own])) for name, own in matrices.items()}
    return xr.Dataset(variables, coords={"replica": [3], "line": list(LINES)})


def test_a_low_loss_ends_no_training():
    """Neither the outer iterations nor the passes of any: as many as there are weights are made each time."""
    larger = larger_source()
    config = replace(CONFIG, start=replace(POPULATION, n_units=12), n_blocks=1, n_outer=5)
    dataset = new_option.run(config, [3], source=larger).isel(replica=0)
    batch = new_option.training_batch(config, 3, "unpruned", larger)
    ended = rnn.train_scg(stored(larger, 3, "unpruned"), batch.inputs, batch.targets, max_outer=5, stop=rnn.bandit_stop)
    assert ended.converged[0]
    assert ended.outer[0] < 5
    assert (dataset["outer"] == 5).all()
    assert (dataset["inner"] == 5 * (12 * 10 + 12 * 12 + 4 * 13)).all()
    assert not dataset["converged"].any()
    assert dataset["logged_loss"].notnull().all()
    assert dataset["final_loss"].sel(line="unpruned") < 0.5 * ended.final_loss[0]


@pytest.mark.parametrize("line", LINES)
def test_early_is_the_loss_before_training(line, source):
    batch = played(stored(source, 0, line), 0)
    early = new_option.early(CONFIG, 0, source=source)
    loss = ((batch.outputs - batch.targets) ** 2).sum() / (3 * 60)
    np.testing.assert_allclose(early["start_loss"].sel(line=line), loss, rtol=1e-9)


@pytest.mark.parametrize("call", ["run", "early", "training_batch"])
def test_networks_that_are_not_stored_are_refused(call, source):
    without = source.assign(A=source["A"].where(source["replica"] != 3))
    calls = {
        "run": lambda replica: new_option.run(CONFIG, [0, replica], source=without),
        "early": lambda replica: new_option.early(CONFIG, replica, source=without),
        "training_batch": lambda replica: new_option.training_batch(CONFIG, replica, "pruned", without),
    }
    with pytest.raises(ValueError, match="replica must be one of those of the source, got 1"):
        calls[call](1)
    with pytest.raises(ValueError, match="replica must be one whose weights are stored, got 3"):
        calls[call](3)


def test_presets():
    paper = new_option.PRESETS["paper"]
    assert new_option.SOURCE == "bandit"
    assert paper.start == bandit.PRESETS["paper"]
    assert (paper.start.example_level, paper.start.noise) == (0.7, 0.1)
    assert (paper.n_blocks, paper.noise, paper.n_outer) == (24, 0.0, 39)
    assert paper.seed != paper.start.seed
    assert new_option.PRESETS["book"].start == bandit.PRESETS["book"]
