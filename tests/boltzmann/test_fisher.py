"""Fisher information against covariances over joint states, finite differences and divergences."""

import math
import warnings

import numpy as np
import pytest

from pruninglab.boltzmann import (
    RBM,
    exact_moments,
    exact_samples,
    existing_parameters,
    fisher_information,
    heuristic_cofiring,
    heuristic_fi,
    leading_eigenvector,
    log_partition,
    log_probabilities,
    marginal_fi,
    mean_field_cofiring,
    parameter_blocks,
    variance_fi,
)

from . import reference
from .reference import machine

SIZES = [(3, 4), (4, 2), (1, 1)]


def flat(rbm):
    return np.concatenate([rbm.b, rbm.c, rbm.W.ravel()])


def unflat(theta, like):
    """Machines whose parameters, b, c and W row by row, are along the last axis of `theta`."""
    leading = theta.shape[:-1]
    b, c, W = np.split(theta, [like.n_visible, like.n_visible + like.n_hidden], axis=-1)
    return RBM(W.reshape(*leading, *like.W.shape), b, c)


@pytest.mark.parametrize("size", SIZES)
def test_joint_matrix_is_the_covariance_of_the_sufficient_statistics(size):
    rbm = machine(*size)
    np.testing.assert_allclose(fisher_information(rbm), reference.joint_fisher(rbm), atol=1e-14)


@pytest.mark.parametrize("size", SIZES)
def test_marginal_matrix_is_the_covariance_of_their_expectation_given_v(size):
    rbm = machine(*size, seed=1)
    np.testing.assert_allclose(fisher_information(rbm, marginal=True), reference.marginal_fisher(rbm), atol=1e-14)


def test_joint_matrix_is_the_hessian_of_log_z():
    rbm = machine(3, 2, seed=2)
    theta = flat(rbm)
    step = 1e-3 * np.eye(len(theta))
    one, other = step[:, None], step[None, :]
    corners = [((s, t), unflat(theta + s * one + t * other, rbm)) for s in (1, -1) for t in (1, -1)]
    hessian = sum(s * t * log_partition(corner) for (s, t), corner in corners) / (4 * 1e-6)
    np.testing.assert_allclose(hessian, fisher_information(rbm), atol=1e-6)


def test_marginal_matrix_is_the_mean_square_of_the_score():
    rbm = machine(3, 2, seed=3)
    theta = flat(rbm)
    step = 1e-5 * np.eye(len(theta))
    up, down = (log_probabilities(unflat(theta + sign * step, rbm)) for sign in (1, -1))
    score = (up - down) / 2e-5
    expected = (score * reference.visible_distribution(rbm)) @ score.T
    np.testing.assert_allclose(fisher_information(rbm, marginal=True), expected, atol=1e-9)


@pytest.mark.parametrize("marginal", [False, True])
def test_divergence_of_a_small_change_is_half_its_quadratic_form(marginal):
    rbm = machine(seed=4)
    F = fisher_information(rbm, marginal=marginal)
    for seed in range(5):
        delta = 1e-3 * np.random.default_rng(seed).normal(size=len(F))
        changed = unflat(flat(rbm) + delta, rbm)
        if marginal:
            cost = reference.divergence(reference.visible_distribution(rbm), reference.visible_distribution(changed))
        else:
            cost = reference.joint_divergence(rbm, changed)
        assert cost == pytest.approx(delta @ F @ delta / 2, rel=0.01)


@pytest.mark.parametrize("size", [(3, 4), (5, 2)])
def test_marginal_information_is_positive_and_never_above_the_joint(size):
    rbm = machine(*size, seed=5, scale=2)
    joint, marginal = fisher_information(rbm), fisher_information(rbm, marginal=True)
    for F in (joint, marginal, joint - marginal):
        np.testing.assert_array_equal(F, F.T)
        assert np.linalg.eigvalsh(F)[0] > -1e-13
        assert np.trace(F) > 0.1


