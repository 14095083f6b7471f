"""Moore & Chaudhuri 2020, section 6: how well noise-prune bears probabilities that are too low or too high."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    clustered_network,
    leverages,
    noise_covariance,
    prune,
    spectral_epsilon,
)

EDGES = ("all", "half")
"""The synapses that are undersampled, or a random half of them."""


@dataclass(frozen=True)
class Config:
    """Probabilities of the theorem at accuracy `eps`, wrong by a factor; sizes and factors are ours."""

    sizes: tuple[int, ...]
    eps: float
    n_between: int = 5000
    alphas: tuple[float, ...] = (1.0, 0.5, 0.25)
    oversampling: float = 2.0
    n_draws: int = 3
    scale: str = "book"
    seed: int = 2011
    version: int = 1


# The paper has no such experiment, so the scale of both presets is "book".
PRESETS = {
    "book": Config(sizes=(30, 30, 30, 270), eps=0.9, n_between=400, n_draws=2),
    "paper": Config(sizes=(100, 100, 100, 1700), eps=0.45),
}


def network(config: Config, replica: int) -> np.ndarray:
    """The network of one replica, shape (N, N)."""
    rng = stream(config.seed, replica, Purpose.NETWORK)
    return clustered_network(config.sizes, n_between=config.n_between, rng=rng)


def scores(config: Config, A: np.ndarray) -> np.ndarray:
    """The theorem's probabilities before they are cut at 1: leverage times 4 ln N / eps^2."""
    return leverages(A, noise_covariance(A)) * (4 * np.log(len(A)) / config.eps**2)


def random_half(config: Config, replica: int, A: np.ndarray) -> np.ndarray:
    """Mask of a random half of the synapses, symmetric."""
    rng = stream(config.seed, replica, Purpose.SELECTION)
    i, j = np.nonzero(np.triu(A, 1))
    chosen = rng.permutation(len(i))[: len(i) // 2]
    mask = np.zeros(A.shape, dtype=bool)
    mask[i[chosen], j[chosen]] = True
    return mask | mask.T


def early(config: Config, replica: int) -> xr.Dataset:
    """Synapses of one replica's network, and how many the theorem's probabilities keep on average."""
    A = network(config, replica)
    return xr.Dataset(_counts(A, scores(config, A)))


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Spectral epsilon of networks pruned with wrong probabilities; on the host only."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment approximation: its solvers are SciPy's")
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    A = network(config, replica)
    score, half = scores(config, A), random_half(config, replica, A)
    masks = {"all": np.ones(A.shape, dtype=bool), "half": half}
    exact = np.minimum(score, 1)
    draws = [
        [
            _epsilons(config, replica, A, np.minimum(np.where(masks[edges], alpha, 1) * score, 1))
            for alpha in config.alphas
        ]
        for edges in EDGES
    ]
    more = np.minimum(np.where(half, config.oversampling, 1) * score, 1)
    return xr.Dataset(
        {
            "spectral_epsilon": (("edges", "alpha", "draw"), draws),
            "oversampled_epsilon": ("draw", _epsilons(config, replica, A, more)),
            "protected_epsilon": ("draw", _epsilons(config, replica, A, np.where(half & (A != 0), 1.0, exact))),
            "oversampling_growth": _n_kept(config, replica, A, more) - _n_kept(config, replica, A, exact),
            "expected_growth": np.triu(more - exact, 1).sum(),
            "promised_epsilon": ("alpha", config.eps / np.sqrt(config.alphas)),
        }
        | _counts(A, score),
        coords={"edges": list(EDGES), "alpha": list(config.alphas)},
    ).expand_dims(replica=[replica])


def _counts(A: np.ndarray, score: np.ndarray) -> dict[str, float]:
    return {
        "n_edges": int(np.count_nonzero(np.triu(A, 1))),
        "expected_edges": float(np.triu(np.minimum(score, 1), 1).sum()),
    }


def _pruned(config: Config, replica: int, A: np.ndarray, P: np.ndarray, draw: int) -> np.ndarray:
    """One draw; the same random numbers decide in every arm, so arms differ in their probabilities only."""
    return prune(A, P, rng=stream(config.seed, replica, Purpose.PRUNING, level=draw))


def _epsilons(config: Config, replica: int, A: np.ndarray, P: np.ndarray) -> list[float]:
    return [spectral_epsilon(A, _pruned(config, replica, A, P, draw)) for draw in range(config.n_draws)]


def _n_kept(config: Config, replica: int, A: np.ndarray, P: np.ndarray) -> float:
    """Synapses kept, mean over the draws."""
    draws = [_pruned(config, replica, A, P, draw) for draw in range(config.n_draws)]
    return float(np.mean([np.count_nonzero(np.triu(draw, 1)) for draw in draws]))
