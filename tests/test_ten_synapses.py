"""The example network: its matrices against sums over synapses, and its co-firing against all 128 states."""

import numpy as np
import pytest

from pruninglab import boltzmann, noiseprune
from pruninglab import ten_synapses as ten


def test_two_groups_hang_together_by_the_bridge_alone():
    def reached(without):
        W = ten.weight_matrix(np.where(np.arange(10) == without, 0, ten.WEIGHTS))
        return set(np.flatnonzero(np.linalg.matrix_power(np.eye(7) + (W > 0), 7)[0]))

    assert reached(ten.BRIDGE) == {0, 1, 2, 3}
    assert all(reached(k) == set(range(7)) for k in range(10) if k != ten.BRIDGE)
    assert sorted(ten.WEIGHTS) == list(range(1, 11))
    assert (ten.WEIGHTS < ten.WEIGHTS[ten.BRIDGE]).sum() == 1
    assert ten.NAMES[ten.BRIDGE] == "3–4"


def test_the_leaky_matrix_is_a_sum_over_synapses_plus_slack():
    weights = np.arange(10.0)
    B = 0.3 * np.eye(7)
    for weight, (i, j) in zip(weights, ten.EDGES, strict=True):
        u = np.eye(7)[i] - np.eye(7)[j]
        B += weight * np.outer(u, u)
    A = ten.leaky_matrix(weights, slack=0.3)
    np.testing.assert_allclose(-A, B, atol=1e-14)
    assert np.array_equal(A, A.T)
    np.testing.assert_array_equal(ten.of_synapses(A), weights)
    np.testing.assert_array_equal(ten.of_synapses(ten.weight_matrix(weights)), weights)


def test_functions_of_part_three_take_it_and_the_bridge_has_most_leverage():
    A = ten.leaky_matrix()
    C = noiseprune.noise_covariance(A)
    q = noiseprune.leverages(A, C)
    assert np.triu(q).sum() == pytest.approx(7 - ten.SLACK * 2 * np.trace(C))
    assert ten.of_synapses(q).argmax() == ten.BRIDGE


@pytest.mark.parametrize("biases", [None, np.linspace(-1, 1, 7)])
def test_cofiring_is_the_mean_over_all_states(biases):
    coupling = 0.2 * ten.weight_matrix()
    b = -coupling.sum(axis=1) / 2 if biases is None else biases
    total, both, on = 0.0, np.zeros(10), np.zeros(7)
    for state in boltzmann.all_states(7):
        p = np.exp(sum(coupling[i, j] * state[i] * state[j] for i, j in ten.EDGES) + b @ state)
        total += p
        on += p * state
        both += p * np.array([state[i] * state[j] for i, j in ten.EDGES])
    np.testing.assert_allclose(ten.cofiring(0.2, biases=biases), both / total)
    if biases is None:
        np.testing.assert_allclose(on / total, 0.5)


def test_nobody_can_change_the_example():
    for array in (ten.EDGES, ten.WEIGHTS):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda: ten.weight_matrix(np.ones(9)), "weights"),
        (lambda: ten.weight_matrix(np.full(10, np.nan)), "weights"),
        (lambda: ten.leaky_matrix(-ten.WEIGHTS), "weights"),
        (lambda: ten.leaky_matrix(slack=0.0), "slack"),
        (lambda: ten.cofiring(-1.0), "scale"),
        (lambda: ten.cofiring(1.0, biases=np.zeros(6)), "biases"),
    ],
)
def test_bad_input_is_named(wrong, name):
    with pytest.raises(ValueError, match=name):
        wrong()
