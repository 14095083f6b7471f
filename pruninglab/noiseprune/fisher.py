r"""Fisher information of each weight in the stationary activity of a linear network.

The stationary law is Gaussian with covariance C, so
:math:`F = \frac12\mathrm{tr}(C^{-1}C'C^{-1}C')` for a parameter that changes C at the rate :math:`C'`.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, schur
from scipy.linalg.lapack import dtrsyl

from pruninglab.checks import require_choice, require_numpy, require_positive
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix
from pruninglab.noiseprune.covariance import inverse_positive_definite, noise_covariance


def stationary_fisher(A: np.ndarray, *, sigma: float = 1.0, diagonal: str = "matched") -> np.ndarray:
    r"""Fisher information of each :math:`|w_{ij}|` in the stationary Gaussian activity.

    Symmetric A, matched diagonal (the leak follows the weight): :math:`\frac12(u^\top B^{-1}u)^2` with
    :math:`u = e_i - s_{ij}e_j`, B = -A. Original diagonal: :math:`B^{-1}_{ii}B^{-1}_{jj} + (B^{-1}_{ij})^2`. The noise
    drops out. A symmetric network has one parameter per undirected synapse; any other A one per directed synapse,
    by one Lyapunov equation each: N^3 operations per synapse.

    Parameters
    ----------
    A : ndarray of float64, shape (N, N)
        Stable.
    sigma : float
        Standard deviation of the noise.
    diagonal : {"matched", "original"}
        Whether the leak of the receiving neuron (of both, if symmetric) grows with the weight.

    Returns
    -------
    ndarray, shape (N, N)
        0 where there is no synapse.

    Examples
    --------
    >>> A = np.array([[-2.0, 1.0], [1.0, -2.0]])
    >>> stationary_fisher(A).round(4)
    array([[0.    , 0.2222],
           [0.2222, 0.    ]])
    """
    require_numpy("A", A)
    require_square_matrix("A", A)
    require_positive("sigma", sigma)
    require_choice("diagonal", diagonal, ("matched", "original"))
    if not is_symmetric(A):
        return _directed_fisher(A, sigma, diagonal)
    inverse = inverse_positive_definite(-A, name="-A")
    variance = np.diagonal(inverse)
    if diagonal == "matched":
        fisher = 0.5 * (variance[:, None] + variance[None, :] - 2 * np.sign(A) * inverse) ** 2
    else:
        fisher = variance[:, None] * variance[None, :] + inverse**2
    fisher[A == 0] = 0
    np.fill_diagonal(fisher, 0)
    return fisher


def _directed_fisher(A: np.ndarray, sigma: float, diagonal: str) -> np.ndarray:
    C = noise_covariance(A, sigma=sigma)
    factor = cho_factor(C)
    T, Q = schur(A.astype(np.float64), output="real")
    fisher = np.zeros_like(A)
    for i, j in np.argwhere((A != 0) & ~np.eye(len(A), dtype=bool)):
        slope = np.zeros_like(C)
        slope[i] = np.sign(A[i, j]) * C[j]
        if diagonal == "matched":
            slope[i] -= C[i]
        Y, scale, _ = dtrsyl(T, T, -(Q.T @ (slope + slope.T) @ Q), trana="N", tranb="T")
        relative = cho_solve(factor, Q @ (Y / scale) @ Q.T)
        fisher[i, j] = 0.5 * np.sum(relative * relative.T)
    return fisher
