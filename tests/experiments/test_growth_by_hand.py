"""The sweep over N: every size is a Fig 2a experiment of its own, and the needed density follows from the leverages."""

import dataclasses

import numpy as np
import pytest

from pruninglab import noiseprune
from pruninglab.experiments.noise import growth, spectrum

REPLICA = 4
CONFIG = dataclasses.replace(growth.PRESETS["book"], n_neurons=(180, 300), density=0.2, fixed_epsilon=0.9)
LEVELS = {
    180: spectrum.Config(
        sizes=(6, 6, 6, 162),
        n_between=18,
        density=0.2,
        rules=("noise-prune", "weight"),
        diagonals=("matched",),
        seed=2030,
        scale="book",
    ),
    300: spectrum.Config(
        sizes=(10, 10, 10, 270),
        n_between=50,
        density=0.2,
        rules=("noise-prune", "weight"),
        diagonals=("matched",),
        seed=2150,
        scale="book",
    ),
}


@pytest.fixture(scope="module")
def dataset():
    return growth.summarise(growth.run(CONFIG, [REPLICA])).isel(replica=0)


@pytest.mark.parametrize("n", LEVELS)
def test_every_size_is_a_spectrum_experiment(n, dataset):
    assert growth.level(CONFIG, n) == LEVELS[n]
    level = spectrum.summarise(spectrum.run(LEVELS[n], [REPLICA])).sel(diagonal="matched").isel(replica=0)
    one = dataset.sel(n_neurons=n)
    assert one["rule"].values.tolist() == ["noise-prune", "weight"]
    for name in ("quantiles", "slow_mean", "spectral_epsilon", "n_edges", "n_negative", "n_kept", "leverage_sum"):
        np.testing.assert_allclose(one[name].transpose(*level[name].dims), level[name], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("n", LEVELS)
def test_needed_density_is_the_expected_share_that_the_theorem_keeps(n, dataset):
    rng = np.random.default_rng(np.random.SeedSequence(CONFIG.seed + n, spawn_key=(REPLICA, 0, 0, 0)))
    A = noiseprune.clustered_network(LEVELS[n].sizes, n_between=LEVELS[n].n_between, rng=rng)
    C = np.linalg.inv(-A) / 2
    i, j = np.nonzero(np.triu(A, 1))
    q = 2 * np.abs(A[i, j]) * (C[i, i] + C[j, j] - 2 * np.sign(A[i, j]) * C[i, j])
    p = np.minimum(1, 4 * np.log(n) / 0.9**2 * q)
    assert 0.2 < p.mean() < 0.9
    assert float(dataset["needed_density"].sel(n_neurons=n)) == pytest.approx(p.mean())


def test_early_is_the_smallest_size(dataset):
    early = growth.early(CONFIG, REPLICA)
    one = dataset.sel(n_neurons=180)
    assert int(early["n_neurons"]) == 180
    assert set(early.data_vars) == {"n_edges", "n_negative", "needed_density"}
    for name in early.data_vars:
        assert float(early[name]) == pytest.approx(float(one[name]))


def test_composition_is_that_of_the_caption_at_three_thousand():
    config = growth.PRESETS["paper"]
    seed = growth.level(config, 3000).seed
    same = dataclasses.replace(
        spectrum.PRESETS["paper"], rules=("noise-prune", "weight"), diagonals=("matched",), seed=seed
    )
    assert growth.level(config, 3000) == same
    for n in config.n_neurons:
        sizes, n_between = growth.level(config, n).sizes, growth.level(config, n).n_between
        assert sum(sizes) == n
        assert sizes[0] == sizes[1] == sizes[2] == pytest.approx(n / 30, abs=0.5)
        assert n_between / (n * (n - 1)) == pytest.approx(5000 / (3000 * 2999), abs=0.5 / (n * (n - 1)))
    assert len({growth.level(config, n).seed for n in config.n_neurons}) == 5


def test_paper_preset_doubles_the_size_four_times():
    config = growth.PRESETS["paper"]
    assert config.n_neurons == (500, 1000, 2000, 4000, 8000)
    assert (config.density, config.fixed_epsilon, config.scale) == (0.1, 0.5, "paper")
