"""Which weights of deep machines go, which units follow them, and the information that pruning looks at."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.boltzmann import (
    DBM,
    DEEP_CRITERIA,
    Particles,
    apply_masks,
    bipartite,
    connected_units,
    exact_moments,
    fisher_information,
    heuristic_fi,
    layer_moments,
    prune_dbm,
    remove_dead_ends,
    variance_fi,
    with_lost_units,
    without_lost_units,
    zero_share,
)
from pruninglab.boltzmann.deep_pruning import LAYERWISE_CRITERIA

from . import deep_reference as reference
from .deep_reference import FIELDS, deep_machine, replaced

FRACTIONS = (0.10, 0.25)
"""The paper's."""
FISHER = ("variance_fi", "heuristic_fi", "anti_fi", "weighted_fi")


def rng(seed=0):
    return np.random.default_rng(seed)


def some_masks(shapes, seed=0, share=0.7):
    generator = rng(seed)
    return tuple(generator.random(shape) < share for shape in shapes)


def some_statistics(dbm, seed=0):
    """Moments without ties; those of the layer between are not the same from below and from above."""
    generator = rng(seed)
    pairs = []
    for layer in dbm.layers():
        leading = layer.leading_shape
        shapes = ((*leading, layer.n_visible), (*leading, layer.n_hidden), layer.W.shape)
        pairs.append(tuple(generator.uniform(0.05, 0.45, shape) for shape in shapes))
    return tuple(pairs)


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def n_removed(before, after):
    return [int(a.sum() - b.sum()) for a, b in zip(before, after, strict=True)]


# Statistics and information


def test_moments_of_both_pairs_of_layers_are_plain_means():
    samples = Particles(*(rng(n).integers(0, 2, size=(2, 3, 50, n)).astype(float) for n in (4, 3, 2)))
    found = layer_moments(samples)
    for index in np.ndindex(2, 3):
        rows = zip(*(map(tuple, layer[index]) for layer in samples), strict=True)
        probabilities: dict = {}
        for row in rows:
            probabilities[row] = probabilities.get(row, 0) + 1 / 50
        expected = reference.layer_moments(probabilities)
        for pair, of_loops in zip(found, expected, strict=True):
            for moment, value in zip(pair, of_loops, strict=True):
                np.testing.assert_allclose(moment[index], value, atol=1e-12)
    assert [[moment.shape for moment in pair] for pair in found] == [
        [(2, 3, 4), (2, 3, 3), (2, 3, 4, 3)],
        [(2, 3, 3), (2, 3, 2), (2, 3, 3, 2)],
    ]
    single = layer_moments(Particles(*(layer.astype(np.float32) for layer in samples)))
    assert {moment.dtype for pair in single for moment in pair} == {np.dtype(np.float32)}


def curvature(dbm, name, index, step=1e-3):
    """Second derivative of the log partition function with respect to one weight."""
    values = []
    for change in (step, 0, -step):
        moved = getattr(dbm, name).copy()
        moved[index] += change
        values.append(reference.log_partition(replaced(dbm, **{name: moved})))
    return (values[0] - 2 * values[1] + values[2]) / step**2


def test_variance_of_cofiring_is_the_fisher_information_of_the_deep_machine_in_both_layers():
    """The joint distribution is an exponential family: its information is the curvature of log Z."""
    model = deep_machine()
    pairs = reference.layer_moments(reference.joint(model))
    F = fisher_information(bipartite(model))
    of_weights = np.diag(F)[-(4 + 3) * 3 :].reshape(7, 3)
    for name, (_, _, cofiring), diagonal in zip(("W1", "W2"), pairs, (of_weights[:4], of_weights[4:].T), strict=True):
        found = variance_fi(cofiring)
        np.testing.assert_allclose(found, diagonal, rtol=1e-9)
        for index in np.ndindex(found.shape):
            assert found[index] == pytest.approx(curvature(model, name, index), rel=1e-4)
    assert np.ptp(of_weights) > 0.1


# How many weights go, and which


