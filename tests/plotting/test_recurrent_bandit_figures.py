import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgba

from pruninglab.plotting.recurrent import bandit as figures
from pruninglab.plotting.style import BLACK, BLUE, GREY, ORANGE, VERMILION

WHITE = to_rgba("white")


def labels(axis):
    return axis.get_legend_handles_labels()[1]


def axis_labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


def colour(artist):
    return to_rgba(artist.get_color())


def test_a_missing_pilot_draws_not_run_and_the_command(says_not_run):
    says_not_run(lambda axis: figures.pilot(axis, None, "agreement", ""), "run bandit-start\n--preset paper --replicas")


def test_trials_show_every_input_that_is_not_zero_and_what_is_done_and_paid(axis):
    inputs = np.zeros((3, 10))
    inputs[:, 0] = 1
    inputs[1, 6], inputs[1, 9], inputs[2, 9] = 1, -1, 1
    figures.trials(axis, inputs, np.array([1, 2, 0]), np.array([-1.0, 1.0, 0.0]))
    found = {(text.get_position(), text.get_text()) for text in axis.texts}
    bars = {((1, 0), "+1"), ((2, 0), "+1"), ((3, 0), "+1"), ((2, -6), "+1"), ((2, -9), "-1"), ((3, -9), "+1")}
    below = {((1, -10), "1"), ((2, -10), "2"), ((3, -10), "0"), ((1, -11), "-1"), ((2, -11), "+1"), ((3, -11), "0")}
    assert found == bars | below
    drawn = {}
    for bar in axis.collections:
        vertices = bar.get_paths()[0].vertices
        place = tuple((vertices.min(axis=0) + vertices.max(axis=0)) / 2)
        drawn[round(place[0]), round(place[1])] = to_rgba(bar.get_facecolor()[0][:3])
    assert set(drawn) == {place for place, _ in bars}
    assert [place for place, shade in drawn.items() if shade == to_rgba(VERMILION)] == [(2, -9)]
    assert set(drawn.values()) == {to_rgba(BLUE), to_rgba(VERMILION)}
    shaded = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axis.patches]
    assert shaded == [(0.5, 1.5), (2.5, 3.5)]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert (names[0], names[1], names[4], names[9:]) == (
        "bias",
        "fixation point on",
        "option 3 on",
        ["last reward", "action", "its reward"],
    )
    assert names[5:9] == ["last: fixated", "last: option 1", "last: option 2", "last: option 3"]
    assert list(axis.get_yticks()) == [-row for row in range(12)]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["1", "2", "3"]


def test_weights_of_outcomes_begin_at_the_last_choice(axis):
    figures.memory_weights(axis, {0.1: np.array([0.1, 0.09]), 0.7: np.array([0.7, 0.21])})
    assert labels(axis) == [r"$\rho=0.1$", r"$\rho=0.7$"]
    np.testing.assert_allclose(axis.lines[0].get_xydata(), [[0, 0.1], [1, 0.09]])
    np.testing.assert_allclose(axis.lines[1].get_xydata(), [[0, 0.7], [1, 0.21]])
    assert len({line.get_marker() for line in axis.lines}) == 2
    assert axis.get_ylim()[0] == 0
    assert axis_labels(axis) == ("choices of the option since", "weight of the outcome")


def test_running_values_lie_in_their_own_bands(axis):
    values = {0.1: np.array([0.5, 0.55]), 0.7: np.array([0.5, 0.85])}
    bands = {0.7: np.array([[0.4, 0.3], [0.6, 0.9]]), 0.1: np.array([[0.45, 0.5], [0.55, 0.6]])}
    figures.running_values(axis, values, bands, 0.8)
    slow, fast, mean = axis.lines
    np.testing.assert_allclose(slow.get_xydata(), [[0, 0.5], [1, 0.55]])
    np.testing.assert_allclose(fast.get_ydata(), values[0.7])
    assert slow.get_linestyle() != fast.get_linestyle()
    assert set(mean.get_ydata()) == {0.8}
    for rate, line, band in zip(values, (slow, fast), axis.collections, strict=True):
        x, y = band.get_paths()[0].vertices.T
        for place in (0, 1):
            assert [y[x == place].min(), y[x == place].max()] == list(bands[rate][:, place])
        assert to_rgba(band.get_facecolor()[0][:3]) == colour(line)
    assert labels(axis) == [r"$\rho=0.1$", r"$\rho=0.7$"]


def test_intervals_of_the_uniform_number_follow_each_other(axis):
    policies = {"teacher": np.array([0.1, 0.2, 0.3, 0.4]), "other": np.array([0.4, 0.3, 0.2, 0.1])}
    figures.same_number(axis, policies, [(0.0, 0.1), (0.9, 1.0)])
    bars = [(bar.get_y() + bar.get_height() / 2, bar.get_x(), bar.get_width()) for bar in axis.patches]
    rows = [(0, 0, 0.1), (0, 0.1, 0.2), (0, 0.3, 0.3), (0, 0.6, 0.4)]
    rows += [(-1, 0, 0.4), (-1, 0.4, 0.3), (-1, 0.7, 0.2), (-1, 0.9, 0.1)]
    np.testing.assert_allclose(bars, [*rows, (-2, 0, 0.1), (-2, 0.9, 0.1)], atol=1e-12)
    assert [to_rgba(bar.get_facecolor()) for bar in axis.patches[-2:]] == [to_rgba(BLACK)] * 2
    assert [text.get_text() for text in axis.texts] == ["0", "1", "2", "3"] * 2
    places = [text.get_position() for text in axis.texts]
    np.testing.assert_allclose(places, [(left + width / 2, y) for y, left, width in rows], atol=1e-12)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["teacher", "other", "both do the same"]
    assert list(axis.get_yticks()) == [0, -1, -2]


