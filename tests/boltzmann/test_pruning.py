"""Which weights go: counts of the protocol, ties, masks, and each criterion against its definition."""

import numpy as np
import pytest

from pruninglab.boltzmann import (
    EXTRA_CRITERIA,
    PRUNING_CRITERIA,
    RBM,
    apply_mask,
    connected_hidden,
    connected_visible,
    exact_moments,
    importance,
    prune_weights,
)

from . import reference
from .reference import machine

SCORED = [name for name in (*PRUNING_CRITERIA, *EXTRA_CRITERIA) if not name.startswith("random")]
KEPT_ABOVE = [name for name in SCORED if name != "anti_fi"]
RANDOM = ("random_weights", "random_units")
MASK = np.array([[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 1]], dtype=bool)


def rng(seed=0):
    return np.random.default_rng(seed)


def flat_machine(magnitudes):
    """One visible unit whose weights are given."""
    W = np.array([magnitudes], dtype=float)
    return RBM(W, np.zeros(1), np.zeros(W.shape[1]))


def counts(criterion, n_v=13, n_h=70):
    """Weights and connected hidden units after each of three prunings by half."""
    model = machine(n_v, n_h, scale=0.3, dtype=np.float32)
    statistics = (rng(1).uniform(0.2, 0.8, n_v), rng(2).uniform(0.2, 0.8, n_h), rng(3).uniform(0, 0.5, (n_v, n_h)))
    mask = np.ones((n_v, n_h), dtype=bool)
    numbers = []
    for seed in range(3):
        before = mask
        mask = prune_weights(model, criterion, 0.5, mask=mask, statistics=statistics, rng=rng(seed))
        assert not (mask & ~before).any()
        model = apply_mask(model, mask)
        numbers.append((int(mask.sum()), int(connected_hidden(mask).sum())))
    return numbers


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("variance_fi", [455, 227, 113]),
        ("heuristic_fi", [455, 227, 113]),
        ("weight_magnitude", [455, 227, 113]),
        ("weighted_fi", [455, 227, 113]),
        ("anti_fi", [455, 228, 114]),
        ("random_weights", [455, 228, 114]),
    ],
)
def test_numbers_of_weights_of_the_paper(criterion, expected):
    assert [n_weights for n_weights, _ in counts(criterion)] == expected


@pytest.mark.parametrize("criterion", ["eigenvector", "marginal_fi", "weighted_marginal_fi"])
def test_numbers_of_weights_under_exact_criteria(criterion):
    """As many weights as in the paper, and fewer visible states."""
    assert [n_weights for n_weights, _ in counts(criterion, 7, 130)] == [455, 227, 113]


def test_numbers_of_units_of_the_paper():
    assert counts("random_units") == [(455, 35), (234, 18), (117, 9)]


def test_scores_are_those_of_the_definitions():
    model = machine(scale=1.5)
    F, marginal = (np.diag(f(model))[7:].reshape(3, 4) for f in (reference.joint_fisher, reference.marginal_fisher))
    eigenvector = np.linalg.eigh(reference.joint_fisher(model))[1][:, -1]
    expected = {
        "variance_fi": F,
        "anti_fi": F,
        "weighted_fi": model.W**2 * F,
        "marginal_fi": marginal,
        "weighted_marginal_fi": model.W**2 * marginal,
        "weight_magnitude": np.abs(model.W),
        "eigenvector": np.abs(eigenvector[7:]).reshape(3, 4),
    }
    for criterion, score in expected.items():
        np.testing.assert_allclose(importance(model, criterion), score, rtol=1e-9)
    v, h, _ = reference.moments(model)
    for i, j in np.ndindex(3, 4):
        cofiring = h[j] * reference.sigmoid(np.log(v[i] / (1 - v[i])) + model.W[i, j] * (1 - h[j]))
        assert importance(model, "heuristic_fi")[i, j] == pytest.approx(cofiring * (1 - cofiring))


