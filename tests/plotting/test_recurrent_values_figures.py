import re

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from pruninglab.plotting.recurrent import values
from pruninglab.plotting.style import BLACK, BLUE, GREY, VERMILION

PAIR = ["unpruned", "pruned"]
MISSING = {
    "weights": lambda axis: values.weight_shares(axis, None),
    "cumulative": lambda axis: values.cumulative(axis, None, "", ""),
    "outputs": lambda axis: values.outputs_and_values(axis, None, None, ""),
    "errors": lambda axis: values.error_parts(axis, None, ""),
    "plane": lambda axis: values.plane(axis, None, None, ""),
    "condition": lambda axis: values.by_condition(axis, None),
    "direction": lambda axis: values.by_direction(axis, None),
    "noise": lambda axis: values.with_noise(axis, np.ones(2), None),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def labelled(axis):
    """The lines of an axis that have a label of their own."""
    return {line.get_label(): line for line in axis.lines if not line.get_label().startswith("_")}


def axis_labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run bandit\n--preset paper")


def test_weights_are_drawn_as_shares_of_what_remains(axis):
    counts = np.array([[1, 5, 2, 0], [3, 0, 0, 1], [9, 9, 9, 9]], dtype="uint16")
    coords = {"line": [*PAIR, "corrected"], "bin": [-0.1, 0.0, 0.1, 0.2]}
    values.weight_shares(axis, xr.DataArray(counts, coords=coords, dims=("line", "bin")))
    drawn = labelled(axis)
    assert list(drawn) == PAIR
    for own, line in zip(counts, PAIR, strict=False):
        np.testing.assert_allclose(drawn[line].get_xydata(), np.column_stack([coords["bin"], own / own.sum()]))
        assert drawn[line].get_drawstyle() == "steps-mid"
    assert axis_labels(axis) == ("recurrent weight $a_{ij}$", "share of synapses")


def test_cumulative_curves_count_ranks_from_one(axis):
    curves = {"pruned": np.array([0.5, 0.8, 1.0]), "unpruned": np.array([0.4, 0.9, 1.0])}
    values.cumulative(axis, curves, "components", "share")
    drawn = labelled(axis)
    for line, own in curves.items():
        np.testing.assert_array_equal(drawn[line].get_xydata(), np.column_stack([[1, 2, 3], own]))
    assert (*axis_labels(axis), axis.get_ylim()[0]) == ("components", "share", 0)
    assert all(tick == round(tick) for tick in axis.get_xticks())


def test_outputs_are_thin_with_markers_upon_thick_values(axis, rng):
    outputs, teacher = rng.normal(size=(2, 6, 4))
    values.outputs_and_values(axis, outputs, teacher, "pruned, choice")
    drawn = labelled(axis)
    assert len(drawn) == 8
    for action in range(4):
        thick, thin = drawn[f"$Q_{action}$"], drawn[f"$y_{action}$"]
        np.testing.assert_array_equal(thick.get_xydata(), np.column_stack([range(1, 7), teacher[:, action]]))
        np.testing.assert_array_equal(thin.get_xydata(), np.column_stack([range(1, 7), outputs[:, action]]))
        assert thick.get_color() == thin.get_color()
        assert thick.get_linewidth() > 2 * thin.get_linewidth()
    assert len({drawn[f"$y_{action}$"].get_marker() for action in range(4)} - {"None"}) == 4
    assert (axis.get_title(), *axis_labels(axis)) == ("pruned, choice", "trial", "value")


def test_scatter_stands_on_offset(axis, rng):
    parts = {line: tuple(rng.uniform(size=(2, 4))) for line in PAIR}
    values.error_parts(axis, parts, "choice")
    labels = ["unpruned, offset", "unpruned, scatter", "pruned, offset", "pruned, scatter"]
    assert [container.get_label() for container in axis.containers] == labels
    for place, (offset, scatter) in enumerate(parts.values()):
        below, above = axis.containers[2 * place : 2 * place + 2]
        np.testing.assert_allclose([bar.get_height() for bar in below], offset)
        np.testing.assert_allclose([bar.get_height() for bar in above], scatter)
        np.testing.assert_allclose([bar.get_y() for bar in above], offset)
        middles = [bar.get_x() + bar.get_width() / 2 for bar in below]
        np.testing.assert_allclose(middles, np.arange(4) + (-0.2, 0.2)[place])
        assert all(bar.get_hatch() and not lower.get_hatch() for bar, lower in zip(above, below, strict=True))
    assert [label.get_text() for label in axis.get_xticklabels()] == ["fixate", "option 1", "option 2", "option 3"]
    assert (axis.get_title(), axis.get_ylabel()) == ("choice", "mean squared error")


def test_a_plane_marks_the_first_trial_and_the_rewarded_choices(axis, rng):
    points = rng.normal(size=(8, 2))
    values.plane(axis, points, np.array([0, 1, -1, 0, 0, 1, 0, 0]), "pruned")
    drawn = labelled(axis)
    assert list(drawn) == ["fixation", "choice", "rewarded choice"]
    np.testing.assert_array_equal(drawn["fixation"].get_xydata(), points[[0, 2, 4, 6]])
    np.testing.assert_array_equal(drawn["choice"].get_xydata(), points[[1, 3, 5, 7]])
    np.testing.assert_array_equal(drawn["rewarded choice"].get_xydata(), points[[1, 5]])
    assert drawn["rewarded choice"].get_marker() == "+"
    assert drawn["fixation"].get_marker() != drawn["choice"].get_marker()
    (start,) = axis.texts
    assert (start.get_text(), *start.xy) == ("S", *points[0])
    assert (axis.get_title(), *axis_labels(axis)) == ("pruned", "PC1", "PC2")


@pytest.fixture
def block(rng):
    points, outputs, teacher = rng.normal(size=(4, 2)), *rng.normal(size=(2, 4, 4))
    return points, outputs, teacher, np.array([0, 2, 3, 1]), np.array([0.0, 1.0, -1.0, 0.0])


def test_a_film_has_a_frame_for_every_step_and_leaves_no_figure_open(block):
    before = plt.get_fignums()
    html = values.film(*block, "a block")
    assert re.findall(r'<img [^>]*alt="(.*?)"', html) == ["a block"]
    assert len(re.findall(r'frames\[\d+\] = "data:image/png;base64,', html)) == 4
    assert plt.get_fignums() == before


def test_every_frame_shows_the_state_and_the_values_of_its_step(block, film_class):
    points, outputs, teacher, actions, _ = block
    values.film(*block, "")
    film, left, right = film_class.shown, *film_class.shown.figure.axes
    clocks, colours = [], []
    for frame in range(film.frames):
        film.draw(frame)
        trail, head = left.lines[2:]
        np.testing.assert_array_equal(trail.get_xydata(), points[: frame + 1])
        np.testing.assert_array_equal(head.get_xydata(), points[frame : frame + 1])
        assert head.get_marker() == "os"[frame % 2]
        np.testing.assert_array_equal([bar.get_height() for bar in right.patches], outputs[frame])
        drawn = labelled(right)
        np.testing.assert_array_equal(drawn["teacher's value"].get_ydata(), teacher[frame])
        assert list(drawn["action"].get_xdata()) == [actions[frame]]
        clocks.append(film.figure.texts[0].get_text())
        colours.append(to_hex(head.get_color()).upper())
    assert colours == [BLACK, VERMILION, BLACK, BLACK]
    assert clocks == [
        "trial 1, fixation: fixate, reward 0",
        "trial 1, choice: option 2, reward 1",
        "trial 2, fixation: option 3, reward -1",
        "trial 2, choice: option 1, reward 0",
    ]
    low, high = right.get_ylim()
    assert low < min(outputs.min(), teacher.min())
    assert high > max(outputs.max(), teacher.max())


def test_a_trail_holds_the_last_three_moves(film_class, rng):
    points = rng.normal(size=(10, 2))
    values.film(points, np.zeros((10, 4)), np.zeros((10, 4)), np.zeros(10, dtype=int), np.zeros(10), "")
    film_class.shown.draw(8)
    np.testing.assert_array_equal(film_class.shown.figure.axes[0].lines[2].get_xydata(), points[5:9])


def test_two_clouds_and_the_line_between_their_means(axis, rng):
    first, second = rng.normal(size=(2, 9, 2))
    values.two_clouds(axis, first, second, 12.34, "apart")
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), first)
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), second)
    np.testing.assert_allclose(axis.lines[2].get_xydata(), [first.mean(axis=0), second.mean(axis=0)])
    assert [line.get_color() for line in axis.lines[:2]] == [GREY, BLUE]
    assert axis.get_title() == "apart\n$D^2$ = 12.3"
    assert axis.get_aspect() == 1


