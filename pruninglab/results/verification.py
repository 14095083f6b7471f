"""Does the code still give what is stored? Recomputes a cheap early quantity of replica 0 of every result."""

import warnings

import numpy as np

from pruninglab import results
from pruninglab.experiments import EXPERIMENTS, get_config

RELATIVE_TOLERANCE = 1e-5
"""Results are stored in single precision."""


def failures() -> list[str]:
    """One line per stored result that is stale or does not agree with the code; empty if all is well."""
    problems = []
    for name, module in EXPERIMENTS.items():
        for preset in module.PRESETS:
            if (results.folder() / f"{name}-{preset}.nc").exists():
                problems += [f"{name} --preset {preset}: {problem}" for problem in _problems(name, preset)]
    return problems


def _problems(name: str, preset: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", results.StaleResultWarning)
        stored = results.load(name, preset)
    if stored is None:
        return ["stored under another configuration; run it again"]
    replica = int(stored["replica"][0])
    expected = EXPERIMENTS[name].early(get_config(name, preset), replica)
    found = {key: float(stored[key].sel(replica=replica).mean()) for key in expected}
    return [
        f"{key} of replica {replica} is {found[key]:.8g} in the store but {value:.8g} from the code"
        for key, value in expected.items()
        if not np.isclose(found[key], value, rtol=RELATIVE_TOLERANCE, atol=0)
    ]
