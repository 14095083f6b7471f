"""Leverages from a few snapshots of noise, and what pruning with them costs; extends Moore & Chaudhuri 2020."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    bridge_network,
    clustered_network,
    fill_to_density,
    leverages,
    noise_covariance,
    noise_snapshots,
    prune,
    sketched_leverages,
    spectral_epsilon,
)

NETWORKS = ("clustered", "bridges")
SKETCHES = {
    "plain": {"transmitted_only": False, "clamp": False},
    "clamped": {"transmitted_only": False, "clamp": True},
    "transmitted": {"transmitted_only": True, "clamp": False},
}


@dataclass(frozen=True)
class Config:
    """A clustered network and one with bridges per replica; growing shares of one series of snapshots."""

    sizes: tuple[int, ...] = (100, 100, 100, 700)
    n_between: int = 1500
    n_clusters: int = 15
    cluster_size: int = 100
    mean_degree: float = 40.0
    n_bridges: int = 2
    snapshots: tuple[int, ...] = (4, 8, 16, 32, 64, 128)
    density: float = 0.2
    n_draws: int = 3
    scale: str = "book"
    seed: int = 1984
    version: int = 1


# The paper has no such experiment, so the scale of both presets is "book".
PRESETS = {
    "book": Config(
        sizes=(40, 40, 40, 280),
        n_between=600,
        n_clusters=6,
        cluster_size=50,
        mean_degree=20.0,
        snapshots=(8, 32, 128),
        n_draws=1,
    ),
    "paper": Config(),
}


def network(config: Config, replica: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The clustered or the bridge network of one replica, and its bridges (none in the first)."""
    rng = stream(config.seed, replica, Purpose.NETWORK, arm=NETWORKS.index(kind))
    if kind == "clustered":
        return clustered_network(config.sizes, n_between=config.n_between, rng=rng), np.empty((0, 2), dtype=int)
    return bridge_network(
        n_clusters=config.n_clusters,
        cluster_size=config.cluster_size,
        mean_degree=config.mean_degree,
        n_bridges=config.n_bridges,
        rng=rng,
    )


def early(config: Config, replica: int) -> xr.Dataset:
    """Sum of the exact leverages of either network of one replica."""
    sums = [np.triu(_exact(network(config, replica, kind)[0])).sum() for kind in NETWORKS]
    return xr.Dataset({"leverage_sum": ("network", sums)}, coords={"network": list(NETWORKS)})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Error of every sketch against the number of snapshots; on the host only."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment snapshots: its solvers are SciPy's")
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    arms = [_run_network(config, replica, kind) for kind in NETWORKS]
    return xr.concat(arms, dim="network").assign_coords(network=list(NETWORKS)).expand_dims(replica=[replica])


def _run_network(config: Config, replica: int, kind: str) -> xr.Dataset:
    A, bridges = network(config, replica, kind)
    q = _exact(A)
    rng = stream(config.seed, replica, Purpose.ACTIVITY, arm=NETWORKS.index(kind))
    x = noise_snapshots(csr_array(A), n_snapshots=max(config.snapshots), rng=rng)
    exact_epsilon = _epsilon(config, replica, A, q)
    rows = [
        [_errors(config, replica, A, q, sketched_leverages(A, x[:k], **options), bridges) for k in config.snapshots]
        for options in SKETCHES.values()
    ]
    dataset = xr.combine_nested(rows, concat_dim=["sketch", "snapshots"])
    dataset["epsilon_ratio"] = dataset["epsilon"] / exact_epsilon
    dataset = dataset.drop_vars("epsilon").assign(leverage_sum=np.triu(q).sum(), exact_epsilon=exact_epsilon)
    return dataset.assign_coords(sketch=list(SKETCHES), snapshots=list(config.snapshots))


def _errors(
    config: Config, replica: int, A: np.ndarray, q: np.ndarray, sketched: np.ndarray, bridges: np.ndarray
) -> xr.Dataset:
    edges = np.triu(A, 1) != 0
    ratio = sketched[edges] / q[edges]
    error = np.abs(ratio - 1)
    i, j = bridges.T
    return xr.Dataset(
        {
            "median_error": np.median(error),
            "high_error": np.quantile(error, 0.99),
            "rms_error": np.sqrt((error**2).mean()),
            "smallest_ratio": ratio.min(),
            "mean_ratio": ratio.mean(),
            "bridge_error": np.median(np.abs(sketched[i, j] / q[i, j] - 1)) if len(bridges) else np.nan,
            "epsilon": _epsilon(config, replica, A, sketched),
        }
    )


def _exact(A: np.ndarray) -> np.ndarray:
    return leverages(A, noise_covariance(A))


def _epsilon(config: Config, replica: int, A: np.ndarray, q: np.ndarray) -> float:
    """Spectral epsilon at the density, mean over draws; the same random numbers decide for every sketch."""
    P = fill_to_density(A, q, density=config.density)
    streams = [stream(config.seed, replica, Purpose.PRUNING, level=draw) for draw in range(config.n_draws)]
    return float(np.mean([spectral_epsilon(A, prune(A, P, rng=rng)) for rng in streams]))
