"""Joint training of deep machines against plain loops, the gradient of the likelihood, and what it must keep."""

import numpy as np
import pytest

from pruninglab.boltzmann import Particles, bipartite, exact_distribution, exact_samples, train_dbm
from pruninglab.boltzmann.deep_training import _gradients, checked_masks

from . import deep_reference as reference
from .deep_reference import FIELDS, deep_machine, replaced

MASKS = (
    np.array([[1, 0, 1], [0, 0, 1], [1, 0, 1], [1, 1, 0]], dtype=bool),
    np.array([[1, 0, 1], [1, 0, 0], [0, 0, 1]], dtype=bool),
)
ALL = (np.ones((4, 3), dtype=bool), np.ones((3, 3), dtype=bool))
USUAL = {
    "epochs": 2,
    "learning_rate": (0.4, 0.15),
    "momentum": (0.5, 0.9),
    "batch_size": 3,
    "n_particles": 5,
    "max_norm": 6.0,
    "tolerance": 1e-9,
    "max_iterations": 200,
}


def rng(seed=0):
    return np.random.default_rng(seed)


def binary(n_rows, n_v=4, seed=0):
    return rng(seed).integers(0, 2, size=(n_rows, n_v)).astype(float)


def masked(dbm, masks=MASKS):
    return replaced(dbm, W1=dbm.W1 * masks[0], W2=dbm.W2 * masks[1])


def assert_close(one, other, **tolerance):
    for name in FIELDS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), **tolerance)


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def expected_training(dbm, patterns, first_rng, step_rng, settings, masks=ALL):
    settings = dict(settings)
    epochs = settings.pop("epochs")
    rates, momenta = (np.broadcast_to(settings.pop(name), epochs) for name in ("learning_rate", "momentum"))
    return reference.training(dbm, patterns, first_rng, step_rng, rates=rates, momenta=momenta, masks=masks, **settings)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"epochs": 1, "learning_rate": 0.3, "momentum": 0.9, "batch_size": 8},
        {"batch_size": 1, "momentum": 0.0},
        {"batch_size": 50, "n_particles": 8},
        {"max_norm": 1.0},
        {"tolerance": 0.03},
        {"max_iterations": 2},
    ],
)
def test_updates_are_those_of_a_plain_loop(change):
    """Eight rows: a single update, one per row, and batches of which the last is incomplete."""
    start, patterns, settings = deep_machine(), binary(8), USUAL | change
    trained, particles = train_dbm(start, patterns, rng=[rng(1)], **settings)
    stream = rng(1)
    expected, expected_particles = expected_training(start, patterns, stream, stream, settings)
    assert_close(trained, expected, rtol=1e-9, atol=1e-11)
    assert_same(particles, expected_particles)
    assert min(np.abs(a - b).max() for a, b in zip(trained.arrays(), start.arrays(), strict=True)) > 0.02


@pytest.mark.parametrize("name", ["epochs", "max_norm", "tolerance", "max_iterations", "momentum", "n_particles"])
def test_every_setting_matters(name):
    """Otherwise the comparison with plain loops would show nothing."""
    other = {"epochs": 1, "max_norm": 1.0, "tolerance": 0.03, "max_iterations": 2, "momentum": 0.5, "n_particles": 4}
    start, settings = deep_machine(), USUAL | {"epochs": 1, "learning_rate": 0.4, "momentum": 0.9}
    change = {"epochs": 2} if name == "epochs" else {name: other[name]}
    one, two = (train_dbm(start, binary(8), rng=[rng(1)], **(settings | each))[0] for each in ({}, change))
    assert np.abs(one.W1 - two.W1).max() > 1e-4


def test_masked_updates_are_those_of_a_plain_loop():
    start, patterns = masked(deep_machine()), binary(8)
    settings = USUAL | {"max_norm": 1.5}
    trained, particles = train_dbm(start, patterns, masks=MASKS, rng=[rng(1)], **settings)
    stream = rng(1)
    expected, expected_particles = expected_training(start, patterns, stream, stream, settings, MASKS)
    assert_close(trained, expected, rtol=1e-9, atol=1e-11)
    assert_same(particles, expected_particles)


