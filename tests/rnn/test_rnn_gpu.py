"""Recurrent networks on a GPU: CuPy in, CuPy out, and the numbers of NumPy."""

from dataclasses import fields, replace

import numpy as np
import pytest

from pruninglab import backend, rnn
from pruninglab.rnn.arrays import ArrayEngine
from pruninglab.rnn.bench import COUNTED, walk_episodes
from pruninglab.rnn.compiled import CompiledEngine
from pruninglab.rnn.cuda import CudaEngine
from pruninglab.rnn.episodes import Episode
from pruninglab.rnn.layout import flatten, views
from pruninglab.rnn.problem import TrainingProblem

pytestmark = pytest.mark.gpu

NAMES = ("A", "B", "C")
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def dms(n_networks=3, n_units=30):
    rng = np.random.default_rng(1)
    inputs, _ = rnn.dms_trials(n_repeats=2, rng=rng)
    targets = np.stack([rnn.dms_trials(n_repeats=2, rng=rng)[1] for _ in range(n_networks)])
    return rnn.initial_weights(n_networks, "dms", rng, n_units=n_units), inputs, targets


def bandit(n_networks=3):
    """As many sequences, steps, inputs and outputs as the paper's task has, all of them random."""
    rng = np.random.default_rng(2)
    inputs = rng.standard_normal((n_networks, 24, 60, 10))
    targets = rng.standard_normal((n_networks, 24, 60, 4))
    return rnn.initial_weights(n_networks, "bandit", rng), inputs, targets


CASES = pytest.mark.parametrize("case", [dms(), dms(n_units=7), bandit()], ids=["dms", "small", "bandit"])


def blocks_of(weights, **how):
    """Played with the same random numbers on any device."""
    settings = {"n_blocks": 4, "epsilon": 0.15, "noise": 0.1} | how
    return rnn.bandit_blocks(weights, rng=np.random.default_rng(3), **settings)


def on_device(cupy, weights):
    return rnn.Weights(*(cupy.asarray(getattr(weights, name)) for name in NAMES))


def assert_same(device, host, cupy, **tolerances):
    assert isinstance(device, cupy.ndarray)
    assert device.dtype == host.dtype
    np.testing.assert_allclose(backend.to_numpy(device), host, **tolerances)


