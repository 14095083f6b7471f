"""How long noise must be watched before it tells a synapse its diff-covariance (Moore & Chaudhuri 2020, Eq 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    clustered_network,
    diff_covariance,
    noise_covariance,
    relative_sampling_error,
    sampled_diff_covariance,
    stationary_paths,
)

GROUPS = ("large cluster", "small clusters", "between clusters")


@dataclass(frozen=True)
class Config:
    """A stationary recording, cut after growing durations; time in units of the network's own time."""

    sizes: tuple[int, ...]
    scale: str
    n_between: int = 5000
    durations: tuple[float, ...] = (40.0, 160.0, 640.0, 2560.0, 10240.0)
    interval: float = 1.0
    synapses_per_group: int = 400
    seed: int = 1930
    version: int = 2


PRESETS = {
    "book": Config(
        sizes=(40, 40, 40, 280),
        n_between=600,
        durations=(40.0, 160.0, 640.0, 2560.0),
        synapses_per_group=100,
        scale="book",
    ),
    "paper": Config(sizes=(100, 100, 100, 2700), scale="paper"),
}


def network(config: Config, replica: int) -> np.ndarray:
    """The network of one replica, shape (N, N)."""
    rng = stream(config.seed, replica, Purpose.NETWORK)
    return clustered_network(config.sizes, n_between=config.n_between, rng=rng)


def early(config: Config, replica: int) -> xr.Dataset:
    """Mean exact diff-covariance of the chosen synapses, recomputed to check a stored result."""
    A = network(config, replica)
    i, j = _chosen_synapses(config, replica, A)
    return xr.Dataset({"mean_diff_covariance": diff_covariance(A, noise_covariance(A))[i, j].mean()})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Measured and predicted relative error of the diff-covariance against recording time; on the host only."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment convergence: its recordings are made on the host")
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Root mean square over the synapses of a group, and the slope of the error on logarithmic axes."""
    groups = dataset[["error", "predicted"]].stack(choice=("group", "synapse"))
    rms = np.sqrt((dataset[["error", "predicted"]] ** 2).mean("synapse"))
    everything = np.log(np.sqrt((groups["error"] ** 2).mean("choice")))
    log_duration = np.log(dataset["duration"].values)
    slopes = np.polynomial.polynomial.polyfit(log_duration, everything.transpose("duration", "replica").values, 1)[1]
    summary = dataset.drop_vars(["error", "predicted"]).merge(rms)
    summary["slope"] = ("replica", slopes)
    return summary


def _run_replica(config: Config, replica: int) -> xr.Dataset:
    A = network(config, replica)
    i, j = _chosen_synapses(config, replica, A)
    sign = np.sign(A[i, j])
    exact = diff_covariance(A, noise_covariance(A))[i, j]
    n_records = int(max(config.durations) / config.interval)
    rng = stream(config.seed, replica, Purpose.ACTIVITY)
    x = stationary_paths(A, sigma=1.0, interval=config.interval, n_records=n_records, n_copies=1, rng=rng)
    cuts = [x[: int(duration / config.interval)] for duration in config.durations]
    error = [sampled_diff_covariance(cut, i, j, sign) / exact - 1 for cut in cuts]
    error_at_one = relative_sampling_error(A, i, j, sign, duration=1.0, interval=config.interval)
    predicted = error_at_one / np.sqrt(config.durations)[:, None]
    shape = (len(config.durations), len(GROUPS), config.synapses_per_group)
    dims = ("duration", "group", "synapse")
    return xr.Dataset(
        {
            "error": (dims, np.reshape(error, shape)),
            "predicted": (dims, np.reshape(predicted, shape)),
            "mean_diff_covariance": exact.mean(),
        },
        coords={"duration": list(config.durations), "group": list(GROUPS)},
    ).expand_dims(replica=[replica])


def _chosen_synapses(config: Config, replica: int, A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same number of random synapses (i < j) from each group, group after group."""
    rng = stream(config.seed, replica, Purpose.SELECTION)
    cluster = np.repeat(np.arange(len(config.sizes)), config.sizes)
    i, j = np.nonzero(np.triu(A, 1))
    large = int(np.argmax(config.sizes))
    same = cluster[i] == cluster[j]
    members = (same & (cluster[i] == large), same & (cluster[i] != large), ~same)
    chosen = [rng.choice(np.flatnonzero(group), config.synapses_per_group, replace=False) for group in members]
    chosen = np.concatenate(chosen)
    return i[chosen], j[chosen]