def test_chance_draws_formula_and_simulations(axis):
    values.chance(axis, np.array([1, 2, 3]), np.array([0.1, 0.4, 2.0]), {2: 0.5, 3: 1.9})
    drawn = labelled(axis)
    np.testing.assert_array_equal(drawn["formula"].get_xydata(), [[1, 0.1], [2, 0.4], [3, 2.0]])
    np.testing.assert_array_equal(drawn["simulation"].get_xydata(), [[2, 0.5], [3, 1.9]])
    assert axis.get_yscale() == "log"
    assert axis_labels(axis) == ("dimensions $p$", "mean of $D^2$, equal means")


def test_training_draws_medians_and_the_middle_half(axis):
    values.training(axis, np.array([[1.0, 2, 3, 4, 5], [10, 20, 30, 40, 50]]), "error")
    np.testing.assert_allclose(axis.lines[0].get_xydata(), [[0, 3], [1, 30]])
    x, y = axis.collections[0].get_paths()[0].vertices.T
    edges = [(y[x == place].min(), y[x == place].max()) for place in (0, 1)]
    np.testing.assert_allclose(edges, [(2, 4), (20, 40)])
    assert axis.get_yscale() == "log"
    assert axis_labels(axis) == ("batches of training", "error")


def test_untrained_networks_are_counted_and_the_last_bin_holds_the_rest(axis):
    values.untrained(axis, np.array([100.0, 200.0, 5000.0, 1e12, np.inf]))
    counts = {round(float(bar.get_x()), 6): bar.get_height() for bar in axis.patches}
    assert {left: count for left, count in counts.items() if count} == {2.0: 2, 3.5: 1, 6.5: 2}
    places = {label: line.get_xdata()[0] for label, line in labelled(axis).items()}
    assert places == {"paper, unpruned": np.log10(5200), "paper, pruned": np.log10(39261)}
    assert len({line.get_linestyle() for line in axis.lines}) == 2
    assert axis_labels(axis) == ("$\\log_{10}D^2$, untrained", "networks")


