"""Divergences of distributions, and the cost of a deleted weight against machines that are built without it."""

import numpy as np
import pytest

from pruninglab.boltzmann import (
    RBM,
    deletion_cost,
    empirical_distribution,
    kl_divergence,
    log_probabilities,
    total_variation,
)

from . import reference
from .reference import machine, states


def distributions(n=8, leading=(), seed=0):
    weights = np.random.default_rng(seed).exponential(size=(*leading, n))
    return weights / weights.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("dtype", [int, float, bool, np.uint8])
def test_shares_of_patterns_are_counted(dtype):
    patterns = np.random.default_rng(0).integers(0, 2, size=(100, 3)).astype(dtype)
    rows = [tuple(row) for row in patterns.astype(int).tolist()]
    q = empirical_distribution(patterns)
    assert q.dtype == np.float64
    np.testing.assert_allclose(q, [rows.count(state) / 100 for state in states(3)])


def test_states_that_never_occur_have_share_zero():
    assert empirical_distribution(np.array([[0, 1]])).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("patterns", [np.zeros((0, 3)), np.array([0, 1]), np.array([[0, 2]]), np.array([[0.5, 1]])])
def test_patterns_that_are_not_binary_are_refused(patterns):
    with pytest.raises(ValueError, match="patterns must"):
        empirical_distribution(patterns)


def test_divergence_is_the_sum_over_the_states_that_q_shows():
    q, p = distributions(leading=(2, 3)), distributions(leading=(2, 3), seed=1)
    q[..., ::3] = 0
    together, shared = kl_divergence(q, np.log(p)), kl_divergence(q[0, 0], np.log(p))
    for index in np.ndindex(2, 3):
        assert together[index] == pytest.approx(reference.divergence(q[index], p[index]))
        assert shared[index] == pytest.approx(reference.divergence(q[0, 0], p[index]))


def test_divergence_where_one_of_the_two_is_zero():
    with np.errstate(all="raise"):
        assert kl_divergence(np.array([1.0, 0.0]), np.array([0.0, -np.inf])) == 0
        assert kl_divergence(np.array([0.5, 0.5]), np.array([0.0, -np.inf])) == np.inf
        assert kl_divergence(np.array([0.25, 0.75]), np.log([0.25, 0.75])) == 0


def test_total_variation_is_the_largest_difference_of_an_event():
    q, p = distributions(leading=(5,)), distributions(leading=(5,), seed=1)
    events = np.array(states(8), dtype=bool)
    largest = [max(q[k][event].sum() - p[k][event].sum() for event in events) for k in range(5)]
    np.testing.assert_allclose(total_variation(q, p), largest)
    assert total_variation(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1


def without(rbm, i, j):
    W = rbm.W.copy()
    W[i, j] = 0
    return RBM(W, rbm.b, rbm.c)


@pytest.mark.parametrize("weight", [30.0, 40.0])
def test_cost_of_deleting_a_weight_on_which_nearly_everything_hangs(weight):
    rbm = RBM(np.array([[weight]]), np.zeros(1), np.zeros(1))
    change = np.log(4) - np.log(3 + np.exp(weight))
    cofiring, rate = (n * np.exp(weight) / (3 + np.exp(weight)) for n in (1, 1 + np.exp(-weight)))
    np.testing.assert_allclose(deletion_cost(rbm, "joint"), [[weight * cofiring + change]], rtol=1e-6)
    marginal = rate * np.log((1 + np.exp(weight)) / 2) + change
    np.testing.assert_allclose(deletion_cost(rbm, "marginal"), [[marginal]], rtol=1e-6)


@pytest.mark.parametrize("size", [(3, 4), (4, 2), (1, 1)])
def test_cost_of_a_deletion_is_that_of_the_machine_without_the_weight(size):
    rbm = machine(*size, scale=1.5)
    p, q = reference.visible_distribution(rbm), distributions(2 ** size[0])
    joint, marginal, data = (deletion_cost(rbm, name, q) for name in ("joint", "marginal", "data"))
    assert joint.shape == size
    for i, j in np.ndindex(size):
        other = without(rbm, i, j)
        p_other = reference.visible_distribution(other)
        assert joint[i, j] == pytest.approx(reference.joint_divergence(rbm, other), abs=1e-12)
        assert marginal[i, j] == pytest.approx(reference.divergence(p, p_other), abs=1e-12)
        increase = reference.divergence(q, p_other) - reference.divergence(q, p)
        assert data[i, j] == pytest.approx(increase, abs=1e-12)


def test_information_lost_on_v_alone_is_never_above_that_on_both_layers():
    rbm = machine(4, 5, leading=(20,), scale=1.5)
    joint, marginal = deletion_cost(rbm, "joint"), deletion_cost(rbm, "marginal")
    assert marginal.min() > -1e-12
    assert (joint - marginal).min() > -1e-12


def test_deletion_may_bring_a_machine_closer_to_the_data():
    rbm = machine(scale=1.5)
    better = without(rbm, 1, 2)
    q = np.exp(log_probabilities(better))
    cost = deletion_cost(rbm, "data", q)[1, 2]
    assert cost == pytest.approx(-kl_divergence(q, log_probabilities(rbm)))
    assert cost < -0.01


@pytest.mark.parametrize("divergence", ["joint", "marginal", "data"])
def test_leading_axes_give_the_same_as_single_machines(divergence):
    rbm = machine(leading=(2, 3))
    q = distributions()
    together = deletion_cost(rbm, divergence, q)
    assert together.shape == (2, 3, 3, 4)
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(together[index], deletion_cost(rbm[index], divergence, q), rtol=1e-12)


@pytest.mark.parametrize("divergence", ["joint", "marginal", "data"])
def test_single_precision_stays_single(divergence):
    rbm = machine(dtype=np.float32)
    cost = deletion_cost(rbm, divergence, distributions())
    assert cost.dtype == np.float32
    np.testing.assert_allclose(cost, deletion_cost(rbm.astype(float), divergence, distributions()), atol=1e-6)


@pytest.mark.parametrize(("arguments", "message"), [(("kl",), "divergence must be one of"), (("data",), "q must hold")])
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        deletion_cost(machine(), *arguments)


def test_too_many_visible_units_are_refused():
    with pytest.raises(ValueError, match="n must lie between 1 and 20"):
        deletion_cost(machine(21, 1), "joint")
