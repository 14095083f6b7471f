"""Is diff-covariance a metric, as effective resistance is? Triangle inequalities, checked one triangle at a time."""

import numpy as np

from pruninglab.noiseprune import diff_covariance

TRIANGLES = ("balanced", "frustrated")
"""Balanced if the product of the three signs is positive; two neurons then have the same sign along either path."""
TALLIES = ("number", "diff-covariance", "square root")
TOLERANCE = 1e-9


def resistance_violations(C: np.ndarray) -> float:
    """Share of all triples (i, j, k) with Var(x_i - x_j) above Var(x_i - x_k) + Var(x_k - x_j)."""
    variance = np.diagonal(C)
    distance = variance[:, None] + variance[None, :] - 2 * C
    slack = TOLERANCE * distance.max()
    return float(np.mean([np.mean(distance > row[:, None] + row[None, :] + slack) for row in distance]))


def triangle_violations(A: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Tallies over the triangles of synapses of a signed symmetric network, shape (2, 3): `TRIANGLES` by `TALLIES`.

    How many there are, and in how many one of the three diff-covariances, or its square root, exceeds the sum of the
    other two.
    """
    delta, sign = diff_covariance(A, C), np.sign(A)
    np.fill_diagonal(sign, 0)
    tolerance = TOLERANCE * delta.max()
    tally = np.zeros((2, 3))
    for i, j in np.argwhere(np.triu(sign)):
        third = np.flatnonzero(sign[i] * sign[j])
        third = third[third > j]
        sides = np.stack([np.full(len(third), delta[i, j]), delta[i, third], delta[j, third]])
        balanced = sign[i, j] * sign[i, third] * sign[j, third] > 0
        for row, members in enumerate((balanced, ~balanced)):
            lengths = (sides[:, members], np.sqrt(sides[:, members]))
            tally[row] += [members.sum(), *((2 * s.max(axis=0) > s.sum(axis=0) + tolerance).sum() for s in lengths)]
    return tally
