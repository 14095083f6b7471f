"""Each measure of distraction, population and relearning against a hand-made summary: no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.scorecard.measures import MEASURES as JUDGED

LINES = {"unpruned": 0, "pruned": 1, "corrected": 2}
PAIRS = [("pruned", "unpruned"), ("corrected", "unpruned"), ("unpruned", "corrected")]
LEVELS = [round(0.1 + 0.05 * i, 2) for i in range(18)]
BEFORE, AFTER = 0, 1
TIME = 0
REPLICAS = [10, 11, 12, 13]


def counts(rng, *shape):
    """Different whole numbers, unsigned as in a stored summary."""
    return rng.permutation(np.prod(shape)).reshape(shape).astype("uint16")


@pytest.fixture(scope="module")
def dms():
    rng = np.random.default_rng(0)
    arm = ("replica", "line")
    level = (*arm, "level", "stage")
    return xr.Dataset(
        {
            "n_correct": ((*level, "probe_time", "strength"), counts(rng, 4, 3, 18, 2, 6, 5)),
            "n_correct_unprobed": (level, counts(rng, 4, 3, 18, 2)),
            "max_lyapunov": ((*level, "order"), rng.normal(size=(4, 3, 18, 2, 2))),
            "final_loss": ((*arm, "level"), rng.uniform(size=(4, 3, 18))),
            "histogram": ((*arm, "bin"), counts(rng, 4, 3, 61)),
            "contraction_ratio": ((*arm, "kind", "field_step"), rng.uniform(0.5, 1.5, size=(4, 3, 2, 13))),
            "probe_distance": ((*arm, "step"), rng.uniform(0.1, 3, size=(4, 3, 58))),
            "response": ((*arm, "probed"), rng.normal(size=(4, 3, 2))),
            "example_max_lyapunov": (arm, rng.normal(size=(4, 3))),
        },
        coords={
            "replica": REPLICAS,
            "line": list(LINES),
            "level": LEVELS,
            "stage": ["before", "after"],
            "probe_time": [16, 20, 24, 28, 32, 36],
            "strength": [0.2, 0.4, 0.6, 0.8, 1.0],
            "order": ["time", "code"],
            "bin": 0.05 * np.arange(-30, 31),
            "kind": ["weighted", "plane"],
            "field_step": range(18, 31),
            "step": range(1, 59),
            "probed": [False, True],
        },
    )


def right(dms, line, stage=AFTER):
    """Shares of correct answers as (replica, level, probe time, strength)."""
    return dms["n_correct"].values[:, LINES[line], :, stage].astype(float) / 4


def gain(dms, line, other):
    return right(dms, line) - right(dms, other)


def exponents(dms, line, order=TIME):
    return dms["max_lyapunov"].values[:, LINES[line], :, AFTER, order]


def columns(first, last):
    """Slice of the levels from `first` to `last`."""
    return slice(LEVELS.index(first), LEVELS.index(last) + 1)


def check(found, expected):
    assert found.dims == ("replica",)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("line", "other"), PAIRS)
@pytest.mark.parametrize("levels", [(0.4, 0.7), (0.7, 0.7), (0.75, 0.75)])
def test_accuracy_advantage(line, other, levels, dms):
    expected = gain(dms, line, other)[:, columns(*levels)].mean(axis=(1, 2, 3))
    check(JUDGED["accuracy_advantage"](dms, line=line, other=other, levels=levels), expected)


@pytest.mark.parametrize("line", LINES)
def test_accuracy_fall(line, dms):
    share = right(dms, line).mean(axis=(2, 3))
    expected = share[:, 12:16].mean(axis=1) - share[:, 16:18].mean(axis=1)
    check(JUDGED["accuracy_fall"](dms, line=line, before=(0.7, 0.85), after=(0.9, 0.95)), expected)


@pytest.mark.parametrize(("line", "other"), PAIRS)
def test_advantage_by_the_time_of_the_probe(line, other, dms):
    by_time = gain(dms, line, other)[:, 12].mean(axis=2)
    expected = (by_time[:, 0] + by_time[:, 1] - by_time[:, 4] - by_time[:, 5]) / 2
    check(JUDGED["advantage_early_over_late"](dms, line=line, other=other), expected)
    for number, time in ((5, 36), (2, 24)):
        check(JUDGED["advantage_at_time"](dms, line=line, other=other, time=time), by_time[:, number])


@pytest.mark.parametrize(("line", "other"), PAIRS)
def test_advantage_by_the_strength_of_the_probe(line, other, dms):
    by_strength = gain(dms, line, other)[:, 12].mean(axis=1)
    for number, strength in ((0, 0.2), (4, 1.0)):
        found = JUDGED["advantage_at_strength"](dms, line=line, other=other, strength=strength)
        check(found, by_strength[:, number])


@pytest.mark.parametrize("line", LINES)
def test_accuracy_of_one_line(line, dms):
    share = right(dms, line)[:, 12]
    late, early = share[:, 4:].mean(axis=(1, 2)), share[:, :2].mean(axis=(1, 2))
    check(JUDGED["accuracy_late_over_early"](dms, line=line), late - early)
    fall = share[:, :, 0].mean(axis=1) - share[:, :, 4].mean(axis=1)
    check(JUDGED["accuracy_fall_with_strength"](dms, line=line), fall)
    unprobed = dms["n_correct_unprobed"].values[:, LINES[line], 12, AFTER] / 4
    check(JUDGED["unprobed_accuracy"](dms, line=line), unprobed)


@pytest.mark.parametrize(("line", "other"), PAIRS)
@pytest.mark.parametrize(("number", "order"), [(0, "time"), (1, "code")])
def test_exponent_gap(line, other, number, order, dms):
    difference = exponents(dms, other, number) - exponents(dms, line, number)
    found = JUDGED["exponent_gap"](dms, line=line, other=other, levels=(0.4, 0.7), order=order)
    check(found, difference[:, 6:13].mean(axis=1))


@pytest.mark.parametrize("line", LINES)
def test_exponent_fall(line, dms):
    values = exponents(dms, line)
    check(JUDGED["exponent_fall"](dms, line=line), values[:, :6].mean(axis=1) - values[:, 12:].mean(axis=1))


@pytest.mark.parametrize(("line", "other"), [("pruned", "unpruned"), ("corrected", "unpruned")])
@pytest.mark.parametrize("start", ["trained", "stuck"])
def test_networks_are_grouped_by_the_loss_with_which_their_lines_parted(line, other, start, dms):
    dms = dms.assign(initial_final_loss=(("replica", "training_set"), [[1, 0.01], [0, 0.02], [0, 0.011], [1, 0.0104]]))
    chosen = np.array([0, 3] if start == "trained" else [1, 2])
    options = {"line": line, "other": other, "levels": (0.4, 0.7)}
    more = gain(dms, line, other)[:, columns(0.4, 0.7)].mean(axis=(1, 2, 3))
    check(JUDGED["accuracy_advantage_by_start"](dms, **options, start=start), more[chosen])
    lower = (exponents(dms, other) - exponents(dms, line))[:, columns(0.4, 0.7)].mean(axis=1)
    check(JUDGED["exponent_gap_by_start"](dms, **options, start=start), lower[chosen])


def test_fewer_stuck_counts_networks_above_the_criterion_on_one_line_only(dms):
    losses = np.full((4, 3, 18), 0.5)
    losses[:, :, columns(0.4, 0.7)] = 0.01
    losses[[0, 2], LINES["unpruned"], 9] = 0.02
    losses[[1, 2], LINES["pruned"], 8] = 0.03
    dms = dms.assign(final_loss=(("replica", "line", "level"), losses))
    check(JUDGED["fewer_stuck"](dms, line="pruned", other="unpruned", levels=(0.4, 0.7)), [1, -1, 0, 0])
    check(JUDGED["fewer_stuck"](dms, line="corrected", other="unpruned", levels=(0.4, 0.7)), [1, 0, 1, 0])


def test_cutting_lowers_exponent_compares_with_the_level_before(dms):
    values = dms["max_lyapunov"].values[:, LINES["pruned"], :, :, TIME]
    fall = values[:, columns(0.4, 0.65), AFTER] - values[:, columns(0.45, 0.7), BEFORE]
    check(JUDGED["cutting_lowers_exponent"](dms, line="pruned", levels=(0.45, 0.7)), fall.mean(axis=1))


def test_exponent_fall_over_two_levels_is_a_difference(dms):
    values = exponents(dms, "pruned")
    found = JUDGED["exponent_fall"](dms.isel(level=[3, 8]), line="pruned")
    check(found, values[:, 3] - values[:, 8])


@pytest.mark.parametrize("line", LINES)
def test_pairs_of_score_and_exponent(line, dms):
    share = right(dms, line)[:, 12]
    for probes, score in (("one", share[:, 1, 0]), ("all", share.mean(axis=(1, 2)))):
        found = JUDGED["score_and_exponent"](dms, line=line, probes=probes)
        assert found.dims == ("replica", "pair")
        np.testing.assert_allclose(found, np.column_stack([score, exponents(dms, line)[:, 12]]))


def test_fewer_weak_synapses(dms):
    histogram = dms["histogram"].values.astype(float)
    weak = histogram[:, :, 26:35].sum(axis=2) / histogram.sum(axis=2)
    check(JUDGED["fewer_weak_synapses"](dms), weak[:, 0] - weak[:, 1])


@pytest.mark.parametrize("line", LINES)
def test_effects_of_cutting_and_of_retraining(line, dms):
    before, after = (right(dms, line, stage).mean(axis=(2, 3)) for stage in (BEFORE, AFTER))
    cut = [before[:, number] - after[:, number - 1] for number in range(7, 13)]
    check(JUDGED["effect_of_cutting"](dms, line=line, levels=(0.45, 0.7)), np.mean(cut, axis=0))
    retrained = (after - before)[:, 7:13].mean(axis=1)
    check(JUDGED["effect_of_retraining"](dms, line=line, levels=(0.45, 0.7)), retrained)


@pytest.mark.parametrize(("number", "kind"), [(0, "weighted"), (1, "plane")])
def test_contraction(number, kind, dms):
    ratio = dms["contraction_ratio"].values[:, :, number].mean(axis=2)
    for line, place in LINES.items():
        check(JUDGED["contraction_margin"](dms, line=line, kind=kind), 1 - ratio[:, place])
    for line, other in PAIRS:
        found = JUDGED["contraction_advantage"](dms, line=line, other=other, kind=kind)
        check(found, ratio[:, LINES[other]] - ratio[:, LINES[line]])


@pytest.mark.parametrize("line", LINES)
def test_pairs_of_contraction_and_exponent(line, dms):
    contraction = -np.log(dms["contraction_ratio"].values[:, LINES[line], 0]).mean(axis=1)
    found = JUDGED["contraction_and_exponent"](dms, line=line)
    assert found.dims == ("replica", "pair")
    exponent = dms["example_max_lyapunov"].values[:, LINES[line]]
    np.testing.assert_allclose(found, np.column_stack([contraction, exponent]))


@pytest.mark.parametrize(("line", "other"), PAIRS)
def test_relaxation_advantage(line, other, dms):
    distance = dms["probe_distance"].values
    growth = np.log(distance[:, :, 38] / distance[:, :, 20])
    expected = growth[:, LINES[other]] - growth[:, LINES[line]]
    check(JUDGED["relaxation_advantage"](dms, line=line, other=other), expected)


EXAMPLES = {"unpruned": 12, "pruned": 11}
"""An unmatched pair, so that a mix-up of the two networks is noticed."""
N_UNITS = 4
MEASURES_OF_THE_EXAMPLE = {
    "example_response": {"line": "pruned", "probe": "with"},
    "example_divergence_step": {"line": "unpruned"},
    "example_divergence_ratio": {},
    "example_contraction": {"line": "pruned", "extreme": "max"},
    "example_exponent": {"line": "unpruned"},
    "example_field_ratio": {},
}


@pytest.fixture(scope="module")
def example(dms):
    """The summary with small networks, of which two look like the paper's example."""
    rng = np.random.default_rng(41)
    response, exponent = rng.uniform(-0.6, -0.1, size=(4, 3, 2)), rng.uniform(0.11, 0.3, size=(4, 3))
    response[2, LINES["unpruned"], 1] = 0.37
    response[1, LINES["pruned"], 1] = -0.93
    exponent[1, LINES["pruned"]] = -0.02
    sizes = {"unit": N_UNITS, "sender": N_UNITS, "input": 6, "output": 1}
    matrices = {"A": ("unit", "sender"), "B": ("unit", "input"), "C": ("output", "unit")}
    weights = {
        name: (("replica", "line", *dims), rng.normal(size=(4, 3, *(sizes[dim] for dim in dims))))
        for name, dims in matrices.items()
    }
    arm = ("replica", "line")
    return dms.assign(response=((*arm, "probed"), response), example_max_lyapunov=(arm, exponent), **weights)


