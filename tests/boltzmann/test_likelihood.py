"""Maximum likelihood: known optima, a gradient that vanishes there, and masks."""

import numpy as np
import pytest
import scipy.optimize

from pruninglab.boltzmann import RBM, exact_distribution, kl_divergence, log_probabilities, maximise_likelihood

from . import reference
from .reference import machine

MASK = np.array([[1, 0, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1]], dtype=bool)


def kl(q, rbm):
    return float(kl_divergence(q, log_probabilities(rbm)))


def target(n=8, seed=0):
    weights = np.random.default_rng(seed).exponential(size=n)
    return weights / weights.sum()


def slopes(rbm, q, mask):
    """Central differences of the divergence, by b, c and the free weights."""
    gradient = []
    for name, places in (("b", np.ndindex(3)), ("c", np.ndindex(4)), ("W", map(tuple, np.argwhere(mask)))):
        for place in places:
            values = []
            for step in (1e-5, -1e-5):
                parameters = {key: getattr(rbm, key).copy() for key in ("W", "b", "c")}
                parameters[name][place] += step
                values.append(kl(q, RBM(**parameters)))
            gradient.append((values[0] - values[1]) / 2e-5)
    return np.array(gradient)


def test_the_gradient_that_the_optimiser_is_given_is_that_of_finite_differences(monkeypatch):
    seen = {}

    def minimise(function, start, **settings):
        seen.update(value=function(start), settings=settings)
        seen["slopes"] = [
            (function(start + step)[0] - function(start - step)[0]) / 2e-5 for step in 1e-5 * np.eye(len(start))
        ]
        return scipy.optimize.OptimizeResult(x=start)

    monkeypatch.setattr("pruninglab.boltzmann.likelihood.optimize.minimize", minimise)
    start, q = machine(), target()
    start = RBM(start.W * MASK, start.b, start.c)
    unchanged = maximise_likelihood(start, q, mask=MASK)
    divergence, gradient = seen["value"]
    assert divergence == pytest.approx(reference.divergence(q, reference.visible_distribution(start)))
    np.testing.assert_allclose(gradient, seen["slopes"], atol=1e-9)
    assert np.abs(gradient).max() > 0.1
    assert seen["settings"]["jac"] is True
    for name in ("W", "b", "c"):
        np.testing.assert_array_equal(getattr(unchanged, name), getattr(start, name))


@pytest.mark.parametrize("mask", [None, MASK])
def test_divergence_has_no_slope_at_the_optimum(mask):
    start = machine(seed=1)
    free = np.ones((3, 4), dtype=bool) if mask is None else mask
    start = RBM(start.W * free, start.b, start.c)
    q = target(seed=1)
    best = maximise_likelihood(start, q, mask=mask, max_iterations=3000)
    assert np.abs(slopes(best, q, free)).max() < 1e-4
    assert np.abs(slopes(start, q, free)).max() > 0.05
    assert (best.W[~free] == 0).all()
    assert kl(q, best) < kl(q, start) / 2


def test_a_machine_finds_another_of_its_size():
    q = exact_distribution(machine(3, 2, seed=2))
    best = maximise_likelihood(machine(3, 4, seed=3), q, max_iterations=2000)
    assert kl(q, best) < 1e-6


def test_without_weights_the_best_are_the_rates_of_independent_units():
    q = target(seed=4)
    start = RBM(np.zeros((3, 2)), np.zeros(3), np.zeros(2))
    best = maximise_likelihood(start, q, mask=np.zeros((3, 2), dtype=bool))
    rates = q @ np.array(reference.states(3))
    np.testing.assert_allclose(best.b, np.log(rates / (1 - rates)), atol=1e-3)
    independent = [np.prod([r if on else 1 - r for r, on in zip(rates, v, strict=True)]) for v in reference.states(3)]
    assert kl(q, best) == pytest.approx(reference.divergence(q, independent), abs=1e-6)


@pytest.mark.parametrize("max_iterations", [1, 5, 50])
def test_the_result_is_never_worse_than_the_start(max_iterations):
    for seed in range(5):
        start, q = machine(seed=seed, scale=3), target(seed=seed)
        assert kl(q, maximise_likelihood(start, q, max_iterations=max_iterations)) <= kl(q, start)


def test_more_iterations_come_closer():
    start, q = machine(seed=6), target(seed=6)
    few, many = (kl(q, maximise_likelihood(start, q, max_iterations=n)) for n in (2, 200))
    assert many < few < kl(q, start)


def test_start_is_left_alone_and_the_result_is_double():
    start = machine(dtype=np.float32)
    copy = start.W.copy()
    best = maximise_likelihood(start, target(), max_iterations=5)
    np.testing.assert_array_equal(start.W, copy)
    assert {best.W.dtype, best.b.dtype, best.c.dtype} == {np.dtype(np.float64)}


def test_states_without_any_share_are_no_problem():
    q = np.array([0.5, 0, 0, 0, 0, 0, 0, 0.5])
    assert kl(q, maximise_likelihood(machine(3, 2), q)) < 0.01


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"rbm": machine(leading=(1,))}, ValueError, "rbm must be a single machine"),
        ({"q": np.full(4, 0.25)}, ValueError, "q must hold 8 probabilities"),
        ({"q": np.full(8, 0.25)}, ValueError, "q must hold"),
        ({"q": np.array([-0.5, 0.5, 1, 0, 0, 0, 0, 0])}, ValueError, "q must hold"),
        ({"q": np.full(8, np.nan)}, ValueError, "q must hold"),
        ({"mask": MASK}, ValueError, "W must be 0 where mask is False"),
        ({"mask": np.ones((3, 4))}, TypeError, "mask"),
        ({"mask": MASK.T}, ValueError, "mask must have the shape of W"),
        ({"rbm": machine(21, 1), "q": np.ones(2**21) / 2**21}, ValueError, "n must lie between 1 and 20"),
    ],
)
def test_bad_arguments_are_named(change, error, name):
    with pytest.raises(error, match=name):
        maximise_likelihood(**({"rbm": machine(), "q": target()} | change))
