import numpy as np
import pytest
import scipy.sparse.linalg
import scipy.stats

from pruninglab.noiseprune import bridge_network, clustered_network, illustration_network
from pruninglab.noiseprune.networks import RESCALING

SIZES = [30, 50, 40]


def off_diagonal(A):
    return A - np.diag(np.diag(A))


@pytest.mark.parametrize("symmetric", [True, False])
def test_leak_is_the_total_absolute_input(symmetric):
    A = clustered_network(SIZES, n_between=60, symmetric=symmetric, rng=np.random.default_rng(0))
    np.testing.assert_allclose(-np.diag(A), np.abs(off_diagonal(A)).sum(axis=1))
    assert np.array_equal(A, A.T) is symmetric


@pytest.mark.parametrize("symmetric", [True, False])
def test_largest_eigenvalue_of_the_weights_is_one_over_the_rescaling(symmetric):
    A = clustered_network(SIZES, n_between=60, symmetric=symmetric, rng=np.random.default_rng(1))
    assert np.linalg.eigvals(off_diagonal(A)).real.max() == pytest.approx(1 / RESCALING)


def test_number_of_synapses_inside_clusters_is_exact():
    A = clustered_network(SIZES, within_density=0.6, n_between=0, rng=np.random.default_rng(2))
    start = 0
    for size in SIZES:
        block = np.triu(A[start : start + size, start : start + size], 1)
        assert np.count_nonzero(block) == int(0.6 * size * (size - 1) / 2)
        start += size
    assert np.count_nonzero(np.triu(A, 1)) == sum(int(0.6 * n * (n - 1) / 2) for n in SIZES)


def test_directed_network_draws_both_triangles_independently():
    A = clustered_network([200], n_between=0, symmetric=False, rng=np.random.default_rng(3))
    upper, lower = np.triu(A, 1) != 0, np.tril(A, -1).T != 0
    pairs = np.triu_indices(200, 1)
    both = np.mean(upper[pairs] & lower[pairs])
    assert upper.sum() == lower.sum() == int(0.6 * 200 * 199 / 2)
    assert both == pytest.approx(0.36, abs=0.02)


def test_long_range_weights_are_spread_over_all_pairs_and_added():
    rng = np.random.default_rng(4)
    A = clustered_network([10, 190], within_density=1.0, n_between=4000, rng=rng)
    between = np.count_nonzero(A[:10, 10:])
    expected = 2000 * 10 * 190 / (200 * 199 / 2)
    assert between == pytest.approx(expected, abs=5 * np.sqrt(expected))
    assert np.count_nonzero(np.triu(A, 1)) == 10 * 9 // 2 + 190 * 189 // 2 + between


def test_share_of_inhibitory_weights_is_that_of_the_normal_law():
    A = clustered_network([300], n_between=0, rng=np.random.default_rng(5))
    weights = A[np.triu_indices(300, 1)]
    weights = weights[weights != 0]
    share = np.mean(weights < 0)
    assert share == pytest.approx(0.1587, abs=5 * np.sqrt(0.1587 * 0.8413 / len(weights)))


