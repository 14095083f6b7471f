"""Gibbs chains of deep machines: a step against plain loops and exact probabilities, long chains against moments."""

import numpy as np
import pytest
import scipy.stats

from pruninglab.boltzmann import (
    Particles,
    bipartite,
    exact_samples,
    gibbs_steps,
    initial_particles,
    layer_moments,
    state_number,
)
from pruninglab.boltzmann.draws import bernoulli, uniform_draws
from pruninglab.boltzmann.particles import gibbs_step

from . import deep_reference as reference
from .deep_reference import deep_machine, replaced


def rng(seed=0):
    return np.random.default_rng(seed)


def binary(*shape, seed=0):
    return rng(seed).integers(0, 2, size=shape).astype(float)


def some(n_particles=6, leading=(), dbm=None):
    """Arbitrary particles."""
    n_units = (4, 3, 3) if dbm is None else dbm.n_units
    return Particles(*(binary(*leading, n_particles, n, seed=n_particles + k) for k, n in enumerate(n_units)))


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def assert_drawn_from(particles, probabilities):
    """Chi-square test of joint states; `probabilities` in the order of `reference.joint_states`."""
    numbers = state_number(np.concatenate(particles, axis=-1))
    counts = np.bincount(numbers, minlength=len(probabilities))
    assert scipy.stats.chisquare(counts, np.array(probabilities) * len(numbers)).pvalue > 1e-4


def exact_particles(dbm, n_samples, generator):
    outer, h1 = exact_samples(bipartite(dbm), n_samples, generator)
    n_v = dbm.n_units[0]
    return Particles(outer[..., :n_v], h1, outer[..., n_v:])


@pytest.mark.parametrize("n_steps", [1, 3])
def test_steps_are_those_of_a_plain_loop(n_steps):
    """The same random numbers: those of h1, then of v, then of h2."""
    model, expected = deep_machine(4, 3, 2), some(dbm=deep_machine(4, 3, 2))
    found = gibbs_steps(model, expected, n_steps, [rng(1)])
    generator = rng(1)
    for _ in range(n_steps):
        expected = reference.gibbs_step(model, expected, generator)
    assert_same(found, expected)


def test_first_particles_are_those_of_a_plain_loop():
    model, patterns = deep_machine(4, 3, 2, scale=2), binary(7, 4)
    found = initial_particles(model, patterns, [rng(1)])
    assert_same(found, reference.first_particles(model, patterns, rng(1)))


def test_first_particles_have_the_law_of_a_pass_with_doubled_input():
    model, v = deep_machine(2, 2, 2, seed=1), np.array([1.0, 1.0])
    particles = initial_particles(model, np.tile(v, (40_000, 1)), rng(2))
    assert (particles.v == v).all()
    doubled = reference.joint(replaced(model, W1=2 * model.W1, W2=0 * model.W2))
    code = reference.rates(doubled, 1, {0: (1, 1)})
    P = reference.joint(model)
    expected = []
    for state in reference.joint_states(model):
        above = reference.rates(P, 2, {1: state[1]})
        factors = [p if on else 1 - p for on, p in zip((*state[1], *state[2]), (*code, *above), strict=True)]
        expected.append(np.prod(factors) if state[0] == (1, 1) else 0)
    numbers = state_number(np.concatenate(particles, axis=-1))
    possible = np.flatnonzero(expected)
    counts = np.bincount(numbers, minlength=64)
    assert counts[possible].sum() == 40_000
    assert scipy.stats.chisquare(counts[possible], 40_000 * np.array(expected)[possible]).pvalue > 1e-4


@pytest.mark.parametrize(("v", "h2"), [((0, 0), (1, 0)), ((1, 0), (1, 1))])
def test_a_step_from_a_given_state_has_the_law_of_its_conditionals(v, h2):
    model = deep_machine(2, 2, 2, seed=2, scale=1.5)
    start = (np.tile(np.array(state, dtype=float), (40_000, 1)) for state in (v, (0, 1), h2))
    expected = reference.transition(model, v, h2)
    assert_drawn_from(gibbs_steps(model, Particles(*start), 1, rng(3)), list(expected.values()))
    assert 0.5 * sum(abs(p - expected[state]) for state, p in reference.joint(model).items()) > 0.02


