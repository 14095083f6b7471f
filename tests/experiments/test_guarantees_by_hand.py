"""Parts of the guarantees experiment, computed again by other routes from the documented stream addresses."""

import itertools

import numpy as np
import pytest
import scipy.linalg

from pruninglab import noiseprune
from pruninglab.experiments.noise import consequences, guarantees, metric

REPLICA = 1
CONFIG = guarantees.PRESETS["book"]
EPS = CONFIG.eps


def generator(purpose, arm=0, level=0):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(REPLICA, arm, level, purpose)))


def epsilon_of(A, pruned):
    return np.abs(scipy.linalg.eigh(-pruned, -A, eigvals_only=True) - 1).max()


@pytest.fixture(scope="module")
def dataset():
    return guarantees.run(CONFIG, [REPLICA]).isel(replica=0)


@pytest.fixture(scope="module")
def network():
    return noiseprune.clustered_network(CONFIG.sizes, n_between=CONFIG.n_between, rng=generator(0))


@pytest.fixture(scope="module")
def probabilities(network):
    q = noiseprune.leverages(network, noiseprune.noise_covariance(network))
    return np.minimum(1, 4 * np.log(len(network)) / EPS**2 * q)


@pytest.fixture(scope="module")
def pruned(network, probabilities):
    return noiseprune.prune(network, probabilities, rng=generator(1, level=0))


def test_draws_and_counts(dataset, network, probabilities):
    p = probabilities[np.triu(network, 1) != 0]
    draws = [noiseprune.prune(network, probabilities, rng=generator(1, level=k)) for k in range(CONFIG.n_draws)]
    np.testing.assert_allclose(dataset["epsilon"], [epsilon_of(network, draw) for draw in draws], rtol=1e-6)
    assert dataset["n_kept"].values.tolist() == [(np.triu(draw, 1) != 0).sum() for draw in draws]
    assert float(dataset["expected_kept"]) == pytest.approx(p.sum())
    assert float(dataset["expected_deviation"]) == pytest.approx(np.sqrt(np.sum(p - p**2)))
    assert (int(dataset["n_edges"]), int(dataset["n_full"])) == (p.size, (p == 1).sum())
    assert float(dataset["asked_epsilon"]) == EPS
    assert abs(dataset["leverage_excess"]) < 1e-9
    assert dataset["decomposition_error"] < 1e-13


def test_bounds_of_one_draw(dataset, network, pruned):
    epsilon = epsilon_of(network, pruned)
    B, B_sparse = -network, -pruned
    rates, V = np.linalg.eigh(B)
    root = (V * np.sqrt(rates)) @ V.T
    x = np.hstack([generator(2).normal(size=(len(B), CONFIG.n_patterns)), V[:, : CONFIG.n_patterns]])
    ratio = dataset["ratio"]

    error = np.linalg.norm((B_sparse - B) @ x, axis=0)
    bound = epsilon * np.sqrt(rates[-1]) * np.linalg.norm(root @ x, axis=0)
    assert float(ratio.sel(bound="products")) == pytest.approx(np.max(error / bound), rel=1e-6)
    relative = error / np.linalg.norm(B @ x, axis=0)
    means = [relative[: CONFIG.n_patterns].mean(), relative[CONFIG.n_patterns :].mean()]
    np.testing.assert_allclose(dataset["product_error"], means, rtol=1e-6)

    fixed, moved = np.linalg.inv(B) @ x, np.linalg.inv(B_sparse) @ x
    shift = np.linalg.norm(root @ (moved - fixed), axis=0) / np.linalg.norm(root @ fixed, axis=0)
    assert float(ratio.sel(bound="fixed points")) == pytest.approx(shift.max() * (1 - epsilon) / epsilon, rel=1e-6)

    change = np.diag(np.linalg.inv(B_sparse)) / np.diag(np.linalg.inv(B))
    allowed = np.where(change > 1, 1 / (1 - epsilon) - 1, 1 - 1 / (1 + epsilon))
    assert float(ratio.sel(bound="variances")) == pytest.approx(np.max(np.abs(change - 1) / allowed), rel=1e-6)
    assert float(dataset["variance_change"]) == pytest.approx(np.median(np.abs(change - 1)))
    assert float(dataset["largest_variance_change"]) == pytest.approx(np.abs(change - 1).max())

    distances = [
        np.linalg.norm((scipy.linalg.expm(-t * B_sparse) - scipy.linalg.expm(-t * B)) @ x, axis=0)
        for t in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
    ]
    distance = np.max(distances, axis=0) / np.linalg.norm(x, axis=0)
    bound = epsilon / (2 * np.sqrt(1 - epsilon))
    assert float(ratio.sel(bound="trajectories")) == pytest.approx(distance.max() / bound, rel=1e-6)


