"""The best that a machine of a given size can do: maximum likelihood without sampling, a floor under every other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.boltzmann import empirical_distribution, kl_divergence, log_probabilities, maximise_likelihood
from pruninglab.experiments.boltzmann import rbm


@dataclass(frozen=True)
class Config:
    """Machines of several sizes fitted to the patches of the experiment ``rbm``."""

    scale: str
    machines: rbm.Config
    data: tuple[str, ...] = ("cifar10", "photographs")
    sizes: tuple[int, ...] = (1, 2, 4, 9, 18, 35, 70)
    max_iterations: int = 300
    version: int = 1


PRESETS = {
    "book": Config(machines=rbm.PRESETS["book"], data=("photographs",), sizes=(2, 9), max_iterations=60, scale="book"),
    "paper": Config(machines=rbm.PRESETS["paper"], scale="paper"),
}


def early(config: Config, replica: int) -> xr.Dataset:
    """Divergence of the smallest machine on the bundled photographs, recomputed to check a stored result."""
    smallest = config.sizes[0]
    return xr.Dataset(
        {"kl": (("data", "size"), [[_fit(config, replica, rbm.patches(config.machines, "photographs"), smallest)]])},
        coords={"data": ["photographs"], "size": [smallest]},
    )


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Fit every size to every data set, from every replica's own start; on the host."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment floor: its optimiser runs on the host")
    patches = [rbm.patches(config.machines, data) for data in config.data]
    values = [[[_fit(config, replica, x, size) for size in config.sizes] for x in patches] for replica in replicas]
    return xr.Dataset(
        {"kl": (("replica", "data", "size"), values)},
        coords={"replica": list(replicas), "data": list(config.data), "size": list(config.sizes)},
    )


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _fit(config: Config, replica: int, x: np.ndarray, n_hidden: int) -> float:
    """Divergence from the data after the fit, in nats."""
    q = empirical_distribution(x)
    start = rbm.untrained(replace(config.machines, n_hidden=n_hidden), replica, x)
    best = maximise_likelihood(start, q, max_iterations=config.max_iterations)
    return float(kl_divergence(q, log_probabilities(best)))
