"""Each measure of the bench against hand-made summaries: no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.synthesis import linear, machines, memory
from pruninglab.local_rules import RULES
from pruninglab.scorecard import claims
from pruninglab.scorecard.measures import MEASURES as JUDGED
from pruninglab.scorecard.measures.bench import probed_accuracy

N = 3
SIX = [RULES.index(rule) for rule in RULES if rule not in ("random", "anti")]
RULE = {rule: place for place, rule in enumerate(RULES)}
THRESHOLD, STRENGTHEN = 0, 1
ARMS = {
    "linear": {
        "network": list(linear.NETWORKS),
        "rule": list(RULES),
        "use": list(linear.USES),
        "diagonal": list(linear.DIAGONALS),
        "density": list(linear.PRESETS["paper"].densities),
    },
    "machines": {
        "data": ["cifar10", "photographs"],
        "rule": list(RULES),
        "use": list(machines.USES),
        "density": list(machines.PRESETS["paper"].densities),
        "stage": list(machines.STAGES),
    },
    "memory": {
        "score": list(memory.SCORES),
        "use": list(memory.USES),
        "fraction": list(memory.PRESETS["paper"].fractions),
        "stage": list(memory.STAGES),
    },
}
PROBES = {"probe_time": [16, 20], "strength": [0.2, 0.6, 1.0]}
BENCH = [claim for claim in claims("pruninglab") if claim["experiment"].startswith("bench-")]


def summary(name, variables):
    """Positive random numbers, with the replicas in front and only the dimensions that are named."""
    rng = np.random.default_rng(len(name))
    coords = {"replica": [3, 4, 7]} | ARMS[name] | PROBES | {"order": ["time", "code"]}
    filled = {}
    for variable, dims in variables.items():
        dims = ("replica", *(ARMS[name] if dims is None else dims))
        filled[variable] = (dims, rng.uniform(0.1, 2, size=[len(coords[dim]) for dim in dims]))
    used = {dim for dims, _ in filled.values() for dim in dims}
    return xr.Dataset(filled, coords={dim: values for dim, values in coords.items() if dim in used})


@pytest.fixture(scope="module")
def bench():
    arms = tuple(ARMS["memory"])
    found = {
        "linear": summary("linear", dict.fromkeys(("divergence", "slow_error", "spectral_epsilon", "stable"))),
        "machines": summary("machines", dict.fromkeys(("kl", "joint_divergence", "n_hidden"))),
        "memory": summary(
            "memory",
            {
                "loss": None,
                "n_correct": (*arms, *PROBES),
                "outer": arms[:3],
                "max_lyapunov": (*arms, "order"),
                "control_max_lyapunov": ("stage", "order"),
                "rank_correlation": ("score",),
            },
        ),
    }
    counts = np.random.default_rng(1).integers(0, 5, size=found["memory"]["n_correct"].shape)
    found["memory"]["n_correct"] = (found["memory"]["n_correct"].dims, counts.astype("uint8"))
    return found


def at(dataset, variable, *where):
    """Values by place along the arms, the replicas apart: the order of the dimensions is that of `ARMS`."""
    return dataset[variable].values[(slice(None), *where)]


def check(found, expected):
    assert found.dims == ("replica",)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("network", [0, 1])
@pytest.mark.parametrize("cost", ["slow_error", "spectral_epsilon", "divergence"])
@pytest.mark.parametrize(("use", "over"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_leverage_against_others(use, over, cost, network, bench):
    costs = at(bench["linear"], cost, network, slice(None), slice(None), 0, 1)
    same = {(0, 0): ["leverage", "saliency_matched"], (1, 1): ["leverage"]}.get((use, over), [])
    others = [place for place in SIX if RULES[place] not in same]
    expected = np.log(costs[:, others, over].min(axis=1) / costs[:, RULE["leverage"], use])
    found = JUDGED["linear_gain_over_rules"](
        bench["linear"], linear.NETWORKS[network], cost, linear.USES[use], linear.USES[over], 0.25
    )
    check(found, expected)


def test_linear_gains(bench):
    costs = at(bench["linear"], "divergence", 1, slice(None), THRESHOLD, 1, 0)
    expected = np.log(costs[:, RULE["leverage"]] / costs[:, RULE["saliency_original"]])
    check(
        JUDGED["linear_gain_with_fixed_leaks"](bench["linear"], "chain", "saliency_original", "leverage", 0.5), expected
    )
    clustered, chain = (at(bench["linear"], "slow_error", k, slice(None), THRESHOLD, 0, 1) for k in (0, 1))
    gains = [np.log(costs[:, RULE["magnitude"]] / costs[:, RULE["leverage"]]) for costs in (chain, clustered)]
    found = JUDGED["linear_gain_on_chains"](bench["linear"], "slow_error", "leverage", "magnitude", 0.25)
    check(found, gains[0] - gains[1])


def test_strengthening_of_linear_networks(bench):
    costs = at(bench["linear"], "slow_error", 0, slice(None), slice(None), 0)
    gains = np.log(costs[:, :, THRESHOLD] / costs[:, :, STRENGTHEN])
    found = JUDGED["least_gain_of_strengthening"](bench["linear"], "clustered", "slow_error", 0.25)
    check(found, gains[:, SIX, 1].min(axis=1))
    found = JUDGED["growth_of_strengthening"](bench["linear"], "clustered", "slow_error", 0.05, 0.5)
    check(found, gains[:, RULE["leverage"], 3] - gains[:, RULE["leverage"], 0])
    stable = at(bench["linear"], "stable", 1, RULE["leverage"], STRENGTHEN, 1, 3)
    check(JUDGED["stable_when_strengthened"](bench["linear"], "chain", 0.05), stable)


@pytest.mark.parametrize("stage", [0, 1])
@pytest.mark.parametrize("rule", ["saliency_original", "leverage", "saliency_matched", "magnitude"])
def test_a_rule_against_others_on_machines(rule, stage, bench):
    kl = at(bench["machines"], "kl", 0, slice(None), THRESHOLD, 2, stage)
    own = {"leverage", "saliency_matched"} if "leverage" in rule or "matched" in rule else {rule}
    others = [place for place in SIX if RULES[place] not in own]
    expected = np.log(kl[:, others].min(axis=1) / kl[:, RULE[rule]])
    check(JUDGED["machine_gain_over_rules"](bench["machines"], "kl", rule, 0.125, machines.STAGES[stage]), expected)


def test_machines(bench):
    own = bench["machines"]
    costs = at(own, "joint_divergence", 0, slice(None), slice(None), 0, 0)
    expected = np.log(costs[:, RULE["variance"], THRESHOLD] / costs[:, RULE["magnitude"], THRESHOLD])
    check(JUDGED["machine_gain"](own, "joint_divergence", "magnitude", "variance", 0.5), expected)
    expected = np.log(costs[:, RULE["degree"], THRESHOLD] / costs[:, RULE["degree"], STRENGTHEN])
    check(JUDGED["machine_gain_of_strengthening"](own, "joint_divergence", "degree", 0.5), expected)
    for stage, name in enumerate(machines.STAGES):
        kl = at(own, "kl", 0, slice(None), THRESHOLD, 1, stage)[:, SIX]
        check(JUDGED["machine_spread"](own, 0.25, name), kl.max(axis=1) / kl.min(axis=1))
    kl = at(own, "kl", 0, slice(None), THRESHOLD, 1, 1)
    check(JUDGED["random_over_best"](own, 0.25), kl[:, RULE["random"]] / kl[:, SIX].min(axis=1))
    left = at(own, "n_hidden", 0, slice(None), THRESHOLD, 2, 1)
    found = JUDGED["hidden_units_over"](own, "variance", "magnitude", 0.125)
    check(found, left[:, RULE["variance"]] / left[:, RULE["magnitude"]])


def test_memory_before_retraining(bench):
    own = bench["memory"]
    loss = at(own, "loss", slice(None), slice(None), 1, 0)
    for rule in ("magnitude", "saliency_matched"):
        excluded = {"magnitude": {"magnitude"}, "saliency_matched": {"leverage", "saliency_matched"}}[rule]
        others = [place for place in SIX if RULES[place] not in excluded]
        expected = np.log(loss[:, others, THRESHOLD].min(axis=1) / loss[:, RULE[rule], THRESHOLD])
        check(JUDGED["memory_gain_over_rules"](own, rule, 0.5), expected)
    expected = np.log(loss[:, RULE["magnitude"], THRESHOLD] / loss[:, RULE["saliency_original"], THRESHOLD])
    check(JUDGED["memory_gain"](own, "saliency_original", "magnitude", 0.5), expected)
    expected = np.log(loss[:, RULE["magnitude"], THRESHOLD] / loss[:, RULE["magnitude"], STRENGTHEN])
    check(JUDGED["memory_gain_of_strengthening"](own, "magnitude", 0.5), expected)
    place = memory.SCORES.index("leverage_linearised")
    agreement = own["rank_correlation"].values[:, place]
    check(JUDGED["memory_rank_correlation"](own, "leverage_linearised"), agreement)
    without = own.assign(rank_correlation=own["rank_correlation"].where(own["replica"] != 4))
    found = JUDGED["memory_rank_correlation"](without, "leverage_linearised")
    assert list(found["replica"].values) == [3, 7]
    check(found, agreement[[0, 2]])


def test_memory_after_retraining(bench):
    own = bench["memory"]
    shares = at(own, "n_correct", SIX, THRESHOLD, 3, 1).sum(axis=(-2, -1)) / (6 * 4)
    check(JUDGED["memory_accuracy_spread"](own, 0.9), shares.max(axis=1) - shares.min(axis=1))
    outer = at(own, "outer", slice(None), THRESHOLD, 2)
    expected = np.log(outer[:, RULE["random"]] / outer[:, RULE["magnitude"]])
    check(JUDGED["memory_effort"](own, "magnitude", "random", 0.7), expected)
    exponents = at(own, "max_lyapunov", RULE["magnitude"], THRESHOLD, 2, 1, 0)
    control = own["control_max_lyapunov"].values[:, 1, 0]
    check(JUDGED["memory_stabilised"](own, "magnitude", 0.7), control - exponents)


def test_accuracy_is_a_share(bench):
    all_right = 4 + 0 * bench["memory"]["n_correct"]
    assert (probed_accuracy(xr.Dataset({"n_correct": all_right})) == 1).all()


def cheap(dataset, cost, dim, rule):
    """All costs are 4, those of one rule 1."""
    costs = xr.full_like(dataset[cost], 4).where(dataset[dim] != rule, 1)
    return dataset.assign({cost: costs})


@pytest.mark.parametrize("rule", ["magnitude", "degree", "leverage", "saliency_original", "variance"])
def test_the_cheaper_rule_has_the_positive_gain(rule, bench):
    own = cheap(bench["machines"], "kl", "rule", rule)
    remembered = cheap(bench["memory"], "loss", "score", rule)
    other = "degree" if rule == "magnitude" else "magnitude"
    fair, unfair = (
        (
            JUDGED["machine_gain_over_rules"](own, "kl", first, 0.5, "pruned"),
            JUDGED["machine_gain"](own, "kl", first, second, 0.5),
            JUDGED["memory_gain_over_rules"](remembered, first, 0.5),
            JUDGED["memory_gain"](remembered, first, second, 0.5),
        )
        for first, second in ((rule, other), (other, rule))
    )
    np.testing.assert_allclose(fair, np.log(4))
    np.testing.assert_allclose(unfair, -np.log(4))


def test_neither_the_random_rule_nor_the_worst_is_one_of_the_others(bench):
    for rule in ("random", "anti"):
        own = cheap(bench["machines"], "kl", "rule", rule)
        np.testing.assert_allclose(JUDGED["machine_gain_over_rules"](own, "kl", "variance", 0.5, "pruned"), 0)
        np.testing.assert_allclose(JUDGED["machine_spread"](own, 0.5, "retrained"), 1)
        np.testing.assert_allclose(JUDGED["random_over_best"](own, 0.5), {"random": 1 / 4, "anti": 1}[rule])


def test_the_square_of_leverage_is_another_rule_only_in_the_other_use(bench):
    own = cheap(bench["linear"], "slow_error", "rule", "saliency_matched")
    for use, over, expected in (("threshold", "threshold", 0), ("strengthen", "threshold", -np.log(4))):
        found = JUDGED["linear_gain_over_rules"](own, "chain", "slow_error", use, over, 0.1)
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("claim", BENCH, ids=lambda claim: claim["measure"])
def test_every_claim_can_be_judged(claim, bench):
    """By numbers of the very density or fraction that it names, in the paper preset."""
    own, options = bench[claim["experiment"].removeprefix("bench-")], claim["options"]
    found = JUDGED[claim["measure"]](own, **options)
    assert found.dims == ("replica",)
    assert list(found["replica"].values) == [3, 4, 7]
    assert np.isfinite(found).all()
    assert JUDGED[claim["measure"]].__doc__.splitlines()[0].format(**options)
    dim = "fraction" if "score" in own.dims else "density"
    named = [options[name] for name in (dim, "low", "high") if name in options]
    assert set(named) <= set(own[dim].values)
    if named:
        others_gone = own.map(lambda values: values.where(values[dim].isin(named)) if dim in values.dims else values)
        np.testing.assert_allclose(JUDGED[claim["measure"]](others_gone, **options), found, rtol=1e-6)


def test_all_measures_of_the_bench_are_claimed():
    own = {name for name, measure in JUDGED.items() if measure.__module__.endswith("measures.bench")}
    assert own == {claim["measure"] for claim in BENCH}