def test_criteria_are_the_papers_and_those_that_need_no_whole_distribution():
    paper = {"variance_fi", "heuristic_fi", "weight_magnitude", "anti_fi", "random_weights", "random_units"}
    assert set(DEEP_CRITERIA) == paper
    assert set(LAYERWISE_CRITERIA) == paper | {"weighted_fi"}


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("variance_fi", [2, 6]),
        ("heuristic_fi", [2, 6]),
        ("weighted_fi", [2, 6]),
        ("weight_magnitude", [2, 6]),
        ("anti_fi", [2, 6]),
        ("random_weights", [2, 5]),
        ("random_units", [0, 4]),
    ],
)
def test_numbers_of_weights_that_go(criterion, expected):
    """Of 20 and 23 weights a tenth and a quarter: by rank 2 and 6, at random floor(2.0) and floor(5.75)."""
    model = deep_machine(5, 4, 6)
    masks = (np.ones((5, 4), dtype=bool), np.ones((4, 6), dtype=bool))
    masks[1][1, 2] = False
    model = apply_masks(model, masks)
    left = prune_dbm(model, criterion, FRACTIONS, masks=masks, statistics=some_statistics(model), rng=rng(2))
    assert n_removed(masks, left) == expected
    assert not any((mask & ~before).any() for mask, before in zip(left, masks, strict=True))


def scores_by_hand(dbm, criterion, statistics):
    scores = []
    for W, (v, h, vh) in zip((dbm.W1, dbm.W2), statistics, strict=True):
        variance = vh * (1 - vh)
        activation = np.log(v / (1 - v))[:, None] + W * (1 - h)
        estimate = h / (1 + np.exp(-activation))
        scores.append(
            {
                "variance_fi": variance,
                "anti_fi": variance,
                "weighted_fi": W**2 * variance,
                "heuristic_fi": estimate * (1 - estimate),
                "weight_magnitude": abs(W),
            }[criterion]
        )
    return scores


@pytest.mark.parametrize("criterion", [*FISHER, "weight_magnitude"])
def test_each_layer_loses_its_own_fraction_of_the_lowest_scores_or_the_highest(criterion):
    model = deep_machine(5, 4, 6, seed=3)
    masks = some_masks(((5, 4), (4, 6)))
    model = apply_masks(model, masks)
    statistics = some_statistics(model)
    left = prune_dbm(model, criterion, (0.3, 0.55), masks=masks, statistics=statistics)
    scores = scores_by_hand(model, criterion, statistics)
    for before, after, score, fraction in zip(masks, left, scores, (0.3, 0.55), strict=True):
        ranked = sorted(score[before], reverse=criterion == "anti_fi")
        n = len(ranked)
        n_lost = next(k for k in range(n) if k > fraction * (n - 1))
        assert len(set(ranked)) == n
        np.testing.assert_array_equal(after, before & np.isin(score, ranked[n_lost:]))


@pytest.mark.parametrize("criterion", DEEP_CRITERIA)
def test_fractions_belong_to_their_layers(criterion):
    """Nothing goes at random or from the top if the fraction is 0; from below the lowest weight always does."""
    model = deep_machine(5, 4, 6, seed=1)
    start = (np.ones((5, 4), dtype=bool), np.ones((4, 6), dtype=bool))
    always = int(criterion in ("variance_fi", "heuristic_fi", "weight_magnitude"))
    for fractions in ((0.5, 0), (0, 0.5)):
        left = prune_dbm(model, criterion, fractions, statistics=some_statistics(model), rng=rng(1))
        for fraction, n in zip(fractions, n_removed(start, left), strict=True):
            assert n == always if fraction == 0 else n > 5


