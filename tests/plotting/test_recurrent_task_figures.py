import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.patches import FancyArrowPatch

from pruninglab.plotting.recurrent import task as figures
from pruninglab.plotting.style import GREY, VERMILION


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def labels(axis):
    return axis.get_legend_handles_labels()[1]


def labelled(axis, label):
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return line


def test_trial_draws_every_line_in_its_row(axis):
    lines = {"bias": np.ones(4), "cue 1": np.array([0.0, 1, 0, 0]), "target": np.array([0.0, 0, 0, -1])}
    figures.trial(axis, lines, "a trial")
    for row, (name, values) in enumerate(lines.items()):
        line = labelled(axis, name)
        np.testing.assert_allclose(line.get_ydata() + figures.ROW_HEIGHT * row, values)
        assert line.get_xdata().tolist() == [1, 2, 3, 4]
    assert labelled(axis, "target").get_color() == VERMILION
    assert [tick.get_text() for tick in axis.get_yticklabels()] == list(lines)
    np.testing.assert_allclose(axis.get_yticks(), [0, -figures.ROW_HEIGHT, -2 * figures.ROW_HEIGHT])
    assert axis.get_title() == "a trial"


def test_schematic_colours_the_recurrent_synapses_only(axis):
    figures.schematic(axis, ["one", "two"], {"B": "below B", "A": "below A", "C": "below C"})
    texts = {text.get_text(): text for text in axis.texts}
    assert set(texts) == {"one", "two", "output $y$", "below B", "below A", "below C"}
    assert texts["below B"].get_position()[0] < texts["below A"].get_position()[0] < texts["below C"].get_position()[0]
    arrows = [patch for patch in axis.patches if isinstance(patch, FancyArrowPatch)]
    coloured = to_rgba(VERMILION)
    assert sum(patch.get_edgecolor() == coloured for patch in arrows) == 8 * 3
    assert sum(patch.get_edgecolor()[:3] == to_rgb(GREY) for patch in arrows) == 2 * 4 + 4


def test_eigenvalues_draw_all_values_the_disc_and_the_unit_circle(axis, rng):
    values = rng.normal(size=(3, 4)) + 1j * rng.normal(size=(3, 4))
    figures.eigenvalues(axis, values, 0.5, 0.3)
    np.testing.assert_allclose(axis.lines[0].get_xdata() + 1j * axis.lines[0].get_ydata(), values.ravel())
    for label, centre, radius in (("circular law", 0.5, 0.3), ("unit circle", 0, 1)):
        x, y = labelled(axis, label).get_data()
        np.testing.assert_allclose(np.hypot(x - centre, y), radius)
    assert axis.get_aspect() == 1


def test_largest_moduli_count_every_network(axis, rng):
    radii = rng.uniform(0.9, 1.2, size=50)
    figures.largest_moduli(axis, radii, 1.05)
    assert sum(patch.get_height() for patch in axis.patches) == 50
    assert [line.get_xdata()[0] for line in axis.lines] == [1, 1.05]
    assert labels(axis) == ["modulus 1", "disc's edge, 1.05"]


def test_traces_draw_medians_where_there_is_a_distance(axis, rng):
    distances = {name: rng.uniform(0.1, 1, size=(5, 6)) for name in ("rest", "no bias", "drawn")}
    for values in distances.values():
        values[:, :2] = 0
    figures.traces(axis, distances, {"cue": slice(2, 4)})
    for name, values in distances.items():
        line = labelled(axis, name)
        assert line.get_xdata().tolist() == [3, 4, 5, 6]
        np.testing.assert_allclose(line.get_ydata(), np.median(values, axis=0)[2:])
    band = axis.collections[0].get_paths()[0].vertices
    for quantile, k in ((0.25, 2), (0.75, 5)):
        expected = np.quantile(distances["rest"][:, k], quantile)
        assert np.isclose(band[band[:, 0] == k + 1, 1], expected).any()
    assert axis.get_yscale() == "log"


def test_events_are_marked_at_their_steps(axis):
    figures.mark_events(axis, {"cue": slice(12, 14)})
    (span,) = axis.patches
    assert (span.get_x(), span.get_x() + span.get_width()) == (12.5, 14.5)
    (text,) = axis.texts
    assert (text.get_text(), text.get_position()[0]) == ("cue", 13.5)