def test_steps_keep_the_distribution_of_the_machine():
    model = deep_machine(2, 2, 2, seed=3, scale=1.5)
    particles = gibbs_steps(model, exact_particles(model, 40_000, rng(4)), 3, rng(5))
    assert_drawn_from(particles, list(reference.joint(model).values()))


def test_chains_come_to_the_distribution_of_the_machine_from_anywhere():
    model = deep_machine(scale=0.7)
    exact = reference.layer_moments(reference.joint(model))
    start = Particles(*(np.ones((20_000, n)) for n in model.n_units))
    early, late = (gibbs_steps(model, start, n, rng(6)) for n in (1, 40))
    for found, expected in zip(layer_moments(late), exact, strict=True):
        for moment, of_machine in zip(found, expected, strict=True):
            np.testing.assert_allclose(moment, of_machine, atol=5 * 0.5 / np.sqrt(20_000))
    assert np.abs(layer_moments(early)[0][0] - exact[0][0]).max() > 0.05


def test_means_along_chains_approach_the_exact_ones():
    """As an experiment samples: particles go on, and are counted again and again."""
    model, generator = deep_machine(seed=4, scale=0.7), rng(7)
    exact = reference.layer_moments(reference.joint(model))
    particles, kept = some(400), []
    for _ in range(50):
        particles = gibbs_steps(model, particles, 5, generator)
        kept.append(particles)
    samples = Particles(*(np.concatenate(states) for states in zip(*kept, strict=True)))
    for found, expected in zip(layer_moments(samples), exact, strict=True):
        for moment, of_machine in zip(found, expected, strict=True):
            np.testing.assert_allclose(moment, of_machine, atol=0.025)


def test_particles_go_on_from_where_they_were():
    model, start = deep_machine(), some()
    generator = rng(8)
    twice = gibbs_steps(model, gibbs_steps(model, start, 2, [generator]), 3, [generator])
    assert_same(twice, gibbs_steps(model, start, 5, [rng(8)]))
    strong = replaced(
        model, W1=30 * np.eye(4, 3), c1=np.full(3, -15.0), b=np.array([-15.0, -15, -15, 0]), W2=0 * model.W2
    )
    start = Particles(np.array([[1.0, 0, 1, 0], [0, 1, 0, 1]]), np.zeros((2, 3)), np.zeros((2, 3)))
    assert (gibbs_steps(strong, start, 5, rng()).v[:, :3] == start.v[:, :3]).all()


def test_the_next_state_depends_on_both_outer_layers_and_not_on_the_one_between():
    model, start = deep_machine(scale=2), some(200)
    found = gibbs_steps(model, start, 1, rng(9))
    assert_same(found, gibbs_steps(model, start._replace(h1=1 - start.h1), 1, rng(9)))
    for outer in ({"v": 1 - start.v}, {"h2": 1 - start.h2}):
        assert (gibbs_steps(model, start._replace(**outer), 1, rng(9)).h1 != found.h1).any()


@pytest.mark.parametrize("step", [lambda dbm, start, rng: gibbs_steps(dbm, start, 3, rng), None])
def test_a_machine_does_not_depend_on_the_others(step):
    step = step or (lambda dbm, start, rng: initial_particles(dbm, start.v, rng))
    model, start = deep_machine(leading=(2, 3)), some(9, leading=(2, 3))
    together = step(model, start, [rng(seed) for seed in range(6)])
    assert [state.shape for state in together] == [(2, 3, 9, 4), (2, 3, 9, 3), (2, 3, 9, 3)]
    for seed, index in enumerate(np.ndindex(2, 3)):
        own = Particles(*(state[index] for state in start))
        assert_same([state[index] for state in together], step(model[index], own, [rng(seed)]))
    assert_same(step(model, start, rng(9)), step(model, start, rng(9).spawn(6)))
    same = model[[0, 0], 0]
    both = step(same, Particles(*(state[[0, 0], 0] for state in start)), rng(10))
    assert (both.h1[0] != both.h1[1]).any()
    assert (both.h2[0] != both.h2[1]).any()


def test_a_generator_gives_new_numbers_every_time_and_the_same_from_the_same_seed():
    model, start, generator = deep_machine(), some(50), rng(11)
    first, second = (gibbs_steps(model, start, 1, generator) for _ in range(2))
    assert (first.v != second.v).any()
    assert_same(first, gibbs_steps(model, start, 1, rng(11)))
    first, second = (initial_particles(model, start.v, generator) for _ in range(2))
    assert (first.h1 != second.h1).any()


