"""The pair of networks that stands for the others in Averbeck 2022, Fig 6: its blocks, and what is measured on them."""

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.bandit_measures import mean_exponents
from pruninglab.experiments.recurrent.lines import UNPRUNED_ARM
from pruninglab.experiments.recurrent.starts import example_network
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import Blocks, bandit_blocks, forward, principal_components, separation
from pruninglab.rnn.bandit import CHOICE_STEPS, FIXATION_STEPS
from pruninglab.rnn.lyapunov import ORDERS

REPLICA = 3
"""Number of the pair that the authors' code draws, here counted from 0. It is all that our fourth network shares with
theirs."""
N_BLOCKS, N_FOR_ACTIVITY = 128, 48
SEED = 2026
STEPS = {"fixation": FIXATION_STEPS, "choice": CHOICE_STEPS}


def has_example(bandit: xr.Dataset) -> bool:
    """Whether a summary of the experiment ``bandit`` holds the example pair."""
    return REPLICA in bandit["replica"]


def example_blocks(bandit: xr.Dataset, line: str) -> Blocks:
    """Blocks of one network of the pair without random actions; the random numbers are the same for both.

    Raises
    ------
    ValueError
        If the summary does not hold the pair.
    """
    rng = stream(SEED, REPLICA, Purpose.EVALUATION, arm=UNPRUNED_ARM)
    weights = example_network(bandit, REPLICA, line)
    return bandit_blocks(weights, n_blocks=N_BLOCKS, epsilon=0.0, noise=0.0, rng=[rng])


def example_states(bandit: xr.Dataset, line: str) -> np.ndarray:
    """States x of one network of the pair in these blocks, shape (M, K, N)."""
    weights = example_network(bandit, REPLICA, line)
    return forward(weights, example_blocks(bandit, line).inputs)[0][0]


def example_record(bandit: xr.Dataset, line: str) -> xr.Dataset:
    """What Fig 6 and its text say of one network of the pair, in numbers.

    Returns
    -------
    Dataset
        ``value_error`` and ``correlation`` (steps) of outputs and teacher's values over all four actions, at fixation
        and choice; ``pca_variance`` (rank); ``separation``, squared, and its ``condition`` (block); ``max_lyapunov``,
        a mean over blocks.
    """
    weights, blocks = example_network(bandit, REPLICA, line), example_blocks(bandit, line)
    x = forward(weights, blocks.inputs)[0][0]
    squares = ((blocks.outputs - blocks.values) ** 2).sum(axis=-1)[0]
    variances, _ = principal_components(x.reshape(1, -1, x.shape[-1]))
    few = x[:N_FOR_ACTIVITY]
    squared, condition = separation(few[:, FIXATION_STEPS], few[:, CHOICE_STEPS])
    return xr.Dataset(
        {
            "value_error": ("steps", [squares[:, steps].mean() for steps in STEPS.values()]),
            "correlation": ("steps", [_correlation(blocks, steps) for steps in STEPS.values()]),
            "pca_variance": ("rank", variances[0]),
            "separation": ("block", squared),
            "condition": ("block", condition),
            "max_lyapunov": mean_exponents(weights.A[0], few)[ORDERS.index("time")],
        },
        coords={"steps": list(STEPS)},
    )


def _correlation(blocks: Blocks, steps: slice) -> float:
    """Pearson's correlation of outputs and values over all blocks, steps and actions."""
    outputs, values = (array[0, :, steps].ravel() for array in (blocks.outputs, blocks.values))
    return float(np.corrcoef(outputs, values)[0, 1])