def test_weights_at_random_are_those_of_the_stream_and_each_layer_has_its_own():
    model = deep_machine(5, 4, 6)
    stream = rng(4)
    expected = []
    for n, lost in ((20, 2), (24, 6)):
        kept = np.ones(n, dtype=bool)
        kept[stream.choice(np.arange(n), lost, replace=False)] = False
        expected.append(kept)
    found = prune_dbm(model, "random_weights", FRACTIONS, rng=[rng(4)])
    assert_same([mask.ravel() for mask in found], expected)
    square = deep_machine(5, 5, 5)
    one, other = prune_dbm(square, "random_weights", (0.5, 0.5), rng=rng(4))
    assert (one != other).any()


def test_units_go_at_random_while_all_of_their_incoming_weights_fit():
    """Of 20 weights in units of 5, 8 may go: one unit. Of 24 in units of 4, 12 may go: three."""
    model = deep_machine(5, 4, 6)
    for seed in range(4):
        first, second = prune_dbm(model, "random_units", (0.4, 0.5), rng=rng(seed))
        for mask, n in ((first, 1), (second, 3)):
            assert sorted({int(lost) for lost in (~mask).sum(axis=0)}) == [0, len(mask)]
            assert (~mask).any(axis=0).sum() == n


def test_units_at_random_stop_before_the_first_that_does_not_fit():
    masks = (np.ones((5, 4), dtype=bool), np.zeros((4, 3), dtype=bool))
    masks[1][:, 0] = masks[1][0] = True
    model = apply_masks(deep_machine(n_v=5, n_h1=4), masks)
    outcomes = set()
    for seed in range(30):
        left = prune_dbm(model, "random_units", (0, 0.5), masks=masks, rng=[rng(seed)])[1]
        stream = rng(seed)
        stream.permutation(4)
        order = stream.permutation(3)
        stop = list(order).index(0)
        lost = set(order[:stop].tolist())
        assert set(np.flatnonzero(~left.any(axis=0)).tolist()) == lost
        outcomes.add(len(lost))
    assert outcomes == {0, 1, 2}, "the unit of four weights of six never fits in three"


@pytest.mark.parametrize("criterion", LAYERWISE_CRITERIA)
def test_leading_axes_give_the_same_as_single_machines(criterion):
    model = deep_machine(5, 4, 6, leading=(2, 3))
    masks = some_masks((model.W1.shape, model.W2.shape), seed=5)
    model, copies = apply_masks(model, masks), [mask.copy() for mask in masks]
    statistics = some_statistics(model)
    for cofiring in (statistics[0][2], statistics[1][2]):
        cofiring[0, 1][rng(6).random(cofiring.shape[-2:]) < 0.5] = 0
    streams = [rng(seed) for seed in range(6)]
    together = prune_dbm(model, criterion, FRACTIONS, masks=masks, statistics=statistics, rng=streams)
    assert_same(masks, copies)
    for seed, index in enumerate(np.ndindex(2, 3)):
        own = tuple(mask[index] for mask in masks)
        moments = tuple(tuple(moment[index] for moment in pair) for pair in statistics)
        alone = prune_dbm(model[index], criterion, FRACTIONS, masks=own, statistics=moments, rng=[rng(seed)])
        assert_same([mask[index] for mask in together], alone)
    assert all(mask.dtype == bool for mask in together)
    assert not any((mask & ~before).any() for mask, before in zip(together, masks, strict=True))


def cofiring_of(values):
    """Statistics of one machine of 1, 8 and 8 units whose layers co-fire as given, and the machine."""
    first, second = values
    model = DBM(np.ones((1, 8)), np.ones((8, 8)), np.zeros(1), np.zeros(8), np.zeros(8))
    half = np.full(8, 0.5)
    below = np.array([first], dtype=float), np.array([second] + [[0.5] * 8] * 7, dtype=float)
    return model, ((np.full(1, 0.5), half, below[0]), (half, half, below[1]))


RISING = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17]


def first_row(values, fraction, criterion="variance_fi"):
    """Which of the eight weights of the first layer stay."""
    model, statistics = cofiring_of((values, RISING))
    return prune_dbm(model, criterion, (fraction, 0), statistics=statistics)[0][0].tolist()


