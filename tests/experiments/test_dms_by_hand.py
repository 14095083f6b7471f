"""The working-memory experiment at the smallest size, computed again from public functions and stream addresses."""

import dataclasses
from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.experiments.recurrent import dms

CONFIG = dms.Config(scale="book", levels=(0.4, 0.7), n_units=4, n_initial_sets=2, max_outer=2)
REPLICAS = [0, 3, 5]
LINES = ("unpruned", "pruned", "corrected")
UNPRUNED, PRUNED = 1, 2
INITIAL_WEIGHTS, TARGET_NOISE = 5, 6
MATRICES = ("A", "B", "C")


@pytest.fixture(scope="module")
def dataset():
    return dms.run(CONFIG, REPLICAS)


def generator(replica, arm, level, purpose):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(replica, arm, level, purpose)))


def training_set(replica, arm, number):
    return rnn.dms_trials(n_repeats=5, noise=0.1, rng=generator(replica, arm, number, TARGET_NOISE))


def train(weights, data, mask=None, mask_residual=False):
    return rnn.train_scg(
        weights, *data, mask=mask, mask_residual=mask_residual, max_outer=CONFIG.max_outer, stop=rnn.dms_stop
    )


@cache
def initial_training(replica):
    weights, results = rnn.initial_weights(1, "dms", [generator(replica, 0, 0, INITIAL_WEIGHTS)], n_units=4), []
    for number in range(2):
        results.append(train(weights, training_set(replica, 0, number)))
        weights = results[-1].weights
    return results


def walk(replica, line):
    """Network before and after each level, with the episode's result and data."""
    weights, steps = initial_training(replica)[-1].weights, []
    for number, level in enumerate(CONFIG.levels):
        mask = None
        if line != "unpruned":
            mask = rnn.magnitude_mask(weights.A, level)
            weights = dataclasses.replace(weights, A=weights.A * mask)
        data = training_set(replica, UNPRUNED if line == "unpruned" else PRUNED, number)
        result = train(weights, data, mask, line == "corrected")
        steps.append((weights, result, data))
        weights = result.weights
    return steps


@pytest.fixture(scope="module")
def walks():
    return {(replica, line): walk(replica, line) for replica in REPLICAS[:2] for line in LINES}


def trained(dataset, **where):
    part = dataset.sel(**where)
    return rnn.Weights(*(part[f"trained_{name}"].values[None] for name in MATRICES))


def test_every_weight_and_every_count_is_that_of_training_by_hand(dataset, walks):
    for (replica, line), steps in walks.items():
        for level, (_, result, _) in zip(CONFIG.levels, steps, strict=True):
            found = dataset.sel(replica=replica, line=line, level=level)
            for name in MATRICES:
                np.testing.assert_array_equal(found[f"trained_{name}"], getattr(result.weights, name)[0])
            for name in ("outer", "inner", "gradients", "rejections", "fallbacks", "converged", "final_loss"):
                assert found[name] == getattr(result, name)[0]
            np.testing.assert_array_equal(found["logged_loss"], result.logged_loss[0])


def test_initial_training_goes_through_its_sets(dataset):
    for replica in REPLICAS[:2]:
        found = dataset.sel(replica=replica)
        for number, result in enumerate(initial_training(replica)):
            for name in ("outer", "inner", "gradients", "rejections", "fallbacks", "converged", "final_loss"):
                assert found[f"initial_{name}"][number] == getattr(result, name)[0]
            assert found["initial_last_logged_loss"][number] == result.logged_loss[0, -1]


@pytest.mark.parametrize("replicas", [[3], [5, 0]])
def test_a_replica_is_the_same_alone_and_among_others(dataset, replicas):
    xr.testing.assert_identical(dms.run(CONFIG, replicas), dataset.sel(replica=replicas))


def test_pruned_synapses_are_zero_and_their_number_is_exact(dataset):
    for line in ("pruned", "corrected"):
        zeros = dataset["trained_A"].sel(line=line).values == 0
        assert zeros.sum(axis=(-2, -1)).tolist() == [[6, 11]] * 3
        assert (zeros[:, 1] | ~zeros[:, 0]).all()
    for name in MATRICES:
        assert (dataset[f"trained_{name}"].sel(line="unpruned") != 0).all()


def test_pruned_lines_share_start_and_sets_and_part_in_training(dataset):
    first = dataset["logged_loss"].isel(level=0, iteration=0)
    np.testing.assert_array_equal(first.sel(line="corrected"), first.sel(line="pruned"))
    before = dataset.sel(stage="before").isel(level=0)
    for name in ("n_correct", "n_correct_unprobed", "max_lyapunov", "total_input", "total_input_sd"):
        np.testing.assert_array_equal(before[name].sel(line="corrected"), before[name].sel(line="pruned"))
    for name in MATRICES:
        weights = dataset[f"trained_{name}"].isel(level=0)
        differs = weights.sel(line="corrected").values != weights.sel(line="pruned").values
        assert differs.any(axis=(-2, -1)).all()