def results(engine, weights, inputs, targets):
    problem = TrainingProblem(weights, inputs, engine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = backend.get_array_module(theta).full_like(theta, np.nan)
    return problem.evaluate(theta, gradient), gradient


@CASES
@pytest.mark.parametrize("engine", [CudaEngine, ArrayEngine])
def test_engines_on_the_device_and_on_the_host_agree(cupy, case, engine):
    weights, inputs, targets = case
    given = on_device(cupy, weights), cupy.asarray(inputs), cupy.asarray(targets)
    for device, host in zip(results(engine, *given), results(ArrayEngine, *case), strict=True):
        assert_same(device, host, cupy, **CLOSE)


@CASES
def test_cuda_engine_does_not_mix_networks(cupy, case):
    weights, inputs, targets = on_device(cupy, case[0]), cupy.asarray(case[1]), cupy.asarray(case[2])
    together = results(CudaEngine, weights, inputs, targets)
    again = results(CudaEngine, weights, inputs, targets)
    own = inputs if inputs.ndim == 3 else inputs[1:2]
    alone = results(CudaEngine, weights[1:2], own, targets[1:2])
    for first, second, one in zip(together, again, alone, strict=True):
        np.testing.assert_array_equal(backend.to_numpy(first), backend.to_numpy(second))
        np.testing.assert_array_equal(backend.to_numpy(first[1]), backend.to_numpy(one[0]))


@CASES
@pytest.mark.parametrize("place", [(0, 0), (2, 3)], ids=["first weight", "another"])
def test_cuda_engine_passes_nan_on(cupy, case, place):
    weights, inputs, targets = on_device(cupy, case[0]), cupy.asarray(case[1]), cupy.asarray(case[2])
    problem = TrainingProblem(weights, inputs, CudaEngine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    views(theta, problem.shape)[0][(1, *place)] = cupy.nan
    gradient = cupy.zeros_like(theta)
    loss = backend.to_numpy(problem.evaluate(theta, gradient))
    np.testing.assert_array_equal(np.isfinite(loss), [True, False, True])
    np.testing.assert_array_equal(np.isfinite(backend.to_numpy(gradient)).all(axis=1), [True, False, True])


def test_two_problems_of_one_kernel_with_different_numbers_of_states(cupy):
    """The larger one is evaluated after the smaller one was made, which must not take memory from it."""
    weights, inputs, targets = dms()
    device = on_device(cupy, weights)
    large, small = TrainingProblem(device, inputs), TrainingProblem(device, inputs[:, :20])
    large.set_targets(slice(None), targets)
    small.set_targets(slice(None), targets[:, :, :20])
    theta = flatten(device)
    gradient = cupy.empty_like(theta)
    for problem, n_steps in ((small, 20), (large, 58)):
        loss = problem.evaluate(theta, gradient)
        expected, _ = results(ArrayEngine, weights, inputs[:, :n_steps], targets[:, :, :n_steps])
        assert_same(loss, expected, cupy, **CLOSE)


def test_engine_is_chosen_by_library_precision_and_size(cupy):
    def chosen(weights):
        return type(TrainingProblem(weights, dms()[1]).engine)

    weights = dms(1)[0]
    single = rnn.Weights(*(getattr(weights, name).astype(np.float32) for name in NAMES))
    assert chosen(weights) is CompiledEngine
    assert chosen(on_device(cupy, weights)) is CudaEngine
    assert chosen(on_device(cupy, single)) is ArrayEngine
    assert chosen(on_device(cupy, dms(1, n_units=129)[0])) is ArrayEngine


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_loss_and_gradient(cupy, dtype):
    weights, inputs, targets = dms()
    weights = rnn.Weights(*(getattr(weights, name).astype(dtype) for name in NAMES))
    inputs, targets = inputs.astype(dtype), targets.astype(dtype)
    loss, gradient = rnn.loss_and_gradient(on_device(cupy, weights), cupy.asarray(inputs), cupy.asarray(targets))
    expected_loss, expected = rnn.loss_and_gradient(weights, inputs, targets)
    close = CLOSE if dtype == np.float64 else {"rtol": 1e-3, "atol": 1e-5}
    assert_same(loss, expected_loss, cupy, **close)
    for name in NAMES:
        assert_same(getattr(gradient, name), getattr(expected, name), cupy, **close)


def soon(search):
    """A rule that is met before rounding has grown."""
    return search.accepted >= 8


@pytest.mark.parametrize("mask_residual", [False, True])
@pytest.mark.parametrize("n_units", [6, 30])
def test_first_passes_of_training(cupy, n_units, mask_residual):
    weights, inputs, targets = dms(n_units=n_units)
    mask = rnn.magnitude_mask(weights.A, 0.4)
    weights = replace(weights, A=weights.A * mask)
    settings = dict(stop=soon, mask_residual=mask_residual, max_outer=2)
    host = rnn.train_scg(weights, inputs, targets, mask=mask, **settings)
    given = on_device(cupy, weights), cupy.asarray(inputs), cupy.asarray(targets)
    device = rnn.train_scg(*given, mask=cupy.asarray(mask), **settings)
    for name in NAMES:
        assert_same(getattr(device.weights, name), getattr(host.weights, name), cupy, rtol=1e-6, atol=1e-9)
    assert (backend.to_numpy(device.weights.A)[~mask] == 0).all()
    np.testing.assert_allclose(device.logged_loss, host.logged_loss, rtol=1e-10)
    np.testing.assert_allclose(device.final_loss, host.final_loss, rtol=1e-7)
    for name in (*COUNTED, "outer"):
        np.testing.assert_array_equal(getattr(device, name), getattr(host, name))


def test_whole_training_of_networks_that_wait_for_a_place(cupy):
    """Episodes of different lengths in fewer places than networks: all come to their end, and every one learns."""
    weights, inputs, targets = dms(n_networks=4, n_units=6)
    device, got = on_device(cupy, weights), {}

    def walk(e):
        got[e] = yield Episode(device[e : e + 1], targets[e], max_outer=e % 3 + 1)

    walk_episodes(map(walk, range(4)), inputs, stop=None, n_slots=3)
    for e in range(4):
        assert got[e].outer[0] == e % 3 + 1
        assert got[e].inner[0] == (e % 3 + 1) * weights.n_weights
        assert got[e].final_loss[0] < 0.9 * got[e].logged_loss[0, 0]
        loss, _ = rnn.loss_and_gradient(got[e].weights, cupy.asarray(inputs), cupy.asarray(targets[e]))
        np.testing.assert_allclose(backend.to_numpy(loss), got[e].final_loss, rtol=1e-9)


@CASES
def test_forward(cupy, case):
    weights, inputs, _ = case
    for device, host in zip(
        rnn.forward(on_device(cupy, weights), cupy.asarray(inputs)), rnn.forward(weights, inputs), strict=True
    ):
        assert_same(device, host, cupy, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_magnitude_mask(cupy, fraction):
    """With ties: entries of one digit."""
    A = np.random.default_rng(3).integers(-5, 6, size=(4, 12, 12)).astype(float)
    assert_same(rnn.magnitude_mask(cupy.asarray(A), fraction), rnn.magnitude_mask(A, fraction), cupy)


@pytest.mark.parametrize("n_units", [30, 40])
def test_lyapunov(cupy, n_units):
    """Of both sizes that CuPy decomposes in different ways."""
    weights, inputs, _ = dms(n_units=n_units)
    A, x = weights.A, rnn.forward(weights, inputs[:1])[0][:, 0]
    J = rnn.jacobians(A, x)
    device = rnn.jacobians(cupy.asarray(A), cupy.asarray(x))
    assert_same(device, J, cupy, rtol=1e-12, atol=1e-14)
    for order in ("time", "code"):
        exponents = rnn.max_lyapunov(device, order=order)
        assert_same(exponents, rnn.max_lyapunov(J, order=order), cupy, rtol=1e-9, atol=1e-11)
    largest, expected = (rnn.lyapunov_spectrum(j)[..., :3] for j in (device, J))
    assert_same(largest, expected, cupy, rtol=1e-8, atol=1e-10)


def test_principal_components_and_contraction(cupy):
    weights, inputs, _ = dms()
    x = rnn.forward(weights, inputs[:1])[0][:, 0]
    variances, directions = rnn.principal_components(x)
    device_variances, device_directions = rnn.principal_components(cupy.asarray(x))
    assert_same(device_variances, variances, cupy, rtol=1e-8, atol=1e-12)
    overlap = (backend.to_numpy(device_directions)[:, :, :2] * directions[:, :, :2]).sum(axis=1)
    np.testing.assert_allclose(np.abs(overlap), 1, rtol=1e-6)
    given = [cupy.asarray(array) for array in (x, inputs[0], variances, directions)]
    ratios = rnn.contraction_ratio(on_device(cupy, weights), *given)
    for device, host in zip(ratios, rnn.contraction_ratio(weights, x, inputs[0], variances, directions), strict=True):
        assert_same(device, host, cupy, rtol=1e-9)


def test_structure(cupy):
    A = dms()[0].A
    A[0, 0, :3] = 0, 2.5, -9
    centres, counts = rnn.weight_histogram(A)
    device_centres, device_counts = rnn.weight_histogram(cupy.asarray(A))
    np.testing.assert_array_equal(device_centres, centres)
    assert_same(device_counts, counts, cupy)
    expected = rnn.cumulative_singular_values(A)
    assert_same(rnn.cumulative_singular_values(cupy.asarray(A)), expected, cupy, rtol=1e-10)
    assert_same(rnn.total_input(cupy.asarray(A)), rnn.total_input(A), cupy, rtol=1e-13)


def test_correctness_of_trials(cupy):
    targets = rnn.dms_conditions()[1]
    targets[2] *= -1
    assert_same(rnn.dms_correct(cupy.asarray(targets)), rnn.dms_correct(targets), cupy)


@pytest.mark.parametrize("task", ["learned", "new option"])
@pytest.mark.parametrize("shared_noise", [True, False])
def test_bandit_blocks(cupy, task, shared_noise):
    weights = bandit()[0]
    expected = blocks_of(weights, task=task, shared_noise=shared_noise)
    blocks = blocks_of(on_device(cupy, weights), task=task, shared_noise=shared_noise)
    for field in fields(rnn.Blocks):
        assert_same(getattr(blocks, field.name), getattr(expected, field.name), cupy, rtol=1e-9, atol=1e-11)
    part = blocks[1:3]
    assert_same(part.targets, expected[1:3].targets, cupy, rtol=1e-9, atol=1e-11)


def test_bandit_blocks_in_single_precision(cupy):
    weights = bandit()[0]
    single = rnn.Weights(*(getattr(weights, name).astype(np.float32) for name in NAMES))
    blocks = blocks_of(on_device(cupy, single))
    for name in ("inputs", "targets", "values", "outputs", "rewards"):
        assert isinstance(getattr(blocks, name), cupy.ndarray)
        assert getattr(blocks, name).dtype == np.float32


def test_measures_of_choices(cupy):
    weights = bandit()[0]
    host, device = blocks_of(weights), blocks_of(on_device(cupy, weights))
    for measure in (rnn.value_error, rnn.agreement, rnn.reward_per_block):
        assert_same(measure(device), measure(host), cupy, rtol=1e-9)
    for task in ("learned", "new option"):
        for found, expected in zip(rnn.output_changes(device, task), rnn.output_changes(host, task), strict=True):
            assert_same(found, expected, cupy, rtol=1e-9)
    for found, expected in zip(rnn.fit_learner(device, 0.15), rnn.fit_learner(host, 0.15), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_separation(cupy):
    first, second = np.random.default_rng(4).normal(size=(2, 3, 5, 30, 20)) + np.arange(2.0).reshape(2, 1, 1, 1, 1)
    first[1, 2, :, :6] = second[1, 2, :, :6] = 0
    for device, host in zip(
        rnn.separation(cupy.asarray(first), cupy.asarray(second)), rnn.separation(first, second), strict=True
    ):
        assert_same(device, host, cupy, rtol=1e-8)
        assert np.isfinite(host).sum() == 14


@pytest.mark.parametrize("engine", [CudaEngine, ArrayEngine])
def test_new_inputs_of_one_network(cupy, engine):
    weights, inputs, targets = bandit()
    other = np.random.default_rng(6).standard_normal(inputs.shape[1:])
    device = on_device(cupy, weights)
    problem = TrainingProblem(device, cupy.asarray(inputs), engine)
    problem.set_targets(slice(None), targets)
    theta = flatten(device)
    gradient = cupy.empty_like(theta)
    problem.evaluate(theta, gradient)
    problem.set_inputs(1, cupy.asarray(other))
    loss = problem.evaluate(theta, gradient)
    inputs[1] = other
    for found, expected in zip((loss, gradient), results(ArrayEngine, weights, inputs, targets), strict=True):
        assert_same(found, expected, cupy, **CLOSE)


@pytest.mark.parametrize("mask_residual", [False, True])
def test_first_passes_of_training_on_blocks(cupy, mask_residual):
    weights = bandit()[0]
    mask = rnn.magnitude_mask(weights.A, 0.3)
    weights = replace(weights, A=weights.A * mask)
    blocks = blocks_of(weights)
    settings = dict(stop=soon, mask_residual=mask_residual, max_outer=2)
    host = rnn.train_scg(weights, blocks.inputs, blocks.targets, mask=mask, **settings)
    given = on_device(cupy, weights), cupy.asarray(blocks.inputs), cupy.asarray(blocks.targets)
    device = rnn.train_scg(*given, mask=cupy.asarray(mask), **settings)
    for name in NAMES:
        assert_same(getattr(device.weights, name), getattr(host.weights, name), cupy, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(device.logged_loss, host.logged_loss, rtol=1e-10)
    for name in (*COUNTED, "outer"):
        np.testing.assert_array_equal(getattr(device, name), getattr(host, name))


def test_walkers_that_play_their_inputs_themselves(cupy):
    """Weights on the device, inputs and targets from blocks that were played on the host."""
    weights = rnn.initial_weights(3, "bandit", np.random.default_rng(5), n_units=6)
    results = {}

    def walk(e, move):
        network = rnn.Weights(*(move(getattr(weights[e : e + 1], name)) for name in NAMES))
        for number in range(2):
            on_host = rnn.Weights(*(backend.to_numpy(getattr(network, name)) for name in NAMES))
            blocks = blocks_of(on_host)
            episode = Episode(network, blocks.targets[0], max_outer=e % 2 + 1, inputs=blocks.inputs[0])
            results[move, e, number] = result = yield episode
            network = result.weights

    for move in (np.asarray, cupy.asarray):
        walk_episodes((walk(e, move) for e in range(3)), None, stop=soon, n_slots=2)
    for e in range(3):
        for number in range(2):
            host, device = (results[move, e, number] for move in (np.asarray, cupy.asarray))
            assert_same(device.weights.A, host.weights.A, cupy, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(device.logged_loss, host.logged_loss, rtol=1e-6)


def test_average_decrease_and_rule_of_the_bandit_task(cupy):
    weights = bandit()[0]
    blocks = blocks_of(weights)
    seen = {}

    def stop(search):
        seen[type(search.loss)] = backend.to_numpy(search.average_decrease), search.passes.copy()
        assert type(rnn.bandit_stop(search)) is type(search.loss)
        return search.passes >= 6

    rnn.train_scg(weights, blocks.inputs, blocks.targets, max_outer=1, stop=stop)
    rnn.train_scg(
        on_device(cupy, weights), cupy.asarray(blocks.inputs), cupy.asarray(blocks.targets), max_outer=1, stop=stop
    )
    (host, n_host), (device, n_device) = seen[np.ndarray], seen[cupy.ndarray]
    np.testing.assert_array_equal(n_host, backend.to_numpy(n_device))
    np.testing.assert_allclose(device, host, rtol=1e-6)
