import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.noiseprune import clustered_network, diff_covariance, euler_covariance, noise_covariance
from pruninglab.noiseprune.covariance import _squared_smith


def network(symmetric, seed=0):
    return clustered_network([20, 40], n_between=40, symmetric=symmetric, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("symmetric", [True, False])
def test_agrees_with_scipy(symmetric):
    A = network(symmetric)
    reference = scipy.linalg.solve_continuous_lyapunov(A, -4.0 * np.eye(len(A)))
    np.testing.assert_allclose(noise_covariance(A, sigma=2.0), reference, rtol=1e-9, atol=1e-10)


def test_routes_agree_on_a_symmetric_network():
    A = network(symmetric=True)
    np.testing.assert_allclose(_squared_smith(A), noise_covariance(A), rtol=1e-9, atol=1e-10)


@given(n=st.integers(1, 12), seed=st.integers(0, 10**6), non_normality=st.floats(0, 10))
@settings(max_examples=60, deadline=None)
def test_solves_the_lyapunov_equation_for_any_stable_matrix(n, seed, non_normality):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, n)) + non_normality * np.triu(rng.normal(size=(n, n)), 1)
    A -= (np.linalg.eigvals(A).real.max() + 0.5) * np.eye(n)
    C = noise_covariance(A)
    assert np.array_equal(C, C.T)
    assert np.linalg.norm(A @ C + C @ A.T + np.eye(n)) < 1e-8 * (1 + np.linalg.norm(A) * np.linalg.norm(C))
    assert np.linalg.eigvalsh(C)[0] > 0


def test_closed_form_for_a_normal_matrix():
    A = np.array([[-1.0, 3.0], [-3.0, -1.0]])
    np.testing.assert_allclose(noise_covariance(A), -np.linalg.inv(A + A.T), atol=1e-12)


@pytest.mark.parametrize("symmetric", [True, False])
def test_keeps_single_precision(symmetric):
    A = network(symmetric).astype(np.float32)
    C = noise_covariance(A)
    assert C.dtype == np.float32
    np.testing.assert_allclose(C, noise_covariance(A.astype(float)), rtol=2e-2, atol=1e-2)


@pytest.mark.parametrize(
    ("A", "error", "message"),
    [
        ([[-1.0]], TypeError, "A must be an array"),
        (np.array([[-1, 0], [0, -1]]), TypeError, "float32 or float64"),
        (np.ones((2, 3)), ValueError, "square"),
        (np.ones((0, 0)), ValueError, "square"),
        (np.array([[-1.0, np.nan], [np.nan, -1.0]]), ValueError, "NaN"),
        (np.array([[1.0]]), ValueError, "not stable"),
        (np.array([[-1.0, 2.0], [2.0, -1.0]]), ValueError, "not stable"),
        (np.array([[-3.0, 0.0], [0.5, 1.0]]), ValueError, "not stable"),
        (np.array([[0.0, 1.0], [-1.0, 0.0]]), ValueError, "not stable"),
        (np.array([[-1.0, 0.0], [1.0, 0.0]]), ValueError, "not stable"),
    ],
)
def test_bad_matrix_is_refused(A, error, message):
    with pytest.raises(error, match=message):
        noise_covariance(A)


@pytest.mark.parametrize("sigma", [0.0, -1.0, np.nan, np.inf])
def test_bad_sigma_is_refused(sigma):
    with pytest.raises(ValueError, match="sigma"):
        noise_covariance(-np.eye(2), sigma=sigma)


def test_euler_covariance_is_the_fixed_point_of_the_recursion():
    A, dt, sigma = network(symmetric=True), 0.3, 0.7
    step = np.eye(len(A)) + dt * A
    fixed_point = scipy.linalg.solve_discrete_lyapunov(step, sigma**2 * dt * np.eye(len(A)))
    np.testing.assert_allclose(euler_covariance(A, dt=dt, sigma=sigma), fixed_point, rtol=1e-8, atol=1e-10)


def test_euler_covariance_refuses_unstable_steps_and_directed_networks():
    with pytest.raises(ValueError, match="not stable"):
        euler_covariance(-np.eye(2), dt=2.5)
    with pytest.raises(ValueError, match="symmetric"):
        euler_covariance(network(symmetric=False), dt=0.1)


def test_diff_covariance_is_the_variance_of_difference_or_sum():
    A = network(symmetric=True)
    C = noise_covariance(A)
    delta = diff_covariance(A, C)
    for i, j in ((0, 1), (5, 12), (30, 50)):
        u = np.zeros(len(A))
        u[i], u[j] = 1, -np.sign(A[i, j])
        expected = u @ C @ u if A[i, j] != 0 else 0.0
        assert delta[i, j] == pytest.approx(expected)
    assert not np.diag(delta).any()
    assert not delta[A == 0].any()


def test_diff_covariance_refuses_matrices_of_different_size():
    with pytest.raises(ValueError, match="C must have the shape of A"):
        diff_covariance(-np.eye(2), np.eye(3))
