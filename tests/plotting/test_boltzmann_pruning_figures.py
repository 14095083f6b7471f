"""Figures of pruned Boltzmann machines: what they draw is what they are given."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.boltzmann import EXTRA_CRITERIA, PRUNING_CRITERIA
from pruninglab.plotting.boltzmann import pruning as figures

CRITERIA = ["variance_fi", "random_weights"]


@pytest.fixture
def cell():
    rng = np.random.default_rng(6)
    values = rng.uniform(0.1, 9, size=(5, 2, 3, 2))
    dims = ("replica", "criterion", "iteration", "stage")
    coords = {"criterion": CRITERIA[::-1], "iteration": [1, 2, 3], "stage": ["pruned", "retrained"]}
    units = xr.DataArray(rng.integers(5, 70, size=(5, 2, 3, 2)), dims=dims)
    return xr.Dataset(
        {"kl": (dims, values), "n_hidden": units, "unpruned_kl": ("replica", rng.uniform(size=5))}, coords
    )


DRAWN = {
    "divergences": lambda axis: figures.divergences(axis, None, CRITERIA),
    "by_iteration": lambda axis: figures.by_iteration(axis, None, "kl", CRITERIA, "", start=None),
    "log_errors": lambda axis: figures.log_errors(axis, np.zeros(3), None, ""),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_a_missing_result_says_not_run(draw, axis):
    draw(axis)
    (text,) = axis.texts
    assert text.get_text() == "not run\n\npython -m pruninglab run\nrbm --replicas 0:10"
    assert not axis.lines


def test_divergences_show_machines_and_means_on_both_sides_of_each_tick(cell, axis):
    figures.divergences(axis, cell, CRITERIA)
    machines = [line for line in axis.lines if line.get_marker() == "o"]
    bars = [line for line in axis.lines if line.get_linewidth() == 2.5]
    for place, criterion in enumerate(CRITERIA):
        for k, stage in enumerate(("pruned", "retrained")):
            values = cell["kl"].sel(criterion=criterion, iteration=3, stage=stage).values
            dots, bar = machines[2 * place + k], bars[2 * place + k]
            np.testing.assert_allclose(dots.get_ydata(), values)
            assert dots.get_fillstyle() == ("none", "full")[k]
            assert (np.sign(dots.get_xdata() - place) == (-1, 1)[k]).all()
            np.testing.assert_allclose(bar.get_ydata(), values.mean())
            assert dots.get_color() == figures.CRITERION_STYLES[criterion]["color"]
    (dashed,) = [line for line in axis.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(dashed.get_ydata(), cell["unpruned_kl"].mean())
    assert [label.get_text() for label in axis.get_xticklabels()] == ["variance FI", "random weights"]
    assert axis.get_yscale() == "log"
    assert axis.get_title(loc="right") == "n = 5"


@pytest.mark.parametrize("start", [None, 70.0])
def test_by_iteration_starts_before_any_pruning(start, cell, axis):
    figures.by_iteration(axis, cell, "kl", CRITERIA, "nats", start=start)
    for container, criterion in zip(axis.containers, CRITERIA, strict=True):
        own = cell["kl"].sel(criterion=criterion, stage="retrained").values
        first = float(cell["unpruned_kl"].mean()) if start is None else start
        np.testing.assert_allclose(container[0].get_ydata(), [first, *own.mean(axis=0)])
        low, high = (caps.get_ydata() for caps in container[1])
        np.testing.assert_allclose((high - low)[1:] / 2, own.std(axis=0))
        assert container.get_label() == figures.CRITERION_NAMES[criterion]
        np.testing.assert_allclose(container[0].get_xdata(), range(4), atol=0.1)
    assert axis.get_ylabel() == "nats"
    assert list(axis.get_xticks()) == [0, 1, 2, 3]


def test_errors_of_log_probabilities_are_means_with_quartiles(axis):
    log_q = np.array([-3.0, -1.0])
    squares = np.random.default_rng(2).uniform(0.1, 2, size=(9, 2))
    figures.log_errors(axis, log_q, squares, "unpruned")
    np.testing.assert_allclose(axis.lines[0].get_xdata(), log_q)
    np.testing.assert_allclose(axis.lines[0].get_ydata(), squares.mean(axis=0))
    segments = axis.collections[0].get_segments()
    for segment, column, x in zip(segments, squares.T, log_q, strict=True):
        np.testing.assert_allclose(segment[:, 0], x)
        np.testing.assert_allclose(segment[:, 1], np.percentile(column, [25, 75]))
    assert axis.get_title(loc="left") == "unpruned"


def test_every_criterion_has_its_own_name_and_style():
    everything = {*PRUNING_CRITERIA, *EXTRA_CRITERIA, "equal_training"}
    assert set(figures.CRITERION_STYLES) == set(figures.CRITERION_NAMES) == everything
    assert len(set(figures.CRITERION_NAMES.values())) == len(everything)
    assert len({tuple(style.values()) for style in figures.CRITERION_STYLES.values()}) == len(everything)
