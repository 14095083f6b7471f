"""Moore & Chaudhuri 2020, Fig 2c-f, left panels: activity of single neurons before and after pruning."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.noise import dynamics

SHOWN = ("original", "noise-prune", "weight")


@dataclass(frozen=True)
class Config:
    """The dynamics experiment, of whose first run two neurons are recorded: of the largest and the smallest cluster."""

    dynamics: dynamics.Config
    scale: str
    version: int = 1


PRESETS = {name: Config(dynamics=config, scale=config.scale) for name, config in dynamics.PRESETS.items()}


def neurons(config: Config) -> list[int]:
    """First neuron of the largest and of the smallest cluster."""
    sizes = config.dynamics.sizes
    first = np.cumsum((0, *sizes))
    return [int(first[np.argmax(sizes)]), int(first[np.argmin(sizes)])]


def early(config: Config, replica: int) -> xr.Dataset:
    """Leak of the recorded neurons, recomputed as a check."""
    networks = [dynamics.network(config.dynamics, replica, kind) for kind in dynamics.NETWORKS]
    leaks = [-A.diagonal()[neurons(config)] for A in networks]
    return xr.Dataset({"leak": (("kind", "neuron"), leaks)}, {"kind": list(dynamics.NETWORKS)})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Activity over time in the original network and in two pruned ones; on the device of the array library `xp`."""
    return xr.concat([_run_replica(config, replica, xp) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything that was run is small enough to keep."""
    return dataset


def _run_replica(config: Config, replica: int, xp: ModuleType) -> xr.Dataset:
    kinds = [_run_kind(config.dynamics, neurons(config), replica, kind, xp) for kind in dynamics.NETWORKS]
    dataset = xr.concat(kinds, dim="kind").assign_coords(kind=list(dynamics.NETWORKS))
    return dataset.assign(early(config, replica)).expand_dims(replica=[replica])


def _run_kind(config: dynamics.Config, shown: list[int], replica: int, kind: str, xp: ModuleType) -> xr.Dataset:
    A = dynamics.network(config, replica, kind)
    drive = dynamics.Drive(config, replica, kind, A, xp)
    matrices = [A, *(next(dynamics.draws(config, replica, kind, A, rule)) for rule in SHOWN[1:])]
    first_runs = config.n_runs * np.arange(len(dynamics.INPUTS))
    activity = np.stack([drive.simulate(matrix, first_runs)[:, shown] for matrix in matrices])
    coords = {
        "shown": list(SHOWN),
        "input": list(dynamics.INPUTS),
        "time": config.record_interval * np.arange(activity.shape[1]),
    }
    return xr.Dataset({"activity": (("shown", "time", "neuron", "input"), activity)}, coords)
