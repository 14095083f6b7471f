"""Averbeck 2022, Figs 1 to 5 and S1: a population that does working memory, pruned level by level or only retrained."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.experiments.recurrent.dms_measures import describe, measure
from pruninglab.experiments.recurrent.lines import INITIAL_ARM, LINES, PRUNED_ARM, STAGES, UNPRUNED_ARM, Trained
from pruninglab.experiments.recurrent.records import MATRIX_DIMS, moved, on_host, training_record
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import (
    Episode,
    TrainingResult,
    Weights,
    dms_conditions,
    dms_stop,
    dms_trials,
    forward,
    initial_weights,
    loss_and_gradient,
    magnitude_mask,
    walk_episodes,
)
from pruninglab.rnn.dms import RESPONSE_STEPS
from pruninglab.rnn.episodes import Walker

PAPER_LEVELS = tuple(round(0.1 + 0.05 * i, 2) for i in range(18))
N_LOGGED_STORED = 30
N_WEIGHTS_STORED = 100
"""Networks whose weights at the example level are stored."""


@dataclass(frozen=True)
class Config:
    """One initial network per replica, and what becomes of it along each line."""

    scale: str
    levels: tuple[float, ...] = PAPER_LEVELS
    example_level: float = 0.7
    n_units: int = 30
    n_repeats: int = 5
    noise: float = 0.1
    n_initial_sets: int = 5
    max_outer: int = 100
    seed: int = 2022
    version: int = 1

    def __post_init__(self) -> None:
        if self.example_level not in self.levels:
            raise ValueError(f"example_level must be one of levels {self.levels}, got {self.example_level}")


PRESETS = {
    "book": Config(levels=(0.2, 0.5, 0.7, 0.9), n_units=10, n_initial_sets=1, max_outer=12, scale="book"),
    "paper": Config(scale="paper"),
    "ten-units": Config(n_units=10, scale="paper"),
}


def untrained(config: Config, replica: int) -> Weights:
    """The network of one replica before any training, E = 1."""
    rng = stream(config.seed, replica, Purpose.INITIAL_WEIGHTS)
    return initial_weights(1, "dms", [rng], n_units=config.n_units)


def training_set(config: Config, replica: int, arm: int, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and noisy targets of one episode."""
    rng = stream(config.seed, replica, Purpose.TARGET_NOISE, arm=arm, level=level)
    return dms_trials(n_repeats=config.n_repeats, noise=config.noise, rng=rng)


def early(config: Config, replica: int) -> xr.Dataset:
    """Loss and gradient before any training: recomputed as a check."""
    loss, gradient = loss_and_gradient(untrained(config, replica), *training_set(config, replica, INITIAL_ARM, 0))
    squares = sum(float((to_numpy(getattr(gradient, name)) ** 2).sum()) for name in ("A", "B", "C"))
    return xr.Dataset({"untrained_loss": float(loss[0]), "untrained_gradient": np.sqrt(squares)})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Train, prune and retrain the networks of all replicas side by side; on the device of the array library `xp`."""
    inputs = xp.asarray(training_set(config, 0, INITIAL_ARM, 0)[0])
    first: dict[int, list[TrainingResult]] = {replica: [] for replica in replicas}
    walk_episodes((_initial_walk(config, r, xp, first[r]) for r in replicas), inputs, stop=dms_stop)
    lines: dict[tuple[int, str], list[Trained]] = {(replica, line): [] for replica in replicas for line in LINES}
    starts = {replica: done[-1].weights for replica, done in first.items()}
    walks = (_line_walk(config, replica, line, starts[replica], done) for (replica, line), done in lines.items())
    walk_episodes(walks, inputs, stop=dms_stop)
    parts = []
    for replica in replicas:
        records = [_line_record(config, lines[replica, line]) for line in LINES]
        dataset = xr.concat(records, dim="line").assign_coords(line=list(LINES))
        dataset = dataset.merge(_initial_record(first[replica])).merge(early(config, replica))
        parts.append(dataset.expand_dims(replica=[replica]))
    return xr.concat(parts, dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Keep no weights but the example level's of the first networks, and no logged losses after 30 iterations."""
    summary = dataset.drop_vars(["trained_A", "trained_B", "trained_C", "logged_loss"])
    summary["logged_loss"] = dataset["logged_loss"].isel(iteration=slice(N_LOGGED_STORED))
    for name in ("A", "B", "C"):
        summary[name] = dataset[name].where(dataset["replica"] < N_WEIGHTS_STORED)
    return summary


def _initial_walk(config: Config, replica: int, xp: ModuleType, done: list[TrainingResult]) -> Walker:
    """The initial training: several sets in succession."""
    weights = moved(untrained(config, replica), xp.asarray)
    for number in range(config.n_initial_sets):
        _, targets = training_set(config, replica, INITIAL_ARM, number)
        result = yield Episode(weights, targets, max_outer=config.max_outer)
        weights = result.weights
        done.append(result)


def _line_walk(config: Config, replica: int, line: str, weights: Weights, done: list[Trained]) -> Walker:
    """One line: at each level prune, unless it is the unpruned line, and retrain on a new set."""
    arm = UNPRUNED_ARM if line == "unpruned" else PRUNED_ARM
    for number, level in enumerate(config.levels):
        mask = None
        if line != "unpruned":
            mask = magnitude_mask(weights.A, level)
            weights = replace(weights, A=weights.A * mask)
        before = weights
        _, targets = training_set(config, replica, arm, number)
        result = yield Episode(weights, targets, mask, line == "corrected", config.max_outer)
        weights = result.weights
        done.append((before, result))


def _line_record(config: Config, done: list[Trained]) -> xr.Dataset:
    before, after = (on_host([weights for weights, _ in done]), on_host([result.weights for _, result in done]))
    measured = xr.concat([measure(before), measure(after)], dim="stage").transpose("network", ...)
    results = [result for _, result in done]
    record = measured.assign(training_record(results, "network")).rename(network="level")
    record = record.assign(
        {f"trained_{name}": (("level", *MATRIX_DIMS[name]), getattr(after, name)) for name in MATRIX_DIMS}
    ).assign_coords(level=list(config.levels), stage=list(STAGES))
    example = config.levels.index(config.example_level)
    return record.merge(describe(after[example : example + 1]).isel(network=0))


def _initial_record(done: list[TrainingResult]) -> xr.Dataset:
    weights = on_host([done[-1].weights])
    measured = measure(weights).isel(network=0)
    training = xr.Dataset(training_record(done, "training_set")).drop_vars("logged_loss")
    _, outputs = forward(weights, dms_conditions()[0])
    measured["response"] = ("condition", outputs[0, :, RESPONSE_STEPS, 0].mean(axis=-1))
    record = measured.merge(training)
    return record.rename({name: f"initial_{name}" for name in record.data_vars})
