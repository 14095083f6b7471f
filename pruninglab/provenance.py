"""Where a result comes from: versions, commit and kind of machine, without naming the machine."""

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pruninglab

LIBRARIES = ("numpy", "scipy", "xarray")


def current_record(backend: str) -> dict[str, Any]:
    """Everything but the replicas: package, library and Python versions, git commit, array library, machine class."""
    cupy = importlib.metadata.packages_distributions().get("cupy", []) if backend == "cupy" else []
    versions = {name: importlib.metadata.version(name) for name in [*LIBRARIES, *cupy]}
    return {
        "pruninglab": pruninglab.__version__,
        "versions": versions | {"python": platform.python_version()},
        "commit": git_commit(),
        "backend": backend,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def git_commit() -> str:
    """Commit of the checkout that holds the package, "+changes" if its code differs from it; "" outside of one.

    Stored results do not count as code: the run that asks is about to change one.
    """
    folder = Path(pruninglab.__file__).parent
    try:
        _git(folder, "ls-files", "--error-unmatch", "__init__.py")
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "--no-optional-locks", "status", "--porcelain", ".", ":!results/*.nc")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+changes" if changed else "")


def encode(records: Iterable[dict[str, Any]]) -> str:
    """JSON of records, those that differ in nothing but ``replicas`` joined, in the order of their replicas."""
    joined: dict[str, dict[str, Any]] = {}
    for record in records:
        rest = {key: value for key, value in record.items() if key != "replicas"}
        entry = joined.setdefault(json.dumps(rest, sort_keys=True), rest | {"replicas": []})
        entry["replicas"] = sorted({*entry["replicas"], *record["replicas"]})
    return json.dumps(sorted(joined.values(), key=lambda record: record["replicas"]), sort_keys=True)


def only_replicas(encoded: str, replicas: Iterable[int]) -> list[dict[str, Any]]:
    """Decode records, cut down to `replicas`; records left empty are dropped."""
    wanted = set(replicas)
    cut = [record | {"replicas": [r for r in record["replicas"] if r in wanted]} for record in json.loads(encoded)]
    return [record for record in cut if record["replicas"]]


def _git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout.strip()