def test_a_single_generator_spawns_one_stream_for_each_machine():
    start, patterns = deep_machine(), binary(8)
    trained, particles = train_dbm(start, patterns, rng=rng(2), **USUAL)
    (stream,) = rng(2).spawn(1)
    expected, expected_particles = expected_training(start, patterns, stream, stream, USUAL)
    assert_close(trained, expected, rtol=1e-9, atol=1e-11)
    assert_same(particles, expected_particles)
    again, same = train_dbm(start, patterns, rng=rng(2), **USUAL)
    assert_same([*again.arrays(), *same], [*trained.arrays(), *particles])


def test_defaults_are_those_of_the_paper():
    start, patterns = deep_machine(scale=2), binary(100)
    usual = {"epochs": 2, "learning_rate": 0.5}
    explicit = {"momentum": 0.9, "batch_size": 1, "n_particles": 100, "max_norm": 6.0}
    explicit |= {"tolerance": 1e-7, "max_iterations": 50, "masks": ALL}
    one, other = (train_dbm(start, patterns, rng=rng(3), **usual, **each) for each in ({}, explicit))
    assert_same([*one[0].arrays(), *one[1]], [*other[0].arrays(), *other[1]])


def test_rates_and_momenta_are_those_of_their_epochs():
    start, patterns = deep_machine(), binary(9)
    settings = {"batch_size": 3, "n_particles": 5}
    stream = rng(4)
    still, _ = train_dbm(start, patterns, epochs=3, learning_rate=(0, 0, 0), rng=stream, **settings)
    assert_same(still.arrays(), start.arrays())
    first, _ = train_dbm(start, patterns, epochs=1, learning_rate=0.3, momentum=0.5, rng=[rng(5)], **settings)
    both, _ = train_dbm(
        start, patterns, epochs=2, learning_rate=(0.3, 0), momentum=(0.5, 0.9), rng=[rng(5)], **settings
    )
    assert_same(first.arrays(), both.arrays())


def free_of_h2(seed=0):
    """A machine whose hidden layers are not joined, so that mean field is exact."""
    return replaced(deep_machine(seed=seed), W2=np.zeros((3, 3)))


def slopes(dbm, patterns, step=1e-4):
    """Central differences of the mean log-likelihood with respect to every parameter."""
    found, different = {}, np.unique(patterns, axis=0, return_counts=True)
    for name in FIELDS:
        found[name] = np.zeros(getattr(dbm, name).shape)
        for index in np.ndindex(found[name].shape):
            values = []
            for sign in (1, -1):
                moved = getattr(dbm, name).copy()
                moved[index] += sign * step
                values.append(reference.log_likelihood(replaced(dbm, **{name: moved}), *different))
            found[name][index] = (values[0] - values[1]) / (2 * step)
    return found


def test_the_expected_update_is_the_slope_of_the_likelihood_where_mean_field_is_exact():
    """Particles that begin with exact visible states are exact samples after a step, as h2 does not act on h1."""
    model, n = free_of_h2(), 40_000
    v = exact_samples(bipartite(model), n, rng(6))[0][:, :4]
    patterns = np.concatenate([v, binary(n, seed=7) * [1, 1, 0, 1]])
    settings = {"batch_size": 2 * n, "n_particles": n, "max_norm": 100.0, "momentum": 0.0}
    trained, _ = train_dbm(model, patterns, epochs=1, learning_rate=1.0, rng=rng(8), **settings)
    expected = slopes(model, patterns)
    for name in FIELDS:
        change = getattr(trained, name) - getattr(model, name)
        np.testing.assert_allclose(change, expected[name], atol=5 * 0.5 / np.sqrt(n))
        assert np.abs(expected[name]).max() > 0.02 or name == "c2", f"{name} would not be noticed"
    assert np.abs(expected["c2"]).max() < 1e-10


def test_the_gradient_with_the_whole_distribution_in_the_place_of_particles_is_the_slope_of_the_likelihood():
    """Every joint state as often as it is probable, to the precision of the count: no sampling error."""
    model = free_of_h2(seed=1)
    P = reference.joint(model)
    counts = np.rint(4e5 * np.array(list(P.values()))).astype(int)
    every = Particles(*(np.repeat(np.array(layer, dtype=float), counts, axis=0) for layer in zip(*P, strict=True)))
    patterns = np.array([[1, 0, 1, 0], [1, 0, 1, 1], [0, 0, 1, 0], [1, 0, 1, 0.0]])
    hidden = (np.array([reference.rates(P, layer, {0: tuple(map(int, x))}) for x in patterns]) for layer in (1, 2))
    found = _gradients(Particles(patterns, *hidden), every, ALL)
    expected = slopes(model, patterns)
    for gradient, name in zip(found, FIELDS, strict=True):
        np.testing.assert_allclose(gradient, expected[name], atol=2e-3)
        assert np.abs(expected[name]).max() > 0.05 or name == "c2"


