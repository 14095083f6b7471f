"""Run an experiment in shards: many workers, progress, a time limit, and nothing lost when it is killed.

Workers compute shards and write nothing but the checkpoints of an experiment that has them. The driver writes each
finished shard to ``_runs/<experiment>-<hash>/<first>-<last>.nc``, atomically, and at the end puts the replicas together
in their order, summarises them and stores the summary. Started again, it computes only what is missing.
"""

import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from pruninglab import provenance, results
from pruninglab.backend import load_backend
from pruninglab.experiments import get_config, get_experiment
from pruninglab.experiments.configuration import config_hash
from pruninglab.results.checkpoints import checkpointed
from pruninglab.results.sources import source_arguments

RUNS = Path("_runs")
SHARD_NAME = re.compile(r"(\d+)-(\d+)\.nc")
_ONE_SHARD_AT_A_TIME = threading.Lock()
"""The limit on BLAS threads holds for a process; a Dask worker may have several threads."""


@dataclass(frozen=True)
class Outcome:
    """What a call of `run_experiment` left behind."""

    summary: xr.Dataset | None
    """Summary of the finished replicas among those asked for; None if none is finished."""
    missing: list[int]
    """Replicas that the time limit left for the next call."""
    stored: Path | None
    """File that holds the summary, if it was stored."""


def run_experiment(
    name: str,
    preset: str,
    replicas: range,
    *,
    workers: int = 1,
    shard_size: int = 1,
    max_seconds: float | None = None,
    scheduler: str | None = None,
    backend: str = "numpy",
    runs: Path = RUNS,
    quiet: bool = False,
) -> Outcome:
    """Compute the missing replicas of an experiment and store the summary of all that are asked for.

    Parameters
    ----------
    name, preset : str
        An experiment and one of its presets.
    replicas : range
        Replicas to have; those found in `runs` are not computed again.
    workers : int
        Processes, each with one BLAS thread. The result does not depend on it.
    shard_size : int
        Replicas computed and written together. The result does not depend on it.
    max_seconds : float, optional
        No shard is started after this time; those under way are finished and kept.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://…``, that gets the shards instead of local processes.
    backend : {"numpy", "cupy"}
    runs : Path
        Folder for the shards.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    ValueError
        For an unknown experiment, preset or backend, an empty or negative range, a size below 1, or if the experiment
        starts from results that are not there.
    """
    config = get_config(name, preset)
    if len(replicas) == 0 or min(replicas) < 0:
        raise ValueError(f"replicas must be a non-empty range of numbers from 0 up, got {replicas}")
    if workers < 1 or shard_size < 1:
        raise ValueError(f"workers and shard_size must be at least 1, got {workers} and {shard_size}")
    load_backend(backend)
    if preset != results.UNSTORED_PRESET:
        results.require_writable()
    source = source_arguments(name, preset, replicas)
    record = provenance.current_record(backend)
    folder = runs / f"{name}-{config_hash(config)}"
    keep = {"checkpoint": partial(checkpointed, folder / "checkpoints")}
    arguments = source | (keep if hasattr(get_experiment(name), "CHECKPOINTS") else {})
    finished = _finished(folder)
    todo = [replica for replica in replicas if replica not in finished]
    shards = list(_split(todo, shard_size))
    deadline = time.monotonic() + max_seconds if max_seconds is not None else None
    with _cluster(scheduler), tqdm(total=len(replicas), initial=len(replicas) - len(todo), disable=quiet) as bar:
        parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1)
        for shard in parallel(
            delayed(_compute)(name, config, shard, record, arguments) for shard in _until(deadline, shards)
        ):
            first, last = int(shard["replica"][0]), int(shard["replica"][-1])
            results.write_atomically(shard, folder / f"{first}-{last}.nc")
            bar.update(shard.sizes["replica"])
    return _collect(name, preset, replicas, folder)


def _collect(name: str, preset: str, replicas: range, folder: Path) -> Outcome:
    """Put the finished replicas together, summarise and store them."""
    finished = _finished(folder)
    present = [replica for replica in replicas if replica in finished]
    missing = [replica for replica in replicas if replica not in finished]
    if not present:
        return Outcome(None, missing, None)
    shards, records = [], []
    for path in dict.fromkeys(finished[replica] for replica in present):
        wanted = [replica for replica in present if finished[replica] == path]
        shard = xr.load_dataset(path, engine="h5netcdf")
        shards.append(shard.sel(replica=wanted))
        records += provenance.only_replicas(shard.attrs["provenance"], wanted)
    summary = get_experiment(name).summarise(xr.concat(shards, dim="replica").sortby("replica"))
    summary.attrs["provenance"] = provenance.encode(records)
    if preset == results.UNSTORED_PRESET:
        return Outcome(summary, missing, None)
    return Outcome(summary, missing, results.store(name, preset, summary))


def _compute(
    name: str, config: Any, replicas: list[int], record: dict[str, Any], arguments: dict[str, Any]
) -> xr.Dataset:
    """One shard, in a worker: one BLAS thread, so that the same sums are rounded the same way everywhere."""
    with _ONE_SHARD_AT_A_TIME, threadpool_limits(1):
        start_wall, start_cpu = time.perf_counter(), time.process_time()
        shard = get_experiment(name).run(config, replicas, xp=load_backend(record["backend"]), **arguments)
        wall, cpu = time.perf_counter() - start_wall, time.process_time() - start_cpu
    shard["wall_seconds"] = ("replica", np.full(len(replicas), wall / len(replicas)))
    shard["cpu_seconds"] = ("replica", np.full(len(replicas), cpu / len(replicas)))
    shard.attrs["provenance"] = provenance.encode([record | {"replicas": replicas}])
    return shard


def _finished(folder: Path) -> dict[int, Path]:
    """Shard file of every replica that has been computed."""
    spans = ((path, SHARD_NAME.fullmatch(path.name)) for path in sorted(folder.glob("*.nc")))
    return {r: path for path, span in spans if span for r in range(int(span[1]), int(span[2]) + 1)}


def _split(replicas: list[int], size: int) -> Iterator[list[int]]:
    """Cut into runs of at most `size` consecutive numbers."""
    shard: list[int] = []
    for replica in replicas:
        if shard and (len(shard) == size or replica != shard[-1] + 1):
            yield shard
            shard = []
        shard.append(replica)
    if shard:
        yield shard


def _until(deadline: float | None, shards: Iterable[list[int]]) -> Iterator[list[int]]:
    for shard in shards:
        if deadline is not None and time.monotonic() >= deadline:
            return
        yield shard


@contextmanager
def _cluster(scheduler: str | None) -> Iterator[None]:
    """Send joblib's work to a running Dask cluster, if one is named."""
    if scheduler is None:
        yield
        return
    from distributed import Client

    with Client(scheduler), parallel_config(backend="dask"):
        yield
