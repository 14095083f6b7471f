import numpy as np
import pytest
from matplotlib.colors import to_rgba

from pruninglab.plotting.boltzmann import dreams as figures
from pruninglab.plotting.style import BLACK, BLUE, ORANGE, VERMILION

OFFSETS = np.array([[-1, 0], [0, -1], [0, 0], [0, 1], [1, 0]])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def labels(axis):
    return axis.get_legend_handles_labels()[1]


def labelled(axis, label):
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return line


def centres(collection):
    """Of the pixels of a patch, (n, 2): x and y."""
    return np.array([path.vertices[:4].mean(axis=0) for path in collection.get_paths()])


def on(collection):
    """Which pixels of a patch are white."""
    return [bool(colour[0] == 1) for colour in collection.get_facecolor()]


def test_joint_states_write_every_energy_above_its_bar(axis):
    probabilities = np.array([0.6, 0.3, 0.1])
    figures.joint_states(axis, ["00", "01", "11"], np.array([-0.0, 2, 4.5]), probabilities)
    np.testing.assert_allclose([bar.get_height() for bar in axis.patches], probabilities)
    assert [text.get_text() for text in axis.texts] == ["0", "2", "4.5"]
    for text, probability in zip(axis.texts, probabilities, strict=True):
        assert probability < text.get_position()[1] < axis.get_ylim()[1]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["00", "01", "11"]


def test_visible_states_compare_with_independent_units(axis):
    figures.visible_states(axis, ["0", "1"], np.array([0.6, 0.4]), np.array([0.5, 0.5]))
    assert [bar.get_height() for bar in axis.patches] == [0.6, 0.4]
    assert labelled(axis, "independent units").get_ydata().tolist() == [0.5, 0.5]


def test_photograph_frames_the_pixels_of_its_patches(axis, rng):
    image = rng.uniform(size=(6, 9))
    figures.photograph(axis, image, patches=[np.array([4, 6]) + OFFSETS])
    np.testing.assert_array_equal(axis.images[0].get_array(), image)
    (frames,) = axis.collections
    np.testing.assert_allclose(centres(frames), (np.array([4, 6]) + OFFSETS)[:, ::-1])
    assert frames.get_edgecolor()[0].tolist() == list(to_rgba(VERMILION))


def test_photograph_has_no_frame_without_a_patch(axis):
    figures.photograph(axis, np.eye(3))
    assert not axis.collections


def test_numbered_patch_draws_rows_downwards_and_pixels_that_are_on_in_white(axis):
    pattern = np.array([1, 0, 1, 1, 0])
    figures.numbered_patch(axis, pattern, OFFSETS)
    (patch,) = axis.collections
    np.testing.assert_allclose(centres(patch), np.column_stack([OFFSETS[:, 1], -OFFSETS[:, 0]]))
    assert on(patch) == [True, False, True, True, False]
    assert [text.get_text() for text in axis.texts] == list("12345")
    for text, place, value in zip(axis.texts, centres(patch), pattern, strict=True):
        np.testing.assert_allclose(text.get_position(), place)
        assert text.get_color() == (BLACK if value else "white")


def test_gallery_breaks_rows_and_labels_every_patch(axis):
    patterns = np.array([[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]])
    figures.gallery(axis, patterns, OFFSETS, ["a", "b", "c"], 2)
    assert [on(patch) for patch in axis.collections] == patterns.astype(bool).tolist()
    middles = np.array([centres(patch).mean(axis=0) for patch in axis.collections])
    assert middles[0, 1] == middles[1, 1] > middles[2, 1]
    assert middles[0, 0] == middles[2, 0] < middles[1, 0]
    for text, name, middle in zip(axis.texts, "abc", middles, strict=True):
        assert text.get_text() == name
        assert text.get_position()[0] == pytest.approx(middle[0])
        assert axis.get_ylim()[0] < text.get_position()[1] < middle[1]


def test_ranks_start_at_one(axis):
    series = {"sample": np.array([0.5, 0.3, 0.2]), "all": np.array([0.6, 0.4])}
    figures.ranks(axis, series, np.array([0.6, 0.3, 0.2]))
    for name, values in series.items():
        line = labelled(axis, name)
        assert line.get_xdata().tolist() == list(range(1, len(values) + 1))
        np.testing.assert_allclose(line.get_ydata(), values)
    np.testing.assert_allclose(labelled(axis, "slope $-1$").get_ydata(), [0.6, 0.3, 0.2])
    assert axis.get_xscale() == axis.get_yscale() == "log"


