"""Figures of Gibbs chains: what they draw is what they are given."""

import numpy as np
import xarray as xr

from pruninglab.experiments.boltzmann.chains import STARTS
from pruninglab.plotting.boltzmann import chains


def test_missing_chains_say_not_run(axis):
    chains.against_steps(axis, None, "")
    (text,) = axis.texts
    assert text.get_text() == "not run\n\npython -m pruninglab run\nchains --replicas 0:6"


def test_a_line_for_every_machine_and_start(axis):
    values = np.random.default_rng(1).uniform(size=(3, 4, 2))
    coords = {"start": list(STARTS), "steps": [1, 10, 100, 200]}
    chains.against_steps(axis, xr.DataArray(values, coords=coords, dims=("start", "steps", "replica")), "overlap")
    assert len(axis.lines) == 6
    for number, start in enumerate(STARTS):
        for machine, line in enumerate(axis.lines[2 * number : 2 * number + 2]):
            np.testing.assert_array_equal(line.get_ydata(), values[number, :, machine])
            np.testing.assert_array_equal(line.get_xdata(), coords["steps"])
            assert line.get_color() == chains.START_STYLES[start]["color"]
    labels = axis.get_legend_handles_labels()[1]
    assert labels == ["random hidden units", "training patches", "exact samples"]
    assert axis.get_xscale() == "log"
    assert axis.get_ylabel() == "overlap"
    assert axis.get_title(loc="right") == "n = 2"


def test_relaxation_draws_lines_dots_slope_and_noise(axis):
    steps = np.array([1, 10, 100])
    exact, simulated, slope = np.array([0.5, 0.2, 0.1]), np.array([0.6, 0.3, 0.1]), np.array([0.3, 0.2, 0.1])
    chains.relaxation(axis, steps, {"exact": exact, "simulated": simulated}, slope, 0.05)
    line, dots, dashed, dotted = axis.lines
    for drawn, values in ((line, exact), (dots, simulated), (dashed, slope)):
        np.testing.assert_array_equal(drawn.get_xdata(), steps)
        np.testing.assert_array_equal(drawn.get_ydata(), values)
    assert (line.get_linestyle(), dots.get_linestyle(), dashed.get_linestyle()) == ("-", "None", "--")
    assert set(dotted.get_ydata()) == {0.05}
    names = [text.get_text() for text in axis.get_legend().get_texts()]
    assert names == ["exact", "simulated", "slowest mode", "noise of the samples"]
