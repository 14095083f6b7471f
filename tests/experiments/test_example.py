"""The pair of networks that stands for the others: which one it is, and what is seen of it, step by step."""

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.experiments.recurrent.example import Pair, example_pair, example_weights, traces, vector_field

UNPRUNED = (-0.9, 0.4, 0.2)
"""Response without and with the probe and exponent, of a network that looks like the paper's unpruned example."""
PRUNED = (-0.8, -0.95, 0.05)
REPLICAS = [4, 7, 2, 9]


def population(*networks):
    """A summary of networks, each with the three numbers of its unpruned and those of its pruned line."""
    values = np.array(networks)
    corrected = np.full((len(networks), 1, 3), 0.3)
    values = np.concatenate([corrected, values], axis=1)
    return xr.Dataset(
        {
            "response": (("replica", "line", "probed"), values[:, :, :2]),
            "example_max_lyapunov": (("replica", "line"), values[:, :, 2]),
            "A": (("replica", "line", "unit", "sender"), np.zeros((len(networks), 3, 2, 2))),
        },
        coords={
            "replica": REPLICAS[: len(networks)],
            "line": ["corrected", "unpruned", "pruned"],
            "probed": [False, True],
        },
    )


def test_the_first_matched_pair_wins_over_an_earlier_unmatched_one():
    dms = population((UNPRUNED, UNPRUNED), (PRUNED, PRUNED), (UNPRUNED, PRUNED), (UNPRUNED, PRUNED))
    pair = example_pair(dms)
    assert pair == Pair(unpruned=2, pruned=2)
    assert pair.matched


def test_without_a_matched_pair_it_is_the_first_of_each_kind():
    dms = population((PRUNED, UNPRUNED), (PRUNED, PRUNED), (UNPRUNED, UNPRUNED), (PRUNED, PRUNED))
    pair = example_pair(dms)
    assert pair == Pair(unpruned=2, pruned=7)
    assert not pair.matched


def test_networks_whose_weights_are_not_stored_are_passed_over():
    dms = population((UNPRUNED, PRUNED), (UNPRUNED, PRUNED))
    dms["A"] = dms["A"].where(dms["replica"] != REPLICAS[0])
    assert example_pair(dms) == Pair(unpruned=REPLICAS[1], pruned=REPLICAS[1])


@pytest.mark.parametrize("networks", [(UNPRUNED, UNPRUNED), (PRUNED, PRUNED), (PRUNED, UNPRUNED)])
def test_without_one_of_the_two_kinds_there_is_no_pair(networks):
    dms = population(networks, networks)
    assert example_pair(dms) is None
    with pytest.raises(ValueError, match="no pair"):
        example_weights(dms, "pruned")


@pytest.mark.parametrize(
    ("unpruned", "pruned"),
    [
        ((0.1, 0.4, 0.2), PRUNED),
        ((-0.9, -0.1, 0.2), PRUNED),
        ((-0.9, 0.4, 0.09), PRUNED),
        (UNPRUNED, (0.1, -0.95, 0.05)),
        (UNPRUNED, (-0.8, -0.69, 0.05)),
        (UNPRUNED, (-0.8, -1.31, 0.05)),
        (UNPRUNED, (-0.8, -0.95, 0.11)),
    ],
    ids=[
        "unpruned, wrong without probe",
        "unpruned, right with probe",
        "unpruned, low exponent",
        "pruned, wrong without probe",
        "pruned, response too weak",
        "pruned, response too strong",
        "pruned, high exponent",
    ],
)
def test_every_condition_matters(unpruned, pruned):
    assert example_pair(population((unpruned, pruned))) is None
    assert example_pair(population((unpruned, pruned), (UNPRUNED, PRUNED))) == Pair(7, 7)


def test_an_exponent_at_the_threshold_is_good_for_both():
    assert example_pair(population(((-0.9, 0.4, 0.1), (-0.8, -0.95, 0.1)))) == Pair(4, 4)


def test_scores_just_within_the_thresholds_are_good_enough():
    assert example_pair(population(((-0.01, 0.01, 0.2), (-0.01, -0.71, 0.05)))) == Pair(4, 4)
    assert example_pair(population((UNPRUNED, (-0.01, -1.29, -0.5)))) == Pair(4, 4)


