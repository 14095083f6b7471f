"""Measures of Part III: what is proven, and what it buys (Fig 1c and text)."""

import numpy as np
import xarray as xr

from pruninglab.scorecard.measures.registry import measure


@measure
def decomposition_error(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest entry of B minus the sum of its edge pieces, over the largest entry of B."""
    return guarantees["decomposition_error"]


@measure
def worst_epsilon_over_promise(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest spectral epsilon among the draws over the promised one, 1,000 neurons, about 20 % of the synapses."""
    return guarantees["epsilon"].max("draw") / guarantees["asked_epsilon"]


@measure
def leverage_excess(guarantees: xr.Dataset) -> xr.DataArray:
    """Sum of the leverages minus N, no slack."""
    return guarantees["leverage_excess"]


@measure
def largest_leverage(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest leverage of the network."""
    return guarantees["largest_leverage"]


@measure
def edge_count_fluctuation(guarantees: xr.Dataset) -> xr.DataArray:
    """Standard deviation of the number of synapses kept, over draws, relative to its mean."""
    return guarantees["n_kept"].std("draw", ddof=1) / guarantees["n_kept"].mean("draw")


@measure
def edges_over_formula(guarantees: xr.Dataset) -> xr.DataArray:
    """Expected synapses over 4 N ln N / eps^2 in the largest dense network, where none is clipped."""
    return guarantees["growing_over_formula"].isel(size=-1)


@measure
def growing_epsilon_over_asked(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest spectral epsilon over the one asked for, dense networks of growing size, 4 N ln N / eps^2 synapses."""
    return guarantees["growing_epsilon"].max("size") / guarantees["asked_epsilon"]


@measure
def share_exponent(guarantees: xr.Dataset) -> xr.DataArray:
    """Exponent with which the share of synapses kept for one epsilon changes with N, dense networks."""
    log_size = np.log(guarantees["size"])
    log_share = np.log(guarantees["growing_share"])
    centred = log_size - log_size.mean()
    return (centred * log_share).sum("size") / (centred**2).sum("size")


@measure
def failures_beyond_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Share of draws that miss epsilon minus the chance that the theorem allows; worst constant above 3."""
    excess = guarantees["failures"] - guarantees["failure_bound"]
    return excess.sel(constant=excess["constant"] > 3).max("constant")


@measure
def failures_at_two(guarantees: xr.Dataset) -> xr.DataArray:
    """Share of draws that miss epsilon with the constant 2 in place of 4."""
    return guarantees["failures"].sel(constant=2.0)


@measure
def eigenvalue_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest relative change of an eigenvalue over the spectral epsilon."""
    return guarantees["ratio"].sel(bound="eigenvalues")


@measure
def quadratic_form_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest relative change of an eigenvector's quadratic form over the spectral epsilon."""
    return guarantees["ratio"].sel(bound="forms")


@measure
def angle_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest tan theta over its bound, all modes."""
    return guarantees["ratio"].sel(bound="angles")


@measure
def product_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest error of a matrix-vector product over its bound, random vectors and slow modes."""
    return guarantees["ratio"].sel(bound="products")


@measure
def random_product_error(guarantees: xr.Dataset) -> xr.DataArray:
    """Relative error of the matrix-vector product, mean over random vectors."""
    return guarantees["product_error"].sel(pattern="random")


@measure
def slow_product_error(guarantees: xr.Dataset) -> xr.DataArray:
    """Relative error of the matrix-vector product, mean over the 20 slowest modes."""
    return guarantees["product_error"].sel(pattern="slow")


@measure
def fixed_point_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest change of a fixed point over its bound, random and slow inputs."""
    return guarantees["ratio"].sel(bound="fixed points")


@measure
def variance_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest change of a neuron's resting variance over its bound."""
    return guarantees["ratio"].sel(bound="variances")


@measure
def variance_change(guarantees: xr.Dataset) -> xr.DataArray:
    """Median over neurons of the relative change of the resting variance."""
    return guarantees["variance_change"]


@measure
def trajectory_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest distance between free decays over its bound, random and slow initial states, nine times."""
    return guarantees["ratio"].sel(bound="trajectories")


@measure
def davis_kahan_bound(guarantees: xr.Dataset) -> xr.DataArray:
    """Sine of the angle between the slowest modes over the bound of Davis and Kahan, worst dense network."""
    return (guarantees["slowest_sine"] / guarantees["slowest_sine_bound"]).max("size")


@measure
def slowest_mode_sine(guarantees: xr.Dataset) -> xr.DataArray:
    """Sine of the angle between the slowest modes before and after pruning, worst dense network."""
    return guarantees["slowest_sine"].max("size")


@measure
def epsilon_over_low_rank(guarantees: xr.Dataset) -> xr.DataArray:
    """Mean spectral epsilon of noise-prune over that of a low-rank approximation with as many numbers."""
    return guarantees["epsilon"].mean("draw") / guarantees["low_rank_epsilon"]


@measure
def epsilon_over_low_rank_weights(guarantees: xr.Dataset) -> xr.DataArray:
    """Mean spectral epsilon of noise-prune over that of low-rank weights with every leak kept."""
    return guarantees["epsilon"].mean("draw") / guarantees["low_rank_weights_epsilon"]


@measure
def input_bias(guarantees: xr.Dataset) -> xr.DataArray:
    """Mean change of a neuron's total input over draws, in standard errors (r.m.s.); signed or absolute."""
    return guarantees["total_bias"].sel(total="input").max("weights")


@measure
def output_bias(guarantees: xr.Dataset) -> xr.DataArray:
    """Mean change of a neuron's total output over draws, in standard errors (r.m.s.); signed or absolute."""
    return guarantees["total_bias"].sel(total="output").max("weights")


@measure
def total_change(guarantees: xr.Dataset) -> xr.DataArray:
    """Relative change of a neuron's total absolute input or output in one draw (r.m.s.), whichever is larger."""
    return guarantees["total_change"].max("total")


@measure
def metric_violations(guarantees: xr.Dataset) -> xr.DataArray:
    """Share of triples that break the triangle inequality, excitatory network."""
    return guarantees["metric_violations"]


@measure
def signed_metric_violations(guarantees: xr.Dataset) -> xr.DataArray:
    """Share of the triangles of synapses that break the triangle inequality, signed networks."""
    tally = guarantees["triangles"].sum("kind")
    return tally.sel(tally="diff-covariance") / tally.sel(tally="number")


@measure
def balanced_root_violations(guarantees: xr.Dataset) -> xr.DataArray:
    """Share of the balanced triangles that break the triangle inequality of the root of diff-covariance."""
    balanced = guarantees["triangles"].sel(kind="balanced")
    return balanced.sel(tally="square root") / balanced.sel(tally="number")


@measure
def null_leverage_excess(guarantees: xr.Dataset) -> xr.DataArray:
    """Sum of the leverages minus N - 1, excitatory network without slack."""
    return guarantees["null_leverage_excess"]


@measure
def null_error(guarantees: xr.Dataset) -> xr.DataArray:
    """Largest entry of the pruned matrix times the null vector of ones, over its largest entry."""
    return guarantees["null_error"]


@measure
def null_epsilon_over_promise(guarantees: xr.Dataset) -> xr.DataArray:
    """Spectral epsilon off the null space over the promised one, excitatory network without slack."""
    return guarantees["null_epsilon"] / guarantees["asked_epsilon"]


@measure
def normal_error(guarantees: xr.Dataset) -> xr.DataArray:
    """Relative difference of covariance and minus the inverse of A + A^T, a normal network that is not symmetric."""
    return guarantees["normal_error"]
