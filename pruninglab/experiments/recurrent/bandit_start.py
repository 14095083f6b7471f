"""When does the bandit networks' initial training end? The authors' rule beside one that asks for fresh blocks.

The authors' rule may be met on the first batch, which the untrained network has played, and it never looks at a fresh
one. This pilot is run before the population, to choose between the two. Theirs is used, unless the networks that it
gives cannot do the task: unless their mean agreement with the teacher on fresh blocks is below 0.8, the lower end of
the axis of Fig 7B in the authors' code, after a first retraining.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent import bandit
from pruninglab.experiments.recurrent.bandit_measures import measure
from pruninglab.experiments.recurrent.records import on_host
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.rnn import TrainingResult, bandit_stop, walk_episodes
from pruninglab.rnn.episodes import Walker


@dataclass(frozen=True)
class Config:
    """The same untrained networks under both rules, each retrained once without pruning."""

    scale: str
    population: bandit.Config
    starts: tuple[str, ...] = bandit.STARTS
    version: int = 1


PRESETS = {
    "book": Config(population=bandit.PRESETS["book"], scale="book"),
    "paper": Config(population=bandit.PRESETS["paper"], scale="paper"),
}


def early(config: Config, replica: int) -> xr.Dataset:
    """Loss and gradient before any training: recomputed as a check."""
    return bandit.early(config.population, replica)


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Train all replicas under each rule, and retrain them once."""
    by_start = [_run_start(replace(config.population, start=start), replicas, xp) for start in config.starts]
    dataset = xr.concat(by_start, dim="start").assign_coords(start=list(config.starts)).transpose("replica", ...)
    return dataset.merge(
        xr.concat([early(config, replica) for replica in replicas], dim="replica").assign_coords(replica=list(replicas))
    )


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _run_start(config: bandit.Config, replicas: Sequence[int], xp: ModuleType) -> xr.Dataset:
    first = bandit.initial_trainings(config, replicas, xp)
    retrained: dict[int, TrainingResult] = {}

    def walk(replica: int) -> Walker:
        retrained[replica] = yield from bandit.retrain(config, replica, first[replica].weights, bandit.UNPRUNED_ARM, 0)

    walk_episodes((walk(replica) for replica in replicas), None, stop=bandit_stop)
    records = []
    for replica in replicas:
        rng = stream(config.seed, replica, Purpose.EVALUATION, arm=bandit.PRUNED_ARM)
        after = measure(on_host([retrained[replica].weights]), config.n_fresh, [rng]).isel(network=0)
        after = after.rename({name: f"retrained_{name}" for name in after.data_vars})
        records.append(after.merge(bandit.initial_record(config, replica, first[replica])))
    return xr.concat(records, dim="replica").assign_coords(replica=list(replicas))
