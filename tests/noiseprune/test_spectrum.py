import numpy as np
import pytest
import scipy.linalg

from pruninglab.noiseprune import clustered_network, prune, spectral_similarity, uniform_probabilities


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
    assert spectral_similarity(-np.eye(60), -np.eye(60)).spectral_epsilon == 0
