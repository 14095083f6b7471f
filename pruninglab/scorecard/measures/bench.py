"""Measures of the bench of Part IV: what a rule costs, against another rule, another use, or another density."""

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure

SENSIBLE = ("magnitude", "degree", "leverage", "saliency_matched", "saliency_original", "variance")
"""All rules but the random one and that which keeps the worst."""
SAME_ORDER = {"leverage", "saliency_matched"}
"""One is the square of the other: as thresholds they are one rule."""


@measure
def linear_gain_over_rules(
    linear: xr.Dataset, network: str, cost: str, use: str, over: str, density: float
) -> xr.DataArray:
    """ln of the least {cost} of six rules ({over}) over that by leverage ({use}); {network}, density {density}."""
    costs = _linear(linear, network, cost, density)
    own = {("threshold", "threshold"): SAME_ORDER, ("strengthen", "strengthen"): {"leverage"}}.get((use, over), set())
    others = _least_of_others(costs.sel(use=over), own)
    return others - np.log(costs.sel(use=use, rule="leverage"))


@measure
def linear_gain_with_fixed_leaks(
    linear: xr.Dataset, network: str, rule: str, other: str, density: float
) -> xr.DataArray:
    """ln of the divergence by {other} over that by {rule}, thresholds, leaks stay; {network}, density {density}."""
    costs = np.log(_linear(linear, network, "divergence", density, "original").sel(use="threshold"))
    return costs.sel(rule=other) - costs.sel(rule=rule)


@measure
def linear_gain_on_chains(linear: xr.Dataset, cost: str, rule: str, other: str, density: float) -> xr.DataArray:
    """ln of the {cost} by {other} over that by {rule}, thresholds, chain minus clustered; density {density}."""
    chain, clustered = (
        np.log(_linear(linear, network, cost, density).sel(use="threshold")) for network in ("chain", "clustered")
    )
    gains = chain - clustered
    return gains.sel(rule=other) - gains.sel(rule=rule)


@measure
def least_gain_of_strengthening(linear: xr.Dataset, network: str, cost: str, density: float) -> xr.DataArray:
    """ln of the {cost} as threshold over that drawn and strengthened, least of six rules; {network}, {density}."""
    return _gain_of_strengthening(linear, network, cost, density).sel(rule=list(SENSIBLE)).min("rule")


@measure
def growth_of_strengthening(linear: xr.Dataset, network: str, cost: str, low: float, high: float) -> xr.DataArray:
    """ln of the {cost} by leverage as threshold over that strengthened, {low} minus {high}; {network}."""
    gains = [_gain_of_strengthening(linear, network, cost, density).sel(rule="leverage") for density in (low, high)]
    return gains[0] - gains[1]


@measure
def stable_when_strengthened(linear: xr.Dataset, network: str, density: float) -> xr.DataArray:
    """1 if the network drawn by leverage and strengthened is stable though its leaks stay; {network}, {density}."""
    return _linear(linear, network, "stable", density, "original").sel(rule="leverage", use="strengthen")


@measure
def machine_gain_over_rules(machines: xr.Dataset, cost: str, rule: str, density: float, stage: str) -> xr.DataArray:
    """ln of the least {cost} of the other rules over that by {rule}, thresholds, {stage}; cifar10, {density}."""
    costs = _machine_costs(machines, cost, density).sel(use="threshold", stage=stage)
    return _least_of_others(costs, _same_threshold(rule)) - np.log(costs.sel(rule=rule))


@measure
def machine_gain(machines: xr.Dataset, cost: str, rule: str, other: str, density: float) -> xr.DataArray:
    """ln of the {cost} by {other} over that by {rule}, thresholds, before retraining; cifar10, density {density}."""
    costs = np.log(_machine_costs(machines, cost, density).sel(use="threshold", stage="pruned"))
    return costs.sel(rule=other) - costs.sel(rule=rule)


@measure
def machine_gain_of_strengthening(machines: xr.Dataset, cost: str, rule: str, density: float) -> xr.DataArray:
    """ln of the {cost} by {rule} as threshold over that strengthened, before retraining; cifar10, density {density}."""
    costs = np.log(_machine_costs(machines, cost, density).sel(rule=rule, stage="pruned"))
    return costs.sel(use="threshold") - costs.sel(use="strengthen")


@measure
def machine_spread(machines: xr.Dataset, density: float, stage: str) -> xr.DataArray:
    """D(data || model), largest over least of six rules, thresholds, {stage}; cifar10, density {density}."""
    kl = _machine_costs(machines, "kl", density).sel(use="threshold", stage=stage, rule=list(SENSIBLE))
    return kl.max("rule") / kl.min("rule")


