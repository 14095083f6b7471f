import numpy as np
import pytest
import scipy.stats

from pruninglab.rnn import Weights, initial_weights
from pruninglab.rnn.layout import flatten, shape_of, unflatten
from pruninglab.rnn.weights import concatenate


def rng(seed=0):
    return np.random.default_rng(seed)


def assert_same(one, other):
    for name in ("A", "B", "C"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def assert_normal(sample, *, mean=0.0, sd):
    """Mean and deviation within five standard errors, and the shape of the normal law."""
    sample = sample.ravel()
    assert sample.mean() == pytest.approx(mean, abs=5 * sd / np.sqrt(sample.size))
    assert sample.std() == pytest.approx(sd, rel=5 / np.sqrt(2 * sample.size))
    assert scipy.stats.kstest((sample[:5000] - mean) / sd, "norm").pvalue > 0.001


def split_diagonal(A):
    on_diagonal = np.eye(A.shape[1], dtype=bool)
    return A[:, on_diagonal], A[:, ~on_diagonal]


@pytest.mark.parametrize(
    ("task", "shapes", "n_weights"),
    [("dms", ((3, 30, 30), (3, 30, 6), (3, 1, 30)), 1110), ("bandit", ((3, 20, 20), (3, 20, 10), (3, 4, 21)), 684)],
)
def test_sizes_of_the_paper(task, shapes, n_weights):
    weights = initial_weights(3, task, rng())
    assert (weights.A.shape, weights.B.shape, weights.C.shape) == shapes
    assert {weights.A.dtype, weights.B.dtype, weights.C.dtype} == {np.dtype(np.float64)}
    assert (weights.n_networks, weights.n_weights) == (3, n_weights)


def test_other_numbers_of_units():
    assert initial_weights(2, "dms", rng(), n_units=10).n_weights == 10 * (10 + 6 + 1)
    assert initial_weights(2, "bandit", rng(), n_units=7).n_weights == 7 * (7 + 10) + 4 * (7 + 1)


@pytest.mark.parametrize("n_units", [5, 30])
def test_law_of_the_memory_networks(n_units):
    weights = initial_weights(6000 // n_units, "dms", rng(1), n_units=n_units)
    diagonal, others = split_diagonal(weights.A)
    assert_normal(diagonal, mean=0.5, sd=0.1)
    assert_normal(others, sd=0.1)
    assert_normal(weights.B, sd=0.2)
    assert_normal(weights.C, sd=0.2)


@pytest.mark.parametrize("n_units", [5, 20])
def test_law_of_the_bandit_networks(n_units):
    weights = initial_weights(6000 // n_units, "bandit", rng(2), n_units=n_units)
    diagonal, others = split_diagonal(weights.A)
    assert_normal(diagonal, sd=np.sqrt(2 / (n_units + 10)))
    assert_normal(others, sd=np.sqrt(2 / (n_units + 10)))
    assert_normal(weights.B, sd=0.2)
    assert_normal(weights.C[:, :, :-1], sd=np.sqrt(2 / n_units))
    assert_normal(weights.C[:, :, -1], sd=np.sqrt(2 / n_units))


def test_matrices_and_networks_are_drawn_independently():
    weights = initial_weights(4, "bandit", rng(3))
    drawn = np.abs(flatten(weights))
    scale = np.concatenate([np.tile([np.sqrt(2 / 30)] * 20 + [0.2] * 10, 20), np.full(84, np.sqrt(0.1))])
    assert len(np.unique(np.round(drawn / scale, 12))) == drawn.size


@pytest.mark.parametrize("task", ["dms", "bandit"])
def test_a_network_does_not_depend_on_how_many_are_drawn(task):
    assert_same(initial_weights(2, task, rng(4)), initial_weights(5, task, rng(4))[:2])


@pytest.mark.parametrize("task", ["dms", "bandit"])
def test_a_sequence_holds_one_generator_per_network(task):
    together = initial_weights(3, task, [rng(seed) for seed in (7, 8, 9)])
    for e, seed in enumerate((7, 8, 9)):
        assert_same(together[e : e + 1], initial_weights(1, task, [rng(seed)]))
    assert_same(initial_weights(3, task, rng(5)), initial_weights(3, task, rng(5).spawn(3)))


def test_a_generator_gives_new_networks_every_time():
    generator = rng(6)
    first, second = (initial_weights(1, "dms", generator) for _ in range(2))
    assert (first.A != second.A).all()


def test_slices_and_concatenation():
    weights = initial_weights(5, "bandit", rng(7))
    assert_same(concatenate([weights[:2], weights[2:3], weights[3:]]), weights)
    assert_same(weights[1::2], Weights(weights.A[[1, 3]], weights.B[[1, 3]], weights.C[[1, 3]]))


@pytest.mark.parametrize("task", ["dms", "bandit"])
def test_flat_weights_are_the_rows_of_A_and_B_and_then_of_C(task):
    weights = initial_weights(2, task, rng(8), n_units=3)
    theta = flatten(weights)
    for e in range(2):
        rows = [np.concatenate([weights.A[e, i], weights.B[e, i]]) for i in range(3)]
        np.testing.assert_array_equal(theta[e], np.concatenate([*rows, *weights.C[e]]))
    assert_same(unflatten(theta, shape_of(weights)), weights)


def test_unflattened_weights_keep_no_view_of_the_vector():
    weights = initial_weights(1, "dms", rng(9), n_units=3)
    theta = flatten(weights)
    copy = unflatten(theta, shape_of(weights))
    theta[:] = 0
    assert_same(copy, weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "memory"}, "task must be one of"),
        ({"n_networks": 0}, "n_networks"),
        ({"n_networks": -1}, "n_networks"),
        ({"n_units": 0}, "n_units"),
        ({"rng": [rng()]}, "rng must be a Generator or 2 of them"),
        ({"rng": [rng(), rng(), rng()]}, "rng"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        initial_weights(**({"n_networks": 2, "task": "dms", "rng": rng()} | arguments))


def zeros(*shape):
    return np.zeros(shape)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"A": [[[0.0]]]}, TypeError, "A must be an array"),
        ({"B": np.zeros((2, 3, 1), dtype=int)}, TypeError, "B must hold float32 or float64"),
        ({"C": np.zeros((2, 1, 3), dtype=np.float32)}, TypeError, "C must have the dtype of A"),
        ({"A": np.full((2, 3, 3), np.nan)}, ValueError, "A must be finite"),
        ({"B": np.full((2, 3, 1), np.inf)}, ValueError, "B must be finite"),
        ({"C": np.full((2, 1, 3), -np.inf)}, ValueError, "C must be finite"),
        ({"A": zeros(3, 3)}, ValueError, "A must have shape"),
        ({"A": zeros(2, 3, 4)}, ValueError, "A must have shape"),
        ({"A": zeros(0, 3, 3)}, ValueError, "A must have shape"),
        ({"A": zeros(2, 0, 0)}, ValueError, "A must have shape"),
        ({"B": zeros(3, 1)}, ValueError, "B must have shape"),
        ({"B": zeros(1, 3, 1)}, ValueError, "B must have shape"),
        ({"B": zeros(2, 4, 1)}, ValueError, "B must have shape"),
        ({"C": zeros(1, 3)}, ValueError, "C must have shape"),
        ({"C": zeros(1, 1, 3)}, ValueError, "C must have shape"),
        ({"C": zeros(2, 1, 2)}, ValueError, "C must have shape"),
        ({"C": zeros(2, 1, 5)}, ValueError, "C must have shape"),
    ],
)
def test_bad_matrices_are_named(change, error, message):
    matrices = {"A": zeros(2, 3, 3), "B": zeros(2, 3, 1), "C": zeros(2, 1, 3)}
    with pytest.raises(error, match=message):
        Weights(**(matrices | change))