def test_training_sets_differ_between_lines_levels_and_replicas():
    sets = {(r, a, n): dms.training_set(CONFIG, r, a, n)[1] for r in REPLICAS for a in range(3) for n in range(2)}
    for (replica, arm, number), targets in sets.items():
        np.testing.assert_array_equal(targets, training_set(replica, arm, number)[1])
    assert len({targets.tobytes() for targets in sets.values()}) == len(sets)


def test_before_a_level_stands_the_network_of_the_level_before(dataset, walks):
    for (replica, line), steps in walks.items():
        for number, (before, _, _) in enumerate(steps):
            found = dataset.sel(replica=replica, line=line, stage="before").isel(level=number)
            check_measures(found, before)
            if number == 1:
                last = trained(dataset, replica=replica, line=line, level=CONFIG.levels[0])
                mask = 1 if line == "unpruned" else rnn.magnitude_mask(last.A, CONFIG.levels[1])
                np.testing.assert_array_equal(before.A, last.A * mask)


def test_after_a_level_stands_the_trained_network(dataset):
    for replica in REPLICAS:
        for line in LINES:
            for level in CONFIG.levels:
                found = dataset.sel(replica=replica, line=line, level=level, stage="after")
                check_measures(found, trained(dataset, replica=replica, line=line, level=level))


def test_measures_after_the_initial_training(dataset):
    weights = initial_training(REPLICAS[1])[-1].weights
    initial = {str(name): value for name, value in dataset.sel(replica=REPLICAS[1]).data_vars.items()}
    check_measures({name.removeprefix("initial_"): initial[name] for name in initial if "initial_" in name}, weights)
    _, y = plain_forward(weights, rnn.dms_conditions()[0])
    np.testing.assert_allclose(initial["initial_response"], y[:, 51:53].mean(axis=1), rtol=1e-9)


def plain_forward(weights, inputs):
    """States and outputs of one network, step by step."""
    A, B, C = weights.A[0], weights.B[0], weights.C[0, 0]
    x, z = [], np.zeros((len(inputs), len(A)))
    for k in range(inputs.shape[1]):
        x.append(z @ A.T + inputs[:, k] @ B.T)
        z = np.tanh(x[-1])
    x = np.stack(x, axis=1)
    return x, np.tanh(x) @ C


def n_correct(weights, inputs):
    response = plain_forward(weights, inputs)[1][:, 51:53].mean(axis=1)
    return np.sum(np.sign(response) == [1, 1, -1, -1])


def plain_jacobians(weights, first, last):
    """Of the unprobed fourth condition, steps counted from 1."""
    x = plain_forward(weights, rnn.dms_conditions()[0])[0][3]
    return [weights.A[0] @ np.diag(1 - np.tanh(x[k - 1]) ** 2) for k in range(first, last + 1)]


def log_of_largest(product):
    return np.log(np.linalg.svd(product, compute_uv=False)[0])


def check_measures(found, weights):
    assert found["n_correct_unprobed"] == n_correct(weights, rnn.dms_conditions()[0])
    assert found["n_correct"].shape == (6, 5)
    for i, time in enumerate((16, 20, 24, 28, 32, 36)):
        for j, strength in enumerate((0.2, 0.4, 0.6, 0.8, 1.0)):
            assert found["n_correct"][i, j] == n_correct(weights, rnn.dms_probe(time, strength))
    J = plain_jacobians(weights, 16, 36)
    exponents = found["max_lyapunov"].sel(order="time"), found["max_lyapunov"].sel(order="code")
    expected = log_of_largest(np.linalg.multi_dot(J[::-1])) / 21, log_of_largest(np.linalg.multi_dot(J)) / 21
    np.testing.assert_allclose(exponents, expected, rtol=1e-7)
    totals = [sum(abs(weights.A[0, i])) for i in range(4)]
    assert float(found["total_input"]) == pytest.approx(np.mean(totals))
    assert float(found["total_input_sd"]) == pytest.approx(np.std(totals))


def test_probes_matter_to_these_networks(dataset):
    """So that the counts above can tell one grid of probes from another."""
    after = dataset["n_correct"].sel(stage="after")
    assert (after.std("strength") > 0).any()
    assert (after.std("probe_time") > 0).any()


def test_last_logged_loss_is_that_of_the_first_loop_of_the_last_iteration(monkeypatch):
    """With a criterion that some episodes meet in their first outer iteration."""
    monkeypatch.setattr(dms, "dms_stop", lambda search: (search.accepted > 20) & (search.loss < 0.044))
    dataset = dms.run(dataclasses.replace(CONFIG, max_outer=3), [0, 1, 2, 3])
    assert len(np.unique(dataset["outer"])) > 1
    iteration = xr.DataArray(np.arange(3), dims="iteration")
    made = dataset["outer"] > iteration
    xr.testing.assert_equal(dataset["logged_loss"].notnull(), made)
    last = dataset["logged_loss"].where(iteration == dataset["outer"] - 1).sum("iteration")
    xr.testing.assert_equal(dataset["last_logged_loss"], last)
    assert (dataset["final_loss"] < dataset["last_logged_loss"]).all()
    assert (dataset["converged"] | (dataset["outer"] == 3)).all()


