"""Scaled conjugate gradient of an ensemble against the plain loop, and independence of the networks of each other."""

from dataclasses import fields, replace

import numpy as np
import pytest
import reference

from pruninglab import rnn
from pruninglab.rnn.arrays import ArrayEngine
from pruninglab.rnn.compiled import CompiledEngine
from pruninglab.rnn.layout import flatten, shape_of, unflatten
from pruninglab.rnn.problem import TrainingProblem
from pruninglab.rnn.scg import array_pass, new_search, restart, scg_pass


def problem(n_networks=3, n_units=6, seed=1, n_repeats=2):
    rng = np.random.default_rng(seed)
    weights = rnn.initial_weights(n_networks, "dms", rng, n_units=n_units)
    inputs, _ = rnn.dms_trials(n_repeats=n_repeats, rng=rng)
    targets = np.stack([rnn.dms_trials(n_repeats=n_repeats, rng=rng)[1] for _ in range(n_networks)])
    return weights, inputs, targets


def pruned(weights, fraction=0.4):
    mask = rnn.magnitude_mask(weights.A, fraction)
    return replace(weights, A=weights.A * mask), mask


def one(weights, e):
    return weights.A[e], weights.B[e], weights.C[e]


def never(search):
    return search.passes < 0


@pytest.mark.parametrize("mask_residual", [False, True])
def test_first_outer_iterations_equal_the_plain_loop(mask_residual):
    weights, inputs, targets = problem()
    weights, mask = pruned(weights)
    result = rnn.train_scg(weights, inputs, targets, mask=mask, mask_residual=mask_residual, max_outer=2)
    n_inner = weights.n_weights
    for e in range(3):
        (A, B, C), record = reference.train(
            *one(weights, e), inputs, targets[e], mask=mask[e], mask_residual=mask_residual, max_outer=1, max_inner=12
        )
        search = search_after(weights[e : e + 1], inputs, targets[e], mask[e : e + 1], mask_residual, passes=12)
        short = unflatten(search.theta, shape_of(weights))
        np.testing.assert_allclose(short.A[0], A, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(short.B[0], B, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(short.C[0], C, rtol=1e-6, atol=1e-9)
        assert result.logged_loss[e, 0] == pytest.approx(record["logged"][0], rel=1e-12)
    assert (result.inner == 2 * n_inner).all()


def search_after(weights, inputs, targets, mask, mask_residual, passes):
    """The searches after some passes of the inner loop."""
    training = TrainingProblem(weights, inputs)
    training.set_targets(slice(None), targets)
    search = new_search(weights.n_networks, weights.n_weights, np)
    search.theta[:] = flatten(weights)
    search.mask[:] = flatten(rnn.Weights(mask.astype(float), np.ones_like(weights.B), np.ones_like(weights.C)))
    search.residual_mask[:] = search.mask if mask_residual else 1
    restart(search, np.ones(weights.n_networks, dtype=bool), training)
    for _ in range(passes):
        scg_pass(search, training, never)
    return search


@pytest.mark.parametrize("mask_residual", [False, True])
def test_rejections_and_convergence_equal_the_plain_loop(mask_residual):
    """A criterion that is met early enough for rounding not to matter yet."""
    weights, inputs, targets = problem(n_networks=2, n_units=3)
    weights, mask = pruned(weights)

    def stop(search):
        return (search.decreases.mean(axis=1) < 8e-3) & (search.previous_loss < 0.2)

    result = rnn.train_scg(weights, inputs, targets, mask=mask, mask_residual=mask_residual, max_outer=5, stop=stop)
    for e in range(2):
        _, record = reference.train(
            *one(weights, e),
            inputs,
            targets[e],
            mask=mask[e],
            mask_residual=mask_residual,
            max_outer=5,
            criterion=lambda mean, previous: mean < 8e-3 and previous < 0.2,
        )
        assert result.converged[e] == record["converged"]
        assert result.outer[e] == len(record["logged"])
        assert result.inner[e] == record["inner"]
        assert result.rejections[e] == record["rejections"]
        assert result.final_loss[e] == pytest.approx(record["final"], rel=1e-6)


class Cliff:
    """Loss that only grows away from where it is, whatever the gradient says: every step is rejected."""

    def __init__(self, n):
        self.gradient, self.origin, self.count = np.linspace(1, 2, n), None, 0

    def evaluate(self, theta, gradient):
        self.origin = theta.copy() if self.origin is None else self.origin
        gradient[:] = self.gradient + 3 * (theta - self.origin)
        self.count += 1
        return np.abs(theta - self.origin).sum(axis=1) + 1


def test_fallback_steps_along_the_masked_residual_after_eleven_rejections():
    search, cliff = new_search(1, 4, np), Cliff(4)
    search.mask[:] = [1, 1, 0, 1]
    search.residual_mask[:] = 1
    restart(search, np.array([True]), cliff)
    search.residual[:] = [-1, -2, -3, -4]
    search.passes[:] = -100
    for _ in range(10):
        scg_pass(search, cliff, None)
    assert search.fallbacks[0] == 0
    assert search.rejections[0] == 10
    scg_pass(search, cliff, None)
    assert search.fallbacks[0] == 1
    np.testing.assert_allclose(search.theta[0], 0.001 * np.array([-1, -2, 0, -4]))
    assert search.failures[0] == 1


def test_pruned_weights_stay_zero_in_both_modes():
    weights, inputs, targets = problem()
    weights, mask = pruned(weights)
    for mask_residual in (False, True):
        A = rnn.train_scg(weights, inputs, targets, mask=mask, mask_residual=mask_residual, max_outer=2).weights.A
        assert (A[~mask] == 0).all()
        assert (A[mask] != weights.A[mask]).all()


def test_masking_the_residual_matters_only_with_a_mask():
    weights, inputs, targets = problem()
    free = [rnn.train_scg(weights, inputs, targets, mask_residual=m, max_outer=2) for m in (False, True)]
    np.testing.assert_array_equal(free[0].weights.A, free[1].weights.A)
    weights, mask = pruned(weights)
    masked = [rnn.train_scg(weights, inputs, targets, mask=mask, mask_residual=m, max_outer=2) for m in (False, True)]
    assert not np.allclose(masked[0].weights.A, masked[1].weights.A)


def test_a_network_does_not_depend_on_its_neighbours():
    weights, inputs, targets = problem(n_networks=8)
    together = rnn.train_scg(weights, inputs, targets, max_outer=3)
    for chosen in (slice(2, 3), slice(3, 5)):
        alone = rnn.train_scg(weights[chosen], inputs, targets[chosen], max_outer=3)
        np.testing.assert_array_equal(alone.weights.A, together.weights.A[chosen])
        np.testing.assert_array_equal(alone.logged_loss, together.logged_loss[chosen])


def test_walkers_give_what_separate_training_gives():
    """Networks with episodes of different lengths, in fewer slots than walkers."""
    weights, inputs, targets = problem(n_networks=4)
    lengths = [1, 4, 2, 3]
    got = {}

    def walk(e):
        first = yield rnn.Episode(weights[e : e + 1], targets[e], max_outer=lengths[e])
        got[e] = first, (yield rnn.Episode(first.weights, targets[3 - e], max_outer=lengths[3 - e]))

    rnn.walk_episodes(map(walk, range(4)), inputs, stop=None, n_slots=2)
    for e in range(4):
        first = rnn.train_scg(weights[e : e + 1], inputs, targets[e], max_outer=lengths[e])
        second = rnn.train_scg(first.weights, inputs, targets[3 - e], max_outer=lengths[3 - e])
        assert got[e][0].outer[0] == lengths[e]
        for walked, alone in zip(got[e], (first, second), strict=True):
            np.testing.assert_array_equal(walked.weights.A, alone.weights.A)
            for field in fields(rnn.TrainingResult)[1:]:
                np.testing.assert_array_equal(getattr(walked, field.name), getattr(alone, field.name), field.name)


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        (dict(targets=np.full((8, 58, 1), np.nan)), ValueError, "targets"),
        (dict(targets=np.zeros((8, 58))), ValueError, "targets"),
        (dict(inputs=np.zeros((8, 58, 5))), ValueError, "inputs"),
        (dict(mask=np.ones((3, 6, 6))), TypeError, "mask"),
        (dict(mask=np.ones((3, 5, 5), dtype=bool)), ValueError, "mask"),
        (dict(mask=np.zeros((3, 6, 6), dtype=bool)), ValueError, "mask"),
        (dict(max_outer=0), ValueError, "max_outer"),
    ],
)
def test_bad_input_is_named(change, error, name):
    weights, inputs, targets = problem()
    arguments = {"inputs": inputs, "targets": targets} | change
    with pytest.raises(error, match=name):
        rnn.train_scg(weights, **arguments)


