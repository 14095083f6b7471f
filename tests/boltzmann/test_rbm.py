"""Energy and conditionals against loops over all joint states."""

import numpy as np
import pytest

from pruninglab.boltzmann import (
    RBM,
    energy,
    free_energy,
    hidden_probability,
    sigmoid,
    stack,
    visible_probability,
)
from pruninglab.boltzmann.rbm import each_machine, for_each_machine, transposed

from . import reference
from .reference import machine, states

SIZES = [(3, 4), (4, 3), (1, 1), (5, 2)]


def assert_same(one, other):
    for name in ("W", "b", "c"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("size", SIZES)
def test_energy_of_every_joint_state(size):
    rbm = machine(*size)
    pairs = [(v, h) for v in states(size[0]) for h in states(size[1])]
    v, h = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    np.testing.assert_allclose(energy(rbm, v, h), [reference.energy(rbm, *pair) for pair in pairs], atol=1e-13)


@pytest.mark.parametrize("size", SIZES)
def test_free_energy_sums_the_hidden_units_out(size):
    rbm = machine(*size, seed=1)
    weights = reference.weights_of_states(rbm)
    expected = [-np.log(sum(weights[v, h] for h in states(size[1]))) for v in states(size[0])]
    np.testing.assert_allclose(free_energy(rbm, np.array(states(size[0]))), expected, atol=1e-13)


@pytest.mark.parametrize("size", SIZES)
def test_conditionals_are_ratios_of_joint_probabilities(size):
    rbm = machine(*size, seed=2)
    P = reference.joint(rbm)
    V, H = states(size[0]), states(size[1])
    given_v = [sum(P[v, h] * np.array(h) for h in H) / sum(P[v, h] for h in H) for v in V]
    given_h = [sum(P[v, h] * np.array(v) for v in V) / sum(P[v, h] for v in V) for h in H]
    np.testing.assert_allclose(hidden_probability(rbm, np.array(V)), given_v, atol=1e-13)
    np.testing.assert_allclose(visible_probability(rbm, np.array(H)), given_h, atol=1e-13)


@pytest.mark.parametrize("shared", [True, False])
def test_leading_axes_give_the_same_as_single_machines(shared):
    rbm = machine(leading=(2, 3))
    rng = np.random.default_rng(3)
    v, h = (rng.integers(0, 2, size=((7, n) if shared else (2, 3, 7, n))).astype(float) for n in (3, 4))
    together = (energy(rbm, v, h), free_energy(rbm, v), hidden_probability(rbm, v), visible_probability(rbm, h))
    for index in np.ndindex(2, 3):
        own_v, own_h = (v, h) if shared else (v[index], h[index])
        alone = (
            energy(rbm[index], own_v, own_h),
            free_energy(rbm[index], own_v),
            hidden_probability(rbm[index], own_v),
            visible_probability(rbm[index], own_h),
        )
        for all_of_them, one in zip(together, alone, strict=True):
            np.testing.assert_allclose(all_of_them[index], one, rtol=1e-13)


@pytest.mark.parametrize("dtype", [int, bool, np.uint8, np.float32])
def test_states_of_any_dtype_leave_the_precision_of_the_machine(dtype):
    v, h = np.array(states(3)), np.array(states(4))
    for precision in (np.float32, np.float64):
        rbm = machine(dtype=precision)
        pairs = (
            (energy(rbm, v.astype(dtype), h[:8].astype(dtype)), energy(rbm, v, h[:8])),
            (free_energy(rbm, v.astype(dtype)), free_energy(rbm, v)),
            (hidden_probability(rbm, v.astype(dtype)), hidden_probability(rbm, v)),
            (visible_probability(rbm, h.astype(dtype)), visible_probability(rbm, h)),
        )
        for value, expected in pairs:
            assert value.dtype == precision
            np.testing.assert_array_equal(value, expected)


def test_states_are_not_written_to():
    v = np.array(states(3), dtype=float)
    free_energy(machine(), v)
    np.testing.assert_array_equal(v, states(3))


def test_large_weights_neither_overflow_nor_warn():
    rbm = RBM(np.array([[2000.0, -2000.0]]), np.array([0.0]), np.array([0.0, 0.0]))
    v = np.array([[1.0], [0.0]])
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(free_energy(rbm, v), [-2000, -2 * np.log(2)])
        np.testing.assert_array_equal(hidden_probability(rbm, v), [[1, 0], [0.5, 0.5]])


def test_sigmoid_is_the_logistic_function():
    x = np.linspace(-30, 30, 601)
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), atol=2e-16)
    np.testing.assert_allclose(sigmoid(x) + sigmoid(-x), 1, atol=2e-16)
    with np.errstate(all="raise"):
        assert sigmoid(np.array([-1e300, -800.0, 800.0, 1e300])).tolist() == [0, 0, 1, 1]


