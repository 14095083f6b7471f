import numpy as np
import pytest
from matplotlib.colors import LogNorm

from pruninglab.plotting.boltzmann import fisher

MISSING = {
    "matrix": lambda axis: fisher.matrix(axis, None, (13, 83), ""),
    "importance": lambda axis: fisher.importance_map(axis, None, 13, 70, ""),
    "two largest": lambda axis: fisher.two_largest(axis, None, (23.97, 1.6)),
    "balance": lambda axis: fisher.balance(axis, None, None),
    "spectra": lambda axis: fisher.spectra(axis, None, 1e-10),
    "two scores": lambda axis: fisher.two_scores(axis, None, None, 1.0),
    "overlaps": lambda axis: fisher.overlaps(axis, np.array([0.5]), None, None),
    "joint and marginal": lambda axis: fisher.joint_and_marginal(axis, None, None),
}


def labelled(axis):
    """The drawn points (x, y) of every line that has a label of its own."""
    return {line.get_label(): line.get_xydata() for line in axis.lines if not line.get_label().startswith("_")}


def pairs(x, y):
    return np.column_stack([x, y])


def axis_labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


def scales(axis):
    return axis.get_xscale(), axis.get_yscale()


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run\nrbm --replicas 0:10")


def test_divergences_are_dots_and_their_parabolas_lines(axis):
    sizes = np.array([0.1, 1.0, 2.0])
    exact = {name: np.array([1.0, 2.0, 3.5]) * k for k, name in enumerate("abc", start=1)}
    form = {name: values + 0.5 for name, values in reversed(exact.items())}
    fisher.divergences(axis, sizes, exact, form)
    drawn = labelled(axis)
    assert list(drawn) == ["a", "b", "c"]
    for number, name in enumerate("abc"):
        np.testing.assert_array_equal(drawn[name], pairs(sizes, exact[name]))
        line, dots = axis.lines[2 * number : 2 * number + 2]
        np.testing.assert_array_equal(line.get_xydata(), pairs(sizes, form[name]))
        assert (line.get_marker(), dots.get_linestyle()) == ("None", "None")
        assert line.get_color() == dots.get_color()
    assert scales(axis) == ("log", "log")


def test_the_landscape_has_the_soft_direction_across(axis):
    soft, stiff = np.linspace(-4, 4, 81), np.linspace(-1, 1, 41)
    exact = 10 * stiff[:, None] ** 2 + soft**2
    fisher.landscape(axis, soft, stiff, exact, 4 * exact, [4.0])
    assert [c.levels.tolist() for c in axis.collections] == [[4.0], [4.0]]
    for contour, reach in zip(axis.collections, (2, 1), strict=True):
        points = np.concatenate([path.vertices for path in contour.get_paths()])
        np.testing.assert_allclose(np.abs(points).max(axis=0), [reach, reach / np.sqrt(10)], rtol=0.03)
    assert axis_labels(axis) == ("change along the softest direction", "along the stiffest")


def test_every_pixel_of_a_patch_is_framed_in_the_picture(axis):
    pixels = np.array([[3, 5], [4, 5], [4, 6]])
    fisher.picture(axis, np.arange(80.0).reshape(8, 10), "picture", patches=[pixels, pixels + 1])
    np.testing.assert_array_equal(axis.images[0].get_array(), np.arange(80.0).reshape(8, 10))
    assert len(axis.collections) == 2
    for frames, shift in zip(axis.collections, (0, 1), strict=True):
        centres = [path.get_extents().get_points().mean(axis=0) for path in frames.get_paths()]
        np.testing.assert_allclose(centres, pixels[:, ::-1] + shift)
    assert axis.get_title() == "picture"


def test_patches_are_white_where_pixels_are_on_and_upright(axis):
    offsets = [np.array([[0, 0], [1, 0]]), np.array([[0, -1], [0, 1], [-1, 0]])]
    fisher.patch_row(axis, [np.array([True, False]), np.array([False, True, True])], offsets, ["two", "three"])
    found = [(*square.get_center(), sum(square.get_facecolor()[:3]) == 3) for square in axis.patches]
    assert found == [(0, 0, True), (0, -1, False), (5, 0, False), (7, 0, True), (6, 1, True)]
    assert [(text.get_text(), text.get_position()[0]) for text in axis.texts] == [("two", 0), ("three", 6)]


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_matrix_linear_with_the_largest_of_three_by_three_or_logarithmic(axis, logarithmic):
    F = np.zeros((6, 6))
    F[1, 4], F[5, 5] = -4.0, 2.0
    fisher.matrix(axis, F, (2,), "linear", logarithmic=logarithmic)
    (image,) = axis.images
    least = fisher.LEAST if logarithmic else 0
    full = np.maximum(np.abs(F) / 4, fisher.LEAST)
    np.testing.assert_allclose(image.get_array(), full if logarithmic else [[0, 1], [0, 0.5]])
    assert isinstance(image.norm, LogNorm) == logarithmic
    assert (image.norm.vmin, image.norm.vmax) == (least, 1)
    assert image.get_extent() == [0, 6, 6, 0]
    assert [list(line.get_ydata()) for line in axis.lines[::2]] == [[2, 2]]
    assert [list(line.get_xdata()) for line in axis.lines[1::2]] == [[2, 2]]
    assert axis.get_title() == "linear"