def distances_in_the_plane(example, line):
    """Of the probed state from condition 1 and from condition 4, step by step, in PC1 and PC2."""
    place = (REPLICAS.index(EXAMPLES[line]), LINES[line])
    weights = rnn.Weights(*(example[name].values[place][None] for name in "ABC"))
    inputs = np.concatenate([rnn.dms_conditions()[0], rnn.dms_probe(20, 0.2)[3:]])
    x = rnn.forward(weights, inputs)[0][0]
    _, directions = np.linalg.eigh(np.cov(x[:4, 10:].reshape(-1, N_UNITS), rowvar=False))
    plane = x @ directions[:, -2:]
    return [np.linalg.norm(plane[4] - plane[trial], axis=1) for trial in (0, 3)]


def test_values_of_the_example_are_those_of_its_two_networks(example):
    for line, replica in EXAMPLES.items():
        place = (REPLICAS.index(replica), LINES[line])
        for number, probe in enumerate(("no", "with")):
            found = JUDGED["example_response"](example, line=line, probe=probe)
            check(found, [example["response"].values[place][number]])
        check(JUDGED["example_exponent"](example, line=line), [example["example_max_lyapunov"].values[place]])
        ratio = example["contraction_ratio"].values[place][0]
        for extreme, expected in (("min", ratio.min()), ("max", ratio.max())):
            check(JUDGED["example_contraction"](example, line=line, extreme=extreme), [expected])
    plane = [
        example["contraction_ratio"].values[REPLICAS.index(EXAMPLES[line]), LINES[line], 1].mean()
        for line in ("pruned", "unpruned")
    ]
    check(JUDGED["example_field_ratio"](example), [plane[0] / plane[1]])


