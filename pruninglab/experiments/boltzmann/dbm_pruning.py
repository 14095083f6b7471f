"""Pruning deep Boltzmann machines by seven rules, or by none (Scholl, Rule & Hennig 2021, Figs 3, 4, S1, S2 Text).

A replica of this experiment is one line of the paper's figures, one machine under one criterion; see `lines`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.boltzmann import (
    DBM,
    apply_masks,
    connected_units,
    prune_dbm,
    receptive_fields,
    remove_dead_ends,
    with_lost_units,
    without_lost_units,
    zero_share,
)
from pruninglab.boltzmann.deep_training import Masks
from pruninglab.boltzmann.pruning import importance
from pruninglab.experiments.boltzmann import dbm as dbm_experiment
from pruninglab.experiments.boltzmann.digits import BASELINES, digits
from pruninglab.experiments.boltzmann.lines import CONTROL, CRITERIA, criterion_of, machine_of
from pruninglab.experiments.boltzmann.machine import (
    COUNTS,
    FIELDS,
    LAYERS,
    Sampling,
    code_error,
    coincidences,
    lost_units,
    measure,
    moments,
    sizes,
)
from pruninglab.experiments.checkpoints import Checkpoint, uninterrupted
from pruninglab.experiments.streams import Purpose, stream

REPLICAS_PER_SOURCE = len(CRITERIA)
CHECKPOINTS = True
"""A line takes the better part of an hour, or a day at the paper's sizes."""
SOURCE = "dbm"
"""The experiment whose stored machines are pruned; the preset is that of the same name."""
MASKS = {"mask1": FIELDS["W1"], "mask2": FIELDS["W2"]}
MEASURED = (
    "error",
    "quality",
    "quality_by_class",
    "diversity",
    "class_share",
    "same_digit",
    "rate_first",
    "rate_second",
    "rate_code",
    *BASELINES,
)
"""What is known of the unpruned machine."""
COUNTS_ZEROS = ("variance_fi", "heuristic_fi", "weighted_fi")
"""Under these a pair that no sample shows together has the lowest score, so the number of samples matters."""
STATE = (*FIELDS, *MASKS, *COUNTS, "n_samples")
"""What an iteration hands to the next; the rest is measured."""


@dataclass(frozen=True)
class Config:
    """From the machine that `start` leaves, prune both layers and retrain, again and again."""

    scale: str
    start: dbm_experiment.Config
    fractions: tuple[float, float] = (0.10, 0.25)
    n_prunings: int = 10
    n_epochs: int = 10
    batch_size: int = 10
    n_samples: int = 60_000
    n_other_samples: int = 60_000
    """Under criteria to which it does not matter whether a score is exactly 0."""
    before: tuple[int, ...] = tuple(range(1, 11))
    """Prunings after which codes are judged before the retraining too."""
    seed: int = 2024
    version: int = 2


PRESETS = {
    "book": Config(
        start=dbm_experiment.PRESETS["book"], n_prunings=2, n_epochs=1, n_samples=200, n_other_samples=200, scale="book"
    ),
    "reduced": Config(
        start=dbm_experiment.PRESETS["reduced"],
        n_epochs=3,
        batch_size=100,
        n_other_samples=5_000,
        before=(1, 4, 7, 10),
        scale="reduced",
    ),
    "paper": Config(start=dbm_experiment.PRESETS["paper"], scale="paper"),
}


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """What the first pruning leaves, before any retraining; recomputed to check a stored result."""
    masks = _prune(config, replica, 1, _start(config, replica, source))[0]
    return xr.Dataset({f"left_{name}": number for name, number in sizes(masks).items()})


def run(
    config: Config,
    replicas: Sequence[int],
    *,
    source: xr.Dataset,
    xp: ModuleType = np,
    checkpoint: Checkpoint = uninterrupted,
) -> xr.Dataset:
    """Prune line after line; every pruning with its retraining is a checkpoint."""
    lines = []
    for replica in replicas:
        line = _line(config, replica, source, xp, checkpoint).merge(early(config, replica, source=source))
        lines.append(line.merge(_before_pruning(config, replica, source)))
    return xr.concat(lines, dim="replica").assign_coords(replica=list(replicas))


