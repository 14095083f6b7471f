"""Figures of the ten synapses and of the two weights."""

import numpy as np
from matplotlib.colors import to_rgba

from pruninglab.plotting.foundations import importance as figures
from pruninglab.plotting.style import BLUE
from pruninglab.ten_synapses import EDGES, WEIGHTS


def test_width_is_weight_and_shade_is_score(axis):
    shades = np.linspace(0, 1, 10)
    figures.network(axis, labels=[f"label {k}" for k in range(10)], shades=shades, colour=BLUE, title="a score")
    synapses = axis.lines[:10]
    np.testing.assert_array_equal(np.argsort([line.get_linewidth() for line in synapses]), np.argsort(WEIGHTS))
    np.testing.assert_allclose(synapses[-1].get_color(), to_rgba(BLUE), atol=0.01)
    np.testing.assert_allclose(synapses[0].get_color(), to_rgba(figures.PALE), atol=0.01)
    for (i, j), line in zip(EDGES, synapses, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), figures.PLACES[[i, j]])
    written = [text.get_text() for text in axis.texts]
    assert written == [f"label {k}" for k in range(10)] + [str(neuron) for neuron in range(7)]
    assert axis.get_title() == "a score"


def test_a_removed_synapse_is_dotted(axis):
    figures.network(axis, np.where(np.arange(10) == 6, 0, WEIGHTS))
    assert [line.get_linestyle() for line in axis.lines[:10]] == ["-"] * 6 + [":"] + ["-"] * 3


def test_removals_end_on_the_axes_they_are_given(axis):
    grid = np.meshgrid(np.linspace(-1, 3, 9), np.linspace(-1, 2, 7))
    trained, adapted = np.array([1.5, 1.0]), [np.array([0, 1.4]), np.array([2.5, 0])]
    figures.removals(axis, grid, grid[0] ** 2 + grid[1] ** 2, trained, adapted, [0.5, 1.0, 2.0])
    ends = {tuple(line.get_xydata()[-1].tolist()) for line in axis.lines if line.get_linewidth() == 2}
    assert ends == {(0, 1), (1.5, 0), (0, 1.4), (2.5, 0)}
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["the other weight stays", "the other weight adapts"]


def test_one_curve_for_each_neuron(axis):
    figures.heard(axis, {"neuron 0": np.array([0.1, 0.2]), "neuron 5": np.array([0.0, 0.1])}, "before")
    assert [line.get_label() for line in axis.lines] == ["neuron 0", "neuron 5"]
    np.testing.assert_array_equal(axis.lines[1].get_xydata(), [[1, 0.0], [2, 0.1]])
    assert axis.get_title() == "before"
