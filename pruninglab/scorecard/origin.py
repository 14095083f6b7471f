"""Where a row's stored result comes from, in one line for readers."""

import json
from collections.abc import Iterable
from itertools import groupby

import xarray as xr


def origin(experiment: str, preset: str, stored: xr.Dataset) -> str:
    """File, replicas, version of the package and commits of a stored result, as its provenance states them.

    Examples
    --------
    >>> record = {"replicas": [0, 1, 3], "pruninglab": "0.1.0", "commit": "0123456789abcdef"}
    >>> origin("dms", "paper", xr.Dataset(attrs={"provenance": json.dumps([record])}))
    'dms-paper.nc; replicas 0 to 1, 3; pruninglab 0.1.0; commit 0123456'
    """
    records = json.loads(stored.attrs.get("provenance", "[]"))
    replicas = sorted({replica for record in records for replica in record["replicas"]})
    commits = dict.fromkeys(_short(record["commit"]) for record in records if record["commit"])
    versions = dict.fromkeys(record["pruninglab"] for record in records)
    parts = [f"{experiment}-{preset}.nc", f"replicas {_in_runs(replicas)}" if replicas else ""]
    parts += [f"pruninglab {', '.join(versions)}" if versions else ""]
    parts += [f"commit{'s' if len(commits) > 1 else ''} {', '.join(commits)}" if commits else ""]
    return "; ".join(part for part in parts if part)


def _short(commit: str) -> str:
    """The first seven digits of a commit, and whether the code differed from it."""
    return commit[:7] + commit[40:].replace("+", " with ")


def _in_runs(numbers: Iterable[int]) -> str:
    """``0 to 3, 5`` for 0, 1, 2, 3 and 5."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
