"""The bench of linear networks, at a size that takes seconds."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab import noiseprune
from pruninglab.experiments.noise import bridges, spectrum
from pruninglab.experiments.synthesis import linear
from pruninglab.local_rules import RULES, gaussian_statistics

CONFIG = replace(
    linear.PRESETS["book"],
    clustered=replace(spectrum.PRESETS["book"], sizes=(12, 12, 36), n_between=60),
    chain=replace(bridges.PRESETS["book"], n_clusters=3, cluster_size=16, mean_degree=8.0),
    densities=(0.6, 0.3),
)


@cache
def found():
    return linear.summarise(linear.run(CONFIG, [0, 1]))


def costs_of(name, rule, use, diagonal, density):
    A = linear.network(CONFIG, 0, name)
    statistics = gaussian_statistics(noiseprune.noise_covariance(A))
    for *cell, pruned in linear.pruned_networks(CONFIG, 0, name, A, statistics):
        if cell == [rule, use, diagonal, density]:
            return A, pruned
    raise AssertionError("no such cell")


def test_networks_are_those_of_part_iii():
    np.testing.assert_array_equal(linear.network(CONFIG, 1, "clustered"), spectrum.network(CONFIG.clustered, 1))
    np.testing.assert_array_equal(linear.network(CONFIG, 1, "chain"), bridges.network(CONFIG.chain, 1)[0])


@pytest.mark.parametrize("name", linear.NETWORKS)
@pytest.mark.parametrize(
    ("rule", "use", "diagonal"), [("leverage", "strengthen", "matched"), ("degree", "threshold", "original")]
)
def test_costs_by_other_means(name, rule, use, diagonal):
    A, pruned = costs_of(name, rule, use, diagonal, 0.6)
    own = found().sel(replica=0, network=name, rule=rule, use=use, diagonal=diagonal, density=0.6)
    similarity = noiseprune.spectral_similarity(A, pruned)
    assert float(own["slow_error"]) == pytest.approx(similarity.quadratic_error[-20:].mean(), rel=1e-6)
    assert float(own["spectral_epsilon"]) == pytest.approx(similarity.spectral_epsilon, rel=1e-6)
    assert float(own["divergence"]) == pytest.approx(noiseprune.stationary_divergence(A, pruned) / len(A))
    W = abs(A).sum() - abs(np.diagonal(A)).sum()
    assert float(own["weight_kept"]) == pytest.approx((abs(pruned).sum() - abs(np.diagonal(pruned)).sum()) / W)


def test_the_activity_is_that_of_a_simulation():
    A, pruned = costs_of("clustered", "leverage", "strengthen", "original", 0.6)
    x0 = linear.stream(CONFIG.seed, 0, linear.Purpose.INITIAL_STATE, arm=0).random((len(A), CONFIG.n_starts))
    time = -1 / np.linalg.eigvalsh(A)[-1]
    n_steps = 20_000
    ends = []
    for M in (A, pruned):
        x = x0
        for _ in range(n_steps):
            x = x + time / n_steps * (M @ x)
        ends.append(x)
    error = np.linalg.norm(ends[1] - ends[0], axis=0) / np.linalg.norm(ends[0], axis=0)
    own = found().sel(
        replica=0, network="clustered", rule="leverage", use="strengthen", diagonal="original", density=0.6
    )
    assert float(own["trajectory_error"]) == pytest.approx(error.mean(), rel=0.01)


def test_shares_are_what_was_asked_for():
    share = found()["share_kept"]
    for density in CONFIG.densities:
        own = share.sel(density=density)
        n = found()["n_edges"]
        assert (abs(own.sel(use="threshold") - density) <= 0.5 / n + 1e-9).all()
        assert abs(own.sel(use="strengthen").mean() - density) < 0.03


def test_unstable_networks_have_no_divergence():
    stable = found()["stable"] == 1
    for name in ("divergence", "trajectory_error"):
        assert (found()[name].notnull() == stable).all()
    assert 0 < float(stable.mean()) < 1


def test_leverage_and_its_square_keep_the_same_synapses_by_threshold():
    own = found().sel(use="threshold")[["divergence", "spectral_epsilon", "slow_error"]]
    xr.testing.assert_allclose(own.sel(rule="leverage", drop=True), own.sel(rule="saliency_matched", drop=True))


def test_a_replica_does_not_depend_on_others_and_early_is_part_of_it():
    alone = linear.summarise(linear.run(CONFIG, [1]))
    xr.testing.assert_identical(alone, found().sel(replica=[1]))
    early = linear.early(CONFIG, 1)
    np.testing.assert_array_equal(
        early["rank_correlation"], found()["rank_correlation"].sel(replica=1, network="chain")
    )
    assert early["rank_correlation"].sel(rule="leverage") == 1
    assert list(early["rule"].values) == list(RULES)
