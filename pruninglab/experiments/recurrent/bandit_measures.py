"""What is measured on every network of the bandit population, at every level (Averbeck 2022, Figs 6 and 7)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.records import MATRIX_DIMS
from pruninglab.rnn import (
    Blocks,
    Weights,
    agreement,
    bandit_blocks,
    cumulative_singular_values,
    fit_learner,
    forward,
    jacobians,
    max_lyapunov,
    output_changes,
    principal_components,
    reward_per_block,
    separation,
    total_input,
    value_error,
    weight_histogram,
)
from pruninglab.rnn.bandit import CHOICE_STEPS, FIXATION_STEPS, TRAINING_EPSILON
from pruninglab.rnn.lyapunov import ORDERS

LYAPUNOV_STEPS = slice(1, None)
"""Steps 2 to 60 of a block."""
BIN = 0.1
WEIGHT_DIMS = MATRIX_DIMS | {"C": ("output", "reader")}
"""Readers are the units and the bias."""


def fresh_blocks(
    weights: Weights, sizes: tuple[int, int, int], rng: Sequence[np.random.Generator]
) -> tuple[Blocks, Blocks, Blocks]:
    """Blocks that no network was trained on: for the error of the values, for the choices, for the activity."""
    blocks = bandit_blocks(weights, n_blocks=sum(sizes), epsilon=TRAINING_EPSILON, noise=0.0, rng=rng)
    first, second = sizes[0], sizes[0] + sizes[1]
    return blocks[:first], blocks[first:second], blocks[second:]


def measure(weights: Weights, sizes: tuple[int, int, int], rng: Sequence[np.random.Generator]) -> xr.Dataset:
    """Values, choices, stability and separation of every network; dimension ``network`` first."""
    for_values, for_choices, for_activity = fresh_blocks(weights, sizes, rng)
    x, _ = forward(weights, for_activity.inputs)
    squared, condition = separation(x[:, :, FIXATION_STEPS], x[:, :, CHOICE_STEPS])
    rate, beta = fit_learner(for_choices, TRAINING_EPSILON)
    chosen, unchosen = output_changes(for_choices)
    with np.errstate(invalid="ignore"):
        measures = {
            "value_error": value_error(for_values),
            "agreement": agreement(for_choices),
            "reward": reward_per_block(for_choices),
            "separation": _mean_of_finite(squared),
            "separation_median": np.nanmedian(np.where(np.isfinite(squared), squared, np.inf), axis=1),
            "condition": np.median(condition, axis=1),
            "singular_blocks": np.isnan(squared).sum(axis=1).astype("uint8"),
            "fitted_rate": rate,
            "fitted_beta": beta,
            "chosen_change": chosen,
            "unchosen_change": unchosen,
            "total_input": total_input(weights.A).mean(axis=-1),
        }
    dataset = xr.Dataset({name: ("network", value) for name, value in measures.items()})
    exponents = np.stack([mean_exponents(A, own) for A, own in zip(weights.A, x, strict=True)])
    return dataset.assign(max_lyapunov=(("network", "order"), exponents)).assign_coords(order=list(ORDERS))


def describe(weights: Weights, sizes: tuple[int, int, int], rng: Sequence[np.random.Generator]) -> xr.Dataset:
    """Weights, spectra and dimension of the networks of the example level; ``network`` first."""
    _, for_choices, _ = fresh_blocks(weights, sizes, rng)
    x, _ = forward(weights, for_choices.inputs)
    variances, _ = principal_components(x.reshape(len(x), -1, x.shape[-1]))
    centres, counts = weight_histogram(weights.A, step=BIN)
    return xr.Dataset(
        {
            "histogram": (("network", "bin"), counts.astype("uint16")),
            "cumulative_singular_values": (("network", "rank"), cumulative_singular_values(weights.A)),
            "pca_variance": (("network", "rank"), variances),
        }
        | {name: (("network", *dims), getattr(weights, name)) for name, dims in WEIGHT_DIMS.items()},
        coords={"bin": centres},
    )


def mean_exponents(A: np.ndarray, x: np.ndarray) -> list[float]:
    """Mean maximal Lyapunov exponent over the blocks of one network, x of shape (M, K, N), in both orders."""
    J = jacobians(np.broadcast_to(A, (len(x), *A.shape)), x[:, LYAPUNOV_STEPS])
    return [float(_mean_of_finite(max_lyapunov(J, order=order)[None])[0]) for order in ORDERS]


def _mean_of_finite(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is finite; NaN where nothing is."""
    finite = np.isfinite(values)
    return np.where(finite, values, 0).sum(axis=-1) / np.where(finite.any(axis=-1), finite.sum(axis=-1), np.nan)