@pytest.fixture(scope="module")
def weights():
    """A network of five units, whose states differ much between trials."""
    rng = np.random.default_rng(0)
    return rnn.Weights(
        A=rng.normal(scale=0.9, size=(1, 5, 5)), B=rng.normal(size=(1, 5, 6)), C=rng.normal(size=(1, 1, 5))
    )


@pytest.fixture(scope="module")
def run(weights):
    """States and outputs of conditions 1 to 4 and of condition 4 with the probe."""
    inputs = np.concatenate([rnn.dms_conditions()[0], rnn.dms_probe(20, 0.2)[3:]])
    x, y = rnn.forward(weights, inputs)
    return x[0], y[0, :, :, 0]


@pytest.fixture(scope="module")
def directions(run):
    """Principal components in columns, largest first; the signs are arbitrary."""
    _, vectors = np.linalg.eigh(np.cov(run[0][:4, 10:58].reshape(-1, 5), rowvar=False))
    return vectors[:, ::-1]


def test_weights_of_the_example_are_those_of_its_replica_and_line():
    rng = np.random.default_rng(1)
    dms = population((PRUNED, UNPRUNED), (UNPRUNED, UNPRUNED), (PRUNED, PRUNED))
    dims = {"A": ("unit", "sender"), "B": ("unit", "input"), "C": ("output", "unit")}
    shapes = {"A": (3, 3), "B": (3, 6), "C": (1, 3)}
    dms = dms.assign(
        {name: (("replica", "line", *dims[name]), rng.normal(size=(3, 3, *shapes[name])).astype("f4")) for name in dims}
    )
    for line, place in (("unpruned", (1, 1)), ("pruned", (2, 2))):
        found = example_weights(dms, line)
        for name in dims:
            np.testing.assert_array_equal(getattr(found, name)[0], dms[name].values[place])
            assert getattr(found, name).dtype == np.float64


def test_traces_hold_the_outputs_of_three_trials(weights, run):
    found = traces(weights)
    assert found["trial"].values.tolist() == ["condition 1", "condition 4", "condition 4, probed"]
    assert found["step"].values.tolist() == list(range(1, 59))
    np.testing.assert_allclose(found["output"], run[1][[0, 3, 4]])


def test_projections_are_the_states_times_the_components_up_to_sign_and_not_mean_free(weights, run, directions):
    found = traces(weights)["state"]
    assert found["component"].values.tolist() == [1, 2, 3, 4, 5]
    expected = run[0][[0, 3, 4]] @ directions
    signs = np.sign((found.values * expected).sum(axis=(0, 1)))
    np.testing.assert_allclose(found, expected * signs, rtol=1e-9, atol=1e-12)
    assert (np.abs(found.mean(["trial", "step"])) > 0.01).any()


def test_the_probed_trial_is_that_of_condition_4_until_the_probe(weights):
    state = traces(weights)["state"]
    same = np.isclose(state.sel(trial="condition 4, probed"), state.sel(trial="condition 4"), atol=1e-12).all(axis=1)
    assert same.argmin() == 19


def test_the_middle_of_the_field_runs_along_the_unprobed_trajectory(weights):
    state, field = traces(weights)["state"].sel(trial="condition 4", component=[1, 2]), vector_field(weights)
    steps = np.arange(18, 31)
    assert field["step"].values.tolist() == steps.tolist()
    assert field["component"].values.tolist() == [1, 2]
    np.testing.assert_allclose(field["begin"].sel(point=4), state.sel(step=steps))
    np.testing.assert_allclose(field["end"].sel(point=4), state.sel(step=steps + 1))


def test_every_arrow_of_the_field_is_one_step_of_the_network(weights, run, directions):
    field = vector_field(weights)
    state = traces(weights)["state"].sel(trial="condition 4").values
    plane = directions[:, :2] * np.sign((state * (run[0][3] @ directions)).sum(axis=0))[:2]
    inputs = rnn.dms_conditions()[0][3]
    for number, step in enumerate(range(18, 31)):
        for point, (i, j) in enumerate((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            x = run[0][3, step - 1] + 0.05 * i * plane[:, 0] + 0.05 * j * plane[:, 1]
            after = weights.A[0] @ np.tanh(x) + weights.B[0] @ inputs[step]
            np.testing.assert_allclose(field["begin"][number, point], x @ plane)
            np.testing.assert_allclose(field["end"][number, point], after @ plane)
