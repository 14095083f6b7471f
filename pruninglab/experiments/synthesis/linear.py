"""All rules on the linear networks of Part III: what each costs the stationary law, the operator and the activity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from pruninglab.experiments.noise import bridges, spectrum
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.experiments.synthesis.uses import USES, score_to_use
from pruninglab.local_rules import RULES, Statistics, gaussian_statistics, local_score
from pruninglab.noiseprune import (
    fill_to_density,
    noise_covariance,
    prune,
    spectral_epsilon,
    stationary_divergence,
    threshold_prune,
)

NETWORKS = ("clustered", "chain")
DIAGONALS = ("matched", "original")
N_SLOW = 20
Modes = tuple[np.ndarray, np.ndarray]
"""Eigenvalues in ascending order, and eigenvectors in columns."""


@dataclass(frozen=True)
class Config:
    """A clustered network and a chain of clusters per replica, pruned by every rule in both ways."""

    clustered: spectrum.Config
    chain: bridges.Config
    scale: str
    densities: tuple[float, ...] = (0.5, 0.25, 0.1, 0.05)
    n_starts: int = 5
    """Initial states from which the activity is followed."""
    seed: int = 2026
    version: int = 1


PRESETS = {
    "book": Config(
        clustered=spectrum.PRESETS["book"], chain=bridges.PRESETS["book"], densities=(0.5, 0.25, 0.1), scale="book"
    ),
    "paper": Config(clustered=spectrum.PRESETS["paper"], chain=bridges.PRESETS["paper"], scale="paper"),
}


def network(config: Config, replica: int, name: str) -> np.ndarray:
    """The network that Part III prunes in the same replica, shape (N, N)."""
    if name == "clustered":
        return spectrum.network(config.clustered, replica)
    return bridges.network(config.chain, replica)[0]


def early(config: Config, replica: int) -> xr.Dataset:
    """Synapses of the chain, and how the rules rank them: recomputed as a check."""
    A = network(config, replica, "chain")
    return _agreement(config, replica, "chain", A, gaussian_statistics(noise_covariance(A))).assign_coords(
        network="chain"
    )


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Costs of every pruned network; on the host, whatever `xp` is: most of the work is Lanczos and Cholesky."""
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is a summary already."""
    return dataset.transpose("replica", ...)


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    records = [_run_network(config, replica, name) for name in NETWORKS]
    return xr.concat(records, dim="network").assign_coords(network=list(NETWORKS)).expand_dims(replica=[replica])


def _run_network(config: Config, replica: int, name: str) -> xr.Dataset:
    A = network(config, replica, name)
    statistics = gaussian_statistics(noise_covariance(A))
    modes = np.linalg.eigh(A)
    x0 = stream(config.seed, replica, Purpose.INITIAL_STATE, arm=NETWORKS.index(name)).random((len(A), config.n_starts))
    records = [
        _costs(A, pruned, modes, x0).expand_dims(rule=[rule], use=[use], diagonal=[diagonal], density=[density])
        for rule, use, diagonal, density, pruned in pruned_networks(config, replica, name, A, statistics)
    ]
    return (
        xr.combine_by_coords(records)
        .sel(rule=list(RULES), use=list(USES), diagonal=list(DIAGONALS))
        .merge(_agreement(config, replica, name, A, statistics))
    )


def pruned_networks(
    config: Config, replica: int, name: str, A: np.ndarray, statistics: Statistics
) -> Iterator[tuple[str, str, str, float, np.ndarray]]:
    """Every pruned network with its rule, use, diagonal and density; both diagonals get the same draw."""
    for rule in RULES:
        score = _score(config, replica, name, rule, A, statistics)
        for density in config.densities:
            P = fill_to_density(A, score_to_use(rule, "strengthen", score), density=density)
            for diagonal in DIAGONALS:
                kept = threshold_prune(A, score, density=density, diagonal=diagonal)
                yield rule, "threshold", diagonal, density, kept
                rng = _stream(config, replica, Purpose.PRUNING, name, rule, config.densities.index(density))
                yield rule, "strengthen", diagonal, density, prune(A, P, diagonal=diagonal, rng=rng)


def _score(config: Config, replica: int, name: str, rule: str, A: np.ndarray, statistics: Statistics) -> np.ndarray:
    W = A - np.diag(np.diagonal(A))
    rng = _stream(config, replica, Purpose.SELECTION, name, rule)
    score = local_score(rule, W, statistics, rng=rng)
    return np.triu(score, 1) + np.triu(score, 1).T


def _stream(config: Config, replica: int, purpose: Purpose, name: str, rule: str, level: int = 0):
    arm = len(RULES) * NETWORKS.index(name) + RULES.index(rule)
    return stream(config.seed, replica, purpose, arm=arm, level=level)


def _costs(A: np.ndarray, pruned: np.ndarray, modes: Modes, x0: np.ndarray) -> xr.Dataset:
    """Divergence in nats a neuron, spectral epsilon, errors of the slow modes, of the activity, and what is left.

    ``slow_error`` is the mean over the slowest modes of the relative error of their quadratic form, ``slow_bias`` the
    same with its sign: where the two have the same size, the errors add up. ``trajectory_error`` is that of the state
    after one time constant of the slowest mode, without input or noise. An unstable network has no stationary law and
    no such state: NaN.
    """
    divergence = stationary_divergence(A, pruned) / len(A)
    stable = bool(np.isfinite(divergence))
    eigenvalues, V = modes[0][-N_SLOW:], modes[1][:, -N_SLOW:]
    relative = np.einsum("im,im->m", V, pruned @ V) / eigenvalues - 1
    off_diagonal = ~np.eye(len(A), dtype=bool)
    left = np.abs(pruned[off_diagonal])
    costs = {
        "divergence": divergence if stable else np.nan,
        "stable": float(stable),
        "spectral_epsilon": spectral_epsilon(A, pruned),
        "slow_error": np.abs(relative).mean(),
        "slow_bias": relative.mean(),
        "trajectory_error": _trajectory_error(modes, np.linalg.eigh(pruned), x0) if stable else np.nan,
        "share_kept": np.count_nonzero(left) / np.count_nonzero(A[off_diagonal]),
        "weight_kept": left.sum() / np.abs(A[off_diagonal]).sum(),
    }
    return xr.Dataset(costs)


def _trajectory_error(modes: Modes, pruned_modes: Modes, x0: np.ndarray) -> float:
    time = -1 / modes[0][-1]
    x, later = (V @ (np.exp(time * eigenvalues)[:, None] * (V.T @ x0)) for eigenvalues, V in (modes, pruned_modes))
    return float(np.mean(np.linalg.norm(later - x, axis=0) / np.linalg.norm(x, axis=0)))


def _agreement(config: Config, replica: int, name: str, A: np.ndarray, statistics: Statistics) -> xr.Dataset:
    """Number of synapses, and rank correlation of every rule's score with the leverage."""
    edges = np.triu(A, 1) != 0
    scores = {rule: _score(config, replica, name, rule, A, statistics)[edges] for rule in RULES}
    ranks = [spearmanr(scores[rule], scores["leverage"]).statistic for rule in RULES]
    return xr.Dataset({"n_edges": int(edges.sum()), "rank_correlation": ("rule", ranks)}, {"rule": list(RULES)})
