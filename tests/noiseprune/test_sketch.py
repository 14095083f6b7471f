import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import chi2

from pruninglab import noiseprune


@pytest.fixture(scope="module")
def clustered():
    return noiseprune.clustered_network([20, 60], n_between=40, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def bridged():
    return noiseprune.bridge_network(n_clusters=3, cluster_size=12, mean_degree=6, rng=np.random.default_rng(1))[0]


def exact(A):
    return noiseprune.leverages(A, noiseprune.noise_covariance(A))


def ratios(A, sketched):
    edges = np.triu(A, 1) != 0
    return sketched[edges] / exact(A)[edges]


@pytest.mark.parametrize("fixture", ["clustered", "bridged"])
def test_snapshots_have_the_stationary_covariance(fixture, request):
    A = request.getfixturevalue(fixture)
    x = noiseprune.noise_snapshots(A, n_snapshots=4000, sigma=0.3, rng=np.random.default_rng(2))
    C = noiseprune.noise_covariance(A, sigma=0.3)
    scale = np.sqrt(np.diag(C))
    deviation = (x.T @ x / len(x) - C) / np.outer(scale, scale)
    assert np.abs(deviation).max() < 6 * np.sqrt(2 / len(x))
    assert np.abs(x.mean(axis=0) / scale).max() < 6 / np.sqrt(len(x))


def test_a_plain_sketch_follows_the_chi_square_law(bridged):
    k, n_sketches = 8, 400
    x = noiseprune.noise_snapshots(bridged, n_snapshots=k * n_sketches, rng=np.random.default_rng(3))
    blocks = x.reshape(n_sketches, k, -1)
    sketches = np.array([ratios(bridged, noiseprune.sketched_leverages(bridged, b, clamp=False)) for b in blocks])
    assert np.abs(sketches.mean(axis=0) - 1).max() < 5 * np.sqrt(2 / (k * n_sketches))
    kurtosis_of_chi_square = 3 + 12 / k
    standard_error = np.sqrt((kurtosis_of_chi_square - 1) / n_sketches)
    assert np.abs(sketches.var(axis=0) / (2 / k) - 1).max() < 5 * standard_error
    share_below = (sketches < chi2.ppf(0.1, k) / k).mean()
    assert share_below == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("transmitted_only", [False, True])
def test_many_snapshots_agree_with_exact_leverages(clustered, transmitted_only):
    x = noiseprune.noise_snapshots(clustered, n_snapshots=4000, rng=np.random.default_rng(4))
    sketched = noiseprune.sketched_leverages(clustered, x, transmitted_only=transmitted_only, clamp=False)
    assert np.abs(ratios(clustered, sketched) - 1).max() < 5 * np.sqrt(2 / 4000)
    assert (sketched == sketched.T).all()
    assert not sketched[clustered == 0].any()
    assert not np.diag(sketched).any()


def test_the_transmitted_part_is_the_remainder_of_the_expansion(bridged):
    """With the exact covariance in place of snapshots the two ways to write a resistance agree."""
    L = np.linalg.cholesky(noiseprune.noise_covariance(bridged))
    snapshots = L.T * np.sqrt(len(L))
    for transmitted_only in (False, True):
        found = noiseprune.sketched_leverages(bridged, snapshots, transmitted_only=transmitted_only)
        np.testing.assert_allclose(found, exact(bridged), rtol=1e-9)


def test_the_transmitted_part_alone_errs_far_less_inside_clusters(clustered):
    x = noiseprune.noise_snapshots(clustered, n_snapshots=32, rng=np.random.default_rng(5))
    plain = ratios(clustered, noiseprune.sketched_leverages(clustered, x, clamp=False))
    transmitted = ratios(clustered, noiseprune.sketched_leverages(clustered, x, transmitted_only=True, clamp=False))
    assert np.median(np.abs(transmitted - 1)) < 0.1 * np.median(np.abs(plain - 1))


def test_clamping_keeps_to_limits_that_hold_for_the_exact_leverage(bridged):
    i, j = np.nonzero(np.triu(bridged, 1))
    D, w = -np.diag(bridged), bridged[i, j]
    low = 4 * w / (D[i] + D[j] + 2 * w)
    q = exact(bridged)[i, j]
    assert (low <= q).all()
    assert (q <= 1).all()
    x = noiseprune.noise_snapshots(bridged, n_snapshots=2, rng=np.random.default_rng(6))
    raw = noiseprune.sketched_leverages(bridged, x, clamp=False)[i, j]
    assert (raw < low).any()
    assert (raw > 1).any()
    clamped = noiseprune.sketched_leverages(bridged, x)[i, j]
    np.testing.assert_allclose(clamped, np.clip(raw, low, 1))


def test_sigma_cancels(bridged):
    quiet, loud = (
        noiseprune.noise_snapshots(bridged, n_snapshots=3, sigma=s, rng=np.random.default_rng(7)) for s in (1, 5)
    )
    np.testing.assert_allclose(loud, 5 * quiet)
    for transmitted_only in (False, True):
        np.testing.assert_allclose(
            noiseprune.sketched_leverages(bridged, loud, sigma=5, transmitted_only=transmitted_only),
            noiseprune.sketched_leverages(bridged, quiet, transmitted_only=transmitted_only),
        )


def test_sparse_networks_give_the_same(clustered):
    dense, sparse = (
        noiseprune.noise_snapshots(A, n_snapshots=3, tolerance=1e-12, rng=np.random.default_rng(8))
        for A in (clustered, csr_array(clustered))
    )
    np.testing.assert_allclose(sparse, dense, rtol=1e-8)
    for transmitted_only in (False, True):
        found = noiseprune.sketched_leverages(csr_array(clustered), dense, transmitted_only=transmitted_only)
        expected = noiseprune.sketched_leverages(clustered, dense, transmitted_only=transmitted_only)
        assert found.format == "csr"
        np.testing.assert_allclose(found.toarray(), expected)


def test_a_recording_may_take_the_place_of_snapshots(bridged):
    x = noiseprune.stationary_paths(
        bridged, sigma=0.5, interval=200.0, n_records=4000, n_copies=1, rng=np.random.default_rng(9)
    )
    sketched = noiseprune.sketched_leverages(bridged, x[:, :, 0], sigma=0.5)
    assert np.abs(ratios(bridged, sketched) - 1).max() < 0.12


def test_snapshots_needed_keeps_its_promise():
    alpha, delta, m = 0.5, 0.1, 200
    k = noiseprune.snapshots_needed(m, alpha=alpha, delta=delta)
    assert m * chi2.cdf(alpha * k, k) < delta
    assert k == np.ceil(2 * np.log(m / delta) / (alpha - 1 - np.log(alpha)))
    assert noiseprune.snapshots_needed(m, alpha=0.9, delta=delta) > k


def test_bad_input():
    rng = np.random.default_rng(0)
    A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    weak = np.array([[-0.6, 0.55], [0.55, -0.5]])
    with pytest.raises(ValueError, match="n_snapshots"):
        noiseprune.noise_snapshots(A, n_snapshots=0, rng=rng)
    with pytest.raises(ValueError, match="tolerance"):
        noiseprune.noise_snapshots(A, n_snapshots=1, tolerance=0.0, rng=rng)
    with pytest.raises(ValueError, match="diagonally dominant"):
        noiseprune.noise_snapshots(weak, n_snapshots=1, rng=rng)
    with pytest.raises(ValueError, match="diagonally dominant"):
        noiseprune.sketched_leverages(weak, np.ones((1, 2)))
    with pytest.raises(ValueError, match="symmetric"):
        noiseprune.noise_snapshots(np.array([[-1.0, 0.5], [0.2, -1.0]]), n_snapshots=1, rng=rng)
    with pytest.raises(ValueError, match="symmetric"):
        noiseprune.noise_snapshots(csr_array(np.array([[-1.0, 0.5], [0.2, -1.0]])), n_snapshots=1, rng=rng)
    with pytest.raises(ValueError, match="negative diagonal"):
        noiseprune.noise_snapshots(np.zeros((2, 2)), n_snapshots=1, rng=rng)
    with pytest.raises(ValueError, match="finite square"):
        noiseprune.noise_snapshots(csr_array(np.ones((2, 3))), n_snapshots=1, rng=rng)
    with pytest.raises(ValueError, match="x must be an array of shape"):
        noiseprune.sketched_leverages(A, np.ones((2, 3)))
    for key in ("alpha", "delta"):
        with pytest.raises(ValueError, match=key):
            noiseprune.snapshots_needed(10, **({"alpha": 0.5, "delta": 0.1} | {key: 1.0}))
    with pytest.raises(ValueError, match="n_synapses"):
        noiseprune.snapshots_needed(0, alpha=0.5, delta=0.1)
