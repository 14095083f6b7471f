"""Measures of Part III: what holds outside the theorem (sections 6 and 7)."""

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure

FEW_SNAPSHOTS = 32


@measure
def undersampled_over_promise(approximation: xr.Dataset) -> xr.DataArray:
    """Spectral epsilon of undersampled networks over the promised eps / sqrt(alpha), the largest of all draws."""
    wrong = approximation.sel(alpha=approximation["alpha"] < 1)
    return (wrong["spectral_epsilon"] / wrong["promised_epsilon"]).max(["edges", "alpha", "draw"])


@measure
def undersampling_growth(approximation: xr.Dataset) -> xr.DataArray:
    """Mean spectral epsilon, all synapses undersampled by 4 over exact, in units of sqrt(4); linear growth gives 2."""
    mean = approximation["spectral_epsilon"].sel(edges="all").mean("draw")
    return mean.sel(alpha=0.25) / mean.sel(alpha=1.0) * np.sqrt(0.25)


@measure
def oversampled_over_exact(approximation: xr.Dataset) -> xr.DataArray:
    """Mean spectral epsilon, a random half oversampled twofold, over that of exact probabilities."""
    return approximation["oversampled_epsilon"].mean("draw") / _exact_epsilon(approximation)


@measure
def protected_over_exact(approximation: xr.Dataset) -> xr.DataArray:
    """Mean spectral epsilon, a random half exempt from pruning, over that of exact probabilities."""
    return approximation["protected_epsilon"].mean("draw") / _exact_epsilon(approximation)


@measure
def growth_over_oversampling(approximation: xr.Dataset) -> xr.DataArray:
    """Synapses kept in excess under oversampling, over the sum of the excess probabilities."""
    return approximation["oversampling_growth"] / approximation["expected_growth"]


@measure
def plain_sketch_cost(snapshots: xr.Dataset) -> xr.DataArray:
    """Spectral epsilon from 32 plain snapshots over that of exact probabilities, the larger of two networks."""
    return _few(snapshots, "plain")["epsilon_ratio"].max("network")


@measure
def transmitted_sketch_cost(snapshots: xr.Dataset) -> xr.DataArray:
    """The same if only the transmitted part is sketched."""
    return _few(snapshots, "transmitted")["epsilon_ratio"].max("network")


@measure
def sketch_error_over_law(snapshots: xr.Dataset) -> xr.DataArray:
    """Root mean square relative error of 32 plain snapshots on the clustered network over sqrt(2 / 32)."""
    return _few(snapshots, "plain")["rms_error"].sel(network="clustered") / np.sqrt(2 / FEW_SNAPSHOTS)


@measure
def transmitted_gain_clustered(snapshots: xr.Dataset) -> xr.DataArray:
    """Median error of 32 snapshots on the clustered network, plain over transmitted part only."""
    return _gain(snapshots, "median_error").sel(network="clustered")


@measure
def transmitted_gain_bridges(snapshots: xr.Dataset) -> xr.DataArray:
    """Median error of 32 snapshots at the bridges, plain over transmitted part only."""
    return _gain(snapshots, "bridge_error").sel(network="bridges")


@measure
def smallest_transmitted_ratio(snapshots: xr.Dataset) -> xr.DataArray:
    """Smallest ratio of sketched to exact leverage on the clustered network, 32 snapshots, transmitted part only."""
    return _few(snapshots, "transmitted")["smallest_ratio"].sel(network="clustered")


@measure
def additive_bound(dominance: xr.Dataset) -> xr.DataArray:
    """Largest change of an eigenvalue under noise-prune, in units of eps (lambda + gamma), over all leaks."""
    return dominance["bound_ratio"].sel(rule="noise-prune").max(["step", "draw"])


@measure
def suboptimal_norm(dominance: xr.Dataset) -> xr.DataArray:
    """Bound M of the shifted network at the lowest leak, with the probabilities of A over with its own."""
    return _lowest_leak(dominance)["norm_ratio"]


@measure
def leverage_sum_without_dominance(dominance: xr.Dataset) -> xr.DataArray:
    """Relative deviation of the leverages' sum from N plus the excess times the inverse, the largest over leaks."""
    return np.abs(dominance["leverage_sum"] / dominance["expected_sum"] - 1).max("step")


