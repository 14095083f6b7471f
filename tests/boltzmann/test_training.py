"""Contrastive divergence against plain loops that use the same random numbers, and what training must keep."""

import numpy as np
import pytest
from sklearn.neural_network import BernoulliRBM

from pruninglab.boltzmann import (
    RBM,
    all_states,
    empirical_distribution,
    exact_distribution,
    initial_rbm,
    kl_divergence,
    log_probabilities,
    train_cd,
    training,
)
from pruninglab.boltzmann.compiled import compiled_updates
from pruninglab.boltzmann.training import array_updates

from . import deep_reference, reference
from .reference import machine

NAMES = ("W", "b", "c")
MASK = np.array([[1, 0, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1]], dtype=bool)


def rng(seed=0):
    return np.random.default_rng(seed)


def binary(n_rows, n_v=3, seed=0):
    return rng(seed).integers(0, 2, size=(n_rows, n_v)).astype(float)


def masked(rbm, mask=MASK):
    return RBM(rbm.W * mask, rbm.b, rbm.c)


def assert_close(one, other, **tolerance):
    for name in NAMES:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), **tolerance)


def assert_same(one, other):
    for name in NAMES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_updates_are_those_of_a_plain_loop(batch_size, momentum, mask):
    """At batch size 1 these are the compiled ones, else those by whole arrays; the last batch of 3 is incomplete."""
    start = machine() if mask is None else masked(machine())
    patterns, rates = binary(20), (0.5, 0.2)
    settings = {"momentum": momentum, "batch_size": batch_size, "mask": mask}
    trained = train_cd(start, patterns, epochs=2, learning_rate=rates, rng=[rng(1)], **settings)
    uniforms = rng(1).random((40, 4 + 3))
    expected = reference.contrastive_divergence(start, patterns, uniforms, rates=rates, **settings)
    assert_close(trained, expected, rtol=1e-10, atol=1e-12)
    assert np.abs(trained.W - start.W).max() > 0.1


FACTORS = [(2.0, 1.0), (1.0, 2.0), (0.5, 1.5)]
"""Of the input of the hidden and of the visible units: the first pair of layers, the last one, and any other."""


@pytest.mark.parametrize("factors", FACTORS)
@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_updates_with_multiplied_inputs_and_a_momentum_per_epoch_are_those_of_a_plain_loop(batch_size, factors):
    start, patterns, rates, momenta = masked(machine()), binary(20), (0.5, 0.3, 0.2), (0.0, 0.5, 0.9)
    factors = dict(zip(("bottom_up", "top_down"), factors, strict=True))
    settings = {"batch_size": batch_size, "mask": MASK}
    how = settings | factors | {"epochs": 3, "learning_rate": rates, "momentum": momenta}
    trained = train_cd(start, patterns, rng=[rng(1)], **how)
    uniforms = rng(1).random((60, 4 + 3))
    settings |= factors | {"rates": rates, "momenta": momenta}
    expected = deep_reference.contrastive_divergence(start, patterns, uniforms, **settings)
    assert_close(trained, expected, rtol=1e-10, atol=1e-12)
    for other in ({"bottom_up": 1.0, "top_down": 1.0}, {"momentum": 0.9}):
        assert np.abs(train_cd(start, patterns, rng=[rng(1)], **(how | other)).W - trained.W).max() > 1e-3


@pytest.mark.parametrize("batch_size", [1, 5])
def test_momenta_are_those_of_their_epochs_and_one_is_that_of_all(batch_size):
    start, patterns = machine(leading=(2,)), binary(20)
    settings = {"epochs": 2, "learning_rate": 0.3, "batch_size": batch_size}
    one, other, swapped, usual = (
        train_cd(start, patterns, rng=rng(1), **settings, **momentum)
        for momentum in ({"momentum": 0.9}, {"momentum": [0.9, 0.9]}, {"momentum": (0.9, 0.0)}, {})
    )
    assert_same(one, other)
    assert_same(one, usual)
    assert (one.W != swapped.W).any()


@pytest.mark.parametrize("factors", [(1.0, 1.0), *FACTORS])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_compiled_and_array_updates_agree(dtype, tolerance, factors):
    rbm = machine(5, 7, leading=(3,), dtype=dtype)
    free = rng(1).random(rbm.W.shape) < 0.7
    uniforms = rng(2).random((3, 30, 12), dtype=dtype)
    results = []
    for update in (compiled_updates, array_updates):
        state = [rbm.W * free, rbm.b.copy(), rbm.c.copy()]
        changes = [0.01 * np.ones_like(array) for array in state]
        changes[0] *= free
        update(state, changes, free, binary(30, 5).astype(dtype), uniforms, 0.1, 0.9, factors, 1)
        results.append([*state, *changes])
    for one, other in zip(*results, strict=True):
        assert one.dtype == other.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("factors", FACTORS)