def test_blocks_by_condition_and_their_means(axis, rng):
    records = {}
    for line in PAIR:
        separation, condition = rng.uniform(1, 9, size=(2, 5))
        records[line] = xr.Dataset({"separation": ("block", separation), "condition": ("block", condition)})
    values.by_condition(axis, records)
    drawn = labelled(axis)
    means = [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == "--"]
    for line, mean in zip(PAIR, means, strict=True):
        own = records[line]
        np.testing.assert_array_equal(drawn[line].get_xydata(), np.column_stack([own["condition"], own["separation"]]))
        np.testing.assert_allclose(mean, own["separation"].values.mean())
    assert axis.get_yscale() == "log"
    assert axis_labels(axis) == ("condition number", "$D^2$ of a block")


def test_shares_by_direction_are_medians_over_blocks(axis, rng):
    shares = {line: rng.uniform(size=(5, 3)) for line in PAIR}
    values.by_direction(axis, shares)
    drawn = labelled(axis)
    for line, own in shares.items():
        np.testing.assert_allclose(drawn[line].get_xydata(), np.column_stack([[1, 2, 3], np.sort(own, axis=0)[2]]))
    assert axis_labels(axis) == ("directions, by variance", "share of $D^2$")


def test_distances_with_noise_are_medians_over_blocks(axis, rng):
    sigmas = np.array([0.1, 1.0])
    squared = {line: rng.uniform(1, 9, size=(2, 5)) for line in PAIR}
    values.with_noise(axis, sigmas, squared)
    drawn = labelled(axis)
    for line, own in squared.items():
        np.testing.assert_allclose(drawn[line].get_xydata(), np.column_stack([sigmas, np.sort(own, axis=1)[:, 2]]))
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert axis_labels(axis) == ("SD of each unit's noise", "$D^2$, median of blocks")


def test_flips_and_a_line_of_slope_one(axis):
    sizes, shares = np.array([0.01, 0.1, 1.0]), np.array([0.0, 0.3, 0.9])
    values.flips(axis, sizes, shares)
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), [np.nan, 0.3, 0.9])
    np.testing.assert_allclose(labelled(axis)["slope 1"].get_ydata(), [0.03, 0.3, 3.0])
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert axis_labels(axis) == ("size of the push", "blocks with another action")


def test_distances_after_a_push_are_geometric_means(axis):
    distances = {"held": np.array([[0.1, 0.01], [10.0, 0.04]]), "another": np.array([[1.0, 0.0]])}
    values.after_push(axis, distances, 20)
    drawn = labelled(axis)
    np.testing.assert_allclose(drawn["held"].get_xydata(), [[20, 1.0], [21, 0.02]])
    np.testing.assert_allclose(drawn["another"].get_xydata(), [[20, 1.0], [21, 1e-16]])
    assert len({line.get_marker() for line in drawn.values()}) == 2
    assert axis.get_yscale() == "log"
    assert axis_labels(axis) == ("step", "distance of the states")