def test_eigenvector_is_that_of_the_parameters_that_exist():
    model = apply_mask(machine(scale=1.5, seed=38), MASK)
    exists = np.array([True] * 3 + [True, True, False, True] + MASK.ravel().tolist())
    F = reference.joint_fisher(model)[exists][:, exists]
    expected = np.zeros(12)
    expected[MASK.ravel()] = np.abs(np.linalg.eigh(F)[1][6:, -1])
    score = importance(model, "eigenvector", mask=MASK)
    np.testing.assert_allclose(score.ravel(), expected, atol=1e-12)
    of_all = importance(model, "eigenvector")
    kept, otherwise = (MASK & (each > np.median(each[MASK])) for each in (score, of_all))
    assert (kept != otherwise).any()
    np.testing.assert_array_equal(prune_weights(model, "eigenvector", 0.5, mask=MASK), kept)


@pytest.mark.parametrize("criterion", SCORED)
def test_pruning_cuts_at_the_percentile_of_the_weights_that_exist(criterion):
    model = apply_mask(machine(seed=2, scale=1.5), MASK)
    score = importance(model, criterion, mask=MASK)
    ranks = np.sort(score[MASK])
    kept = prune_weights(model, criterion, 0.3, mask=MASK)
    assert len(np.unique(ranks)) == 8
    expected = score < ranks[5] if criterion == "anti_fi" else score > ranks[2]
    np.testing.assert_array_equal(kept, MASK & expected)


def test_percentile_is_interpolated_and_the_comparison_strict():
    cases = [([1, 2, 3, 4], [3, 4]), ([1, 2, 3], [3]), ([1, 2, 2, 3], [3]), ([2, 2, 2, 1], []), ([0, 0, 0, 0, 5], [5])]
    for magnitudes, expected in cases:
        kept = prune_weights(flat_machine(magnitudes), "weight_magnitude", 0.5)
        assert np.array(magnitudes)[kept[0]].tolist() == expected


def test_opposite_criterion_keeps_what_equals_the_percentile():
    half = np.full(1, 0.5)
    for cofiring, expected in [([0.1, 0.2, 0.3], 2), ([0.1, 0.2, 0.2, 0.3], 3), ([0.1, 0.2, 0.3, 0.4], 2)]:
        statistics = (half, np.full(len(cofiring), 0.5), np.array([cofiring]))
        kept = prune_weights(flat_machine(np.ones(len(cofiring))), "anti_fi", 0.5, statistics=statistics)
        assert kept[0].tolist() == [position < expected for position in range(len(cofiring))]


def test_sizes_count_and_signs_do_not():
    kept = prune_weights(flat_machine([-4, 3, -2, 1]), "weight_magnitude", 0.5)
    assert kept.tolist() == [[True, True, False, False]]


@pytest.mark.parametrize("criterion", ["variance_fi", "anti_fi", "heuristic_fi", "weighted_fi"])
def test_statistics_are_used_where_they_are_given(criterion):
    model = machine()
    statistics = (np.array([0.1, 0.5, 0.8]), np.array([0.2, 0.4, 0.6, 0.9]), rng(4).uniform(0, 0.5, (3, 4)))
    v, h, vh = statistics
    by_hand = {"variance_fi": vh * (1 - vh), "anti_fi": vh * (1 - vh), "weighted_fi": model.W**2 * vh * (1 - vh)}
    activation = np.log(v / (1 - v))[:, None] + model.W * (1 - h)
    cofiring = h / (1 + np.exp(-activation))
    by_hand["heuristic_fi"] = cofiring * (1 - cofiring)
    np.testing.assert_allclose(importance(model, criterion, statistics=statistics), by_hand[criterion], rtol=1e-12)
    exact = importance(model, criterion, statistics=exact_moments(model))
    np.testing.assert_array_equal(importance(model, criterion), exact)
    masks = [prune_weights(model, criterion, 0.5, statistics=given) for given in (statistics, None)]
    assert (masks[0] != masks[1]).any()