@measure
def stable_without_dominance(dominance: xr.Dataset) -> xr.DataArray:
    """Share of draws of noise-prune that stay stable at the lowest leak."""
    return _lowest_leak(dominance)["stable"].sel(rule="noise-prune").mean("draw")


@measure
def destroyed_modes(dominance: xr.Dataset) -> xr.DataArray:
    """Modes whose eigenvalue is off by more than half at the lowest leak, noise-prune minus weight."""
    destroyed = _lowest_leak(dominance)["n_destroyed"].mean("draw")
    return destroyed.sel(rule="noise-prune") - destroyed.sel(rule="weight")


@measure
def clustered_formula_error(directed: xr.Dataset) -> xr.DataArray:
    """Relative error of the closed form on the largest non-symmetric clustered network."""
    return directed["clustered_error"].isel(neurons=-1)


@measure
def chain_formula_error(directed: xr.Dataset) -> xr.DataArray:
    """Relative error of the closed form on the feed-forward chain."""
    return directed["chain_error"]


@measure
def directed_over_weight(directed: xr.Dataset) -> xr.DataArray:
    """Median error of the response to constant input, non-symmetric clustered network, noise-prune over weight."""
    error = _response_error(directed).sel(network="clustered")
    return error.sel(rule="noise-prune") / error.sel(rule="weight")


@measure
def degree_over_noise_prune_one_way(directed: xr.Dataset) -> xr.DataArray:
    """Median error of the response across one-way bridges, degree rule over noise-prune."""
    error = _response_error(directed).sel(network="bridges")
    return error.sel(rule="degree") / error.sel(rule="noise-prune")


@measure
def covariance_over_closed_form(directed: xr.Dataset) -> xr.DataArray:
    """Median error of the response, true covariance over closed form, the least favourable of three networks."""
    error = _response_error(directed)
    return (error.sel(rule="noise-prune") / error.sel(rule="closed form")).max("network")


@measure
def active_over_whole(rectified: xr.Dataset) -> xr.DataArray:
    """Spectral epsilon of random active sub-networks over that of the whole, the largest."""
    return (rectified["active_epsilon"] / rectified["spectral_epsilon"]).max(["share", "set"])


@measure
def switch_over_bound(rectified: xr.Dataset) -> xr.DataArray:
    """Effect of neurons that fell silent on the active ones over its bound, the largest over time."""
    return rectified["switch_ratio"].max("switch_time")


@measure
def rectified_error(rectified: xr.Dataset) -> xr.DataArray:
    """Relative error of the rectified network's activity after noise-prune, the largest over time."""
    return rectified["error"].sel(rule="noise-prune").max("time")


@measure
def rectified_over_weight(rectified: xr.Dataset) -> xr.DataArray:
    """Relative error of the rectified network's activity at the end, noise-prune over weight."""
    final = rectified["error"].isel(time=-1)
    return final.sel(rule="noise-prune") / final.sel(rule="weight")


@measure
def active_overlap(rectified: xr.Dataset) -> xr.DataArray:
    """Overlap of the active sets before and after noise-prune (shared over joint), the smallest over time."""
    return rectified["overlap"].sel(rule="noise-prune").min("time")


@measure
def excited_correlation(rectified: xr.Dataset) -> xr.DataArray:
    """Correlation of recorded with exact probabilities under the strongest background excitation."""
    return rectified["probability_correlation"].isel(excitation=-1)


@measure
def silent_over_degree(rectified: xr.Dataset) -> xr.DataArray:
    """Mean probability of the bridges recorded under the strongest inhibition over that of the degree rule."""
    return rectified["bridge_probability"].isel(excitation=0) / rectified["degree_bridge_probability"]


def _exact_epsilon(approximation: xr.Dataset) -> xr.DataArray:
    return approximation["spectral_epsilon"].sel(edges="all", alpha=1.0).mean("draw")


def _few(snapshots: xr.Dataset, sketch: str) -> xr.Dataset:
    return snapshots.sel(sketch=sketch, snapshots=FEW_SNAPSHOTS)


def _gain(snapshots: xr.Dataset, error: str) -> xr.DataArray:
    return _few(snapshots, "plain")[error] / _few(snapshots, "transmitted")[error]


def _lowest_leak(dominance: xr.Dataset) -> xr.Dataset:
    return dominance.isel(step=-1)


def _response_error(directed: xr.Dataset) -> xr.DataArray:
    return directed["response_error"].median("draw")
