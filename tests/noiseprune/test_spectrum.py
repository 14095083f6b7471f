import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

from pruninglab.noiseprune import (
    clustered_network,
    prune,
    spectral_epsilon,
    spectral_similarity,
    uniform_probabilities,
)
from pruninglab.noiseprune.spectrum import SMALLEST_LANCZOS


@pytest.fixture(scope="module", params=[12, 40])
def networks(request):
    rng = np.random.default_rng(request.param)
    A = clustered_network([10, request.param], n_between=20, rng=rng)
    return A, prune(A, uniform_probabilities(A, density=0.6), rng=rng)


def test_measures_follow_their_definitions(networks):
    A, pruned = networks
    similarity = spectral_similarity(A, pruned)
    eigenvalues, V = np.linalg.eigh(A)
    pruned_eigenvalues = np.sort(np.linalg.eigvals(pruned).real)
    np.testing.assert_allclose(similarity.eigenvalue_error, np.abs(pruned_eigenvalues / eigenvalues - 1), atol=1e-9)
    for k in range(len(A)):
        v = V[:, k]
        form = v @ pruned @ v
        assert similarity.quadratic_error[k] == pytest.approx(abs(form / eigenvalues[k] - 1), abs=1e-10)
        assert similarity.cosine[k] == pytest.approx(abs(form) / np.linalg.norm(pruned @ v))


def test_spectral_epsilon_is_the_largest_deviation_of_the_pencil(networks):
    A, pruned = networks
    pencil = scipy.linalg.eigh(-pruned, -A, eigvals_only=True)
    assert spectral_similarity(A, pruned).spectral_epsilon == pytest.approx(np.abs(pencil - 1).max(), rel=1e-8)


def test_identical_networks_are_identical():
    A = clustered_network([10, 20], n_between=20, rng=np.random.default_rng(0))
    similarity = spectral_similarity(A, A, eigensystem=np.linalg.eigh(A))
    assert similarity.eigenvalue_error.max() < 1e-9
    assert similarity.quadratic_error.max() < 1e-9
    assert similarity.cosine.min() > 1 - 1e-9
    assert similarity.spectral_epsilon < 1e-9


def test_a_mode_that_is_lost_has_cosine_zero():
    A = -np.diag([1.0, 2.0, 3.0])
    lost = -np.diag([0.0, 2.0, 3.0])
    similarity = spectral_similarity(A, lost)
    assert similarity.cosine[-1] == 0
    assert similarity.eigenvalue_error[-1] == 1
    assert similarity.spectral_epsilon == pytest.approx(1)


def test_bad_input_is_refused():
    A, directed = -np.eye(2), np.array([[-1.0, 0.5], [0.0, -1.0]])
    with pytest.raises(ValueError, match="A must be symmetric"):
        spectral_similarity(directed, A)
    with pytest.raises(ValueError, match="A_sparse must be symmetric"):
        spectral_similarity(A, directed)
    with pytest.raises(ValueError, match="shape of A"):
        spectral_similarity(A, -np.eye(3))
    with pytest.raises(ValueError, match="not stable"):
        spectral_similarity(-A, A)


def test_large_identical_networks_need_no_lanczos():
    assert spectral_similarity(-np.eye(SMALLEST_LANCZOS), -np.eye(SMALLEST_LANCZOS)).spectral_epsilon == 0


@pytest.mark.parametrize("n", [90, SMALLEST_LANCZOS - 1, SMALLEST_LANCZOS])
@pytest.mark.parametrize("side", ["below", "above"])
def test_epsilon_without_eigenvectors_is_that_of_the_pencil(n, side):
    rng = np.random.default_rng(n)
    A = clustered_network([n // 3, n - n // 3], n_between=20, rng=rng)
    factor = {"below": 0.4, "above": 1.5}[side]
    pruned = factor * prune(A, uniform_probabilities(A, density=0.9), rng=rng)
    deviation = scipy.linalg.eigvalsh(-pruned, -A) - 1
    assert (-deviation.min() > deviation.max()) == (side == "below")
    expected = np.abs(deviation).max()
    assert spectral_epsilon(A, pruned) == pytest.approx(expected, rel=1e-8)
    assert spectral_epsilon(A, pruned) == pytest.approx(spectral_similarity(A, pruned).spectral_epsilon, rel=1e-8)


@pytest.mark.parametrize("n", [SMALLEST_LANCZOS - 1, 2 * SMALLEST_LANCZOS])
def test_epsilon_is_one_number_for_one_changed_synapse(n):
    A = -np.diag(np.arange(1.0, n + 1))
    pruned = A.copy()
    pruned[3, 8] = pruned[8, 3] = 0.6
    assert spectral_epsilon(A, pruned) == pytest.approx(0.6 / np.sqrt(4 * 9))
    assert spectral_epsilon(A, 0 * A) == pytest.approx(1)


@pytest.mark.parametrize("n", [20, SMALLEST_LANCZOS - 1, SMALLEST_LANCZOS])
def test_epsilon_of_identical_networks_is_zero(n):
    A = clustered_network([n // 2, n - n // 2], n_between=20, rng=np.random.default_rng(0))
    assert spectral_epsilon(A, A.copy()) == 0


@pytest.mark.parametrize("n", [20, SMALLEST_LANCZOS])
def test_epsilon_in_single_precision(n):
    A = clustered_network([n // 2, n - n // 2], n_between=20, rng=np.random.default_rng(0))
    found = spectral_epsilon(A.astype(np.float32), 1.25 * A.astype(np.float32))
    assert found == pytest.approx(0.25, rel=1e-4)


def test_epsilon_without_eigenvectors_refuses_bad_input():
    A, directed = -np.eye(2), np.array([[-1.0, 0.5], [0.0, -1.0]])
    with pytest.raises(ValueError, match="A must be symmetric"):
        spectral_epsilon(directed, A)
    with pytest.raises(ValueError, match="A_sparse must be symmetric"):
        spectral_epsilon(A, directed)
    with pytest.raises(ValueError, match="shape of A"):
        spectral_epsilon(A, -np.eye(3))
    with pytest.raises(ValueError, match="square"):
        spectral_epsilon(A, -np.ones((2, 3)))
    for unstable in (-A, np.diag([-1.0, 0.0]), np.array([[-1.0, 2.0], [2.0, -1.0]])):
        with pytest.raises(ValueError, match="A is not stable"):
            spectral_epsilon(unstable, A)
    with pytest.raises(TypeError, match="A must be a NumPy array"):
        spectral_epsilon([[-1.0]], np.array([[-1.0]]))
    with pytest.raises(TypeError, match="A_sparse must be a NumPy array"):
        spectral_epsilon(A, scipy.sparse.csr_array(A))
