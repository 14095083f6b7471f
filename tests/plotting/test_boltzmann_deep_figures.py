import numpy as np
import pytest
import xarray as xr
from matplotlib.patches import Polygon, Rectangle

from pruninglab.plotting.boltzmann import deep as figures
from pruninglab.plotting.style import BLACK, BLUE, ORANGE, VERMILION


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def labelled(axis, label):
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return line


def labels(axis):
    return axis.get_legend_handles_labels()[1]


def is_diagonal(line, *values):
    """Whether a line runs from the least of the values to the largest, the same in x and y."""
    x, y = line.get_data()
    everything = np.concatenate([np.ravel(value) for value in values])
    return np.array_equal(x, y) and [x[0], x[1]] == [everything.min(), everything.max()]


def test_covariances_tell_near_pairs_from_far_ones(axis, rng):
    data, machine = rng.normal(size=(2, 7))
    far = np.array([True, False, False, True, False, True, True])
    figures.covariances(axis, data, machine, far)
    for label, chosen in (("near", ~far), ("far", far)):
        np.testing.assert_array_equal(labelled(axis, label).get_data(), (data[chosen], machine[chosen]))
    assert is_diagonal(axis.lines[0], data, machine)


def test_fields_cover_their_pixels_and_say_how_many(axis):
    corner, inner = np.zeros((2, 5, 5), dtype=bool)
    corner[:2, :2] = True
    inner[1:4, 2:5] = True
    figures.fields(axis, 5, {(0, 0): corner, (2, 3): inner})
    squares = [patch for patch in axis.patches if isinstance(patch, Rectangle)]
    places = {(round(square.get_y() + 0.5), round(square.get_x() + 0.5)) for square in squares[:4]}
    assert places == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert len(squares) == 4 + 9
    assert squares[0].get_facecolor() != squares[-1].get_facecolor()
    assert [text.get_text() for text in axis.texts] == ["4", "9"]
    dots = [line for line in axis.lines if line.get_marker() == "o"]
    assert [(dot.get_ydata()[0], dot.get_xdata()[0]) for dot in dots] == [(0, 0), (2, 3)]
    top, bottom = axis.get_ylim()[::-1]
    assert top < 0 < 4 < bottom


def test_pixels_seen_draws_and_names_the_counts(axis):
    counts = np.arange(16).reshape(4, 4) + 9
    figures.pixels_seen(axis, counts)
    np.testing.assert_array_equal(axis.images[0].get_array(), counts)
    for text in axis.texts:
        column, row = text.get_position()
        assert text.get_text() == str(counts[row, column])
        assert text.get_color() == ("white" if counts[row, column] > 14.4 else BLACK)
    assert {text.get_color() for text in axis.texts} == {"white", BLACK}


def test_storeys_stand_above_one_another(axis):
    figures.storeys(axis, ["v", "h1", "h2"], ["8 weights", "9 weights"])
    planes = [patch for patch in axis.patches if isinstance(patch, Polygon)]
    bottoms = [plane.get_xy()[:, 1].min() for plane in planes]
    assert bottoms == sorted(bottoms)
    assert len(set(bottoms)) == 3
    heights = {text.get_text(): text.get_position()[1] for text in axis.texts}
    assert sorted(heights, key=heights.get) == ["v", "8 weights", "h1", "9 weights", "h2"]
    low, high = axis.get_ylim()
    assert low < bottoms[0]
    assert max(plane.get_xy()[:, 1].max() for plane in planes) < high


def test_a_unit_of_the_top_layer_is_joined_to_more_than_one_of_the_middle_layer(axis):
    figures.storeys(axis, ["v", "h1", "h2"], ["a", "b"])
    ropes = [line for line in axis.lines if line.get_marker() == "None"]
    spread = [abs(line.get_xdata()[0] - line.get_xdata()[1]) for line in ropes]
    assert max(spread[:2]) < min(spread[2:])


def test_inputs_draw_above_against_below(axis, rng):
    below, above = rng.normal(size=(2, 9))
    figures.inputs(axis, below, above)
    np.testing.assert_array_equal(axis.lines[1].get_data(), (below, above))
    assert is_diagonal(axis.lines[0], below, above)
    assert "below" in axis.get_xlabel()
    assert "above" in axis.get_ylabel()


def test_dots_draw_every_machine_and_the_mean_from_the_top(axis):
    groups = {"a": np.array([0.1, 0.2, 0.6]), "b": np.array([0.5, 0.7])}
    figures.dots(axis, groups, "error", level=0.25)
    for place, values in enumerate(groups.values()):
        own, mean = axis.lines[2 * place : 2 * place + 2]
        np.testing.assert_allclose(own.get_data(), (values, np.full(len(values), place)))
        np.testing.assert_allclose(mean.get_xdata(), values.mean())
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["a", "b"]
    low, high = axis.get_ylim()
    assert low > high
    assert axis.lines[-1].get_xdata()[0] == 0.25
    assert axis.get_xlabel() == "error"


def test_dots_without_a_level(axis):
    figures.dots(axis, {"a": np.ones(2)}, "error")
    assert len(axis.lines) == 2


def test_mean_field_errors_draw_machines_and_their_mean(axis, rng):
    scales, errors = np.array([0.0, 1.0, 2.0]), rng.uniform(size=(3, 4))
    figures.mean_field_errors(axis, scales, errors)
    drawn = np.transpose([line.get_ydata() for line in axis.lines[:4]])
    np.testing.assert_allclose(drawn, errors)
    np.testing.assert_allclose(labelled(axis, "mean").get_data(), (scales, errors.mean(axis=1)))
    assert axis.get_ylim()[0] == 0


