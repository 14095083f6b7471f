"""Verdicts: functions with numeric thresholds from values per replica to one word.

The thresholds stand with each claim, in the claims file, and are committed before the result that they judge.
"""

from collections.abc import Callable

import numpy as np

VERDICTS = ("reproduced", "partly", "not reproduced", "undecided", "not comparable", "drawn", "not run")
SHARE = 0.9
"""Share of the replicas that must pass for "reproduced"."""


def below(values: np.ndarray, *, reproduced: float, failed: float, min_replicas: int) -> str:
    """Small is as claimed: 90 % of the replicas at or below `reproduced`; refuted if the median reaches `failed`.

    Examples
    --------
    >>> below(np.array([0.4, 0.5]), reproduced=0.9, failed=1.0, min_replicas=2)
    'reproduced'
    """
    values = _checked(values)
    if len(values) < min_replicas:
        return "undecided"
    if np.mean(values <= reproduced) >= SHARE:
        return "reproduced"
    return "not reproduced" if np.median(values) >= failed else "partly"


def above(values: np.ndarray, *, reproduced: float, failed: float, min_replicas: int) -> str:
    """Large is as claimed: 90 % of the replicas at or above `reproduced`; refuted if the median falls to `failed`.

    Examples
    --------
    >>> above(np.array([0.4, 0.5]), reproduced=0.9, failed=0.6, min_replicas=2)
    'not reproduced'
    """
    return below(-_checked(values), reproduced=-reproduced, failed=-failed, min_replicas=min_replicas)


def near(values: np.ndarray, *, target: float, reproduced: float, failed: float, min_replicas: int) -> str:
    """A number is claimed: `below` for the distance of each replica from `target`.

    Examples
    --------
    >>> near(np.array([0.51]), target=0.5, reproduced=0.02, failed=0.1, min_replicas=1)
    'reproduced'
    """
    distance = np.abs(_checked(values) - target)
    return below(distance, reproduced=reproduced, failed=failed, min_replicas=min_replicas)


RULES: dict[str, Callable[..., str]] = {"below": below, "above": above, "near": near}


def _checked(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("values must be one finite number per replica")
    return values