@pytest.mark.parametrize("criterion", ["variance_fi", "weighted_fi"])
def test_where_more_weights_than_the_fraction_have_no_information_exactly_these_go(criterion):
    values = [0, 0.1, 0, 0.2, 0, 0.3, 0, 0.4]
    for fraction in (0, 0.1, 0.3, 0.49, 0.5):
        assert first_row(values, fraction, criterion) == [False, True] * 4
    assert first_row(values, 0.6, criterion) == [False, False, False, True, False, True, False, True]
    assert first_row([0.0] * 8, 0.1, criterion) == [False] * 8


@pytest.mark.parametrize("criterion", ["variance_fi", "weighted_fi"])
def test_where_fewer_have_none_the_percentile_decides(criterion):
    values = [0.3, 0, 0.2, 0.15, 0.12, 0.1, 0.4, 0.35]
    assert first_row(values, 0.3, criterion) == [True, False, True, True, False, False, True, True]
    assert first_row(values, 0.125, criterion) == [True, False] + [True] * 6


def test_the_rule_of_zeros_looks_at_the_score_and_not_at_the_weight_or_the_cofiring():
    """Weights of 0 score 0 times w squared; under the heuristic what counts is a unit that is never on."""
    model, statistics = cofiring_of((RISING, RISING))
    model = replaced(model, W1=np.array([[0, 1, 0, 1, 0, 1, 0, 1.0]]))
    stays = [prune_dbm(model, name, (0.1, 0), statistics=statistics)[0][0] for name in ("variance_fi", "weighted_fi")]
    assert stays[0].tolist() == [False] + [True] * 7
    assert stays[1].tolist() == [False, True] * 4
    silent = np.array([0, 0.5, 0, 0.4, 0, 0.3, 0.2, 0.1])
    never = ((statistics[0][0], silent, statistics[0][2]), statistics[1])
    left = prune_dbm(model, "heuristic_fi", (0.1, 0), statistics=never)[0][0]
    np.testing.assert_array_equal(left, silent > 0)
    score = heuristic_fi(model.W1, *never[0][:2])
    np.testing.assert_array_equal(left, score[0] != 0)


def test_the_opposite_criterion_keeps_weights_without_information():
    assert first_row([0, 0.1, 0, 0.2, 0, 0.3, 0, 0.4], 0.1, "anti_fi") == [True] * 7 + [False]


def test_the_rule_of_zeros_holds_for_every_layer_and_machine_by_itself():
    many, few = [0, 0.1, 0, 0.2, 0, 0.3, 0, 0.4], [0.05, 0.1, 0, 0.2, 0.25, 0.3, 0.35, 0.4]
    machines = [cofiring_of(pair) for pair in ((many, many), (many, RISING), (few, many))]
    model = DBM(*(np.stack(arrays) for arrays in zip(*(machine.arrays() for machine, _ in machines), strict=True)))
    statistics = tuple(
        tuple(np.stack(moments) for moments in zip(*pairs, strict=True))
        for pairs in zip(*(pair for _, pair in machines), strict=True)
    )
    first, second = prune_dbm(model, "variance_fi", (0.25, 0.03), statistics=statistics)
    zeros = [False, True] * 4
    assert first[:, 0].tolist() == [zeros, zeros, [False, True, False] + [True] * 5]
    assert second[:, 0].tolist() == [zeros, [False, False] + [True] * 6, zeros]
    assert second[:, 1:].all()


def test_share_of_zeros_is_that_of_the_weights_that_exist():
    scores = np.array([[[0, 1e-300, 0], [0, 1, 2]], [[1, 1, 1], [0, 1, 1.0]]])
    existing = np.array([[[1, 1, 0], [1, 1, 1]], [[1, 1, 1], [0, 1, 1]]], dtype=bool)
    np.testing.assert_allclose(zero_share(scores, existing), [2 / 5, 0])
    pruned = (np.ones((1, 8), dtype=bool), np.ones((8, 8), dtype=bool))
    pruned[0][0, :4] = False
    model, statistics = cofiring_of(([0, 0, 0, 0, 0, 0.2, 0.3, 0.4], RISING))
    left = prune_dbm(apply_masks(model, pruned), "variance_fi", (0.5, 0), masks=pruned, statistics=statistics)[0]
    assert left[0].tolist() == [False] * 6 + [True] * 2, "one of four is fewer than the fraction"


