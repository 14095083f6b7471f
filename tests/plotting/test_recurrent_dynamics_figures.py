import re

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt

from pruninglab.plotting.recurrent import attractors, distraction

LINES = ["unpruned", "pruned", "corrected"]
TRIALS = ["condition 1", "condition 4", "condition 4, probed"]
CHOSEN = {"unpruned": 9, "pruned": 2}
PLACES = {"unpruned": (2, 0), "pruned": (1, 1)}
"""Replica and line of the chosen networks, as indices."""
MISSING = {
    "over time": lambda axis: distraction.over_time(axis, None, TRIALS, ""),
    "twins": lambda axis: distraction.twins(axis, None),
    "field": lambda axis: attractors.vector_field(axis, None, None, ""),
    "contraction": lambda axis: attractors.contraction(axis, None, CHOSEN),
    "spectra": lambda axis: attractors.spectra(axis, None, CHOSEN),
    "two orders": lambda axis: attractors.two_orders(axis, None, 0.7),
    "exponent and contraction": lambda axis: attractors.exponent_and_contraction(axis, None),
}


@pytest.fixture
def summary():
    """Five networks in which no two numbers are equal."""
    rng = np.random.default_rng(0)
    arm = ("replica", "line")
    return xr.Dataset(
        {
            "response": ((*arm, "probed"), rng.normal(size=(5, 3, 2))),
            "contraction_ratio": ((*arm, "kind", "field_step"), rng.uniform(0.5, 1.5, size=(5, 3, 2, 4))),
            "lyapunov_spectrum": ((*arm, "rank"), rng.normal(size=(5, 3, 6))),
            "example_max_lyapunov": (arm, rng.normal(size=(5, 3))),
            "max_lyapunov": ((*arm, "level", "stage", "order"), rng.normal(size=(5, 3, 3, 2, 2))),
        },
        coords={
            "replica": [7, 2, 9, 4, 5],
            "line": LINES,
            "probed": [False, True],
            "kind": ["weighted", "plane"],
            "field_step": [18, 19, 20, 21],
            "level": [0.4, 0.7000000000000001, 0.9],
            "stage": ["before", "after"],
            "order": ["time", "code"],
        },
    )


@pytest.fixture
def traces():
    rng = np.random.default_rng(1)
    return xr.Dataset(
        {
            "state": (("trial", "step", "component"), rng.normal(size=(3, 58, 4))),
            "output": (("trial", "step"), rng.normal(size=(3, 58))),
        },
        coords={"trial": TRIALS, "step": range(1, 59), "component": [1, 2, 3, 4]},
    )


def labelled(axis):
    """The drawn points (x, y) of every line that has a label of its own."""
    return {line.get_label(): line.get_xydata() for line in axis.lines if not line.get_label().startswith("_")}


def axis_labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run dms\n--preset paper")


def test_trials_are_drawn_over_time_with_their_events(axis, traces):
    shown = traces["output"].sel(step=slice(12, 54))
    distraction.over_time(axis, shown, ["condition 4, probed", "condition 1"], "output")
    drawn = labelled(axis)
    assert list(drawn) == ["condition 4, probed", "condition 1"]
    for trial, place in (("condition 1", 0), ("condition 4, probed", 2)):
        expected = np.column_stack([range(12, 55), traces["output"].values[place, 11:54]])
        np.testing.assert_array_equal(drawn[trial], expected)
    assert list(axis.get_xticks()) == [13, 20, 40, 52]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["13\nC1", "20\nP", "40\nC2", "52\nR"]
    assert axis_labels(axis) == ("step (about 50 ms each)", "output")


def test_responses_against_strengths_and_their_target(axis):
    outputs = np.array([[-0.9, 0.1, 0.8], [-0.95, -0.7, -0.2]])
    distraction.responses(axis, np.array([0.0, 0.4, 1.0]), outputs, ["whole", "cut"])
    drawn = labelled(axis)
    for name, output in zip(("whole", "cut"), outputs, strict=True):
        np.testing.assert_array_equal(drawn[name], np.column_stack([[0.0, 0.4, 1.0], output]))
    assert set(drawn["target"][:, 1]) == {-1}
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["whole", "cut", "target"]
    assert axis_labels(axis) == ("strength of the probe", "output during the response")


