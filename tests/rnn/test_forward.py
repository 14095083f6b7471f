from math import tanh

import numpy as np
import pytest

from pruninglab.rnn import Weights, dms_conditions, forward, initial_weights


def plain_forward(A, B, C, u):
    """States and outputs of one network for one sequence."""
    x, y, z = [], [], np.zeros(len(A))
    for u_k in u:
        x.append(A @ z + B @ u_k)
        z = np.tanh(x[-1])
        y.append(C[:, : len(A)] @ z)
        if C.shape[1] > len(A):
            y[-1] = y[-1] + C[:, -1]
    return np.array(x), np.array(y)


@pytest.mark.parametrize("per_network", [False, True])
@pytest.mark.parametrize("task", ["dms", "bandit"])
def test_states_and_outputs_are_those_of_a_plain_loop(task, per_network):
    rng = np.random.default_rng(0)
    weights = initial_weights(3, task, rng, n_units=5)
    inputs = rng.normal(size=(*[3] * per_network, 4, 7, weights.B.shape[2]))
    x, y = forward(weights, inputs)
    assert x.shape == (3, 4, 7, 5)
    assert y.shape == (3, 4, 7, weights.C.shape[1])
    for e in range(3):
        for m in range(4):
            u = inputs[e, m] if per_network else inputs[m]
            plain_x, plain_y = plain_forward(weights.A[e], weights.B[e], weights.C[e], u)
            np.testing.assert_allclose(x[e, m], plain_x, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(y[e, m], plain_y, rtol=1e-12, atol=1e-14)


def test_three_steps_by_hand():
    weights = Weights(
        A=np.array([[[0.5, -2.0], [1.0, 0.0]]]), B=np.array([[[1.0], [-3.0]]]), C=np.array([[[2.0, 1.0, 10.0]]])
    )
    x, y = forward(weights, np.array([[[0.1], [0.2], [0.0]]]))
    z1 = tanh(0.1), tanh(-0.3)
    x2 = 0.5 * z1[0] - 2 * z1[1] + 0.2, z1[0] - 0.6
    z2 = tanh(x2[0]), tanh(x2[1])
    x3 = 0.5 * z2[0] - 2 * z2[1], z2[0]
    np.testing.assert_allclose(x[0, 0], [(0.1, -0.3), x2, x3])
    np.testing.assert_allclose(y[0, 0, :2, 0], [2 * z1[0] + z1[1] + 10, 2 * z2[0] + z2[1] + 10])


def test_last_column_of_a_wide_C_is_added_to_the_outputs():
    rng = np.random.default_rng(1)
    wide = initial_weights(2, "bandit", rng)
    inputs = rng.normal(size=(3, 5, 10))
    narrow = Weights(wide.A, wide.B, wide.C[:, :, :-1])
    difference = forward(wide, inputs)[1] - forward(narrow, inputs)[1]
    np.testing.assert_allclose(difference, np.broadcast_to(wide.C[:, None, None, :, -1], difference.shape))


def test_per_network_inputs_of_one_network():
    weights = initial_weights(1, "dms", np.random.default_rng(2))
    inputs = dms_conditions()[0]
    for shared, own in zip(forward(weights, inputs), forward(weights, inputs[None]), strict=True):
        np.testing.assert_array_equal(shared, own)


def test_single_precision_in_and_out():
    weights = initial_weights(2, "bandit", np.random.default_rng(4), n_units=6)
    single = Weights(*(getattr(weights, name).astype(np.float32) for name in ("A", "B", "C")))
    inputs = np.random.default_rng(5).normal(size=(3, 8, 10))
    for got, exact in zip(forward(single, inputs.astype(np.float32)), forward(weights, inputs), strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, exact, atol=1e-4)


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        (np.zeros((4, 58, 5)), ValueError),
        (np.zeros((58, 6)), ValueError),
        (np.zeros((3, 4, 58, 6)), ValueError),
        (np.zeros((2, 2, 4, 58, 6)), ValueError),
        (np.zeros((0, 58, 6)), ValueError),
        (np.zeros((4, 0, 6)), ValueError),
        (np.full((4, 58, 6), np.nan), ValueError),
        (np.zeros((4, 58, 6), dtype=int), TypeError),
        ([[[0.0] * 6]], TypeError),
    ],
)
def test_bad_inputs_are_named(inputs, error):
    weights = initial_weights(2, "dms", np.random.default_rng(0), n_units=3)
    with pytest.raises(error, match="inputs"):
        forward(weights, inputs)
