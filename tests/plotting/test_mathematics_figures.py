"""Figures of the chapter on mathematics."""

import numpy as np

from pruninglab.plotting.foundations import mathematics as figures

GRID = np.linspace(-2, 2, 81)
X, Y = np.meshgrid(GRID, GRID)


def drawn(axis):
    return {line.get_label(): line for line in axis.lines if not line.get_label().startswith("_")}


def contour_points(contours):
    return np.concatenate([path.vertices for path in contours.get_paths()])


def test_level_lines_lie_where_the_form_has_the_level_and_arrows_end_where_they_should(axis):
    end = np.array([1.0, 0.5])
    figures.form(axis, GRID, X**2 + Y**2, [1.0], {"v": end})
    (contours,) = axis.collections
    np.testing.assert_allclose((contour_points(contours) ** 2).sum(axis=1), 1, atol=0.01)
    (arrow,) = (text for text in axis.texts if hasattr(text, "arrow_patch") and text.arrow_patch is not None)
    assert tuple(arrow.xy) == (1.0, 0.5)
    assert "v" in [text.get_text() for text in axis.texts]
    assert axis.get_aspect() == 1


def test_unit_contours_have_a_line_and_a_name_each(axis):
    figures.unit_contours(axis, GRID, {"round": X**2 + Y**2, "steep": X**2 + 4 * Y**2})
    round_line, steep_line = axis.collections
    assert contour_points(round_line)[:, 1].max() > 0.99
    np.testing.assert_allclose(contour_points(steep_line)[:, 1].max(), 0.5, atol=0.01)
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["round", "steep"]


def test_neurons_are_full_and_modes_broken(axis):
    time = np.arange(3.0)
    figures.decay(axis, time, {"first": time}, {"slow": 2 * time})
    lines = drawn(axis)
    assert (lines["first"].get_linestyle(), lines["slow"].get_linestyle()) == ("-", "--")
    np.testing.assert_array_equal(lines["slow"].get_ydata(), 2 * time)


def test_a_noisy_mode_lies_in_the_band_of_its_own_deviation(axis):
    time, path = np.arange(4.0), np.array([0.0, 1.0, -2.0, 1.0])
    figures.noisy_modes(axis, time, {"slow": path, "fast": path / 2}, [1.0, 0.5])
    slow, fast = axis.lines
    np.testing.assert_array_equal(slow.get_ydata(), path)
    offset = fast.get_ydata()[0]
    np.testing.assert_allclose(fast.get_ydata() - offset, path / 2)
    band = axis.patches[1].get_extents().transformed(axis.transData.inverted())
    np.testing.assert_allclose([band.y0, band.y1], [offset - 0.5, offset + 0.5])
    assert slow.get_ydata().min() > fast.get_ydata().max()


def test_divergences_keep_their_names(axis):
    p = np.array([0.25, 0.5])
    figures.coins(axis, p, {"one": p, "other": p**2})
    assert {name: line.get_ydata().tolist() for name, line in drawn(axis).items()} == {
        "one": [0.25, 0.5],
        "other": [0.0625, 0.25],
    }
    axis.clear()
    figures.parabola(axis, p, p**2, p**2 / 8)
    np.testing.assert_array_equal(drawn(axis)["exact"].get_ydata(), p**2)
    np.testing.assert_array_equal(drawn(axis)[r"$\frac{1}{2}F\delta^2$"].get_ydata(), p**2 / 8)
