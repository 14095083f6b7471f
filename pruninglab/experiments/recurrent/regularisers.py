"""Other ways to regularise: pruning at one level beside weight decay, noise on the weights, a jolt, and more data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent import dms
from pruninglab.experiments.recurrent.dms_measures import measure
from pruninglab.experiments.recurrent.records import moved, on_host
from pruninglab.experiments.recurrent.starts import example_network
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import (
    Episode,
    Weights,
    dms_conditions,
    dms_trials,
    forward,
    loss_and_gradient,
    magnitude_mask,
    walk_episodes,
)
from pruninglab.rnn.episodes import Walker

SOURCE = "dms"
"""The experiment whose stored unpruned networks are the start; the preset is that of the same name."""
ARMS = ("none", "pruned", "weak decay", "strong decay", "weak noise", "strong noise", "jolt")


@dataclass(frozen=True)
class Config:
    """The unpruned network that `start` leaves at its example level, retrained in several ways, per replica."""

    scale: str
    start: dms.Config
    repeats: tuple[int, ...] = (5, 20, 80)
    n_sets: int = 2
    decays: tuple[float, float] = (1e-5, 1e-4)
    noises: tuple[float, float] = (1e-4, 1e-3)
    n_draws: int = 8
    n_outer: int = 10
    seed: int = 2025
    version: int = 2

    def __post_init__(self) -> None:
        if self.n_sets < 2:
            raise ValueError(f"n_sets must be at least 2, for a variance between sets, got {self.n_sets}")
        if self.n_draws < 1:
            raise ValueError(f"n_draws must be at least 1, got {self.n_draws}")


PRESETS = {
    "book": Config(start=dms.PRESETS["book"], repeats=(5, 20), n_outer=2, n_draws=2, scale="book"),
    "paper": Config(start=dms.PRESETS["paper"], scale="book"),
}


def start(config: Config, replica: int, arm: str, source: xr.Dataset) -> tuple[Weights, np.ndarray | None]:
    """The network of an arm before retraining, E = 1, and its mask, None unless it is pruned.

    The jolt is normal noise on all recurrent weights, scaled to the norm of what pruning takes away.
    """
    weights = example_network(source, replica, "unpruned")
    mask = magnitude_mask(weights.A, config.start.example_level)
    if arm == "pruned":
        return replace(weights, A=weights.A * mask), mask
    if arm == "jolt":
        jolt = stream(config.seed, replica, Purpose.JOLT).standard_normal(weights.A.shape)
        jolt *= np.linalg.norm(weights.A * ~mask) / np.linalg.norm(jolt)
        return replace(weights, A=weights.A + jolt), None
    return weights, None


def training_set(config: Config, replica: int, n_repeats: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and noisy targets, the same for all arms."""
    rng = stream(config.seed, replica, Purpose.TARGET_NOISE, arm=n_repeats, level=number)
    return dms_trials(n_repeats=n_repeats, noise=config.start.noise, rng=rng)


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """Losses of the networks before retraining, on noise-free targets: recomputed as a check."""
    starts = [start(config, replica, arm, source)[0] for arm in ARMS]
    return xr.Dataset(
        {"start_loss": ("arm", [_true_loss(weights)[0] for weights in starts])}, coords={"arm": list(ARMS)}
    )


def run(config: Config, replicas: Sequence[int], *, source: xr.Dataset, xp: ModuleType = np) -> xr.Dataset:
    """Retrain every replica's network in every way, on several training sets of every size."""
    by_size = [_run_size(config, replicas, source, n_repeats, xp) for n_repeats in config.repeats]
    dataset = xr.concat(by_size, dim="repeats").assign_coords(repeats=list(config.repeats)).transpose("replica", ...)
    first = [early(config, replica, source=source) for replica in replicas]
    return dataset.merge(xr.concat(first, dim="replica").assign_coords(replica=list(replicas)))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def weight_noise(config: Config, arm: str, n_weights: int, rng: np.random.Generator) -> np.ndarray | None:
    """Normal noise on all weights, (draws, W), for one outer iteration; None unless the arm has noise.

    Training on the mean loss under such noise is the regulariser of Hinton and van Camp (1993).
    """
    deviation = dict(zip(("weak noise", "strong noise"), config.noises, strict=True)).get(arm)
    return None if deviation is None else deviation * rng.standard_normal((config.n_draws, n_weights))


def _run_size(
    config: Config, replicas: Sequence[int], source: xr.Dataset, n_repeats: int, xp: ModuleType
) -> xr.Dataset:
    by_arm = [_run_arm(config, replicas, source, arm, n_repeats, xp) for arm in ARMS]
    return xr.concat(by_arm, dim="arm").assign_coords(arm=list(ARMS))


def _run_arm(
    config: Config, replicas: Sequence[int], source: xr.Dataset, arm: str, n_repeats: int, xp: ModuleType
) -> xr.Dataset:
    """One arm at a time: each draw of the noise costs a gradient of every network on the bench."""
    decay = dict(zip(("weak decay", "strong decay"), config.decays, strict=True)).get(arm, 0.0)
    trained: dict[tuple[int, int], Weights] = {}

    def walk(replica: int, number: int) -> Walker:
        weights, mask = start(config, replica, arm, source)
        weights = moved(weights, xp.asarray)
        targets = training_set(config, replica, n_repeats, number)[1]
        rng = stream(config.seed, replica, Purpose.WEIGHT_NOISE, arm=n_repeats, level=number)
        for _ in range(config.n_outer):
            noise = weight_noise(config, arm, weights.n_weights, rng)
            episode = Episode(weights, targets, mask, True, max_outer=1, weight_decay=decay, weight_noise=noise)
            weights = (yield episode).weights
        trained[replica, number] = weights

    inputs = xp.asarray(training_set(config, replicas[0], n_repeats, 0)[0])
    sets = range(config.n_sets)
    walk_episodes((walk(replica, number) for replica in replicas for number in sets), inputs, stop=None)
    records = [_record([trained[replica, number] for number in sets]) for replica in replicas]
    return xr.concat(records, dim="replica").assign_coords(replica=list(replicas))


def _record(networks: list[Weights]) -> xr.Dataset:
    """Bias and variance are those of the output over training sets, means over conditions and steps."""
    weights = on_host(networks)
    inputs, targets = dms_conditions()
    outputs = forward(weights, inputs)[1]
    variance = outputs.var(axis=0, ddof=1).mean()
    squared_bias = ((outputs.mean(axis=0) - targets) ** 2).mean() - variance / len(networks)
    measured = measure(weights).rename(network="training_set")
    return measured.assign(
        true_loss=("training_set", _true_loss(weights)), output_variance=variance, squared_bias=squared_bias
    )


def _true_loss(weights: Weights) -> np.ndarray:
    return loss_and_gradient(weights, *dms_conditions())[0]