def test_the_importance_map_puts_every_parameter_in_its_place(axis):
    values = np.linspace(0, 1, 2 + 3 + 6)
    fisher.importance_map(axis, values, 2, 3, "diagonal")
    shown = axis.images[0].get_array()
    np.testing.assert_array_equal(shown[2:, :3], values[5:].reshape(2, 3))
    np.testing.assert_array_equal(shown[0, :3], values[2:5])
    np.testing.assert_array_equal(shown[2:, 4], values[:2])
    assert np.ma.count(shown) == 11
    assert list(axis.get_yticks()) == [0, 2, 3]
    assert axis_labels(axis) == ("hidden unit", "visible unit")


def test_the_two_largest_eigenvalues_and_the_published_ones(axis):
    eigenvalues = np.array([[9.0, 1.0], [8.0, 2.0], [7.0, 3.0], [6.0, 4.0]])
    fisher.two_largest(axis, eigenvalues, (20.0, 1.5))
    drawn = labelled(axis)
    for order, name in enumerate(["largest", "second"]):
        np.testing.assert_array_equal(drawn[name], pairs(range(4), eigenvalues[:, order]))
        dots, published = axis.lines[2 * order : 2 * order + 2]
        assert set(published.get_ydata()) == {(20.0, 1.5)[order]}
        assert dots.get_color() == published.get_color()
    assert scales(axis) == ("linear", "log")


def test_balance_names_the_machines_that_are_out_of_it(axis):
    spread, largest = np.linspace(0.1, 0.2, 10), np.arange(10.0, 20.0)
    second = np.ones(10)
    second[[1, 4]] = 1.5
    fisher.balance(axis, spread, np.column_stack([largest, second]))
    np.testing.assert_array_equal(axis.lines[0].get_xydata(), pairs(spread, largest))
    assert {text.get_text(): text.xy for text in axis.texts} == {
        name: (spread[int(name)], largest[int(name)]) for name in "14"
    }


def test_spectra_leave_out_what_is_rounding_and_keep_the_order(axis):
    joint, marginal = np.array([[4.0, 2.0, 1.0], [5.0, 3.0, 2.0]]), np.array([[3.0, 1e-15, 0.5]])
    fisher.spectra(axis, {"joint": joint, "marginal": marginal}, 1e-12)
    drawn = [line.get_xydata().tolist() for line in axis.lines]
    assert drawn == [[[1, 4], [2, 2], [3, 1]], [[1, 5], [2, 3], [3, 2]], [[1, 3], [3, 0.5]]]
    assert list(labelled(axis)) == ["joint", "marginal"]
    assert axis.get_legend()
    assert scales(axis) == ("linear", "log")


def test_a_single_kind_of_spectrum_has_no_legend(axis):
    fisher.spectra(axis, {"joint": np.ones((1, 3))}, 0)
    assert axis.get_legend() is None


def test_two_scores_with_bound_and_cuts(axis):
    diagonal, sizes = np.array([0.01, 0.16, 0.04]), np.array([1e-3, 0.09, 1e-2])
    fisher.two_scores(axis, diagonal, sizes, 4.0, cuts=(0.05, 2e-3))
    points, bound, across, up = axis.lines
    np.testing.assert_array_equal(points.get_xydata(), pairs(diagonal, sizes))
    np.testing.assert_allclose(bound.get_xydata(), [[0.01, 0.05], [0.16, 0.2]])
    assert (set(across.get_xdata()), set(up.get_ydata())) == ({0.05}, {2e-3})
    assert scales(axis) == ("log", "log")


def test_overlaps_against_the_share_kept_and_all_machines_at_one_half(axis):
    kept, common, stored = np.array([0.1, 0.5]), [0.9, 0.6], np.array([0.6, 0.7, 0.5])
    fisher.overlaps(axis, kept, common, stored)
    drawn = labelled(axis)
    np.testing.assert_array_equal(drawn["machine 0"], pairs(kept, common))
    np.testing.assert_array_equal(drawn["all, at one half"], pairs([0.5] * 3, stored))
    np.testing.assert_array_equal(drawn["by chance"], [[0, 0], [1, 1]])


def test_joint_across_marginal_upwards_and_equality(axis):
    joint, marginal = np.array([0.2, 0.01, 0.05]), np.array([0.1, 0.001, 0.02])
    fisher.joint_and_marginal(axis, joint, marginal)
    points, equality = axis.lines
    np.testing.assert_array_equal(points.get_xydata(), pairs(joint, marginal))
    np.testing.assert_array_equal(equality.get_xydata(), [[0.01, 0.01], [0.2, 0.2]])
    assert axis_labels(axis) == ("joint", "marginal")
