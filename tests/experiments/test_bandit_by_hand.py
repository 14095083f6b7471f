"""The bandit experiments at the smallest size, computed again from public functions and stream addresses."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.experiments.recurrent import bandit, bandit_measures, bandit_start

CONFIG = bandit.Config(
    scale="book",
    levels=(0.3, 0.7),
    n_units=4,
    n_blocks=2,
    n_outer=3,
    renewal=2,
    max_initial=3,
    n_fresh=(2, 4, 6),
)
REPLICAS = [0, 3]
LINES = ("unpruned", "pruned", "corrected")
INITIAL, UNPRUNED, PRUNED = range(3)
INITIAL_WEIGHTS, BLOCKS, EVALUATION = 5, 11, 12
MATRICES = ("A", "B", "C")
COUNTS = ("outer", "inner", "gradients", "rejections", "fallbacks")


@pytest.fixture(scope="module")
def dataset():
    return bandit.run(CONFIG, REPLICAS)


def generator(replica, arm, level, purpose):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(replica, arm, level, purpose)))


def by_hand(weights, rng, tau, noise, mask=None, corrected=False):
    """Three outer iterations: one on the first batch and two on the next, played before the second of them."""
    results = []
    for length, epsilon in ((1, 0.15), (2, 0.15 * (1 - 2 / tau))):
        blocks = rnn.bandit_blocks(weights, n_blocks=2, epsilon=epsilon, noise=noise, rng=[rng])
        how = {"mask": mask, "mask_residual": corrected, "max_outer": length, "stop": rnn.bandit_stop}
        results.append(rnn.train_scg(weights, blocks.inputs, blocks.targets, **how))
        weights = results[-1].weights
    return results


@cache
def initial_training(replica):
    weights = rnn.initial_weights(1, "bandit", [generator(replica, 0, 0, INITIAL_WEIGHTS)], n_units=4)
    return by_hand(weights, generator(replica, INITIAL, 0, BLOCKS), 100, 0.0)


def walk(replica, line):
    """Network before each level, and the results of its two batches."""
    weights, steps = initial_training(replica)[-1].weights, []
    for number, level in enumerate(CONFIG.levels):
        mask = None
        if line != "unpruned":
            mask = np.abs(weights.A) > np.sort(np.abs(weights.A).ravel())[round(16 * level) - 1]
            weights = replace(weights, A=weights.A * mask)
        rng = generator(replica, UNPRUNED if line == "unpruned" else PRUNED, number, BLOCKS)
        results = by_hand(weights, rng, 10, 0.1, mask, line == "corrected")
        steps.append((weights, results))
        weights = results[-1].weights
    return steps


@pytest.fixture(scope="module")
def walks():
    return {(replica, line): walk(replica, line) for replica in REPLICAS for line in LINES}


def test_every_count_and_loss_is_that_of_training_by_hand(dataset, walks):
    for (replica, line), steps in walks.items():
        for level, (_, results) in zip(CONFIG.levels, steps, strict=True):
            found = dataset.sel(replica=replica, line=line, level=level)
            logged = np.concatenate([result.logged_loss[0] for result in results])
            np.testing.assert_array_equal(found["logged_loss"], logged)
            for name in COUNTS:
                assert found[name] == sum(getattr(result, name)[0] for result in results)
            assert found["last_logged_loss"] == logged[-1]
            assert found["final_loss"] == results[-1].final_loss[0]
            assert not found["converged"]
            if level == 0.7:
                for name in MATRICES:
                    np.testing.assert_array_equal(found[name], getattr(results[-1].weights, name)[0])


def test_initial_training_by_hand(dataset):
    for replica in REPLICAS:
        results, found = initial_training(replica), dataset.sel(replica=replica)
        for name in COUNTS:
            assert found[f"initial_{name}"] == sum(getattr(result, name)[0] for result in results)
        assert found["initial_last_logged_loss"] == results[-1].logged_loss[0, -1]
        assert found["initial_final_loss"] == results[-1].final_loss[0]
        check_measures(found, "initial_", results[-1].weights, generator(replica, INITIAL, 0, EVALUATION))
        first = results[0].logged_loss[0, 0]
        early = bandit.early(CONFIG, replica)
        assert early["untrained_loss"] == found["untrained_loss"] == pytest.approx(first, rel=1e-12)
        weights = rnn.initial_weights(1, "bandit", [generator(replica, 0, 0, INITIAL_WEIGHTS)], n_units=4)
        rng = generator(replica, INITIAL, 0, BLOCKS)
        blocks = rnn.bandit_blocks(weights, n_blocks=2, epsilon=0.15, noise=0.0, rng=[rng])
        _, gradient = rnn.loss_and_gradient(weights, blocks.inputs, blocks.targets)
        norm = np.linalg.norm(np.concatenate([getattr(gradient, name).ravel() for name in MATRICES]))
        assert early["untrained_gradient"] == found["untrained_gradient"] == pytest.approx(norm, rel=1e-9)


def test_measures_before_and_after_each_level(dataset, walks):
    """On blocks that are the same for all lines and both stages, and others at each level."""
    for (replica, line), steps in walks.items():
        for number, (before, results) in enumerate(steps):
            for stage, weights in (("before", before), ("after", results[-1].weights)):
                found = dataset.sel(replica=replica, line=line, stage=stage).isel(level=number)
                check_measures(found, "", weights, generator(replica, PRUNED, number, EVALUATION))


def check_measures(found, prefix, weights, rng):
    """Two blocks for the values, four for the choices, six for the activity."""
    blocks = rnn.bandit_blocks(weights, n_blocks=12, epsilon=0.15, noise=0.0, rng=[rng])
    measures = {"value_error": ((blocks.outputs - blocks.values)[0, :2] ** 2).sum() / 120}
    choices = blocks[2:6]
    measures["agreement"] = (choices.actions == choices.teacher_actions).mean()
    measures["reward"] = choices.rewards.sum() / 4
    (measures["fitted_rate"],), (measures["fitted_beta"],) = rnn.fit_learner(choices, 0.15)
    (measures["chosen_change"],), (measures["unchosen_change"],) = rnn.output_changes(choices)
    measures["total_input"] = np.abs(weights.A[0]).sum() / 4
    exponents, distances, conditions = {"time": [], "code": []}, [], []
    for inputs in blocks.inputs[0, 6:]:
        x, z = [], np.zeros(4)
        for u in inputs:
            x.append(weights.A[0] @ z + weights.B[0] @ u)
            z = np.tanh(x[-1])
        J = [weights.A[0] @ np.diag(1 - np.tanh(state) ** 2) for state in x[1:]]
        for order, factors in (("time", J[::-1]), ("code", J)):
            exponents[order].append(scaled_log_norm(factors) / 59)
        fixation, choice = np.array(x[::2]), np.array(x[1::2])
        covariance = (np.cov(fixation.T) + np.cov(choice.T)) / 2
        difference = fixation.mean(axis=0) - choice.mean(axis=0)
        distances.append(difference @ np.linalg.solve(covariance, difference))
        conditions.append(np.linalg.cond(covariance))
    measures |= {"separation": np.mean(distances), "separation_median": np.median(distances)}
    measures |= {"condition": np.median(conditions), "singular_blocks": 0}
    for name, value in measures.items():
        assert float(found[prefix + name]) == pytest.approx(value, rel=1e-6), name
    for order, values in exponents.items():
        assert float(found[f"{prefix}max_lyapunov"].sel(order=order)) == pytest.approx(np.mean(values), rel=1e-6)


def scaled_log_norm(factors):
    """Log of the largest singular value of a product."""
    product, log_scale = np.eye(4), 0.0
    for factor in factors:
        product = product @ factor
        norm = np.linalg.norm(product)
        product, log_scale = product / norm, log_scale + np.log(norm)
    return log_scale + np.log(np.linalg.norm(product, 2))


def test_blocks_whose_separation_is_missing(monkeypatch):
    """They are counted, left out of the mean, and count as infinitely far apart in the median."""
    squared = np.array([[1.0, np.nan, 3.0, 4.0, np.nan, 100.0], [np.nan] * 6])
    condition = np.array([[1.0, np.inf, 2.0, 4.0, np.inf, 8.0], [np.inf] * 6])
    monkeypatch.setattr(bandit_measures, "separation", lambda first, second: (squared, condition))
    weights = rnn.initial_weights(2, "bandit", np.random.default_rng(0), n_units=4)
    found = bandit_measures.measure(weights, (2, 4, 6), np.random.default_rng(1).spawn(2))
    np.testing.assert_array_equal(found["separation"], [27, np.nan])
    np.testing.assert_array_equal(found["separation_median"], [52, np.inf])
    np.testing.assert_array_equal(found["condition"], [6, np.inf])
    np.testing.assert_array_equal(found["singular_blocks"], [2, 6])


def test_exponents_that_are_not_finite_are_left_out(monkeypatch):
    exponents = iter([np.array([0.5, -np.inf, 1.5]), np.full(3, -np.inf)])
    monkeypatch.setattr(bandit_measures, "max_lyapunov", lambda J, order: next(exponents))
    time, code = bandit_measures.mean_exponents(np.eye(4), np.zeros((3, 60, 4)))
    assert time == 1.0
    assert np.isnan(code)


@pytest.mark.parametrize("line", LINES)
def test_weights_of_all_levels_stay_in_the_shard_and_those_of_the_example_in_the_summary(dataset, walks, line):
    replica = REPLICAS[0]
    found, summary = dataset.sel(replica=replica, line=line), bandit.summarise(dataset)
    for number, (_, results) in enumerate(walks[replica, line]):
        for name in MATRICES:
            expected = getattr(results[-1].weights, name)[0]
            np.testing.assert_array_equal(found[f"trained_{name}"].isel(level=number), expected)
            assert f"trained_{name}" not in summary
    kept = summary.sel(replica=replica, line=line)
    for name in MATRICES:
        np.testing.assert_array_equal(kept[name], getattr(walks[replica, line][1][1][-1].weights, name)[0])


@pytest.mark.parametrize("line", LINES)
def test_description_of_the_example_level(dataset, walks, line):
    replica = REPLICAS[0]
    found, weights = dataset.sel(replica=replica, line=line), walks[replica, line][1][1][-1].weights
    values = np.linalg.svd(weights.A[0], compute_uv=False)
    np.testing.assert_allclose(found["cumulative_singular_values"], np.cumsum(values) / values.sum(), rtol=1e-9)
    rng = generator(replica, PRUNED, 1, EVALUATION)
    blocks = rnn.bandit_blocks(weights, n_blocks=12, epsilon=0.15, noise=0.0, rng=[rng])
    x, _ = rnn.forward(weights, blocks.inputs[:, 2:6])
    expected = np.linalg.eigvalsh(np.cov(x.reshape(-1, 4).T))[::-1]
    np.testing.assert_allclose(found["pca_variance"], expected, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(dataset["bin"], np.linspace(-1.5, 1.5, 31), atol=1e-12)
    entries = weights.A[0][weights.A[0] != 0]
    edges = np.concatenate([[-np.inf], np.linspace(-1.45, 1.45, 30), [np.inf]])
    np.testing.assert_array_equal(found["histogram"], np.histogram(entries, edges)[0])


@pytest.mark.parametrize("replicas", [[3], [3, 0], [1, 0, 3]])
def test_a_replica_is_the_same_alone_and_among_others(dataset, replicas):
    kept = [replica for replica in replicas if replica in REPLICAS]
    xr.testing.assert_identical(bandit.run(CONFIG, replicas).sel(replica=kept), dataset.sel(replica=kept))


def test_pruned_lines_share_start_and_random_numbers_and_part_in_training(dataset):
    first = dataset["logged_loss"].isel(level=0, iteration=0)
    np.testing.assert_array_equal(first.sel(line="corrected"), first.sel(line="pruned"))
    assert (first.sel(line="unpruned").values != first.sel(line="pruned").values).all()
    before = dataset.sel(stage="before").isel(level=0)
    for name in ("value_error", "agreement", "reward", "separation", "max_lyapunov", "fitted_beta"):
        np.testing.assert_array_equal(before[name].sel(line="corrected"), before[name].sel(line="pruned"))
    last = dataset["final_loss"].isel(level=0)
    assert (last.sel(line="corrected").values != last.sel(line="pruned").values).all()


def test_batches_of_both_pruned_lines_are_played_with_the_same_numbers(monkeypatch):
    """Those of the unpruned line, of another level and of the second batch are others."""
    drawn = []

    def spy(weights, *, rng, noise, **how):
        drawn.append((noise, rng[0].bit_generator.state["state"]["state"], how["epsilon"]))
        return rnn.bandit_blocks(weights, rng=rng, noise=noise, **how)

    monkeypatch.setattr(bandit, "bandit_blocks", spy)
    bandit.run(CONFIG, [0])
    training = [(state, epsilon) for noise, state, epsilon in drawn if noise == 0.1]
    assert len(training) == 2 * 2 * 3
    assert len(set(training)) == 2 * 2 * 2
    assert sorted({epsilon for _, epsilon in training}) == pytest.approx([0.12, 0.15])
    assert [epsilon for noise, _, epsilon in drawn[:2]] == pytest.approx([0.15, 0.15 * 0.98])


@pytest.fixture(scope="module")
def of_the_papers_size():
    """Networks and levels of the paper, two blocks, and one outer iteration."""
    config = bandit.Config(scale="book", n_blocks=2, n_outer=1, max_initial=1, n_fresh=(2, 2, 2))
    networks = {}

    def keep(weights, *arguments):
        for e in range(weights.n_networks):
            networks[weights.A[e].tobytes()] = weights.A[e]
        return measure(weights, *arguments)

    measure = bandit.measure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bandit, "measure", keep)
        return bandit.run(config, [0]), list(networks.values())


def test_pruned_synapses_are_zero_before_and_after_and_their_number_is_exact(of_the_papers_size):
    dataset, networks = of_the_papers_size
    zeros = np.sort([np.count_nonzero(A == 0) for A in networks])
    expected = [0] * 6 + [40, 120, 200, 280, 360] * 4
    # One `before` of the unpruned line is the network after the initial training, and the first masks of both pruned
    # lines are the same: each is listed once.
    expected.remove(40)
    assert zeros.tolist() == sorted(expected)
    for line in ("pruned", "corrected"):
        assert np.count_nonzero(dataset["A"].sel(line=line).values == 0) == 280
    assert (dataset["A"].sel(line="unpruned") != 0).all()
    assert (dataset["fallbacks"] == 0).all()


def test_what_was_pruned_stays_pruned(of_the_papers_size):
    """Networks of one level and line are nested in those of the next."""
    _, networks = of_the_papers_size
    by_count = {count: [A == 0 for A in networks if np.count_nonzero(A == 0) == count] for count in (40, 120, 200)}
    for fewer, more in ((40, 120), (120, 200)):
        for zeros in by_count[more]:
            assert any((zeros | ~before).all() for before in by_count[fewer])


@pytest.mark.parametrize(
    ("n_outer", "renewal", "lengths"),
    [(39, 20, [19, 20]), (39, 40, [39]), (1, 20, [1]), (19, 20, [19]), (20, 20, [19, 1]), (40, 20, [19, 20, 1])],
)
def test_lengths_of_batches(n_outer, renewal, lengths):
    assert list(bandit.batch_lengths(n_outer, renewal)) == lengths


def test_initial_training_has_fifty_renewals():
    lengths = list(bandit.batch_lengths(1000, 20))
    assert sum(lengths) == 1000
    assert lengths == [19] + 49 * [20] + [1]


class Training:
    """Drives `bandit.train` without training: answers each episode with a made-up result."""

    def __init__(self, monkeypatch, answers, *, n_outer, fade, fewest=0, fresh_losses=None, renewal=20):
        self.epsilons, self.episodes = [], []
        self.losses = iter(fresh_losses) if fresh_losses is not None else None
        weights = rnn.initial_weights(1, "bandit", np.random.default_rng(0), n_units=2)
        monkeypatch.setattr(bandit, "play", self.play)
        if fresh_losses is not None:
            monkeypatch.setattr(bandit, "_loss", lambda blocks: next(self.losses))
        answers = iter(answers)
        config = bandit.Config(scale="book", renewal=renewal)
        training = bandit.train(
            config, weights, np.random.default_rng(0), n_outer=n_outer, fade=fade, noise=0.1, fewest=fewest
        )
        try:
            episode = next(training)
            while True:
                self.episodes.append(episode)
                episode = training.send(self.result(episode, *next(answers, (None, False))))
        except StopIteration as end:
            self.result_of_all = end.value

    def play(self, config, weights, epsilon, noise, rng):
        self.epsilons.append(epsilon)
        return rnn.bandit_blocks(weights, n_blocks=2, epsilon=epsilon, noise=noise, rng=[rng])

    def result(self, episode, outer, converged):
        outer = outer or episode.max_outer
        logged = np.full((1, episode.max_outer), np.nan)
        logged[0, :outer] = np.arange(outer) + 100 * len(self.episodes)
        ones = np.ones(1, dtype=int)
        return rnn.TrainingResult(
            episode.weights, logged, ones * 0.5, ones * outer, ones, ones, ones, ones, np.array([converged])
        )


def test_random_actions_fade_in_retraining(monkeypatch):
    """Also from one batch to the next: 0.15 at first, nothing from the tenth outer iteration on."""
    training = Training(monkeypatch, [], n_outer=39, fade=10)
    assert training.epsilons == [0.15, 0.0]
    assert [episode.max_outer for episode in training.episodes] == [19, 20]
    short = Training(monkeypatch, [], n_outer=9, fade=10, renewal=4)
    assert short.epsilons == pytest.approx([0.15, 0.15 * 0.6, 0.15 * 0.2])


def test_random_actions_fade_in_the_initial_training(monkeypatch):
    training = Training(monkeypatch, [], n_outer=130, fade=100)
    assert training.epsilons == pytest.approx([0.15, 0.12, 0.09, 0.06, 0.03, 0.0, 0.0])
    assert bandit.INITIAL_FADE == 100
    assert bandit.RETRAINING_FADE == 10


def test_convergence_ends_a_training_in_its_first_batch(monkeypatch):
    training = Training(monkeypatch, [(9, True)], n_outer=1000, fade=100)
    assert len(training.episodes) == len(training.epsilons) == 1
    assert training.result_of_all.converged[0]
    assert training.result_of_all.outer[0] == 9
    later = Training(monkeypatch, [(19, False), (3, True)], n_outer=1000, fade=100)
    assert len(later.episodes) == 2
    assert later.result_of_all.outer[0] == 22


def test_fresh_batches_end_a_training_from_the_eleventh_on(monkeypatch):
    """Losses of fresh batches are looked at only then; convergence on a batch at hand ends nothing."""
    losses = [0.5, 0.015, 0.0149]
    training = Training(monkeypatch, [(19, True)], n_outer=1000, fade=100, fewest=10, fresh_losses=losses)
    assert (len(training.epsilons), len(training.episodes)) == (13, 12)
    assert next(training.losses, None) is None
    assert (bandit.FRESH_LOSS, bandit.FEWEST_BATCHES) == (0.015, 10)
    never = Training(monkeypatch, [], n_outer=250, fade=100, fewest=10, fresh_losses=[1.0] * 3)
    assert len(never.episodes) == 13
    assert never.result_of_all.outer[0] == 250


# DEFECT when written: with `start="fresh batch"` a batch can end early by the rule, and `in_succession` then leaves NaN
# in the middle of the losses; `training_record` reads the last logged loss at the number of all outer iterations.
def test_last_logged_loss_of_a_training_on_fresh_batches_whose_batches_ended_early(monkeypatch):
    monkeypatch.setattr(bandit, "bandit_stop", lambda search: search.accepted >= 5)
    config = replace(CONFIG, start="fresh batch", max_initial=7, renewal=3)
    results = bandit.initial_trainings(config, [0], np)
    logged = results[0].logged_loss[0]
    record = bandit.initial_record(config, 0, results[0])
    assert record["initial_outer"] == np.isfinite(logged).sum() < 7
    assert record["initial_last_logged_loss"] == logged[np.isfinite(logged)][-1]


def test_loss_of_a_fresh_batch_is_that_before_training_on_it():
    weights = rnn.initial_weights(1, "bandit", np.random.default_rng(0), n_units=4)
    blocks = bandit.play(CONFIG, weights, 0.1, 0.2, np.random.default_rng(1))
    loss, _ = rnn.loss_and_gradient(weights, blocks.inputs, blocks.targets)
    assert bandit._loss(blocks) == pytest.approx(loss[0], rel=1e-12)
    again = rnn.bandit_blocks(weights, n_blocks=2, epsilon=0.1, noise=0.2, rng=[np.random.default_rng(1)])
    np.testing.assert_array_equal(blocks.targets, again.targets)
    own = bandit.play(replace(CONFIG, shared_noise=False), weights, 0.1, 0.2, np.random.default_rng(1))
    assert np.ptp(own.targets - own.values, axis=-1).min() > 0


def test_training_that_ends_early_is_padded(monkeypatch):
    monkeypatch.setattr(bandit, "bandit_stop", lambda search: search.accepted >= 8)
    dataset = bandit.run(CONFIG, [0]).isel(replica=0)
    assert (dataset["outer"] == 1).all()
    assert dataset["converged"].all()
    assert dataset["initial_converged"]
    assert dataset.sizes["iteration"] == 3
    assert dataset["logged_loss"].notnull().values.sum() == 6
    np.testing.assert_array_equal(dataset["last_logged_loss"], dataset["logged_loss"].isel(iteration=0))


def test_pilot_has_both_rules_and_one_retraining():
    population = replace(CONFIG, levels=(0.7,))
    pilot = bandit_start.run(bandit_start.Config(scale="book", population=population), REPLICAS)
    assert pilot["start"].values.tolist() == ["same batch", "fresh batch"]
    assert pilot["replica"].values.tolist() == REPLICAS
    for start in pilot["start"].values:
        own = bandit.run(replace(population, start=str(start), lines=("unpruned",)), REPLICAS).isel(line=0, level=0)
        found = pilot.sel(start=start)
        for name in ("value_error", "agreement", "reward", "separation", "fitted_beta", "max_lyapunov"):
            np.testing.assert_array_equal(found[f"retrained_{name}"], own[name].sel(stage="after"))
            np.testing.assert_array_equal(found[f"initial_{name}"], own[f"initial_{name}"])
        np.testing.assert_array_equal(found["initial_inner"], own["initial_inner"])
        np.testing.assert_array_equal(pilot["untrained_loss"], own["untrained_loss"])


def test_paper_presets():
    paper = bandit.PRESETS["paper"]
    assert paper.levels == (0.1, 0.3, 0.5, 0.7, 0.9)
    assert (paper.example_level, paper.lines, paper.start) == (0.7, LINES, "same batch")
    assert (paper.n_units, paper.n_blocks, paper.noise, paper.shared_noise) == (20, 24, 0.1, True)
    assert (paper.n_outer, paper.renewal, paper.max_initial, paper.n_fresh) == (39, 20, 1000, (24, 64, 48))
    assert (bandit.PRESETS["low-noise"].noise, bandit.PRESETS["high-noise"].noise) == (0.01, 1.0)
    assert not bandit.PRESETS["independent-noise"].shared_noise
    assert bandit.PRESETS["long-start"].start == "fresh batch"
    assert bandit.PRESETS["ten-units"].n_units == 10
    assert bandit_start.PRESETS["paper"].population == paper


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (dict(example_level=0.5), "example_level"),
        (dict(lines=("unpruned", "other")), "lines"),
        (dict(start="never"), "start"),
    ],
)
def test_settings_that_do_not_exist_are_named(change, name):
    with pytest.raises(ValueError, match=name):
        replace(CONFIG, **change)
