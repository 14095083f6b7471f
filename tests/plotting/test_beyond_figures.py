import numpy as np
import pytest
import xarray as xr

from pruninglab.plotting.noise import beyond as figures
from pruninglab.plotting.noise.spectrum import RULE_COLOURS

RULES = ["noise-prune", "weight", "degree"]
MISSING = {
    "approximation": lambda axis: figures.undersampling(axis, None, ""),
    "snapshots": lambda axis: figures.sketches(axis, None, "median_error", "bridges", ""),
    "dominance": lambda axis: figures.by_leak(axis, None, "stable", RULES, ""),
    "directed": lambda axis: figures.formula_errors(axis, None),
    "directed ": lambda axis: figures.responses(axis, None, ""),
    "rectified": lambda axis: figures.over_time(axis, None, "error", "", ""),
    "rectified ": lambda axis: figures.excitation(axis, None, ""),
}


def summary(coordinates, **variables):
    """A summary of two replicas in which no two numbers are equal."""
    rng = np.random.default_rng(0)
    coordinates = {"replica": [0, 1]} | coordinates
    arms = {}
    for name, dims in variables.items():
        dims = ("replica", *dims)
        arms[name] = dims, rng.uniform(0.1, 0.9, size=[len(coordinates[dim]) for dim in dims])
    return xr.Dataset(arms, coords=coordinates)


def labels(axis):
    return axis.get_legend_handles_labels()[1]


@pytest.mark.parametrize("experiment", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, experiment):
    says_not_run(MISSING[experiment], f"run {experiment.strip()}\n")


def test_undersampling_draws_every_draw_and_the_promise(axis):
    coordinates = {"edges": ["all", "half"], "alpha": [1.0, 0.5, 0.25], "draw": [0, 1, 2]}
    data = summary(coordinates, spectral_epsilon=("edges", "alpha", "draw"), promised_epsilon=("alpha",))
    figures.undersampling(axis, data, "live")
    assert axis.get_title() == "live"
    assert len(axis.lines) == 2 * 6 + 1
    drawn = {tuple(line.get_ydata()) for line in axis.lines[:6]}
    assert drawn == {tuple(data["spectral_epsilon"].values[r, 0, :, d]) for r in (0, 1) for d in (0, 1, 2)}
    np.testing.assert_allclose(axis.lines[-1].get_ydata(), data["promised_epsilon"].values[0])
    assert labels(axis)[:2] == ["all undersampled", "half undersampled"]


def test_error_shares_are_cumulative(axis):
    errors = {"plain": np.array([0.3, 0.1]), "transmitted": np.array([0.02])}
    figures.error_shares(axis, errors, (np.array([0.1, 1.0]), np.array([0.2, 0.9])), "clusters")
    plain, transmitted, law = axis.lines
    assert (plain.get_xdata().tolist(), plain.get_ydata().tolist()) == ([0.1, 0.3], [0.5, 1.0])
    assert (transmitted.get_xdata().tolist(), transmitted.get_ydata().tolist()) == ([0.02], [1.0])
    assert law.get_ydata().tolist() == [0.2, 0.9]
    assert axis.get_legend_handles_labels()[1][:2] == ["plain", "transmitted"]


def test_sketches_draw_replicas_and_their_median(axis):
    arms = ("network", "sketch", "snapshots")
    coordinates = {
        "network": ["clustered", "bridges"],
        "sketch": ["plain", "clamped", "transmitted"],
        "snapshots": [8, 32],
    }
    data = summary(coordinates, median_error=arms)
    figures.sketches(axis, data, "median_error", "bridges", "")
    values = data["median_error"].values[:, 1]
    for index, sketch in enumerate(("plain", "clamped", "transmitted")):
        first, second, median = axis.lines[3 * index : 3 * index + 3]
        np.testing.assert_allclose([first.get_ydata(), second.get_ydata()], values[:, index])
        np.testing.assert_allclose(median.get_ydata(), values[:, index].mean(axis=0))
        assert median.get_label() == sketch
        assert median.get_color() == figures.SKETCH_COLOURS[sketch]


def test_by_leak_draws_rules_in_their_colours(axis):
    data = summary({"step": [0.0, 0.5], "rule": RULES, "draw": [0, 1]}, stable=("step", "rule", "draw"))
    figures.by_leak(axis, data, "stable", ["weight", "degree"], "")
    assert labels(axis) == ["weight", "degree"]
    np.testing.assert_allclose(axis.lines[1].get_ydata(), data["stable"].values[1, :, 1].mean(axis=-1))
    assert axis.lines[0].get_color() == RULE_COLOURS["weight"]
    assert axis.lines[2].get_color() == RULE_COLOURS["degree"]


def test_formula_errors_have_a_column_each(axis):
    data = summary({"neurons": [500, 1000]}, clustered_error=("neurons",), bridges_error=(), chain_error=())
    figures.formula_errors(axis, data)
    expected = [*data["clustered_error"].values.T, data["bridges_error"].values, data["chain_error"].values]
    np.testing.assert_allclose([line.get_ydata() for line in axis.lines], expected)
    ticks = [tick.get_text() for tick in axis.get_xticklabels()]
    assert ticks == ["clusters, 500", "clusters, 1000", "one-way bridges", "layers"]


def test_responses_draw_medians_over_draws(axis):
    rules = ["noise-prune", "closed form", "degree", "weight"]
    coordinates = {"network": ["clustered", "chain", "bridges"], "rule": rules, "draw": [0, 1, 2]}
    data = summary(coordinates, response_error=("network", "rule", "draw"))
    figures.responses(axis, data, "")
    assert labels(axis) == rules
    median = np.median(data["response_error"].values, axis=-1)
    for index, rule in enumerate(rules):
        for replica in (0, 1):
            line = axis.lines[2 * index + replica]
            np.testing.assert_allclose(line.get_ydata(), median[replica, :, index])
            assert line.get_color() == figures.COLOURS[rule]


def test_over_time_draws_a_line_per_rule_and_replica(axis):
    data = summary({"rule": RULES, "time": [0.0, 1.0, 2.0]}, overlap=("rule", "time"))
    figures.over_time(axis, data, "overlap", "overlap", "")
    drawn = [line.get_ydata() for line in axis.lines]
    np.testing.assert_allclose(drawn, data["overlap"].transpose("rule", "replica", "time").values.reshape(6, 3))
    assert labels(axis) == RULES


def test_excitation_draws_recorded_silent_exact_and_degree(axis):
    names = ("bridge_probability", "silent_share")
    scalars = dict.fromkeys(("exact_bridge_probability", "degree_bridge_probability"), ())
    data = summary({"excitation": [-8.0, 0.0, 8.0]}, **dict.fromkeys(names, ("excitation",)), **scalars)
    figures.excitation(axis, data, "")
    for start, name in ((0, "bridge_probability"), (2, "silent_share")):
        np.testing.assert_allclose([line.get_ydata() for line in axis.lines[start : start + 2]], data[name])
    for line, name in zip(axis.lines[4:], scalars, strict=True):
        np.testing.assert_allclose(line.get_ydata(), float(data[name].mean()))
    assert labels(axis) == ["bridges, recorded", "silent neurons", "bridges, exact", "bridges, degree rule"]