@measure
def random_over_best(machines: xr.Dataset, density: float) -> xr.DataArray:
    """D(data || model) after retraining, random over the best of six rules, thresholds; cifar10, density {density}."""
    kl = _machine_costs(machines, "kl", density).sel(use="threshold", stage="retrained")
    return kl.sel(rule="random") / kl.sel(rule=list(SENSIBLE)).min("rule")


@measure
def hidden_units_over(machines: xr.Dataset, rule: str, other: str, density: float) -> xr.DataArray:
    """Hidden units that are left, {rule} over {other}, thresholds; cifar10, density {density}."""
    left = _machine_costs(machines, "n_hidden", density).sel(use="threshold", stage="retrained")
    return left.sel(rule=rule) / left.sel(rule=other)


@measure
def memory_gain_over_rules(memory: xr.Dataset, rule: str, fraction: float) -> xr.DataArray:
    """ln of the least loss of the other rules over that by {rule}, thresholds, before retraining; {fraction} pruned."""
    loss = _memory(memory["loss"], fraction).sel(use="threshold", stage="before").rename(score="rule")
    return _least_of_others(loss, _same_threshold(rule)) - np.log(loss.sel(rule=rule))


@measure
def memory_gain(memory: xr.Dataset, rule: str, other: str, fraction: float) -> xr.DataArray:
    """ln of the loss by {other} over that by {rule}, thresholds, before retraining; {fraction} pruned."""
    loss = np.log(_memory(memory["loss"], fraction).sel(use="threshold", stage="before"))
    return loss.sel(score=other) - loss.sel(score=rule)


@measure
def memory_gain_of_strengthening(memory: xr.Dataset, rule: str, fraction: float) -> xr.DataArray:
    """ln of the loss by {rule} as threshold over that strengthened, before retraining; {fraction} pruned."""
    loss = np.log(_memory(memory["loss"], fraction).sel(score=rule, stage="before"))
    return loss.sel(use="threshold") - loss.sel(use="strengthen")


@measure
def memory_accuracy_spread(memory: xr.Dataset, fraction: float) -> xr.DataArray:
    """Share of probed trials that are right after retraining, best minus worst of six thresholds; {fraction} pruned."""
    accuracy = probed_accuracy(_memory(memory, fraction)).sel(use="threshold", stage="after", score=list(SENSIBLE))
    return accuracy.max("score") - accuracy.min("score")


@measure
def memory_effort(memory: xr.Dataset, rule: str, other: str, fraction: float) -> xr.DataArray:
    """ln of the outer iterations of retraining, at most 100, by {other} over {rule}, thresholds; {fraction} pruned."""
    outer = np.log(_memory(memory["outer"], fraction).sel(use="threshold"))
    return outer.sel(score=other) - outer.sel(score=rule)


@measure
def memory_stabilised(memory: xr.Dataset, rule: str, fraction: float) -> xr.DataArray:
    """Maximal Lyapunov exponent after retraining, unpruned minus pruned by {rule}, threshold; {fraction} pruned."""
    pruned = _memory(memory["max_lyapunov"], fraction).sel(score=rule, use="threshold", stage="after", order="time")
    return memory["control_max_lyapunov"].sel(stage="after", order="time") - pruned


@measure
def memory_rank_correlation(memory: xr.Dataset, score: str) -> xr.DataArray:
    """Rank correlation of {score} with the leverage that the noisy network shows, if a state of it is stable."""
    return memory["rank_correlation"].sel(score=score).dropna("replica")


def probed_accuracy(memory: xr.Dataset) -> xr.DataArray:
    """Share of right conditions, mean over times and strengths of the probe."""
    return memory["n_correct"].mean(["probe_time", "strength"]) / 4


def _same_threshold(rule: str) -> set[str]:
    return SAME_ORDER if rule in SAME_ORDER else {rule}


def _least_of_others(costs: xr.DataArray, own: set[str]) -> xr.DataArray:
    return np.log(costs.sel(rule=[other for other in SENSIBLE if other not in own]).min("rule"))


def _linear(linear: xr.Dataset, network: str, name: str, density: float, diagonal: str = "matched") -> xr.DataArray:
    return linear[name].sel(network=network, diagonal=diagonal).sel(density=density, method="nearest")


def _gain_of_strengthening(linear: xr.Dataset, network: str, cost: str, density: float) -> xr.DataArray:
    costs = np.log(_linear(linear, network, cost, density))
    return costs.sel(use="threshold") - costs.sel(use="strengthen")


def _machine_costs(machines: xr.Dataset, cost: str, density: float) -> xr.DataArray:
    return machines[cost].sel(data="cifar10").sel(density=density, method="nearest")


def _memory(found, fraction: float):
    return found.sel(fraction=fraction, method="nearest")
