"""Figures of deep machines while they are pruned: what they draw is what they are given."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from pruninglab.experiments.boltzmann.lines import CRITERIA as LINES
from pruninglab.plotting.boltzmann import survivors as figures
from pruninglab.plotting.boltzmann.pruning import CRITERION_NAMES, CRITERION_STYLES

CRITERIA = ["variance_fi", "weight_magnitude", "anti_fi"]


@pytest.fixture
def record():
    """Three machines, three criteria, four iterations; a line is missing, another ends early."""
    rng = np.random.default_rng(0)
    weights = np.sort(rng.uniform(1e3, 1e5, size=(3, 3, 4)))[..., ::-1].copy()
    error = rng.uniform(0.05, 0.5, size=(3, 3, 4))
    error[1, 1] = weights[1, 1] = np.nan
    error[2, 2, 2:] = np.nan
    dims = ("replica", "criterion", "iteration")
    coords = {"replica": [0, 1, 2], "criterion": CRITERIA, "iteration": [0, 1, 2, 3]}
    return xr.Dataset({"n_weights": (dims, weights), "error": (dims, error)}, coords=coords)


def marked(axis):
    """Lines with a label, by their label."""
    return {line.get_label(): line for line in axis.lines if not line.get_label().startswith("_")}


LINES_RUN, MACHINES_RUN = "run\ndbm-pruning\n--preset reduced", "run\ndbm --preset reduced"
NOT_RUN = {
    "zeros": (lambda axis: figures.zero_shares(axis, np.array([10]), None, levels={}), MACHINES_RUN),
    "weights": (lambda axis: figures.against_weights(axis, None, "error", CRITERIA, "", 9), LINES_RUN),
    "prunings": (lambda axis: figures.against_prunings(axis, None, "error", CRITERIA, ""), LINES_RUN),
    "saw": (lambda axis: figures.saw(axis, None, None, "anti_fi"), LINES_RUN),
    "pixels": (lambda axis: figures.pixels(axis, None, ""), LINES_RUN),
    "rise": (lambda axis: figures.parts_of_rise(axis, None, "variance_fi"), LINES_RUN),
    "sides": (lambda axis: figures.sides(axis, None, CRITERIA), LINES_RUN),
    "rates": (lambda axis: figures.rates(axis, None, None, CRITERIA), LINES_RUN),
}


@pytest.mark.parametrize(("draw", "command"), NOT_RUN.values(), ids=NOT_RUN)
def test_a_missing_result_says_not_run(draw, command, axis, says_not_run):
    says_not_run(draw, command)


def test_a_scale_of_errors_adds_nothing_to_a_panel_that_says_not_run(axis, says_not_run):
    def draw(axis):
        figures.against_prunings(axis, None, "error", CRITERIA, "")
        figures.error_scale(axis, 0.1, 0.9)

    says_not_run(draw, LINES_RUN)


def test_shares_of_zeros_are_drawn_layer_by_layer_with_levels_counts_and_marks(axis):
    n = np.array([10, 100, 1000])
    shares = {"first": np.array([[0.3, 0.2, 0.0]]), "second": np.array([[0.9, 0.5, 0.1], [0.8, 0.4, 0.2]])}
    levels = {"first": 0.1, "second": 0.25}
    figures.zero_shares(axis, n, shares, levels=levels, seen={100: 0.45, 300: 0.3}, marks=(700,))
    curves = [line for line in axis.lines if len(line.get_xdata()) == 3]
    np.testing.assert_array_equal([line.get_ydata() for line in curves], [*shares["first"], *shares["second"]])
    dotted = {line.get_color(): line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == ":"}
    assert dotted == {curves[0].get_color(): 0.1, curves[1].get_color(): 0.25}
    assert curves[0].get_color() != curves[1].get_color() == curves[2].get_color()
    (circles,) = [line for line in axis.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(circles.get_xydata(), [[100, 0.45], [300, 0.3]])
    assert any(list(line.get_xdata()) == [700, 700] for line in axis.lines)
    assert len(axis.get_legend().get_texts()) == 3
    assert axis.get_xscale() == "log"


def test_a_small_machine_has_a_line_for_every_weight_and_open_units_without_any(axis):
    first, second = np.array([[True, True, False], [False, False, False]]), np.array([[True], [False], [False]])
    figures.layers(axis, first, second, dead=[1])
    weights = [line.get_xydata() for line in axis.lines if len(line.get_xdata()) == 2]
    assert len(weights) == first.sum() + second.sum()
    assert [list(ends[:, 1]) for ends in weights] == [[0, 1], [0, 1], [1, 2]]
    units = [line for line in axis.lines if len(line.get_xdata()) == 1]
    is_open = [line.get_markerfacecolor() == "white" for line in units]
    assert is_open == [False, True, False, False, True, False]  # v, h1, h2
    assert [line.get_marker() for line in units] == ["o", "o", "o", "s", "o", "o"]
    assert [line.get_ydata()[0] for line in units] == [0, 0, 1, 1, 1, 2]
    places = {(line.get_xdata()[0], line.get_ydata()[0]) for line in units}
    assert {tuple(end) for ends in weights for end in ends} <= places


def test_machines_are_thin_lines_and_marks_their_means_as_long_as_all_are_there(record, axis):
    figures.against_weights(axis, record, "error", CRITERIA, "test error", 99_000)
    lines = marked(axis)
    for criterion, n, last in zip(CRITERIA, (3, 2, 3), (4, 4, 2), strict=True):
        own = record.sel(criterion=criterion).isel(iteration=slice(last)).dropna("replica")
        line = lines[f"{CRITERION_NAMES[criterion]} (n = {n})"]
        np.testing.assert_allclose(line.get_xdata(), own["n_weights"].mean("replica"))
        np.testing.assert_allclose(line.get_ydata(), own["error"].mean("replica"))
        assert line.get_marker() == CRITERION_STYLES[criterion]["marker"]
        assert line.get_color() == CRITERION_STYLES[criterion]["color"]
    thin = [line for line in axis.lines if line.get_linewidth() == 0.5]
    np.testing.assert_array_equal(thin[0].get_xdata(), record["n_weights"].sel(criterion="variance_fi")[0])
    assert len(thin) == 8
    assert any(list(line.get_xdata()) == [99_000, 99_000] for line in axis.lines)
    assert axis.xaxis_inverted()
    assert axis.get_xscale() == "log"
    assert axis.get_ylabel() == "test error"


def test_against_prunings_counts_from_before_any(record, axis):
    figures.against_prunings(axis, record, "error", ["weight_magnitude"], "rate")
    (line,) = marked(axis).values()
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2, 3])
    np.testing.assert_allclose(line.get_ydata(), record["error"].sel(criterion="weight_magnitude").mean("replica"))
    assert list(axis.get_xticks()) == [0, 1, 2, 3]


def test_a_scale_of_errors_has_levels_and_plain_ticks(record, axis):
    figures.against_prunings(axis, record, "error", CRITERIA, "test error")
    figures.error_scale(axis, 0.08, 0.8865)
    levels = {line.get_linestyle(): line.get_ydata()[0] for line in axis.lines[-2:]}
    assert levels == {":": 0.08, "--": 0.8865}
    assert axis.get_yscale() == "log"
    assert "0.1" in [label.get_text() for label in axis.get_yticklabels()]
    low, high = axis.get_ylim()
    assert low < 0.08
    assert high > 0.8865
    n = len(axis.lines)
    figures.error_scale(axis)
    assert len(axis.lines) == n


def test_a_saw_goes_up_before_retraining_where_that_is_known(axis):
    before = np.array([[0.4, np.nan, 0.5], [0.3, np.nan, 0.6]])
    after = np.array([[0.1, 0.2, 0.25, 0.3], [0.15, 0.2, 0.2, 0.2]])
    figures.saw(axis, before, after, "anti_fi")
    paths = [line for line in axis.lines if line.get_linewidth() == 0.9]
    np.testing.assert_array_equal(paths[0].get_xdata(), [0, 1, 1, 2, 3, 3])
    np.testing.assert_array_equal(paths[0].get_ydata(), [0.1, 0.4, 0.2, 0.25, 0.5, 0.3])
    np.testing.assert_array_equal(paths[1].get_ydata(), [0.15, 0.3, 0.2, 0.2, 0.6, 0.2])
    opened = [line for line in axis.lines if line.get_markerfacecolor() == "white"]
    np.testing.assert_array_equal([line.get_ydata() for line in opened], before)
    np.testing.assert_array_equal(opened[0].get_xdata(), [1, 2, 3])
    assert axis.get_title(loc="left") == "anti-FI"
    assert paths[0].get_color() == CRITERION_STYLES["anti_fi"]["color"]


def test_pixels_stand_in_their_places_and_one_is_black(axis):
    values = np.linspace(0, 0.2, 16)
    image = figures.pixels(axis, values, "title", most=0.25)
    np.testing.assert_array_equal(image.get_array(), values.reshape(4, 4))
    assert image.get_clim() == (0, 0.25)
    assert to_hex(image.get_cmap()(0.0)) == "#ffffff"
    assert to_hex(image.get_cmap()(1.0)) == "#000000"
    assert axis.get_title(loc="left") == "title"


def test_parts_of_a_rise_are_factors_that_multiply(axis):
    rng = np.random.default_rng(1)
    parts = {"selection": rng.normal(size=(3, 4)), "change": rng.normal(size=(3, 4))}
    parts["total"] = parts["selection"] + parts["change"]
    figures.parts_of_rise(axis, parts, "variance_fi")
    drawn = {key: marked(axis)[style["label"]].get_ydata() for key, style in figures.PARTS.items()}
    np.testing.assert_allclose(drawn["total"], drawn["selection"] * drawn["change"])
    np.testing.assert_allclose(drawn["selection"], np.exp(parts["selection"].mean(axis=0)))
    assert "variance FI" in axis.get_ylabel()


def test_bars_are_means_of_the_sides_that_were_lost(axis):
    rng = np.random.default_rng(2)
    lost = {side: {c: rng.integers(0, 90, size=2) for c in CRITERIA} for side in ("inputs", "outputs")}
    figures.sides(axis, lost, CRITERIA)
    assert [bars.get_label() for bars in axis.containers] == ["all inputs lost", "all outputs lost"]
    for bars, side in zip(axis.containers, lost, strict=True):
        assert [bar.get_height() for bar in bars] == [lost[side][c].mean() for c in CRITERIA]
    dots = [line.get_ydata() for line in axis.lines]
    np.testing.assert_array_equal(dots, [lost[side][c] for side in lost for c in CRITERIA])
    assert [label.get_text() for label in axis.get_xticklabels()] == [CRITERION_NAMES[c] for c in CRITERIA]


def test_rates_of_kept_units_are_filled_those_of_lost_ones_open_or_absent(axis):
    kept = {c: np.array([0.1, 0.2]) + k for k, c in enumerate(CRITERIA)}
    lost = {c: np.array([0.01]) for c in CRITERIA} | {"anti_fi": np.array([np.nan])}
    figures.rates(axis, kept, lost, CRITERIA)
    for place, criterion in enumerate(CRITERIA):
        filled, opened = axis.lines[2 * place : 2 * place + 2]
        assert (filled.get_fillstyle(), opened.get_fillstyle()) == ("full", "none")
        np.testing.assert_array_equal(filled.get_ydata(), kept[criterion])
        np.testing.assert_array_equal(opened.get_ydata(), [] if criterion == "anti_fi" else [0.01])
        assert (abs(filled.get_xdata() - place) < 0.5).all()


def test_every_line_has_a_name_and_a_style():
    assert set(LINES) <= set(CRITERION_NAMES)
    assert len({tuple(CRITERION_STYLES[criterion].values()) for criterion in LINES}) == len(LINES)