@pytest.mark.parametrize("criterion", ["variance_fi", "weighted_fi", "heuristic_fi"])
def test_the_rule_of_zeros_brings_no_pruned_weight_back(criterion):
    """Units whose weight has gone go on to fire together, so the score of a pruned weight need not be 0."""
    model, statistics = cofiring_of(([0, 0.1, 0, 0.2, 0, 0.3, 0, 0.4], RISING))
    rates = np.array([0, 0.1, 0, 0.2, 0, 0.3, 0, 0.4])
    statistics = ((np.full(1, 0.5), rates, statistics[0][2]), statistics[1])
    pruned = (np.ones((1, 8), dtype=bool), np.ones((8, 8), dtype=bool))
    pruned[0][0, [1, 2]] = False
    left = prune_dbm(apply_masks(model, pruned), criterion, (0.1, 0), masks=pruned, statistics=statistics)[0]
    assert left[0].tolist() == [False, False, False, True, False, True, False, True]


def test_exact_moments_may_stand_for_samples():
    model = deep_machine()
    outer, h1, both = exact_moments(bipartite(model))
    exact = ((outer[:4], h1, both[:4]), (h1, outer[4:], both[4:].T))
    of_loops = reference.layer_moments(reference.joint(model))
    for criterion in FISHER:
        one, other = (prune_dbm(model, criterion, FRACTIONS, statistics=moments) for moments in (exact, of_loops))
        assert_same(one, other)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"criterion": "eigenvector"}, ValueError, "criterion must be one of"),
        ({"criterion": "marginal_fi"}, ValueError, "criterion must be one of"),
        ({"fractions": (0.1,)}, ValueError, "fractions must be two"),
        ({"fractions": (0.1, 0.1, 0.1)}, ValueError, "fractions must be two"),
        ({"fractions": (0.1, 1)}, ValueError, "fraction"),
        ({"fractions": (-0.1, 0.1)}, ValueError, "fraction"),
        ({"criterion": "variance_fi", "statistics": None}, ValueError, "statistics must be given"),
        ({"criterion": "heuristic_fi", "statistics": None}, ValueError, "statistics must be given"),
        ({"criterion": "anti_fi", "statistics": None}, ValueError, "statistics must be given"),
        ({"criterion": "weighted_fi", "statistics": None}, ValueError, "statistics must be given"),
        ({"criterion": "random_weights"}, ValueError, "rng must be given"),
        ({"criterion": "random_units"}, ValueError, "rng must be given"),
        ({"criterion": "random_units", "rng": [rng(), rng()]}, ValueError, "rng"),
        ({"masks": (np.ones((4, 3), dtype=bool),)}, ValueError, "masks must be two"),
        ({"masks": (np.ones((4, 3)), np.ones((3, 3)))}, TypeError, "mask"),
        ({"masks": (np.ones((4, 3), dtype=bool), np.ones((4, 3), dtype=bool))}, ValueError, "mask"),
        ({"masks": (np.ones((4, 3), dtype=bool), np.eye(3, dtype=bool))}, ValueError, "W must be 0"),
    ],
)
def test_bad_arguments_are_named(change, error, message):
    model = deep_machine()
    arguments = {"criterion": "weight_magnitude", "fractions": FRACTIONS, "statistics": some_statistics(model)}
    with pytest.raises(error, match=message):
        prune_dbm(model, **(arguments | change))


def test_a_layer_without_weights_is_named():
    model = replaced(deep_machine(), W2=np.zeros((3, 3)))
    masks = (np.ones((4, 3), dtype=bool), np.zeros((3, 3), dtype=bool))
    with pytest.raises(ValueError, match="mask must leave every machine at least one weight"):
        prune_dbm(model, "weight_magnitude", FRACTIONS, masks=masks)


