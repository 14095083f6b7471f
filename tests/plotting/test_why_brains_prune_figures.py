"""Figures of the first chapter: they draw what they are given, in the colours of the book."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from pruninglab.plotting.foundations import why_brains_prune as figures
from pruninglab.plotting.style import BLACK, GREY, ORANGE

ARMS = list(figures.STYLES)


@pytest.fixture
def by_arm():
    return {arm: np.array([1.0, 2.0, 4.0]) * (row + 1) for row, arm in enumerate(ARMS)}


def test_colours_are_those_of_the_book():
    assert [figures.STYLES[arm][0] for arm in ("magnitude", "random", "unpruned")] == [ORANGE, GREY, BLACK]


def test_counts_show_the_first_value_and_the_range_of_the_peak(axis):
    figures.published_counts(axis, {"a": (0.5, 1.5, 1.5), "b": (np.nan, 2.0, 3.0)})
    drawn = [line.get_xdata() for line in axis.lines]
    np.testing.assert_array_equal(drawn[1], [0.5])
    np.testing.assert_array_equal(drawn[2], [1.5, 1.5])
    np.testing.assert_array_equal(drawn[5], [2.0, 3.0])
    assert [label.get_text() for label in axis.get_yticklabels()] == ["a", "b"]
    assert axis.yaxis_inverted()


def test_wrong_pixels_have_a_colour_of_their_own():
    figure, axes = plt.subplots(1, 2)
    memory = np.array([[1, -1], [-1, 1]])
    figures.recalls(axes, memory, {"right": memory, "one wrong": np.array([[1, -1], [1, 1]])})
    np.testing.assert_array_equal(axes[0].images[0].get_array(), [[1, 0], [0, 1]])
    np.testing.assert_array_equal(axes[1].images[0].get_array(), [[1, 0], [2, 1]])
    assert axes[1].get_title() == "one wrong"
    plt.close(figure)


def test_kept_weights_are_filled_in_the_colour_of_the_rule(axis):
    edges = np.array([-1.0, 0.0, 1.0])
    figures.kept_weights(axis, edges, np.array([3, 4]), np.array([1, 2]), "random")
    grown, kept = axis.patches
    np.testing.assert_array_equal(grown.get_data().values, [3, 4])
    np.testing.assert_array_equal(kept.get_data().values, [1, 2])
    assert to_hex(kept.get_facecolor()) == GREY


def test_overgrowth_draws_means_and_theory(axis, by_arm):
    figures.against_overgrowth(axis, np.array([1, 2, 4]), by_arm, by_arm, {arm: v + 1 for arm, v in by_arm.items()})
    for arm, container in zip(ARMS, axis.containers, strict=True):
        np.testing.assert_array_equal(container.lines[0].get_ydata(), by_arm[arm])
        assert container.lines[0].get_linestyle() == "None"
    dashed = [line for line in axis.lines if line.get_linestyle() == "--"]
    np.testing.assert_array_equal(dashed[0].get_ydata(), by_arm["magnitude"] + 1)


def test_overgrowth_joins_the_means_where_there_is_no_theory(axis, by_arm):
    figures.against_overgrowth(axis, np.array([1, 2, 4]), by_arm, by_arm)
    assert {container.lines[0].get_linestyle() for container in axis.containers} == {"-"}


def test_shares_of_signal_end_at_the_unpruned_network(axis):
    shares = np.array([0.0, 0.5, 1.0])
    figures.shares_of_signal(axis, shares, {"magnitude": np.sqrt(shares), "random": shares})
    assert [line.get_color() for line in axis.lines] == [ORANGE, GREY, BLACK]
    np.testing.assert_array_equal(axis.lines[-1].get_xydata(), [[1, 1]])


def test_prices_mark_the_best_share_on_its_line(axis):
    shares = np.array([0.0, 0.5, 1.0])
    figures.prices(axis, shares, {0: shares, 0.5: shares - shares**2}, {0: 1.0, 0.5: 0.5})
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), [[1, 1]])
    np.testing.assert_array_equal(axis.lines[3].get_xydata(), [[0.5, 0.25]])
    assert axis.lines[2].get_label() == "price 0.5"


def test_twins_say_how_many_synapses_are_left(axis, by_arm):
    shown = {arm: by_arm[arm] for arm in ("magnitude", "unpruned")}
    figures.twins(axis, np.array([400, 200, 80]), shown, shown)
    assert [label.get_text() for label in axis.get_xticklabels()] == ["1\n(400)", "2\n(200)", "3\n(80)"]
    assert [container.get_label() for container in axis.containers] == ["smallest deleted", "not pruned"]
