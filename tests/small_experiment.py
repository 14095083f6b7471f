"""A second-long experiment that stands in for the real ones in the tests of runner, store and scorecard."""

import time
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pruninglab.experiments.streams import Purpose, stream


@dataclass(frozen=True)
class Config:
    n: int
    scale: str = "paper"
    seconds: float = 0.0
    seed: int = 5
    version: int = 1


PRESETS = {"book": Config(n=20, scale="book"), "paper": Config(n=120)}


def early(config, replica):
    return xr.Dataset({"first": _matrix(config, replica)[0, 0]})


def run(config, replicas, *, xp=np):
    return xr.concat([_run_replica(config, replica) for replica in replicas], dim="replica")


def summarise(dataset):
    return dataset.drop_vars("largest").assign(median=dataset["largest"].median("mode"))


def _run_replica(config, replica):
    time.sleep(config.seconds)
    matrix = _matrix(config, replica)
    values = np.linalg.eigvalsh(matrix + matrix.T) @ np.linalg.inv(matrix)
    return xr.Dataset({"largest": ("mode", values), "first": matrix[0, 0]}).expand_dims(replica=[replica])


def _matrix(config, replica):
    return stream(config.seed, replica, Purpose.NETWORK).normal(size=(config.n, config.n))
