"""Every variable of the bridge benchmark, computed again by other routes from the documented stream addresses."""

import dataclasses

import numpy as np
import pytest
import scipy.linalg

from pruninglab import noiseprune
from pruninglab.experiments.noise import bridges

REPLICA = 2
CONFIG = dataclasses.replace(bridges.PRESETS["book"], n_clusters=4, cluster_size=25, mean_degree=16.0, n_bridges=3)
N_DRAWS = 3
RULES = ("noise-prune", "weight", "uniform", "degree")


def generator(purpose, arm=0, draw=0):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(REPLICA, arm, draw, purpose)))


@pytest.fixture(scope="module")
def dataset():
    return bridges.summarise(bridges.run(CONFIG, [REPLICA])).isel(replica=0)


@pytest.fixture(scope="module")
def network():
    """The chain, and its bridges as three pairs for each of the three joints."""
    A, pairs = noiseprune.bridge_network(
        n_clusters=4, cluster_size=25, mean_degree=16.0, n_bridges=3, slack=0.01, rng=generator(0)
    )
    return A, pairs.reshape(3, 3, 2)


def probabilities(A, rule):
    if rule == "noise-prune":
        return noiseprune.preservation_probabilities(A, noiseprune.noise_covariance(A), density=0.2)
    if rule == "weight":
        return noiseprune.weight_probabilities(A, density=0.2)
    if rule == "uniform":
        return np.where(A > 0, 0.2, 0)
    return noiseprune.degree_probabilities(A, density=0.2)


def draws(A, rule):
    P = probabilities(A, rule)
    return [noiseprune.prune(A, P, rng=generator(1, RULES.index(rule), draw)) for draw in range(N_DRAWS)]


@pytest.mark.parametrize("rule", RULES)
def test_errors_of_every_draw(rule, dataset, network):
    A, _ = network
    eigenvalues, V = np.linalg.eigh(A)
    assert np.diff(eigenvalues[-5:]).min() > 1e-4
    for draw, pruned in enumerate(draws(A, rule)):
        forms = np.diag(V.T @ pruned @ V)
        errors = {
            "eigenvalue_error": np.abs(np.linalg.eigvalsh(pruned) / eigenvalues - 1),
            "quadratic_error": np.abs(forms / eigenvalues - 1),
            "cosine_deficit": 1 - np.abs(forms) / np.linalg.norm(pruned @ V, axis=0),
        }
        one = dataset.sel(rule=rule).isel(draw=draw)
        assert one["measure"].values.tolist() == list(errors)
        for name, error in errors.items():
            assert float(one["median_error"].sel(measure=name)) == pytest.approx(np.median(error), rel=1e-6)
            slowest_first = [error[-1], error[-2], error[-3], error[-4]]
            np.testing.assert_allclose(one["slow_error"].sel(measure=name), slowest_first, rtol=1e-6, atol=1e-9)
        pencil = scipy.linalg.eigvalsh(-pruned, -A)
        assert float(one["spectral_epsilon"]) == pytest.approx(np.abs(pencil - 1).max(), rel=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_fate_of_the_bridges(rule, dataset, network):
    A, joints = network
    for draw, pruned in enumerate(draws(A, rule)):
        left = [[pruned[i, j] != 0 for i, j in joint] for joint in joints]
        one = dataset.sel(rule=rule).isel(draw=draw)
        assert float(one["bridges_kept"]) == pytest.approx(sum(map(sum, left)) / 9)
        assert int(one["joints_cut"]) == sum(not any(joint) for joint in left)


def test_there_are_joints_cut_and_bridges_of_either_fate(dataset):
    assert len(np.unique(dataset["joints_cut"])) > 1
    assert len(np.unique(dataset["bridges_kept"])) > 3
    assert dataset.sizes["draw"] == N_DRAWS


def test_ratings_of_the_bridges(dataset, network):
    A, joints = network
    i, j = joints.reshape(-1, 2).T
    reference = probabilities(A, "noise-prune")[i, j]
    for rule in RULES:
        P = probabilities(A, rule)[i, j]
        assert float(dataset["bridge_probability"].sel(rule=rule)) == pytest.approx(P.mean())
        assert float(dataset["bridge_ratio"].sel(rule=rule)) == pytest.approx(np.mean(P / reference))
    assert int(dataset["n_edges"]) == np.count_nonzero(np.triu(A, 1))
    assert float(dataset["bridge_ratio"].sel(rule="degree")) < 0.5


def test_network_and_early_are_those_of_the_replica(dataset, network):
    A, joints = network
    found, pairs = bridges.network(CONFIG, REPLICA)
    np.testing.assert_array_equal(found, A)
    np.testing.assert_array_equal(pairs, joints.reshape(-1, 2))
    early = bridges.early(CONFIG, REPLICA)
    for name in ("n_edges", "bridge_probability", "bridge_ratio"):
        np.testing.assert_allclose(early[name], dataset[name])


def test_paper_preset_is_the_reference_network():
    config = bridges.PRESETS["paper"]
    assert (config.n_clusters, config.cluster_size, config.mean_degree) == (15, 100, 40.0)
    assert (config.n_bridges, config.slack, config.density, config.n_draws) == (2, 0.01, 0.2, 5)
    assert {preset.scale for preset in bridges.PRESETS.values()} == {"book"}
