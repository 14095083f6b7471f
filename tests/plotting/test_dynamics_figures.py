"""The figures of activity and growth draw the data they are given: a swapped rule, arm or axis would show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.noise import dynamics as experiment
from pruninglab.experiments.noise import traces
from pruninglab.plotting.noise import dynamics as figures
from pruninglab.plotting.noise import spectrum as spectrum_figures
from pruninglab.plotting.noise.spectrum import RULE_COLOURS, RULE_MARKERS

ARM = ("symmetric", "eigenvector")
RULES = ["weight", "noise-prune"]
DYNAMICS = {
    "error_over_time": lambda axis: figures.error_over_time(axis, None, *ARM, RULES),
    "final_errors": lambda axis: figures.final_errors(axis, None, *ARM, RULES),
}
TRACES = {"example": lambda axis: figures.example(axis, None, *ARM)}
GROWTH = {
    "epsilon_growth": lambda axis: figures.epsilon_growth(axis, None, None),
    "median_growth": lambda axis: figures.median_growth(axis, None, "cosine", "label"),
    "needed_density": lambda axis: figures.needed_density(axis, None),
}
LARGE = {
    "distributions": lambda axis: spectrum_figures.distributions(
        axis, None, "cosine", RULES, command=spectrum_figures.LARGE_COMMAND
    )
}
COMMANDS = dict.fromkeys(DYNAMICS, "python -m pruninglab run dynamics --preset paper --replicas 0:5")
COMMANDS |= dict.fromkeys(TRACES, "python -m pruninglab run traces --preset paper --replicas 0:1")
COMMANDS |= dict.fromkeys(GROWTH, "python -m pruninglab run growth --preset paper --replicas 0:3")
COMMANDS |= dict.fromkeys(LARGE, "python -m pruninglab run spectrum --preset large --replicas 0:1")


def filled(seed, coords, **variables):
    """A Dataset of random numbers between 0.1 and 0.9, with the named dimensions for each variable."""
    rng = np.random.default_rng(seed)
    shapes = {name: [len(coords[dim]) for dim in dims] for name, dims in variables.items()}
    data = {name: (dims, rng.uniform(0.1, 0.9, size=shapes[name])) for name, dims in variables.items()}
    return xr.Dataset(data, coords=coords)


@pytest.fixture(scope="module")
def activity():
    coords = {
        "replica": [0, 1, 2],
        "kind": list(experiment.NETWORKS),
        "rule": list(experiment.RULES),
        "pruning": list(experiment.PRUNINGS),
        "input": list(experiment.INPUTS),
        "shown": list(traces.SHOWN),
        "neuron": [0, 1],
        "time": [0.0, 0.5, 1.0, 2.0],
    }
    arm = ("replica", "kind", "rule", "pruning", "input", "time")
    trace = ("replica", "kind", "shown", "time", "neuron", "input")
    return filled(0, coords, error_mean=arm, error_sd=arm, activity=trace)


@pytest.fixture(scope="module")
def sizes():
    coords = {
        "n_neurons": [100, 300, 900],
        "replica": [0, 1],
        "rule": ["noise-prune", "weight"],
        "measure": ["eigenvalue_error", "quadratic_error", "cosine"],
        "quantile": np.linspace(0, 1, 101),
    }
    arm = ("replica", "n_neurons", "rule")
    variables = {"spectral_epsilon": arm, "needed_density": arm[:2], "quantiles": (*arm, "measure", "quantile")}
    return filled(1, coords, **variables)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_missing_result_draws_not_run_and_the_command(axis, name):
    (DYNAMICS | TRACES | GROWTH | LARGE)[name](axis)
    (text,) = axis.texts
    assert text.get_text().split() == ["not", "run", *COMMANDS[name].split()]
    assert not axis.lines
    assert not axis.collections


def test_without_a_command_distributions_name_that_of_fig_2a(axis):
    spectrum_figures.distributions(axis, None, "cosine", RULES)
    assert "--preset paper --replicas 0:10" in axis.texts[0].get_text().replace("\n", " ")


def test_example_draws_both_neurons_of_every_network(axis, activity):
    figures.example(axis, activity, *ARM)
    one = activity["activity"].sel(replica=0, kind=ARM[0], input=ARM[1])
    drawn = iter(axis.lines)
    for name, colour, style in (
        ("original", "#000000", "-"),
        ("noise-prune", RULE_COLOURS["noise-prune"], "--"),
        ("weight", RULE_COLOURS["weight"], ":"),
    ):
        for neuron, label in ((0, name), (1, None)):
            line = next(drawn)
            assert line.get_xdata().tolist() == [0, 0.5, 1, 2]
            np.testing.assert_array_equal(line.get_ydata(), one.sel(shown=name, neuron=neuron))
            assert (line.get_color(), line.get_linestyle()) == (colour, style)
            assert line.get_label() == label if label else line.get_label().startswith("_")
    assert next(drawn, None) is None
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("time", "activity $x_i$")


def band(collection):
    """Lower and upper edge of a filled band, by time."""
    vertices = collection.get_paths()[0].vertices
    times = np.unique(vertices[:, 0])
    edges = [vertices[vertices[:, 0] == time, 1] for time in times]
    return times, np.array([edge.min() for edge in edges]), np.array([edge.max() for edge in edges])


def test_error_over_time_draws_a_line_per_network_and_the_band_of_the_first(axis, activity):
    figures.error_over_time(axis, activity, *ARM, RULES)
    arm = activity.sel(kind=ARM[0], input=ARM[1], pruning="per run")
    assert len(axis.lines) == 3 * len(RULES)
    for k, rule in enumerate(RULES):
        lines = axis.lines[3 * k : 3 * k + 3]
        for replica, line in enumerate(lines):
            np.testing.assert_array_equal(line.get_ydata(), arm["error_mean"].sel(rule=rule, replica=replica))
            np.testing.assert_array_equal(line.get_xdata(), activity["time"])
            assert line.get_color() == RULE_COLOURS[rule]
        assert lines[0].get_label() == rule
        assert all(line.get_label().startswith("_") for line in lines[1:])
        first = arm.sel(rule=rule, replica=0)
        times, lower, upper = band(axis.collections[k])
        assert times.tolist() == [0, 0.5, 1, 2]
        np.testing.assert_allclose(lower, first["error_mean"] - first["error_sd"])
        np.testing.assert_allclose(upper, first["error_mean"] + first["error_sd"])
        assert tuple(axis.collections[k].get_facecolor()[0, :3]) == plt.matplotlib.colors.to_rgb(RULE_COLOURS[rule])
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("time", "relative error")
    assert axis.get_ylim()[0] == 0


def test_live_errors_are_mean_and_deviation_over_runs(axis):
    time = np.array([0.0, 1.0])
    errors = {"weight": np.array([[0.4, 0.8], [0.1, 0.3]]), "noise-prune": np.array([[0.2, 0.3], [0.5, 0.5]])}
    figures.live_errors(axis, time, errors)
    assert [line.get_label() for line in axis.lines] == ["weight", "noise-prune"]
    np.testing.assert_allclose([line.get_ydata() for line in axis.lines], [[0.6, 0.2], [0.25, 0.5]])
    assert [line.get_color() for line in axis.lines] == [RULE_COLOURS["weight"], RULE_COLOURS["noise-prune"]]
    _, lower, upper = band(axis.collections[0])
    np.testing.assert_allclose(upper - lower, 2 * np.array([0.4, 0.2]) / np.sqrt(2))
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["weight", "noise-prune"]


def test_final_errors_tell_rules_and_prunings_apart(axis, activity):
    figures.final_errors(axis, activity, *ARM, RULES)
    assert len(axis.lines) == 4
    last = activity["error_mean"].sel(kind=ARM[0], input=ARM[1], time=2.0)
    drawn = {(round(line.get_xdata()[0]), line.get_fillstyle()): line for line in axis.lines}
    for position, rule in enumerate(RULES):
        for pruning, fill in (("per run", "full"), ("single", "none")):
            line = drawn[position, fill]
            np.testing.assert_array_equal(line.get_ydata(), last.sel(rule=rule, pruning=pruning))
            assert (line.get_color(), line.get_marker()) == (RULE_COLOURS[rule], RULE_MARKERS[rule])
    assert drawn[0, "full"].get_xdata()[0] < 0 < drawn[0, "none"].get_xdata()[0]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == RULES
    assert axis.get_xticks().tolist() == [0, 1]
    assert axis.get_yscale() == "log"


def markers_by_rule(axis, rule):
    """The points of a rule, as values by network and size."""
    lines = [line for line in axis.lines if line.get_marker() == RULE_MARKERS[rule]]
    assert {line.get_color() for line in lines} == {RULE_COLOURS[rule]}
    assert lines[0].get_label() == rule
    for line in lines:
        assert line.get_xdata().tolist() == [100, 300, 900]
    return [line.get_ydata() for line in lines]


def test_epsilon_growth_draws_markers_and_the_promise(axis, sizes):
    promised = np.array([3.0, 2.0, 1.5])
    figures.epsilon_growth(axis, sizes, promised)
    assert axis.lines[0].get_xdata().tolist() == [100, 300, 900]
    assert axis.lines[0].get_ydata().tolist() == [3.0, 2.0, 1.5]
    for rule in ("noise-prune", "weight"):
        np.testing.assert_array_equal(markers_by_rule(axis, rule), sizes["spectral_epsilon"].sel(rule=rule))
    labels = axis.get_legend_handles_labels()[1]
    assert labels == ["promised to noise-prune", "noise-prune", "weight"]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["100", "300", "900"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("neurons $N$", r"spectral $\epsilon$")


@pytest.mark.parametrize("measure", ["quadratic_error", "cosine"])
def test_median_growth_turns_the_cosine_round(axis, sizes, measure):
    figures.median_growth(axis, sizes, measure, "a label")
    medians = sizes["quantiles"].sel(measure=measure).isel(quantile=50)
    expected = 1 - medians if measure == "cosine" else medians
    for rule in ("noise-prune", "weight"):
        np.testing.assert_allclose(markers_by_rule(axis, rule), expected.sel(rule=rule))
    assert axis.get_ylabel() == "a label"


def test_needed_density_is_drawn_for_every_network(axis, sizes):
    figures.needed_density(axis, sizes)
    np.testing.assert_array_equal([line.get_ydata() for line in axis.lines], sizes["needed_density"])
    assert all(line.get_xdata().tolist() == [100, 300, 900] for line in axis.lines)
    assert axis.get_ylim() == (0, 1)
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "linear")


def test_predicted_errors_lie_on_the_first_axis(axis):
    predicted = {"weight": np.array([0.2, 0.3]), "noise-prune": np.array([0.02, 0.04])}
    measured = {"noise-prune": np.array([0.03, 0.05]), "weight": np.array([0.1, 0.6])}
    figures.predicted_errors(axis, predicted, measured)
    equality, *points = axis.lines
    assert list(equality.get_xdata()) == list(equality.get_ydata()) == [0.02, 0.6]
    for line, rule in zip(points, ("weight", "noise-prune"), strict=True):
        assert line.get_xdata().tolist() == predicted[rule].tolist()
        assert line.get_ydata().tolist() == measured[rule].tolist()
        assert (line.get_label(), line.get_color()) == (rule, RULE_COLOURS[rule])
    assert axis.get_xlabel() == "error of the fixed point"
    assert axis.get_ylabel() == "relative error at $t = 40$"