def first_step_nearer_to_one(example, line):
    from_one, from_four = distances_in_the_plane(example, line)
    nearer = [step for step in range(21, 59) if from_one[step - 1] < from_four[step - 1]]
    return nearer[0] if nearer else 59


def test_step_at_which_the_probed_trajectory_leaves(example):
    expected = {line: first_step_nearer_to_one(example, line) for line in EXAMPLES}
    assert 21 < expected["unpruned"] < 58
    for line in EXAMPLES:
        check(JUDGED["example_divergence_step"](example, line=line), [expected[line]])


def test_at_the_first_step_of_the_probe_no_trajectory_has_left(example):
    forgetting = example.copy(deep=True)
    forgetting["A"].values[2, LINES["unpruned"]] = 0.3 * np.eye(N_UNITS)
    from_one, from_four = distances_in_the_plane(forgetting, "unpruned")
    assert from_one[19] < from_four[19]
    check(JUDGED["example_divergence_step"](forgetting, line="unpruned"), [21])


def test_a_trajectory_that_never_leaves_gets_the_step_after_the_last(example):
    remembering = example.copy(deep=True)
    remembering["A"].values[2, LINES["unpruned"]] = 1.5 * np.eye(N_UNITS)
    remembering["B"].values[2, LINES["unpruned"], :, [0, 2, 3, 4, 5]] = 0
    assert first_step_nearer_to_one(remembering, "unpruned") == 59
    check(JUDGED["example_divergence_step"](remembering, line="unpruned"), [59])


