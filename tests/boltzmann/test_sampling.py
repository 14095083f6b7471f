"""Samples against exact probabilities, and one step of a chain against its transition matrix."""

import numpy as np
import pytest
import scipy.stats

from pruninglab.boltzmann import (
    RBM,
    exact_distribution,
    exact_moments,
    exact_samples,
    gibbs_samples,
    sample_moments,
    state_number,
)

from . import reference
from .reference import machine, states


def rng(seed=0):
    return np.random.default_rng(seed)


def assert_drawn_from(numbers, probabilities):
    counts = np.bincount(numbers, minlength=len(probabilities))
    assert scipy.stats.chisquare(counts, probabilities * len(numbers)).pvalue > 1e-4


def joint_numbers(v, h):
    return state_number(np.concatenate([v, h], axis=-1))


def test_exact_samples_have_the_joint_distribution_of_the_machine():
    rbm = machine(3, 2)
    v, h = exact_samples(rbm, 40_000, rng(1))
    assert_drawn_from(joint_numbers(v, h), np.array(list(reference.joint(rbm).values())))


def test_moments_of_exact_samples_approach_the_exact_ones():
    rbm = machine(seed=1, leading=(2,))
    v, h = exact_samples(rbm, 40_000, rng(2))
    for moment, expected in zip(sample_moments(v, h), exact_moments(rbm), strict=True):
        np.testing.assert_allclose(moment, expected, atol=5 * 0.5 / np.sqrt(40_000))


def test_moments_of_samples_are_plain_means():
    v, h = (rng(3).integers(0, 2, size=(2, 3, 50, n)).astype(float) for n in (3, 4))
    mean_v, mean_h, both = sample_moments(v, h)
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(mean_v[index], np.mean(v[index], axis=0))
        np.testing.assert_allclose(mean_h[index], np.mean(h[index], axis=0))
        np.testing.assert_allclose(
            both[index], np.mean([np.outer(*pair) for pair in zip(v[index], h[index], strict=True)], axis=0)
        )


def test_samples_are_independent_from_row_to_row():
    v, _ = exact_samples(machine(scale=0.5), 40_000, rng(4))
    for lag in (1, 2):
        assert abs(np.corrcoef(v[:-lag, 0], v[lag:, 0])[0, 1]) < 5 / np.sqrt(40_000)


@pytest.mark.parametrize("start", [(0, 0, 0), (1, 0, 1)])
@pytest.mark.parametrize("n_steps", [1, 2])
def test_steps_from_a_given_state_follow_the_transition_matrix(start, n_steps):
    rbm = machine(3, 2, seed=2, scale=1.5)
    v, h = gibbs_samples(rbm, 30_000, n_steps, rng(5), v=np.tile(np.array(start, dtype=float), (30_000, 1)))
    T = np.linalg.matrix_power(reference.transition_matrix(rbm), n_steps)
    after = T[states(3).index(start)]
    P = reference.joint(rbm)
    p = reference.visible_distribution(rbm)
    h_given_v = np.array([[P[a, b] for b in states(2)] for a in states(3)]) / p[:, None]
    assert_drawn_from(state_number(v), after)
    assert_drawn_from(joint_numbers(v, h), (after[:, None] * h_given_v).ravel())
    assert 0.5 * np.abs(after - p).sum() > 0.01


def test_chains_start_from_hidden_units_that_are_on_with_probability_one_half():
    rbm = machine(3, 2, seed=3, scale=2)
    v, _ = gibbs_samples(rbm, 30_000, 1, rng(6))
    P = reference.joint(rbm)
    given_h = [np.array([P[a, b] for a in states(3)]) / sum(P[a, b] for a in states(3)) for b in states(2)]
    assert_drawn_from(state_number(v), np.mean(given_h, axis=0))
    assert 0.5 * np.abs(np.mean(given_h, axis=0) - reference.visible_distribution(rbm)).sum() > 0.05
    long_v, long_h = gibbs_samples(machine(3, 2, scale=0.5), 30_000, 20, rng(7))
    assert_drawn_from(joint_numbers(long_v, long_h), np.array(list(reference.joint(machine(3, 2, scale=0.5)).values())))