def test_convergence_lays_its_slope_through_the_middle(axis):
    changes = {"a": np.geomspace(1, 1e-6, 9), "b": np.geomspace(1, 1e-2, 6)}
    slopes = {"a": 0.2, "b": 0.4}
    figures.convergence(axis, changes, slopes)
    for name, dashed in zip(changes, axis.lines[1::2], strict=True):
        n, middle = len(changes[name]), len(changes[name]) // 2
        np.testing.assert_allclose(labelled(axis, name).get_data(), (np.arange(1, n + 1), changes[name]))
        x, y = dashed.get_data()
        assert x.tolist() == list(range(middle + 1, n + 1))
        np.testing.assert_allclose(y, changes[name][middle] * slopes[name] ** np.arange(n - middle))
    assert axis.get_yscale() == "log"


def test_against_each_other_has_a_legend_for_more_than_one_series(axis, rng):
    x, *series = rng.uniform(size=(3, 4, 2))
    figures.against_each_other(axis, x, {"a": series[0], "b": series[1] + 2}, names=("truth", "guess"))
    assert is_diagonal(axis.lines[0], x, series[0], series[1] + 2)
    np.testing.assert_array_equal(labelled(axis, "a").get_data(), (x.ravel(), series[0].ravel()))
    np.testing.assert_array_equal(labelled(axis, "b").get_data(), (x.ravel(), series[1].ravel() + 2))
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("truth", "guess")
    assert axis.get_legend() is not None


def test_against_each_other_needs_no_legend_for_one_series(axis):
    figures.against_each_other(axis, np.arange(3), {"a": np.arange(3)}, names=("x", "y"))
    assert axis.get_legend() is None


def test_pictures_stand_in_named_rows_and_ink_is_black(axis, rng):
    rows = {"data": rng.integers(0, 2, size=(3, 9)), "dreams": rng.integers(0, 2, size=(2, 9))}
    figures.pictures(axis, rows, 3)
    drawn = [image.get_array() for image in axis.images]
    np.testing.assert_array_equal(drawn, np.concatenate(list(rows.values())).reshape(-1, 3, 3))
    assert axis.images[0].cmap(1.0)[:3] == (0, 0, 0)
    assert axis.images[0].get_clim() == (0, 1)
    x, y = np.transpose([image.get_extent() for image in axis.images])[[0, 2]]
    assert (np.diff(x[:3]) > 1).all()
    assert y[0] == y[2] > y[3] == y[4]
    assert [text.get_text() for text in axis.texts] == list(rows)
    assert axis.get_xlim()[1] > x.max() + 1
    assert axis.get_ylim()[0] < y.min()


def test_sorted_rates_fall(axis, rng):
    rates = {"good": rng.uniform(size=(2, 5)), "bad": rng.uniform(size=(3, 5))}
    figures.sorted_rates(axis, rates)
    expected = -np.sort(-np.concatenate(list(rates.values())), axis=1)
    np.testing.assert_array_equal([line.get_ydata() for line in axis.lines], expected)
    assert [line.get_color() for line in axis.lines] == [BLUE] * 2 + [VERMILION] * 3
    assert labels(axis) == ["good", "bad"]


def test_forgetting_draws_lines_and_level(axis):
    steps = np.array([1, 10, 100])
    figures.forgetting(axis, steps, {"a": np.array([0.6, 0.5, 0.1]), "b": np.full(3, 0.6)}, "slope", level=1.0)
    assert labelled(axis, "a").get_data()[1].tolist() == [0.6, 0.5, 0.1]
    assert labelled(axis, "b").get_xdata().tolist() == [1, 10, 100]
    assert labelled(axis, "a").get_color() != labelled(axis, "b").get_color()
    assert axis.lines[-1].get_ydata()[0] == 1
    assert axis.get_xscale() == "log"
    assert axis.get_ylabel() == "slope"


def test_schedules_are_solid_as_written_and_dashed_as_coded(axis):
    written = {"first": np.array([0.1, 0.01]), "joint": np.array([0.3, 0.1])}
    coded = {"first": np.array([0.01, 0.01]), "joint": np.array([0.1, 0.1])}
    figures.schedules(axis, written, coded)
    for name, colour in zip(written, (BLUE, ORANGE), strict=True):
        for source, rates, style in (("text", written, "-"), ("code", coded, "--")):
            line = labelled(axis, f"{name}, {source}")
            np.testing.assert_array_equal(line.get_data(), ([1, 2], rates[name]))
            assert line.get_linestyle() == style
            assert line.get_color() == colour
    assert axis.get_yscale() == "log"


def test_stored_digits_have_a_row_for_every_machine(axis, rng):
    shown = rng.integers(0, 2, size=(2, 20, 9))
    dims = ("replica", "sample", "visible")
    dataset = xr.Dataset({"shown": (dims, shown)}, coords={"replica": [0, 3]})
    figures.stored_digits(axis, dataset.transpose(*reversed(dims)), 3)
    assert [text.get_text() for text in axis.texts] == ["machine 0", "machine 3"]
    drawn = [image.get_array() for image in axis.images]
    np.testing.assert_array_equal(drawn, shown[:, :12].reshape(-1, 3, 3))


def test_stored_digits_that_have_not_been_run(says_not_run):
    says_not_run(lambda axis: figures.stored_digits(axis, None, 20), "run dbm")
