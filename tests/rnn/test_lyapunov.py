import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.rnn import forward, initial_weights, jacobians, lyapunov_spectrum, max_lyapunov
from pruninglab.rnn.lyapunov import EXAMPLE_STEPS, POPULATION_STEPS

ORDERS = ("time", "code")


def rng(seed=0):
    return np.random.default_rng(seed)


def rotations(n, N, seed=0):
    return np.stack([scipy.linalg.qr(rng(seed + k).normal(size=(N, N)))[0] for k in range(n)])


def test_jacobians_are_the_derivatives_of_one_step():
    weights = initial_weights(2, "dms", rng(), n_units=4)
    x, _ = forward(weights, rng(1).normal(size=(3, 5, 6)))
    J = jacobians(weights.A, x[:, 1])
    assert J.shape == (2, 5, 4, 4)
    for e in range(2):
        for k in range(5):
            for j in range(4):
                step = 1e-6 * np.eye(4)[j]
                up, down = (weights.A[e] @ np.tanh(x[e, 1, k] + sign * step) for sign in (1, -1))
                np.testing.assert_allclose(J[e, k, :, j], (up - down) / 2e-6, rtol=1e-7, atol=1e-9)


def test_jacobian_turns_a_disturbance_into_the_next_one():
    weights = initial_weights(1, "dms", rng(2), n_units=5)
    inputs = rng(3).normal(size=(2, 4, 6))
    inputs[1] = inputs[0]
    inputs[1, 0] += 1e-6 * rng(4).normal(size=6)
    x, _ = forward(weights, inputs)
    disturbance = x[0, 1] - x[0, 0]
    J = jacobians(weights.A, x[:, 0])[0]
    for k in range(3):
        np.testing.assert_allclose(J[k] @ disturbance[k], disturbance[k + 1], rtol=1e-4, atol=1e-13)


@pytest.mark.parametrize("c", [0.3, 1.0, 2.5])
def test_scaling_at_rest_has_the_logarithm_of_the_scale(c):
    J = jacobians(c * np.eye(4), np.zeros((21, 4)))
    for order in ORDERS:
        assert max_lyapunov(J, order=order) == pytest.approx(np.log(c), abs=1e-14)
    np.testing.assert_allclose(lyapunov_spectrum(J), np.log(c), atol=1e-14)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 6), N=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_orders_are_those_of_the_explicit_product(seed, n, N):
    J = rng(seed).normal(size=(n, N, N))
    in_time = np.linalg.multi_dot([np.eye(N), *J[::-1], np.eye(N)])
    as_in_code = np.linalg.multi_dot([np.eye(N), *J, np.eye(N)])
    for order, product in (("time", in_time), ("code", as_in_code)):
        largest = np.linalg.svd(product, compute_uv=False)[0]
        assert max_lyapunov(J, order=order) == pytest.approx(np.log(largest) / n, rel=1e-9, abs=1e-9)


def test_order_in_time_is_the_default_and_differs_from_the_code():
    J = rng(5).normal(size=(4, 3, 3))
    assert max_lyapunov(J) == max_lyapunov(J, order="time")
    assert abs(max_lyapunov(J) - max_lyapunov(J, order="code")) > 0.01
    assert max_lyapunov(J[::-1], order="code") == pytest.approx(max_lyapunov(J), rel=1e-12)


def test_ten_thousand_factors_neither_underflow_nor_overflow():
    sizes = np.array([1e-3, 1e3])
    J = sizes[:, None, None, None] * np.tile(rotations(10, 3), (1000, 1, 1))
    for order in ORDERS:
        np.testing.assert_allclose(max_lyapunov(J, order=order), np.log(sizes), rtol=1e-12)
    np.testing.assert_allclose(lyapunov_spectrum(J), np.repeat(np.log(sizes)[:, None], 3, axis=1), rtol=1e-12)


def test_product_that_is_zero_has_exponent_minus_infinity_and_warns_of_nothing():
    nilpotent = np.array([[0.0, 1.0], [0.0, 0.0]])
    J = np.stack([np.tile(nilpotent, (3, 1, 1)), np.tile(np.eye(2), (3, 1, 1)), np.zeros((3, 2, 2))])
    with np.errstate(all="raise"):
        for order in ORDERS:
            assert max_lyapunov(J, order=order).tolist() == [-np.inf, 0, -np.inf]
            assert max_lyapunov(np.zeros((1, 2, 2)), order=order) == -np.inf
        assert lyapunov_spectrum(J)[1:].tolist() == [[0, 0], [-np.inf, -np.inf]]
        assert lyapunov_spectrum(np.tile(np.diag([0.0, 2.0]), (3, 1, 1))).tolist() == [np.log(2), -np.inf]