def test_gradients_draw_estimates_against_exact_entries(axis, rng):
    exact = rng.normal(size=7)
    estimates = {"CD-1": rng.normal(size=7), "CD-30": 4 + exact}
    figures.gradients(axis, exact, estimates)
    for name, values in estimates.items():
        np.testing.assert_allclose(labelled(axis, name).get_data(), (exact, values))
    x, y = axis.lines[0].get_data()
    np.testing.assert_array_equal(x, y)
    assert x[0] < min(exact.min(), estimates["CD-1"].min())
    assert x[1] > estimates["CD-30"].max()
    assert axis.get_xlim() == axis.get_ylim() == tuple(x)


def test_forgetting_draws_slopes_through_the_settled_step(axis):
    divergences = {name: np.geomspace(1, last, 9) for name, last in zip("abc", (1e-8, 1e-4, 0.5), strict=True)}
    slopes = {"a": 0.1, "b": 0.5, "c": 0.9}
    figures.forgetting(axis, divergences, slopes)
    assert labels(axis) == list("abc")
    for name, dashed in zip("abc", axis.lines[1::2], strict=True):
        np.testing.assert_allclose(labelled(axis, name).get_data(), (np.arange(9), divergences[name]))
        x, y = dashed.get_data()
        assert x.tolist() == [5, 6, 7, 8]
        np.testing.assert_allclose(y, divergences[name][5] * slopes[name] ** np.arange(4))
    assert axis.get_yscale() == "log"


def test_training_draws_every_machine_and_the_level(axis, rng):
    updates = np.array([0, 500, 1000])
    curves = {name: rng.uniform(0.1, 5, size=(3, 2)) for name in ("as run", "as written")}
    figures.training(axis, updates, curves, level=0.3)
    assert labels(axis) == list(curves)
    for index, (values, colour) in enumerate(zip(curves.values(), (BLUE, ORANGE), strict=True)):
        lines = axis.lines[2 * index : 2 * index + 2]
        np.testing.assert_allclose(np.transpose([line.get_ydata() for line in lines]), values)
        assert {line.get_color() for line in lines} == {colour}
        assert lines[0].get_xdata().tolist() == [0, 0.5, 1]
    level, between = axis.lines[4:]
    assert level.get_ydata()[0] == 0.3
    assert between.get_xdata()[0] == 0.5


def test_training_without_a_level(axis):
    figures.training(axis, np.arange(3), {"a": np.ones((3, 1)), "b": np.ones((3, 1))})
    assert len(axis.lines) == 3


def test_dreams_name_their_rows(axis):
    rows = {"data": np.array([[0, 0, 1, 0, 0], [1, 1, 0, 1, 1]]), "machine": np.ones((2, 5))}
    figures.dreams(axis, rows, OFFSETS)
    drawn = [on(patch) for patch in axis.collections]
    assert drawn == np.concatenate(list(rows.values())).astype(bool).tolist()
    middles = np.array([centres(patch).mean(axis=0) for patch in axis.collections])
    np.testing.assert_allclose(middles[[1, 2], 0] - middles[[0, 3], 0], [figures.EVERY, -figures.EVERY])
    assert [text.get_text() for text in axis.texts] == ["data", "machine"]
    np.testing.assert_allclose([text.get_position()[1] for text in axis.texts], middles[[0, 2], 1], atol=1e-12)
    assert all(text.get_position()[0] < middles[:, 0].min() - 0.5 for text in axis.texts)


def test_log_probabilities_mark_the_named_patterns(axis, rng):
    data, machine = -rng.uniform(1, 9, size=(2, 20))
    marked = {"all off": (-1.0, -1.5), "all on": (-1.1, -0.9)}
    figures.log_probabilities(axis, data, machine, marked)
    np.testing.assert_allclose(axis.lines[0].get_data(), (data, machine))
    for name, place in marked.items():
        np.testing.assert_allclose(np.ravel(labelled(axis, name).get_data()), place)
    x, y = axis.lines[-1].get_data()
    np.testing.assert_array_equal(x, y)
    assert x[0] < data.min()
    assert x[1] == 0