def two_modes(n_rows):
    """Four pixels, mostly the first two on or the last two."""
    flips = rng(9).random((n_rows, 4)) < 0.05
    return ((rng(10).random((n_rows, 1)) < 0.5) ^ np.array([0, 0, 1, 1], dtype=bool) ^ flips).astype(float)


def test_training_raises_the_likelihood_of_its_data():
    patterns = two_modes(500)
    start = deep_machine(scale=0.1, seed=1)
    settings = {"batch_size": 10, "n_particles": 100, "momentum": 0.5}
    rates = np.geomspace(0.3, 0.01, 20)
    trained, particles = train_dbm(start, patterns, epochs=20, learning_rate=rates, rng=rng(11), **settings)
    different, counts = np.unique(patterns, axis=0, return_counts=True)
    before, after = (reference.log_likelihood(model, different, counts) for model in (start, trained))
    frequencies = counts / len(patterns)
    best = float((frequencies * np.log(frequencies)).sum())
    independent = -4 * np.log(2)
    assert before < independent + 0.1
    assert independent + 0.8 < after < best
    assert after > best - 0.15
    assert (particles.v[:, :2] == particles.v[:, :1]).all(axis=1).mean() > 0.7
    of_v = exact_distribution(bipartite(trained)).reshape(16, 8).sum(axis=1)
    assert of_v[[0b0011, 0b1100]].sum() > 0.6


