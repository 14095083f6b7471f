"""Figures of the bench and of the closing chapter."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.synthesis.memory import SCORES
from pruninglab.plotting.synthesis import answers, bench

rng = np.random.default_rng(0)


def costs(rules=("magnitude", "leverage_linearised"), **dims):
    sizes = {"rule": len(rules), "use": 2, "replica": 3} | dims
    coords = {"rule": list(rules), "use": ["threshold", "strengthen"]}
    return xr.DataArray(rng.random(tuple(sizes.values())) + 0.5, coords, tuple(sizes))


def test_every_score_has_a_name_and_a_colour():
    assert set(bench.NAMES) == set(SCORES)
    assert {name.removesuffix("_linearised") for name in SCORES} == set(bench.COLOURS)


def test_rows_hold_the_costs_of_single_replicas(axis):
    values = costs()
    bench.costs_by_rule(axis, values, "nats", {"unpruned": 0.7, "control": 0.9})
    marks = [line for line in axis.lines if len(line.get_xdata()) == 3]
    assert len(marks) == 4
    np.testing.assert_array_equal(marks[1].get_xdata(), values.sel(rule="magnitude", use="strengthen"))
    assert [round(line.get_ydata()[0], 2) for line in marks] == [-0.16, 0.16, 0.84, 1.16]
    assert [line.get_fillstyle() for line in marks] == ["full", "none"] * 2
    assert marks[0].get_color() != marks[2].get_color()
    assert {line.get_label(): line.get_xdata()[0] for line in axis.lines if line not in marks} == {
        "unpruned": 0.7,
        "control": 0.9,
    }
    assert axis.get_xscale() == "log"
    low, high = axis.get_ylim()
    assert low > high
    assert [text.get_text() for text in axis.get_yticklabels()] == ["size $|w|$", "leverage, linearised"]


def test_the_legend_tells_uses_and_references_apart(axis):
    bench.costs_by_rule(axis, costs(), "nats", {"unpruned": 0.7})
    bench.legend_of_uses(axis)
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["threshold", "strengthen", "unpruned"]


def test_gains_are_means_with_their_range(axis):
    values = costs(("magnitude", "random")).isel(use=0, drop=True).expand_dims(density=[0.5, 0.1])
    bench.gain_by_density(axis, values, [0.5, 0.1], "gain")
    containers = axis.containers
    assert [container.get_label() for container in containers] == ["size $|w|$", "random"]
    line, _, (bars,) = containers[1]
    own = values.sel(rule="random")
    np.testing.assert_allclose(line.get_ydata(), own.mean("replica"))
    ends = np.array(bars.get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, np.transpose([own.min("replica"), own.max("replica")]))
    assert [text.get_text() for text in axis.get_xticklabels()] == ["0.5", "0.1"]


@pytest.mark.parametrize("control", [None, np.arange(5.0)])
def test_lines_by_fraction_are_medians(axis, control):
    values = costs(("magnitude", "anti")).isel(use=0, drop=True).expand_dims(fraction=[0.3, 0.9])
    bench.by_fraction(axis, values, "loss", control)
    drawn = {line.get_label(): line.get_ydata() for line in axis.lines}
    np.testing.assert_allclose(drawn["size $|w|$"], values.sel(rule="magnitude").median("replica"))
    if control is None:
        assert not axis.patches
    else:
        (band,) = axis.patches
        assert (band.get_y(), band.get_height()) == (1, 2)


def test_bars_add_up_and_say_their_numbers(axis):
    answers.verdict_bars(axis, {"a": [3, 1], "b": [0, 4]}, ["reproduced", "not run"])
    widths = np.array([bar.get_width() for bar in axis.patches]).reshape(2, 2)
    np.testing.assert_allclose(widths, [[0.75, 0], [0.25, 1]])
    assert sorted(text.get_text() for text in axis.texts) == ["1", "3", "4"]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a (4)", "b (4)"]


def test_agreement_is_written_and_coloured(axis):
    table = np.array([[1.0, -0.25], [-0.25, 1.0]])
    answers.agreement(axis, table, ["magnitude", "variance"])
    assert [text.get_text() for text in axis.texts] == ["1.00", "-0.25", "-0.25", "1.00"]
    np.testing.assert_array_equal(axis.images[0].get_array(), table)
    assert axis.images[0].get_clim() == (-1, 1)