def test_float32_is_refused():
    weights, inputs, targets = problem()
    single = rnn.Weights(*(getattr(weights, name).astype(np.float32) for name in ("A", "B", "C")))
    with pytest.raises(TypeError, match="float64"):
        rnn.train_scg(single, inputs, targets)


@pytest.mark.parametrize("mask_residual", [False, True])
def test_both_passes_do_the_same(mask_residual, monkeypatch):
    """Accepted and rejected steps, early and where rounding is amplified little; counts are equal to the last one."""
    weights, inputs, targets = problem(n_networks=6)
    weights, mask = pruned(replace(weights, A=4 * weights.A))
    compiled = search_after(weights, inputs, targets, mask, mask_residual, passes=15)
    monkeypatch.setattr("pruninglab.rnn.scg.compiled_pass", lambda search, training, _: array_pass(search, training))
    arrays = search_after(weights, inputs, targets, mask, mask_residual, passes=15)
    for name in ("passes", "accepted", "inner", "gradients", "rejections", "failures", "curvature_needed", "running"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(arrays, name), name)
    for name in ("theta", "loss", "previous_loss", "decreases", "scale", "average_decrease"):
        np.testing.assert_allclose(getattr(compiled, name), getattr(arrays, name), rtol=1e-4, atol=1e-6)
    assert compiled.rejections.sum() > 0
    assert len(np.unique(np.isinf(compiled.average_decrease))) == 2