def test_symmetric_matrix_has_the_logarithms_of_its_eigenvalues():
    values = np.array([-1.5, 1.1, 0.6, -0.2])
    Q = rotations(1, 4, seed=6)[0]
    J = np.tile(Q @ np.diag(values) @ Q.T, (3000, 1, 1))
    expected = np.log(np.abs(values))
    np.testing.assert_allclose(lyapunov_spectrum(J), expected, atol=2e-3)
    assert max_lyapunov(J) == pytest.approx(expected[0], rel=1e-10)


def test_turning_and_scaling_planes_have_the_logarithms_of_their_scales():
    turn = np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])
    J = np.tile(scipy.linalg.block_diag([[0.1]], 2 * turn, 0.5 * turn), (7, 1, 1))
    np.testing.assert_allclose(lyapunov_spectrum(J), np.log([2, 2, 0.5, 0.5, 0.1]), rtol=1e-12)


def test_triangular_factors_have_the_mean_logarithms_of_their_diagonals():
    J = np.triu(rng(7).normal(size=(6, 4, 4)))
    expected = np.log(np.abs(np.diagonal(J, axis1=1, axis2=2))).mean(axis=0)
    np.testing.assert_allclose(lyapunov_spectrum(J), np.sort(expected)[::-1], rtol=1e-12)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), N=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_spectrum_sums_to_the_mean_logarithm_of_the_determinant(seed, n, N):
    J = rng(seed).normal(size=(n, N, N))
    spectrum = lyapunov_spectrum(J)
    assert spectrum.sum() == pytest.approx(np.linalg.slogdet(J)[1].mean(), rel=1e-8, abs=1e-8)
    assert (np.diff(spectrum) <= 0).all()
    assert spectrum[0] <= max_lyapunov(J) + 1e-12


def test_spectrum_follows_the_order_of_time():
    """With Q from the first factor on, the first column's growth is that of the first direction through all factors."""
    J = rng(8).normal(size=(3, 2, 2))
    growth = np.log(np.linalg.norm(J[2] @ J[1] @ J[0] @ [1, 0])) / 3
    rest = np.linalg.slogdet(J)[1].mean() - growth
    np.testing.assert_allclose(lyapunov_spectrum(J), sorted([growth, rest], reverse=True), rtol=1e-12)


def test_leading_axes_are_networks():
    J = rng(9).normal(size=(2, 3, 5, 4, 4))
    for order in ORDERS:
        exponents = max_lyapunov(J, order=order)
        assert exponents.shape == (2, 3)
        assert exponents[1, 2] == pytest.approx(max_lyapunov(J[1, 2], order=order), rel=1e-12)
    spectra = lyapunov_spectrum(J)
    assert spectra.shape == (2, 3, 4)
    np.testing.assert_allclose(spectra[1, 2], lyapunov_spectrum(J[1, 2]), rtol=1e-10)


def test_windows_are_those_of_the_paper():
    steps = np.arange(1, 59)
    assert steps[POPULATION_STEPS].tolist() == list(range(16, 37))
    assert steps[EXAMPLE_STEPS].tolist() == list(range(15, 41))


@pytest.mark.parametrize(
    ("A", "x", "error", "name"),
    [
        (np.zeros((3, 3)), np.zeros((5, 4)), ValueError, "A must have shape"),
        (np.zeros((3, 4)), np.zeros((5, 3)), ValueError, "A must have shape"),
        (np.zeros((3, 3)), np.zeros(3), ValueError, "A must have shape"),
        (np.zeros(3), np.zeros((5, 3)), ValueError, "A must have shape"),
        (np.full((3, 3), np.nan), np.zeros((5, 3)), ValueError, "A must be finite"),
        (np.zeros((3, 3)), np.full((5, 3), np.inf), ValueError, "x must be finite"),
        (np.zeros((3, 3), dtype=int), np.zeros((5, 3)), TypeError, "A must hold"),
    ],
)
def test_jacobians_refuse_bad_input(A, x, error, name):
    with pytest.raises(error, match=name):
        jacobians(A, x)


@pytest.mark.parametrize("function", [max_lyapunov, lyapunov_spectrum])
@pytest.mark.parametrize(
    ("J", "error"),
    [
        (np.zeros((3, 3)), ValueError),
        (np.zeros((5, 3, 4)), ValueError),
        (np.zeros((0, 3, 3)), ValueError),
        (np.full((5, 3, 3), np.nan), ValueError),
        (np.zeros((5, 3, 3), dtype=int), TypeError),
    ],
)
def test_exponents_refuse_bad_input(function, J, error):
    with pytest.raises(error, match="J must"):
        function(J)


def test_an_unknown_order_is_named():
    with pytest.raises(ValueError, match="order must be one of"):
        max_lyapunov(np.ones((2, 1, 1)), order="right")
