"""Every arm of the Fig 2a experiment, computed again from public functions and the documented stream addresses."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from pruninglab import noiseprune
from pruninglab.experiments.noise import spectrum

REPLICA = 2
CONFIG = spectrum.PRESETS["book"]


def generator(arm, purpose):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(REPLICA, arm, 0, purpose)))


@pytest.fixture(scope="module")
def network():
    return noiseprune.clustered_network(
        CONFIG.sizes, within_density=CONFIG.within_density, n_between=CONFIG.n_between, rng=generator(0, 0)
    )


@pytest.fixture(scope="module")
def dataset():
    return spectrum.run(CONFIG, [REPLICA])


def pruned_by(rule, A, diagonal):
    density = CONFIG.density
    if rule == "magnitude":
        return noiseprune.magnitude_prune(A, density=density, diagonal=diagonal)
    C = noiseprune.noise_covariance(A)
    P = {
        "noise-prune": lambda: noiseprune.preservation_probabilities(A, C, density=density),
        "weight": lambda: noiseprune.weight_probabilities(A, density=density),
        "uniform": lambda: noiseprune.uniform_probabilities(A, density=density),
        "degree": lambda: noiseprune.degree_probabilities(A, density=density),
    }[rule]()
    arm = ("noise-prune", "weight", "uniform", "degree").index(rule)
    return noiseprune.prune(A, P, diagonal=diagonal, rng=generator(arm, 1))


@pytest.mark.parametrize("diagonal", ["matched", "original"])
@pytest.mark.parametrize("rule", ["noise-prune", "weight", "uniform", "degree", "magnitude"])
def test_arm(rule, diagonal, network, dataset):
    pruned = pruned_by(rule, network, diagonal)
    similarity = noiseprune.spectral_similarity(network, pruned)
    arm = dataset.sel(rule=rule, diagonal=diagonal).isel(replica=0)
    for measure in ("eigenvalue_error", "quadratic_error", "cosine"):
        np.testing.assert_allclose(arm["values"].sel(measure=measure), getattr(similarity, measure), atol=1e-9)
    kept = np.triu(pruned, 1) != 0
    small = [slice(0, 40), slice(40, 80), slice(80, 120)]
    n_small = sum(np.count_nonzero(np.triu(network, 1)[block, block]) for block in small)
    leak_change = np.diag(pruned) / np.diag(network) - 1
    assert int(arm["n_kept"]) == kept.sum()
    assert float(arm["small_kept"]) == pytest.approx(sum(kept[block, block].sum() for block in small) / n_small)
    assert float(arm["largest_eigenvalue"]) == pytest.approx(np.linalg.eigvalsh(pruned)[-1], abs=1e-9)
    assert float(arm["leak_change_mean"]) == pytest.approx(leak_change.mean(), abs=1e-12)
    assert float(arm["leak_change_sd"]) == pytest.approx(leak_change.std(), abs=1e-12)


def test_facts_of_the_network(network, dataset):
    facts = dataset.isel(replica=0)
    weights = np.triu(network, 1)
    q = np.triu(noiseprune.leverages(network, noiseprune.noise_covariance(network)))
    n_edges = np.count_nonzero(weights)
    assert int(facts["n_edges"]) == n_edges
    assert int(facts["n_negative"]) == (weights < 0).sum()
    expected_between = n_edges - sum(
        np.count_nonzero(weights[block, block])
        for block in (slice(0, 40), slice(40, 80), slice(80, 120), slice(120, 400))
    )
    assert int(facts["n_between"]) == expected_between
    naive = np.minimum(CONFIG.density * n_edges * q / q.sum(), 1).sum() / n_edges
    assert float(facts["naive_density"]) == pytest.approx(naive)
    assert float(facts["naive_weight_density"]) == pytest.approx(CONFIG.density)
    assert int(facts["n_full"]) > 0


@pytest.fixture(scope="module")
def small():
    return dataclasses.replace(CONFIG, sizes=(20, 15, 45), n_between=30)


def test_an_arm_is_the_same_whatever_is_run_beside_it(small):
    every = spectrum.run(small, [REPLICA])
    some = dataclasses.replace(small, rules=("degree", "magnitude", "noise-prune"), diagonals=("original",))
    found = spectrum.run(some, [REPLICA])
    assert found["rule"].values.tolist() == ["degree", "magnitude", "noise-prune"]
    assert found["diagonal"].values.tolist() == ["original"]
    xr.testing.assert_allclose(found, every.sel(rule=found["rule"], diagonal=["original"]), rtol=1e-9)


def test_a_large_network_is_counted_but_not_drawn_again(small, monkeypatch):
    whole = spectrum.early(small, REPLICA)
    assert {"n_kept", "leverage_sum"} < set(whole.data_vars)
    monkeypatch.setattr(spectrum, "LARGEST_DRAWN_AGAIN", 79)
    monkeypatch.setattr(spectrum, "noise_covariance", None)
    counts = spectrum.early(small, REPLICA)
    assert set(counts.data_vars) == {"n_edges", "n_negative", "n_between"}
    xr.testing.assert_equal(counts, whole[list(counts.data_vars)].drop_vars(["rule", "diagonal"]))


def test_large_preset_has_the_numbers_of_the_caption():
    config = spectrum.PRESETS["large"]
    assert config.sizes == (100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 9000)
    assert (config.density, config.within_density, config.n_between, config.scale) == (0.1, 0.6, 5000, "paper")
    assert config.diagonals == ("matched",)
    assert {"noise-prune", "weight"} < set(config.rules) <= set(spectrum.RULES)
    assert sum(config.sizes) > spectrum.LARGEST_DRAWN_AGAIN > sum(spectrum.PRESETS["paper"].sizes)