@pytest.mark.parametrize("size", SIZES)
def test_diagonal_is_the_variance_of_units_and_of_their_product(size):
    rbm = machine(*size, seed=6)
    v, h, vh = exact_moments(rbm)
    diagonal = np.diag(fisher_information(rbm))
    blocks = parameter_blocks(*size)
    np.testing.assert_allclose(diagonal[blocks["b"]], v * (1 - v), rtol=1e-12)
    np.testing.assert_allclose(diagonal[blocks["c"]], h * (1 - h), rtol=1e-12)
    np.testing.assert_allclose(diagonal[blocks["W"]].reshape(size), variance_fi(vh), rtol=1e-12)
    marginal = np.diag(fisher_information(rbm, marginal=True))[blocks["W"]].reshape(size)
    np.testing.assert_allclose(marginal_fi(rbm), marginal, rtol=1e-10)


def test_matrix_of_samples_approaches_the_exact_one():
    rbm = machine(seed=7)
    v, h = exact_samples(rbm, 20_000, np.random.default_rng(0))
    g = np.concatenate([v, h, (v[:, :, None] * h[:, None, :]).reshape(len(v), -1)], axis=1)
    np.testing.assert_allclose(np.cov(g, rowvar=False), fisher_information(rbm), atol=0.01)


def test_leading_axes_give_the_same_as_single_machines():
    rbm = machine(leading=(2, 3))

    def everything(rbm):
        v, h, vh = exact_moments(rbm)
        matrices = fisher_information(rbm), fisher_information(rbm, marginal=True)
        local = variance_fi(vh), heuristic_fi(rbm.W, v, h), mean_field_cofiring(rbm.W, rbm.b, h)
        return *matrices, *leading_eigenvector(matrices[0]), marginal_fi(rbm), *local

    together = everything(rbm)
    for index in np.ndindex(2, 3):
        for values, value in zip(together, everything(rbm[index]), strict=True):
            np.testing.assert_allclose(values[index], value, rtol=1e-10)


def test_single_precision_stays_single():
    rbm = machine(dtype=np.float32)
    v, h, vh = exact_moments(rbm)
    F = fisher_information(rbm)
    values = [F, fisher_information(rbm, marginal=True), marginal_fi(rbm), variance_fi(vh), *leading_eigenvector(F)]
    values += [heuristic_fi(rbm.W, v, h), heuristic_cofiring(rbm.W, v, h), mean_field_cofiring(rbm.W, rbm.b, h)]
    assert {value.dtype for value in values} == {np.dtype(np.float32)}
    np.testing.assert_allclose(F, fisher_information(rbm.astype(float)), atol=1e-6)