def test_bounds_on_the_modes_of_one_draw(dataset, network, pruned):
    epsilon = epsilon_of(network, pruned)
    rates, V = np.linalg.eigh(-network)
    pruned_rates = np.linalg.eigvalsh(-pruned)
    ratio = dataset["ratio"]
    eigenvalue = np.abs(pruned_rates / rates - 1).max() / epsilon
    assert float(ratio.sel(bound="eigenvalues")) == pytest.approx(eigenvalue, rel=1e-6)
    along = np.sum(V * (-pruned @ V), axis=0)
    assert float(ratio.sel(bound="forms")) == pytest.approx(np.abs(along / rates - 1).max() / epsilon, rel=1e-6)
    across = np.linalg.norm(-pruned @ V - along * V, axis=0)
    bound = epsilon / (1 - epsilon) * np.sqrt(rates[-1] / rates)
    assert float(ratio.sel(bound="angles")) == pytest.approx(np.max(across / along / bound), rel=1e-6)
    assert ratio.max() <= 1


def test_low_rank_has_as_many_numbers(dataset, network):
    budget, n = int(dataset["n_kept"][0]), len(network)
    rank = next(k for k in itertools.count(1) if sum(range(n - k, n + 1)) > budget)
    assert float(dataset["low_rank_epsilon"]) == pytest.approx(1)
    W = network - np.diag(np.diag(network))
    U, singular, Vt = np.linalg.svd(W)
    truncated = (U[:, :rank] * singular[:rank]) @ Vt[:rank]
    expected = epsilon_of(network, network - W + (truncated + truncated.T) / 2)
    assert float(dataset["low_rank_weights_epsilon"]) == pytest.approx(expected, rel=1e-6)


def test_failures_and_their_bound(dataset):
    n = CONFIG.dense_size
    A = noiseprune.clustered_network([n], within_density=1.0, n_between=0, rng=generator(0, arm=1))
    q = noiseprune.leverages(A, noiseprune.noise_covariance(A))
    for level, constant in enumerate(CONFIG.constants):
        rng = generator(1, arm=1, level=level)
        P = np.minimum(1, constant * np.log(n) / EPS**2 * q)
        missed = [epsilon_of(A, noiseprune.prune(A, P, rng=rng)) >= EPS for _ in range(CONFIG.n_dense_draws)]
        assert float(dataset["failures"][level]) == np.mean(missed)
        bound = min(1, n ** (1 - constant / 2)) + min(1, n ** (1 - constant / 3))
        assert float(dataset["failure_bound"][level]) == pytest.approx(min(1, bound))
    assert dataset["failures"][0] == 1
    assert dataset["failures"][-1] == 0


def test_growing_networks(dataset):
    for level, n in enumerate(CONFIG.growing_sizes):
        A = noiseprune.clustered_network([n], within_density=1.0, n_between=0, rng=generator(0, 2, level))
        q = noiseprune.leverages(A, noiseprune.noise_covariance(A))
        P = np.minimum(1, 4 * np.log(n) / EPS**2 * q)
        pruned = noiseprune.prune(A, P, rng=generator(1, 2, level))
        one = dataset.isel(size=level)
        epsilon = epsilon_of(A, pruned)
        assert float(one["growing_epsilon"]) == pytest.approx(epsilon, rel=1e-6)
        assert float(one["growing_share"]) == pytest.approx(P.sum() / (n * (n - 1)))
        assert float(one["growing_over_formula"]) == pytest.approx(P.sum() / 2 / (4 * n * np.log(n) / EPS**2))
        (rates, V), (pruned_rates, U) = np.linalg.eigh(-A), np.linalg.eigh(-pruned)
        residual = U[:, 0] - V[:, 0] * (V[:, 0] @ U[:, 0])
        gap = min(abs(rates[0] - rate) for rate in pruned_rates[1:])
        assert float(one["slowest_sine"]) == pytest.approx(np.linalg.norm(residual), rel=1e-6)
        bound = epsilon * np.sqrt(rates[0] * rates[-1]) / gap
        assert float(one["slowest_sine_bound"]) == pytest.approx(bound, rel=1e-6)


