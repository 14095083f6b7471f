"""Loss and gradient against a plain loop and finite differences, and the two engines against each other."""

import numpy as np
import pytest
import reference

from pruninglab.rnn import Weights, dms_conditions, dms_trials, forward, initial_weights, loss_and_gradient
from pruninglab.rnn.arrays import ArrayEngine
from pruninglab.rnn.compiled import CompiledEngine, _tanh
from pruninglab.rnn.layout import flatten, shape_of, unflatten
from pruninglab.rnn.problem import TrainingProblem

MATRICES = ("A", "B", "C")
ENGINES = (ArrayEngine, CompiledEngine)


def memory(n_networks=3, n_units=7, seed=0):
    """Shared inputs with shared pasts; targets of each network."""
    rng = np.random.default_rng(seed)
    weights = initial_weights(n_networks, "dms", rng, n_units=n_units)
    inputs = dms_trials(n_repeats=2, rng=rng)[0]
    return weights, inputs, np.stack([dms_trials(n_repeats=2, rng=rng)[1] for _ in range(n_networks)])


def bandit(n_networks=3, n_units=6, seed=0):
    """Inputs and targets of each network, and output biases."""
    rng = np.random.default_rng(seed)
    weights = initial_weights(n_networks, "bandit", rng, n_units=n_units)
    inputs = rng.integers(0, 2, size=(n_networks, 3, 12, 10)).astype(float)
    return weights, inputs, rng.normal(size=(n_networks, 3, 12, 4))


TASKS = (memory, bandit)


def own(array, e, ndim):
    return array[e] if array.ndim == ndim else array