@pytest.mark.parametrize("criterion", ["eigenvector", "marginal_fi", "weighted_marginal_fi", "weight_magnitude"])
def test_statistics_do_not_matter_to_the_other_criteria(criterion):
    statistics = (np.full(3, 0.5), np.full(4, 0.5), rng(4).uniform(0, 0.5, (3, 4)))
    np.testing.assert_array_equal(
        importance(machine(), criterion, statistics=statistics), importance(machine(), criterion)
    )


@pytest.mark.parametrize("criterion", [*PRUNING_CRITERIA, *EXTRA_CRITERIA])
def test_leading_axes_give_the_same_as_single_machines(criterion):
    mask = rng(5).random((2, 3, 3, 4)) < 0.8
    model = apply_mask(machine(leading=(2, 3)), mask)
    before = mask.copy()
    together = prune_weights(model, criterion, 0.5, mask=mask, rng=[rng(seed) for seed in range(6)])
    np.testing.assert_array_equal(mask, before)
    assert (together.dtype, together.shape) == (bool, mask.shape)
    assert not (together & ~mask).any()
    for seed, index in enumerate(np.ndindex(2, 3)):
        alone = prune_weights(model[index], criterion, 0.5, mask=mask[index], rng=[rng(seed)])
        np.testing.assert_array_equal(together[index], alone)
        assert alone.sum() == pytest.approx(mask[index].sum() / 2, abs=4 if criterion == "random_units" else 1)


@pytest.mark.parametrize("criterion", ["anti_fi", *RANDOM])
def test_a_fraction_of_zero_keeps_everything(criterion):
    model = apply_mask(machine(), MASK)
    np.testing.assert_array_equal(prune_weights(model, criterion, 0, mask=MASK, rng=rng()), MASK)


def test_masked_machines_and_connected_units():
    model = machine(leading=(2,))
    masked = apply_mask(model, np.array([MASK, ~MASK]))
    np.testing.assert_array_equal(masked.W, np.where([MASK, ~MASK], model.W, 0))
    np.testing.assert_array_equal(masked.b, model.b)
    np.testing.assert_array_equal(masked.c, model.c)
    assert connected_hidden(np.array([MASK, MASK & False])).tolist() == [[True, True, False, True], [False] * 4]
    mask = np.array([[True, False], [False, False], [False, True]])
    assert connected_visible(mask).tolist() == [True, False, True]
    assert apply_mask(machine(dtype=np.float32), MASK).W.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"criterion": "fisher"}, ValueError, "criterion must be one of"),
        ({"fraction": 1}, ValueError, "fraction"),
        ({"fraction": -0.1}, ValueError, "fraction"),
        ({"fraction": np.nan}, ValueError, "fraction"),
        ({"mask": MASK.astype(int)}, TypeError, "mask"),
        ({"mask": MASK.T}, ValueError, "mask must have the shape of W"),
        ({"mask": MASK & False, "model": apply_mask(machine(), MASK & False)}, ValueError, "mask must leave"),
        ({"mask": MASK}, ValueError, "W must be 0 where mask is False"),
        ({"criterion": "random_weights"}, ValueError, "rng must be given"),
        ({"criterion": "random_units"}, ValueError, "rng must be given"),
        ({"criterion": "random_units", "rng": [rng(), rng()]}, ValueError, "rng must be a Generator"),
        ({"statistics": (np.full(3, 0.5), np.full(4, 0.5), np.full((3, 4), 2.0))}, ValueError, "vh"),
    ],
)
def test_bad_arguments_are_named(change, error, message):
    arguments = {"model": machine(), "criterion": "variance_fi", "fraction": 0.5}
    with pytest.raises(error, match=message):
        prune_weights(**(arguments | change))


@pytest.mark.parametrize("criterion", [*RANDOM, "fisher"])
def test_random_criteria_have_no_score(criterion):
    with pytest.raises(ValueError, match="criterion must be one of"):
        importance(machine(), criterion)