# Dead ends


def is_alive(first, second):
    """Whether every unit of h1 with a weight has one on both sides, by loops."""
    for j in range(first.shape[1]):
        below = any(first[i, j] for i in range(first.shape[0]))
        above = any(second[j, k] for k in range(second.shape[1]))
        if below != above:
            return False
    return True


def subsets(mask):
    places = np.flatnonzero(mask)
    for chosen in itertools.product((False, True), repeat=len(places)):
        smaller = np.zeros(mask.shape, dtype=bool)
        smaller.flat[places[list(chosen)]] = True
        yield smaller


def test_what_is_left_is_the_largest_part_of_the_masks_without_dead_ends():
    """All masks of two, two and one units, and all their parts. One pass is always enough: no unit of h1 has a weight
    of another one, and visible units and those of h2 ask for nothing on their other side."""
    alive, every = {}, list(itertools.product(subsets(np.ones((2, 2))), subsets(np.ones((2, 1)))))
    for first, second in every:
        alive[first.tobytes() + second.tobytes()] = is_alive(first, second)
    for first, second in every:
        union = np.zeros((2, 2), dtype=bool), np.zeros((2, 1), dtype=bool)
        for parts in itertools.product(subsets(first), subsets(second)):
            if alive[parts[0].tobytes() + parts[1].tobytes()]:
                union = union[0] | parts[0], union[1] | parts[1]
        left = remove_dead_ends((first, second))
        assert_same(left, union)
        assert is_alive(*left)


masks_of_some_size = st.tuples(*(st.integers(1, 5) for _ in range(3)), st.integers(0, 10**6), st.floats(0.05, 0.95))


@given(masks_of_some_size)
@settings(max_examples=80, deadline=None)
def test_no_dead_end_is_left_and_nothing_else_has_gone(drawn):
    n_v, n_h1, n_h2, seed, share = drawn
    masks = some_masks(((n_v, n_h1), (n_h1, n_h2)), seed, share)
    copies = [mask.copy() for mask in masks]
    left = remove_dead_ends(masks)
    assert_same(masks, copies)
    assert is_alive(*left)
    for j in range(n_h1):
        both_sides = masks[0][:, j].any() and masks[1][j].any()
        np.testing.assert_array_equal(left[0][:, j], masks[0][:, j] & both_sides)
        np.testing.assert_array_equal(left[1][j], masks[1][j] & both_sides)
    assert_same(remove_dead_ends(left), left)
    assert all(mask.dtype == bool for mask in left)


def test_dead_ends_of_machines_together_are_those_of_each_alone():
    masks = some_masks(((2, 3, 4, 5), (2, 3, 5, 4)), seed=7, share=0.3)
    together = remove_dead_ends(masks)
    for index in np.ndindex(2, 3):
        assert_same([mask[index] for mask in together], remove_dead_ends(tuple(mask[index] for mask in masks)))


def test_units_that_have_a_weight_left():
    first = np.array([[[1, 0, 0], [0, 0, 0]], [[1, 1, 1], [1, 1, 1]]], dtype=bool)
    second = np.array([[[0, 0, 0], [0, 0, 1], [0, 0, 0]], [[1, 1, 1]] * 3], dtype=bool)
    v, h1, h2 = connected_units((first, second))
    assert v.tolist() == [[True, False], [True, True]]
    assert h1.tolist() == [[True, True, False], [True] * 3]
    assert h2.tolist() == [[False, False, True], [True] * 3]


# Machines without the units that have gone


def test_masked_machines_lose_weights_and_nothing_else():
    model = deep_machine(leading=(2,), dtype=np.float32)
    masks = some_masks((model.W1.shape, model.W2.shape))
    found = apply_masks(model, masks)
    np.testing.assert_array_equal(found.W1, np.where(masks[0], model.W1, 0))
    np.testing.assert_array_equal(found.W2, np.where(masks[1], model.W2, 0))
    assert_same(found.arrays()[2:], model.arrays()[2:])
    assert {array.dtype for array in found.arrays()} == {np.dtype(np.float32)}