def test_steps_keep_the_distribution_of_the_machine():
    rbm = machine(3, 2, seed=4)
    v, h = exact_samples(rbm, 30_000, rng(8))
    v, h = gibbs_samples(rbm, 30_000, 3, rng(9), v=v)
    assert_drawn_from(joint_numbers(v, h), np.array(list(reference.joint(rbm).values())))


@pytest.mark.parametrize("sample", [exact_samples, lambda rbm, n, rng: gibbs_samples(rbm, n, 2, rng)])
def test_a_machine_does_not_depend_on_the_others(sample):
    rbm = machine(leading=(2, 3))
    together = sample(rbm, 40, [rng(seed) for seed in range(6)])
    assert [states.shape for states in together] == [(2, 3, 40, 3), (2, 3, 40, 4)]
    for seed, index in enumerate(np.ndindex(2, 3)):
        for all_of_them, one in zip(together, sample(rbm[index], 40, [rng(seed)]), strict=True):
            np.testing.assert_array_equal(all_of_them[index], one)
    for one, other in zip(sample(rbm, 40, rng(9)), sample(rbm, 40, rng(9).spawn(6)), strict=True):
        np.testing.assert_array_equal(one, other)
    same = RBM(*(np.repeat(array[:1, 0], 2, axis=0) for array in (rbm.W, rbm.b, rbm.c)))
    v, h = sample(same, 40, rng(10))
    assert (v[0] != v[1]).any()
    assert (h[0] != h[1]).any()


def test_given_states_may_be_shared_or_of_each_machine():
    rbm = machine(leading=(2,))
    v = rng(11).integers(0, 2, size=(2, 10, 3)).astype(float)
    own = gibbs_samples(rbm, 10, 1, [rng(0), rng(1)], v=v)
    shared = gibbs_samples(rbm, 10, 1, [rng(0), rng(1)], v=v[1])
    alone = gibbs_samples(rbm[1], 10, 1, [rng(1)], v=v[1])
    for each in (own, shared):
        for all_of_them, one in zip(each, alone, strict=True):
            np.testing.assert_array_equal(all_of_them[1], one)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_are_binary_and_of_the_precision_of_the_machine(dtype):
    rbm = machine(dtype=dtype)
    for states_of in (exact_samples(rbm, 100, rng()), gibbs_samples(rbm, 100, 3, rng())):
        for layer in states_of:
            assert layer.dtype == dtype
            assert set(np.unique(layer)) == {0, 1}
    assert {moment.dtype for moment in sample_moments(*exact_samples(rbm, 100, rng()))} == {np.dtype(dtype)}


def test_frequencies_of_single_precision_are_right_where_its_probabilities_do_not_add_up_to_one():
    rbm = machine(10, 12, scale=0.5, dtype=np.float32)
    v, _ = exact_samples(rbm, 40_000, rng(12))
    p = exact_distribution(rbm.astype(float))
    common = np.argsort(p)[-20:]
    counts = np.bincount(state_number(v), minlength=1024)[common]
    np.testing.assert_allclose(counts / 40_000, p[common], atol=5 * np.sqrt(p.max() / 40_000))


def test_a_single_state_is_no_start_of_chains():
    with pytest.raises(ValueError, match="v must have"):
        gibbs_samples(machine(), 3, 1, rng(), v=np.zeros(3))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda rbm: exact_samples(rbm, 0, rng()), "n_samples"),
        (lambda rbm: exact_samples(machine(21, 1), 1, rng()), "n must lie"),
        (lambda rbm: exact_samples(rbm, 1, [rng(), rng()]), "rng"),
        (lambda rbm: gibbs_samples(rbm, 0, 1, rng()), "n_chains"),
        (lambda rbm: gibbs_samples(rbm, 1, 0, rng()), "n_steps"),
        (lambda rbm: gibbs_samples(rbm, 1, 1, [rng(), rng()]), "rng"),
        (lambda rbm: gibbs_samples(rbm, 5, 1, rng(), v=np.zeros((4, 3))), "v must have 5 rows"),
        (lambda rbm: gibbs_samples(rbm, 5, 1, rng(), v=np.zeros((5, 4))), "v must have shape"),
        (lambda rbm: gibbs_samples(rbm, 5, 1, rng(), v=np.zeros((2, 5, 3))), "v must have the leading axes"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call(machine())