def test_decay_factors_draw_measured_against_predicted(axis, rng):
    factors = {name: tuple(rng.uniform(0.5, 1, size=(2, 7))) for name in ("rest", "drawn")}
    figures.decay_factors(axis, factors)
    for name, (predicted, measured) in factors.items():
        np.testing.assert_allclose(labelled(axis, name).get_data(), (predicted, measured))
    x, y = labelled(axis, "equality").get_data()
    np.testing.assert_array_equal(x, y)
    assert x[0] < min(factors["rest"][0].min(), factors["rest"][1].min())


def test_parts_draw_every_network_and_the_median(axis, rng):
    values = {name: rng.uniform(0.1, 1, size=5) for name in ("constant", "product")}
    figures.parts(axis, values)
    for index, sample in enumerate(values.values()):
        dots, bar = axis.lines[2 * index : 2 * index + 2]
        np.testing.assert_allclose(dots.get_ydata(), sample)
        np.testing.assert_allclose(bar.get_ydata(), np.median(sample))
        assert np.abs(dots.get_xdata() - index).max() < 0.5
    assert axis.lines[2].get_color() == VERMILION
    assert [tick.get_text() for tick in axis.get_xticklabels()] == list(values)
    assert axis.get_yscale() == "log"


def test_unit_products_draw_exact_and_approximate(axis):
    bias = np.array([-1.0, 0, 1])
    exact = {"weak": np.array([0.7, 0, -0.7]), "strong": np.array([0.3, 0, -0.3])}
    figures.unit_products(axis, bias, exact, 2 * bias)
    for name, values in exact.items():
        np.testing.assert_allclose(labelled(axis, name).get_data(), (bias, values))
    np.testing.assert_allclose(labelled(axis, "formula for weak cues").get_ydata(), 2 * bias)


def test_outputs_that_coincide_can_all_be_seen(axis):
    values = np.array([[0.0, 1], [0, 1], [0, -1], [0, -1]])
    figures.outputs(axis, values, "abcd")
    np.testing.assert_allclose([line.get_ydata() for line in axis.lines], values)
    widths = [line.get_linewidth() for line in axis.lines]
    assert widths == sorted(set(widths), reverse=True)
    assert labels(axis) == list("abcd")


def test_state_tree_draws_a_dot_per_state(axis):
    groups = np.array([[0, 0, 0], [0, 1, 1], [0, 1, 2]])
    figures.state_tree(axis, groups, "pqr")
    *branches, dots = axis.lines
    assert len(branches) == 3
    assert dots.get_xdata().tolist() == [1, 2, 2, 3, 3, 3]
    np.testing.assert_allclose([branch.get_ydata()[-1] for branch in branches], [1, 0, -1])
    np.testing.assert_allclose(branches[1].get_ydata(), [0, -0.5, 0])
    np.testing.assert_allclose(branches[2].get_ydata(), [0, -0.5, -1])
    assert [text.get_text() for text in axis.texts] == list("pqr")


def test_floors_draw_simulation_and_formula(axis, rng):
    repeats, fine = np.array([1, 2, 5]), np.geomspace(1, 5, 9)
    simulated = {name: rng.uniform(0.005, 0.02, size=(2, 3)) for name in ("by condition", "by state")}
    predicted = {name: rng.uniform(0.005, 0.02, size=(2, 9)) for name in simulated}
    figures.floors(axis, repeats, simulated, fine, predicted, 0.0105)
    for index, name in enumerate(simulated):
        for which, row in zip(("own", "fresh"), simulated[name], strict=True):
            np.testing.assert_allclose(labelled(axis, f"{name}, {which} set").get_data(), (repeats, row))
        formulas = axis.lines[4 * index + 2 : 4 * index + 4]
        np.testing.assert_allclose([line.get_ydata() for line in formulas], predicted[name])
        np.testing.assert_allclose(formulas[0].get_xdata(), fine)
        assert labelled(axis, f"{name}, fresh set").get_markerfacecolor() == "white"
    assert labelled(axis, "criterion, 0.0105").get_ydata()[0] == 0.0105
    assert axis.get_xlim()[1] >= repeats[-1]
