"""Does a small disturbance grow or shrink? Jacobians and Lyapunov exponents (Averbeck 2022, Eq 5)."""

from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.checks import require_choice, require_finite

ORDERS = ("time", "code")
POPULATION_STEPS = slice(15, 36)
"""Steps 16 to 36, the paper's window for populations."""
EXAMPLE_STEPS = slice(14, 40)
"""Steps 15 to 40, its window for the spectrum of an example."""


def jacobians(A: Any, x: Any) -> Any:
    r"""Derivatives of one step of the network with respect to its state, :math:`J_k = A\,(1 - \tanh^2 x_k)`.

    Parameters
    ----------
    A : ndarray, shape (..., N, N)
    x : ndarray, shape (..., K, N)
        States before the nonlinearity.

    Returns
    -------
    ndarray, shape (..., K, N, N)
        ``J[..., k, i, j]`` is the derivative of unit i at step k + 1 with respect to unit j at step k.

    Raises
    ------
    ValueError
        If the shapes do not fit or something is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> jacobians(np.array([[2.0]]), np.array([[0.0]]))
    array([[[2.]]])
    """
    require_finite("A", A)
    require_finite("x", x)
    if A.ndim < 2 or x.ndim < 2 or not A.shape[-1] == A.shape[-2] == x.shape[-1] or A.shape[:-2] != x.shape[:-2]:
        raise ValueError(f"A must have shape (..., N, N) and x (..., K, N), got {A.shape} and {x.shape}")
    xp = get_array_module(A)
    return A[..., None, :, :] * (1 - xp.tanh(x) ** 2)[..., None, :]


def max_lyapunov(J: Any, *, order: str = "time") -> Any:
    r"""Maximal Lyapunov exponent, :math:`\frac{1}{n} \log \sigma_{\max}(J_n \cdots J_1)` for n factors.

    The running product is divided by its largest entry and the logarithms are added, so nothing underflows.

    Parameters
    ----------
    J : ndarray, shape (..., K, N, N)
        Jacobians in the order of time.
    order : {"time", "code"}
        ``"time"`` multiplies new factors from the left, as disturbances pass through them. ``"code"`` multiplies from
        the right, as the authors' code does.

    Returns
    -------
    ndarray, shape (...)
        -inf if the product is exactly zero.

    Raises
    ------
    ValueError
        If `J` has another shape or is not finite, or for an unknown order.

    Examples
    --------
    >>> import numpy as np
    >>> bool(np.isclose(max_lyapunov(np.full((3, 1, 1), 0.5)), np.log(0.5)))
    True
    """
    require_choice("order", order, ORDERS)
    _require_jacobians(J)
    xp = get_array_module(J)
    product, log = J[..., 0, :, :], 0.0
    for k in range(1, J.shape[-3]):
        factor = J[..., k, :, :]
        product = xp.matmul(factor, product) if order == "time" else xp.matmul(product, factor)
        norm = xp.abs(product).max(axis=(-2, -1))
        product = product / xp.where(norm > 0, norm, 1)[..., None, None]
        log = log + _log(norm)
    return (log + _log(xp.linalg.svd(product, compute_uv=False)[..., 0])) / J.shape[-3]


def lyapunov_spectrum(J: Any) -> Any:
    """All Lyapunov exponents by repeated QR factorisation of the product in time order, largest first.

    For a finite product the exponents from QR are growth rates of nested volumes. They approach the logarithms of the
    singular values, divided by n, as the number of factors n grows; for few factors the largest one lies below
    `max_lyapunov`.

    Parameters
    ----------
    J : ndarray, shape (..., K, N, N)

    Returns
    -------
    ndarray, shape (..., N)

    Raises
    ------
    ValueError
        If `J` has another shape or is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> np.round(lyapunov_spectrum(np.tile(np.diag([2.0, 0.5]), (4, 1, 1))), 3)
    array([ 0.693, -0.693])
    """
    _require_jacobians(J)
    xp = get_array_module(J)
    Q = xp.broadcast_to(xp.eye(J.shape[-1], dtype=J.dtype), (*J.shape[:-3], *J.shape[-2:]))
    logs = 0.0
    for k in range(J.shape[-3]):
        Q, R = xp.linalg.qr(xp.matmul(J[..., k, :, :], Q))
        logs = logs + _log(xp.abs(xp.diagonal(R, axis1=-2, axis2=-1)))
    return -xp.sort(-logs / J.shape[-3], axis=-1)


def _log(values: Any) -> Any:
    """Logarithm, -inf at 0 without a warning."""
    xp = get_array_module(values)
    return xp.where(values > 0, xp.log(xp.where(values > 0, values, 1)), -xp.inf)


def _require_jacobians(J: Any) -> None:
    require_finite("J", J)
    if J.ndim < 3 or J.shape[-1] != J.shape[-2] or 0 in J.shape:
        raise ValueError(f"J must have shape (..., K, N, N), got {J.shape}")