def test_twins_are_drawn_against_the_probed_response_of_the_unpruned_one(axis, summary):
    distraction.twins(axis, summary)
    probed, drawn = summary["response"].values[:, :, 1], labelled(axis)
    assert list(drawn) == ["pruned", "pruned, residual masked"]
    np.testing.assert_array_equal(drawn["pruned"], probed[:, [0, 1]])
    np.testing.assert_array_equal(drawn["pruned, residual masked"], probed[:, [0, 2]])
    assert axis.get_title(loc="right") == "n = 5"
    assert axis_labels(axis) == ("response of the unpruned twin", "response when pruned")


def test_an_animation_has_a_frame_for_every_step_and_leaves_no_figure_open(traces):
    before = plt.get_fignums()
    html = distraction.two_paths({"unpruned": traces, "pruned": -traces}, range(19, 22), "two paths")
    assert "<script" in html
    assert re.findall(r'<img [^>]*alt="(.*?)"', html) == ["two paths"]
    assert len(re.findall(r'frames\[\d+\] = "data:image/png;base64,', html)) == 3
    assert plt.get_fignums() == before


def test_every_frame_shows_both_paths_up_to_its_step(traces, film_class):
    distraction.two_paths({"unpruned": traces, "pruned": 2 * traces}, range(19, 23), "")
    film, clocks = film_class.shown, []
    for frame in range(film.frames):
        film.draw(frame)
        clocks.append(film.figure.get_suptitle().strip())
        for panel, scale in zip(film.figure.axes, (1, 2), strict=True):
            for number, trial in enumerate((1, 2)):
                path, head = panel.lines[2 * number : 2 * number + 2]
                state = scale * traces["state"].values[trial, 18:22, :2]
                np.testing.assert_array_equal(path.get_xydata(), state[: frame + 1])
                np.testing.assert_array_equal(head.get_xydata(), state[frame : frame + 1])
                assert all(panel.viewLim.contains(*corner) for corner in (state.min(axis=0), state.max(axis=0)))
                assert path.get_label() == TRIALS[trial]
    assert clocks == ["step 19", "step 20  P", "step 21  P", "step 22"]
    assert [panel.get_title() for panel in film.figure.axes] == ["unpruned", "pruned"]
    assert axis_labels(film.figure.axes[1]) == ("PC1", "PC2")


@pytest.mark.parametrize(("step", "event"), [(13, "C1"), (14, "C1"), (40, "C2"), (53, "R"), (54, "")])
def test_the_clock_names_what_happens_at_a_step(step, event, traces, film_class):
    distraction.two_paths({"unpruned": traces}, range(step, step + 2), "")
    film_class.shown.draw(0)
    assert film_class.shown.figure.get_suptitle().strip() == f"step {step}  {event}".strip()


def test_one_unit_map_marks_every_fixed_point(axis):
    attractors.one_unit_map(axis, [0.5, 2.0])
    same, below, below_points, above, above_points = axis.lines
    np.testing.assert_array_equal(same.get_xdata(), same.get_ydata())
    for line, gain in ((below, 0.5), (above, 2.0)):
        np.testing.assert_allclose(line.get_ydata(), gain * np.tanh(line.get_xdata()))
        assert line.get_label() == f"$a$ = {gain:g}"
    for points, fixed in ((below_points, [0]), (above_points, [-1.915, 0, 1.915])):
        distance = np.abs(np.subtract.outer(points.get_xdata(), fixed))
        assert distance.min(axis=0).max() < 0.02
        assert distance.min(axis=1).max() < 0.02
        np.testing.assert_array_equal(points.get_xdata(), points.get_ydata())
    assert axis_labels(axis) == ("$x$ now", "$x$ one step later")


