"""Exact sums over one layer against sums over all joint states."""

import numpy as np
import pytest

from pruninglab.boltzmann import (
    RBM,
    all_states,
    exact_distribution,
    exact_moments,
    free_energy,
    log_partition,
    log_probabilities,
    state_number,
)
from pruninglab.boltzmann.enumeration import enumerated
from pruninglab.boltzmann.rbm import transposed

from . import reference
from .reference import machine, states

SIZES = [(3, 4), (4, 3), (1, 1), (6, 2), (2, 6)]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_states_count_in_binary(n):
    assert all_states(n).dtype == np.float64
    np.testing.assert_array_equal(all_states(n), states(n))


def test_numbers_of_states_are_their_rows():
    V = all_states(13)
    np.testing.assert_array_equal(state_number(V), np.arange(2**13))
    np.testing.assert_array_equal(state_number(V.astype(bool).reshape(2, 64, 64, 13)).ravel(), np.arange(2**13))
    assert state_number(np.array([[0, 1, 1]], dtype=np.uint8)).tolist() == [3]


@pytest.mark.parametrize("n", [0, -1, 21])
def test_too_few_or_too_many_units_are_refused(n):
    with pytest.raises(ValueError, match="n must lie between 1 and 20"):
        all_states(n)


@pytest.mark.parametrize("size", SIZES)
def test_sums_over_one_layer_are_those_over_all_joint_states(size):
    rbm = machine(*size)
    assert log_partition(rbm) == pytest.approx(reference.log_partition(rbm), abs=1e-12)
    p = reference.visible_distribution(rbm)
    np.testing.assert_allclose(exact_distribution(rbm), p, rtol=1e-12)
    np.testing.assert_allclose(log_probabilities(rbm), np.log(p), atol=1e-12)
    for moment, expected in zip(exact_moments(rbm), reference.moments(rbm), strict=True):
        assert moment.shape == expected.shape
        np.testing.assert_allclose(moment, expected, rtol=1e-12)


@pytest.mark.parametrize("size", [(9, 3), (3, 9), (6, 6)])
def test_enumeration_of_either_layer_gives_the_same(size):
    rbm = machine(*size, scale=1.5)
    V, p, H = enumerated(rbm)
    np.testing.assert_allclose(log_probabilities(rbm), -free_energy(rbm, V) - log_partition(rbm), atol=1e-11)
    assert log_partition(rbm) == pytest.approx(log_partition(transposed(rbm)), abs=1e-11)
    by_visible = (p @ V, p @ H, V.T @ (p[:, None] * H))
    U, r, G = enumerated(transposed(rbm))
    by_hidden = (r @ G, r @ U, G.T @ (r[:, None] * U))
    for moment, one, other in zip(exact_moments(rbm), by_visible, by_hidden, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11)
        np.testing.assert_allclose(moment, one, rtol=1e-11)


@pytest.mark.parametrize("size", [(3, 4), (4, 3)])
def test_leading_axes_give_the_same_as_single_machines(size):
    rbm = machine(*size, leading=(2, 3))

    def everything(rbm):
        return log_partition(rbm), log_probabilities(rbm), exact_distribution(rbm), *exact_moments(rbm)

    together = everything(rbm)
    for index in np.ndindex(2, 3):
        for values, value in zip(together, everything(rbm[index]), strict=True):
            np.testing.assert_allclose(values[index], value, rtol=1e-13)


@pytest.mark.parametrize("size", [(3, 4), (4, 3)])
def test_single_precision_stays_single(size):
    rbm = machine(*size, dtype=np.float32)
    exact = rbm.astype(float)
    for function, tolerance in ((log_partition, 1e-6), (log_probabilities, 1e-5), (exact_distribution, 1e-5)):
        assert function(rbm).dtype == np.float32
        np.testing.assert_allclose(function(rbm), function(exact), rtol=tolerance)
    for single, double in zip(exact_moments(rbm), exact_moments(exact), strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=1e-5)


def test_what_is_enumerated_has_the_precision_of_the_machine():
    V, p, H = enumerated(machine(dtype=np.float32))
    assert {V.dtype, p.dtype, H.dtype} == {np.dtype(np.float32)}
    assert (V.shape, p.shape, H.shape) == ((8, 3), (8,), (8, 4))


def test_large_biases_and_weights_do_not_overflow():
    rbm = RBM(np.array([[900.0]]), np.array([800.0]), np.array([-800.0]))
    assert log_partition(rbm) == pytest.approx(900)
    np.testing.assert_allclose(log_probabilities(rbm), [-900, 0], atol=1e-9)
    assert [float(moment.item()) for moment in exact_moments(rbm)] == [1, 1, 1]


def test_moments_of_single_precision_are_probabilities():
    rbm = machine(8, 9, leading=(20,), scale=8, dtype=np.float32)
    for moment in exact_moments(rbm):
        assert moment.min() >= 0
        assert moment.max() <= 1


def test_the_smaller_layer_alone_must_be_enumerable():
    wide, tall = machine(1, 30), machine(30, 1)
    expected = np.logaddexp(np.logaddexp(0, wide.c).sum(), wide.b[0] + np.logaddexp(0, wide.c + wide.W[0]).sum())
    assert log_partition(wide) == pytest.approx(expected)
    assert log_partition(tall) == pytest.approx(log_partition(transposed(tall)))
    assert [moment.shape for moment in exact_moments(tall)] == [(30,), (1,), (30, 1)]
    for function in (exact_distribution, log_probabilities):
        with pytest.raises(ValueError, match="n must lie between 1 and 20"):
            function(tall)
    for function in (log_partition, exact_moments):
        with pytest.raises(ValueError, match="n must lie between 1 and 20"):
            function(machine(21, 21))
