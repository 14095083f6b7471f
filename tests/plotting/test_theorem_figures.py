"""Figures of the chapter on Fisher information and leverage."""

import numpy as np
import pytest

from pruninglab.plotting.synthesis import theorem as figures

rng = np.random.default_rng(0)


def line(axis, label):
    (found,) = (artist for artist in axis.lines if artist.get_label() == label)
    return found


def test_the_parabola_has_the_information_as_its_curvature(axis):
    changes = np.linspace(-1, 1, 21)
    figures.costs_of_a_change(axis, changes, changes**4, 3.0, 0.8)
    np.testing.assert_allclose(line(axis, r"$\frac{1}{2}Fd^2$").get_ydata(), 1.5 * changes**2)
    np.testing.assert_allclose(line(axis, "exact").get_ydata(), changes**4)
    assert axis.lines[-1].get_xdata()[0] == -0.8


def test_the_line_of_slope_one_half_goes_through_what_is_free(axis):
    saliency = np.geomspace(1e-4, 1, 9)
    figures.root(axis, saliency, np.minimum(1, 2 * np.sqrt(saliency)))
    x, y = line(axis, "slope ½").get_data()
    np.testing.assert_allclose(y, 2 * np.sqrt(x))
    assert axis.get_xscale() == axis.get_yscale() == "log"


@pytest.mark.parametrize("equality", [True, False])
def test_equality_is_drawn_if_asked_for(axis, equality):
    x, y = rng.random((2, 5)) + 0.1
    figures.against(axis, x, y, ("a", "b"), equality=equality)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("a", "b")
    assert len(axis.lines) == 1 + equality
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), np.column_stack([x, y]))


def test_bridges_are_marked_only_where_there_are_any(axis):
    weight, leverage = rng.random((2, 6)) + 0.1
    marked = np.arange(6) > 3
    figures.weights_and_leverages(axis, weight, leverage, marked, 0.5, "chain")
    np.testing.assert_array_equal(line(axis, "bridges").get_xdata(), weight[marked])
    assert axis.get_title() == "chain, rank correlation 0.50"
    assert axis.get_legend() is not None
    axis.clear()
    figures.weights_and_leverages(axis, weight, leverage, ~marked & marked, 0.5, "none")
    assert axis.get_legend() is None


def test_costs_of_one_and_of_many(axis):
    q = np.array([0.1, 0.5])
    figures.cost_of_one(axis, q, q)
    x, y = line(axis, r"$-\frac{1}{2}[q+\ln(1-q)]$").get_data()
    np.testing.assert_allclose(y, -(x + np.log(1 - x)) / 2)
    x, y = line(axis, r"$\frac{1}{4}q^2$").get_data()
    np.testing.assert_allclose(y, x**2 / 4)
    axis.clear()
    figures.cost_of_many(axis, [0.1, 0.2], {"least saliency": [1, 2], "random": [3, 4]})
    np.testing.assert_array_equal(line(axis, "random").get_ydata(), [3, 4])
    assert line(axis, "random").get_marker() != line(axis, "least saliency").get_marker()


def test_expected_costs_have_two_standard_errors(axis):
    sampled = rng.random((3, 50))
    figures.expected_costs(axis, [0, 1, 2], [0.5, 0.4, 0.6], sampled, "cost")
    np.testing.assert_array_equal(line(axis, "second order").get_ydata(), [0.5, 0.4, 0.6])
    (bars,) = axis.containers
    np.testing.assert_allclose(bars[0].get_ydata(), sampled.mean(axis=1))
    ends = bars[2][0].get_segments()[0][:, 1]
    assert np.ptp(ends) == pytest.approx(4 * sampled[0].std(ddof=1) / np.sqrt(50))
