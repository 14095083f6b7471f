"""Moore & Chaudhuri 2020, Fig 1a-b: which synapses of a small clustered network the rule calls important."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import illustration_network, noise_covariance, preservation_probabilities

SYNAPSES = ("excitatory", "signed")


@dataclass(frozen=True)
class Config:
    """Network of the illustration; the paper prints none of these numbers, so they and the scale are ours."""

    n_clusters: int = 3
    cluster_size: int = 20
    within_density: float = 0.8
    n_bridges: int = 10
    n_strong: int = 5
    strength: float = 5.0
    slack: float = 0.001
    density: float = 0.3
    seed: int = 1936
    scale: str = "book"
    version: int = 1


# The paper prints no sizes, so the two presets are one, and its scale is "book".
PRESETS = {"book": Config(), "paper": Config()}


def network(config: Config, replica: int, synapses: str = "excitatory") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The network of one replica, all excitatory or with signed weights, its bridges and its strong synapses."""
    return illustration_network(
        n_clusters=config.n_clusters,
        cluster_size=config.cluster_size,
        within_density=config.within_density,
        n_bridges=config.n_bridges,
        n_strong=config.n_strong,
        strength=config.strength,
        slack=config.slack,
        signed=synapses == "signed",
        rng=stream(config.seed, replica, Purpose.NETWORK, arm=SYNAPSES.index(synapses)),
    )


def early(config: Config, replica: int) -> xr.Dataset:
    """Everything about one replica is cheap: its summary."""
    return summarise(run(config, [replica])).isel(replica=0)


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """How covariances and probabilities of the classes of synapse compare, for either kind of network."""
    arms = [
        xr.concat([_run_arm(config, replica, synapses, xp) for synapses in SYNAPSES], dim="synapses")
        for replica in replicas
    ]
    dataset = xr.concat(arms, dim="replica")
    return dataset.assign_coords(replica=list(replicas), synapses=list(SYNAPSES))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_arm(config: Config, replica: int, synapses: str, xp: ModuleType) -> xr.Dataset:
    host_A, bridges, strong = network(config, replica, synapses)
    A = xp.asarray(host_A)
    C = noise_covariance(A)
    P = to_numpy(preservation_probabilities(A, C, density=config.density))
    C = to_numpy(C)
    cluster = np.repeat(np.arange(config.n_clusters), config.cluster_size)
    same = np.triu(cluster[:, None] == cluster[None, :], 1)
    ordinary = same & (host_A != 0)
    ordinary[tuple(strong.T)] = False
    ordinary_P = P[ordinary]
    bridge_P, strong_P = P[tuple(bridges.T)], P[tuple(strong.T)]
    return xr.Dataset(
        {
            "covariance_ratio": C[same].mean() / C[np.triu(~same, 1)].mean(),
            "bridges_above": (bridge_P[:, None] > ordinary_P).mean(),
            "strong_above": (strong_P[:, None] > ordinary_P).mean(),
        }
    )
