"""Each measure beyond the theorem against a hand-made summary in which no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.scorecard.measures import MEASURES as JUDGED

REPLICAS = 2


def filled(coordinates, *dims, seed):
    shape = (REPLICAS, *(len(coordinates[dim]) for dim in dims))
    return (("replica", *dims), np.random.default_rng(seed).uniform(0.1, 0.9, size=shape))


def dataset(coordinates, variables):
    arms = {name: filled(coordinates, *dims, seed=k) for k, (name, dims) in enumerate(variables.items())}
    return xr.Dataset(arms, coords={"replica": range(REPLICAS)} | coordinates)


@pytest.fixture
def approximation():
    variables = {
        "spectral_epsilon": ("edges", "alpha", "draw"),
        "promised_epsilon": ("alpha",),
        "oversampled_epsilon": ("draw",),
        "protected_epsilon": ("draw",),
        "oversampling_growth": (),
        "expected_growth": (),
    }
    return dataset({"edges": ["all", "half"], "alpha": [1.0, 0.5, 0.25], "draw": [0, 1]}, variables)


@pytest.fixture
def snapshots():
    names = ("epsilon_ratio", "rms_error", "median_error", "bridge_error", "smallest_ratio")
    coordinates = {
        "network": ["clustered", "bridges"],
        "sketch": ["plain", "clamped", "transmitted"],
        "snapshots": [8, 32, 128],
    }
    return dataset(coordinates, dict.fromkeys(names, ("network", "sketch", "snapshots")))


@pytest.fixture
def dominance():
    arms = ("step", "rule", "draw")
    variables = dict.fromkeys(("bound_ratio", "stable", "n_destroyed"), arms)
    variables |= dict.fromkeys(("norm_ratio", "leverage_sum", "expected_sum"), ("step",))
    return dataset({"step": [0.0, 0.5, 0.9], "rule": ["noise-prune", "weight", "degree"], "draw": [0, 1]}, variables)


@pytest.fixture
def directed():
    coordinates = {
        "network": ["clustered", "chain", "bridges"],
        "rule": ["noise-prune", "closed form", "degree", "weight"],
        "draw": [0, 1, 2],
        "neurons": [500, 2000],
    }
    variables = {"chain_error": (), "clustered_error": ("neurons",)}
    return dataset(coordinates, variables | {"response_error": ("network", "rule", "draw")})


@pytest.fixture
def rectified():
    coordinates = {
        "share": [0.1, 0.5],
        "set": [0, 1],
        "rule": ["noise-prune", "weight", "degree"],
        "time": [0.0, 1.0, 2.0],
        "excitation": [-8.0, 0.0, 8.0],
        "switch_time": [0.1, 1.0],
    }
    variables = {
        "active_epsilon": ("share", "set"),
        "spectral_epsilon": (),
        "switch_ratio": ("switch_time",),
        "error": ("rule", "time"),
        "overlap": ("rule", "time"),
        "probability_correlation": ("excitation",),
        "bridge_probability": ("excitation",),
        "degree_bridge_probability": (),
    }
    return dataset(coordinates, variables)


def check(name, summary, expected):
    np.testing.assert_allclose(JUDGED[name](summary), expected)


def test_approximate_probabilities(approximation):
    epsilon, promised = approximation["spectral_epsilon"].values, approximation["promised_epsilon"].values
    over = (epsilon[:, :, 1:] / promised[:, None, 1:, None]).reshape(REPLICAS, -1)
    exact = epsilon[:, 0, 0].mean(axis=-1)
    check("undersampled_over_promise", approximation, over.max(axis=1))
    check("undersampling_growth", approximation, epsilon[:, 0, 2].mean(axis=-1) / exact / 2)
    check("oversampled_over_exact", approximation, approximation["oversampled_epsilon"].values.mean(axis=1) / exact)
    check("protected_over_exact", approximation, approximation["protected_epsilon"].values.mean(axis=1) / exact)
    growth = approximation["oversampling_growth"].values / approximation["expected_growth"].values
    check("growth_over_oversampling", approximation, growth)


def test_snapshots(snapshots):
    cost = snapshots["epsilon_ratio"].values
    check("plain_sketch_cost", snapshots, cost[:, :, 0, 1].max(axis=1))
    check("transmitted_sketch_cost", snapshots, cost[:, :, 2, 1].max(axis=1))
    check("sketch_error_over_law", snapshots, snapshots["rms_error"].values[:, 0, 0, 1] * 4)
    median, bridge = snapshots["median_error"].values, snapshots["bridge_error"].values
    check("transmitted_gain_clustered", snapshots, median[:, 0, 0, 1] / median[:, 0, 2, 1])
    check("transmitted_gain_bridges", snapshots, bridge[:, 1, 0, 1] / bridge[:, 1, 2, 1])
    check("smallest_transmitted_ratio", snapshots, snapshots["smallest_ratio"].values[:, 0, 2, 1])


def test_dominance(dominance):
    check("additive_bound", dominance, dominance["bound_ratio"].values[:, :, 0].max(axis=(1, 2)))
    check("suboptimal_norm", dominance, dominance["norm_ratio"].values[:, 2])
    relative = dominance["leverage_sum"].values / dominance["expected_sum"].values - 1
    check("leverage_sum_without_dominance", dominance, np.abs(relative).max(axis=1))
    check("stable_without_dominance", dominance, dominance["stable"].values[:, 2, 0].mean(axis=1))
    destroyed = dominance["n_destroyed"].values[:, 2].mean(axis=-1)
    check("destroyed_modes", dominance, destroyed[:, 0] - destroyed[:, 1])


def test_directed(directed):
    check("chain_formula_error", directed, directed["chain_error"])
    check("clustered_formula_error", directed, directed["clustered_error"].values[:, 1])
    error = np.median(directed["response_error"].values, axis=-1)
    check("directed_over_weight", directed, error[:, 0, 0] / error[:, 0, 3])
    check("degree_over_noise_prune_one_way", directed, error[:, 2, 2] / error[:, 2, 0])
    check("covariance_over_closed_form", directed, (error[:, :, 0] / error[:, :, 1]).max(axis=1))


def test_rectified(rectified):
    ratio = rectified["active_epsilon"].values.max(axis=(1, 2)) / rectified["spectral_epsilon"].values
    check("active_over_whole", rectified, ratio)
    check("switch_over_bound", rectified, rectified["switch_ratio"].values.max(axis=1))
    error, overlap = rectified["error"].values, rectified["overlap"].values
    check("rectified_error", rectified, error[:, 0].max(axis=1))
    check("rectified_over_weight", rectified, error[:, 0, 2] / error[:, 1, 2])
    check("active_overlap", rectified, overlap[:, 0].min(axis=1))
    check("excited_correlation", rectified, rectified["probability_correlation"].values[:, 2])
    silent = rectified["bridge_probability"].values[:, 0] / rectified["degree_bridge_probability"].values
    check("silent_over_degree", rectified, silent)
