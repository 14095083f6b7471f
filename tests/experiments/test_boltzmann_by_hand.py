"""Pruned, sampled and best Boltzmann machines: one replica each against the same steps written out."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from pruninglab import boltzmann, datasets
from pruninglab.experiments.boltzmann import chains, floor, rbm, scores
from pruninglab.experiments.streams import Purpose, stream

REPLICA = 1
SMALL = replace(rbm.PRESETS["book"], n_patches=400, n_hidden=12, rates=("as_run", "nominal"))
RATES = {"as_run": [0.01, 0.01], "nominal": [0.1, 0.01]}


@pytest.fixture(scope="module")
def pruned():
    return rbm.summarise(rbm.run(SMALL, [REPLICA])).sel(replica=REPLICA, data="photographs")


@pytest.fixture(scope="module")
def x():
    return datasets.photograph_patches(400, np.random.default_rng(42))


def trained(machine, x, rates, period, mask):
    rng = stream(2021, REPLICA, Purpose.CONTRASTIVE_DIVERGENCE, level=period)
    return boltzmann.train_cd(machine, x, epochs=2, learning_rate=RATES[rates], momentum=0.9, mask=mask, rng=[rng])


def first_training(x, rates):
    rng = stream(2021, REPLICA, Purpose.INITIAL_WEIGHTS)
    machine = boltzmann.initial_rbm(x, 12, [rng])[0]
    return trained(machine, x, rates, 0, np.ones((13, 12), dtype=bool))


def divergence(machine, x):
    """By the frequencies of the rows themselves."""
    rows, counts = np.unique(x, axis=0, return_counts=True)
    exact = machine.astype(np.float64)
    log_p = -boltzmann.free_energy(exact, rows) - boltzmann.log_partition(exact)
    q = counts / len(x)
    return (q * (np.log(q) - log_p)).sum(), (np.log(q) - log_p) ** 2, q


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("criterion", ["variance_fi", "weighted_marginal_fi", "random_units", "equal_training"])
def test_a_line_of_prunings(criterion, rates, pruned, x):
    line = pruned.sel(rates=rates, criterion=criterion)
    machine, mask = first_training(x, rates), np.ones((13, 12), dtype=bool)
    np.testing.assert_allclose(line["unpruned_kl"], divergence(machine, x)[0], rtol=1e-6)
    for period in (1, 2, 3):
        if criterion != "equal_training":
            rng = stream(2021, REPLICA, Purpose.PRUNING, arm=rbm.CRITERIA.index(criterion), level=period)
            exact = machine.astype(np.float64)
            mask = boltzmann.prune_weights(exact, criterion, 0.5, mask=mask, rng=[rng])
        cut = boltzmann.RBM(machine.W * mask, machine.b, machine.c)
        machine = trained(cut, x, rates, period, mask)
        for stage, own in (("pruned", cut), ("retrained", machine)):
            cell = line.sel(iteration=period, stage=stage)
            np.testing.assert_allclose(cell["kl"], divergence(own, x)[0], rtol=1e-6)
            rate = boltzmann.exact_moments(own.astype(np.float64))[1][mask.any(axis=0)].mean()
            np.testing.assert_allclose(cell["hidden_rate"], rate, rtol=1e-6)
            assert int(cell["n_weights"]) == mask.sum()
            assert int(cell["n_hidden"]) == mask.any(axis=0).sum()
            assert int(cell["n_visible"]) == mask.any(axis=1).sum()
    np.testing.assert_array_equal(line["mask"], mask)
    np.testing.assert_array_equal(line["W"], machine.W)


def least_and_most(squares, q, n):
    """Smallest and largest sum over the n most frequent patterns, whatever the order of equally frequent ones."""
    last = np.sort(q)[-n]
    certain, tied = squares[q > last], np.sort(squares[q == last])
    n_tied = n - len(certain)
    return certain.sum() + tied[:n_tied].sum(), certain.sum() + tied[len(tied) - n_tied :].sum()


def test_errors_of_log_probabilities(pruned, x):
    _, squares, q = divergence(first_training(x, "as_run"), x)
    cell = pruned.sel(rates="as_run")
    np.testing.assert_allclose(cell["unpruned_log_error"], squares.mean(), rtol=1e-6)
    low, high = least_and_most(squares, q, 20)
    assert low - 1e-6 <= 20 * float(cell["unpruned_log_error_frequent"]) <= high + 1e-6
    half = len(squares) // 2
    low, high = least_and_most(squares, q, half)
    rest = squares.sum() - (len(squares) - half) * float(cell["unpruned_log_error_rare"])
    assert low - 1e-4 <= rest <= high + 1e-4


def test_total_variation_and_counts(pruned, x):
    machine = first_training(x, "as_run").astype(np.float64)
    counts = pruned["data_counts"].values
    assert counts.sum() == 400
    assert counts[0] == (x.sum(axis=1) == 0).sum()
    p = boltzmann.exact_distribution(machine)
    distance = np.abs(p - counts / 400).sum() / 2
    np.testing.assert_allclose(pruned["unpruned_total_variation"].sel(rates="as_run"), distance, rtol=1e-6)


def test_agreement_of_scores_with_costs(pruned, x):
    machine = first_training(x, "as_run").astype(np.float64)
    q = boltzmann.empirical_distribution(x)
    _, _, vh = boltzmann.exact_moments(machine)
    own = {
        "weight_magnitude": np.abs(machine.W).ravel(),
        "weighted_fi": (machine.W**2 * vh * (1 - vh)).ravel(),
        "marginal_fi": boltzmann.marginal_fi(machine).ravel(),
    }
    target = {"cost_data": boltzmann.deletion_cost(machine, "data", q).ravel(), "variance_fi": (vh * (1 - vh)).ravel()}
    for score, values in own.items():
        for name, costs in target.items():
            cell = pruned.sel(rates="as_run", score=score, target=name)
            np.testing.assert_allclose(cell["pearson"], np.corrcoef(values, costs)[0, 1], atol=1e-9)
            ranks = [np.argsort(np.argsort(own_values)) for own_values in (values, costs)]
            np.testing.assert_allclose(cell["spearman"], np.corrcoef(*ranks)[0, 1], atol=1e-6)
            both = (values > np.median(values)) & (costs > np.median(costs))
            np.testing.assert_allclose(cell["overlap"], both.sum() / 78)


def test_shape_of_the_information(pruned, x):
    machine = first_training(x, "as_run").astype(np.float64)
    F = boltzmann.fisher_information(machine)
    cell = pruned.sel(rates="as_run")
    np.testing.assert_allclose(cell["eigenvalues"].sel(kind="joint")[0], np.linalg.norm(F, 2), rtol=1e-9)
    np.testing.assert_allclose(cell["eigenvalues"].sel(kind="joint").sum(), np.trace(F), rtol=1e-9)
    assert (cell["eigenvalues"].sel(kind="marginal") <= cell["eigenvalues"].sel(kind="joint") + 1e-12).all()
    assert float(cell["small_entries"]) == (np.abs(F) < 0.01 * np.abs(F).max()).mean()
    by_unit = np.diagonal(F)[25:].reshape(13, 12).sum(axis=0)
    few = np.sort(by_unit)[-9:].sum() / by_unit.sum()
    np.testing.assert_allclose(cell["few_units_share"], few, rtol=1e-9)
    np.testing.assert_allclose(cell["least_visible_bias"], np.diagonal(F)[:13].min() / np.diagonal(F).max())
    u = np.abs(np.linalg.eigh(F)[1][:, -1])
    np.testing.assert_allclose(cell["diagonal_and_eigenvector"], np.corrcoef(u, np.diagonal(F))[0, 1], rtol=1e-6)


def test_heuristic_against_exact_cofiring(pruned, x):
    machine = first_training(x, "as_run").astype(np.float64)
    v, h, vh = boltzmann.exact_moments(machine)
    odds = np.log(v / (1 - v))[:, None] + machine.W * (1 - h)
    estimate = h / (1 + np.exp(-odds))
    cell = pruned.sel(rates="as_run")
    np.testing.assert_allclose(cell["heuristic_error"], np.sqrt(((estimate - vh) ** 2).mean()), rtol=1e-9)
    ratio = np.median(estimate * (1 - estimate) / (vh * (1 - vh)))
    np.testing.assert_allclose(cell["heuristic_ratio"], ratio, rtol=1e-9)
    field = machine.b + machine.W @ h
    mean_field = h / (1 + np.exp(-(field[:, None] + machine.W * (1 - h))))
    np.testing.assert_allclose(cell["mean_field_error"], np.sqrt(((mean_field - vh) ** 2).mean()), rtol=1e-9)
    given_h = vh / h
    shift = np.log(given_h / (1 - given_h)) - np.log(v / (1 - v))[:, None]
    expected = np.corrcoef(shift.ravel(), (machine.W * (1 - h)).ravel())[0, 1]
    np.testing.assert_allclose(cell["log_odds_correlation"], expected, rtol=1e-9)


def test_scores_name_what_is_measured():
    assert set(scores.TARGETS) == {"variance_fi", "cost_joint", "cost_marginal", "cost_data"}
    assert not set(scores.SCORES) - {*boltzmann.PRUNING_CRITERIA, *boltzmann.EXTRA_CRITERIA}


@pytest.mark.parametrize("start", chains.STARTS)
def test_chains(start, pruned, x):
    config = chains.Config(machines=SMALL, data=("photographs",), n_chains=300, steps=(2, 5), scale="book")
    source = pruned.expand_dims("data").expand_dims("replica")
    found = chains.run(config, [REPLICA], source=source).sel(replica=REPLICA, data="photographs", start=start)
    machine = first_training(x, "as_run")
    exact = machine.astype(np.float64)
    rng = stream(2022, REPLICA, Purpose.CHAINS, arm=chains.STARTS.index(start))
    v = {"random": None, "data": x[:300]}.get(start)
    if start == "exact":
        v = boltzmann.exact_samples(machine, 300, [rng])[0]
    p = boltzmann.exact_distribution(exact)
    for steps in (2, 5):
        v, h = boltzmann.gibbs_samples(machine, 300, 2 if steps == 2 else 3, [rng], v=v)
        cell = found.sel(steps=steps)
        q = boltzmann.empirical_distribution(v)
        np.testing.assert_allclose(cell["total_variation"], np.abs(p - q).sum() / 2, rtol=1e-9)
        assert float(cell["all_off"]) == (v.sum(axis=1) == 0).mean()
        assert float(cell["all_on"]) == (v.sum(axis=1) == 13).mean()
        sampled = v.T @ h / 300
        _, _, vh = boltzmann.exact_moments(exact)
        ours, theirs = (s * (1 - s) for s in (sampled.astype(float), vh))
        np.testing.assert_allclose(cell["pearson"], np.corrcoef(ours.ravel(), theirs.ravel())[0, 1], rtol=1e-5)
        kept = ours > np.percentile(ours, 50)
        better = theirs > np.percentile(theirs, 50)
        np.testing.assert_allclose(cell["overlap"], (kept & better).sum() / better.sum(), atol=1e-9)
    np.testing.assert_allclose(found["exact_all_off"], p[0], rtol=1e-9)


def test_floor(x):
    config = floor.Config(machines=SMALL, data=("photographs",), sizes=(1, 3), max_iterations=20, scale="book")
    found = floor.run(config, [REPLICA]).sel(replica=REPLICA, data="photographs")["kl"]
    q = boltzmann.empirical_distribution(x)
    for size in (1, 3):
        start = boltzmann.initial_rbm(x, size, [stream(2021, REPLICA, Purpose.INITIAL_WEIGHTS)])[0]
        best = boltzmann.maximise_likelihood(start, q, max_iterations=20)
        np.testing.assert_allclose(found.sel(size=size), divergence(best, x)[0], rtol=1e-6)


@pytest.mark.parametrize("module", [rbm, floor])
def test_single_rows_are_trained_on_the_host(module):
    with pytest.raises(ValueError, match="backend"):
        module.run(module.PRESETS["book"], [0], xp=object())


def test_the_paper_preset_has_the_paper_sizes():
    config = rbm.PRESETS["paper"]
    assert (config.n_patches, config.n_hidden, config.n_epochs, config.n_iterations) == (90_000, 70, 2, 3)
    assert (config.fraction, config.momentum, config.scale) == (0.5, 0.9, "paper")
    assert rbm.RATES == {"as_run": (0.01, 0.01), "nominal": (0.1, 0.01)}
    assert chains.PRESETS["paper"].n_chains == 90_000
    assert 200 in chains.PRESETS["paper"].steps
    xr.testing.assert_equal(rbm.summarise(xr.Dataset({"a": 1})), xr.Dataset({"a": 1}))
