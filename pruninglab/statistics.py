"""Paired comparisons of two lines of networks: what they find, and what they could have found."""

import numpy as np
from scipy import optimize, stats


def detectable_difference(differences: np.ndarray, *, alpha: float = 0.01, power: float = 0.8) -> float:
    """Smallest true mean difference that a paired t-test with as many pairs finds with the given probability.

    Parameters
    ----------
    differences : ndarray, shape (n,)
        Observed differences of n pairs, at least 3; only their number and standard deviation enter.
    alpha : float
        Level of the two-sided test.
    power : float
        Probability that the test finds the difference, more than `alpha`.

    Returns
    -------
    float
        In the unit of `differences`; 0 if they do not vary.

    Raises
    ------
    ValueError
        If there are fewer than 3 differences, one is not finite, or not 0 < alpha < power < 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> few, many = (detectable_difference(rng.normal(size=n)) for n in (10, 1000))
    >>> bool(few > 5 * many)
    True
    """
    differences = np.asarray(differences, dtype=float)
    if differences.ndim != 1 or len(differences) < 3 or not np.isfinite(differences).all():
        raise ValueError("differences must be at least 3 finite numbers, one per pair")
    if not 0 < alpha < power < 1:
        raise ValueError(f"power must lie between alpha and 1, got alpha {alpha!r} and power {power!r}")
    n, spread = len(differences), differences.std(ddof=1)
    critical = stats.f.isf(alpha, 1, n - 1)

    def missing_power(squared_shift: float) -> float:
        """t squared has the noncentral F distribution, whichever the sign of the difference."""
        return stats.ncf.sf(critical, 1, n - 1, squared_shift) - power

    squared_shift = optimize.brentq(missing_power, 0, 1000 * critical)
    return float(spread * np.sqrt(squared_shift / n))


def paired_p_values(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """P of a paired, two-sided t-test in every column of two arrays (n, x); 1 where no pair differs.

    Examples
    --------
    >>> first = np.array([[1.0, 0.0], [2.0, 0.0], [3.1, 0.0]])
    >>> paired_p_values(first, np.zeros((3, 2))).round(3)
    array([0.079, 1.   ])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(stats.ttest_rel(first, second, axis=0).pvalue, nan=1.0)