def test_totals_of_a_directed_network(dataset):
    A = noiseprune.clustered_network(CONFIG.sizes, n_between=CONFIG.n_between, symmetric=False, rng=generator(0, arm=3))
    P = noiseprune.preservation_probabilities(A, noiseprune.noise_covariance(A), density=CONFIG.directed_density)
    rng, n = generator(1, arm=3), CONFIG.n_directed_draws
    draws = np.array([noiseprune.prune(A, P, diagonal="zero", rng=rng) for _ in range(n)])
    W = A - np.diag(np.diag(A))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(W != 0, W**2 * (1 - P) / P, 0) / n
    for total, axis in (("input", 1), ("output", 0)):
        error = np.sqrt(variance.sum(axis))
        signed = (draws.mean(0) - W).sum(axis) / error
        absolute = (np.abs(draws).mean(0) - np.abs(W)).sum(axis) / error
        found = dataset["total_bias"].sel(total=total)
        np.testing.assert_allclose(found.sel(weights="signed"), np.sqrt(np.mean(signed**2)))
        np.testing.assert_allclose(found.sel(weights="absolute"), np.sqrt(np.mean(absolute**2)))
        change = np.abs(draws).sum(axis + 1) / np.abs(W).sum(axis) - 1
        np.testing.assert_allclose(dataset["total_change"].sel(total=total), np.sqrt(np.mean(change**2)))


def test_network_with_a_null_vector(dataset):
    size = CONFIG.excitatory_cluster_size
    A, *_ = noiseprune.illustration_network(
        n_clusters=2,
        cluster_size=size,
        within_density=1.0,
        n_bridges=size,
        n_strong=0,
        slack=0.0,
        rng=generator(0, arm=4),
    )
    rates, V = np.linalg.eigh(-A)
    inverse = (V[:, 1:] / rates[1:]) @ V[:, 1:].T
    inverse = (inverse + inverse.T) / 2
    P = noiseprune.preservation_probabilities(A, inverse / 2, eps=EPS)
    pruned = noiseprune.prune(A, P, rng=generator(1, arm=4))
    scale = V[:, 1:] / np.sqrt(rates[1:])
    deviation = np.linalg.eigvalsh(scale.T @ -pruned @ scale) - 1
    assert float(dataset["null_epsilon"]) == pytest.approx(np.abs(deviation).max(), rel=1e-6)
    assert abs(dataset["null_leverage_excess"]) < 1e-8
    assert dataset["null_error"] < 1e-13
    assert dataset["metric_violations"] == 0


def test_normal_network(dataset):
    A = guarantees.network(CONFIG, REPLICA, "normal")
    np.testing.assert_allclose(A @ A.T, A.T @ A, atol=1e-9)
    assert np.abs(A - A.T).max() > 1
    assert dataset["normal_error"] < 1e-12


def test_a_violated_triple_is_found():
    points = np.array([0.0, 1.0, 2.0])
    assert metric.resistance_violations(np.outer(points, points)) == pytest.approx(2 / 27)
    assert metric.resistance_violations(np.eye(3)) == 0


def test_triangles_are_counted_and_judged():
    A = noiseprune.clustered_network([12], within_density=0.8, n_between=0, rng=generator(0))
    root = np.random.Generator(np.random.PCG64(3)).normal(size=(12, 3))
    C = root @ root.T
    expected = np.zeros((2, 3))
    for i, j, k in itertools.combinations(range(12), 3):
        signs = [np.sign(A[a, b]) for a, b in ((i, j), (i, k), (j, k))]
        if 0 in signs:
            continue
        pairs = zip(((i, j), (i, k), (j, k)), signs, strict=True)
        sides = sorted(C[a, a] + C[b, b] - 2 * sign * C[a, b] for (a, b), sign in pairs)
        roots = np.sqrt(sides)
        broken = [1, sides[2] > sides[0] + sides[1], roots[2] > roots[0] + roots[1]]
        expected[0 if np.prod(signs) > 0 else 1] += broken
    found = metric.triangle_violations(A, C)
    np.testing.assert_array_equal(found, expected)
    assert found[:, 1].min() > 0
    assert found[0, 2] == 0
    assert found[1, 2] > 0


def test_signed_networks_are_added_up(dataset):
    total = np.zeros((2, 3))
    for level in range(CONFIG.n_signed_networks):
        A = noiseprune.clustered_network(
            [CONFIG.signed_size], within_density=CONFIG.signed_within_density, n_between=0, rng=generator(0, 5, level)
        )
        A -= CONFIG.signed_slack * np.eye(len(A))
        total += metric.triangle_violations(A, noiseprune.noise_covariance(A))
    np.testing.assert_array_equal(dataset["triangles"], total)


def test_product_errors_are_relative_to_the_product():
    A, doubled = -np.diag([1.0, 2.0]), -np.diag([1.0, 4.0])
    errors = consequences.product_errors(A, doubled, np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]))
    np.testing.assert_allclose(errors, [0, 1, 2 / np.sqrt(5)])


def test_the_host_is_needed():
    with pytest.raises(ValueError, match="backend must be 'numpy'"):
        guarantees.run(CONFIG, [0], xp=object())