def _before_pruning(config: Config, replica: int, source: xr.Dataset) -> xr.Dataset:
    """Size of the unpruned machine, and everything that was measured of it, so that a line can be compared with it."""
    measured = source.sel(replica=machine_of(replica), drop=True)[list(MEASURED)]
    measured = measured.assign(sizes(_masks(_start(config, replica, source))))
    return measured.rename({name: f"unpruned_{name}" for name in measured.data_vars})


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _line(config: Config, replica: int, source: xr.Dataset, xp: ModuleType, checkpoint: Checkpoint) -> xr.Dataset:
    """All iterations of a line; it ends early if a hidden layer has lost all its units, and the rest is NaN."""
    state, iterations = _start(config, replica, source), []
    for iteration in range(1, config.n_prunings + 1):
        masks, record = _prune(config, replica, iteration, state)
        if not all(units.any() for units in connected_units(masks)):
            break
        step = partial(_retrain, config, replica, iteration, state, masks, record, xp)
        state = checkpoint(f"{replica}-{iteration}", step)
        iterations.append(state.drop_vars(STATE).assign_coords(iteration=iteration))
    return xr.concat(iterations, dim="iteration").reindex(iteration=range(1, config.n_prunings + 1))


def _start(config: Config, replica: int, source: xr.Dataset) -> xr.Dataset:
    """The stored machine with all its weights, and the samples that were counted from it."""
    machine = source.sel(replica=machine_of(replica))
    fields = receptive_fields(config.start.side, config.start.reach)
    masks = {"mask1": (MASKS["mask1"], fields), "mask2": (MASKS["mask2"], np.ones(machine["W2"].shape, dtype=bool))}
    return machine[[*FIELDS, *COUNTS, "n_samples"]].drop_vars("replica").assign(masks)


def _prune(config: Config, replica: int, iteration: int, state: xr.Dataset) -> tuple[Masks, xr.Dataset]:
    """Masks of the weights that an iteration leaves, and a record of what it met with."""
    criterion = criterion_of(replica)
    dbm, masks = _machine(state, np), _masks(state)
    statistics = moments(state)
    rng = [stream(config.seed, replica, Purpose.PRUNING, level=iteration)]
    cut = masks
    if criterion != CONTROL:
        cut = prune_dbm(dbm, criterion, config.fractions, masks=masks, statistics=statistics, rng=rng)
    pruned = remove_dead_ends(cut)
    record = lost_units(masks, cut, pruned, statistics[1][1])
    for name, layer, mask, own in zip(LAYERS, dbm.layers(), masks, statistics, strict=True):
        for rule in ("variance_fi", "heuristic_fi"):
            record[f"zeros_{name}_{rule}"] = float(zero_share(importance(layer, rule, statistics=own), mask))
    return pruned, xr.Dataset(record)


def _retrain(
    config: Config,
    replica: int,
    iteration: int,
    state: xr.Dataset,
    masks: Masks,
    record: xr.Dataset,
    xp: ModuleType,
) -> xr.Dataset:
    """Retrain the pruned machine without its lost units, sample it and measure it, before and after."""
    start, known = config.start, digits(config.start.data, config.start.n_train, config.start.n_test)
    pruned = apply_masks(_machine(state, xp), masks)
    small, small_masks = without_lost_units(pruned, masks)
    before = code_error(start, small)[0] if iteration in config.before else np.nan
    # All lines of a machine share the random numbers of a period, as far as their sizes agree.
    rng = [stream(config.seed, machine_of(replica), Purpose.CONTRASTIVE_DIVERGENCE, level=iteration)]
    how = {"epochs": config.n_epochs, "batch_size": config.batch_size, "rng": rng}
    small, particles = dbm_experiment.retrained(start, small, small_masks, known.x, **how)
    n_samples = config.n_samples if criterion_of(replica) in COUNTS_ZEROS else config.n_other_samples
    rng = [stream(config.seed, replica, Purpose.CHAINS, level=iteration)]
    counts, v = coincidences(small, particles, Sampling(n_samples, start.steps_between), rng)
    measured = measure(start, small, counts, v).assign(sizes(masks)).assign(error_before=before)
    _, h1, h2 = connected_units(masks)
    places = {"first": np.flatnonzero(h1), "second": np.flatnonzero(h2)}
    full = {name: state.sizes[name] for name in places}
    counts = counts.assign_coords(places).reindex({name: range(n) for name, n in full.items()}, fill_value=0)
    whole = with_lost_units(small, pruned, masks)
    fields = {name: (dims, to_numpy(getattr(whole, name))) for name, dims in FIELDS.items()}
    kept = {"mask1": (MASKS["mask1"], masks[0]), "mask2": (MASKS["mask2"], masks[1])}
    pixels = {"pixels": ("visible", masks[0].any(axis=1))}
    return xr.Dataset(fields | kept | pixels).merge(counts.drop_vars(places)).merge(measured).merge(record)


def _machine(state: xr.Dataset, xp: ModuleType) -> DBM:
    return DBM(*(xp.asarray(state[name].values, dtype=np.float32) for name in FIELDS))


def _masks(state: xr.Dataset) -> Masks:
    return state["mask1"].values.astype(bool), state["mask2"].values.astype(bool)
