import numpy as np
import pytest

from pruninglab.noiseprune import clustered_network, illustration_network
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
