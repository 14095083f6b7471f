"""Recordings of stationary activity, and what a synapse can estimate from them; on the host."""

from typing import Any

import numpy as np

from pruninglab.checks import require_finite, require_numpy, require_positive
from pruninglab.noiseprune.checks import is_symmetric, require_square_matrix


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
    require_numpy("A", A)
    require_square_matrix("A", A)
    require_positive("sigma", sigma)
    require_positive("interval", interval)
    if n_records < 1 or n_copies < 1:
        raise ValueError(f"n_records and n_copies must be at least 1, got {n_records} and {n_copies}")
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

    The mean is taken as known, so nothing is lost to estimating it. No N by N matrix is formed.

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
    require_numpy("x", x)
    if len(x) == 0:
        raise ValueError("x must hold at least one record")
    require_finite("x", x)
    if not len(i) == len(j) == len(sign):
        raise ValueError(f"i, j and sign must have the same length, got {len(i)}, {len(j)} and {len(sign)}")
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
    require_numpy("A", A)
    require_square_matrix("A", A)
    require_positive("duration", duration)
    require_positive("interval", interval)
    if not is_symmetric(A):
        raise ValueError("A must be symmetric: its modes must be independent")
    eigenvalues, V = np.linalg.eigh(A)
    if eigenvalues[-1] >= 0:
        raise ValueError("A is not stable: its largest eigenvalue is not negative")
    power = (V[i] - sign[:, None] * V[j]) ** 2 / (-2 * eigenvalues)
    overlap = interval / np.tanh(-0.5 * interval * (eigenvalues[:, None] + eigenvalues[None, :]))
    variance = (2.0 / duration) * np.einsum("mk,kl,ml->m", power, overlap, power, optimize=True)
    return np.sqrt(variance) / power.sum(axis=1)
