"""Simulated activity of linear and rectified-linear networks, and the covariance that a synapse sees in it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import issparse

from pruninglab.backend import asarray, get_array_module
from pruninglab.noiseprune.checks import is_symmetric, require_finite, require_positive, require_square_matrix

NOISE_BLOCK = 1 << 20
"""Random numbers drawn at a time; the result does not depend on it."""


def simulate(
    A: Any,
    *,
    x0: Any,
    b: Any = 0.0,
    sigma: float = 0.0,
    dt: float,
    n_steps: int,
    rng: np.random.Generator,
    rectified: bool = False,
    record_every: int = 1,
) -> Any:
    r"""Integrate :math:`\dot x = Ax + b + \sigma\,\xi(t)` by Euler-Maruyama (Moore & Chaudhuri 2020, Eq 1).

    With ``rectified`` the network is :math:`\dot x = -Dx + [Wx + b + \sigma\,\xi]_+` (Eq 13), D = -diag(A); the noise
    is then added outside the rectifier, to the state.

    Parameters
    ----------
    A : array or scipy.sparse CSR array, shape (N, N)
    x0 : array, shape (N,) or (N, R)
        Initial state of one run, or of R runs as columns.
    b : float or array broadcastable to `x0`
        Constant input.
    sigma : float
        Standard deviation of the noise, zero or above.
    dt : float
        Time step.
    n_steps : int
        Steps taken.
    rng : numpy.random.Generator
        A generator in the same state gives the same noise, whatever `A` is: that is how a network and its pruned
        version see the same input. Nothing is drawn if `sigma` is zero.
    rectified : bool
    record_every : int
        Steps between records.

    Returns
    -------
    array, shape (n_steps // record_every + 1, N[, R])
        The first record is `x0`. Library and dtype of `x0`.

    Raises
    ------
    ValueError
        For shapes that do not fit, NaN or infinity, or a step so long that the activity overflows.

    Examples
    --------
    >>> A = np.array([[-1.0]])
    >>> x = simulate(A, x0=np.ones(1), dt=0.5, n_steps=2, rng=np.random.default_rng(0))
    >>> x.ravel().tolist()
    [1.0, 0.5, 0.25]
    """
    xp = get_array_module(x0)
    _check_simulation(A, x0, sigma, dt, n_steps, record_every)
    x = x0.copy()
    drive = xp.broadcast_to(xp.asarray(b, dtype=x.dtype), x.shape)
    leak = -A.diagonal().astype(x.dtype)[(...,) + (None,) * (x.ndim - 1)] if rectified else None
    records = xp.empty((n_steps // record_every + 1, *x.shape), dtype=x.dtype)
    records[0] = x
    noise = _noise(x, sigma * np.sqrt(dt), n_steps, rng)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(1, n_steps + 1):
            rate = A @ x + drive
            if rectified:
                rate = xp.maximum(rate + leak * x, 0) - leak * x
            x = x + dt * rate
            if sigma > 0:
                x += next(noise)
            if step % record_every == 0:
                records[step // record_every] = x
    if not bool(xp.isfinite(records).all()):
        raise ValueError(f"dt={dt} makes the simulation diverge: every eigenvalue of A needs |1 + dt lambda| < 1")
    return records


def stationary_paths(
    A: Any, *, sigma: float, interval: float, n_records: int, n_copies: int, rng: np.random.Generator
) -> Any:
    r"""Sample the stationary Ornstein-Uhlenbeck process of a symmetric network without any time-step error.

    Uses :math:`x_{t+\Delta} = e^{A\Delta}x_t + \eta` with
    :math:`\mathrm{Cov}(\eta) = \frac{\sigma^2}{2}B^{-1}(I - e^{-2B\Delta})`, B = -A, in the eigenbasis of A. The
    first record is already drawn from the stationary law, so there is no burn-in.

    Parameters
    ----------
    A : array, shape (N, N), symmetric and stable
    sigma : float
    interval : float
        Time between records, any length.
    n_records, n_copies : int
        Records per path, and independent paths.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n_records, N, n_copies)

    Examples
    --------
    >>> A = np.array([[-2.0]])
    >>> rng = np.random.default_rng(0)
    >>> x = stationary_paths(A, sigma=1.0, interval=5.0, n_records=4000, n_copies=1, rng=rng)
    >>> bool(abs(x.var() - 0.25) < 0.02)
    True
    """
    require_square_matrix("A", A)
    require_positive("sigma", sigma)
    require_positive("interval", interval)
    if not is_symmetric(A):
        raise ValueError("A must be symmetric: the exact step uses its orthogonal eigenvectors")
    eigenvalues, V = np.linalg.eigh(A)
    if eigenvalues[-1] >= 0:
        raise ValueError("A is not stable: its largest eigenvalue is not negative")
    deviation = sigma * np.sqrt(-0.5 / eigenvalues)[:, None]
    decay = np.exp(eigenvalues * interval)[:, None]
    fresh = deviation * np.sqrt(-np.expm1(2 * eigenvalues * interval))[:, None]
    modes = rng.normal(size=(n_records, len(A), n_copies))
    modes[0] *= deviation
    for record in range(1, n_records):
        modes[record] = decay * modes[record - 1] + fresh * modes[record]
    return np.tensordot(modes, V, axes=(1, 1)).transpose(0, 2, 1).astype(A.dtype)


def sampled_diff_covariance(x: Any, i: np.ndarray, j: np.ndarray, sign: np.ndarray, *, mean: Any = 0.0) -> np.ndarray:
    """Estimate Var(x_i - s x_j) for chosen synapses from recorded activity, one number per synapse.

    The mean is taken as known, so nothing is lost to estimating it; memory is one value per synapse and record.

    Parameters
    ----------
    x : array, shape (n_records, N) or (n_records, N, R)
        Records and copies are averaged alike.
    i, j : int arrays, shape (m,)
        Post- and presynaptic neuron.
    sign : array, shape (m,)
        Sign of each weight.
    mean : float or array, shape (N,)
        Known mean activity.

    Returns
    -------
    ndarray, shape (m,)

    Examples
    --------
    >>> x = np.array([[1.0, -1.0], [-1.0, 1.0]])
    >>> sampled_diff_covariance(x, np.array([0]), np.array([1]), np.array([1.0]))
    array([4.])
    """
    if len(x) == 0:
        raise ValueError("x must hold at least one record")
    require_finite("x", x)
    centred = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]) - mean
    total = np.zeros(len(i))
    for record in centred:
        total += (record[i] - sign * record[j]) ** 2
    return total / len(centred)


def relative_sampling_error(
    A: Any, i: np.ndarray, j: np.ndarray, sign: np.ndarray, *, duration: float, interval: float
) -> np.ndarray:
    r"""Predicted relative error of each diff-covariance after a long recording, for symmetric A.

    :math:`x_i - s x_j` has autocovariance :math:`\sum_k c_k e^{\lambda_k|\tau|}`. By Isserlis' theorem, and for
    :math:`T \gg 1/|\lambda|`, the mean of its square over records at intervals h has the variance
    :math:`\frac{2h}{T}\sum_{kl} c_kc_l\coth\frac{h(|\lambda_k|+|\lambda_l|)}{2}`. For small h a single mode gives
    :math:`\sqrt{2/(|\lambda|T)}`.

    Parameters
    ----------
    A : array, shape (N, N), symmetric and stable
    i, j, sign : arrays, shape (m,)
        The synapses, as in `sampled_diff_covariance`.
    duration, interval : float
        Length of the recording T, and time between its records h.

    Returns
    -------
    ndarray, shape (m,)

    Examples
    --------
    >>> A = np.diag([-2.0, -2.0]).astype(float)
    >>> pair = np.array([0]), np.array([1]), np.array([1.0])
    >>> relative_sampling_error(A, *pair, duration=100.0, interval=1e-3).round(3)
    array([0.1])
    """
    require_square_matrix("A", A)
    require_positive("duration", duration)
    require_positive("interval", interval)
    if not is_symmetric(A):
        raise ValueError("A must be symmetric: its modes must be independent")
    eigenvalues, V = np.linalg.eigh(A)
    power = (V[i] - sign[:, None] * V[j]) ** 2 / (-2 * eigenvalues)
    overlap = interval / np.tanh(-0.5 * interval * (eigenvalues[:, None] + eigenvalues[None, :]))
    variance = (2.0 / duration) * np.einsum("mk,kl,ml->m", power, overlap, power, optimize=True)
    return np.sqrt(variance) / power.sum(axis=1)


def _noise(x: Any, scale: float, n_steps: int, rng: np.random.Generator) -> Iterator[Any]:
    """Yield one noise increment of the shape of `x` per step, drawn on the host in blocks."""
    block = max(1, NOISE_BLOCK // x.size)
    for start in range(0, n_steps, block):
        yield from asarray(scale * rng.standard_normal((min(block, n_steps - start), *x.shape)), like=x).astype(x.dtype)


def _check_simulation(A: Any, x0: Any, sigma: float, dt: float, n_steps: int, record_every: int) -> None:
    if issparse(A):
        if A.shape[0] != A.shape[1] or not np.isfinite(A.data).all():
            raise ValueError(f"A must be a finite square matrix, got a sparse one of shape {A.shape}")
    else:
        require_square_matrix("A", A)
    require_finite("x0", x0)
    if x0.ndim not in (1, 2) or x0.shape[0] != A.shape[0]:
        raise ValueError(f"x0 must have shape ({A.shape[0]},) or ({A.shape[0]}, R), got {x0.shape}")
    require_positive("dt", dt)
    if not 0 <= sigma < float("inf"):
        raise ValueError(f"sigma must be a finite number, 0 or above, got {sigma!r}")
    if n_steps < 1 or record_every < 1:
        raise ValueError(f"n_steps and record_every must be at least 1, got {n_steps} and {record_every}")