@pytest.mark.parametrize("shared_targets", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_loss_and_gradient_are_those_of_a_plain_loop(task, shared_targets):
    weights, inputs, targets = task()
    targets = targets[0] if shared_targets else targets
    loss, gradient = loss_and_gradient(weights, inputs, targets)
    for e in range(3):
        matrices = (getattr(weights, name)[e] for name in MATRICES)
        expected, *expected_gradient = reference.loss_and_gradient(*matrices, own(inputs, e, 4), own(targets, e, 4))
        assert loss[e] == pytest.approx(expected, rel=1e-12)
        for name, matrix in zip(MATRICES, expected_gradient, strict=True):
            np.testing.assert_allclose(getattr(gradient, name)[e], matrix, rtol=1e-9, atol=1e-13)


def loss_from_outputs(weights, inputs, targets):
    _, y = forward(weights, inputs)
    return ((y - targets) ** 2).sum(axis=(1, 2, 3)) / (y.shape[1] * y.shape[2])


@pytest.mark.parametrize("scale", [1.0, 3.0])
@pytest.mark.parametrize("task", TASKS)
def test_gradient_is_that_of_central_finite_differences(task, scale):
    weights, inputs, targets = task(n_networks=1)
    weights = Weights(scale * weights.A, weights.B, weights.C)
    inputs, targets = inputs.reshape(inputs.shape[-3:]), targets[0]
    loss, gradient = loss_and_gradient(weights, inputs, targets)
    assert loss[0] == pytest.approx(loss_from_outputs(weights, inputs, targets)[0], rel=1e-12)
    step = 1e-5 * np.eye(weights.n_weights)
    up, down = (unflatten(flatten(weights) + sign * step, shape_of(weights)) for sign in (1, -1))
    slopes = (loss_from_outputs(up, inputs, targets) - loss_from_outputs(down, inputs, targets)) / 2e-5
    expected = unflatten(slopes[None], shape_of(weights))
    for name in MATRICES:
        error = np.linalg.norm(getattr(gradient, name) - getattr(expected, name))
        assert error < 1e-6 * np.linalg.norm(getattr(expected, name))


def evaluate(weights, inputs, targets, engine):
    problem = TrainingProblem(weights, inputs, engine=engine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = np.full_like(theta, np.nan)
    return problem.evaluate(theta, gradient), gradient


@pytest.mark.parametrize("n_units", [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 30])
@pytest.mark.parametrize("task", TASKS)
def test_engines_agree_for_every_number_of_units(task, n_units):
    weights, inputs, targets = task(n_networks=2, n_units=n_units)
    (loss, gradient), (compiled_loss, compiled) = (evaluate(weights, inputs, targets, engine) for engine in ENGINES)
    np.testing.assert_allclose(compiled_loss, loss, rtol=1e-12)
    np.testing.assert_allclose(compiled, gradient, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("task", TASKS)
def test_engines_agree_where_units_saturate(task):
    weights, inputs, targets = task(n_units=9)
    weights = Weights(1e4 * weights.A, 1e4 * weights.B, weights.C)
    with np.errstate(over="ignore"):
        (loss, gradient), (compiled_loss, compiled) = (evaluate(weights, inputs, targets, each) for each in ENGINES)
    expected = loss_from_outputs(weights, inputs, targets)
    np.testing.assert_allclose(loss, expected, rtol=1e-12)
    np.testing.assert_allclose(compiled_loss, expected, rtol=1e-12)
    np.testing.assert_allclose(compiled, gradient, rtol=1e-9, atol=1e-12)
    assert np.isfinite(compiled).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("task", TASKS)
def test_nan_weight_gives_its_network_alone_and_at_once_a_loss_that_is_not_finite(task, engine):
    weights, inputs, targets = task()
    problem = TrainingProblem(weights, inputs, engine=engine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient, good_gradient = np.empty_like(theta), np.empty_like(theta)
    good_loss = problem.evaluate(theta, good_gradient)
    for place in (0, weights.A.shape[2], weights.n_weights - weights.C.shape[2], weights.n_weights - 1):
        bad = theta.copy()
        bad[1, place] = np.nan
        loss = problem.evaluate(bad, gradient)
        assert np.isfinite(loss).tolist() == [True, False, True]
        np.testing.assert_array_equal(loss[[0, 2]], good_loss[[0, 2]])
        np.testing.assert_array_equal(gradient[[0, 2]], good_gradient[[0, 2]])
        np.testing.assert_array_equal(problem.evaluate(theta, gradient), good_loss)
        np.testing.assert_array_equal(gradient, good_gradient)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("task", TASKS)
def test_a_network_gives_the_same_numbers_alone(task, engine):
    weights, inputs, targets = task(n_networks=5)
    loss, gradient = evaluate(weights, inputs, targets, engine)
    for some in (slice(1, 3), slice(4, 5)):
        own_inputs = inputs[some] if inputs.ndim == 4 else inputs
        own_loss, own_gradient = evaluate(weights[some], own_inputs, targets[some], engine)
        np.testing.assert_array_equal(own_loss, loss[some])
        np.testing.assert_array_equal(own_gradient, gradient[some])


def test_new_targets_of_some_networks_leave_the_others():
    weights, inputs, targets = memory()
    problem = TrainingProblem(weights, inputs)
    problem.set_targets(slice(None), targets)
    problem.set_targets(slice(1, 2), targets[2])
    expected, _ = loss_and_gradient(weights, inputs, targets[[0, 2, 2]])
    loss = problem.evaluate(flatten(weights), np.empty((3, weights.n_weights)))
    np.testing.assert_allclose(loss, expected, rtol=1e-13)


@pytest.mark.parametrize("task", TASKS)
def test_single_precision_goes_through_arrays_and_stays_single(task):
    weights, inputs, targets = task()
    single = Weights(*(getattr(weights, name).astype(np.float32) for name in MATRICES))
    inputs32, targets32 = inputs.astype(np.float32), targets.astype(np.float32)
    assert isinstance(TrainingProblem(single, inputs32).engine, ArrayEngine)
    assert isinstance(TrainingProblem(weights, inputs).engine, CompiledEngine)
    exact_loss, exact = loss_and_gradient(weights, inputs, targets)
    loss, gradient = loss_and_gradient(single, inputs32, targets32)
    assert {loss.dtype, *(getattr(gradient, name).dtype for name in MATRICES)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(loss, exact_loss, rtol=1e-5)
    for name in MATRICES:
        np.testing.assert_allclose(getattr(gradient, name), getattr(exact, name), rtol=1e-3, atol=1e-5)


def test_loss_of_a_perfect_output_is_zero_and_of_a_miss_its_square():
    weights = initial_weights(2, "dms", np.random.default_rng(1), n_units=5)
    inputs, _ = dms_conditions()
    _, y = forward(weights, inputs)
    loss, gradient = loss_and_gradient(weights, inputs, y)
    np.testing.assert_allclose(loss, 0, atol=1e-15)
    np.testing.assert_allclose(flatten(gradient), 0, atol=1e-15)
    np.testing.assert_allclose(loss_and_gradient(weights, inputs, y + 0.3)[0], 0.09, rtol=1e-12)


def compiled_tanh(x):
    out = np.array(x, dtype=float)
    _tanh(out, np.zeros(out.size, dtype=np.int64))
    return out


def test_compiled_tanh_is_exact_to_four_parts_in_ten_to_the_sixteenth():
    rng = np.random.default_rng(2)
    tiny = 10.0 ** np.arange(-320, 0)
    x = np.concatenate([np.linspace(-30, 30, 400_001), rng.normal(size=100_000), tiny, -tiny, [0.0]])
    assert np.abs(compiled_tanh(x) - np.tanh(x)).max() < 4e-16
    assert np.abs(compiled_tanh(x)).max() <= 1


def test_compiled_tanh_beyond_its_range():
    x = np.array([19.9, 20.0, 20.1, 30.5, 355.0, 710.0, 1e10, 1e300, np.inf])
    np.testing.assert_array_equal(compiled_tanh(x), np.ones(9))
    np.testing.assert_array_equal(compiled_tanh(-x), -np.ones(9))
    assert np.isnan(compiled_tanh([0.5, np.nan, -np.nan])).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"targets": np.zeros((8, 58))}, ValueError, "targets"),
        ({"targets": np.zeros((7, 58, 1))}, ValueError, "targets"),
        ({"targets": np.zeros((8, 57, 1))}, ValueError, "targets"),
        ({"targets": np.zeros((8, 58, 2))}, ValueError, "targets"),
        ({"targets": np.zeros((2, 8, 58, 1))}, ValueError, "targets"),
        ({"targets": np.full((8, 58, 1), np.inf)}, ValueError, "targets"),
        ({"targets": np.zeros((8, 58, 1), dtype=int)}, TypeError, "targets"),
        ({"inputs": np.zeros((8, 58, 7))}, ValueError, "inputs"),
        ({"inputs": np.zeros((2, 8, 58, 6))}, ValueError, "inputs"),
        ({"inputs": np.full((8, 58, 6), np.nan)}, ValueError, "inputs"),
    ],
)
def test_bad_input_is_named(change, error, name):
    weights, inputs, targets = memory(n_units=3)
    with pytest.raises(error, match=name):
        loss_and_gradient(**({"weights": weights, "inputs": inputs, "targets": targets} | change))
