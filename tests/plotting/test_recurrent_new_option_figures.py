import numpy as np
import pytest
import xarray as xr

from pruninglab.plotting.recurrent import new_option

LINES = ["unpruned", "pruned", "corrected"]
NAMES = {"unpruned": "unpruned", "pruned": "pruned", "corrected": "pruned, residual masked"}
MISSING = {
    "learning curves": lambda axis: new_option.learning_curves(axis, None, LINES),
    "by case": lambda axis: new_option.by_case(axis, None, ""),
}


def edges(band):
    """Lower and upper edge of a filled area, by x."""
    x, y = band.get_paths()[0].vertices.T
    return np.transpose([(y[x == place].min(), y[x == place].max()) for place in np.unique(x)])


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run\nnew-option --replicas")


def test_learning_curves_are_medians_and_geometric_means_from_the_second_iteration(axis):
    losses = np.random.default_rng(0).uniform(0.01, 0.5, size=(3, 6, 7))
    coords = {"line": LINES, "replica": range(7)}
    dataset = xr.Dataset({"logged_loss": (("line", "iteration", "replica"), losses)}, coords=coords)
    new_option.learning_curves(axis, dataset, ["corrected", "unpruned"])
    assert axis.get_yscale() == "log"
    medians, means = axis.lines[::2], axis.lines[1::2]
    assert [curve.get_label() for curve in medians] == ["pruned, residual masked", "unpruned"]
    assert len({curve.get_marker() for curve in medians}) == 2
    assert len({curve.get_linestyle() for curve in means}) == 2
    for place, median, mean, band in zip((2, 0), medians, means, axis.collections, strict=True):
        own = np.sort(losses[place, 1:], axis=1)
        for curve in (median, mean):
            np.testing.assert_array_equal(curve.get_xdata(), range(2, 7))
        np.testing.assert_allclose(median.get_ydata(), own[:, 3])
        np.testing.assert_allclose(mean.get_ydata(), own.prod(axis=1) ** (1 / 7))
        np.testing.assert_allclose(edges(band), [own[:, 1:3].mean(axis=1), own[:, 4:6].mean(axis=1)])
        assert median.get_color() == mean.get_color()
    assert axis.get_title(loc="right") == "n = 7"
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("outer iteration", "logged loss")


@pytest.mark.parametrize("log", [False, True])
def test_every_network_and_the_mean_of_each_line_stand_at_every_case(axis, log):
    values = np.random.default_rng(1).uniform(0.1, 1, size=(4, 3, 5))
    coords = {"case": list("abcd"), "line": LINES}
    array = xr.DataArray(values, coords=coords, dims=("case", "line", "replica"))
    new_option.by_case(axis, array, "share", log=log)
    assert axis.get_yscale() == ("log" if log else "linear")
    means = [line for line in axis.lines if line.get_markersize() == 6]
    assert [line.get_label() for line in means] == list(NAMES.values())
    for number, mean in enumerate(means):
        own = values[:, number]
        np.testing.assert_allclose(mean.get_xdata(), np.arange(4) + 0.22 * (number - 1))
        expected = own.prod(axis=1) ** (1 / 5) if log else own.mean(axis=1)
        np.testing.assert_allclose(mean.get_ydata(), expected)
        single = [line for line in axis.lines if line.get_markersize() == 3 and line.get_color() == mean.get_color()]
        drawn = np.array([line.get_ydata() for line in single])
        assert drawn.shape == (5, 4)
        np.testing.assert_allclose(drawn, own.T)
        for line in single:
            np.testing.assert_allclose(line.get_xdata(), mean.get_xdata())
    assert [label.get_text() for label in axis.get_xticklabels()] == list("abcd")
    assert axis.get_title(loc="right") == "n = 5"
    assert axis.get_ylabel() == "share"


def test_an_inner_loop_is_drawn_from_its_start_for_every_network(axis):
    rng = np.random.default_rng(2)
    losses = {"pruned": rng.uniform(0.1, 5, size=(2, 8)), "unpruned": rng.uniform(0.1, 5, size=(3, 8))}
    new_option.inner_loop(axis, losses, 0.4)
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    *curves, level = axis.lines
    assert set(level.get_ydata()) == {0.4}
    for curve, own in zip(curves, [*losses["pruned"], *losses["unpruned"]], strict=True):
        np.testing.assert_array_equal(curve.get_xdata(), range(1, 9))
        np.testing.assert_array_equal(curve.get_ydata(), own)
    assert axis.get_legend_handles_labels()[1] == ["pruned", "unpruned"]
    assert len({curve.get_linestyle() for curve in curves}) == 2
    assert axis.get_xlabel() == "passes, the start counted as 1"
    assert axis.get_ylabel() == "loss on the network's own batch"


def test_the_parts_of_a_movement_are_stacked(axis):
    shares = np.array([[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]])
    coords = {"line": ["unpruned", "corrected"], "group": ["x", "y", "z"]}
    new_option.movement(axis, xr.DataArray(shares, coords=coords, dims=("line", "group")))
    assert [bars.get_label() for bars in axis.containers] == ["x", "y", "z"]
    assert len({bars[0].get_hatch() for bars in axis.containers}) == 3
    for number, bars in enumerate(axis.containers):
        np.testing.assert_allclose([bar.get_width() for bar in bars], shares[:, number])
        np.testing.assert_allclose([bar.get_x() for bar in bars], shares[:, :number].sum(axis=1), atol=1e-12)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["unpruned", "pruned, residual masked"]
    assert axis.get_xlim() == (0, 1)
    assert axis.get_xlabel() == "share of the squared change of the weights"
