"""Updates of contrastive divergence at batch size 1 on the host, compiled by Numba: one machine after the other.

`array_updates` in `pruninglab.boltzmann.training` computes the same for any library and batch size. An update of a
small machine is a few thousand multiplications, and the calls of a library would cost more than they do.
"""

import numpy as np
from numba import njit

FAST = {"contract", "nsz", "arcp", "reassoc"}
"""Sums may be reordered; NaN and infinity keep their meaning."""


def compiled_updates(
    state: list,
    changes: list,
    free: np.ndarray,
    rows: np.ndarray,
    uniforms: np.ndarray,
    rate: float,
    momentum: float,
    factors: tuple[float, float],
    batch_size: int,
) -> None:
    """See `pruninglab.boltzmann.training.array_updates`; `batch_size` must be 1."""
    number = state[0].dtype.type
    factor = free.astype(state[0].dtype)
    _update_machines(*state, *changes, factor, rows, uniforms, number(rate), number(momentum), *map(number, factors))


@njit(cache=True, fastmath=FAST)
def _update_machines(W, b, c, dW, db, dc, free, rows, uniforms, rate, momentum, bottom_up, top_down):
    for e in range(len(W)):
        _update(W[e], b[e], c[e], dW[e], db[e], dc[e], free[e], rows, uniforms[e], rate, momentum, bottom_up, top_down)


@njit(cache=True, fastmath=FAST)
def _update(W, b, c, dW, db, dc, free, rows, uniforms, rate, momentum, bottom_up, top_down):
    n_v, n_h = W.shape
    h0, h1, h, v1 = np.empty_like(c), np.empty_like(c), np.empty_like(c), np.empty_like(b)
    for s in range(len(rows)):
        x, u = rows[s], uniforms[s]
        _hidden(W, c, x, bottom_up, h0)
        for j in range(n_h):
            h[j] = 1 if u[j] < h0[j] else 0
        for i in range(n_v):
            total = b[i]
            for j in range(n_h):
                total += W[i, j] * h[j]
            v1[i] = 1 if u[n_h + i] < _sigmoid(top_down * total) else 0
        _hidden(W, c, v1, bottom_up, h1)
        for i in range(n_v):
            for j in range(n_h):
                dW[i, j] = rate * (momentum * dW[i, j] + free[i, j] * (x[i] * h0[j] - v1[i] * h1[j]))
                W[i, j] += dW[i, j]
            db[i] = rate * (momentum * db[i] + x[i] - v1[i])
            b[i] += db[i]
        for j in range(n_h):
            dc[j] = rate * (momentum * dc[j] + h0[j] - h1[j])
            c[j] += dc[j]


@njit(cache=True, fastmath=FAST)
def _hidden(W, c, v, bottom_up, out):
    for j in range(len(c)):
        out[j] = c[j]
    for i in range(len(v)):
        if v[i] != 0:
            for j in range(len(c)):
                out[j] += W[i, j]
    for j in range(len(c)):
        out[j] = _sigmoid(bottom_up * out[j])


@njit(cache=True, fastmath=FAST)
def _sigmoid(x):
    return (1 + np.tanh(x / 2)) / 2
