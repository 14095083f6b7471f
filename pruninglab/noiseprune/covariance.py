r"""Stationary covariance of a linear network driven by white noise, exact and as a simulation sees it.

The network is :math:`\dot x = A x + b + \sigma\,\xi(t)`; its covariance solves :math:`AC + CA^\top = -\sigma^2 I`
(Moore & Chaudhuri 2020, Eq 11).
"""

from typing import Any

import numpy as np
from scipy.linalg import get_lapack_funcs

from pruninglab.backend import get_array_module, raising_linalg_errors
from pruninglab.checks import require_positive, require_same_shape
from pruninglab.noiseprune.blocks import mirror_upper_triangle, row_blocks
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix

SMITH_TOLERANCE = {8: 1e-12, 4: 1e-6}
"""Relative size of the increment at which squared Smith stops, by bytes of the dtype."""
MAX_DOUBLINGS = 60


def noise_covariance(A: Any, *, sigma: float = 1.0) -> Any:
    r"""Solve :math:`AC + CA^\top = -\sigma^2 I` for the stationary covariance C.

    A symmetric A takes the Cholesky route, :math:`C = \frac{\sigma^2}{2}(-A)^{-1}`, and a failing factorisation is
    the stability test. Any other A takes squared Smith: matrix products and one inverse.

    Parameters
    ----------
    A : array of float32 or float64, shape (N, N)
        Stable: every eigenvalue has a negative real part.
    sigma : float
        Standard deviation of the noise.

    Returns
    -------
    array, shape (N, N)
        Exactly symmetric; library and dtype of `A`.

    Raises
    ------
    ValueError
        If `A` is not square, not finite or not stable, or `sigma` is not positive.

    Examples
    --------
    >>> noise_covariance(np.array([[-2.0]]))
    array([[0.25]])
    """
    require_square_matrix("A", A)
    require_positive("sigma", sigma)
    if is_symmetric(A):
        C, factor = inverse_positive_definite(-A, name="-A"), sigma**2 / 2
    else:
        C, factor = _squared_smith(A), sigma**2
    C *= float(factor)
    return C


def inverse_positive_definite(B: Any, *, name: str = "B") -> Any:
    """Inverse of the symmetric positive definite `B`, exactly symmetric.

    On the host it takes the place of `B` in memory: pass a copy of what is still needed.

    Raises
    ------
    ValueError
        If `B` is not positive definite, which for B = -A means that the network is not stable.
    """
    xp = get_array_module(B)
    if xp is not np:
        try:
            with raising_linalg_errors(B):
                xp.linalg.cholesky(B)
                inverse = xp.linalg.inv(B)
        except np.linalg.LinAlgError:
            raise ValueError(_not_definite(name)) from None
        return (inverse + inverse.T) / 2
    potrf, potri = get_lapack_funcs(("potrf", "potri"), (B,))
    factor, info = potrf(B.T, lower=True, clean=False, overwrite_a=True)
    if info == 0:
        inverse, info = potri(factor, lower=True, overwrite_c=True)
    if info != 0:
        raise ValueError(_not_definite(name))
    mirror_upper_triangle(inverse.T)
    return inverse.T


def euler_covariance(A: Any, *, dt: float, sigma: float = 1.0) -> Any:
    r"""Stationary covariance of the Euler-Maruyama recursion with step `dt`, for symmetric A.

    :math:`C_{EM} = \sigma^2(-2A - \Delta t\,A^2)^{-1}`: the mode with rate :math:`|\lambda|` is inflated by
    :math:`1/(1 - \Delta t\,|\lambda|/2)`.

    Raises
    ------
    ValueError
        If `A` is not symmetric, or the recursion is unstable at this `dt`.

    Examples
    --------
    >>> euler_covariance(np.array([[-1.0]]), dt=0.2).round(4)
    array([[0.5556]])
    """
    require_square_matrix("A", A)
    require_positive("dt", dt)
    require_positive("sigma", sigma)
    if not is_symmetric(A):
        raise ValueError("A must be symmetric: the closed form of the discretisation bias holds for symmetric A only")
    inflated = -2 * A - float(dt) * (A @ A)
    inflated = (inflated + inflated.T) / 2
    C = inverse_positive_definite(inflated, name=f"-2A - dt A^2 at dt={dt}")
    C *= float(sigma**2)
    return C


def diff_covariance(A: Any, C: Any) -> Any:
    r"""Variance of :math:`x_i - s_{ij}x_j` for every synapse: :math:`C_{ii} + C_{jj} - 2s_{ij}C_{ij}`.

    The term of Moore & Chaudhuri 2020, Eq 4, that the synapse can observe; :math:`s_{ij}` is the sign of the weight.

    Parameters
    ----------
    A, C : array, shape (N, N)

    Returns
    -------
    array, shape (N, N)
        Zero where there is no synapse, and on the diagonal.

    Examples
    --------
    >>> A = np.array([[-2.0, 1.0], [1.0, -2.0]])
    >>> diff_covariance(A, noise_covariance(A)).round(4)
    array([[0.    , 0.3333],
           [0.3333, 0.    ]])
    """
    xp = get_array_module(A, C)
    require_square_matrix("A", A)
    require_square_matrix("C", C)
    require_same_shape("C", C, "A", A)
    variance = xp.diagonal(C)
    delta = xp.empty(A.shape, dtype=xp.result_type(A.dtype, C.dtype))
    for rows in row_blocks(len(A)):
        sign = xp.sign(A[rows])
        delta[rows] = (variance[rows, None] + variance[None, :] - 2 * sign * C[rows]) * (sign != 0)
    xp.fill_diagonal(delta, 0)
    return delta


def _squared_smith(A: Any) -> Any:
    """Covariance at sigma = 1 by doubling the Cayley-transformed equation X = U X U^T + Q."""
    xp = get_array_module(A)
    N = A.shape[0]
    rate = -float(xp.trace(A)) / N
    if rate <= 0:
        raise ValueError("A is not stable: the mean of its diagonal is not negative")
    identity = xp.eye(N, dtype=A.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            with raising_linalg_errors(A):
                M = xp.linalg.inv(rate * identity - A)
        except np.linalg.LinAlgError:
            raise ValueError("A is not stable: it has a positive eigenvalue") from None
        U = M @ (rate * identity + A)
        X = (2 * rate) * (M @ M.T)
        for _ in range(MAX_DOUBLINGS):
            increment = U @ X @ U.T
            X += increment
            size = float(xp.linalg.norm(X))
            if not np.isfinite(size):
                break
            if float(xp.linalg.norm(increment)) <= SMITH_TOLERANCE[A.dtype.itemsize] * size:
                return (X + X.T) / 2
            U = U @ U
    raise ValueError("A is not stable: an eigenvalue has a real part that is zero or positive")


def _not_definite(name: str) -> str:
    return f"{name} is not positive definite: the network is not stable"