def test_the_layers_can_exchange_their_roles():
    rbm = machine(leading=(2,))
    v, h = np.array(states(3)), np.array(states(4))[:8]
    assert (transposed(rbm).n_visible, transposed(rbm).n_hidden) == (4, 3)
    np.testing.assert_allclose(energy(transposed(rbm), h, v), energy(rbm, v, h), atol=1e-14)
    assert_same(transposed(transposed(rbm)), rbm)


def test_sizes_slices_stacks_and_precision():
    rbm = machine(leading=(2, 3))
    assert (rbm.leading_shape, rbm.n_visible, rbm.n_hidden) == ((2, 3), 3, 4)
    assert rbm[1].leading_shape == (3,)
    assert_same(rbm[1, 2], RBM(rbm.W[1, 2], rbm.b[1, 2], rbm.c[1, 2]))
    assert_same(stack([rbm[0], rbm[1]]), rbm)
    single = rbm.astype(np.float32)
    assert {single.W.dtype, single.b.dtype, single.c.dtype} == {np.dtype(np.float32)}
    assert_same(single.astype(float).astype(np.float32), single)


def test_machines_are_visited_in_order():
    rbm = machine(leading=(2, 3))
    assert [index for index, _ in each_machine(rbm)] == list(np.ndindex(2, 3))
    for index, one in each_machine(rbm):
        assert_same(one, rbm[index])
    np.testing.assert_array_equal(for_each_machine(lambda one: one.b, rbm), rbm.b)
    np.testing.assert_array_equal(for_each_machine(lambda one: one.b, rbm[0, 0]), rbm.b[0, 0])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"W": [[0.0]]}, TypeError, "W must be an array"),
        ({"W": np.zeros((2, 3, 4), dtype=int)}, TypeError, "W must hold float32 or float64"),
        ({"b": np.zeros((2, 3), dtype=np.float32)}, TypeError, "b must have the dtype of W"),
        ({"c": np.zeros((2, 4), dtype=np.float32)}, TypeError, "c must have the dtype of W"),
        ({"W": np.full((2, 3, 4), np.nan)}, ValueError, "W must be finite"),
        ({"b": np.full((2, 3), np.inf)}, ValueError, "b must be finite"),
        ({"c": np.full((2, 4), -np.inf)}, ValueError, "c must be finite"),
        ({"W": np.zeros(3)}, ValueError, "W must have shape"),
        ({"W": np.zeros((2, 3, 0))}, ValueError, "W must have shape"),
        ({"W": np.zeros((2, 0, 4))}, ValueError, "W must have shape"),
        ({"b": np.zeros((2, 4))}, ValueError, "b must have shape"),
        ({"b": np.zeros(3)}, ValueError, "b must have shape"),
        ({"c": np.zeros((2, 3))}, ValueError, "c must have shape"),
        ({"c": np.zeros((1, 4))}, ValueError, "c must have shape"),
    ],
)
def test_bad_parameters_are_named(change, error, message):
    parameters = {"W": np.zeros((2, 3, 4)), "b": np.zeros((2, 3)), "c": np.zeros((2, 4))}
    with pytest.raises(error, match=message):
        RBM(**(parameters | change))


@pytest.mark.parametrize("shape", [(3,), (5, 4), (3, 5, 3), (1, 2, 5, 3)])
def test_visible_states_that_do_not_fit_are_refused(shape):
    rbm = machine(leading=(2,))
    for function in (free_energy, hidden_probability, lambda rbm, v: energy(rbm, v, np.zeros((5, 4)))):
        with pytest.raises(ValueError, match="v must have"):
            function(rbm, np.zeros(shape))


@pytest.mark.parametrize("shape", [(4,), (5, 3), (3, 5, 4)])
def test_hidden_states_that_do_not_fit_are_refused(shape):
    rbm = machine(leading=(2,))
    for function in (visible_probability, lambda rbm, h: energy(rbm, np.zeros((5, 3)), h)):
        with pytest.raises(ValueError, match="h must have"):
            function(rbm, np.zeros(shape))