def bandit_problem(n_networks=3, n_units=4, seed=1, n_blocks=2):
    weights = rnn.initial_weights(n_networks, "bandit", np.random.default_rng(seed), n_units=n_units)
    blocks = rnn.bandit_blocks(weights, n_blocks=n_blocks, epsilon=0.15, noise=0.1, rng=np.random.default_rng(seed + 1))
    return weights, blocks.inputs, blocks.targets


PASSES = pytest.mark.parametrize("whole_arrays", [False, True], ids=["compiled", "arrays"])


def choose_pass(whole_arrays, monkeypatch):
    if whole_arrays:
        monkeypatch.setattr(
            "pruninglab.rnn.scg.compiled_pass", lambda search, training, _: array_pass(search, training)
        )


@PASSES
def test_average_of_decreases_is_exponential_and_infinite_after_a_rejection(whole_arrays, monkeypatch):
    choose_pass(whole_arrays, monkeypatch)
    weights, inputs, targets = problem(n_networks=6)
    weights, mask = pruned(replace(weights, A=4 * weights.A))
    training = TrainingProblem(weights, inputs)
    training.set_targets(slice(None), targets)
    search = search_after(weights, inputs, targets, mask, True, passes=0)
    assert (search.average_decrease == 0).all()
    expected, rejected = np.zeros(6), np.zeros(6, dtype=bool)
    for _ in range(40):
        loss, before = search.loss.copy(), search.rejections.copy()
        scg_pass(search, training, never)
        rejected |= search.rejections > before
        expected = np.where(search.rejections > before, expected, 0.999 * expected + 0.001 * (loss - search.loss))
        np.testing.assert_allclose(search.average_decrease, np.where(rejected, np.inf, expected), rtol=1e-9)
    assert rejected.any()
    assert not rejected.all()
    again = rejected & (np.arange(6) % 2 == np.flatnonzero(rejected)[0] % 2)
    kept = search.average_decrease.copy()
    restart(search, again, training)
    np.testing.assert_array_equal(search.average_decrease, np.where(again, 0, kept))


@pytest.mark.parametrize(
    ("loss", "average", "passes", "stops"),
    [
        (0.0099, np.inf, 1, True),
        (0.0099, 0.0, 0, True),
        (0.01, np.inf, 100, False),
        (0.01, 1e-3, 100, False),
        (0.01, 9e-9, 100, True),
        (0.0149, 9e-9, 21, True),
        (0.0149, 9e-9, 20, False),
        (0.0149, 1.1e-8, 100, False),
        (0.0149, np.inf, 100, False),
        (0.015, 0.0, 100, False),
        (0.5, 0.0, 100, False),
        (np.nan, 0.0, 100, False),
    ],
)
def test_rule_of_the_bandit_task(loss, average, passes, stops):
    """The loss is that after the step, not the one before it; other networks are judged by themselves."""
    search = new_search(2, 4, np)
    search.loss[:], search.average_decrease[:], search.passes[:] = [loss, 1.0], [average, 0.0], [passes, 50]
    search.previous_loss[:], search.accepted[:] = [0.5, 0.0], [0, 50]
    assert rnn.bandit_stop(search).tolist() == [stops, False]


@PASSES
@pytest.mark.parametrize(("level", "n_passes"), [(0.009, 1), (0.011, 30)])
def test_a_low_loss_ends_the_search_after_a_rejected_step_too(level, n_passes, whole_arrays, monkeypatch):
    choose_pass(whole_arrays, monkeypatch)
    search, cliff = new_search(1, 40, np), Cliff(40)
    search.mask[:] = search.residual_mask[:] = 1
    evaluate = cliff.evaluate
    cliff.evaluate = lambda theta, gradient: evaluate(theta, gradient) - 1 + level
    restart(search, np.array([True]), cliff)
    while search.running.any() and search.passes[0] < 30:
        scg_pass(search, cliff, rnn.bandit_stop)
    assert search.passes[0] == search.rejections[0] == n_passes
    assert search.converged[0] == (n_passes == 1)


