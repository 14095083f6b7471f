"""Moore & Chaudhuri 2020, section 6: noise-prune on networks of rectified-linear neurons."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr
from scipy.linalg import expm

from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    bridge_network,
    clustered_network,
    degree_probabilities,
    diff_covariance,
    euler_covariance,
    fill_to_density,
    noise_covariance,
    preservation_probabilities,
    prune,
    sampled_diff_covariance,
    simulate,
    spectral_epsilon,
    weight_probabilities,
)

RULES = ("noise-prune", "weight", "degree")
SWITCH_TIMES = (0.1, 1.0, 10.0, 50.0)


@dataclass(frozen=True)
class Config:
    """A network for the dynamics and a smaller one for recordings; time in units of the network's own time."""

    sizes: tuple[int, ...]
    n_between: int = 5000
    density: float = 0.2
    active_shares: tuple[float, ...] = (0.1, 0.3, 0.5, 0.9)
    sets_per_share: int = 3
    dt: float = 0.05
    duration: float = 40.0
    n_runs: int = 10
    n_clusters: int = 4
    cluster_size: int = 30
    mean_degree: float = 12.0
    excitations: tuple[float, ...] = (-4.0, -2.0, -1.0, 0.0, 1.0, 4.0)
    recording: float = 1000.0
    recording_dt: float = 0.01
    n_copies: int = 16
    scale: str = "book"
    seed: int = 2012
    version: int = 1


# The paper has no such experiment, so the scale of both presets is "book".
PRESETS = {
    "book": Config(
        sizes=(200, 40, 160),
        n_between=200,
        sets_per_share=1,
        duration=20.0,
        n_runs=3,
        cluster_size=15,
        mean_degree=8.0,
        excitations=(-4.0, 0.0, 4.0),
        recording=50.0,
    ),
    "paper": Config(sizes=(1000, 200, 800)),
}


def network(config: Config, replica: int) -> np.ndarray:
    """The network of one replica whose dynamics are compared, shape (N, N)."""
    rng = stream(config.seed, replica, Purpose.NETWORK)
    return clustered_network(config.sizes, n_between=config.n_between, rng=rng)


def recorded_network(config: Config, replica: int) -> tuple[np.ndarray, np.ndarray]:
    """The smaller network of one replica whose noise is recorded, and its bridges."""
    return bridge_network(
        n_clusters=config.n_clusters,
        cluster_size=config.cluster_size,
        mean_degree=config.mean_degree,
        rng=stream(config.seed, replica, Purpose.NETWORK, arm=1),
    )


def active(A: np.ndarray, x: np.ndarray, b: np.ndarray | float) -> np.ndarray:
    """Whether the input to each neuron, Wx + b, is above threshold; `x` has shape (N, R)."""
    return A @ x - A.diagonal()[:, None] * x + b > 0


def early(config: Config, replica: int) -> xr.Dataset:
    """What exact and covariance-free probabilities give the bridges of one replica's recorded network."""
    A, bridges = recorded_network(config, replica)
    exact = preservation_probabilities(A, noise_covariance(A), density=config.density)
    return xr.Dataset(_bridge_facts(config, A, bridges, exact))


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Active sub-networks, rectified dynamics and rectified recordings; on the host only."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment rectified: its solvers are SciPy's")
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    A = network(config, replica)
    probabilities = {
        "noise-prune": preservation_probabilities(A, noise_covariance(A), density=config.density),
        "weight": weight_probabilities(A, density=config.density),
        "degree": degree_probabilities(A, density=config.density),
    }
    pruned = {rule: _prune(config, replica, A, rule, P) for rule, P in probabilities.items()}
    parts = [
        _run_subnetworks(config, replica, A, pruned["noise-prune"]),
        _run_dynamics(config, replica, A, pruned),
        _run_recordings(config, replica),
    ]
    return xr.merge(parts).expand_dims(replica=[replica])


def _prune(config: Config, replica: int, A: np.ndarray, rule: str, P: np.ndarray) -> np.ndarray:
    return prune(A, P, rng=stream(config.seed, replica, Purpose.PRUNING, arm=RULES.index(rule)))


def _run_subnetworks(config: Config, replica: int, A: np.ndarray, pruned: np.ndarray) -> xr.Dataset:
    """Spectral epsilon of random active sub-networks, and of the whole."""
    rng = stream(config.seed, replica, Purpose.SELECTION)
    epsilons = np.empty((len(config.active_shares), config.sets_per_share))
    for place in np.ndindex(*epsilons.shape):
        chosen = np.sort(rng.choice(len(A), int(config.active_shares[place[0]] * len(A)), replace=False))
        square = np.ix_(chosen, chosen)
        epsilons[place] = spectral_epsilon(A[square], pruned[square])
    return xr.Dataset(
        {"active_epsilon": (("share", "set"), epsilons), "spectral_epsilon": spectral_epsilon(A, pruned)},
        coords={"share": list(config.active_shares)},
    )


