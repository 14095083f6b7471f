import numpy as np
from matplotlib.colors import to_rgba

from pruninglab.plotting.recurrent import learning as figures


def labels(axis):
    return axis.get_legend_handles_labels()[1]


def points(axis, *, filled):
    """Places of all markers, filled or white, line by line."""
    white = to_rgba("white")
    marked = [line for line in axis.lines if line.get_marker() not in ("None", None, "") and len(line.get_xdata())]
    chosen = [line for line in marked if (to_rgba(line.get_markerfacecolor()) != white) == filled]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in chosen]


def test_gradient_check_draws_both_quotients_on_logarithmic_axes(axis):
    lengths = np.array([1e-8, 1e-4])
    errors = {"central": np.array([1e-6, 1e-9]), "one-sided": np.array([1e-5, 1e-3])}
    figures.gradient_check(axis, lengths, errors)
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    for line, (label, error) in zip(axis.lines, errors.items(), strict=True):
        assert line.get_label() == label
        np.testing.assert_array_equal([line.get_xdata(), line.get_ydata()], [lengths, error])


def test_steps_are_counted_from_one_and_events_are_named(axis):
    curves = {"trained": np.arange(1.0, 54.0), "bound": np.full(58, 2.0)}
    figures.by_step(axis, curves, "length")
    assert [line.get_xdata()[0] for line in axis.lines] == [1, 1]
    assert [line.get_xdata()[-1] for line in axis.lines] == [53, 58]
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), curves["trained"])
    assert labels(axis) == ["trained", "bound"]
    assert [text.get_text() for text in axis.texts] == ["cue 1", "cue 2", "response"]
    shaded = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axis.patches]
    assert shaded == [(12.5, 14.5), (39.5, 41.5), (51.5, 53.5)]


def test_residuals_are_relative_to_the_start(axis):
    figures.residuals(axis, {"steepest": np.array([4.0, 2.0, 1.0]), "conjugate": np.array([2.0, 1e-8])})
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [1, 0.5, 0.25])
    np.testing.assert_allclose(axis.lines[1].get_ydata(), [1, 5e-9])
    assert list(axis.lines[0].get_xdata()) == [0, 1, 2]


def test_conjugacy_maps_overlaps_logarithmically_and_numbers_directions_from_one(axis):
    overlaps = np.array([[1.0, 1e-9], [0.0, 1.0]])
    figures.conjugacy(axis, overlaps)
    (image,) = axis.images
    np.testing.assert_array_equal(image.get_array(), [[1, 1e-9], [1e-16, 1]])
    assert type(image.norm).__name__ == "LogNorm"
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "2"]


def test_passes_leave_out_zeros_and_cross_out_rejections(axis):
    curves = {"damping": np.array([1e-7, 0.0, 1e-9]), "curvature": np.array([3.0, 2.0, 1.0])}
    figures.by_pass(axis, curves, "curvature", np.array([0, 1, 1]))
    damping, curvature, crosses = axis.lines
    np.testing.assert_array_equal(damping.get_ydata(), [1e-7, np.nan, 1e-9])
    np.testing.assert_array_equal(curvature.get_ydata(), curves["curvature"])
    assert list(damping.get_xdata()) == [1, 2, 3]
    assert (list(crosses.get_xdata()), crosses.get_marker(), crosses.get_label()) == ([2, 3], "x", "rejected")


def test_many_passes_are_drawn_without_markers(axis):
    figures.by_pass(axis, {"loss": np.ones(61)}, "loss")
    (line,) = axis.lines
    assert line.get_marker() == "None"


def test_training_curves_draw_every_copy_and_the_criterion(axis):
    logged = np.array([[0.4, 0.02, np.nan], [0.4, 0.03, 0.01]])
    figures.training_curves(axis, logged, 0.002, "first")
    np.testing.assert_array_equal([line.get_ydata() for line in axis.lines[:2]], logged)
    assert list(axis.lines[0].get_xdata()) == [1, 2, 3]
    assert list(axis.lines[2].get_ydata()) == [0.002, 0.002]
    assert labels(axis) == ["a copy", "needed to stop"]
    assert axis.get_title() == "first"


