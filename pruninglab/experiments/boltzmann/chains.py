"""How long must a Gibbs chain run? Chains of the paper's kind against the exact distribution of the same machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.boltzmann import (
    RBM,
    empirical_distribution,
    exact_distribution,
    exact_moments,
    exact_samples,
    gibbs_samples,
    importance,
    prune_weights,
    sample_moments,
    total_variation,
)
from pruninglab.experiments.boltzmann import rbm
from pruninglab.experiments.streams import Purpose, stream

SOURCE = "rbm"
"""The experiment whose stored unpruned machines are sampled; the preset is that of the same name."""
STARTS = ("random", "data", "exact")
"""Hidden units on with probability 1/2, as in the paper; training patches; or samples that are exact from the start."""


@dataclass(frozen=True)
class Config:
    """Independent chains from every start, looked at after growing numbers of steps."""

    scale: str
    machines: rbm.Config
    data: tuple[str, ...] = ("cifar10", "photographs")
    rates: str = "as_run"
    n_chains: int = 90_000
    steps: tuple[int, ...] = (1, 2, 5, 10, 20, 50, 100, 200, 500)
    seed: int = 2022
    version: int = 1


PRESETS = {
    "book": Config(machines=rbm.PRESETS["book"], data=("photographs",), n_chains=5_000, steps=(1, 5, 20), scale="book"),
    "paper": Config(machines=rbm.PRESETS["paper"], scale="paper"),
}


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """Exact probability that all pixels are off, recomputed to check a stored result."""
    exact = [exact_distribution(rbm.stored_machine(source, replica, data, config.rates))[0] for data in config.data]
    return xr.Dataset({"exact_all_off": ("data", exact)}, coords={"data": list(config.data)})


def run(config: Config, replicas: Sequence[int], *, source: xr.Dataset, xp: ModuleType = np) -> xr.Dataset:
    """Run the chains of every replica."""
    by_replica = []
    for replica in replicas:
        by_data = [_run_machine(config, replica, data, source, xp) for data in config.data]
        by_replica.append(xr.concat(by_data, dim="data").assign_coords(data=list(config.data)))
    return xr.concat(by_replica, dim="replica").assign_coords(replica=list(replicas))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _run_machine(config: Config, replica: int, data: str, source: xr.Dataset, xp: ModuleType) -> xr.Dataset:
    exact = rbm.stored_machine(source, replica, data, config.rates)
    machine = RBM(*(xp.asarray(getattr(exact, name), dtype=np.float32) for name in "Wbc"))
    x = rbm.patches(config.machines, data)[: config.n_chains]
    lines = [_run_start(config, replica, start, machine, exact, xp.asarray(x)) for start in STARTS]
    dataset = xr.concat(lines, dim="start").assign_coords(start=list(STARTS))
    return dataset.assign(exact_all_off=exact_distribution(exact)[0])


def _run_start(config: Config, replica: int, start: str, machine: RBM, exact: RBM, x: np.ndarray) -> xr.Dataset:
    rng = stream(config.seed, replica, Purpose.CHAINS, arm=STARTS.index(start))
    v = x if start == "data" else None
    if start == "exact":
        v = exact_samples(machine, config.n_chains, [rng])[0]
    records, steps_done = [], 0
    for steps in config.steps:
        v, h = gibbs_samples(machine, config.n_chains, steps - steps_done, [rng], v=v)
        steps_done = steps
        records.append(_record(v, h, exact))
    return xr.concat(records, dim="steps").assign_coords(steps=list(config.steps))


def _record(v: np.ndarray, h: np.ndarray, exact: RBM) -> xr.Dataset:
    """How far the samples are from the exact distribution, and whether they lead to the same pruning."""
    p, sampled = exact_distribution(exact), empirical_distribution(v)
    moments = tuple(moment.astype(np.float64) for moment in sample_moments(v, h))
    kept = prune_weights(exact, "variance_fi", 0.5)
    kept_by_samples = prune_weights(exact, "variance_fi", 0.5, statistics=moments)
    scores = [importance(exact, "variance_fi", statistics=own).ravel() for own in (moments, exact_moments(exact))]
    return xr.Dataset(
        {
            "total_variation": total_variation(p, sampled),
            "all_off": sampled[0],
            "all_on": sampled[-1],
            "overlap": (kept & kept_by_samples).sum() / kept.sum(),
            "pearson": np.corrcoef(*scores)[0, 1],
        }
    )