def test_losses_go_on_where_the_batch_before_ended(axis):
    figures.losses(axis, [np.array([4.0, 0.5, 0.2]), np.array([0.6, 0.1]), np.array([0.3, 0.05])])
    batches = [line for line in axis.lines if line.get_marker() == "o"]
    fresh = [line.get_xdata()[0] for line in axis.lines if line.get_marker() != "o"]
    assert [list(line.get_xdata()) for line in batches] == [[0, 1, 2], [2, 3], [3, 4]]
    assert [list(line.get_ydata()) for line in batches] == [[4.0, 0.5, 0.2], [0.6, 0.1], [0.3, 0.05]]
    assert [colour(line) for line in batches] == [to_rgba(shade) for shade in (BLUE, ORANGE, BLUE)]
    assert fresh == [2, 3]
    assert axis.get_yscale() == "log"
    assert axis_labels(axis) == ("outer iterations done", "loss on the batch")


def test_forged_series_have_a_line_for_each_option(axis):
    outputs = {"option 1 pays": np.array([[0.5, 0.4], [0.9, 0.1]]), "option 2 pays": np.array([[0.3, 0.2], [0.0, 0.8]])}
    figures.forged(axis, outputs)
    pairs = [f"{name}: $y_{option}$" for name in outputs for option in (1, 2)]
    assert labels(axis) == pairs
    for place, line in enumerate(axis.lines):
        own = list(outputs.values())[place // 2][:, place % 2]
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([[1, 2], own]))
        assert line.get_linestyle() == ("-", "--")[place % 2]
        assert colour(line) == to_rgba((BLUE, VERMILION)[place // 2])
    assert axis_labels(axis) == ("trial", "output at the choice")


def test_a_block_shows_both_options_and_ticks_for_the_choices(axis):
    outputs, values = np.random.default_rng(0).uniform(size=(2, 5, 4))
    figures.block(axis, outputs, values, np.array([1, 2, 0, 1, 2]), np.array([1.0, 0.0, 0.0, 0.0, 1.0]))
    assert labels(axis) == ["$y_1$", "$Q_1$", "$y_2$", "$Q_2$"]
    drawn = [outputs[:, 1], values[:, 1], outputs[:, 2], values[:, 2]]
    for line, own in zip(axis.lines, drawn, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([range(1, 6), own]))
    assert [to_rgba(line.get_markerfacecolor()) == WHITE for line in axis.lines] == [False, True, False, True]
    ticks = {}
    for lines in axis.collections:
        for segment in lines.get_segments():
            ticks[segment[0, 0]] = (segment[1, 1], to_rgba(lines.get_color()[0]))
    assert set(ticks) == {1, 2, 4, 5}
    assert {t: shade for t, (_, shade) in ticks.items()} == {
        1: to_rgba(BLUE),
        4: to_rgba(BLUE),
        2: to_rgba(VERMILION),
        5: to_rgba(VERMILION),
    }
    assert ticks[1][0] == ticks[5][0] > ticks[2][0] == ticks[4][0]
    assert axis.get_ylim()[1] > ticks[1][0]


def test_influence_shows_mean_and_deviation_beside_the_teacher(axis):
    changes = {"network": np.array([[0.6, 0.2, 0.0], [0.8, 0.1, 0.2]])}
    figures.influence(axis, changes, np.array([0.7, 0.21, 0.063]))
    (container,) = axis.containers
    points, _, (bars,) = container
    np.testing.assert_allclose(points.get_xydata(), [[0, 0.7], [1, 0.15], [2, 0.1]])
    heights = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
    np.testing.assert_allclose(heights, [0.1, 0.05, 0.1])
    (teacher,) = [line for line in axis.lines if line.get_label() == "teacher"]
    np.testing.assert_allclose(teacher.get_xydata(), [[0, 0.7], [1, 0.21], [2, 0.063]])
    assert container.get_label() == "network"
    assert axis.get_xlabel() == "choices since"


@pytest.fixture
def pilot():
    rng = np.random.default_rng(1)
    arrays = {f"{stage}_agreement": (("replica", "start"), rng.uniform(size=(3, 2))) for stage in STAGES}
    return xr.Dataset(arrays, coords={"replica": range(3), "start": ["same batch", "fresh batch"]})


STAGES = ("initial", "retrained")


def test_the_pilot_joins_each_network_before_and_after(axis, pilot):
    figures.pilot(axis, pilot, "agreement", "share")
    both = np.stack([pilot[f"{stage}_agreement"].values for stage in STAGES])
    joined = [line.get_xydata() for line in axis.lines if colour(line) == to_rgba(GREY)]
    expected = [[[place - 0.2, b], [place + 0.2, a]] for place in (0, 1) for b, a in both[:, :, place].T]
    np.testing.assert_allclose(joined, expected)
    marked = [line for line in axis.lines if colour(line) == to_rgba(BLUE)]
    drawn = [(*line.get_xydata()[0], to_rgba(line.get_markerfacecolor()) == WHITE) for line in marked]
    points = [(*point, number == 0) for pair in expected for number, point in enumerate(pair)]
    np.testing.assert_allclose(drawn, points)
    bars = [segment for lines in axis.collections for segment in lines.get_segments()]
    np.testing.assert_allclose([bar[:, 1] for bar in bars], np.repeat(both.mean(axis=1).T.ravel(), 2).reshape(4, 2))
    np.testing.assert_allclose([bar[:, 0].mean() for bar in bars], [-0.2, 0.2, 0.8, 1.2])
    assert [label.get_text() for label in axis.get_xticklabels()] == ["same batch", "fresh batch"]
    assert axis.get_title(loc="right") == "n = 3"
    assert axis.get_ylabel() == "share"
