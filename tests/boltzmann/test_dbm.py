"""Energy, conditionals and mean field of deep machines against loops over all joint states."""

import itertools

import numpy as np
import pytest

from pruninglab.boltzmann import (
    DBM,
    RBM,
    all_states,
    assemble,
    bipartite,
    dbm_energy,
    exact_distribution,
    exact_moments,
    first_hidden_probability,
    hidden_probability,
    log_partition,
    mean_field,
    receptive_fields,
    visible_probability,
)

from . import deep_reference as reference
from .deep_reference import FIELDS, deep_machine, numbers, replaced
from .reference import machine, sigmoid, states

PRECISE = {"tolerance": 1e-13, "max_iterations": 1000}


def rng(seed=0):
    return np.random.default_rng(seed)


def binary(*shape, seed=0):
    return rng(seed).integers(0, 2, size=shape).astype(float)


def test_energy_of_every_joint_state_is_that_of_a_loop():
    model = deep_machine()
    every = reference.joint_states(model)
    v, h1, h2 = (np.array([state[layer] for state in every], dtype=float) for layer in range(3))
    np.testing.assert_allclose(dbm_energy(model, v, h1, h2), [reference.energy(model, *state) for state in every])
    assert len(every) == 1024


def test_energies_of_machines_together_are_those_of_each_alone():
    model = deep_machine(leading=(2, 3))
    v, h1, h2 = (binary(2, 3, 5, n, seed=n) for n in (4, 3, 2))
    model = DBM(model.W1, model.W2[..., :2], model.b, model.c1, model.c2[..., :2])
    together = dbm_energy(model, v, h1, h2)
    shared = dbm_energy(model, v[0, 0], h1[0, 0], h2[0, 0])
    assert together.shape == shared.shape == (2, 3, 5)
    for index in np.ndindex(2, 3):
        for s in range(5):
            state = v[index][s], h1[index][s], h2[index][s]
            assert together[index][s] == pytest.approx(reference.energy(model[index], *state))
            first = v[0, 0, s], h1[0, 0, s], h2[0, 0, s]
            assert shared[index][s] == pytest.approx(reference.energy(model[index], *first))


def test_conditional_of_the_first_hidden_layer_is_that_of_the_joint_distribution():
    model = deep_machine()
    P = reference.joint(model)
    for v, h2 in itertools.islice(itertools.product(states(4), states(3)), 0, 128, 9):
        expected = reference.rates(P, 1, {0: v, 2: h2})
        found = first_hidden_probability(model, np.array([v], dtype=float), np.array([h2], dtype=float))
        np.testing.assert_allclose(found, [expected], rtol=1e-10)


def test_conditionals_of_the_outer_layers_are_those_of_their_pairs():
    """They are independent of each other once h1 is known."""
    model = deep_machine(seed=1)
    P = reference.joint(model)
    first, second = model.layers()
    for name, layer, expected in (("W", first, "W1"), ("b", first, "b"), ("c", first, "c1")):
        assert getattr(layer, name) is getattr(model, expected)
    for name, expected in (("W", "W2"), ("b", "c1"), ("c", "c2")):
        assert getattr(second, name) is getattr(model, expected)
    for h1 in states(3):
        row = np.array([h1], dtype=float)
        for top in ((0, 0, 0), (1, 0, 1)):
            v = reference.rates(P, 0, {1: h1, 2: top})
            np.testing.assert_allclose(visible_probability(first, row), [v], rtol=1e-10)
        for bottom in ((0, 0, 0, 0), (1, 0, 1, 1)):
            h2 = reference.rates(P, 2, {0: bottom, 1: h1})
            np.testing.assert_allclose(hidden_probability(second, row), [h2], rtol=1e-10)


def test_conditionals_of_machines_together_are_those_of_each_alone():
    model = deep_machine(leading=(2, 3))
    v, h2 = binary(2, 3, 5, 4), binary(2, 3, 5, 3, seed=1)
    together, shared = first_hidden_probability(model, v, h2), first_hidden_probability(model, v[0, 0], h2[0, 0])
    assert together.shape == shared.shape == (2, 3, 5, 3)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(together[index], first_hidden_probability(model[index], v[index], h2[index]))
        np.testing.assert_array_equal(shared[index], first_hidden_probability(model[index], v[0, 0], h2[0, 0]))


