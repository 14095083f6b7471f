"""Averbeck 2022, Fig S2B: trained networks, pruned and unpruned, learn the task again with new cues."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent import dms
from pruninglab.experiments.recurrent.lines import LINES
from pruninglab.experiments.recurrent.records import moved, on_host, training_record
from pruninglab.experiments.recurrent.starts import example_network
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import (
    Episode,
    TrainingResult,
    dms_conditions,
    dms_correct,
    dms_stop,
    forward,
    loss_and_gradient,
    magnitude_mask,
    new_cue_conditions,
    new_cue_trials,
    train_episodes,
)
from pruninglab.rnn.dms import RESPONSE_STEPS, same_side
from pruninglab.rnn.new_cues import READINGS

SOURCE = "dms"
"""The experiment whose stored networks are the start; the preset is that of the same name."""


@dataclass(frozen=True)
class Config:
    """The networks that `start` leaves at its example level, three lines per replica."""

    scale: str
    start: dms.Config
    n_outer: int = 50
    seed: int = 2024
    version: int = 1


PRESETS = {
    "book": Config(start=dms.PRESETS["book"], n_outer=6, scale="book"),
    "paper": Config(start=dms.PRESETS["paper"], scale="paper"),
}


def training_set(config: Config, replica: int, reading: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and noisy targets, the same for all lines."""
    rng = stream(config.seed, replica, Purpose.TARGET_NOISE, arm=READINGS.index(reading))
    return new_cue_trials(reading, n_repeats=config.start.n_repeats, noise=config.start.noise, rng=rng)


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """Losses on the new task before any training on it: recomputed as a check."""
    losses = [
        [
            loss_and_gradient(example_network(source, replica, line), *training_set(config, replica, reading))[0][0]
            for line in LINES
        ]
        for reading in READINGS
    ]
    return xr.Dataset(
        {"start_loss": (("reading", "line"), losses)}, coords={"reading": list(READINGS), "line": list(LINES)}
    )


def run(config: Config, replicas: Sequence[int], *, source: xr.Dataset, xp: ModuleType = np) -> xr.Dataset:
    """Train the networks of all replicas and lines, on each reading of the task apart, side by side."""
    readings = [_run_reading(config, replicas, source, reading, xp) for reading in READINGS]
    dataset = xr.concat(readings, dim="reading").assign_coords(reading=list(READINGS)).transpose("replica", ...)
    start = [early(config, replica, source=source) for replica in replicas]
    return dataset.merge(xr.concat(start, dim="replica").assign_coords(replica=list(replicas)))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _run_reading(
    config: Config, replicas: Sequence[int], source: xr.Dataset, reading: str, xp: ModuleType
) -> xr.Dataset:
    def episode(replica: int, line: str) -> Episode:
        weights = example_network(source, replica, line)
        mask = None if line == "unpruned" else magnitude_mask(weights.A, config.start.example_level)
        _, targets = training_set(config, replica, reading)
        return Episode(
            moved(weights, xp.asarray), targets, mask, line == "corrected", config.n_outer, fixed_length=True
        )

    inputs = xp.asarray(training_set(config, replicas[0], reading)[0])
    episodes = [episode(replica, line) for replica in replicas for line in LINES]
    results = iter(train_episodes(episodes, inputs, stop=dms_stop))
    records = [_record(reading, list(islice(results, len(LINES)))) for _ in replicas]
    return xr.concat(records, dim="replica").assign_coords(replica=list(replicas))


def _record(reading: str, results: list[TrainingResult]) -> xr.Dataset:
    weights = on_host([result.weights for result in results])
    inputs, targets = new_cue_conditions(reading)
    learned = same_side(forward(weights, inputs)[1], targets[:, RESPONSE_STEPS, 0].mean(axis=-1))
    kept = dms_correct(forward(weights, dms_conditions()[0])[1])
    shares = {"share_correct": ("line", learned.mean(axis=-1)), "share_correct_old": ("line", kept.mean(axis=-1))}
    return xr.Dataset(shares | training_record(results, "line"), coords={"line": list(LINES)})
