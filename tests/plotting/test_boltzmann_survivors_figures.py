import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from pruninglab.plotting.boltzmann import survivors as figures

CRITERIA = ["variance_fi", "weight_magnitude"]


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


@pytest.fixture
def record():
    """Two machines, two criteria, three iterations; one line is missing."""
    rng = np.random.default_rng(0)
    weights = np.tile(np.array([100.0, 50.0, 25.0]), (2, 2, 1))
    error = rng.uniform(0.05, 0.2, size=(2, 2, 3))
    error[1, 1] = np.nan
    weights[1, 1] = np.nan
    dims = ("replica", "criterion", "iteration")
    coords = {"replica": [0, 1], "criterion": CRITERIA, "iteration": [0, 1, 2]}
    return xr.Dataset({"n_weights": (dims, weights), "error": (dims, error)}, coords=coords)


def text_of(axis):
    return " ".join(text.get_text() for text in axis.texts)


def test_what_has_not_been_run_says_so(axis):
    figures.zero_shares(axis, np.array([10]), None, levels={"first": 0.1, "second": 0.25})
    assert "not run" in text_of(axis)


def test_a_missing_record_says_so(axis):
    figures.against_prunings(axis, None, "error", CRITERIA, "error")
    assert "not run" in text_of(axis)
    assert figures.COMMAND.replace("\n", " ") in text_of(axis).replace("\n", " ")


def test_shares_of_zeros_are_drawn_layer_by_layer_with_their_levels(axis):
    n = np.array([10, 100, 1000])
    shares = {"second": np.array([[0.9, 0.5, 0.1], [0.8, 0.4, 0.2]])}
    figures.zero_shares(axis, n, shares, levels={"second": 0.25}, seen={100: 0.45}, marks=(1000,))
    drawn = [line for line in axis.lines if len(line.get_xdata()) == 3]
    np.testing.assert_array_equal([line.get_ydata() for line in drawn], shares["second"])
    assert any(list(line.get_ydata()) == [0.25, 0.25] for line in axis.lines)
    assert any(list(line.get_xdata()) == [100] for line in axis.lines)
    assert axis.get_xscale() == "log"


def test_the_small_network_has_a_line_for_every_weight_that_is_left(axis):
    first, second = np.eye(2, dtype=bool), np.array([[True, False], [True, True]])
    figures.layers(axis, first, second)
    assert sum(len(line.get_xdata()) == 2 for line in axis.lines) + sum(
        len(collection.get_paths()) for collection in axis.collections if hasattr(collection, "get_segments")
    ) == int(first.sum() + second.sum())


def test_curves_go_through_the_means_of_the_machines_that_have_the_line(axis, record):
    figures.against_prunings(axis, record, "error", CRITERIA, "test error")
    means = record["error"].mean("replica")
    for criterion in CRITERIA:
        expected = means.sel(criterion=criterion).values
        assert any(np.allclose(line.get_ydata(), expected) for line in axis.lines if len(line.get_ydata()) == 3)
    assert axis.get_ylabel() == "test error"


def test_pixels_are_a_square_picture(axis):
    values = np.linspace(0, 1, 16)
    image = figures.pixels(axis, values, "title")
    np.testing.assert_array_equal(image.get_array(), values.reshape(4, 4))
    assert axis.get_title(loc="left") == "title"
