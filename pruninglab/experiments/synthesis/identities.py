"""Exact statements about Fisher information and noise-prune in linear networks, each checked in two ways."""

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
    preservation_probabilities,
    stationary_divergence,
    stationary_fisher,
    threshold_prune,
)

KINDS = ("matched", "original", "directed")
"""A symmetric network whose leak follows a weight or stays as it is, and a directed one whose leak follows."""


@dataclass(frozen=True)
class Config:
    """A symmetric and a directed clustered network per replica, small enough for finite differences."""

    sizes: tuple[int, ...]
    n_between: int
    directed_sizes: tuple[int, ...]
    n_checked: int
    """Synapses of each network that are looked at one by one."""
    scale: str
    within_density: float = 0.6
    slack: float = 0.1
    """Added to every leak, so that a network without some of its synapses is stable too."""
    sigma: float = 0.7
    step: float = 1e-3
    """Of the finite differences, in units of one over the root of the Fisher information."""
    densities: tuple[float, ...] = (0.95, 0.8, 0.5)
    seed: int = 2027
    version: int = 1


PRESETS = {
    "book": Config(sizes=(8, 16), n_between=30, directed_sizes=(5, 7), n_checked=10, scale="book"),
    "paper": Config(sizes=(20, 20, 60), n_between=200, directed_sizes=(10, 20), n_checked=40, scale="paper"),
}


def network(config: Config, replica: int, kind: str) -> np.ndarray:
    """The directed network, or the symmetric one of the two other kinds; shape (N, N)."""
    sizes, symmetric = (config.directed_sizes, False) if kind == "directed" else (config.sizes, True)
    n_between = config.n_between * sum(sizes) ** 2 // sum(config.sizes) ** 2
    rng = stream(config.seed, replica, Purpose.NETWORK, arm=int(symmetric))
    A = clustered_network(
        sizes, within_density=config.within_density, n_between=n_between, symmetric=symmetric, rng=rng
    )
    return A - config.slack * np.eye(len(A))


def early(config: Config, replica: int) -> xr.Dataset:
    """Synapses, and what removing many of them costs, recomputed as a check."""
    return _many(config, network(config, replica, "matched"))


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """All checks on the networks of every replica; on the host, whatever `xp` is."""
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is a summary already."""
    return dataset.transpose("replica", ...)


def changed(A: np.ndarray, i: int, j: int, step: float, kind: str) -> np.ndarray:
    """The network with the weight of one synapse made larger by `step` in size, its leak as `kind` says."""
    moved = A.copy()
    for receiver, sender in [(i, j)] if kind == "directed" else [(i, j), (j, i)]:
        moved[receiver, sender] += step * np.sign(A[i, j])
        moved[receiver, receiver] -= 0 if kind == "original" else step
    return moved


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    records = [_differences(config, replica, kind) for kind in KINDS]
    record = xr.concat(records, dim="kind").assign_coords(kind=list(KINDS))
    A = network(config, replica, "matched")
    return record.merge(_closed_forms(config, A)).merge(_many(config, A)).expand_dims(replica=[replica])


def _differences(config: Config, replica: int, kind: str) -> xr.Dataset:
    """Fisher information against the curvature of the divergence, and saliency against the cost of removal."""
    A = network(config, replica, kind)
    fisher = stationary_fisher(A, sigma=config.sigma, diagonal="matched" if kind == "directed" else kind)
    deviation, ratio = [], []
    for i, j in _checked(config, replica, A, kind):
        h = config.step / np.sqrt(fisher[i, j])
        both = [stationary_divergence(A, changed(A, i, j, step, kind), sigma=config.sigma) for step in (h, -h)]
        deviation.append(abs(sum(both) / h**2 / fisher[i, j] - 1))
        removed = stationary_divergence(A, changed(A, i, j, -abs(A[i, j]), kind), sigma=config.sigma)
        ratio.append(removed / (A[i, j] ** 2 * fisher[i, j] / 2))
    return xr.Dataset(
        {"difference_deviation": np.max(deviation), "removal_ratio": ("synapse", ratio)},
    )


def _checked(config: Config, replica: int, A: np.ndarray, kind: str) -> np.ndarray:
    """Synapses (i, j) chosen by lot."""
    edges = np.argwhere((A if kind == "directed" else np.triu(A)) * (1 - np.eye(len(A))) != 0)
    rng = stream(config.seed, replica, Purpose.SELECTION, arm=KINDS.index(kind))
    return edges[rng.choice(len(edges), size=config.n_checked, replace=False)]


def _closed_forms(config: Config, A: np.ndarray) -> xr.Dataset:
    r"""Largest relative deviations of the statements from :math:`\frac12\mathrm{tr}(C\Lambda'C\Lambda')`, all synapses.

    ``half_leverage_squared`` compares weight squared times that trace with half the leverage squared,
    ``product_variance`` the trace at a fixed leak with the variance of the product of both activities in units of
    :math:`(\sigma^2/2)^2`, ``root_saliency`` the probabilities of noise-prune with the root of the saliency.
    """
    C = noise_covariance(A, sigma=config.sigma)
    edges = np.argwhere(np.triu(A, 1) != 0)
    matched, original = (np.array([_trace(A, C, i, j, kind, config.sigma) for i, j in edges]) for kind in KINDS[:2])
    at = tuple(edges.T)
    saliency = A[at] ** 2 * matched
    half = leverages(A, C, sigma=config.sigma)[at] ** 2 / 2
    variance = (np.outer(C.diagonal(), C.diagonal()) + C**2)[at] * (2 / config.sigma**2) ** 2
    P = preservation_probabilities(A, noise_covariance(A), density=0.3)[at]
    free = P < 1
    factor = P[free] / np.sqrt(saliency[free])
    return xr.Dataset(
        {
            "half_leverage_squared": np.abs(saliency / half - 1).max(),
            "product_variance": np.abs(original / variance - 1).max(),
            "root_saliency": np.abs(factor / factor[0] - 1).max(),
        }
    )


def _trace(A: np.ndarray, C: np.ndarray, i: int, j: int, kind: str, sigma: float) -> float:
    slope = -(changed(A, i, j, 1.0, kind) - A)
    relative = C @ slope * (2 / sigma**2)
    return float(0.5 * np.sum(relative * relative.T))


def _many(config: Config, A: np.ndarray) -> xr.Dataset:
    """Cost of removing all synapses of the least saliency at once, over the sum of what each would cost alone."""
    saliency = A**2 * stationary_fisher(A, sigma=config.sigma)
    ratios = []
    for density in config.densities:
        pruned = threshold_prune(A, saliency, density=density, diagonal="matched")
        gone = np.triu((A != 0) & (pruned == 0), 1)
        ratios.append(stationary_divergence(A, pruned) / (saliency[gone].sum() / 2))
    record = {"many_over_sum": ("density", ratios), "n_edges": np.count_nonzero(np.triu(A, 1))}
    return xr.Dataset(record, {"density": list(config.densities)})