def test_heuristic_is_the_formula_of_the_paper():
    rng = np.random.default_rng(8)
    W, v, h = 2 * rng.normal(size=(3, 4)), rng.uniform(0.01, 0.99, 3), rng.uniform(0.01, 0.99, 4)
    for i in range(3):
        for j in range(4):
            activation = math.log(v[i] / (1 - v[i])) + W[i, j] * (1 - h[j])
            cofiring = h[j] / (1 + math.exp(-activation))
            assert heuristic_cofiring(W, v, h)[i, j] == pytest.approx(cofiring, rel=1e-12)
            assert heuristic_fi(W, v, h)[i, j] == pytest.approx(cofiring * (1 - cofiring), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_heuristic_of_units_that_are_silent_or_always_on(dtype):
    W = np.array([[3.0, -5.0, 1.0]] * 3, dtype=dtype)
    v, h = np.array([0, 1, 0.5], dtype=dtype), np.array([0, 0.25, 1], dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cofiring, information = heuristic_cofiring(W, v, h), heuristic_fi(W, v, h)
    middle = 0.25 / (1 + math.exp(5 * 0.75))
    np.testing.assert_allclose(cofiring, [[0, 0, 0], [0, 0.25, 1], [0, middle, 0.5]], rtol=1e-6)
    np.testing.assert_allclose(information, cofiring * (1 - cofiring), rtol=1e-6)


@pytest.mark.parametrize("rate", [1e-46, 1 - 1e-9])
def test_heuristic_of_rates_that_single_precision_cannot_tell_from_0_and_1(rate):
    with np.errstate(all="raise"):
        cofiring = heuristic_cofiring(np.ones((1, 1), dtype=np.float32), np.array([rate]), np.array([0.5]))
    np.testing.assert_allclose(cofiring, [[rate / 2]], atol=1e-6)


def test_mean_field_cofiring_leaves_its_own_unit_out_of_the_mean():
    rbm = machine(seed=9)
    h = exact_moments(rbm)[1]
    for i in range(3):
        for j in range(4):
            others = sum(rbm.W[i, k] * h[k] for k in range(4) if k != j)
            expected = h[j] * reference.sigmoid(rbm.b[i] + others + rbm.W[i, j])
            assert mean_field_cofiring(rbm.W, rbm.b, h)[i, j] == pytest.approx(expected, rel=1e-12)


def test_mean_field_is_exact_with_a_single_hidden_unit():
    rbm = machine(4, 1, seed=10)
    _, h, vh = exact_moments(rbm)
    np.testing.assert_allclose(mean_field_cofiring(rbm.W, rbm.b, h), vh, rtol=1e-12)


def test_leading_eigenvector_is_that_of_the_full_decomposition():
    factors = np.random.default_rng(11).normal(size=(2, 3, 6, 6))
    F = factors @ factors.swapaxes(-1, -2)
    eigenvalue, u = leading_eigenvector(F)
    values, vectors = np.linalg.eigh(F)
    np.testing.assert_allclose(eigenvalue, values[..., -1], rtol=1e-12)
    np.testing.assert_allclose(np.abs(u), np.abs(vectors[..., -1]), atol=1e-10)
    np.testing.assert_allclose((F @ u[..., None])[..., 0], eigenvalue[..., None] * u, atol=1e-10)
    assert (np.take_along_axis(u, np.abs(u).argmax(axis=-1)[..., None], axis=-1) > 0).all()


def test_parameters_of_disconnected_hidden_units_are_gone_and_those_of_visible_units_stay():
    mask = np.array([[True, False, False], [False, False, False], [True, False, True]])
    expected = [True] * 3 + [True, False, True] + [True, False, False] + [False] * 3 + [True, False, True]
    assert existing_parameters(mask).tolist() == expected
    blocks = parameter_blocks(3, 3)
    assert [blocks[name] for name in "bcW"] == [slice(0, 3), slice(3, 6), slice(6, 15)]


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(bad):
    W, v, h = np.zeros((2, 3)), np.full(2, 0.5), np.full(3, 0.5)
    cases = [
        ("vh", lambda: variance_fi(np.array([[0.5, bad]]))),
        ("v", lambda: heuristic_fi(W, np.array([0.5, bad]), h)),
        ("h", lambda: heuristic_fi(W, v, np.array([0.5, 0.5, bad]))),
        ("h", lambda: mean_field_cofiring(W, v, np.array([0.5, 0.5, bad]))),
    ]
    for name, call in cases:
        with pytest.raises(ValueError, match=f"^{name} must"):
            call()


def test_too_many_visible_units_and_weights_that_are_not_finite_are_refused():
    for function in (fisher_information, marginal_fi):
        with pytest.raises(ValueError, match="n must lie between 1 and 20"):
            function(machine(21, 1))
    with pytest.raises(ValueError, match="W must be finite"):
        heuristic_fi(np.full((1, 1), np.nan), np.full(1, 0.5), np.full(1, 0.5))
    with pytest.raises(ValueError, match="F must be finite"):
        leading_eigenvector(np.full((2, 2), np.nan))
