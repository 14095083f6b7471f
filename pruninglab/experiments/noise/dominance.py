"""Moore & Chaudhuri 2020, section 6: symmetric networks whose leak no longer dominates their weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr
from scipy.linalg import eigvalsh

from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    clustered_network,
    degree_probabilities,
    fill_to_density,
    leverages,
    noise_covariance,
    prune,
    spectral_epsilon,
    weight_probabilities,
)

RULES = ("noise-prune", "weight", "degree")
DESTROYED = 0.5
"""A mode counts as destroyed if its eigenvalue is wrong by more than this share."""


@dataclass(frozen=True)
class Config:
    """Every leak is lowered by the same share, in steps on the way to the one at which the network loses stability."""

    sizes: tuple[int, ...] = (100, 100, 100, 700)
    n_between: int = 1500
    steps: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 0.9)
    density: float = 0.2
    n_draws: int = 5
    scale: str = "book"
    seed: int = 2003
    version: int = 1


# The paper has no such experiment, so the scale of both presets is "book".
PRESETS = {
    "book": Config(sizes=(40, 40, 40, 280), n_between=600, steps=(0.0, 0.5, 0.9), n_draws=2),
    "paper": Config(),
}


def network(config: Config, replica: int, step: float) -> np.ndarray:
    """The network of one replica, its leak lowered by `step` of the share that would make it unstable."""
    rng = stream(config.seed, replica, Purpose.NETWORK)
    A = clustered_network(config.sizes, n_between=config.n_between, rng=rng)
    leak = -A.diagonal()
    W = A + np.diag(leak)
    scale = 1 / np.sqrt(leak)
    critical = eigvalsh(scale[:, None] * W * scale, subset_by_index=[len(A) - 1] * 2)[0]
    return W - np.diag((1 - step * (1 - critical)) * leak)


def excess(A: np.ndarray) -> np.ndarray:
    """By how much the weights onto each neuron outweigh its leak: g, the slack with its sign turned."""
    return np.abs(A).sum(axis=1) + 2 * A.diagonal()


def early(config: Config, replica: int) -> xr.Dataset:
    """Sum of the leverages at the lowest leak, where it differs most from N, and what it should be."""
    step = max(config.steps)
    return xr.Dataset(_leverage_facts(network(config, replica, step)), coords={"step": step})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Spectra and stability of every rule at every leak; on the host only."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment dominance: its solvers are SciPy's")
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    arms = [_run_step(config, replica, step) for step in config.steps]
    return xr.concat(arms, dim="step").assign_coords(step=list(config.steps)).expand_dims(replica=[replica])


def _run_step(config: Config, replica: int, step: float) -> xr.Dataset:
    A = network(config, replica, step)
    gamma = max(float(excess(A).max()), 0.0)
    q = leverages(A, noise_covariance(A))
    A_gamma = A - gamma * np.eye(len(A))
    q_gamma = leverages(A_gamma, noise_covariance(A_gamma))
    probabilities = {
        "noise-prune": fill_to_density(A, q, density=config.density),
        "weight": weight_probabilities(A, density=config.density),
        "degree": degree_probabilities(A, density=config.density),
    }
    rates = np.linalg.eigvalsh(-A)
    arms = [
        [_run_draw(config, replica, A, A_gamma, rates, gamma, rule, P, draw) for draw in range(config.n_draws)]
        for rule, P in probabilities.items()
    ]
    dataset = xr.combine_nested(arms, concat_dim=["rule", "draw"]).assign_coords(rule=list(RULES))
    own = fill_to_density(A_gamma, q_gamma, density=config.density)
    edges = np.triu(A, 1) != 0
    facts = {
        "gamma": gamma,
        "slowest_rate": rates[0],
        "leverage_ratio": (q_gamma[edges] / q[edges]).max(),
        "norm_ratio": _largest_piece(q_gamma, probabilities["noise-prune"], edges)
        / _largest_piece(q_gamma, own, edges),
    }
    return dataset.assign(facts | _leverage_facts(A))


def _run_draw(
    config: Config,
    replica: int,
    A: np.ndarray,
    A_gamma: np.ndarray,
    rates: np.ndarray,
    gamma: float,
    rule: str,
    P: np.ndarray,
    draw: int,
) -> xr.Dataset:
    rng = stream(config.seed, replica, Purpose.PRUNING, arm=RULES.index(rule), level=draw)
    pruned = prune(A, P, rng=rng)
    pruned_rates = np.linalg.eigvalsh(-pruned)
    epsilon = spectral_epsilon(A_gamma, pruned + A_gamma - A)
    change = np.abs(pruned_rates - rates)
    return xr.Dataset(
        {
            "stable": float(pruned_rates[0] > 0),
            "shifted_epsilon": epsilon,
            "bound_ratio": (change / (epsilon * (rates + gamma))).max(),
            "n_destroyed": int((change > DESTROYED * rates).sum()),
            "n_unprotected": int((rates < epsilon * gamma).sum()),
        }
    )


def _leverage_facts(A: np.ndarray) -> dict[str, float]:
    """Sum of the leverages, the largest one, and the sum that theory demands: N plus the excess times B^-1."""
    C = noise_covariance(A)
    q = np.triu(leverages(A, C))
    expected = len(A) + 2 * float(excess(A) @ C.diagonal())
    return {"leverage_sum": float(q.sum()), "expected_sum": expected, "largest_leverage": float(q.max())}


def _largest_piece(q: np.ndarray, P: np.ndarray, edges: np.ndarray) -> float:
    """The bound M of the theorem: the largest leverage over probability among the synapses left to chance."""
    random = edges & (P < 1)
    return float((q[random] / P[random]).max())
