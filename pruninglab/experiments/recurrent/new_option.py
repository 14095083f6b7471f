"""Averbeck 2022, Fig S4: trained networks, pruned and unpruned, learn to choose between an old option and a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent import bandit
from pruninglab.experiments.recurrent.lines import LINES
from pruninglab.experiments.recurrent.records import moved, on_host, training_record
from pruninglab.experiments.recurrent.starts import example_network
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import (
    Blocks,
    Episode,
    TrainingResult,
    agreement,
    bandit_blocks,
    loss_and_gradient,
    magnitude_mask,
    train_episodes,
    value_error,
)
from pruninglab.rnn.bandit import TASKS, TRAINING_EPSILON

SOURCE = "bandit"
"""The experiment whose stored networks are the start; the preset is that of the same name."""


@dataclass(frozen=True)
class Config:
    """The networks that `start` leaves at its example level, three lines per replica."""

    scale: str
    start: bandit.Config
    n_blocks: int = 24
    noise: float = 0.0
    """Variance."""
    n_outer: int = 39
    n_fresh: int = 64
    seed: int = 2027
    version: int = 1


PRESETS = {
    "book": Config(start=bandit.PRESETS["book"], n_blocks=8, n_outer=5, n_fresh=16, scale="book"),
    "paper": Config(start=bandit.PRESETS["paper"], scale="paper"),
}


def training_batch(config: Config, replica: int, line: str, source: xr.Dataset) -> Blocks:
    """The batch that a network plays before it learns anything new; the random numbers are the same for all lines."""
    rng = stream(config.seed, replica, Purpose.BLOCKS)
    weights = example_network(source, replica, line)
    how = {"n_blocks": config.n_blocks, "epsilon": TRAINING_EPSILON, "noise": config.noise}
    return bandit_blocks(weights, **how, rng=[rng], task="new option")


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """Loss of every line on its batch before any training on it: recomputed as a check."""
    losses = []
    for line in LINES:
        batch = training_batch(config, replica, line, source)
        losses.append(loss_and_gradient(example_network(source, replica, line), batch.inputs, batch.targets)[0][0])
    return xr.Dataset({"start_loss": ("line", losses)}, coords={"line": list(LINES)})


def run(config: Config, replicas: Sequence[int], *, source: xr.Dataset, xp: ModuleType = np) -> xr.Dataset:
    """Train the networks of all replicas and lines side by side, each on its own batch, with no early end."""

    def episode(replica: int, line: str) -> Episode:
        weights = example_network(source, replica, line)
        mask = None if line == "unpruned" else magnitude_mask(weights.A, config.start.example_level)
        batch = training_batch(config, replica, line, source)
        targets, inputs = xp.asarray(batch.targets[0]), xp.asarray(batch.inputs[0])
        residual = line == "corrected"
        return Episode(moved(weights, xp.asarray), targets, mask, residual, config.n_outer, inputs=inputs)

    episodes = [episode(replica, line) for replica in replicas for line in LINES]
    results = iter(train_episodes(episodes, None, stop=None))
    records = [_record(config, replica, list(islice(results, len(LINES)))) for replica in replicas]
    start = [early(config, replica, source=source) for replica in replicas]
    dataset = xr.concat(records, dim="replica").merge(xr.concat(start, dim="replica"))
    return dataset.assign_coords(replica=list(replicas))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _record(config: Config, replica: int, results: list[TrainingResult]) -> xr.Dataset:
    """How the trainings of all lines went, and how their networks do on fresh blocks of the new task and the old."""
    weights = on_host([result.weights for result in results])
    measured = []
    for number, task in enumerate(TASKS):
        rng = [stream(config.seed, replica, Purpose.EVALUATION, arm=number) for _ in LINES]
        how = {"n_blocks": config.n_fresh, "epsilon": TRAINING_EPSILON, "noise": 0.0}
        blocks = bandit_blocks(weights, **how, rng=rng, task=task)
        found = {"agreement": ("line", agreement(blocks)), "value_error": ("line", value_error(blocks))}
        measured.append(xr.Dataset(found))
    record = xr.concat(measured, dim="task").assign_coords(task=list(TASKS), line=list(LINES))
    return record.assign(training_record(results, "line"))