def test_two_pairs_become_one_machine_with_the_mean_of_the_biases_that_they_share():
    first, second = machine(4, 3, leading=(2,)), machine(3, 5, leading=(2,), seed=1)
    model = assemble(first, second)
    assert model.n_units == (4, 3, 5)
    assert model.leading_shape == (2,)
    for found, expected in ((model.W1, first.W), (model.W2, second.W), (model.b, first.b), (model.c2, second.c)):
        np.testing.assert_array_equal(found, expected)
    for e, j in np.ndindex(2, 3):
        assert model.c1[e, j] == pytest.approx((first.c[e, j] + second.b[e, j]) / 2)


def test_an_rbm_with_both_outer_layers_as_its_visible_one_is_the_same_machine():
    model = deep_machine(n_h2=2)
    same = bipartite(model)
    assert (same.n_visible, same.n_hidden) == (6, 3)
    assert log_partition(same) == pytest.approx(reference.log_partition(model))
    outer, h1, both = exact_moments(same)
    (v, h1_expected, vh1), (_, h2, h1h2) = reference.layer_moments(reference.joint(model))
    np.testing.assert_allclose(outer, [*v, *h2], rtol=1e-10)
    np.testing.assert_allclose(h1, h1_expected, rtol=1e-10)
    np.testing.assert_allclose(both, np.concatenate([vh1, h1h2.T]), rtol=1e-10)
    of_v = exact_distribution(same).reshape(16, 4).sum(axis=1)
    np.testing.assert_allclose(of_v, reference.visible_distribution(model), rtol=1e-10)


def test_machines_are_joined_one_by_one():
    model = deep_machine(n_h2=2, leading=(2, 3))
    for index in np.ndindex(2, 3):
        for name in ("W", "b", "c"):
            alone = getattr(bipartite(model[index]), name)
            np.testing.assert_array_equal(getattr(bipartite(model), name)[index], alone)
    np.testing.assert_allclose(log_partition(bipartite(model))[1, 2], reference.log_partition(model[1, 2]))