def test_ratio_of_the_largest_distances(example):
    largest = {line: distances_in_the_plane(example, line)[1].max() for line in EXAMPLES}
    check(JUDGED["example_divergence_ratio"](example), [largest["pruned"] / largest["unpruned"]])


@pytest.mark.parametrize("name", MEASURES_OF_THE_EXAMPLE)
def test_without_an_example_there_is_no_number(name, example):
    none = example.assign(example_max_lyapunov=example["example_max_lyapunov"] - 1)
    assert JUDGED[name](example, **MEASURES_OF_THE_EXAMPLE[name]).shape == (1,)
    found = JUDGED[name](none, **MEASURES_OF_THE_EXAMPLE[name])
    assert (found.dims, found.shape) == (("replica",), (0,))


def falling(rng, *shape):
    """Losses (..., iteration) that start highest."""
    losses = rng.uniform(0.01, 0.5, size=shape)
    losses[..., 0] += 0.5
    return losses


@pytest.fixture(scope="module")
def direct():
    rng = np.random.default_rng(2)
    return xr.Dataset(
        {
            "logged_loss": (("replica", "line", "iteration"), falling(rng, 5, 3, 50)),
            "final_loss": (("replica", "line"), rng.uniform(size=(5, 3))),
        },
        coords={"replica": range(9, 14), "line": list(LINES)},
    )