def test_both_ways_of_updating_give_the_same_machine_at_batch_size_one(monkeypatch, factors):
    start = machine(leading=(2,))
    how = dict(zip(("bottom_up", "top_down"), factors, strict=True)) | {"momentum": (0.5, 0.9), "epochs": 2}
    compiled = train_cd(start, binary(25), learning_rate=0.2, rng=rng(1), **how)
    monkeypatch.setattr(training, "compiled_updates", array_updates)
    by_arrays = train_cd(start, binary(25), learning_rate=0.2, rng=rng(1), **how)
    assert_close(compiled, by_arrays, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_precision_is_kept_where_inputs_are_multiplied(batch_size):
    start, settings = machine(leading=(2,), dtype=np.float32), {"batch_size": batch_size, "momentum": (0.5, 0.9)}
    settings |= {"epochs": 2, "learning_rate": np.array([0.3, 0.1]), "bottom_up": 2, "top_down": 0.5}
    trained = train_cd(start, binary(20), rng=rng(), **settings)
    assert {getattr(trained, name).dtype for name in NAMES} == {np.dtype(np.float32)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_result_does_not_depend_on_how_many_rows_are_drawn_together(monkeypatch, batch_size, dtype):
    start, patterns = machine(leading=(2,), dtype=dtype), binary(25)
    settings = {"epochs": 2, "learning_rate": 0.1, "batch_size": batch_size}
    expected = train_cd(start, patterns, rng=rng(3), **settings)
    for n_rows in (1, 4, 7):
        monkeypatch.setattr(training, "ROWS_AT_A_TIME", n_rows)
        assert_same(train_cd(start, patterns, rng=rng(3), **settings), expected)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_machine_does_not_depend_on_the_others(batch_size):
    start, patterns = machine(leading=(2, 3)), binary(30)
    settings = {"epochs": 1, "learning_rate": 0.1, "batch_size": batch_size}
    together = train_cd(start, patterns, rng=[rng(seed) for seed in range(6)], **settings)
    for seed, index in enumerate(np.ndindex(2, 3)):
        alone = train_cd(start[index], patterns, rng=[rng(seed)], **settings)
        assert alone.leading_shape == ()
        assert_close(together[index], alone, rtol=1e-12, atol=1e-14)
    spawned = train_cd(start, patterns, rng=rng(9), **settings)
    assert_same(spawned, train_cd(start, patterns, rng=rng(9).spawn(6), **settings))


def test_a_generator_gives_new_numbers_every_time():
    start, generator = machine(), rng()
    first, second = (train_cd(start, binary(20), epochs=1, learning_rate=0.1, rng=generator) for _ in range(2))
    assert not np.array_equal(first.W, second.W)


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_input_is_left_alone_masked_weights_stay_zero_and_precision_is_kept(dtype, batch_size):
    start = masked(machine(leading=(2,), dtype=dtype))
    copy = RBM(start.W.copy(), start.b.copy(), start.c.copy())
    mask = np.array([MASK, MASK])
    settings = {"epochs": 3, "learning_rate": 0.3, "batch_size": batch_size, "mask": mask}
    trained = train_cd(start, binary(50), rng=rng(), **settings)
    assert_same(start, copy)
    assert (trained.W[~mask] == 0).all()
    assert (trained.W[mask] != start.W[mask]).all()
    assert {getattr(trained, name).dtype for name in NAMES} == {np.dtype(dtype)}


def test_a_rate_of_zero_changes_nothing():
    assert_same(train_cd(machine(), binary(9), epochs=1, learning_rate=0, rng=rng()), machine())


def test_a_hidden_unit_without_weights_changes_no_probability_of_v():
    start = masked(machine())
    trained = train_cd(start, binary(40), epochs=2, learning_rate=0.2, mask=MASK, rng=rng())
    assert not trained.W[:, 1].any()
    left = [0, 2, 3]
    smaller = RBM(trained.W[:, left], trained.b, trained.c[left])
    np.testing.assert_allclose(exact_distribution(trained), exact_distribution(smaller), rtol=1e-12)


def two_modes(n_rows=1500):
    """Five pixels, mostly all on or all off."""
    flips = rng(4).random((n_rows, 5)) < 0.05
    return (rng(5).integers(0, 2, size=(n_rows, 1)) ^ flips).astype(float)


def exact_kl(rbm, patterns):
    return kl_divergence(empirical_distribution(patterns), log_probabilities(rbm))


def test_training_comes_close_to_the_data_and_to_a_machine_of_scikit_learn():
    patterns = two_modes()
    start = initial_rbm(patterns, 4, rng(6))
    trained = train_cd(start, patterns, epochs=12, learning_rate=0.05, rng=rng(7))
    peer = BernoulliRBM(4, learning_rate=0.05, batch_size=10, n_iter=25, random_state=0).fit(patterns)
    peer = RBM(peer.components_.T.copy(), peer.intercept_visible_, peer.intercept_hidden_)
    before, after, theirs = (float(np.squeeze(exact_kl(rbm, patterns))) for rbm in (start, trained, peer))
    assert before > 1
    assert after < 0.15
    assert theirs < 0.3
    assert abs(after - theirs) < 0.2


def test_law_of_machines_before_training():
    patterns = np.zeros((40, 3))
    patterns[:10, 1], patterns[:, 2] = 1, 1
    rbm = initial_rbm(patterns, 50, rng(8), n_machines=200)
    assert (rbm.W.shape, rbm.b.shape, rbm.c.shape) == ((200, 3, 50), (200, 3), (200, 50))
    assert {getattr(rbm, name).dtype for name in NAMES} == {np.dtype(np.float32)}
    extreme = np.log(1e7 - 1)
    np.testing.assert_allclose(rbm.b, np.tile([-extreme, -np.log(3), extreme], (200, 1)), rtol=1e-6)
    assert (rbm.c == -2).all()
    assert rbm.W.mean() == pytest.approx(0, abs=5 * 0.1 / np.sqrt(rbm.W.size))
    assert rbm.W.std() == pytest.approx(0.1, rel=5 / np.sqrt(2 * rbm.W.size))
    assert len(np.unique(rbm.W)) > 0.98 * rbm.W.size
    other = initial_rbm(patterns, 2, [rng(1), rng(2)], n_machines=2, deviation=0.5, hidden_bias=-1.0)
    np.testing.assert_allclose(other.W[1], 0.5 * rng(2).standard_normal((3, 2)), rtol=1e-6)
    assert (other.c == -1).all()


def test_visible_biases_before_training_may_be_given():
    patterns = np.zeros((40, 3))
    patterns[:10, 1], patterns[:, 2] = 1, 1
    usual, given = (initial_rbm(patterns, 5, rng(8), n_machines=2, visible_bias=bias) for bias in (None, -1.0))
    assert given.b.shape == (2, 3)
    assert given.b.dtype == np.float32
    assert (given.b == -1).all()
    np.testing.assert_array_equal(given.W, usual.W)
    np.testing.assert_array_equal(given.c, usual.c)
    assert (initial_rbm(patterns, 5, rng(8), visible_bias=0.0).b == 0).all()


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"epochs": 0}, ValueError, "epochs"),
        ({"learning_rate": (0.1, 0.1, 0.1)}, ValueError, "learning_rate"),
        ({"learning_rate": [[0.1, 0.1]]}, ValueError, "learning_rate"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate"),
        ({"learning_rate": (0.1, np.nan)}, ValueError, "learning_rate"),
        ({"momentum": -0.1}, ValueError, "momentum"),
        ({"momentum": np.inf}, ValueError, "momentum"),
        ({"momentum": (0.5,)}, ValueError, "momentum must be a number or one per epoch, 2"),
        ({"momentum": (0.5, 0.9, 0.9)}, ValueError, "momentum must be a number or one per epoch, 2"),
        ({"momentum": (0.5, -0.1)}, ValueError, "momentum"),
        ({"bottom_up": 0}, ValueError, "bottom_up"),
        ({"bottom_up": -1.0}, ValueError, "bottom_up"),
        ({"top_down": 0}, ValueError, "top_down"),
        ({"top_down": np.inf}, ValueError, "top_down"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"patterns": binary(5, 4)}, ValueError, "patterns"),
        ({"patterns": binary(5)[None]}, ValueError, "patterns"),
        ({"patterns": binary(5)[0]}, ValueError, "patterns"),
        ({"patterns": np.zeros((0, 3))}, ValueError, "patterns"),
        ({"patterns": np.full((5, 3), 0.5)}, ValueError, "patterns"),
        ({"patterns": np.full((5, 3), np.nan)}, ValueError, "patterns"),
        ({"mask": MASK.astype(int)}, TypeError, "mask"),
        ({"mask": MASK[None]}, ValueError, "mask"),
        ({"mask": MASK}, ValueError, "W must be 0 where mask is False"),
        ({"rng": [rng(), rng()]}, ValueError, "rng"),
        ({"rng": 0}, TypeError, "rng"),
    ],
)
def test_bad_arguments_are_named(change, error, name):
    arguments = {"rbm": machine(), "patterns": binary(5), "epochs": 2, "learning_rate": 0.1, "rng": rng()}
    with pytest.raises(error, match=name):
        train_cd(**(arguments | change))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"n_hidden": 0}, "n_hidden"),
        ({"n_machines": 0}, "n_machines"),
        ({"patterns": np.full((2, 2), 2)}, "patterns"),
        ({"patterns": np.zeros((0, 2))}, "patterns"),
        ({"rng": [rng()] * 3}, "rng"),
    ],
)
def test_bad_arguments_of_the_start_are_named(change, name):
    with pytest.raises(ValueError, match=name):
        initial_rbm(**({"patterns": all_states(2), "n_hidden": 3, "rng": rng(), "n_machines": 2} | change))
