"""Moore & Chaudhuri 2020, section 7: noise-prune on directed networks, where covariance is not leverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr
from scipy.linalg import circulant

from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    bridge_network,
    clustered_network,
    degree_probabilities,
    noise_covariance,
    preservation_probabilities,
    prune,
    weight_probabilities,
)

NETWORKS = ("clustered", "chain", "bridges")
RULES = ("noise-prune", "closed form", "degree", "weight")


@dataclass(frozen=True)
class Config:
    """Clustered networks in the proportions of Fig 2c, a feed-forward chain of layers, a one-way chain of clusters."""

    neurons: tuple[int, ...] = (500, 1000, 2000)
    pruned_neurons: int = 1000
    entries_per_neuron: float = 2.5
    n_layers: int = 20
    layer_size: int = 10
    gain: float = 0.92
    n_shortcuts: int = 40
    shortcut_strength: float = 5.0
    n_clusters: int = 15
    cluster_size: int = 60
    mean_degree: float = 24.0
    n_ring: int = 200
    densities: tuple[float, float, float] = (0.2, 0.5, 0.5)
    n_draws: int = 5
    scale: str = "book"
    seed: int = 2016
    version: int = 1


# The paper has no such experiment, so the scale of both presets is "book".
PRESETS = {
    "book": Config(
        neurons=(200, 400),
        pruned_neurons=400,
        n_layers=10,
        n_shortcuts=20,
        n_clusters=6,
        cluster_size=30,
        mean_degree=12.0,
        n_draws=2,
    ),
    "paper": Config(),
}


def clustered(config: Config, replica: int, n: int) -> np.ndarray:
    """Non-symmetric clustered network of `n` neurons: a half, a tenth and two fifths of them in a cluster."""
    sizes = (n // 2, n // 10, n - n // 2 - n // 10)
    rng = stream(config.seed, replica, Purpose.NETWORK, level=n)
    return clustered_network(sizes, n_between=int(config.entries_per_neuron * n), symmetric=False, rng=rng)


def chain(config: Config, replica: int) -> np.ndarray:
    """Feed-forward chain: six tenths of each layer's pairs with the next are joined, shortcuts skip layers.

    Weights are the absolute values of N(1, 1), those of shortcuts U(0, `shortcut_strength`). Then the input of every
    neuron is scaled to the total `gain`; every leak is 1.
    """
    rng = stream(config.seed, replica, Purpose.NETWORK, arm=NETWORKS.index("chain"))
    n = config.n_layers * config.layer_size
    layer = np.repeat(np.arange(config.n_layers), config.layer_size)
    ahead = layer[:, None] - layer[None, :]
    joined = (ahead == 1) & (rng.random((n, n)) < 0.6)
    W = np.where(joined, np.abs(rng.normal(1.0, 1.0, size=(n, n))), 0)
    shortcuts = rng.choice(np.flatnonzero(ahead >= 2), config.n_shortcuts, replace=False)
    W.flat[shortcuts] = rng.uniform(0, config.shortcut_strength, size=config.n_shortcuts)
    total = W.sum(axis=1, keepdims=True)
    return config.gain * W / np.where(total > 0, total, 1) - np.eye(n)


def one_way_bridges(config: Config, replica: int) -> np.ndarray:
    """Chain of symmetric clusters in which each bridge leads to the next cluster only; leaks stay as they were."""
    A, bridges = bridge_network(
        n_clusters=config.n_clusters,
        cluster_size=config.cluster_size,
        mean_degree=config.mean_degree,
        rng=stream(config.seed, replica, Purpose.NETWORK, arm=NETWORKS.index("bridges")),
    )
    A[tuple(bridges.T)] = 0
    return A


def ring(config: Config, replica: int) -> np.ndarray:
    """A normal network that is not symmetric: a ring in which every neuron sends the same weights ahead."""
    rng = stream(config.seed, replica, Purpose.NETWORK, arm=len(NETWORKS))
    weights = rng.normal(size=config.n_ring) * (rng.random(config.n_ring) < 0.1)
    weights[0] = -np.abs(weights[1:]).sum() - 0.1
    return circulant(weights)


def formula_error(A: np.ndarray, C: np.ndarray) -> float:
    """Relative Frobenius error of -(A + A^T)^(-1), which is the covariance of a normal network."""
    return float(np.linalg.norm(-np.linalg.inv(A + A.T) - C) / np.linalg.norm(C))


def early(config: Config, replica: int) -> xr.Dataset:
    """Error of the closed form on the smallest clustered network of one replica."""
    n = min(config.neurons)
    A = clustered(config, replica, n)
    return xr.Dataset({"clustered_error": formula_error(A, noise_covariance(A))}, coords={"neurons": n})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Error of the closed form, and what each rule's probabilities do to responses and covariances; on the host."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment directed: it runs on the host only")
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    sizes = {*config.neurons, config.pruned_neurons}
    by_size = {n: clustered(config, replica, n) for n in sizes}
    covariance = {n: noise_covariance(A) for n, A in by_size.items()}
    A_ring = ring(config, replica)
    A_chain, A_bridges = chain(config, replica), one_way_bridges(config, replica)
    n = config.pruned_neurons
    networks = {
        "clustered": (by_size[n], covariance[n]),
        "chain": (A_chain, noise_covariance(A_chain)),
        "bridges": (A_bridges, noise_covariance(A_bridges)),
    }
    dataset = xr.concat([_run_network(config, replica, kind, *arm) for kind, arm in networks.items()], dim="network")
    dataset = dataset.assign(
        clustered_error=("neurons", [formula_error(by_size[n], covariance[n]) for n in config.neurons]),
        chain_error=formula_error(*networks["chain"]),
        bridges_error=formula_error(*networks["bridges"]),
        normal_error=formula_error(A_ring, noise_covariance(A_ring)),
    )
    coordinates = {"neurons": list(config.neurons), "network": list(NETWORKS), "rule": list(RULES)}
    return dataset.assign_coords(coordinates).expand_dims(replica=[replica])


def _run_network(config: Config, replica: int, kind: str, A: np.ndarray, C: np.ndarray) -> xr.Dataset:
    density = config.densities[NETWORKS.index(kind)]
    closed_form = -np.linalg.inv(A + A.T)
    probabilities = {
        "noise-prune": preservation_probabilities(A, C, density=density),
        "closed form": preservation_probabilities(A, (closed_form + closed_form.T) / 2, density=density),
        "degree": degree_probabilities(A, density=density),
        "weight": weight_probabilities(A, density=density),
    }
    response = np.linalg.inv(A)
    arms = [
        [_run_draw(config, replica, kind, A, C, response, P, draw) for draw in range(config.n_draws)]
        for P in probabilities.values()
    ]
    edges = (A != 0) & ~np.eye(len(A), dtype=bool)
    reference = probabilities["noise-prune"][edges]
    correlations = [np.corrcoef(reference, P[edges])[0, 1] for P in probabilities.values()]
    dataset = xr.combine_nested(arms, concat_dim=["rule", "draw"])
    return dataset.assign(correlation=("rule", correlations))


def _run_draw(
    config: Config,
    replica: int,
    kind: str,
    A: np.ndarray,
    C: np.ndarray,
    response: np.ndarray,
    P: np.ndarray,
    draw: int,
) -> xr.Dataset:
    """One draw; the same random numbers decide for every rule. Errors are infinite if stability is lost."""
    rng = stream(config.seed, replica, Purpose.PRUNING, arm=NETWORKS.index(kind), level=draw)
    pruned = prune(A, P, rng=rng)
    try:
        errors = np.linalg.inv(pruned) - response, noise_covariance(pruned) - C
    except (ValueError, np.linalg.LinAlgError):
        return xr.Dataset({"response_error": np.inf, "covariance_error": np.inf})
    return xr.Dataset(
        {
            "response_error": np.linalg.norm(errors[0]) / np.linalg.norm(response),
            "covariance_error": np.linalg.norm(errors[1]) / np.linalg.norm(C),
        }
    )