@pytest.mark.parametrize(("line", "other"), PAIRS)
@pytest.mark.parametrize(("first", "last"), [(2, 10), (20, 30)])
def test_loss_excess(line, other, first, last, direct):
    losses = direct["logged_loss"].values[:, :, first - 1 : last].mean(axis=2)
    found = JUDGED["loss_excess"](direct, line=line, other=other, iterations=(first, last))
    check(found, losses[:, LINES[line]] - losses[:, LINES[other]])


@pytest.mark.parametrize("line", LINES)
def test_direct_over_gradual_pairs_networks_by_number(line, direct, dms):
    gradual = dms["final_loss"].values[:, LINES[line], 12]
    expected = direct["final_loss"].values[1:, LINES[line]] - gradual
    check(JUDGED["direct_over_gradual"](direct, dms, line=line), expected)


READINGS = {"reversed and new": 0, "new only": 1}


@pytest.fixture(scope="module")
def new_cues():
    losses = falling(np.random.default_rng(3), 4, 2, 3, 50)
    return xr.Dataset(
        {"logged_loss": (("replica", "reading", "line", "iteration"), losses)},
        coords={"replica": REPLICAS, "reading": list(READINGS), "line": list(LINES)},
    )


def needed(losses):
    """Outer iterations, from 1, until nine tenths of the fall are made."""
    goal = 0.1 * losses[0] + 0.9 * min(losses)
    return next(number for number, loss in enumerate(losses, start=1) if loss <= goal)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(("line", "other"), PAIRS)