def test_disturbances_and_the_lines_that_the_exponents_promise(axis):
    growth = {"fast": np.array([0.1, 0.3, 0.5]), "slow": np.array([0.2, 0.19, 0.21, 0.2])}
    attractors.disturbances(axis, growth, {"slow": -0.05, "fast": 0.7})
    assert axis.get_yscale() == "log"
    for number, (label, rate) in enumerate((("fast", 0.7), ("slow", -0.05))):
        points, line = axis.lines[2 * number : 2 * number + 2]
        steps = np.arange(len(growth[label]))
        assert points.get_label() == label
        np.testing.assert_array_equal(points.get_xydata(), np.column_stack([steps, growth[label]]))
        np.testing.assert_allclose(line.get_ydata(), growth[label][0] * np.e ** (rate * steps))
    assert axis_labels(axis) == ("steps after the disturbance", "size of the disturbance")


def test_the_field_draws_nine_arrows_per_step_and_both_trials(axis, traces):
    begin, end = np.random.default_rng(2).normal(size=(2, 3, 9, 2))
    dims = ("step", "point", "component")
    field = xr.Dataset({"begin": (dims, begin), "end": (dims, end)}, coords={"step": [18, 19, 20], "component": [1, 2]})
    attractors.vector_field(axis, traces, field, "pruned")
    arrows = [line.get_xydata() for line in axis.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 2]
    np.testing.assert_array_equal(arrows, np.stack([begin, end], axis=2).reshape(27, 2, 2))
    starts = [line.get_xydata() for line in axis.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(starts, begin)
    drawn = labelled(axis)
    assert list(drawn) == TRIALS[1:]
    for place, trial in enumerate(TRIALS[1:], start=1):
        np.testing.assert_array_equal(drawn[trial], traces["state"].values[place, 17:20, :2])
    (start,) = axis.texts
    assert (start.get_text(), *start.xy) == ("S", *begin[0, 4])
    assert (axis.get_title(), *axis_labels(axis)) == ("pruned", "PC1", "PC2")


def test_contraction_of_the_chosen_networks(axis, summary):
    attractors.contraction(axis, summary, CHOSEN)
    drawn = labelled(axis)
    assert list(drawn) == list(CHOSEN)
    for line, place in PLACES.items():
        ratio = summary["contraction_ratio"].values[place][0]
        np.testing.assert_array_equal(drawn[line], np.column_stack([[18, 19, 20, 21], ratio]))
    assert set(axis.lines[-1].get_ydata()) == {1}
    assert axis_labels(axis) == ("step", "contraction ratio")


def test_spectra_of_the_chosen_networks(axis, summary):
    attractors.spectra(axis, summary, CHOSEN)
    drawn = labelled(axis)
    assert list(drawn) == list(CHOSEN)
    for line, place in PLACES.items():
        expected = np.column_stack([range(1, 7), summary["lyapunov_spectrum"].values[place]])
        np.testing.assert_array_equal(drawn[line], expected)
    assert set(axis.lines[-1].get_ydata()) == {0}


def test_exponents_in_both_orders_after_retraining(axis, summary):
    attractors.two_orders(axis, summary, 0.7)
    drawn, exponents = labelled(axis), summary["max_lyapunov"].values[:, :2, 1, 1]
    assert list(drawn) == ["unpruned", "pruned"]
    for place, line in enumerate(drawn):
        np.testing.assert_array_equal(drawn[line], exponents[:, place])
    low, high = exponents.min(), exponents.max()
    np.testing.assert_array_equal(axis.lines[-1].get_xydata(), [[low, low], [high, high]])
    assert axis.get_title(loc="right") == "n = 5"
    assert axis_labels(axis) == ("order of time", "order of the code")


def test_exponents_against_the_logarithm_of_the_contraction(axis, summary):
    attractors.exponent_and_contraction(axis, summary)
    drawn = labelled(axis)
    for place, line in enumerate(["unpruned", "pruned"]):
        ratio = np.log(summary["contraction_ratio"].values[:, place, 0]).mean(axis=1)
        expected = np.column_stack([ratio, summary["example_max_lyapunov"].values[:, place]])
        np.testing.assert_allclose(drawn[line], expected)
    assert axis.get_title(loc="right") == "n = 5"
    assert axis_labels(axis) == ("mean log contraction ratio", "maximal exponent")
