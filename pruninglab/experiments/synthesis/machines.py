"""All rules on the small Boltzmann machines of Part II: what each costs, at once and after retraining."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.boltzmann import (
    RBM,
    connected_hidden,
    exact_moments,
    kl_divergence,
    log_partition,
    log_probabilities,
)
from pruninglab.experiments.boltzmann import rbm
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.experiments.synthesis.uses import USES, cut, score_to_use
from pruninglab.local_rules import RULES, Statistics, local_score

SOURCE = "rbm"
"""The experiment whose stored unpruned machines are pruned; the preset is that of the same name."""
STAGES = ("pruned", "retrained")


@dataclass(frozen=True)
class Config:
    """The machines of `start`, pruned once by every rule in both ways."""

    scale: str
    start: rbm.Config
    data: tuple[str, ...] = ("cifar10", "photographs")
    rates: str = "as_run"
    densities: tuple[float, ...] = (0.5, 0.25, 0.125)
    seed: int = 2027
    version: int = 1


PRESETS = {
    "book": Config(start=rbm.PRESETS["book"], data=("photographs",), densities=(0.5, 0.25), scale="book"),
    "paper": Config(start=rbm.PRESETS["paper"], scale="paper"),
}


def machine_statistics(machine: RBM) -> Statistics:
    """Exact statistics of binary activities: visible units along rows, hidden ones along columns."""
    v, h, vh = exact_moments(machine)
    return Statistics(v * (1 - v), h * (1 - h), vh - np.outer(v, h), vh * (1 - vh))


def joint_divergence(machine: RBM, other: RBM) -> float:
    """Divergence of the joint law of `other` from that of `machine`, in nats: linear in the moments of `machine`."""
    v, h, vh = exact_moments(machine)
    energy = np.vdot(machine.W - other.W, vh) + (machine.b - other.b) @ v + (machine.c - other.c) @ h
    return float(energy + log_partition(other) - log_partition(machine))


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """Divergences of the unpruned machines from the data, recomputed as a check."""
    values = [
        data_divergence(rbm.stored_machine(source, replica, data, config.rates), _frequencies(source, replica, data))
        for data in config.data
    ]
    return xr.Dataset({"unpruned_kl": ("data", values)}, coords={"data": list(config.data)})


def run(config: Config, replicas: Sequence[int], *, source: xr.Dataset, xp: ModuleType = np) -> xr.Dataset:
    """Prune and retrain the machines of every replica; on the host, where single updates are fastest."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment bench-machines: its machines are small")
    by_data = []
    for data in config.data:
        x = rbm.patches(config.start, data)
        found = [_run_machine(config, replica, data, source, x) for replica in replicas]
        by_data.append(xr.concat(found, dim="replica"))
    dataset = xr.concat(by_data, dim="data").assign_coords(replica=list(replicas), data=list(config.data))
    return dataset.transpose("replica", "data", ...)


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is a summary already."""
    return dataset


def pruned_machine(
    config: Config, replica: int, machine: RBM, rule: str, use: str, density: float
) -> tuple[np.ndarray, RBM]:
    """Mask, and the machine with the weights that are left."""
    arm, level = RULES.index(rule), config.densities.index(density)
    scores = stream(config.seed, replica, Purpose.SELECTION, arm=arm)
    score = local_score(rule, machine.W, machine_statistics(machine), rng=scores)
    draws = stream(config.seed, replica, Purpose.PRUNING, arm=arm, level=level)
    mask, W = cut(machine.W, score_to_use(rule, use, score), round(density * machine.W.size), use, draws)
    return mask, RBM(W, machine.b, machine.c)


def _run_machine(config: Config, replica: int, data: str, source: xr.Dataset, x: np.ndarray) -> xr.Dataset:
    machine = rbm.stored_machine(source, replica, data, config.rates)
    q = _frequencies(source, replica, data)
    everything = np.ones(machine.W.shape, dtype=bool)
    records = []
    for rule in RULES:
        for use in USES:
            for density in config.densities:
                mask, pruned = pruned_machine(config, replica, machine, rule, use, density)
                stages = [pruned, _retrained(config, replica, pruned, mask, x)]
                found = xr.concat([_costs(machine, stage, mask, q) for stage in stages], dim="stage")
                records.append(found.expand_dims(rule=[rule], use=[use], density=[density]))
    control = _retrained(config, replica, machine, everything, x)
    return (
        xr.combine_by_coords(records)
        .sel(density=list(config.densities))
        .reindex(rule=list(RULES), use=list(USES))
        .assign_coords(stage=list(STAGES))
        .assign(unpruned_kl=data_divergence(machine, q), control_kl=data_divergence(control, q))
    )


def _frequencies(source: xr.Dataset, replica: int, data: str) -> np.ndarray:
    counts = source["data_counts"].sel(replica=replica, data=data).values
    return counts / counts.sum()


def _retrained(config: Config, replica: int, machine: RBM, mask: np.ndarray, x: np.ndarray) -> RBM:
    return rbm.train(config.start, replica, config.rates, machine, mask, x, 1)


def _costs(machine: RBM, other: RBM, mask: np.ndarray, q: np.ndarray) -> xr.Dataset:
    """Divergences in nats, from the data and from the joint law of the unpruned machine, and what is left."""
    return xr.Dataset(
        {
            "kl": data_divergence(other, q),
            "joint_divergence": joint_divergence(machine, other),
            "share_kept": float(mask.mean()),
            "n_hidden": float(connected_hidden(mask).sum()),
        }
    )


def data_divergence(machine: RBM, q: np.ndarray) -> float:
    return float(kl_divergence(q, log_probabilities(machine)))