def test_new_cues(line, other, reading, new_cues):
    losses = new_cues["logged_loss"].values[:, READINGS[reading]]
    lower = losses[:, LINES[other], 1:].mean(axis=1) - losses[:, LINES[line], 1:].mean(axis=1)
    options = {"reading": reading, "line": line, "other": other}
    check(JUDGED["new_cue_loss_gain"](new_cues, iterations=(2, 50), **options), lower)
    delay = [needed(one[LINES[line]]) - needed(one[LINES[other]]) for one in losses]
    assert len(set(delay)) > 1
    check(JUDGED["new_cue_delay"](new_cues, **options), delay)


ARMS = {"none": 0, "pruned": 1, "weak decay": 2, "strong decay": 3, "weak noise": 4, "strong noise": 5, "jolt": 6}
REPEATS = {5: 0, 20: 1, 80: 2}


@pytest.fixture(scope="module")
def regularisers():
    rng = np.random.default_rng(4)
    arm = ("replica", "repeats", "arm")
    return xr.Dataset(
        {
            "output_variance": (arm, rng.uniform(size=(4, 3, 7))),
            "true_loss": ((*arm, "training_set"), rng.uniform(size=(4, 3, 7, 2))),
            "n_correct": ((*arm, "training_set", "probe_time", "strength"), counts(rng, 4, 3, 7, 2, 6, 5)),
            "max_lyapunov": ((*arm, "training_set", "order"), rng.normal(size=(4, 3, 7, 2, 2))),
        },
        coords={"replica": REPLICAS, "repeats": list(REPEATS), "arm": list(ARMS), "order": ["time", "code"]},
    )


@pytest.mark.parametrize("arm", list(ARMS)[1:])
def test_regularisers(arm, regularisers):
    own = ARMS[arm]
    variance = np.log(regularisers["output_variance"].values)
    loss = regularisers["true_loss"].values.mean(axis=3)
    share = regularisers["n_correct"].values.mean(axis=(3, 4, 5)) / 4
    exponent = regularisers["max_lyapunov"].values[..., TIME].mean(axis=3)
    for repeats, place in REPEATS.items():
        options = {"arm": arm, "repeats": repeats}
        less = variance[:, place, 0] - variance[:, place, own]
        check(JUDGED["variance_removed"](regularisers, **options), less)
        better = loss[:, place, 0] - loss[:, place, own]
        check(JUDGED["generalisation_gain"](regularisers, **options), better)
        more = share[:, place, own] - share[:, place, 0]
        check(JUDGED["robustness_gain"](regularisers, **options), more)
        lower = exponent[:, place, 0] - exponent[:, place, own]
        check(JUDGED["exponent_lowered"](regularisers, **options), lower)
    fading = loss[:, 0, 0] - loss[:, 0, own] - (loss[:, 2, 0] - loss[:, 2, own])
    check(JUDGED["gain_fades_with_data"](regularisers, arm=arm), fading)


@pytest.mark.parametrize(("repeats", "place"), REPEATS.items())
def test_pruning_against_a_jolt(repeats, place, regularisers):
    share = regularisers["n_correct"].values[:, place].mean(axis=(2, 3, 4)) / 4
    found = JUDGED["more_robust_than_a_jolt"](regularisers, repeats=repeats)
    check(found, share[:, ARMS["pruned"]] - share[:, ARMS["jolt"]])


def test_spread_of_two_populations_network_by_network():
    losses = np.random.default_rng(8).uniform(0.01, 0.02, size=(2, 5, 3, 4))
    ten, thirty = (
        xr.Dataset(
            {"last_logged_loss": (("replica", "line", "level"), values)},
            coords={"replica": range(5), "line": ["unpruned", "pruned", "corrected"]},
        )
        for values in losses
    )
    means = losses[:, :, 1].mean(axis=-1)
    distances = np.abs(means - np.median(means, axis=1, keepdims=True))
    found = JUDGED["spread_ten_over_thirty"](ten, thirty.isel(replica=slice(1, None)))
    own_median = np.abs(means[1, 1:] - np.median(means[1, 1:]))
    np.testing.assert_allclose(found, distances[0, 1:] - own_median)
