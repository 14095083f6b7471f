"""A benchmark that needs the covariance: clusters in a chain, joined by few synapses. Not in the paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from pruninglab.backend import get_array_module, to_numpy
from pruninglab.experiments.noise.controls import CONTROLS
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    bridge_network,
    noise_covariance,
    preservation_probabilities,
    prune,
    spectral_similarity,
)

RULES = ("noise-prune", "weight", "uniform", "degree")


@dataclass(frozen=True)
class Config:
    """One chain of clusters per replica, pruned `n_draws` times by every rule, matched diagonal."""

    n_clusters: int
    cluster_size: int
    scale: str
    mean_degree: float = 40.0
    n_bridges: int = 2
    slack: float = 0.01
    density: float = 0.2
    n_draws: int = 5
    seed: int = 1736
    version: int = 1


PRESETS = {
    "book": Config(n_clusters=6, cluster_size=50, n_draws=3, scale="book"),
    "paper": Config(n_clusters=15, cluster_size=100, scale="book"),
}
"""The sizes are ours in both presets; the paper has no such network."""


def network(config: Config, replica: int) -> tuple[np.ndarray, np.ndarray]:
    """The network of one replica, shape (N, N), and its bridges, pairs (i, j)."""
    return bridge_network(
        n_clusters=config.n_clusters,
        cluster_size=config.cluster_size,
        mean_degree=config.mean_degree,
        n_bridges=config.n_bridges,
        slack=config.slack,
        rng=stream(config.seed, replica, Purpose.NETWORK),
    )


def early(config: Config, replica: int) -> xr.Dataset:
    """Synapses of the network, and mean probability of its bridges under each rule, recomputed as a check."""
    A, bridges = network(config, replica)
    at_bridges = {rule: P[tuple(bridges.T)] for rule, P in _probabilities(config, A).items()}
    return xr.Dataset(
        {
            "n_edges": np.count_nonzero(np.triu(A, 1)),
            "bridge_probability": ("rule", [p.mean() for p in at_bridges.values()]),
            "bridge_ratio": ("rule", [(p / at_bridges["noise-prune"]).mean() for p in at_bridges.values()]),
        },
        coords={"rule": list(at_bridges)},
    )


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Errors of the slowest modes, one for each cluster, spectral epsilon and fate of the bridges; spectra on `xp`."""
    return xr.concat([_run_replica(config, replica, xp) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is a summary already."""
    return dataset.transpose("replica", ...)


def _run_replica(config: Config, replica: int, xp: ModuleType) -> xr.Dataset:
    A, bridges = network(config, replica)
    on_device = xp.asarray(A)
    eigensystem = xp.linalg.eigh(on_device)
    arms = []
    for rule, P in _probabilities(config, A).items():
        draws = [_run_draw(config, replica, rule, on_device, P, bridges, eigensystem, n) for n in range(config.n_draws)]
        arms.append(xr.concat(draws, dim="draw"))
    dataset = xr.concat(arms, dim="rule").assign_coords(rule=list(RULES))
    return dataset.assign(early(config, replica)).expand_dims(replica=[replica])


def _run_draw(
    config: Config, replica: int, rule: str, A: Any, P: np.ndarray, bridges: np.ndarray, eigensystem: Any, draw: int
) -> xr.Dataset:
    xp = get_array_module(A)
    rng = stream(config.seed, replica, Purpose.PRUNING, arm=RULES.index(rule), level=draw)
    pruned = prune(A, xp.asarray(P), rng=rng)
    similarity = spectral_similarity(A, pruned, eigensystem=eigensystem)
    errors = {name: to_numpy(getattr(similarity, name)) for name in ("eigenvalue_error", "quadratic_error")}
    errors["cosine_deficit"] = 1 - to_numpy(similarity.cosine)
    kept = to_numpy(pruned)[tuple(bridges.T)] != 0
    values = np.stack(list(errors.values()))
    return xr.Dataset(
        {
            "median_error": ("measure", np.median(values, axis=1)),
            "slow_error": (("measure", "mode"), values[:, : -config.n_clusters - 1 : -1]),
            "spectral_epsilon": similarity.spectral_epsilon,
            "bridges_kept": kept.mean(),
            "joints_cut": int((~kept.reshape(-1, config.n_bridges).any(axis=1)).sum()),
        },
        coords={"measure": list(errors)},
    )


def _probabilities(config: Config, A: np.ndarray) -> dict[str, np.ndarray]:
    P = {"noise-prune": preservation_probabilities(A, noise_covariance(A), density=config.density)}
    return P | {rule: control(A, density=config.density) for rule, control in CONTROLS.items()}
