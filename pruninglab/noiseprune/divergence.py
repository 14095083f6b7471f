r"""How far pruning moves the stationary activity of a linear network: Kullback-Leibler divergence of two Gaussians."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky

from pruninglab.checks import require_numpy, require_positive, require_same_shape
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix
from pruninglab.noiseprune.covariance import noise_covariance


def stationary_divergence(A: np.ndarray, A_pruned: np.ndarray, *, sigma: float = 1.0) -> float:
    r"""Divergence of the pruned network's stationary law from that of the original, in nats.

    :math:`D(P\|P') = \frac12\big[\mathrm{tr}(C'^{-1}C) - N + \ln\det C' - \ln\det C\big]` with the noise
    covariances C and C' of both networks. For symmetric networks it is :math:`\frac12\big[\mathrm{tr}(B'B^{-1}) - N -
    \ln\det(B'B^{-1})\big]`, B = -A: the noise drops out. To second order in the change of one weight it is half its
    `stationary_fisher` times the change squared.

    Parameters
    ----------
    A : ndarray of float64, shape (N, N)
        Stable.
    A_pruned : ndarray of float64, shape (N, N)
    sigma : float
        Standard deviation of the noise, the same in both networks.

    Returns
    -------
    float
        At least 0, up to rounding; infinite if `A_pruned` is not stable, for then it has no stationary law.

    Raises
    ------
    ValueError
        If a matrix is not square or not finite, shapes differ, `A` is not stable, or `sigma` is not positive.

    Examples
    --------
    >>> A = np.array([[-1.0, 0.5], [0.5, -1.0]])
    >>> round(stationary_divergence(A, np.diag([-1.0, -1.0])), 4)
    0.1895
    """
    for name, matrix in (("A", A), ("A_pruned", A_pruned)):
        require_numpy(name, matrix)
        require_square_matrix(name, matrix)
    require_same_shape("A_pruned", A_pruned, "A", A)
    require_positive("sigma", sigma)
    C = noise_covariance(A, sigma=sigma)
    if is_symmetric(A) and is_symmetric(A_pruned):
        try:
            factor = cholesky(-A_pruned, lower=True)
        except np.linalg.LinAlgError:
            return np.inf
        trace = -2 / sigma**2 * np.vdot(A_pruned, C)
        log_det = -2 * np.log(np.diagonal(factor)).sum() + len(A) * np.log(sigma**2 / 2)
    else:
        try:
            C_pruned = noise_covariance(A_pruned, sigma=sigma)
        except ValueError:
            return np.inf
        factor = cho_factor(C_pruned, lower=True)
        trace = np.trace(cho_solve(factor, C))
        log_det = 2 * np.log(np.diagonal(factor[0])).sum()
    log_det_before = 2 * np.log(np.diagonal(cholesky(C, lower=True))).sum()
    return float(trace - len(A) + log_det - log_det_before) / 2
