"""Boltzmann machines on a GPU: CuPy in, CuPy out, and the numbers of NumPy."""

import numpy as np
import pytest

from pruninglab import boltzmann as bm

pytestmark = pytest.mark.gpu

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def machines():
    rng = np.random.default_rng(5)
    return bm.RBM(rng.standard_normal((2, 5, 7)), rng.standard_normal((2, 5)), rng.standard_normal((2, 7)))


def on_device(cupy, rbm):
    return bm.RBM(cupy.asarray(rbm.W), cupy.asarray(rbm.b), cupy.asarray(rbm.c))


FUNCTIONS = {
    "free energy": lambda rbm: bm.free_energy(rbm, bm.all_states(5)),
    "hidden": lambda rbm: bm.hidden_probability(rbm, bm.all_states(5)),
    "visible": lambda rbm: bm.visible_probability(rbm, bm.all_states(7)),
    "log Z": bm.log_partition,
    "distribution": bm.exact_distribution,
    "co-firing": lambda rbm: bm.exact_moments(rbm)[2],
    "joint information": bm.fisher_information,
    "marginal information": lambda rbm: bm.fisher_information(rbm, marginal=True),
    "marginal diagonal": bm.marginal_fi,
    "eigenvector": lambda rbm: bm.leading_eigenvector(bm.fisher_information(rbm))[1],
    "cost of deletion": lambda rbm: bm.deletion_cost(rbm, "marginal"),
    "heuristic": lambda rbm: bm.importance(rbm, "heuristic_fi"),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_numbers_are_those_of_numpy(function, cupy):
    rbm = machines()
    found = function(on_device(cupy, rbm))
    assert isinstance(found, cupy.ndarray)
    np.testing.assert_allclose(found.get(), function(rbm), **CLOSE)


@pytest.mark.parametrize("criterion", [*bm.PRUNING_CRITERIA, *bm.EXTRA_CRITERIA])
def test_masks_are_those_of_numpy(criterion, cupy):
    rbm = machines()
    expected = bm.prune_weights(rbm, criterion, 0.5, rng=np.random.default_rng(1))
    found = bm.prune_weights(on_device(cupy, rbm), criterion, 0.5, rng=np.random.default_rng(1))
    assert isinstance(found, cupy.ndarray)
    np.testing.assert_array_equal(found.get(), expected)


def test_training_stays_on_the_device(cupy):
    rbm = machines()
    patterns = np.random.default_rng(3).integers(2, size=(60, 5)).astype(float)
    options = {"epochs": 1, "learning_rate": 0.05, "batch_size": 20}
    expected = bm.train_cd(rbm, patterns, **options, rng=np.random.default_rng(4))
    found = bm.train_cd(on_device(cupy, rbm), patterns, **options, rng=np.random.default_rng(4))
    assert isinstance(found.W, cupy.ndarray)
    np.testing.assert_allclose(found.W.get(), expected.W, **CLOSE)


def test_samples_are_those_of_numpy(cupy):
    rbm = machines()
    for draw in (bm.exact_samples, lambda *a: bm.gibbs_samples(a[0], a[1], 3, a[2])):
        expected = draw(rbm, 50, np.random.default_rng(2))
        found = draw(on_device(cupy, rbm), 50, np.random.default_rng(2))
        for ours, theirs in zip(found, expected, strict=True):
            assert isinstance(ours, cupy.ndarray)
            assert np.mean(ours.get() != theirs) < 0.01
