"""Experiments that start from what another one has left: find it for them."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from pruninglab import results
from pruninglab.experiments import get_config, get_experiment, replicas_per_source


def source_arguments(name: str, preset: str, replicas: Iterable[int]) -> dict[str, xr.Dataset]:
    """Keyword arguments for an experiment's ``run`` and ``early``: its ``source``, if it names one, else none.

    Raises
    ------
    ValueError
        If the source is not stored for all `replicas`.
    """
    experiment = get_experiment(name)
    source = getattr(experiment, "SOURCE", None)
    if source is None:
        return {}
    needed = sorted({replica // replicas_per_source(name) for replica in replicas})
    if preset == results.UNSTORED_PRESET:
        origin = get_experiment(source)
        return {"source": origin.summarise(origin.run(get_config(source, preset), needed))}
    stored = results.load(source, preset)
    present = [] if stored is None else stored["replica"].values
    missing = np.setdiff1d(needed, present)
    if missing.size:
        listed = ", ".join(map(str, missing))
        raise ValueError(f"{name} starts from stored results of {source}, which has no replicas {listed}; run it first")
    return {"source": stored}
