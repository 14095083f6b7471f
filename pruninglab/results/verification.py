"""Does the code still give what is stored? Recomputes a cheap early quantity of replica 0 of every result."""

import warnings

import numpy as np

from pruninglab import results
from pruninglab.experiments import EXPERIMENTS, get_config
from pruninglab.results.sources import source_arguments

RELATIVE_TOLERANCE = 1e-5
"""Results are stored in single precision."""
ABSOLUTE_TOLERANCE = 1e-7
"""For means that are near zero."""


def failures() -> list[str]:
    """One line per stored result that is stale or does not agree with the code; empty if all is well."""
    problems = []
    for name, module in EXPERIMENTS.items():
        for preset in module.PRESETS:
            if results.find(name, preset) is not None:
                problems += [f"{name} --preset {preset}: {problem}" for problem in _problems(name, preset)]
    return problems


def _problems(name: str, preset: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", results.StaleResultWarning)
        stored = results.load(name, preset)
    if stored is None:
        return ["stored under another configuration; run it again"]
    replica = int(stored["replica"][0])
    try:
        source = source_arguments(name, preset, [replica])
    except ValueError as error:
        return [str(error)]
    expected = EXPERIMENTS[name].early(get_config(name, preset), replica, **source)
    found = stored.sel(replica=replica)[list(expected.data_vars)]
    found = found.sel({name: expected[name] for name in expected.coords if name in found.dims})
    return [
        f"{key} of replica {replica} is {found[key].values} in the store but {expected[key].values} from the code"
        for key in expected.data_vars
        if not np.allclose(found[key], expected[key], rtol=RELATIVE_TOLERANCE, atol=ABSOLUTE_TOLERANCE)
    ]
