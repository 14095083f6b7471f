"""Statistics that more than one part of the package needs."""

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
        Probability that the test finds the difference.

    Returns
    -------
    float
        In the unit of `differences`; 0 if they do not vary.

    Raises
    ------
    ValueError
        If there are fewer than 3 differences, or one is not finite.

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
    n, spread = len(differences), differences.std(ddof=1)
    critical = stats.t.ppf(1 - alpha / 2, n - 1)

    def missing(effect: float) -> float:
        shift = effect * np.sqrt(n)
        found = stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)
        return found - power

    return float(spread * optimize.brentq(missing, 0, 10 * critical))