def column_norms(model):
    return [np.sqrt((W.astype(float) ** 2).sum(axis=-2)) for W in (model.W1, model.W2)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_unit_has_longer_incoming_weights_than_allowed(dtype):
    start = deep_machine(leading=(2,), dtype=dtype, scale=2)
    settings = {"epochs": 1, "learning_rate": 0.8, "batch_size": 4, "n_particles": 5, "max_norm": 0.7}
    for n_rows in (5, 20):
        trained, _ = train_dbm(start, binary(n_rows), rng=rng(12), **settings)
        for norms in column_norms(trained):
            assert norms.max() < 0.7 * (1 + 2 * np.finfo(dtype).eps * 4)
            assert norms.min() > 0.1
            assert (norms > 0.7 * (1 - 1e-6)).any()
        for bias in (trained.b, trained.c1, trained.c2):
            assert np.sqrt((bias**2).sum(axis=-1)).max() > 0.8
    assert max(np.sqrt((W**2).sum(axis=-1)).max() for W in (trained.W1, trained.W2)) > 0.8


def test_a_limit_that_no_unit_reaches_changes_no_bit():
    start, settings = deep_machine(), {"epochs": 1, "learning_rate": 0.3, "batch_size": 4, "n_particles": 5}
    one, other = (train_dbm(start, binary(9), rng=rng(13), max_norm=limit, **settings)[0] for limit in (50.0, 1e9))
    assert_same(one.arrays(), other.arrays())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_input_is_left_alone_masked_weights_stay_zero_and_precision_is_kept(dtype):
    start = masked(deep_machine(leading=(2,), dtype=dtype))
    copies = [array.copy() for array in start.arrays()]
    masks = tuple(np.array([mask, mask]) for mask in MASKS)
    patterns = binary(30)
    settings = {"epochs": 3, "learning_rate": [0.5, 0.4, 0.3], "batch_size": 4, "n_particles": 10, "max_norm": 1.0}
    trained, particles = train_dbm(start, patterns, masks=masks, rng=rng(14), **settings)
    assert_same(start.arrays(), copies)
    assert (patterns == binary(30)).all()
    for W, before, mask in ((trained.W1, start.W1, masks[0]), (trained.W2, start.W2, masks[1])):
        assert (W[~mask] == 0).all()
        assert (W[mask] != before[mask]).all()
    assert {array.dtype for array in (*trained.arrays(), *particles)} == {np.dtype(dtype)}
    assert [state.shape for state in particles] == [(2, 10, 4), (2, 10, 3), (2, 10, 3)]
    for state in particles:
        assert set(np.unique(state)) == {0, 1}


def test_patterns_of_any_kind_of_number_are_the_same():
    start, settings = deep_machine(dtype=np.float32), USUAL | {"epochs": 1, "learning_rate": 0.1, "momentum": 0.9}
    trained = [train_dbm(start, x, rng=rng(15), **settings)[0] for x in (binary(9), binary(9).astype(np.uint8))]
    assert_same(*(model.arrays() for model in trained))


def test_a_machine_does_not_depend_on_the_others():
    start = deep_machine(leading=(2, 3))
    start = replaced(start, W2=start.W2 * np.array([[0.1, 1, 3], [0.5, 2, 0]])[..., None, None])
    masks = tuple(rng(seed).random(W.shape) < 0.8 for seed, W in enumerate((start.W1, start.W2)))
    start, patterns = masked(start, masks), binary(13)
    together, particles = train_dbm(start, patterns, masks=masks, rng=[rng(seed) for seed in range(6)], **USUAL)
    for seed, index in enumerate(np.ndindex(2, 3)):
        own_masks = tuple(mask[index] for mask in masks)
        alone, own_particles = train_dbm(start[index], patterns, masks=own_masks, rng=[rng(seed)], **USUAL)
        assert alone.leading_shape == ()
        assert_close(together[index], alone, rtol=1e-12, atol=1e-14)
        assert_same([state[index] for state in particles], own_particles)


def test_a_hidden_unit_without_weights_changes_no_probability_of_v():
    masks = tuple(mask.copy() for mask in ALL)
    masks[0][:, 1] = masks[1][1] = False
    trained, _ = train_dbm(masked(deep_machine(), masks), binary(20), masks=masks, rng=rng(16), **USUAL)
    left = [0, 2]
    smaller = replaced(trained, W1=trained.W1[:, left], W2=trained.W2[left], c1=trained.c1[left])
    found, expected = (reference.visible_distribution(model) for model in (trained, smaller))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_masks_may_be_left_out():
    model = deep_machine(leading=(2,))
    masks = checked_masks(None, model)
    assert [mask.shape for mask in masks] == [(2, 4, 3), (2, 3, 3)]
    assert all(mask.dtype == bool and mask.all() for mask in masks)
    given = tuple(np.array([mask, mask]) for mask in MASKS)
    assert_same(checked_masks(given, masked(model)), given)


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"epochs": 0}, ValueError, "epochs"),
        ({"learning_rate": (0.1, 0.1, 0.1)}, ValueError, "learning_rate"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate"),
        ({"learning_rate": (0.1, np.nan)}, ValueError, "learning_rate"),
        ({"momentum": (0.5, 0.9, 0.9)}, ValueError, "momentum"),
        ({"momentum": -0.1}, ValueError, "momentum"),
        ({"momentum": np.inf}, ValueError, "momentum"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"n_particles": 0}, ValueError, "n_particles"),
        ({"n_particles": 9}, ValueError, "n_particles must lie between 1 and the 8 patterns"),
        ({"max_norm": 0}, ValueError, "max_norm"),
        ({"max_norm": np.inf}, ValueError, "max_norm"),
        ({"tolerance": 0}, ValueError, "tolerance"),
        ({"max_iterations": 0}, ValueError, "max_iterations"),
        ({"patterns": binary(8, 3)}, ValueError, "patterns"),
        ({"patterns": binary(8)[None]}, ValueError, "patterns"),
        ({"patterns": np.zeros((0, 4))}, ValueError, "patterns"),
        ({"patterns": np.full((8, 4), 0.5)}, ValueError, "patterns"),
        ({"patterns": np.full((8, 4), np.nan)}, ValueError, "patterns"),
        ({"masks": (ALL[0],)}, ValueError, "masks must be two"),
        ({"masks": (ALL[0].astype(int), ALL[1])}, TypeError, "mask"),
        ({"masks": (ALL[0], ALL[1].astype(int))}, TypeError, "mask"),
        ({"masks": (ALL[0], ALL[0])}, ValueError, "mask must have the shape of W"),
        ({"masks": (ALL[0].T, ALL[1])}, ValueError, "mask must have the shape of W"),
        ({"masks": (MASKS[0], ALL[1])}, ValueError, "W must be 0 where mask is False"),
        ({"masks": (ALL[0], MASKS[1])}, ValueError, "W must be 0 where mask is False"),
        ({"rng": [rng(), rng()]}, ValueError, "rng"),
        ({"rng": 0}, TypeError, "rng"),
    ],
)
def test_bad_arguments_are_named(change, error, name):
    arguments = USUAL | {"dbm": deep_machine(), "patterns": binary(8), "rng": rng()}
    with pytest.raises(error, match=name):
        train_dbm(**(arguments | change))