def test_an_index_picks_machines_and_leaves_their_units():
    model = deep_machine(4, 3, 2, leading=(5, 6))
    assert model.n_units == model[1].n_units == model[1, 2].n_units == (4, 3, 2)
    assert [model.leading_shape, model[1].leading_shape, model[1:3, 2].leading_shape] == [(5, 6), (6,), (2,)]
    for name, array in zip(FIELDS, model.arrays(), strict=True):
        assert array is getattr(model, name)
        np.testing.assert_array_equal(getattr(model[1, 2], name), array[1, 2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    model = deep_machine(leading=(2,)).astype(dtype)
    v, h1, h2 = (binary(5, n) for n in (4, 3, 3))
    first, second = model.layers()
    arrays = [*model.arrays(), *model[0].arrays(), dbm_energy(model, v, h1, h2), first_hidden_probability(model, v, h2)]
    arrays += [*mean_field(model, v), bipartite(model).W, bipartite(model).b, bipartite(model).c]
    arrays += [*assemble(first, second).arrays()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    for one, other in zip(model.arrays(), deep_machine(leading=(2,)).arrays(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("model", [deep_machine(), deep_machine(seed=3, scale=2)])
def test_mean_field_solves_both_of_its_equations(model):
    v = all_states(4)
    mu1, mu2 = mean_field(model, v, **PRECISE)
    W1, W2, _, c1, c2 = numbers(model)
    for s, x in enumerate(v):
        for j in range(3):
            above = sum(W2[j][k] * mu2[s, k] for k in range(3))
            below = sum(x[i] * W1[i][j] for i in range(4))
            assert mu1[s, j] == pytest.approx(sigmoid(c1[j] + below + above), abs=1e-11)
        for k in range(3):
            assert mu2[s, k] == pytest.approx(sigmoid(c2[k] + sum(mu1[s, j] * W2[j][k] for j in range(3))), abs=1e-11)


def posterior_rates(model):
    """Exact rates of h1 and h2 given every state of v."""
    P = reference.joint(model)
    return tuple(np.array([reference.rates(P, layer, {0: v}) for v in states(4)]) for layer in (1, 2))


def test_mean_field_is_the_posterior_where_the_hidden_layers_are_not_joined():
    model = replaced(deep_machine(), W2=np.zeros((3, 3)))
    for found, expected in zip(mean_field(model, all_states(4)), posterior_rates(model), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_mean_field_is_right_to_first_order_in_the_weights_between_the_hidden_layers():
    model = deep_machine(seed=2)
    errors, effects = [], []
    for factor in (0.2, 0.1):
        weak = replaced(model, W2=factor * model.W2)
        found, exact = mean_field(weak, all_states(4), **PRECISE), posterior_rates(weak)
        apart = mean_field(replaced(model, W2=0 * model.W2), all_states(4))
        errors.append([np.abs(a - b).max() for a, b in zip(found, exact, strict=True)])
        effects.append([np.abs(a - b).max() for a, b in zip(apart, exact, strict=True)])
    assert np.max(errors) < 0.01
    assert (np.array(effects) > 8 * np.array(errors)).all()
    np.testing.assert_allclose(np.divide(*errors), 4, rtol=0.25)


@pytest.mark.parametrize("max_iterations", [1, 2, 7])
def test_number_of_rounds_is_limited_and_the_first_comes_after_a_pass_with_doubled_input(max_iterations):
    model, v = deep_machine(seed=3, scale=2), all_states(4)
    found = mean_field(model, v, tolerance=1e-300, max_iterations=max_iterations)
    *expected, rounds = reference.mean_field(model, v, tolerance=0, max_iterations=max_iterations)
    assert set(rounds) == {max_iterations}
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    further = mean_field(model, v, tolerance=1e-300, max_iterations=max_iterations + 1)
    assert np.abs(further[0] - found[0]).max() > 1e-9


@pytest.mark.parametrize("tolerance", [0.3, 1e-2, 1e-4])
def test_every_state_stops_once_none_of_its_rates_changes_by_more(tolerance):
    model, v = deep_machine(seed=3, scale=2), all_states(4)
    *expected, rounds = reference.mean_field(model, v, tolerance=tolerance, max_iterations=50)
    assert 1 <= min(rounds) < max(rounds) < 50
    for one, other in zip(mean_field(model, v, tolerance=tolerance), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(("factor", "quiet"), [(0.1, 1), (8, 0)])
def test_both_layers_must_have_come_to_rest(factor, quiet):
    """Weak weights between the hidden layers move the first one more, strong weights the second one."""
    model, v = deep_machine(seed=5), all_states(4)[9:10]
    model = replaced(model, W2=factor * model.W2)
    rounds = [mean_field(model, v, tolerance=1e-300, max_iterations=n) for n in range(1, 30)]
    changes = [
        [np.abs(a - b).max() for a, b in zip(*both, strict=True)] for both in zip(rounds[1:], rounds, strict=False)
    ]
    tolerance = np.sqrt(np.prod(changes[1]))
    assert changes[1][quiet] < tolerance < changes[1][1 - quiet]
    last = next(n for n, change in enumerate(changes) if max(change) <= tolerance)
    assert last > 1
    for one, other in zip(mean_field(model, v, tolerance=tolerance), rounds[last + 1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_state_has_the_same_rates_whatever_others_are_in_its_batch():
    model, v = deep_machine(seed=3, scale=2), all_states(4)
    together = mean_field(model, v, tolerance=1e-2)
    for s in range(len(v)):
        for many, one in zip(together, mean_field(model, v[s : s + 1], tolerance=1e-2), strict=True):
            np.testing.assert_allclose(many[s], one[0], rtol=1e-12)


def test_defaults_are_those_of_the_paper():
    model, v = deep_machine(seed=3, scale=2), all_states(4)
    found = mean_field(model, v)
    for one, other in zip(found, mean_field(model, v, tolerance=1e-7, max_iterations=50), strict=True):
        np.testing.assert_array_equal(one, other)
    slow = replaced(model, W2=4 * np.eye(3), c2=np.full(3, -2.0), c1=np.full(3, -2.0), W1=0 * model.W1)
    for limit, same in ((50, True), (49, False)):
        assert np.array_equal(mean_field(slow, v)[0], mean_field(slow, v, max_iterations=limit)[0]) == same


def test_a_machine_among_others_gives_the_same_as_alone():
    scales = np.array([[0.1, 1.0, 3.0], [0.5, 2.0, 0.0]])
    model = deep_machine(leading=(2, 3))
    model = replaced(model, W2=model.W2 * scales[..., None, None])
    v = binary(2, 3, 9, 4)
    together, shared = mean_field(model, v), mean_field(model, v[1, 0])
    rounds = set()
    for index in np.ndindex(2, 3):
        for many, one in zip(together, mean_field(model[index], v[index]), strict=True):
            np.testing.assert_allclose(many[index], one, rtol=1e-12)
        for many, one in zip(shared, mean_field(model[index], v[1, 0]), strict=True):
            np.testing.assert_allclose(many[index], one, rtol=1e-12)
        rounds |= {*reference.mean_field(model[index], v[index], tolerance=1e-7, max_iterations=50)[-1]}
    assert len(rounds) > 3
    further = mean_field(model[0, 0], v[0, 0], tolerance=1e-13)
    assert (further[0] != together[0][0, 0]).any(), "rounds beyond the last would not be noticed"


@pytest.mark.parametrize(
    ("change", "error", "name"),
    [
        ({"W1": [[0.0]]}, TypeError, "W1"),
        ({"W1": np.zeros((4, 3), dtype=int)}, TypeError, "W1"),
        ({"W2": np.zeros((3, 2), dtype=np.float32)}, TypeError, "W2 must have the dtype of W1"),
        ({"c2": np.zeros(2, dtype=np.float32)}, TypeError, "c2 must have the dtype of W1"),
        ({"W1": np.zeros(4)}, ValueError, "W1"),
        ({"W2": np.zeros(3)}, ValueError, "W2"),
        ({"W1": np.zeros((0, 3))}, ValueError, "W1"),
        ({"W2": np.zeros((3, 0))}, ValueError, "W2"),
        ({"W2": np.zeros((2, 3))}, ValueError, "W2"),
        ({"W2": np.zeros((1, 3, 2))}, ValueError, "W2"),
        ({"b": np.zeros(3)}, ValueError, "b must have shape"),
        ({"b": np.zeros((1, 4))}, ValueError, "b must have shape"),
        ({"c1": np.zeros(4)}, ValueError, "c1 must have shape"),
        ({"c2": np.zeros(3)}, ValueError, "c2 must have shape"),
        ({"W1": np.full((4, 3), np.nan)}, ValueError, "W1"),
        ({"c1": np.array([0, np.inf, 0])}, ValueError, "c1"),
    ],
)
def test_bad_machines_are_named(change, error, name):
    with pytest.raises(error, match=name):
        replaced(deep_machine(n_h2=2), **change)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda model: dbm_energy(model, binary(5, 3), binary(5, 3), binary(5, 3)), "v must"),
        (lambda model: dbm_energy(model, binary(5, 4), binary(5, 4), binary(5, 3)), "h1 must"),
        (lambda model: dbm_energy(model, binary(5, 4), binary(5, 3), binary(3)), "h2 must"),
        (lambda model: first_hidden_probability(model, binary(4), binary(5, 3)), "v must"),
        (lambda model: first_hidden_probability(model, binary(5, 4), binary(5, 4)), "h2 must"),
        (lambda model: first_hidden_probability(model, binary(5, 4), binary(2, 5, 3)), "h2 must"),
        (lambda model: mean_field(model, binary(4)), "v must"),
        (lambda model: mean_field(model, binary(5, 3)), "v must"),
        (lambda model: mean_field(model, binary(2, 5, 4)), "v must"),
        (lambda model: mean_field(model, binary(5, 4), tolerance=0), "tolerance"),
        (lambda model: mean_field(model, binary(5, 4), tolerance=np.nan), "tolerance"),
        (lambda model: mean_field(model, binary(5, 4), max_iterations=0), "max_iterations"),
        (lambda model: assemble(machine(4, 3), machine(3, 2, leading=(2,))), "second must"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call(deep_machine())


def test_pairs_of_different_precision_or_size_are_no_machine():
    with pytest.raises(TypeError, match="W2 must have the dtype"):
        assemble(machine(4, 3), machine(3, 2, dtype=np.float32))
    with pytest.raises(ValueError, match="second must"):
        assemble(machine(4, 3), machine(2, 2))
    with pytest.raises(ValueError, match="second must"):
        assemble(RBM(np.zeros((4, 1)), np.zeros(4), np.zeros(1)), machine(3, 2))


@pytest.mark.parametrize(("side", "reach"), [(1, 0), (3, 0), (3, 1), (4, 2), (3, 5)])
def test_a_unit_sees_the_pixels_around_its_own_place(side, reach):
    mask = receptive_fields(side, reach)
    assert (mask.dtype, mask.shape) == (bool, (side**2, side**2))
    for pixel, unit in itertools.product(range(side**2), repeat=2):
        away = [abs(one - other) for one, other in zip(divmod(pixel, side), divmod(unit, side), strict=True)]
        assert mask[pixel, unit] == (max(away) <= reach)


def test_number_of_weights_of_the_first_layer_of_the_paper():
    mask = receptive_fields(20, 2)
    assert mask.shape == (400, 400)
    assert mask.sum() == 94**2 == 8836
    assert [mask[:, unit].sum() for unit in (0, 1, 19, 42, 210)] == [9, 12, 9, 25, 25]


@pytest.mark.parametrize("size", [(0, 1), (3, -1)])
def test_there_is_no_smaller_picture(size):
    with pytest.raises(ValueError, match="side must be at least 1 and reach at least 0"):
        receptive_fields(*size)
