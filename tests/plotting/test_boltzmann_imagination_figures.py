"""Figures of what deep machines imagine: what they draw is what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from pruninglab.plotting.boltzmann import imagination as figures
from pruninglab.plotting.style import BLACK, BLUE, ORANGE, VERMILION

CRITERIA = ["random_weights", "variance_fi"]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def table(rng):
    """Three machines, two criteria, four prunings; a line of the second machine is missing, and one is cut."""
    dims = ("replica", "criterion", "iteration")
    names = ("n_weights", "quality", "error")
    values = {name: (dims, rng.uniform(0.1, 0.9, size=(3, 2, 4))) for name in names}
    values["n_weights"] = (dims, 1e5 * values["n_weights"][1])
    unpruned = {f"unpruned_{name}": (dims[:2], values[name][1][..., 0] + 0.1) for name in names}
    unpruned["unpruned_raw_error"] = (dims[:2], rng.uniform(size=(3, 2)))
    table = xr.Dataset(values | unpruned, {"criterion": CRITERIA, "iteration": [1, 2, 3, 4]})
    for name in names:
        table[name][1, 0] = np.nan
        table[name][:, 1, 3] = np.nan
    return table


def labelled(axis, label):
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return line


def labels(axis):
    return axis.get_legend_handles_labels()[1]


DRAWN = {
    "pictures": (lambda axis: figures.pictures(axis, None), "dbm-pruning --preset reduced"),
    "pictures of a machine": (
        lambda axis: figures.pictures(axis, None, command=figures.MACHINE_COMMAND),
        "dbm --preset reduced",
    ),
    "against_weights": (
        lambda axis: figures.against_weights(axis, None, "quality", "", {}),
        "dbm-pruning --preset reduced",
    ),
    "class_shares": (lambda axis: figures.class_shares(axis, None), "dbm --preset reduced"),
    "codes_and_digits": (lambda axis: figures.codes_and_digits(axis, None), "dbm-pruning --preset reduced"),
}


@pytest.mark.parametrize(("draw", "command"), DRAWN.values(), ids=DRAWN)
def test_a_missing_result_says_not_run(draw, command, axis):
    draw(axis)
    (text,) = axis.texts
    assert " ".join(text.get_text().split()) == f"not run python -m pruninglab run {command}"
    assert not axis.lines
    assert not axis.images


def test_a_sheet_holds_pictures_row_by_row_with_lines_between_them(rng):
    pictures = rng.uniform(size=(5, 9))
    page = figures.sheet(pictures, 3)
    assert page.shape == (9, 13)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, 3)
        own = page[4 * row + 1 : 4 * row + 4, 4 * column + 1 : 4 * column + 4]
        np.testing.assert_array_equal(own, picture.reshape(3, 3))
    assert np.isnan(page[5:8, 9:12]).all()
    assert (page[::4] == figures.FRAME).all()
    assert (page[:, ::4] == figures.FRAME).all()


def test_rows_of_pictures_are_named_and_ink_is_black(axis, rng):
    rows = {"first": rng.integers(0, 2, size=(4, 9)), "second": np.ones((4, 9))}
    figures.pictures(axis, rows)
    (image,) = axis.images
    np.testing.assert_array_equal(image.get_array(), figures.sheet(np.concatenate(list(rows.values())), 4))
    assert [label.get_text() for label in axis.get_yticklabels()] == ["first", "second"]
    for tick, row in zip(axis.get_yticks(), (0, 1), strict=True):
        assert 4 * row < tick < 4 * row + 4
    assert to_hex(image.to_rgba(np.array([[1.0]]))[0, 0]) == BLACK
    assert image.get_clim() == (0, 1)


def test_every_frame_of_the_film_shows_its_step(film_class, rng):
    panels = {name: rng.uniform(size=(3, 4, 9)) for name in ("awake", "asleep")}
    assert figures.film(panels, [0, 1, 20], 2, "alt") == "once"
    film = film_class.shown
    assert film.frames == 3
    for frame, step in enumerate((0, 1, 20)):
        film.draw(frame)
        assert film.figure.texts[0].get_text() == f"step {step}"
        for axis, (name, frames) in zip(film.figure.axes, panels.items(), strict=True):
            assert axis.get_title() == name
            np.testing.assert_array_equal(axis.images[0].get_array(), figures.sheet(frames[frame], 2))


def test_a_film_is_small_has_an_alt_text_and_leaves_no_figure_open(rng):
    html = figures.film({"one": rng.integers(0, 2, size=(2, 4, 64))}, [0, 1], 2, "digits change")
    assert html.count('alt="digits change"') == html.count("<img ") > 0
    assert len(html) < 100_000
    assert not plt.get_fignums()


def test_curves_over_steps_and_their_levels(axis):
    figures.over_steps(axis, [0, 1, 10], {"a": [1, 0.5, 0.2], "b": [0.1, 0.2, 0.3]}, "share", {"bound": 0.7})
    np.testing.assert_array_equal(labelled(axis, "a").get_xydata(), [[0, 1], [1, 0.5], [10, 0.2]])
    np.testing.assert_array_equal(labelled(axis, "b").get_ydata(), [0.1, 0.2, 0.3])
    assert set(labelled(axis, "bound").get_ydata()) == {0.7}
    assert axis.get_ylabel() == "share"
    assert axis.get_xscale() == "symlog"
    assert axis.xaxis.get_major_formatter()(100, None) == "100"


def test_confidences_are_shares_and_their_means_are_marked(axis):
    samples = {"digits": np.array([0.95, 0.96, 0.5, 0.95]), "coins": np.array([0.33, 0.34])}
    figures.confidences(axis, samples)
    for patch, (name, values) in zip(axis.patches, samples.items(), strict=True):
        heights, edges, _ = patch.get_data()
        assert heights.sum() == pytest.approx(1)
        assert patch.get_label() == name
        own = np.digitize(values[0], edges) - 1
        assert heights[own] == pytest.approx(np.mean(np.digitize(values, edges) - 1 == own))
    assert [line.get_xdata()[0] for line in axis.lines] == pytest.approx([0.84, 0.335])
    assert [line.get_color() for line in axis.lines] == [BLACK, BLUE]


def test_strictness_marks_the_penalty_in_use(axis):
    figures.strictness(axis, [0.1, 1, 10], {"right": [0.9, 0.91, 0.92]}, 0.1)
    np.testing.assert_array_equal(labelled(axis, "right").get_xydata(), [[0.1, 0.9], [1, 0.91], [10, 0.92]])
    assert set(axis.lines[-1].get_xdata()) == {0.1}
    assert axis.get_xscale() == "log"


def test_imaginations_are_placed_by_diversity_and_quality(axis):
    points = {name: (0.2 * k, 1 - 0.1 * k) for k, name in enumerate("abcdefg")}
    figures.imaginations(axis, points, 2.3)
    for name, place in points.items():
        np.testing.assert_allclose(labelled(axis, name).get_xydata(), [place])
    drawn = axis.lines[: len(points)]
    assert len({(line.get_marker(), line.get_color()) for line in drawn}) == len(points)
    assert set(axis.lines[-1].get_xdata()) == {2.3}
    assert axis.get_xlabel().startswith("diversity")
    assert axis.get_ylabel() == "quality"


def test_live_lines_start_before_any_pruning(axis):
    figures.live_lines(axis, {"anti_fi": [0.6, 0.5, 0.4], "equal_training": [0.6, 0.7, 0.8]}, "quality", {"coins": 0.4})
    for name, last in (("anti-FI", 0.4), ("no pruning, trained on", 0.8)):
        assert labelled(axis, name).get_xdata().tolist() == [0, 1, 2]
        assert labelled(axis, name).get_ydata()[[0, 2]].tolist() == [0.6, last]
    assert labelled(axis, "anti-FI").get_color() == VERMILION
    assert set(labelled(axis, "coins").get_ydata()) == {0.4}
    assert list(axis.get_xticks()) == [0, 1, 2]


def test_lines_against_weights_are_means_with_deviations_and_say_how_many(table, axis):
    figures.against_weights(axis, table, "quality", "quality of digits", {"coins": 0.6})
    drawn = dict(zip(labels(axis)[-2:], axis.containers, strict=True))
    assert list(drawn) == ["variance FI, 3", "random weights, 2"]
    for name, criterion, stop, machines in (
        ("variance FI, 3", "variance_fi", 3, [0, 1, 2]),
        ("random weights, 2", "random_weights", 4, [0, 2]),
    ):
        own = table.sel(criterion=criterion, replica=machines).isel(iteration=slice(stop))
        line, caps, _ = drawn[name]
        np.testing.assert_allclose(line.get_xdata()[:stop], own["n_weights"].mean("replica"))
        np.testing.assert_allclose(line.get_ydata()[:stop], own["quality"].mean("replica"))
        half = (caps[1].get_ydata() - caps[0].get_ydata()) / 2
        np.testing.assert_allclose(half[:stop], own["quality"].std("replica"))
        assert np.isnan(line.get_ydata()[stop:]).all()
        assert line.get_color() == figures.CRITERION_STYLES[criterion]["color"]
    expected = [float(table[f"unpruned_{name}"].mean()) for name in ("n_weights", "quality")]
    np.testing.assert_allclose(np.ravel(labelled(axis, "unpruned").get_data()), expected)
    assert set(labelled(axis, "coins").get_ydata()) == {0.6}
    assert axis.get_xscale() == "log"
    assert axis.xaxis_inverted()
    assert axis.get_ylabel() == "quality of digits"
    assert axis.xaxis.get_major_formatter()(2e5, None) == "200k"


def test_class_shares_show_means_machines_and_the_published_range(axis, rng):
    shares = rng.dirichlet(np.ones(10), size=3)
    figures.class_shares(axis, shares)
    bars = axis.containers[0]
    np.testing.assert_allclose([bar.get_height() for bar in bars], shares.mean(axis=0))
    dots = [line for line in axis.lines if line.get_marker() == "."]
    np.testing.assert_allclose([line.get_ydata() for line in dots], shares)
    assert set(labelled(axis, "balanced").get_ydata()) == {0.1}
    (band,) = [patch for patch in axis.patches if patch.get_label() == "published range"]
    assert band.get_y() == 0.07
    assert band.get_y() + band.get_height() == pytest.approx(0.18)
    assert axis.get_title(loc="right") == "n = 3"


def test_codes_and_digits_have_a_mark_for_every_machine_and_iteration(table, axis):
    figures.codes_and_digits(axis, table)
    for criterion in CRITERIA:
        name, style = figures.CRITERION_NAMES[criterion], figures.CRITERION_STYLES[criterion]
        own = [line for line in axis.lines if line.get_color() == style["color"] and len(line.get_xdata()) > 1]
        assert name in labels(axis)
        assert len(own) == 4
        for line, iteration in zip(own, (1, 2, 3, 4), strict=True):
            there = table.sel(criterion=criterion, iteration=iteration)
            np.testing.assert_array_equal(line.get_xdata(), there["quality"])
            np.testing.assert_array_equal(line.get_ydata(), there["error"])
        sizes = [line.get_markersize() for line in own]
        assert sizes == sorted(set(sizes))
    level = labelled(axis, "raw pictures").get_ydata()
    np.testing.assert_allclose(level, table["unpruned_raw_error"].mean())
    np.testing.assert_array_equal(labelled(axis, "unpruned").get_ydata(), table["unpruned_error"].values.ravel())
    assert axis.get_yscale() == "log"


def test_rates_are_drawn_against_the_usual_ones(axis, rng):
    usual = rng.uniform(size=6)
    found = {"cut off": usual / 2, "adapted": usual + 0.01}
    figures.rates(axis, usual, found, "rate")
    for name, values in found.items():
        np.testing.assert_array_equal(labelled(axis, name).get_data(), (usual, values))
    np.testing.assert_array_equal(*axis.lines[0].get_data())
    assert axis.get_ylabel() == "rate"


def test_bars_run_downwards_with_levels(axis):
    figures.bars(axis, {"whole": 0.6, "cut off": 0.4}, "quality", {"coins": 0.3, "digits": 0.7})
    assert [bar.get_width() for bar in axis.patches] == [0.6, 0.4]
    tops = [bar.get_y() for bar in axis.patches]
    assert tops[0] > tops[1]
    names = {label.get_text(): label.get_position()[1] for label in axis.get_yticklabels()}
    assert names["whole"] > names["cut off"]
    assert set(labelled(axis, "coins").get_xdata()) == {0.3}
    assert set(labelled(axis, "digits").get_xdata()) == {0.7}
    assert len({labelled(axis, name).get_linestyle() for name in ("coins", "digits")}) == 2


def test_colours_of_neighbouring_kinds_differ():
    assert len(set(figures.COLOURS)) == len(figures.COLOURS) < len(set(figures.MARKERS))
    assert figures.COLOURS[:4] == (BLACK, BLUE, VERMILION, ORANGE)
