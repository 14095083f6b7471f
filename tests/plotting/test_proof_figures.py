import numpy as np
import pytest

from pruninglab.experiments.noise import guarantees
from pruninglab.plotting.noise import proof
from pruninglab.plotting.noise.spectrum import RULE_COLOURS
from pruninglab.plotting.style import BLACK, ORANGE, PURPLE

MISSING = {
    "failures": lambda axis: proof.failures(axis, None),
    "growing epsilon": lambda axis: proof.growing(axis, None, "growing_epsilon"),
    "growing share": lambda axis: proof.growing(axis, None, "growing_share"),
    "bounds": lambda axis: proof.bounds(axis, None),
}


@pytest.fixture(scope="module")
def summary():
    return guarantees.summarise(guarantees.run(guarantees.PRESETS["book"], [0, 1]))


def labelled(axis, label):
    (line,) = [line for line in axis.lines if line.get_label() == label]
    return line


def dots(axis):
    return [line for line in axis.lines if line.get_color() == RULE_COLOURS["noise-prune"]]


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run guarantees")


def test_edge_pieces_shows_sums_graphs_and_a_draw(axis):
    excite = np.array([[2.0, -2.0, 0.0], [-2.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    inhibit = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    original = np.array([excite + inhibit, excite, inhibit])
    drawn = np.array([2 * inhibit, 0 * excite, 2 * inhibit])
    proof.edge_pieces(axis, original, drawn, [0.75, 0.5])
    pictures = [image.get_array().filled(0) for image in axis.images]
    np.testing.assert_array_equal(pictures[0::2], original)
    np.testing.assert_array_equal(pictures[1::2], drawn)
    assert len({(image.norm.vmin, image.norm.vmax) for image in axis.images}) == 1
    texts = [text.get_text() for text in axis.texts]
    assert texts.count("pruned") == 1
    assert texts.count("=") == 2
    assert texts.count("+") == 2
    assert "$p=0.75$" in texts
    assert "$p=0.50$" in texts
    synapses = [line.get_color() for line in axis.lines if line.get_color() in (ORANGE, PURPLE)]
    assert synapses == [ORANGE, PURPLE, ORANGE, PURPLE]


def test_the_word_pruned_stands_on_the_piece_that_is_gone(axis):
    piece = np.array([[1.0, -1.0], [-1.0, 1.0]])
    proof.edge_pieces(axis, np.array([2 * piece, piece, piece]), np.array([piece, piece, 0 * piece]), [1.0, 1.0])
    (text,) = [text for text in axis.texts if text.get_text() == "pruned"]
    x, y = text.get_position()
    assert (x, y) == (2 * proof.STEP + 0.5, 0.5)


def test_rates_are_sorted(axis):
    proof.rates(axis, np.array([3.0, 1.0, 2.0]), np.array([0.5, 4.0, 2.5]), "three")
    assert labelled(axis, "original").get_ydata().tolist() == [1, 2, 3]
    assert labelled(axis, "one draw").get_ydata().tolist() == [0.5, 2.5, 4]
    assert axis.get_title() == "three"


def test_tails_leave_out_what_never_happened(axis):
    eps = np.array([0.1, 0.2])
    proof.tails(
        axis,
        eps,
        {"above": np.array([0.5, 0.0]), "below": np.array([0.4, 0.1])},
        {"above": np.array([0.9, 0.8]), "below": np.array([0.7, 0.6])},
    )
    np.testing.assert_array_equal(labelled(axis, "measured, above").get_ydata(), [0.5, np.nan])
    assert labelled(axis, "measured, below").get_ydata().tolist() == [0.4, 0.1]
    assert labelled(axis, "bound, above").get_ydata().tolist() == [0.9, 0.8]
    assert labelled(axis, "bound, below").get_ydata().tolist() == [0.7, 0.6]


def test_draws_and_their_promise(axis):
    proof.draws(axis, np.array([0.1, 0.12, 0.3]), 0.8)
    assert sum(patch.get_height() for patch in axis.patches) == 3
    assert set(labelled(axis, "promised").get_xdata()) == {0.8}
    assert axis.get_xlim()[1] > 0.8


def test_failures_and_what_is_allowed(axis, summary):
    proof.failures(axis, summary)
    for index, line in enumerate(dots(axis)):
        np.testing.assert_array_equal(line.get_ydata(), summary["failures"].isel(replica=index))
    allowed = labelled(axis, "allowed by the theorem")
    np.testing.assert_array_equal(allowed.get_ydata(), summary["failure_bound"].isel(replica=0))
    np.testing.assert_array_equal(allowed.get_xdata(), summary["constant"])


def test_growing_networks(axis, summary):
    proof.growing(axis, summary, "growing_epsilon")
    assert set(labelled(axis, "asked for").get_ydata()) == {guarantees.PRESETS["book"].eps}
    assert len(dots(axis)) == 2
    np.testing.assert_array_equal(dots(axis)[1].get_ydata(), summary["growing_epsilon"].isel(replica=1))
    axis.clear()
    proof.growing(axis, summary, "growing_share")
    n = summary["size"].values
    expected = 4 * n * np.log(n) / 0.8**2 / (n * (n - 1) / 2)
    (line,) = [line for line in axis.lines if line.get_color() == BLACK]
    np.testing.assert_allclose(line.get_ydata(), expected)
    np.testing.assert_array_equal(dots(axis)[0].get_ydata(), summary["growing_share"].isel(replica=0))


def test_bounds_have_a_row_each(axis, summary):
    proof.bounds(axis, summary)
    names = [tick.get_text() for tick in axis.get_yticklabels()]
    assert names == summary["bound"].values.tolist()
    for position, line in enumerate(dots(axis)):
        np.testing.assert_array_equal(line.get_xdata(), summary["ratio"].isel(bound=position))
        assert set(line.get_ydata()) == {position}
    assert axis.yaxis_inverted()


def test_distances_and_bound(axis):
    times = np.array([1.0, 2.0])
    proof.distances(axis, times, {"a": np.array([[0.1, 0.2], [0.3, 0.4]]), "b": np.array([[0.0], [0.25]])}, 0.5)
    assert labelled(axis, "a").get_ydata().tolist() == [0.1, 0.3]
    assert labelled(axis, "b").get_ydata().tolist() == [0.0, 0.25]
    assert set(labelled(axis, "bound").get_ydata()) == {0.5}
    assert axis.get_ylim()[1] > 0.5


def test_mode_errors_show_vanishing_ones_at_the_floor(axis):
    rates = np.array([0.1, 1.0])
    proof.mode_errors(axis, rates, {"a": np.array([0.5, 0.0]), "b": np.array([1.0, 0.01])})
    assert labelled(axis, "a").get_ydata().tolist() == [0.5, proof.SMALLEST_DRAWN]
    assert labelled(axis, "b").get_ydata().tolist() == [1.0, 0.01]
    assert labelled(axis, "a").get_color() == RULE_COLOURS["noise-prune"]
