import numpy as np
import pytest
import xarray as xr

from pruninglab.plotting.recurrent import pruning as figures

LINES = ["unpruned", "pruned", "corrected"]
MISSING = {
    "medians": lambda axis: figures.medians_by_level(axis, None, "outer", LINES, ""),
    "appended": lambda axis: figures.appended_losses(axis, None, LINES),
    "histograms": lambda axis: figures.weight_histograms(axis, None, of="mean"),
    "singular values": lambda axis: figures.singular_curves(axis, None),
}


@pytest.fixture
def summary():
    """Five networks in which no two numbers are equal."""
    rng = np.random.default_rng(0)
    coords = {"replica": range(5), "line": LINES, "level": [0.1, 0.4, 0.7, 0.9], "bin": [-0.5, 0.0, 0.5]}
    dims = ("replica", "line", "level")
    losses = np.sort(rng.uniform(0.01, 0.3, size=(5, 3, 4, 6)), axis=-1)[..., ::-1]
    losses[2, 1, 3, 4:] = np.nan
    return xr.Dataset(
        {
            "outer": (dims, rng.integers(1, 100, size=(5, 3, 4))),
            "last_logged_loss": (dims, rng.uniform(0.008, 0.02, size=(5, 3, 4))),
            "logged_loss": ((*dims, "iteration"), losses),
            "histogram": (("replica", "line", "bin"), rng.integers(1, 200, size=(5, 3, 3)).astype("uint16")),
            "cumulative_singular_values": (("replica", "line", "rank"), np.sort(rng.uniform(size=(5, 3, 6)))),
        },
        coords=coords,
    )


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run dms\n--preset paper")


def test_descent_counts_synapses(axis):
    figures.descent(axis, [0.1, 0.15, 0.95], 900)
    drawn = {line.get_label(): line.get_ydata() for line in axis.lines}
    np.testing.assert_array_equal(drawn["unpruned"], [900] * 4)
    np.testing.assert_array_equal(drawn["pruned"], [900, 810, 765, 45])


def test_medians_and_the_middle_half(axis, summary):
    figures.medians_by_level(axis, summary, "last_logged_loss", ["corrected"], "loss")
    values = summary["last_logged_loss"].sel(line="corrected").values
    np.testing.assert_allclose(axis.lines[0].get_ydata(), np.median(values, axis=0))
    edges = axis.collections[0].get_paths()[0].vertices[:, 1]
    assert np.isclose(edges.min(), np.quantile(values, 0.25, axis=0).min())
    assert np.isclose(edges.max(), np.quantile(values, 0.75, axis=0).max())


def test_appended_losses_run_level_after_level_and_keep_the_last_value(axis, summary):
    figures.appended_losses(axis, summary, ["pruned"])
    losses = summary["logged_loss"].sel(line="pruned").values.copy()
    losses[2, 3, 4:] = summary["last_logged_loss"].sel(line="pruned").values[2, 3]
    np.testing.assert_allclose(axis.lines[0].get_ydata(), losses.mean(axis=0).ravel())
    assert [label.get_text() for label in axis.get_xticklabels()] == ["0.10", "0.90"]


def test_first_and_last_losses(axis, summary):
    figures.first_and_last(axis, summary, ["unpruned"])
    first, last = (line.get_ydata() for line in axis.lines)
    np.testing.assert_allclose(first, summary["logged_loss"].sel(line="unpruned").values[..., 0].mean(axis=0))
    np.testing.assert_allclose(last, summary["last_logged_loss"].sel(line="unpruned").values.mean(axis=0))


def test_histograms_are_shares_of_the_remaining_synapses(axis, summary):
    figures.weight_histograms(axis, summary.isel(replica=[3, 1]), of="first")
    counts = summary["histogram"].values[3, 1]
    drawn = {line.get_label(): line.get_ydata() for line in axis.lines}
    np.testing.assert_allclose(drawn["pruned"], counts / counts.sum())
    axis.clear()
    figures.weight_histograms(axis, summary, of="mean")
    counts = summary["histogram"].values[:, 0].astype(float)
    drawn = {line.get_label(): line.get_ydata() for line in axis.lines}
    np.testing.assert_allclose(drawn["unpruned"], (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0))


def test_singular_curves_of_networks_and_their_mean(axis, summary):
    figures.singular_curves(axis, summary)
    curves = summary["cumulative_singular_values"].sel(line="unpruned").values
    assert len(axis.lines) == 2 * (5 + 1)
    np.testing.assert_allclose(axis.lines[0].get_ydata(), curves[0])
    np.testing.assert_allclose(axis.lines[5].get_ydata(), curves.mean(axis=0))


def test_convergence_draws_both_searches_and_the_number_of_free_weights(axis):
    figures.convergence(axis, {"a": np.array([1.0, 0.1]), "b": np.array([1.0, 0.0])}, 40)
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [1.0, 0.1])
    assert axis.lines[1].get_ydata()[1] > 0
    assert axis.lines[2].get_xdata()[0] == 40