def test_responses_draw_output_and_target(axis):
    output, target = np.array([0.1, 0.9, 0.0]), np.array([0.0, 1.0, 0.0])
    figures.responses(axis, output, target, "1: match")
    drawn = {line.get_label(): line for line in axis.lines}
    np.testing.assert_array_equal(drawn["target"].get_ydata(), target)
    np.testing.assert_array_equal(drawn["output $y_k$"].get_ydata(), output)
    assert list(drawn["output $y_k$"].get_xdata()) == [1, 2, 3]


def test_along_a_line_fills_where_the_loss_falls(axis):
    lengths = np.array([1e-3, 1e-2, 1e-1])
    figures.along_a_line(axis, lengths, {"trained": np.array([-1e-6, -2e-6, 5e-4])})
    assert points(axis, filled=True) == [([1e-3, 1e-2], [1e-6, 2e-6])]
    assert points(axis, filled=False) == [([1e-1], [5e-4])]
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), [1e-6, 2e-6, 5e-4])


def test_networks_keep_their_colours(axis):
    change = {"stuck": np.array([-1.0]), "trained": np.array([-1.0])}
    figures.along_a_line(axis, np.array([1.0]), change)
    assert {line.get_label(): line.get_color() for line in axis.lines if line.get_label() in change} == {
        "stuck": figures.VERMILION,
        "trained": figures.BLUE,
    }


def test_curvature_by_distance_opens_negative_values_and_marks_sigma_0(axis):
    curvatures = {"trained": np.array([5.0, 4.0]), "stuck": np.array([9.0, -2.0])}
    figures.curvature_by_distance(axis, np.array([1e-6, 1e-4]), curvatures, 5e-5)
    assert points(axis, filled=True) == [([1e-6, 1e-4], [5.0, 4.0]), ([1e-6], [9.0])]
    assert points(axis, filled=False) == [([1e-4], [2.0])]
    assert list(axis.lines[-1].get_xdata()) == [5e-5, 5e-5]
    assert labels(axis) == ["trained", "stuck", r"$\sigma_0$"]


def test_eigenvalues_are_ranked_by_size_and_negative_ones_open(axis):
    figures.eigenvalues(axis, {"trained": np.array([-2.0, 0.5, 8.0]), "stuck": np.array([1.0, 3.0])})
    assert points(axis, filled=True) == [([1, 3], [8.0, 0.5]), ([1, 2], [3.0, 1.0])]
    assert points(axis, filled=False) == [([2], [2.0])]


def test_fates_open_the_markers_of_those_that_have_not_met_the_criterion(axis):
    first = np.array([-0.1, 0.2]), np.array([3, 10]), np.array([True, False])
    second = np.array([0.3]), np.array([8]), np.array([False])
    figures.fates(axis, {"first": first, "second": second})
    assert points(axis, filled=True) == [([-0.1], [3])]
    assert points(axis, filled=False) == [([0.2], [10]), ([0.3], [8])]
    assert labels(axis) == ["first", "second"]


def test_evaluations_draw_the_lowest_loss_so_far_of_every_copy(axis):
    counts = np.array([1, 3, 5])
    ours = [(counts, np.array([0.4, 0.1, 0.2])), (counts, np.array([0.4, 0.3, 0.2]))]
    theirs = [(counts, np.array([0.4, 0.5, 0.3]))]
    figures.evaluations(axis, {"scaled CG": ours, "L-BFGS": theirs}, "first")
    drawn = [list(line.get_ydata()) for line in axis.lines]
    assert drawn == [[0.4, 0.1, 0.1], [0.4, 0.3, 0.2], [0.4, 0.4, 0.3], [figures.NOISE_FLOOR] * 2]
    assert [list(line.get_xdata()) for line in axis.lines[:3]] == [[1, 3, 5]] * 3
    assert labels(axis) == ["scaled CG", "L-BFGS"]
    assert axis.lines[0].get_color() == axis.lines[1].get_color() != axis.lines[2].get_color()
    assert axis.get_title() == "first"
