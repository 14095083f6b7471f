"""A deep Boltzmann machine learns handwritten digits (Scholl, Rule & Hennig 2021, Fig 3A), before any pruning."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.boltzmann import (
    DBM,
    RBM,
    apply_mask,
    assemble,
    hidden_probability,
    initial_rbm,
    receptive_fields,
    train_cd,
    train_dbm,
)
from pruninglab.experiments.boltzmann.digits import Digits, baselines, digits
from pruninglab.experiments.boltzmann.machine import FIELDS, Sampling, coincidences, measure
from pruninglab.experiments.streams import Purpose, stream

FIRST, SECOND, JOINT = range(3)
"""The first pair of layers is trained alone, then the second, then all together."""
CHECKED = 300
"""Pictures of the bundled digits that the quick check of a stored result learns from."""


@dataclass(frozen=True)
class Config:
    """One machine per replica: two pairs of layers are trained alone, put together, and trained jointly."""

    scale: str
    data: str = "mnist"
    side: int = 20
    reach: int = 2
    n_second: int = 676
    n_train: int = 60_000
    n_test: int = 10_000
    first_rates: tuple[float, float] = (1e-2, 1e-4)
    """Learning rate of the first and of the last epoch; equal ratios between."""
    second_rates: tuple[float, float] = (1e-1, 1e-4)
    joint_rates: tuple[float, float] = (1e-1, 1e-4)
    n_epochs: int = 20
    """Of each of the three periods."""
    batch_size: int = 1
    n_particles: int = 100
    max_norm: float = 6.0
    tolerance: float = 1e-7
    """Of the mean field."""
    max_iterations: int = 50
    n_samples: int = 60_000
    steps_between: int = 200
    seed: int = 2023
    version: int = 3


PRESETS = {
    "book": Config(
        data="small_digits",
        side=8,
        reach=1,
        n_second=60,
        n_train=1000,
        n_test=500,
        n_epochs=2,
        batch_size=10,
        n_particles=50,
        tolerance=1e-3,
        n_samples=200,
        steps_between=5,
        scale="book",
    ),
    "reduced": Config(
        first_rates=(1e-1, 1e-3),
        second_rates=(1.0, 1e-3),
        joint_rates=(3e-2, 1e-4),
        n_epochs=5,
        batch_size=100,
        tolerance=1e-3,
        steps_between=50,
        scale="reduced",
    ),
    "paper": Config(scale="paper"),
}


def momenta(n_epochs: int) -> np.ndarray:
    """0.5 for five epochs, then 0.9."""
    return np.where(np.arange(n_epochs) < 5, 0.5, 0.9)


def early(config: Config, replica: int) -> xr.Dataset:
    """A pair of layers after an epoch on the bundled digits, recomputed to check a stored result."""
    x = digits("small_digits", CHECKED, CHECKED).x
    rng = [stream(config.seed, replica, Purpose.CONTRASTIVE_DIVERGENCE, level=FIRST)]
    small = initial_rbm(x, config.n_second, rng, visible_bias=-1.0)[0]
    small = train_cd(small, x, epochs=1, learning_rate=config.first_rates[0], batch_size=10, bottom_up=2.0, rng=rng)
    return xr.Dataset({f"checked_{name}": float(abs(getattr(small, name)).mean()) for name in "Wbc"})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Train and measure the machines of all replicas, one after the other."""
    known = digits(config.data, config.n_train, config.n_test)
    records = [_run_replica(config, replica, known, xp).merge(early(config, replica)) for replica in replicas]
    return xr.concat(records, dim="replica").assign_coords(replica=list(replicas))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _run_replica(config: Config, replica: int, known: Digits, xp: ModuleType) -> xr.Dataset:
    dbm, particles = trained(config, replica, known.x, xp)
    sampling = Sampling(config.n_samples, config.steps_between)
    rng = [stream(config.seed, replica, Purpose.CHAINS)]
    counts, v = coincidences(dbm, particles, sampling, rng)
    machine = xr.Dataset({name: (dims, to_numpy(getattr(dbm, name))) for name, dims in FIELDS.items()})
    rng = stream(config.seed, replica, Purpose.EVALUATION)
    known_before = baselines(config.data, config.n_train, config.n_test, rng)
    return machine.merge(counts).merge(measure(config, dbm, counts, v)).assign(known_before)


def trained(config: Config, replica: int, x: np.ndarray, xp: ModuleType):
    """The machine after all three periods of training, and its particles."""
    mask = receptive_fields(config.side, config.reach)
    first = _pair(config, replica, x, mask, xp, period=FIRST)
    rng = [stream(config.seed, replica, Purpose.SELECTION)]
    hidden = to_numpy(hidden_probability(RBM(2 * first.W, first.b, 2 * first.c), x))
    codes = (rng[0].random(hidden.shape, dtype=hidden.dtype) < hidden).astype(np.uint8)
    second = _pair(config, replica, codes, np.ones((codes.shape[1], config.n_second), dtype=bool), xp, period=SECOND)
    return retrained(
        config,
        assemble(first, second),
        (mask, np.ones(second.W.shape, dtype=bool)),
        x,
        epochs=config.n_epochs,
        batch_size=config.batch_size,
        rng=[stream(config.seed, replica, Purpose.CONTRASTIVE_DIVERGENCE, level=JOINT)],
    )


def retrained(config: Config, dbm: DBM, masks, x: np.ndarray, *, epochs: int, batch_size: int, rng: list):
    """Joint training; shorter ones use the first of the learning rates of `n_epochs`, as after a pruning."""
    return train_dbm(
        dbm,
        x,
        epochs=epochs,
        learning_rate=np.geomspace(*config.joint_rates, config.n_epochs)[:epochs],
        momentum=momenta(epochs),
        batch_size=batch_size,
        n_particles=config.n_particles,
        max_norm=config.max_norm,
        masks=masks,
        tolerance=config.tolerance,
        max_iterations=config.max_iterations,
        rng=rng,
    )


def _pair(config: Config, replica: int, x: np.ndarray, mask: np.ndarray, xp: ModuleType, *, period: int) -> RBM:
    """One pair of layers, trained alone with the input from the missing neighbour replaced by doubling the other."""
    initial = [stream(config.seed, replica, Purpose.INITIAL_WEIGHTS, level=period)]
    start = apply_mask(initial_rbm(x, mask.shape[1], initial, visible_bias=-1.0)[0], mask)
    return train_cd(
        RBM(*(xp.asarray(getattr(start, name)) for name in "Wbc")),
        x,
        epochs=config.n_epochs,
        learning_rate=np.geomspace(*(config.second_rates if period == SECOND else config.first_rates), config.n_epochs),
        momentum=momenta(config.n_epochs),
        batch_size=config.batch_size,
        mask=mask,
        bottom_up=2.0 if period == FIRST else 1.0,
        top_down=2.0 if period == SECOND else 1.0,
        rng=[stream(config.seed, replica, Purpose.CONTRASTIVE_DIVERGENCE, level=period)],
    )
