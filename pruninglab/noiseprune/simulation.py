"""Simulated activity of linear and rectified-linear networks."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from pruninglab.backend import asarray, get_array_module
from pruninglab.checks import require_finite, require_positive
from pruninglab.noiseprune.checks import require_square_matrix

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
    rng: np.random.Generator | Sequence[np.random.Generator],
    rectified: bool = False,
    record_every: int = 1,
) -> Any:
    r"""Integrate :math:`\dot x = Ax + b + \sigma\,\xi(t)` by Euler-Maruyama (Moore & Chaudhuri 2020, Eq 1).

    With ``rectified`` the network is :math:`\dot x = -Dx + [Wx + b]_+ + \sigma\,\xi` with D = -diag(A), Eq 13 but for
    the noise: it acts on the state, because white noise inside a rectifier has no limit for small time steps.

    Parameters
    ----------
    A : array or scipy.sparse CSR array, shape (N, N)
    x0 : array, shape (N,) or (N, R)
        Initial state of one run, or of R runs as columns.
    b : float or array, shape (N,) or that of `x0`
        Constant input; (N,) is one number per neuron, the same in all runs.
    sigma : float
        Standard deviation of the noise, zero or above.
    dt : float
        Time step.
    n_steps : int
        Steps taken.
    rng : numpy.random.Generator, or a sequence of R of them
        A generator in the same state gives the same noise, whatever `A` is: that is how a network and its pruned
        version see the same input. With one generator per column of `x0`, each run gets the noise that it would get
        alone. Nothing is drawn if `sigma` is zero.
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
    if not isinstance(rng, np.random.Generator) and (x0.ndim != 2 or len(rng) != x0.shape[1]):
        raise ValueError(f"rng must be one Generator, or one per column of x0, whose shape is {x0.shape}")
    x = x0.copy()
    drive = _input(b, x)
    leak = -A.diagonal().astype(x.dtype)[(...,) + (None,) * (x.ndim - 1)] if rectified else None
    records = xp.empty((n_steps // record_every + 1, *x.shape), dtype=x.dtype)
    records[0] = x
    noise = _noise(x, sigma * np.sqrt(dt), n_steps, rng)
    dt = float(dt)
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


def _input(b: Any, x: Any) -> Any:
    """Constant input, broadcast to the shape of the state `x`."""
    xp = get_array_module(x)
    drive = xp.asarray(b, dtype=x.dtype)
    if drive.shape not in ((), x.shape[:1], x.shape):
        raise ValueError(f"b must be a number or have shape {x.shape[:1]} or {x.shape}, got {drive.shape}")
    require_finite("b", drive)
    if drive.ndim == 1:
        drive = drive.reshape(-1, *[1] * (x.ndim - 1))
    return xp.broadcast_to(drive, x.shape)


def _noise(
    x: Any, scale: float, n_steps: int, rng: np.random.Generator | Sequence[np.random.Generator]
) -> Iterator[Any]:
    """Yield one noise increment of the shape of `x` per step, drawn on the host in blocks."""
    block = max(1, NOISE_BLOCK // x.size)
    for start in range(0, n_steps, block):
        n = min(block, n_steps - start)
        if isinstance(rng, np.random.Generator):
            draws = rng.standard_normal((n, *x.shape))
        else:
            draws = np.stack([column.standard_normal((n, x.shape[0])) for column in rng], axis=-1)
        yield from asarray(scale * draws, like=x).astype(x.dtype)


def _check_simulation(A: Any, x0: Any, sigma: float, dt: float, n_steps: int, record_every: int) -> None:
    if issparse(A):
        if A.shape[0] != A.shape[1] or not np.isfinite(A.data).all():
            raise ValueError(f"A must be a finite square matrix, got a sparse one of shape {A.shape}")
    else:
        require_square_matrix("A", A)
    require_finite("x0", x0)
    if x0.ndim not in (1, 2) or x0.shape[0] != A.shape[0] or x0.size == 0:
        raise ValueError(f"x0 must have shape ({A.shape[0]},) or ({A.shape[0]}, R), got {x0.shape}")
    require_positive("dt", dt)
    if not 0 <= sigma < float("inf"):
        raise ValueError(f"sigma must be a finite number, 0 or above, got {sigma!r}")
    if n_steps < 1 or record_every < 1:
        raise ValueError(f"n_steps and record_every must be at least 1, got {n_steps} and {record_every}")
