"""Verdicts: functions with numeric thresholds from values per replica to one word.

The thresholds stand with each claim, in the claims file, and are committed before the result that they judge.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

VERDICTS = ("reproduced", "partly", "not reproduced", "undecided", "not comparable", "drawn", "not run")
SHARE = 0.9
"""Share of the replicas that must pass for "reproduced"."""
CONFIDENCE = 0.99
"""Of the interval of a population mean; the paper's own threshold is P < 0.01."""


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


def mean_above(values: np.ndarray, *, reproduced: float, failed: float, min_replicas: int) -> str:
    """A population mean is claimed to be large: judged by its confidence interval, so few replicas decide nothing.

    Reproduced if the whole interval lies above `reproduced`, not reproduced if it lies below `failed`, partly if both
    hold (an effect that is there but smaller than `failed`), else undecided.

    Examples
    --------
    >>> mean_above(np.array([0.9, 1.0, 1.1]), reproduced=0.0, failed=0.5, min_replicas=3)
    'reproduced'
    """
    low, high = mean_interval(values)
    if len(values) < min_replicas:
        return "undecided"
    there, small = low > reproduced, high < failed
    if there:
        return "partly" if small else "reproduced"
    return "not reproduced" if small else "undecided"


def mean_near(values: np.ndarray, *, target: float, reproduced: float, failed: float, min_replicas: int) -> str:
    """A population mean is claimed to be `target`: reproduced if its whole interval lies within `reproduced` of it.

    Not reproduced if the whole interval is farther away than `failed`, else undecided.

    Examples
    --------
    >>> mean_near(np.array([0.9, 1.0, 1.1]), target=1.0, reproduced=0.7, failed=1.0, min_replicas=3)
    'reproduced'
    """
    return _near(*mean_interval(values), len(values), target, reproduced, failed, min_replicas)


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """Confidence interval of the mean by Student's t; infinite for a single value.

    Examples
    --------
    >>> low, high = mean_interval(np.array([1.0, 2.0, 3.0]))
    >>> round(low, 1), round(high, 1)
    (-3.7, 7.7)
    """
    values = _checked(values)
    if len(values) < 2:
        return -np.inf, np.inf
    margin = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stats.sem(values)
    return float(values.mean() - margin), float(values.mean() + margin)


def correlation_below(pairs: np.ndarray, *, reproduced: float, failed: float, min_replicas: int) -> str:
    """Two quantities are claimed to go against each other: judged by the interval of their correlation.

    Reproduced if the whole interval lies below `reproduced`, not reproduced if it lies above `failed`, partly if both
    hold, else undecided.

    Parameters
    ----------
    pairs : ndarray, shape (n, 2)

    Examples
    --------
    >>> t = np.arange(9.0)
    >>> correlation_below(np.column_stack([t, -t]), reproduced=0.0, failed=-0.1, min_replicas=9)
    'reproduced'
    """
    low, high = correlation_interval(pairs)
    if len(pairs) < min_replicas:
        return "undecided"
    there, small = high < reproduced, low > failed
    if there:
        return "partly" if small else "reproduced"
    return "not reproduced" if small else "undecided"


def correlation_near(pairs: np.ndarray, *, target: float, reproduced: float, failed: float, min_replicas: int) -> str:
    """A correlation is claimed to be `target`: `mean_near` for its interval.

    Examples
    --------
    >>> t = np.arange(9.0)
    >>> correlation_near(np.column_stack([t, -t]), target=1.0, reproduced=0.1, failed=0.5, min_replicas=9)
    'not reproduced'
    """
    return _near(*correlation_interval(pairs), len(pairs), target, reproduced, failed, min_replicas)


def correlation_interval(pairs: np.ndarray) -> tuple[float, float]:
    """Confidence interval of Pearson's correlation by Fisher's transformation.

    It is -1 to 1 for three pairs or fewer, and where one of the quantities does not vary.

    Examples
    --------
    >>> low, high = correlation_interval(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]))
    >>> round(low, 2), round(high, 2)
    (-0.9, 1.0)
    """
    x, y = _checked_pairs(pairs).T
    if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return -1.0, 1.0
    low, high = stats.pearsonr(x, y).confidence_interval(CONFIDENCE)
    return float(low), float(high)


RULES: dict[str, Callable[..., str]] = {
    "below": below,
    "above": above,
    "near": near,
    "mean_above": mean_above,
    "mean_near": mean_near,
    "correlation_below": correlation_below,
    "correlation_near": correlation_near,
}


def centre_and_spread(kind: str, values: np.ndarray) -> tuple[str, str]:
    """What a row shows: median and range; mean, or correlation, and confidence interval where the rule judges that.

    Examples
    --------
    >>> centre_and_spread("below", np.array([1.0, 2.0, 4.0]))
    ('2', '1 to 4')
    """
    if kind.startswith("correlation_"):
        low, high = correlation_interval(values)
        varying = (np.ptp(values, axis=0) > 0).all()
        centre = f"r = {np.corrcoef(values.T)[0, 1]:.3g}" if varying else "no correlation"
        return centre, f"99 % interval {low:.2g} to {high:.2g}"
    if kind.startswith("mean_"):
        low, high = mean_interval(values)
        return f"{np.mean(values):.3g}", f"99 % interval {low:.3g} to {high:.3g}"
    return f"{np.median(values):.3g}", f"{values.min():.3g} to {values.max():.3g}"


def _near(low: float, high: float, n: int, target: float, reproduced: float, failed: float, min_replicas: int) -> str:
    if n < min_replicas:
        return "undecided"
    if low >= target - reproduced and high <= target + reproduced:
        return "reproduced"
    return "not reproduced" if low > target + failed or high < target - failed else "undecided"


def _checked(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("values must be one finite number per replica")
    return values


def _checked_pairs(pairs: np.ndarray) -> np.ndarray:
    pairs = np.asarray(pairs, dtype=float)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.isfinite(pairs).all():
        raise ValueError("pairs must be two finite numbers per replica")
    return pairs