def lossy():
    """A machine that has lost unit 1 of h1 and unit 0 of h2, and the masks."""
    masks = np.ones((4, 3), dtype=bool), np.ones((3, 3), dtype=bool)
    masks[0][:, 1] = masks[1][1] = masks[1][:, 0] = False
    masks[0][2, 0] = masks[1][2, 1] = False
    return apply_masks(deep_machine(), masks), masks


def test_a_machine_without_its_lost_units_has_the_same_visible_states():
    model, masks = lossy()
    small, small_masks = without_lost_units(model, masks)
    assert small.n_units == (4, 2, 2)
    found, expected = (reference.visible_distribution(each) for each in (small, model))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert_same(small_masks, (masks[0][:, [0, 2]], masks[1][[0, 2]][:, [1, 2]]))
    for W, mask in zip((small.W1, small.W2), small_masks, strict=True):
        np.testing.assert_array_equal(W != 0, mask)
    np.testing.assert_array_equal(small.c1, model.c1[[0, 2]])
    np.testing.assert_array_equal(small.c2, model.c2[[1, 2]])


def test_a_unit_with_a_weight_on_one_side_only_is_not_lost():
    masks = np.zeros((4, 3), dtype=bool), np.zeros((3, 3), dtype=bool)
    masks[0][0, 0] = masks[1][1, 2] = True
    small, small_masks = without_lost_units(apply_masks(deep_machine(), masks), masks)
    assert small.n_units == (4, 2, 1)
    assert [mask.astype(int).tolist() for mask in small_masks] == [[[1, 0], [0, 0], [0, 0], [0, 0]], [[0], [1]]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lost_units_come_back_with_their_biases_and_the_others_as_they_were_trained(dtype):
    model, masks = lossy()
    model = model.astype(dtype)
    copies = [array.copy() for array in model.arrays()]
    small, small_masks = without_lost_units(model, masks)
    assert_same(with_lost_units(small, model, masks).arrays(), model.arrays())
    changed = DBM(*(array + 1 for array in small.arrays()))
    changed = apply_masks(changed, small_masks)
    whole = with_lost_units(changed, model, masks)
    assert_same(model.arrays(), copies)
    assert {array.dtype for array in whole.arrays()} == {np.dtype(dtype)}
    for W, before, mask in ((whole.W1, model.W1, masks[0]), (whole.W2, model.W2, masks[1])):
        np.testing.assert_array_equal(W, np.where(mask, before + 1, 0))
    np.testing.assert_array_equal(whole.b, model.b + 1)
    np.testing.assert_array_equal(whole.c1, model.c1 + np.array([1, 0, 1], dtype=dtype))
    np.testing.assert_array_equal(whole.c2, model.c2 + np.array([0, 1, 1], dtype=dtype))
    assert_same(without_lost_units(whole, masks)[0].arrays(), changed.arrays())


def test_a_machine_that_has_lost_nothing_is_left_as_it_is():
    model, masks = deep_machine(), (np.ones((4, 3), dtype=bool), np.ones((3, 3), dtype=bool))
    small, small_masks = without_lost_units(model, masks)
    assert_same([*small.arrays(), *small_masks], [*model.arrays(), *masks])
    assert [name for name in FIELDS if getattr(small, name).shape != getattr(model, name).shape] == []


def test_only_one_machine_at_a_time_loses_units_and_no_layer_all():
    with pytest.raises(ValueError, match="dbm must be one machine"):
        without_lost_units(deep_machine(leading=(2,)), (np.ones((2, 4, 3), dtype=bool), np.ones((2, 3, 3), dtype=bool)))
    full, empty = np.ones((4, 3), dtype=bool), np.zeros((3, 3), dtype=bool)
    for masks in ((full, empty), (full & False, empty)):
        with pytest.raises(ValueError, match="masks must leave a unit in each hidden layer"):
            without_lost_units(deep_machine(), masks)