def test_logged_and_final_loss_are_those_of_the_network_before_and_after(dataset, walks):
    for (replica, line), steps in walks.items():
        for number, (before, result, data) in enumerate(steps):
            found = dataset.sel(replica=replica, line=line).isel(level=number)
            assert found["logged_loss"][0] == pytest.approx(rnn.loss_and_gradient(before, *data)[0][0], rel=1e-10)
            final = rnn.loss_and_gradient(result.weights, *data)[0][0]
            assert float(found["final_loss"]) == pytest.approx(final, rel=1e-10)


@pytest.mark.parametrize("line", LINES)
def test_description_of_the_example_level(dataset, line):
    found = dataset.sel(replica=REPLICAS[0], line=line)
    weights = trained(dataset, replica=REPLICAS[0], line=line, level=0.7)
    for name in MATRICES:
        np.testing.assert_array_equal(found[name], getattr(weights, name)[0])
    inputs = np.concatenate([rnn.dms_conditions()[0], rnn.dms_probe(20, 0.2)[3:]])
    x, y = plain_forward(weights, inputs)
    np.testing.assert_allclose(found["response"], y[3:, 51:53].mean(axis=1), rtol=1e-9)
    assert found["probed"].values.tolist() == [False, True]
    np.testing.assert_allclose(found["probe_distance"], np.linalg.norm(x[4] - x[3], axis=1), rtol=1e-9, atol=1e-14)
    variances, directions = np.linalg.eigh(np.cov(x[:4, 10:].reshape(192, 4), rowvar=False))
    np.testing.assert_allclose(found["pca_variance"], variances[::-1], rtol=1e-9)
    u = inputs[3, 17:30]
    field = rnn.contraction_ratio(weights, x[None, 3, 17:30], u, variances[None, ::-1], directions[None, :, ::-1])
    ratios = found["contraction_ratio"]
    assert ratios["field_step"].values.tolist() == list(range(18, 31))
    for kind, expected in zip(("weighted", "plane"), field, strict=True):
        np.testing.assert_allclose(ratios.sel(kind=kind), expected[0], rtol=1e-9)
    J = plain_jacobians(weights, 15, 40)
    assert found["example_max_lyapunov"] == pytest.approx(log_of_largest(np.linalg.multi_dot(J[::-1])) / 26, rel=1e-7)
    assert found["lyapunov_spectrum"].sum() == pytest.approx(np.linalg.slogdet(np.array(J))[1].mean(), rel=1e-7)
    edges = np.concatenate([[-np.inf], np.linspace(-1.475, 1.475, 60), [np.inf]])
    A = weights.A[0]
    np.testing.assert_array_equal(found["histogram"], np.histogram(A[A != 0], edges)[0])
    values = np.linalg.svd(A, compute_uv=False)
    np.testing.assert_allclose(found["cumulative_singular_values"], values.cumsum() / values.sum(), rtol=1e-9)


def test_early_quantities_are_those_that_a_run_stores(dataset):
    for replica in REPLICAS:
        early = dms.early(CONFIG, replica)
        xr.testing.assert_equal(early, dataset.sel(replica=replica)[list(early.data_vars)].drop_vars("replica"))
        weights = rnn.initial_weights(1, "dms", [generator(replica, 0, 0, INITIAL_WEIGHTS)], n_units=4)
        loss, gradient = rnn.loss_and_gradient(weights, *training_set(replica, 0, 0))
        assert early["untrained_loss"] == pytest.approx(loss[0])
        norm = np.linalg.norm(np.concatenate([getattr(gradient, name).ravel() for name in MATRICES]))
        assert early["untrained_gradient"] == pytest.approx(norm)


def test_summary_drops_trained_weights_and_keeps_the_example_of_the_first_hundred():
    config = dataclasses.replace(CONFIG, n_units=3, n_initial_sets=1, max_outer=33)
    dataset = dms.run(config, [99, 100])
    summary = dms.summarise(dataset)
    assert set(dataset.data_vars) - set(summary.data_vars) == {"trained_A", "trained_B", "trained_C"}
    assert dataset.sizes["iteration"] == 33
    xr.testing.assert_equal(summary["logged_loss"], dataset["logged_loss"].isel(iteration=slice(30)))
    for name in MATRICES:
        xr.testing.assert_equal(summary[name].sel(replica=99), dataset[name].sel(replica=99))
        assert summary[name].sel(replica=100).isnull().all()
        assert summary[name].dims == dataset[name].dims
    rest = [name for name in summary.data_vars if name not in (*MATRICES, "logged_loss")]
    xr.testing.assert_equal(summary[rest], dataset[rest])


def test_paper_preset_has_the_papers_sizes():
    config = dms.PRESETS["paper"]
    np.testing.assert_allclose(config.levels, 0.1 + 0.05 * np.arange(18))
    assert (config.n_units, config.n_repeats, config.noise) == (30, 5, 0.1)
    assert (config.n_initial_sets, config.max_outer, config.example_level) == (5, 100, 0.7)
