"""Checkpoints within a long replica: a killed run goes on after the last step that it finished."""

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from pruninglab.results import write_atomically


def checkpointed(folder: Path, name: str, compute: Callable[[], xr.Dataset]) -> xr.Dataset:
    """The dataset that the folder holds under this name; if there is none, compute it and write it, all or nothing.

    Steps of different replicas have different names, so two workers never write the same file.
    """
    path = folder / f"{name}.nc"
    if not path.exists():
        write_atomically(compute(), path)
    return xr.load_dataset(path, engine="h5netcdf")
