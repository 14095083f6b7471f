"""Stored results: read, checked against the code's configuration, written atomically, extended by new replicas.

A result is a NetCDF file per experiment and preset. It lies in the package (``pruninglab/results``). If the environment
variable ``PRUNINGLAB_RESULTS`` names a folder, results are written there, and read from there before the package.
"""

import json
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

from pruninglab import provenance
from pruninglab.experiments import get_config
from pruninglab.experiments.configuration import config_hash, config_json


class StaleResultWarning(UserWarning):
    """A stored result belongs to another configuration than the code's, and was refused."""


PACKAGE_FOLDER = Path(__file__).parent
UNSTORED_PRESET = "book"
"""Runs live in the chapters, in seconds, so its summary is not put into the store."""


def folder() -> Path:
    """Where results are written."""
    return Path(os.environ.get("PRUNINGLAB_RESULTS") or PACKAGE_FOLDER)


def find(experiment: str, preset: str) -> Path | None:
    """The file that holds a result, or None."""
    candidates = (place / f"{experiment}-{preset}.nc" for place in (folder(), PACKAGE_FOLDER))
    return next((path for path in candidates if path.exists()), None)


def require_writable() -> None:
    """Raise a ValueError now, and not after hours of computing, if results cannot be written."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder()):
            pass
    except OSError as error:
        raise ValueError(
            f"results cannot be written to {folder()}; set PRUNINGLAB_RESULTS to a folder of yours"
        ) from error


def load(experiment: str, preset: str = "paper") -> xr.Dataset | None:
    """Return the stored summary of an experiment, or None if there is none for the code's configuration.

    A file whose hash is not that of the configuration is refused with a `StaleResultWarning`: whoever draws it
    then draws "not run".
    """
    config = get_config(experiment, preset)
    path = find(experiment, preset)
    if path is None:
        return None
    dataset = xr.load_dataset(path, engine="h5netcdf")
    if dataset.attrs.get("config_hash") != config_hash(config):
        message = f"{path.name} was run with another configuration of {experiment}; it is not used"
        warnings.warn(message, StaleResultWarning, stacklevel=2)
        return None
    return dataset


def store(experiment: str, preset: str, summary: xr.Dataset) -> Path:
    """Put a summary into the store; replicas stored earlier under the same configuration stay beside it."""
    config = get_config(experiment, preset)
    stored = load(experiment, preset)
    records = json.loads(summary.attrs["provenance"])
    if stored is not None:
        if set(summary.data_vars) != set(stored.data_vars):
            raise ValueError(f"the summary of {experiment} has other variables than the stored one; raise its version")
        kept = np.setdiff1d(stored["replica"].values, summary["replica"].values)
        records += provenance.only_replicas(stored.attrs["provenance"], kept)
        summary = xr.concat([summary, stored.sel(replica=kept)], dim="replica", data_vars="all", join="exact")
    summary = summary.sortby("replica")
    summary.attrs = {
        "experiment": experiment,
        "preset": preset,
        "config": config_json(config),
        "config_hash": config_hash(config),
        "provenance": provenance.encode(records),
    }
    path = folder() / f"{experiment}-{preset}.nc"
    write_atomically(_single_precision(summary), path)
    return path


def write_atomically(dataset: xr.Dataset, path: Path) -> None:
    """Write a compressed NetCDF file so that `path` holds the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    numeric = [name for name, variable in dataset.data_vars.items() if variable.dtype.kind in "biuf" and variable.ndim]
    encoding = {name: {"zlib": True, "complevel": 5, "shuffle": True} for name in numeric}
    try:
        dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _single_precision(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.map(lambda variable: variable.astype(np.float32) if variable.dtype.kind == "f" else variable)
