"""Averbeck 2022, Fig S2A: networks pruned before they learn anything, against networks that keep all synapses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.dms_measures import measure
from pruninglab.experiments.recurrent.lines import LINES
from pruninglab.experiments.recurrent.records import moved, on_host, training_record
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import (
    Episode,
    TrainingResult,
    Weights,
    dms_stop,
    dms_trials,
    initial_weights,
    loss_and_gradient,
    magnitude_mask,
    train_episodes,
)

ARMS = {"unpruned": 0, "pruned": 1, "corrected": 1}
"""The two pruned lines have one network and one training set, the unpruned line has others."""


@dataclass(frozen=True)
class Config:
    """One pair of untrained networks per replica."""

    scale: str
    level: float = 0.7
    n_units: int = 30
    n_repeats: int = 5
    noise: float = 0.1
    n_outer: int = 50
    seed: int = 2023
    version: int = 1


PRESETS = {"book": Config(n_units=10, n_outer=10, scale="book"), "paper": Config(scale="paper")}


def untrained(config: Config, replica: int, line: str) -> tuple[Weights, np.ndarray | None]:
    """The network of one line before any training, E = 1, and its mask, None if it is unpruned."""
    rng = stream(config.seed, replica, Purpose.INITIAL_WEIGHTS, arm=ARMS[line])
    weights = initial_weights(1, "dms", [rng], n_units=config.n_units)
    if line == "unpruned":
        return weights, None
    mask = magnitude_mask(weights.A, config.level)
    return replace(weights, A=weights.A * mask), mask


def training_set(config: Config, replica: int, line: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and noisy targets."""
    rng = stream(config.seed, replica, Purpose.TARGET_NOISE, arm=ARMS[line])
    return dms_trials(n_repeats=config.n_repeats, noise=config.noise, rng=rng)


def early(config: Config, replica: int) -> xr.Dataset:
    """Losses before any training: recomputed as a check."""
    losses = [
        loss_and_gradient(untrained(config, replica, line)[0], *training_set(config, replica, line))[0][0]
        for line in LINES
    ]
    return xr.Dataset({"untrained_loss": ("line", losses)}, coords={"line": list(LINES)})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Train the networks of all replicas and lines side by side, for a fixed number of outer iterations."""

    def episode(replica: int, line: str) -> Episode:
        weights, mask = untrained(config, replica, line)
        _, targets = training_set(config, replica, line)
        return Episode(
            moved(weights, xp.asarray), targets, mask, line == "corrected", config.n_outer, fixed_length=True
        )

    inputs = xp.asarray(training_set(config, replicas[0], "unpruned")[0])
    episodes = [episode(replica, line) for replica in replicas for line in LINES]
    results = iter(train_episodes(episodes, inputs, stop=dms_stop))
    records = [_record(config, replica, list(islice(results, len(LINES)))) for replica in replicas]
    return xr.concat(records, dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _record(config: Config, replica: int, results: list[TrainingResult]) -> xr.Dataset:
    measured = measure(on_host([result.weights for result in results])).rename(network="line")
    dataset = measured.assign(training_record(results, "line")).assign_coords(line=list(LINES))
    return dataset.merge(early(config, replica)).expand_dims(replica=[replica])
