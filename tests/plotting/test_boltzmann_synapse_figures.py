"""Figures of what a synapse can measure: what they draw is what they are given."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.plotting.boltzmann import synapse as figures
from pruninglab.plotting.boltzmann.pruning import CRITERION_STYLES

MISSING = {
    "counting": lambda axis: figures.counting(axis, [10, 100], None, None),
    "coincidences": lambda axis: figures.coincidences(axis, None, None, None),
    "paired": lambda axis: figures.paired(axis, None, ""),
    "shifts": lambda axis: figures.shifts(axis, None, None, ""),
    "costs": lambda axis: figures.costs(axis, None, None, "variance_fi", line=False),
    "agreement map": lambda axis: figures.agreement_map(axis, None),
    "expansions": lambda axis: figures.expansions(axis, None, None, "", 1e-4),
}


@pytest.fixture
def values():
    return np.random.default_rng(3).uniform(0.1, 0.9, size=(2, 4, 5))


def pairs(x, y):
    return np.column_stack([np.ravel(x), np.ravel(y)])


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run\nrbm --replicas 0:10")


def test_counting_draws_every_way_to_count_and_the_guess(axis):
    agreement = {"independent": np.array([0.2, 0.8]), "successive": np.array([0.1, 0.5])}
    figures.counting(axis, [10, 100], agreement, 0.7)
    drawn = {line.get_label(): line.get_xydata() for line in axis.lines}
    for name, expected in agreement.items():
        np.testing.assert_array_equal(drawn[name], pairs([10, 100], expected))
    np.testing.assert_array_equal(drawn["Eq. 6, exact rates"][:, 1], [0.7, 0.7])
    assert axis.get_xscale() == "log"
    assert axis.get_legend()


def test_coincidences_put_the_exact_ones_across_and_part_the_busy(axis, values):
    exact, estimates = values
    often = exact > 0.5
    figures.coincidences(axis, exact, estimates, often)
    rest, busy, equality = axis.lines
    np.testing.assert_array_equal(rest.get_xydata(), pairs(exact[~often], estimates[~often]))
    np.testing.assert_array_equal(busy.get_xydata(), pairs(exact[often], estimates[often]))
    assert rest.get_color() != busy.get_color()
    np.testing.assert_array_equal(equality.get_xydata(), [[exact.min()] * 2, [exact.max()] * 2])
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")


def test_pairs_are_joined_machine_by_machine_and_bars_are_medians(axis):
    given = {"one": np.array([0.1, 0.5, 0.9]), "two": np.array([0.2, 0.3, 1.0])}
    figures.paired(axis, given, "error")
    joined, drawn = axis.lines[:3], axis.lines[3:]
    for line, one, two in zip(joined, *given.values(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), [[0, one], [1, two]])
    for place, expected in enumerate(given.values()):
        dots, bar = drawn[2 * place : 2 * place + 2]
        np.testing.assert_array_equal(dots.get_xydata(), pairs([place] * 3, expected))
        np.testing.assert_array_equal(bar.get_ydata(), [np.median(expected)] * 2)
    assert [label.get_text() for label in axis.get_xticklabels()] == ["one", "two"]
    assert axis.get_ylabel() == "error"


def test_shifts_put_the_assumed_one_across(axis, values):
    figures.shifts(axis, values[0], values[1], "assumed")
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), pairs(*values))
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), [[values[0].min()] * 2, [values[0].max()] * 2])
    assert axis.get_xlabel() == "assumed"


@pytest.mark.parametrize("line", [False, True])
def test_costs_stand_above_scores_in_the_colour_of_the_criterion(axis, values, line):
    figures.costs(axis, values[0], values[1], "weighted_fi", line=line)
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), pairs(*values))
    assert axis.lines[0].get_color() == CRITERION_STYLES["weighted_fi"]["color"]
    assert len(axis.lines) == 1 + line
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")


def test_the_map_shows_means_over_machines_with_their_numbers(axis):
    table = np.random.default_rng(4).uniform(-1, 1, size=(6, 3, 2))
    coords = {"target": ["cost_joint", "cost_marginal", "cost_data"], "score": ["variance_fi", "weight_magnitude"]}
    figures.agreement_map(axis, xr.DataArray(table, coords, ("replica", "target", "score")))
    expected = table.mean(axis=0).T
    np.testing.assert_allclose(axis.images[0].get_array(), expected)
    assert axis.images[0].get_clim() == (-1, 1)
    assert [text.get_text() for text in axis.texts] == [f"{value:.2f}" for value in expected.ravel()]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["joint", "seen", "fit to data"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["variance FI", "weight magnitude"]


def test_expansions_keep_both_signs(axis, values):
    estimates, cost = values - 0.5
    figures.expansions(axis, estimates, cost, "first order", 1e-4)
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), pairs(estimates, cost))
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), [[cost.min()] * 2, [cost.max()] * 2])
    assert (axis.get_xscale(), axis.get_yscale()) == ("symlog", "symlog")
    np.testing.assert_allclose(axis.get_xticks(), [-0.01, 0, 0.01])
    np.testing.assert_allclose(axis.get_yticks(), [-1, -0.01, 0, 0.01, 1])
    assert axis.get_xlabel() == "first order"