def test_given_states_may_be_shared_or_of_each_machine():
    model, start = deep_machine(leading=(2,)), some(9)
    streams = [[rng(0), rng(1)] for _ in range(2)]
    for found, alone in (
        (gibbs_steps(model, start, 2, streams[0]), gibbs_steps(model[1], start, 2, [rng(1)])),
        (initial_particles(model, start.v, streams[1]), initial_particles(model[1], start.v, [rng(1)])),
    ):
        assert [state.shape for state in found] == [(2, 9, 4), (2, 9, 3), (2, 9, 3)]
        assert_same([state[1] for state in found], alone)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_particles_are_binary_and_of_the_precision_of_the_machine_and_those_given_are_left_alone(dtype):
    model, start = deep_machine(leading=(2,), dtype=dtype), some(100, leading=(2,))
    copies = [state.copy() for state in start]
    for particles in (initial_particles(model, start.v, rng()), gibbs_steps(model, start, 2, rng())):
        for state in particles:
            assert state.dtype == dtype
            assert set(np.unique(state)) == {0, 1}
    assert_same(start, copies)


def test_uniform_numbers_of_every_machine_are_those_of_its_own_stream():
    draw = uniform_draws([rng(seed) for seed in range(6)], (2, 3), np.zeros(1, dtype=np.float32))
    first, second = draw((4, 5)), draw((2, 1))
    assert (first.shape, second.shape, first.dtype) == ((2, 3, 4, 5), (2, 3, 2, 1), np.float32)
    for seed, index in enumerate(np.ndindex(2, 3)):
        stream = rng(seed)
        np.testing.assert_array_equal(first[index], stream.random((4, 5), dtype=np.float32))
        np.testing.assert_array_equal(second[index], stream.random((2, 1), dtype=np.float32))
    alone = uniform_draws([rng()], (), np.zeros(1))((2, 3))
    np.testing.assert_array_equal(alone, rng().random((2, 3)))


def test_a_unit_is_on_where_the_number_lies_below_its_probability():
    probabilities = np.array([0, 0.2, 0.5, 1], dtype=np.float32)
    found = bernoulli(probabilities, np.array([0, 0.1, 0.5, 0.999], dtype=np.float32))
    assert (found.tolist(), found.dtype) == ([0, 1, 0, 1], np.float32)


def test_a_step_asks_for_the_numbers_of_one_layer_after_the_other():
    asked = []

    def draw(shape):
        asked.append(shape)
        return np.zeros(shape)

    model = deep_machine(4, 3, 2)
    particles = gibbs_step(model, model.layers(), some(5, dbm=model), draw)
    assert asked == [(5, 3), (5, 4), (5, 2)]
    assert all(state.all() for state in particles)


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        (lambda dbm: gibbs_steps(dbm, some(), 0, rng()), ValueError, "n_steps"),
        (lambda dbm: gibbs_steps(dbm, some()._replace(v=binary(6, 3)), 1, rng()), ValueError, r"particles\.v must"),
        (lambda dbm: gibbs_steps(dbm, some()._replace(h1=binary(6, 4)), 1, rng()), ValueError, r"particles\.h1 must"),
        (lambda dbm: gibbs_steps(dbm, some()._replace(h2=binary(6)), 1, rng()), ValueError, r"particles\.h2 must"),
        (lambda dbm: gibbs_steps(dbm, some(leading=(2,)), 1, rng()), ValueError, r"particles\.v must"),
        (lambda dbm: gibbs_steps(dbm, some(), 1, [rng(), rng()]), ValueError, "rng"),
        (lambda dbm: gibbs_steps(dbm, some(), 1, 0), TypeError, "rng"),
        (lambda dbm: initial_particles(dbm, binary(5, 3), rng()), ValueError, "v must"),
        (lambda dbm: initial_particles(dbm, binary(4), rng()), ValueError, "v must"),
        (lambda dbm: initial_particles(dbm, binary(2, 5, 4), rng()), ValueError, "v must"),
        (lambda dbm: initial_particles(dbm, binary(5, 4), [rng(), rng()]), ValueError, "rng"),
    ],
)
def test_bad_arguments_are_named(call, error, name):
    with pytest.raises(error, match=name):
        call(deep_machine())