def test_same_seed_gives_the_same_network():
    A, B = (clustered_network(SIZES, n_between=60, rng=np.random.default_rng(6)) for _ in range(2))
    assert np.array_equal(A, B)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": []}, "sizes"),
        ({"sizes": [1, 5]}, "sizes"),
        ({"sizes": [5], "within_density": 0.0}, "within_density"),
        ({"sizes": [5], "within_density": 1.5}, "within_density"),
        ({"sizes": [5], "n_between": -2}, "n_between"),
        ({"sizes": [5], "n_between": 100}, "n_between"),
        ({"sizes": [2], "within_density": 0.1, "n_between": 0}, "no synapse"),
        ({"sizes": [30], "within_density": 0.001, "n_between": 0}, "no synapse"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        clustered_network(**({"n_between": 0} | arguments), rng=np.random.default_rng(0))


def test_illustration_network_has_its_bridges_and_strong_synapses():
    A, bridges, strong = illustration_network(slack=0.02, rng=np.random.default_rng(0))
    W = off_diagonal(A)
    cluster = np.repeat(np.arange(3), 20)
    assert (cluster[bridges[:, 0]] != cluster[bridges[:, 1]]).all()
    assert (cluster[strong[:, 0]] == cluster[strong[:, 1]]).all()
    assert np.count_nonzero(np.triu(W)[cluster[:, None] != cluster[None, :]]) == len(bridges)
    assert (W >= 0).all()
    np.testing.assert_allclose(-np.diag(A), 1.02 * W.sum(axis=1))


def test_signed_illustration_network_has_inhibitory_synapses():
    A, _, _ = illustration_network(signed=True, rng=np.random.default_rng(0))
    assert (off_diagonal(A) < 0).any()
    assert np.linalg.eigvalsh(A)[-1] < 0


@pytest.mark.parametrize("arguments", [{"slack": -0.1}, {"n_bridges": 10**6}, {"within_density": 2.0}])
def test_illustration_network_refuses_bad_input(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        illustration_network(**arguments, rng=np.random.default_rng(0))


def test_long_range_weights_are_uniform_and_added_to_those_inside_a_full_cluster():
    plain = clustered_network([60], within_density=1.0, n_between=0, rng=np.random.default_rng(7))
    extended = clustered_network([60], within_density=1.0, n_between=600, rng=np.random.default_rng(7))
    pair = np.triu_indices(60, 1)
    scale = np.median(plain[pair] / extended[pair])
    added = (extended[pair] * scale - plain[pair]) / plain[pair].mean()
    long_range = added[np.abs(added) > 1e-9]
    assert len(long_range) == 300
    assert -1e-9 < long_range.min() < 0.05
    assert long_range.max() == pytest.approx(1, abs=0.06)
    assert long_range.mean() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("symmetric", [True, False])
def test_number_of_long_range_entries(symmetric):
    A = clustered_network(
        [200, 200], within_density=0.001, n_between=3001, symmetric=symmetric, rng=np.random.default_rng(8)
    )
    inside = 2 * int(0.001 * 200 * 199 / 2) * 2
    expected = 3000 if symmetric else 3001
    assert np.count_nonzero(off_diagonal(A)) == pytest.approx(expected + inside, abs=10)


def test_weights_follow_their_laws_in_units_of_the_rescaling():
    A = clustered_network([400], n_between=0, rng=np.random.default_rng(9))
    weights = A[np.triu_indices(400, 1)]
    weights = weights[weights != 0]
    assert weights.std() / weights.mean() == pytest.approx(1, abs=0.02)
    largest = np.linalg.eigvalsh(off_diagonal(A))[-1]
    assert largest == pytest.approx(1 / 1.1)


def test_strong_synapses_and_bridges_of_the_illustration():
    A, bridges, strong = illustration_network(n_strong=60, rng=np.random.default_rng(1))
    inside = np.triu(A, 1)
    inside[tuple(bridges.T)] = inside[tuple(strong.T)] = 0
    typical = np.median(inside[inside > 0])
    assert np.median(A[tuple(strong.T)]) / typical == pytest.approx(5, rel=0.3)
    assert A[tuple(bridges.T)].max() < 1.05 * A[tuple(strong.T)].max()
    assert np.median(A[tuple(bridges.T)]) < typical


def test_strength_multiplies():
    A, _, strong = illustration_network(strength=0.01, rng=np.random.default_rng(2))
    weights = A[np.triu_indices(len(A), 1)]
    assert np.median(A[tuple(strong.T)]) < 0.05 * np.median(weights[weights > 0])


@pytest.fixture(scope="module")
def chain():
    """The network of the reference numbers, and its bridges."""
    return bridge_network(rng=np.random.default_rng(0))


def test_chain_of_clusters_has_the_reference_numbers(chain):
    A, bridges = chain
    assert A.shape == (1500, 1500)
    assert bridges.shape == (28, 2)
    assert np.array_equal(A, A.T)
    expected, deviation = pairs_found(15, 100, 40)
    assert expected + 28 == pytest.approx(25_490, abs=deviation)
    assert np.count_nonzero(np.triu(A, 1)) == pytest.approx(expected + 28, abs=5 * deviation)
    largest = scipy.sparse.linalg.eigsh(-A, k=1, which="LA", v0=np.ones(1500), return_eigenvectors=False)[0]
    np.testing.assert_allclose(A @ np.ones(1500), -0.01)
    assert largest / 0.01 == pytest.approx(7.1e3, rel=0.08)


def pairs_found(n_clusters, size, mean_degree):
    """Mean and deviation of the number of different pairs among draws with replacement, self-pairs left out."""
    n_pairs = n_clusters * size * (size - 1) / 2
    n_draws = 1.05 * n_clusters * size * mean_degree / 2
    load = n_draws * (1 - 1 / size) / n_pairs
    repeats = n_pairs * np.exp(-load) * (1 - (1 + load) * np.exp(-load))
    return n_pairs * (1 - np.exp(-load)), np.sqrt(repeats + n_draws / size)


@pytest.mark.parametrize(("n_clusters", "size", "mean_degree"), [(2, 80, 10), (5, 60, 50), (40, 12, 6), (1, 100, 30)])
def test_pairs_inside_clusters_are_drawn_with_replacement(n_clusters, size, mean_degree):
    A, bridges = bridge_network(
        n_clusters=n_clusters, cluster_size=size, mean_degree=mean_degree, rng=np.random.default_rng(1)
    )
    cluster = np.arange(len(A)) // size
    i, j = np.nonzero(np.triu(A, 1))
    inside = cluster[i] == cluster[j]
    expected, deviation = pairs_found(n_clusters, size, mean_degree)
    assert inside.sum() == pytest.approx(expected, abs=5 * deviation)
    share = np.bincount(cluster[i[inside]], minlength=n_clusters) / inside.sum()
    np.testing.assert_allclose(share, 1 / n_clusters, atol=5 * np.sqrt(1 / n_clusters / inside.sum()))
    assert np.mean(i[inside] % size) == pytest.approx((size - 2) / 3, abs=5 * size / np.sqrt(18 * inside.sum()))
    assert sorted(map(tuple, bridges)) == list(zip(i[~inside], j[~inside], strict=True))


def test_leak_of_the_chain_exceeds_the_input_by_the_slack():
    A, _ = bridge_network(n_clusters=3, cluster_size=20, mean_degree=6, slack=0.37, rng=np.random.default_rng(2))
    W = off_diagonal(A)
    assert (W >= 0).all()
    np.testing.assert_allclose(-np.diag(A) - W.sum(axis=1), 0.37, rtol=1e-12)
    assert np.linalg.eigvalsh(A)[-1] == pytest.approx(-0.37)


def test_bridges_join_each_cluster_to_the_next():
    A, bridges = bridge_network(
        n_clusters=6, cluster_size=30, mean_degree=8, n_bridges=25, rng=np.random.default_rng(3)
    )
    cluster = bridges // 30
    assert np.issubdtype(bridges.dtype, np.integer)
    assert cluster[:, 0].tolist() == np.repeat(np.arange(5), 25).tolist()
    np.testing.assert_array_equal(cluster[:, 1], cluster[:, 0] + 1)
    assert len(np.unique(bridges, axis=0)) == len(bridges) == 125
    places = scipy.stats.kstest((bridges % 30 + 0.5).ravel() / 30, "uniform")
    assert places.pvalue > 0.01
    assert (A[tuple(bridges.T)] > 0).all()


@pytest.mark.parametrize("n_bridges", [0, 9])
def test_none_or_all_pairs_of_neighbouring_clusters_as_bridges(n_bridges):
    A, bridges = bridge_network(
        n_clusters=3, cluster_size=3, mean_degree=2, n_bridges=n_bridges, rng=np.random.default_rng(4)
    )
    assert bridges.shape == (2 * n_bridges, 2)
    assert np.count_nonzero(A[:3, 3:6]) == np.count_nonzero(A[3:6, 6:]) == n_bridges
    assert not A[:3, 6:].any()


def test_weights_of_the_chain_follow_their_laws():
    A, bridges = bridge_network(
        n_clusters=4, cluster_size=60, mean_degree=20, n_bridges=400, rng=np.random.default_rng(5)
    )
    of_bridges = A[tuple(bridges.T)]
    inside = np.concatenate([A[k : k + 60, k : k + 60][np.triu_indices(60, 1)] for k in range(0, 240, 60)])
    inside = inside[inside != 0]
    assert scipy.stats.kstest(of_bridges, "uniform").pvalue > 0.01
    assert scipy.stats.kstest(inside, scipy.stats.foldnorm(c=1).cdf).pvalue > 0.01


def test_one_cluster_has_no_bridge():
    A, bridges = bridge_network(n_clusters=1, cluster_size=10, mean_degree=4, rng=np.random.default_rng(6))
    assert A.shape == (10, 10)
    assert bridges.shape == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": 0}, "n_clusters"),
        ({"cluster_size": 1}, "cluster_size"),
        ({"n_bridges": -1}, "n_bridges"),
        ({"n_bridges": 101}, "n_bridges must lie between 0 and cluster_size.2 = 100"),
        ({"mean_degree": 0.0}, "mean_degree"),
        ({"slack": 0.0}, "slack"),
        ({"slack": float("inf")}, "slack"),
    ],
)
def test_chain_refuses_bad_input(arguments, message):
    sizes = {"n_clusters": 3, "cluster_size": 10, "mean_degree": 4}
    with pytest.raises(ValueError, match=message):
        bridge_network(**(sizes | arguments), rng=np.random.default_rng(0))
