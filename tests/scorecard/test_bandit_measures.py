"""Each measure of the bandit and of the new option against a hand-made summary: no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.scorecard.measures import MEASURES as JUDGED
from pruninglab.scorecard.measures import recurrent_bandit

LINES = {"unpruned": 0, "pruned": 1, "corrected": 2}
PAIRS = [("pruned", "unpruned"), ("unpruned", "pruned"), ("corrected", "unpruned"), ("corrected", "pruned")]
LEVELS = [0.1, 0.1 + 0.2, 0.5, 0.8 - 0.1, 0.9]
"""Two of them are not what 0.3 and 0.7 are in floating-point numbers."""
ASKED = {(0.5, 0.9): [2, 3, 4], (0.1, 0.9): [0, 1, 2, 3, 4], (0.5, 0.7): [2, 3], (0.7, 0.7): [3], (0.1, 0.3): [0, 1]}
AT_07 = 3
BEFORE, AFTER = 0, 1
REPLICAS = [5, 3, 8, 0]
EXAMPLE = 1
"""Place of the fourth network, counted from 0."""
STORED = (
    *("agreement", "value_error", "reward", "fitted_rate", "fitted_beta"),
    *("separation", "separation_median", "chosen_change", "unchosen_change", "total_input"),
)
QUANTITIES = {
    "agreement": lambda bandit: bandit["agreement"].values,
    "value error": lambda bandit: bandit["value_error"].values,
    "reward": lambda bandit: bandit["reward"].values,
    "fitted beta": lambda bandit: bandit["fitted_beta"].values,
    "log10 separation": lambda bandit: np.log(bandit["separation"].values) / np.log(10),
    "cross-talk": lambda bandit: bandit["unchosen_change"].values / bandit["chosen_change"].values,
    "maximal exponent": lambda bandit: bandit["max_lyapunov"].values[..., 0],
    "maximal exponent in the order of the code": lambda bandit: bandit["max_lyapunov"].values[..., 1],
}


def falling(rng, *shape):
    return -np.sort(-rng.uniform(0.1, 4, size=shape), axis=-1)


@pytest.fixture(scope="module")
def bandit():
    rng = np.random.default_rng(0)
    arm = ("replica", "line")
    level = (*arm, "level", "stage")
    measured = {name: (level, rng.uniform(0.1, 9, size=(4, 3, 5, 2))) for name in STORED}
    values = falling(rng, 4, 3, 20)
    values[0, LINES["pruned"], 15:] *= 1e-3 / 4
    return xr.Dataset(
        {
            "max_lyapunov": ((*level, "order"), rng.normal(size=(4, 3, 5, 2, 2))),
            "histogram": ((*arm, "bin"), rng.permutation(4 * 3 * 31).reshape(4, 3, 31).astype("uint16")),
            "pca_variance": ((*arm, "rank"), falling(rng, 4, 3, 20) ** 3),
            "cumulative_singular_values": ((*arm, "rank"), values.cumsum(axis=2) / values.sum(axis=2, keepdims=True)),
        }
        | measured,
        coords={
            "replica": REPLICAS,
            "line": list(LINES),
            "level": LEVELS,
            "stage": ["before", "after"],
            "order": ["time", "code"],
            "bin": 0.1 * np.arange(-15, 16),
        },
    )


def check(found, expected):
    assert found.dims == ("replica",)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def after(bandit, quantity, line, places):
    """Mean over levels, given by their places."""
    return QUANTITIES[quantity](bandit)[:, LINES[line], :, AFTER][:, places].mean(axis=1)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize(("levels", "places"), ASKED.items())
def test_one_line_and_the_difference_of_two(quantity, levels, places, bandit):
    for line, other in PAIRS:
        own, others = (after(bandit, quantity, name, places) for name in (line, other))
        options = {"quantity": quantity, "line": line, "levels": levels}
        check(JUDGED["bandit_value"](bandit, **options), own)
        check(JUDGED["bandit_advantage"](bandit, **options, other=other), own - others)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(("levels", "places"), ASKED.items())
def test_exponent_below_zero(line, levels, places, bandit):
    expected = -after(bandit, "maximal exponent", line, places)
    check(JUDGED["exponent_below_zero"](bandit, line=line, levels=levels), expected)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("line", LINES)
def test_rise(quantity, line, bandit):
    expected = after(bandit, quantity, line, [3, 4]) - after(bandit, quantity, line, [0, 1])
    options = {"quantity": quantity, "line": line, "before": (0.1, 0.3), "after": (0.7, 0.9)}
    check(JUDGED["bandit_rise"](bandit, **options), expected)


@pytest.mark.parametrize("quantity", ["agreement", "value error", "maximal exponent"])
@pytest.mark.parametrize("line", LINES)
def test_effects_of_cutting_and_of_retraining(quantity, line, bandit):
    """A network that is cut at a level is the one that was retrained at the level before."""
    values = QUANTITIES[quantity](bandit)[:, LINES[line]]
    options = {"quantity": quantity, "line": line}
    for levels, places in (((0.3, 0.9), (1, 2, 3, 4)), ((0.5, 0.7), (2, 3))):
        cut = np.mean([values[:, place, BEFORE] - values[:, place - 1, AFTER] for place in places], axis=0)
        check(JUDGED["bandit_effect_of_cutting"](bandit, **options, levels=levels), cut)
        trained = np.mean([values[:, place, AFTER] - values[:, place, BEFORE] for place in places], axis=0)
        check(JUDGED["bandit_effect_of_retraining"](bandit, **options, levels=levels), trained)


def test_pairs_of_agreement_and_exponent_are_those_of_the_two_lines_of_the_paper(bandit):
    found = JUDGED["agreement_and_exponent_pooled"](bandit)
    assert found.dims == ("replica", "pair")
    expected = [
        [QUANTITIES[name](bandit)[replica, line, AT_07, AFTER] for name in ("agreement", "maximal exponent")]
        for line in (LINES["unpruned"], LINES["pruned"])
        for replica in range(4)
    ]
    np.testing.assert_array_equal(sorted(found.values.tolist()), sorted(expected))


@pytest.mark.parametrize(("line", "other"), PAIRS)
@pytest.mark.parametrize("n", [1, 3, 20])
def test_leading_share(line, other, n, bandit):
    variance = bandit["pca_variance"].values
    share = variance[:, :, :n].sum(axis=2) / variance.sum(axis=2)
    expected = share[:, LINES[line]] - share[:, LINES[other]]
    check(JUDGED["leading_share_difference"](bandit, line=line, other=other, n=n), expected)


def needed(variances, share):
    """Fewest components that hold the share."""
    return next(n for n in range(1, 21) if variances[:n].sum() >= share * variances.sum())


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_components_needed(line, share, bandit):
    expected = [needed(variances, share) for variances in bandit["pca_variance"].values[:, LINES[line]]]
    assert share == 0.1 or len(set(expected)) > 1
    check(JUDGED["components_needed"](bandit, line=line, share=share), expected)


def strong(bandit):
    """Number and share of synapses in the bins from 0.6 and from -0.6 outwards, (replica, line)."""
    counts = bandit["histogram"].values.astype(float)
    number = counts[..., :10].sum(axis=2) + counts[..., 21:].sum(axis=2)
    return number, number / counts.sum(axis=2)


@pytest.mark.parametrize(("line", "other"), PAIRS)
def test_strong_synapses(line, other, bandit):
    for name, values in zip(("bandit_strong_number", "bandit_strong_share"), strong(bandit), strict=True):
        check(JUDGED[name](bandit, line=line, other=other), values[:, LINES[line]] - values[:, LINES[other]])


def test_measures_of_the_distracted_networks_that_are_asked_of_the_bandit(bandit):
    total = bandit["total_input"].values[:, :, AT_07, AFTER]
    check(JUDGED["total_input_ratio"](bandit), total[:, 1] / total[:, 0])
    check(JUDGED["pruned_full_rank"](bandit), [0.75, 1, 1, 1])


def record(seed):
    rng = np.random.default_rng(seed)
    return xr.Dataset(
        {
            "value_error": ("steps", rng.uniform(size=2)),
            "correlation": ("steps", rng.uniform(-1, 1, size=2)),
            "pca_variance": ("rank", falling(rng, 20)),
            "separation": ("block", rng.uniform(10, 1e5, size=48)),
            "max_lyapunov": rng.normal(),
        },
        coords={"steps": ["fixation", "choice"]},
    )


@pytest.fixture
def pair(bandit, monkeypatch):
    """Made-up records of the example pair."""
    records = {"unpruned": record(1), "pruned": record(2)}

    def made_up(summary, line):
        assert summary is bandit
        return records[line]

    monkeypatch.setattr(recurrent_bandit, "example_record", made_up)
    return {line: {name: own[name].values for name in own} for line, own in records.items()}


def test_weights_of_the_example_pair(bandit):
    _, share = strong(bandit)
    check(JUDGED["bandit_example_strong_share"](bandit), [share[EXAMPLE, 1] - share[EXAMPLE, 0]])
    curves = bandit["cumulative_singular_values"].values[EXAMPLE]
    check(JUDGED["bandit_example_singular_distance"](bandit), [np.abs(curves[1] - curves[0]).max()])


@pytest.mark.parametrize(("steps", "place"), [("fixation", 0), ("choice", 1)])
def test_values_of_the_example_pair(steps, place, bandit, pair):
    ratio = pair["pruned"]["value_error"][place] / pair["unpruned"]["value_error"][place]
    check(JUDGED["bandit_example_error_ratio"](bandit, steps=steps), [ratio])
    for line in pair:
        found = JUDGED["bandit_example_correlation"](bandit, line=line, steps=steps)
        check(found, [pair[line]["correlation"][place]])


def test_activity_of_the_example_pair(bandit, pair):
    for n in (1, 3):
        pruned, unpruned = (pair[line]["pca_variance"] for line in ("pruned", "unpruned"))
        expected = pruned[:n].sum() / pruned.sum() - unpruned[:n].sum() / unpruned.sum()
        check(JUDGED["bandit_example_leading_share"](bandit, n=n), [expected])
    logs = {line: np.log(own["separation"].mean()) / np.log(10) for line, own in pair.items()}
    check(JUDGED["bandit_example_separation_ratio"](bandit), [logs["pruned"] - logs["unpruned"]])
    for line, own in pair.items():
        check(JUDGED["bandit_example_log_separation"](bandit, line=line), [logs[line]])
        check(JUDGED["bandit_example_exponent"](bandit, line=line), [own["max_lyapunov"]])


OF_THE_EXAMPLE = {
    "bandit_example_strong_share": {},
    "bandit_example_singular_distance": {},
    "bandit_example_error_ratio": {"steps": "choice"},
    "bandit_example_correlation": {"line": "pruned", "steps": "choice"},
    "bandit_example_leading_share": {"n": 3},
    "bandit_example_log_separation": {"line": "unpruned"},
    "bandit_example_separation_ratio": {},
    "bandit_example_exponent": {"line": "pruned"},
}


@pytest.mark.parametrize("name", [name for name in JUDGED if name.startswith("bandit_example_")])
def test_without_the_fourth_network_there_is_no_number(name, bandit):
    found = JUDGED[name](bandit.sel(replica=[5, 8, 0]), **OF_THE_EXAMPLE[name])
    assert (found.dims, found.shape) == (("replica",), (0,))


@pytest.mark.parametrize(("line", "other"), PAIRS)
@pytest.mark.parametrize(("first", "last"), [(2, 2), (3, 10), (39, 39), (2, 39)])
def test_new_option(line, other, first, last):
    losses = np.random.default_rng(4).uniform(0.001, 2, size=(4, 3, 39))
    coords = {"replica": REPLICAS, "line": list(LINES)}
    new_option = xr.Dataset({"logged_loss": (("replica", "line", "iteration"), losses)}, coords=coords)
    decades = np.log(losses[:, LINES[line]] / losses[:, LINES[other]]) / np.log(10)
    found = JUDGED["new_option_log_ratio"](new_option, line=line, other=other, iterations=(first, last))
    check(found, decades[:, first - 1 : last].mean(axis=1))
