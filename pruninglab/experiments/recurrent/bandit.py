"""Averbeck 2022, Figs 6 and 7: a population that learns which option pays, pruned level by level or only retrained."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.experiments.recurrent.bandit_measures import WEIGHT_DIMS, describe, measure
from pruninglab.experiments.recurrent.lines import INITIAL_ARM, LINES, PRUNED_ARM, STAGES, UNPRUNED_ARM, Trained
from pruninglab.experiments.recurrent.records import moved, on_host, training_record
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import (
    Blocks,
    Episode,
    TrainingResult,
    Weights,
    bandit_blocks,
    bandit_stop,
    initial_weights,
    loss_and_gradient,
    magnitude_mask,
    walk_episodes,
)
from pruninglab.rnn.bandit import TRAINING_EPSILON, batch_lengths
from pruninglab.rnn.episodes import Walker, in_succession

STARTS = ("same batch", "fresh batch")
"""Two ends of the initial training. Under the first it ends as soon as the criterion is met on the batch at hand, as in
the authors' code. Under the second it ends when a fresh batch, the eleventh or later, has a loss below `FRESH_LOSS`
before any training on it. The pilot `bandit_start` has settled that the population uses the first."""
FRESH_LOSS, FEWEST_BATCHES = 0.015, 10
INITIAL_FADE, RETRAINING_FADE = 100, 10
"""Outer iterations over which the probability of random actions falls to 0."""
Training = Generator[Episode, TrainingResult, TrainingResult]
# It yields the episodes of one training, batch after batch, and returns their results as one.


@dataclass(frozen=True)
class Config:
    """One initial network per replica, and what becomes of it along each line."""

    scale: str
    levels: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    example_level: float = 0.7
    lines: tuple[str, ...] = LINES
    start: str = "same batch"
    n_units: int = 20
    n_blocks: int = 24
    noise: float = 0.1
    """Variance."""
    shared_noise: bool = True
    n_outer: int = 39
    renewal: int = 20
    """A new batch is played before every outer iteration whose number it divides."""
    max_initial: int = 1000
    n_fresh: tuple[int, int, int] = (24, 64, 48)
    seed: int = 2026
    version: int = 1

    def __post_init__(self) -> None:
        if self.example_level not in self.levels:
            raise ValueError(f"example_level must be one of levels {self.levels}, got {self.example_level}")
        if not set(self.lines) <= set(LINES):
            raise ValueError(f"lines must be some of {LINES}, got {self.lines}")
        if self.start not in STARTS:
            raise ValueError(f"start must be one of {STARTS}, got {self.start!r}")


PRESETS = {
    "book": Config(
        levels=(0.3, 0.7), n_units=12, n_blocks=8, n_outer=5, renewal=3, max_initial=5, n_fresh=(8, 16, 8), scale="book"
    ),
    "paper": Config(scale="paper"),
    "low-noise": Config(noise=0.01, lines=LINES[:2], scale="paper"),
    "high-noise": Config(noise=1.0, lines=LINES[:2], scale="paper"),
    "independent-noise": Config(shared_noise=False, lines=LINES[:2], scale="paper"),
    "long-start": Config(start="fresh batch", scale="paper"),
    "ten-units": Config(n_units=10, lines=LINES[:2], scale="paper"),
}


def untrained(config: Config, replica: int) -> Weights:
    """The network of one replica before any training, E = 1."""
    rng = stream(config.seed, replica, Purpose.INITIAL_WEIGHTS)
    return initial_weights(1, "bandit", [rng], n_units=config.n_units)


def early(config: Config, replica: int) -> xr.Dataset:
    """Loss and gradient on the first batch before any training: recomputed as a check."""
    weights = untrained(config, replica)
    rng = stream(config.seed, replica, Purpose.BLOCKS, arm=INITIAL_ARM)
    blocks = play(config, weights, TRAINING_EPSILON, 0.0, rng)
    loss, gradient = loss_and_gradient(weights, blocks.inputs, blocks.targets)
    squares = sum(float((getattr(gradient, name) ** 2).sum()) for name in ("A", "B", "C"))
    return xr.Dataset({"untrained_loss": float(loss[0]), "untrained_gradient": np.sqrt(squares)})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Train, prune and retrain the networks of all replicas side by side; on the device of the array library `xp`."""
    first = initial_trainings(config, replicas, xp)
    lines: dict[tuple[int, str], list[Trained]] = {(replica, line): [] for replica in replicas for line in config.lines}
    walks = (_line_walk(config, replica, line, first[replica].weights, done) for (replica, line), done in lines.items())
    walk_episodes(walks, None, stop=bandit_stop)
    parts = []
    for replica in replicas:
        records = [_line_record(config, replica, lines[replica, line]) for line in config.lines]
        dataset = xr.concat(records, dim="line").assign_coords(line=list(config.lines))
        dataset = dataset.merge(initial_record(config, replica, first[replica])).merge(early(config, replica))
        parts.append(dataset.expand_dims(replica=[replica]))
    return xr.concat(parts, dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Keep no weights but the example level's."""
    return dataset.drop_vars([f"trained_{name}" for name in WEIGHT_DIMS])


def initial_trainings(config: Config, replicas: Sequence[int], xp: ModuleType) -> dict[int, TrainingResult]:
    """The initial training of every replica, side by side, on noise-free targets."""
    results: dict[int, TrainingResult] = {}

    def walk(replica: int) -> Walker:
        weights = moved(untrained(config, replica), xp.asarray)
        rng = stream(config.seed, replica, Purpose.BLOCKS, arm=INITIAL_ARM)
        fewest = 0 if config.start == "same batch" else FEWEST_BATCHES
        results[replica] = yield from train(
            config, weights, rng, n_outer=config.max_initial, fade=INITIAL_FADE, noise=0.0, fewest=fewest
        )

    walk_episodes((walk(replica) for replica in replicas), None, stop=bandit_stop)
    return results


def train(
    config: Config,
    weights: Weights,
    rng: np.random.Generator,
    *,
    n_outer: int,
    fade: int,
    noise: float,
    fewest: int = 0,
    mask: np.ndarray | None = None,
    mask_residual: bool = False,
) -> Training:
    """Train a network on batches that it plays itself; see `STARTS` for `fewest`, 0 in the first of the two."""
    results, done = [], 0
    for number, length in enumerate(batch_lengths(n_outer, config.renewal)):
        epsilon = TRAINING_EPSILON * max(0.0, 1 - (done + 1) / fade) if number else TRAINING_EPSILON
        blocks = play(config, moved(weights, to_numpy), epsilon, noise, rng)
        if fewest and number >= fewest and _loss(blocks) < FRESH_LOSS:
            break
        result = yield Episode(
            weights, blocks.targets[0], mask, mask_residual, max_outer=length, inputs=blocks.inputs[0]
        )
        weights, done = result.weights, done + int(result.outer[0])
        results.append(result)
        if result.converged[0] and not fewest:
            break
    return in_succession(results)


def play(config: Config, weights: Weights, epsilon: float, noise: float, rng: np.random.Generator) -> Blocks:
    """A training batch of one network."""
    return bandit_blocks(
        weights, n_blocks=config.n_blocks, epsilon=epsilon, noise=noise, rng=[rng], shared_noise=config.shared_noise
    )


def _line_walk(config: Config, replica: int, line: str, weights: Weights, done: list[Trained]) -> Walker:
    """One line: at each level prune, unless it is the unpruned line, and retrain on new blocks."""
    arm = UNPRUNED_ARM if line == "unpruned" else PRUNED_ARM
    for number, level in enumerate(config.levels):
        mask = None
        if line != "unpruned":
            mask = magnitude_mask(weights.A, level)
            weights = replace(weights, A=weights.A * mask)
        before = weights
        result = yield from retrain(config, replica, weights, arm, number, mask, line == "corrected")
        weights = result.weights
        done.append((before, result))


def retrain(
    config: Config,
    replica: int,
    weights: Weights,
    arm: int,
    level: int,
    mask: np.ndarray | None = None,
    mask_residual: bool = False,
) -> Training:
    """The training at one level, given by its number."""
    rng = stream(config.seed, replica, Purpose.BLOCKS, arm=arm, level=level)
    how = {"n_outer": config.n_outer, "fade": RETRAINING_FADE, "noise": config.noise}
    return (yield from train(config, weights, rng, mask=mask, mask_residual=mask_residual, **how))


def _line_record(config: Config, replica: int, done: list[Trained]) -> xr.Dataset:
    before, after = (on_host([weights for weights, _ in done]), on_host([result.weights for _, result in done]))
    measured = [measure(weights, config.n_fresh, _fresh_streams(config, replica)) for weights in (before, after)]
    record = xr.concat(measured, dim="stage").transpose("network", ...)
    record = record.assign(training_record([_padded(result, config.n_outer) for _, result in done], "network"))
    trained = {f"trained_{name}": (("network", *dims), getattr(after, name)) for name, dims in WEIGHT_DIMS.items()}
    record = record.assign(trained).rename(network="level").assign_coords(level=list(config.levels), stage=list(STAGES))
    example = config.levels.index(config.example_level)
    chosen = slice(example, example + 1)
    return record.merge(
        describe(after[chosen], config.n_fresh, _fresh_streams(config, replica)[chosen]).isel(network=0)
    )


def initial_record(config: Config, replica: int, result: TrainingResult) -> xr.Dataset:
    """How the initial training went and what it gave, each variable's name beginning with ``initial``."""
    rng = stream(config.seed, replica, Purpose.EVALUATION, arm=INITIAL_ARM)
    record = measure(on_host([result.weights]), config.n_fresh, [rng])
    record = record.assign(training_record([result], "network")).isel(network=0).drop_vars("logged_loss")
    return record.rename({name: f"initial_{name}" for name in record.data_vars})


def _fresh_streams(config: Config, replica: int) -> list[np.random.Generator]:
    """The same for all lines and stages, so that differences between them are not those of luck."""
    levels = range(len(config.levels))
    return [stream(config.seed, replica, Purpose.EVALUATION, arm=PRUNED_ARM, level=number) for number in levels]


def _loss(blocks: Blocks) -> float:
    return float(((blocks.outputs - blocks.targets) ** 2).sum(axis=-1).mean())


def _padded(result: TrainingResult, n_outer: int) -> TrainingResult:
    """With room for the losses of all outer iterations, also those that were not needed."""
    missing = n_outer - result.logged_loss.shape[1]
    return replace(result, logged_loss=np.pad(result.logged_loss, ((0, 0), (0, missing)), constant_values=np.nan))
