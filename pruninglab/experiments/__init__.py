"""The experiments of the papers, and of the part that compares them, one module each.

A module holds a frozen ``Config``, its ``PRESETS``, ``run(config, replicas, *, xp)``, ``summarise(dataset)`` and
``early(config, replica)``, a Dataset of those variables of the summary that are cheap to compute again. Every variable
that ``run`` and ``summarise`` return has the dimension ``replica`` first, so that results of different replicas can be
put together. A module that names another experiment as its ``SOURCE`` starts from what that one has left: its ``run``
and ``early`` take that experiment's summary as the keyword argument ``source``. Its replicas are those of the source,
or, if the module has ``REPLICAS_PER_SOURCE``, so many for each of them. The ``run`` of a module with ``CHECKPOINTS``
takes, as ``checkpoint``, a function that keeps what is finished of a replica.
"""

from types import ModuleType

from pruninglab.experiments.boltzmann import chains, dbm, dbm_pruning, floor, rbm
from pruninglab.experiments.noise import (
    approximation,
    bridges,
    convergence,
    directed,
    dominance,
    dynamics,
    growth,
    guarantees,
    illustration,
    rectified,
    snapshots,
    spectrum,
    traces,
)
from pruninglab.experiments.recurrent import bandit, bandit_start, direct, dms, new_cues, new_option, regularisers
from pruninglab.experiments.synthesis import identities, linear, machines, memory

EXPERIMENTS: dict[str, ModuleType] = {
    "dms": dms,
    "bandit": bandit,
    "bandit-start": bandit_start,
    "direct": direct,
    "new-cues": new_cues,
    "new-option": new_option,
    "regularisers": regularisers,
    "rbm": rbm,
    "chains": chains,
    "floor": floor,
    "dbm": dbm,
    "dbm-pruning": dbm_pruning,
    "illustration": illustration,
    "convergence": convergence,
    "guarantees": guarantees,
    "spectrum": spectrum,
    "dynamics": dynamics,
    "traces": traces,
    "growth": growth,
    "bridges": bridges,
    "approximation": approximation,
    "snapshots": snapshots,
    "dominance": dominance,
    "directed": directed,
    "rectified": rectified,
    "identities": identities,
    "bench-linear": linear,
    "bench-machines": machines,
    "bench-memory": memory,
}
GROUPS = {"bench": ("bench-linear", "bench-machines", "bench-memory")}
"""Experiments that the command line runs together, by the name of the group."""


def get_experiment(name: str) -> ModuleType:
    """The module of the experiment called `name`; ValueError if there is none."""
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment must be one of {tuple(EXPERIMENTS)}, got {name!r}")
    return EXPERIMENTS[name]


def get_config(name: str, preset: str):
    """The configuration of an experiment's preset; ValueError if there is none."""
    presets = get_experiment(name).PRESETS
    if preset not in presets:
        raise ValueError(f"preset of {name} must be one of {tuple(presets)}, got {preset!r}")
    return presets[preset]


def replicas_per_source(name: str) -> int:
    """Replicas of an experiment that start from one replica of its source; 1 for nearly all."""
    return getattr(get_experiment(name), "REPLICAS_PER_SOURCE", 1)
