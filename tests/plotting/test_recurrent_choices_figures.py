import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from pruninglab.plotting.recurrent import choices
from pruninglab.plotting.recurrent.lines import LINE_STYLES

LINES = ["unpruned", "pruned", "corrected"]
NAMES = {"unpruned": "unpruned", "pruned": "pruned", "corrected": "pruned, residual masked"}
LEVELS = [0.1, 0.3, 0.7]
PAPER = "run bandit\n--preset paper --replicas 0:16"
LOW = "run bandit\n--preset low-noise --replicas 0:16"
MISSING = {
    "levels": (lambda axis: choices.by_level(axis, None, "", reference=("teacher", 3.0)), PAPER),
    "levels of another preset": (lambda axis: choices.by_level(axis, None, "", preset="low-noise"), LOW),
    "variance": (lambda axis: choices.cumulative_variance(axis, None), PAPER),
    "histograms": (lambda axis: choices.mean_histograms(axis, None), PAPER),
    "scatter": (lambda axis: choices.agreement_by_exponent(axis, None, None, preset="low-noise"), LOW),
    "loss": (lambda axis: choices.loss_and_error(axis, None, None, 0.4, LINES), PAPER),
    "stages": (lambda axis: choices.cut_and_retrained(axis, None, "pruned", ""), PAPER),
    "parts": (lambda axis: choices.error_parts(axis, None), PAPER),
}


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    coords = {"replica": range(5), "line": LINES, "level": LEVELS}
    return xr.DataArray(rng.normal(size=(5, 3, 3)), coords=coords, dims=("replica", "line", "level"))


def axis_labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


def check_errorbar(container, x, values):
    """Means and standard errors of values (replica, x)."""
    points, _, (bars,) = container
    np.testing.assert_allclose(points.get_xydata(), np.column_stack([x, values.mean(axis=0)]))
    ends = np.array(bars.get_segments())[:, :, 1]
    np.testing.assert_allclose(np.ptp(ends, axis=1) / 2, values.std(axis=0) / np.sqrt(len(values)))
    np.testing.assert_allclose(ends.mean(axis=1), values.mean(axis=0))


def check_style(artist, line):
    assert to_hex(artist.get_color()) == LINE_STYLES[line]["color"].lower()
    assert artist.get_marker() == LINE_STYLES[line]["marker"]


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(*MISSING[name])


def test_levels_have_the_lines_asked_for_and_a_dashed_reference(axis, values):
    choices.by_level(axis, values, "reward", lines=LINES, tested=("corrected", "unpruned"), reference=("teacher", 3.2))
    for place, container in enumerate(axis.containers):
        check_errorbar(container, LEVELS, values.values[:, place])
        assert container.get_label() == NAMES[LINES[place]]
        check_style(container[0], LINES[place])
    (dashed,) = [line for line in axis.lines if line.get_linestyle() == "--"]
    assert dashed.get_label() == "teacher"
    assert set(dashed.get_ydata()) == {3.2}
    assert axis_labels(axis) == ("prune fraction", "reward")


def test_levels_without_a_reference_have_none_and_compare_two_lines(axis, values):
    choices.by_level(axis, values, "error")
    assert [container.get_label() for container in axis.containers] == ["unpruned", "pruned"]
    assert not [line for line in axis.lines if line.get_linestyle() == "--"]


def test_networks_with_a_missing_number_are_left_out_of_the_lines_drawn(axis, values):
    values[1, 1, 0] = values[4, 2, 0] = np.nan
    choices.by_level(axis, values, "")
    check_errorbar(axis.containers[1], LEVELS, values.values[[0, 2, 3, 4], 1])
    assert axis.get_title(loc="right").startswith("n = 4, ")


def test_every_network_of_a_small_population_has_its_line(axis, values):
    choices.each_network(axis, values.transpose("level", "line", "replica"), "error")
    for place, curve in enumerate(axis.lines):
        line, number = divmod(place, 5)
        np.testing.assert_array_equal(curve.get_xydata(), np.column_stack([LEVELS, values.values[number, line]]))
        check_style(curve, LINES[line])
    labels = [text for text in axis.get_legend_handles_labels()[1] if text != "None"]
    assert labels == list(NAMES.values())
    assert axis.get_title(loc="right") == "n = 5"
    assert axis_labels(axis) == ("prune fraction", "error")


@pytest.mark.parametrize("floor", [None, ("floor", 0.4)])
def test_training_curves_begin_before_the_first_iteration(axis, floor):
    curves = {"pruned": np.array([2.0, 1.0, 0.5]), "unpruned": np.array([1.0, 0.6, 0.55])}
    choices.training_curves(axis, curves, "loss", floor)
    for curve, (line, own) in zip(axis.lines, curves.items(), strict=False):
        np.testing.assert_array_equal(curve.get_xydata(), np.column_stack([range(3), own]))
        assert curve.get_label() == NAMES[line]
        check_style(curve, line)
    floors = [(curve.get_label(), *set(curve.get_ydata())) for curve in axis.lines[2:]]
    assert floors == ([] if floor is None else [floor])
    assert axis.get_yscale() == "log"
    assert axis_labels(axis) == ("outer iterations", "loss")


