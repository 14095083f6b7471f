"""Moore & Chaudhuri 2020, end of section 4.1: pruned to a fixed density, does a larger network come out better?"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab.experiments.noise import spectrum
from pruninglab.noiseprune import noise_covariance, preservation_probabilities

RULES = ("noise-prune", "weight")


@dataclass(frozen=True)
class Config:
    """Networks of several sizes per replica, composed like that of Fig 2a: three small clusters and a large one."""

    n_neurons: tuple[int, ...]
    scale: str
    small_share: float = 1 / 30
    long_range_share: float = 5000 / (3000 * 2999)
    density: float = 0.1
    fixed_epsilon: float = 0.5
    seed: int = 1850
    version: int = 1


PRESETS = {
    "book": Config(n_neurons=(360, 720, 1080), scale="book"),
    "paper": Config(n_neurons=(500, 1000, 2000, 4000, 8000), scale="paper"),
}


def level(config: Config, n: int) -> spectrum.Config:
    """The Fig 2 experiment at `n` neurons; each size has a seed of its own."""
    small = round(config.small_share * n)
    return spectrum.Config(
        sizes=(small, small, small, n - 3 * small),
        n_between=round(config.long_range_share * n * (n - 1)),
        density=config.density,
        rules=RULES,
        diagonals=("matched",),
        seed=config.seed + n,
        scale=config.scale,
    )


def early(config: Config, replica: int) -> xr.Dataset:
    """Counts and needed density of the smallest network, recomputed as a check."""
    n = config.n_neurons[0]
    early = spectrum.early(level(config, n), replica)[["n_edges", "n_negative"]]
    return early.assign(needed_density=_needed_density(config, n, replica), n_neurons=n).set_coords("n_neurons")


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """The spectra of every size before and after pruning, summarised; on the device of the array library `xp`."""
    sizes = [_run_size(config, n, replicas, xp) for n in config.n_neurons]
    return xr.concat(sizes, dim="n_neurons", join="exact").assign_coords(n_neurons=list(config.n_neurons))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is a summary already."""
    return dataset.transpose("replica", ...)


def _run_size(config: Config, n: int, replicas: Sequence[int], xp: ModuleType) -> xr.Dataset:
    summary = spectrum.summarise(spectrum.run(level(config, n), replicas, xp=xp)).sel(diagonal="matched", drop=True)
    summary = summary[["quantiles", "slow_mean", "spectral_epsilon", "n_edges", "n_negative", "n_kept", "leverage_sum"]]
    needed = [_needed_density(config, n, replica) for replica in replicas]
    return summary.assign(needed_density=("replica", needed)).drop_vars("mode", errors="ignore")


def _needed_density(config: Config, n: int, replica: int) -> float:
    """Expected share of the synapses that noise-prune keeps if the theorem is to promise the fixed epsilon."""
    A = spectrum.network(level(config, n), replica)
    P = preservation_probabilities(A, noise_covariance(A), eps=config.fixed_epsilon)
    return float(P.sum() / (np.count_nonzero(A) - n))
