import numpy as np
import pytest

from pruninglab.noiseprune import (
    chernoff_bounds,
    clustered_network,
    edge_incidence,
    leverages,
    noise_covariance,
    promised_epsilon,
)


@pytest.fixture(scope="module")
def A():
    return clustered_network([10, 20], n_between=20, rng=np.random.default_rng(0))


def test_edge_pieces_have_the_entries_of_the_paper(A):
    G = edge_incidence(A).toarray()
    edges = np.argwhere(np.triu(A, 1))
    assert G.shape == (len(edges), len(A))
    for row, (i, j) in zip(G, edges, strict=True):
        expected = np.zeros_like(A)
        expected[i, i] = expected[j, j] = abs(A[i, j])
        expected[i, j] = expected[j, i] = -A[i, j]
        np.testing.assert_allclose(np.outer(row, row), expected, atol=1e-15)


def test_edge_pieces_sum_to_the_network_without_its_slack(A):
    slack = np.linspace(0, 2, len(A))
    G = edge_incidence(A - np.diag(slack))
    np.testing.assert_allclose((G.T @ G).toarray(), -A, atol=1e-14)


def test_leverage_is_the_size_of_the_transformed_piece(A):
    eigenvalues, V = np.linalg.eigh(-A)
    root = (V / np.sqrt(eigenvalues)) @ V.T
    transformed = edge_incidence(A).toarray() @ root
    sizes = [np.linalg.norm(np.outer(row, row), 2) for row in transformed]
    i, j = np.nonzero(np.triu(A, 1))
    np.testing.assert_allclose(sizes, leverages(A, noise_covariance(A))[i, j])


def test_a_network_without_synapses_has_no_pieces():
    assert edge_incidence(-np.eye(3)).shape == (0, 3)


def test_bounds_at_the_papers_constant():
    for n, eps in ((100, 0.9), (3000, 0.5), (10_000, 0.2)):
        kappa = 4 * np.log(n) / eps**2
        lower, upper = chernoff_bounds(eps, n_neurons=n, kappa=kappa)
        assert lower == pytest.approx(1 / n)
        assert upper == pytest.approx(n ** (-1 / 3))
        assert promised_epsilon(kappa, n_neurons=n) == pytest.approx(eps)


def test_bounds_are_chances():
    assert chernoff_bounds(0.5, n_neurons=1000, kappa=1.0) == (1.0, 1.0)
    lower, upper = chernoff_bounds(0.5, n_neurons=1000, kappa=2.5 * np.log(1000) / 0.5**2)
    assert lower == pytest.approx(1000**-0.25)
    assert upper == 1.0


def test_other_constants_promise_more_or_less():
    assert promised_epsilon(40.0, n_neurons=500, constant=9.0) == pytest.approx(3 * np.sqrt(np.log(500) / 40))


def test_bad_input_is_refused():
    directed = np.array([[-1.0, 0.5], [0.0, -1.0]])
    with pytest.raises(ValueError, match="A must be symmetric"):
        edge_incidence(directed)
    with pytest.raises(TypeError, match="A must be a NumPy array"):
        edge_incidence([[1.0]])
    for eps in (0.0, 1.0, np.nan):
        with pytest.raises(ValueError, match=r"eps must lie in \(0, 1\)"):
            chernoff_bounds(eps, n_neurons=10, kappa=1.0)
    with pytest.raises(ValueError, match="kappa"):
        chernoff_bounds(0.5, n_neurons=10, kappa=0.0)
    with pytest.raises(ValueError, match="n_neurons"):
        chernoff_bounds(0.5, n_neurons=1, kappa=1.0)
    with pytest.raises(ValueError, match="n_neurons"):
        promised_epsilon(1.0, n_neurons=1)
    with pytest.raises(ValueError, match="constant"):
        promised_epsilon(1.0, n_neurons=10, constant=0.0)
    with pytest.raises(ValueError, match="kappa"):
        promised_epsilon(-1.0, n_neurons=10)