@pytest.mark.parametrize("mask_residual", [False, True])
def test_training_on_own_inputs_equals_the_plain_loop(mask_residual):
    """Blocks of the bandit task: output biases, and the rule met before rounding has grown."""
    weights, inputs, targets = bandit_problem(n_networks=2, n_units=3)
    weights, mask = pruned(weights)

    def stop(search):
        return search.previous_loss < 1.5

    result = rnn.train_scg(weights, inputs, targets, mask=mask, mask_residual=mask_residual, max_outer=2, stop=stop)
    for e in range(2):
        trained, record = reference.train(
            *one(weights, e),
            inputs[e],
            targets[e],
            mask=mask[e],
            mask_residual=mask_residual,
            max_outer=2,
            criterion=lambda mean, previous: previous < 1.5,
        )
        assert result.converged[e] == record["converged"]
        assert result.inner[e] == record["inner"]
        assert result.rejections[e] == record["rejections"]
        np.testing.assert_allclose(result.logged_loss[e, : len(record["logged"])], record["logged"], rtol=1e-6)
        for name, matrix in zip("ABC", trained, strict=True):
            np.testing.assert_allclose(getattr(result.weights, name)[e], matrix, rtol=1e-4, atol=1e-6)
    assert result.converged.any()


def test_networks_with_own_inputs_do_not_depend_on_their_neighbours():
    weights, inputs, targets = bandit_problem(n_networks=4)
    together = rnn.train_scg(weights, inputs, targets, max_outer=2)
    for chosen in (slice(1, 2), slice(2, 4)):
        alone = rnn.train_scg(weights[chosen], inputs[chosen], targets[chosen], max_outer=2)
        np.testing.assert_array_equal(alone.weights.A, together.weights.A[chosen])
        np.testing.assert_array_equal(alone.logged_loss, together.logged_loss[chosen])
    for e in range(4):
        shared = rnn.train_scg(weights[e : e + 1], inputs[e], targets[e], max_outer=1)
        np.testing.assert_allclose(shared.logged_loss[0, 0], together.logged_loss[e, 0], rtol=1e-12)
    loss, _ = rnn.loss_and_gradient(together.weights, inputs, targets)
    np.testing.assert_allclose(loss, together.final_loss, rtol=1e-10)


def test_targets_are_shared_or_those_of_each_network():
    weights, inputs, targets = bandit_problem(n_networks=2)
    shared = rnn.train_scg(weights, inputs, targets[0], max_outer=1)
    repeated = rnn.train_scg(weights, inputs, targets[[0, 0]], max_outer=1)
    np.testing.assert_array_equal(shared.weights.A, repeated.weights.A)


@pytest.mark.parametrize("engine", [ArrayEngine, CompiledEngine])
@pytest.mark.parametrize("n_units", [1, 4, 9])
def test_new_inputs_of_one_network(engine, n_units):
    """As if the problem had been made with them, also in the first step, and after an evaluation."""
    weights, inputs, targets = bandit_problem(n_units=n_units, n_blocks=3)
    changed = np.random.default_rng(5).normal(size=inputs.shape[1:])
    fresh = np.stack([inputs[0], changed, inputs[2]])
    results = []
    for given, late in ((inputs, True), (fresh, False)):
        training = TrainingProblem(weights, given, engine)
        training.set_targets(slice(None), targets)
        theta = flatten(weights)
        gradient = np.empty_like(theta)
        if late:
            training.evaluate(theta, gradient)
            training.set_inputs(1, changed)
        results.append((training.evaluate(theta, gradient), gradient))
    for late, expected in zip(*results, strict=True):
        np.testing.assert_array_equal(late, expected)
    loss, gradient = rnn.loss_and_gradient(weights, fresh, targets)
    np.testing.assert_allclose(results[0][0], loss, rtol=1e-11)
    np.testing.assert_allclose(results[0][1], flatten(gradient), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 2, 60, 10), (3, 2, 60, 9), (3, 2, 30, 10), (3, 1, 60, 10), (2, 60)])
def test_own_inputs_that_do_not_fit_are_named(shape):
    weights, _, targets = bandit_problem()
    with pytest.raises(ValueError, match=r"inputs|targets"):
        rnn.train_scg(weights, np.zeros(shape), targets)
