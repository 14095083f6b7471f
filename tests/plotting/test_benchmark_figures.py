"""Figures of the benchmark chapter show the data that they are given."""

import numpy as np
import xarray as xr

from pruninglab.plotting.noise import benchmark as figures
from pruninglab.plotting.noise.spectrum import RULE_COLOURS


def labelled(axis, label):
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return line


def test_shares_are_cumulative(axis):
    shares = {"clustered network": np.array([0.1, 0.2, 0.4, 0.8]), "bridges": np.array([0.9])}
    figures.surrounding_shares(axis, shares)
    line = labelled(axis, "clustered network")
    assert line.get_xdata()[1:].tolist() == [0.1, 0.2, 0.4, 0.8]
    assert line.get_ydata()[1:].tolist() == [0.25, 0.5, 0.75, 1.0]
    assert labelled(axis, "bridges").get_color() == figures.GROUP_LINES["bridges"][0]


def test_two_rules_tell_bridges_from_the_rest(axis):
    figures.two_rules(axis, np.array([0.1, 0.9]), np.array([0.2, 0.3]), np.array([False, True]))
    assert labelled(axis, "bridge").get_xydata().tolist() == [[0.9, 0.3]]
    assert labelled(axis, "inside a cluster").get_xydata().tolist() == [[0.1, 0.2]]
    assert "noise-prune" in axis.get_xlabel()


def test_slow_rates_draw_every_draw(axis):
    pruned = {
        rule: np.array([[k, k + 1.0], [k + 2.0, k + 3.0]])
        for k, rule in enumerate(("noise-prune", "degree", "weight"), 1)
    }
    figures.slow_rates(axis, np.array([0.5, 0.6]), pruned)
    assert labelled(axis, "degree").get_ydata().tolist() == [2.0, 3.0]
    assert labelled(axis, "weight").get_color() == RULE_COLOURS["weight"]
    (original,) = axis.collections
    assert [segment[0, 1] for segment in original.get_segments()] == [0.5, 0.6]


def test_bridge_networks_mark_values_and_medians(axis):
    values = xr.DataArray(
        [[1.0, 5.0], [2.0, 6.0], [9.0, 7.0]], dims=("replica", "rule"), coords={"rule": ["a", "degree"]}
    )
    figures.bridge_networks(axis, values, ["degree"], "error")
    assert axis.lines[0].get_ydata().tolist() == [5.0, 6.0, 7.0]
    assert axis.lines[1].get_ydata().tolist() == [6.0, 6.0]
    assert axis.get_ylabel() == "error"


def test_a_missing_result_draws_not_run_and_the_command(axis):
    figures.bridge_networks(axis, None, ["degree"], "error")
    (text,) = axis.texts
    assert text.get_text().startswith("not run")
    assert "run bridges" in text.get_text()


def test_bottleneck_draws_medians_over_networks(axis):
    figures.bottleneck(axis, [1, 10], {"degree": np.array([[1.0, 2.0, 6.0], [3.0, 4.0, 8.0]])})
    assert axis.lines[0].get_ydata().tolist() == [2.0, 4.0]
    assert axis.lines[1].get_xydata().tolist() == [[1.0, 1.0], [10.0, 3.0]]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "10"]


def test_clipping_draws_one_line_per_rule(axis):
    figures.clipping(axis, [0.1, 0.2], {"noise-prune": np.array([0.9, 0.8]), "weight": np.array([1.0, 0.95])})
    assert labelled(axis, "noise-prune").get_ydata().tolist() == [0.9, 0.8]
    assert labelled(axis, "weight").get_color() == RULE_COLOURS["weight"]