def _run_dynamics(config: Config, replica: int, A: np.ndarray, pruned: dict[str, np.ndarray]) -> xr.Dataset:
    """Relative error and overlap of the active sets over time, means over runs with random input and start."""
    rng = stream(config.seed, replica, Purpose.INITIAL_STATE)
    b = rng.normal(size=(len(A), config.n_runs))
    x0 = rng.uniform(size=(len(A), config.n_runs))
    every = round(1 / config.dt)
    settings = {"x0": x0, "b": b, "dt": config.dt, "rectified": True, "record_every": every}
    settings |= {"n_steps": round(config.duration / config.dt), "rng": rng}
    original = simulate(A, **settings)
    sets = np.array([active(A, x, b) for x in original])
    errors, overlaps = [], []
    for matrix in pruned.values():
        x_pruned = simulate(matrix, **settings)
        errors.append((np.linalg.norm(x_pruned - original, axis=1) / np.linalg.norm(original, axis=1)).mean(axis=1))
        others = np.array([active(matrix, x, b) for x in x_pruned])
        overlaps.append(((sets & others).sum(axis=1) / (sets | others).sum(axis=1)).mean(axis=1))
    return xr.Dataset(
        {
            "error": (("rule", "time"), errors),
            "overlap": (("rule", "time"), overlaps),
            "active_share": ("time", sets.mean(axis=(1, 2))),
        },
        coords={"rule": list(pruned), "time": config.dt * every * np.arange(len(original))},
    )


def _run_recordings(config: Config, replica: int) -> xr.Dataset:
    """What synapses of a rectified network learn from its noise under growing excitation; and the switching bound."""
    A, bridges = recorded_network(config, replica)
    i, j = np.nonzero(np.triu(A, 1))
    sign = np.sign(A[i, j])
    exact = diff_covariance(A, euler_covariance(A, dt=config.recording_dt))[i, j]
    P = preservation_probabilities(A, noise_covariance(A), density=config.density)
    rows = []
    for level, excitation in enumerate(config.excitations):
        x, silent = _record(config, A, excitation, stream(config.seed, replica, Purpose.ACTIVITY, level=level))
        sampled = sampled_diff_covariance(x, i, j, sign)
        score = np.zeros_like(A)
        score[i, j] = score[j, i] = np.abs(A[i, j]) * sampled
        found = fill_to_density(A, score, density=config.density)
        correlation = np.corrcoef(found[i, j], P[i, j])[0, 1]
        rows.append((np.median(np.abs(sampled / exact - 1)), correlation, found[tuple(bridges.T)].mean(), silent))
    names = ("diff_cov_error", "probability_correlation", "bridge_probability", "silent_share")
    columns = {name: ("excitation", list(column)) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    columns["switch_ratio"] = ("switch_time", _switch_ratios(config, replica, A))
    coordinates = {"excitation": list(config.excitations), "switch_time": list(SWITCH_TIMES)}
    return xr.Dataset(columns | _bridge_facts(config, A, bridges, P), coords=coordinates)


def _bridge_facts(config: Config, A: np.ndarray, bridges: np.ndarray, exact: np.ndarray) -> dict[str, float]:
    """Mean probability of the bridges by the exact covariance and by the degree rule."""
    degree = degree_probabilities(A, density=config.density)
    return {
        "exact_bridge_probability": exact[tuple(bridges.T)].mean(),
        "degree_bridge_probability": degree[tuple(bridges.T)].mean(),
    }


def _record(config: Config, A: np.ndarray, excitation: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Noise of the rectified network with the same input to all, mean taken off, and the share of silent neurons.

    The first tenth is thrown away. The start is the fixed point.
    """
    fixed_point = np.maximum(np.linalg.solve(-A, np.full(len(A), excitation)), 0)
    x = simulate(
        A,
        x0=np.repeat(fixed_point[:, None], config.n_copies, axis=1),
        b=excitation,
        sigma=1.0,
        dt=config.recording_dt,
        n_steps=round(config.recording / config.recording_dt),
        record_every=round(1 / config.recording_dt),
        rectified=True,
        rng=rng,
    )
    x = x[len(x) // 10 :]
    silent = 1 - np.mean([active(A, record, excitation).mean() for record in x])
    return x - x.mean(axis=(0, 2), keepdims=True), float(silent)


def _switch_ratios(config: Config, replica: int, A: np.ndarray) -> np.ndarray:
    """Effect of silent neurons on the active half after they switched off, over its bound, at growing times."""
    rng = stream(config.seed, replica, Purpose.SELECTION, arm=1)
    order, x0 = rng.permutation(len(A)), rng.uniform(size=len(A))
    on, off = np.array_split(order, 2)
    leak = -A[off, off]
    coupling = A[np.ix_(on, off)]
    joint = np.block([[A[np.ix_(on, on)], coupling], [np.zeros((len(off), len(on))), -np.diag(leak)]])
    start = np.concatenate([np.zeros(len(on)), x0[off]])
    mu, d = np.linalg.eigvalsh(-A[np.ix_(on, on)])[0], leak.min()
    strength = np.linalg.norm(coupling, 2) * np.linalg.norm(x0[off])
    effects = [np.linalg.norm((expm(joint * tau) @ start)[: len(on)]) for tau in SWITCH_TIMES]
    times = np.array(SWITCH_TIMES)
    return np.array(effects) / (strength * (np.exp(-mu * times) - np.exp(-d * times)) / (d - mu))