def test_shares_of_variance_by_number_of_components(axis):
    rng = np.random.default_rng(1)
    shares = xr.DataArray(rng.random((2, 7, 6)), coords={"line": LINES[:2]}, dims=("line", "rank", "replica"))
    choices.cumulative_variance(axis, shares)
    for place, container in enumerate(axis.containers):
        check_errorbar(container, range(1, 8), shares.values[place].T)
        assert container.get_label() == LINES[place]
    assert axis.get_title(loc="right") == "n = 6"
    assert axis_labels(axis) == ("principal components", "share of the variance")


def test_histograms_are_means_and_their_lines_differ_in_dashes(axis):
    coords = {"line": LINES, "bin": [-0.1, 0.0, 0.1]}
    shares = xr.DataArray(np.random.default_rng(2).random((4, 3, 3)), coords=coords, dims=("replica", "line", "bin"))
    choices.mean_histograms(axis, shares)
    assert [curve.get_label() for curve in axis.lines] == ["unpruned", "pruned"]
    for place, curve in enumerate(axis.lines):
        np.testing.assert_allclose(curve.get_ydata(), shares.values[:, place].mean(axis=0))
        np.testing.assert_allclose(curve.get_xdata(), [-0.1, 0, 0.1])
    assert len({curve.get_linestyle() for curve in axis.lines}) == 2
    assert axis.get_title(loc="right") == "n = 4"
    assert axis_labels(axis) == ("recurrent weight $a_{ij}$", "share of synapses")


def test_scatter_of_agreement_has_every_network_and_the_means(axis):
    rng = np.random.default_rng(3)
    pairs = {"unpruned": rng.normal(size=(2, 6)), "pruned": rng.normal(size=(2, 5))}
    choices.agreement_by_exponent(axis, pairs, -0.345)
    for (line, own), points, centre in zip(pairs.items(), axis.lines[::2], axis.lines[1::2], strict=True):
        np.testing.assert_array_equal(points.get_xydata(), own.T)
        np.testing.assert_allclose(centre.get_xydata(), [own.mean(axis=1)])
        check_style(points, line)
        assert points.get_label() == NAMES[line]
        assert points.get_linestyle() == "None"
        assert to_hex(centre.get_markerfacecolor()) == LINE_STYLES[line]["color"].lower()
    assert axis.get_legend_handles_labels()[1] == ["unpruned", "pruned"]
    assert axis.get_title(loc="right") == "r = -0.34, n = 11"
    assert axis_labels(axis) == ("maximal exponent", "agreement")


def test_error_stands_against_loss_with_the_floor(axis, values):
    loss, error = abs(values.isel(level=0)), abs(values.isel(level=1))
    choices.loss_and_error(axis, loss, error, 0.4, ["pruned", "corrected"])
    for place, curve in zip((1, 2), axis.lines, strict=False):
        np.testing.assert_array_equal(curve.get_xydata(), np.column_stack([loss.values[:, place], error[:, place]]))
        check_style(curve, LINES[place])
        assert curve.get_label() == NAMES[LINES[place]]
    assert set(axis.lines[2].get_xdata()) == {0.4}
    assert axis.get_yscale() == "log"
    assert axis.get_title(loc="right") == "n = 5"
    assert axis_labels(axis) == ("loss on the last training batch", "error on fresh blocks")


def test_a_line_is_named_above_its_stages(axis, values):
    staged = xr.concat([values, values + 1], dim="stage").assign_coords(stage=["before", "after"])
    choices.cut_and_retrained(axis, staged, "corrected", "agreement")
    for shift, container in enumerate(axis.containers):
        check_errorbar(container, LEVELS, values.values[:, 2] + shift)
    assert axis.get_title() == "pruned, residual masked"
    assert axis.get_title(loc="right") == "n = 5"


def test_shared_errors_are_plain_and_relative_ones_hatched(axis):
    rng = np.random.default_rng(4)
    parts = {line: (rng.random(6), rng.random(6)) for line in LINES}
    choices.error_parts(axis, parts)
    flat = [own for both in parts.values() for own in both]
    np.testing.assert_allclose([bar.get_height() for bar in axis.patches], [own.mean() for own in flat])
    centres = [bar.get_x() + bar.get_width() / 2 for bar in axis.patches]
    np.testing.assert_allclose(centres, [-0.2, 0.2, 0.8, 1.2, 1.8, 2.2])
    assert [bar.get_hatch() for bar in axis.patches] == [None, "///"] * 3
    assert [text.get_text() for text in axis.get_xticklabels()] == list(NAMES.values())
    ends = [np.ptp(bars.get_segments()[0][:, 1]) / 2 for bars in axis.collections]
    np.testing.assert_allclose(ends, [own.std() / np.sqrt(6) for own in flat])
    assert axis.get_title(loc="right") == "n = 6"
    assert axis.get_ylabel() == "part of the squared error"
