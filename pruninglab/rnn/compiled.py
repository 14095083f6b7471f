"""Loss and gradient on the host, compiled by Numba: one network after the other, everything in the processor's cache.

It computes what `ArrayEngine` computes, several times faster. Rows are padded with zeros to whole vector registers, and
four sums run side by side: so the compiler vectorises them, and no step of a network costs a library call.
"""

import numpy as np
from numba import njit

from pruninglab.rnn.layout import NetworkShape
from pruninglab.rnn.sequences import SharedStates

PADDED_TO = 4
"""Rows have a multiple of this length; the vectorised loops leave no remainder then."""
FAST = {"contract", "nsz", "arcp", "reassoc"}
"""Sums may be reordered; NaN and infinity keep their meaning, or a diverging step would go unnoticed."""


class CompiledEngine:
    """The parameters are those of `ArrayEngine`; all arrays are float64 NumPy arrays."""

    def __init__(self, shape: NetworkShape, inputs: np.ndarray, shared: SharedStates, multiplicity: np.ndarray) -> None:
        self.sizes = (shape.N, shape.n_inputs, shape.n_outputs, int(shape.has_bias))
        self.multiplicity = multiplicity
        self.starts = np.array([0, *np.cumsum(shared.counts)])
        self.parents = shared.parent_rows()
        u = shared.row_inputs(inputs)
        n_rows, n_units, n_senders = len(self.parents), _padded(shape.N), _padded(shape.N + shape.n_inputs)
        self.before = np.zeros((len(u), n_rows, n_senders))
        self.before[:, :, shape.N : shape.N + shape.n_inputs] = u
        self.z, self.errors = np.zeros((n_rows, n_units)), np.zeros((n_rows, n_units))
        self.W, self.A_transposed = np.zeros((n_units, n_senders)), np.zeros((n_units, n_units))
        self.C, self.dC = np.zeros((shape.n_outputs, n_units)), np.zeros((shape.n_outputs, n_units))
        self.dW = np.zeros((n_units, n_senders))
        self.powers = np.zeros(n_units, dtype=np.int64)

    def set_inputs(self, network: int, rows: np.ndarray) -> None:
        """Replace the inputs of all states, shape (R, I), of one network that has inputs of its own."""
        N = self.sizes[0]
        self.before[network, :, N : N + rows.shape[1]] = rows

    def evaluate(self, theta: np.ndarray, gradient: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `ArrayEngine.evaluate`. A network whose first weight is NaN is not run; its loss and gradient are NaN."""
        loss = np.empty(len(theta))
        problem = (targets, self.multiplicity, self.starts, self.parents, self.sizes, self.before)
        buffers = (self.z, self.errors, self.W, self.A_transposed, self.C, self.dW, self.dC, self.powers)
        _evaluate(theta, gradient, loss, *problem, *buffers)
        return loss


def _padded(n: int) -> int:
    return -(-n // PADDED_TO) * PADDED_TO


@njit(cache=True, fastmath=FAST)
def _evaluate(
    theta, gradient, loss, targets, multiplicity, starts, parents, sizes, before, z, errors, W, A_T, C, dW, dC, powers
):
    """Every network in turn: unpack its weights, run forward and backward, pack its gradient."""
    N, n_inputs, n_outputs, bias = sizes
    n_columns = N + n_inputs
    first = N * n_columns
    rows = np.arange(len(parents))
    for e in range(len(theta)):
        if np.isnan(theta[e, 0]):
            loss[e], gradient[e] = np.nan, np.nan
            continue
        own = before[e if len(before) > 1 else 0]
        for i in range(N):
            for j in range(n_columns):
                W[i, j] = theta[e, i * n_columns + j]
            for j in range(N):
                A_T[j, i] = W[i, j]
        for o in range(n_outputs):
            for j in range(N):
                C[o, j] = theta[e, first + o * (N + bias) + j]
        _run_forward(N, starts, parents, own, z, W, rows, powers)
        loss[e] = _read_out(theta[e], gradient[e], targets[e], multiplicity, sizes, z, errors, C, dC)
        _run_backward(starts, parents, z, errors, A_T)
        np.dot(errors.T, own, dW)
        for i in range(N):
            for j in range(n_columns):
                gradient[e, i * n_columns + j] = dW[i, j]
        for o in range(n_outputs):
            for j in range(N):
                gradient[e, first + o * (N + bias) + j] = dC[o, j]


@njit(cache=True, fastmath=FAST)
def _run_forward(N, starts, parents, before, z, W, rows, powers):
    """`before` gets the state that precedes each row, `z` the row's own."""
    z[:] = 0.0
    for k in range(len(starts) - 1):
        for row in range(starts[k], starts[k + 1]):
            if k > 0:
                for i in range(N):
                    before[row, i] = z[parents[row], i]
        _add_products(z, W, before, starts[k], starts[k + 1], rows)
        for row in range(starts[k], starts[k + 1]):
            _tanh(z[row], powers)


@njit(cache=True, fastmath=FAST)
def _read_out(theta, gradient, targets, multiplicity, sizes, z, errors, C, dC):
    """Loss; `errors` gets C^T e for every row and `dC` its gradient. The bias lies at the end of each row of C."""
    N, n_inputs, n_outputs, bias = sizes
    first = N * (N + n_inputs)
    loss = 0.0
    errors[:] = 0.0
    dC[:] = 0.0
    for o in range(n_outputs):
        place = first + o * (N + bias) + N
        offset = theta[place] if bias else 0.0
        d_bias = 0.0
        for row in range(len(multiplicity)):
            error = offset - targets[row, o]
            for i in range(z.shape[1]):
                error += C[o, i] * z[row, i]
            loss += multiplicity[row] * error * error
            error *= 2 * multiplicity[row]
            d_bias += error
            for i in range(z.shape[1]):
                errors[row, i] += error * C[o, i]
                dC[o, i] += error * z[row, i]
        if bias:
            gradient[place] = d_bias
    return loss


@njit(cache=True, fastmath=FAST)
def _run_backward(starts, parents, z, errors, A_T):
    """`errors` becomes D: each row gets its slope, then adds A^T D to its parent's."""
    for k in range(len(starts) - 2, -1, -1):
        for row in range(starts[k], starts[k + 1]):
            for i in range(z.shape[1]):
                errors[row, i] *= 1 - z[row, i] * z[row, i]
        if k > 0:
            _add_products(errors, A_T, errors, starts[k], starts[k + 1], parents)


@njit(cache=True, fastmath=FAST)
def _add_products(total, matrix, vectors, first, stop, places):
    """total[places[v]] += matrix @ vectors[v] for a range of vectors, two at a time where there are two."""
    v = first
    while v + 1 < stop:
        _add_two_products(total, places[v], places[v + 1], matrix, vectors, v)
        v += 2
    if v < stop:
        _add_product(total, places[v], matrix, vectors, v)


@njit(cache=True, fastmath=FAST)
def _add_two_products(total, t, u, matrix, vectors, v):
    """total[t] += matrix @ vectors[v] and total[u] += matrix @ vectors[v + 1], four entries of each at a time."""
    for i in range(0, len(matrix), 4):
        a = b = c = d = e = f = g = h = 0.0
        for j in range(matrix.shape[1]):
            x, y = vectors[v, j], vectors[v + 1, j]
            a += matrix[i, j] * x
            b += matrix[i + 1, j] * x
            c += matrix[i + 2, j] * x
            d += matrix[i + 3, j] * x
            e += matrix[i, j] * y
            f += matrix[i + 1, j] * y
            g += matrix[i + 2, j] * y
            h += matrix[i + 3, j] * y
        total[t, i] += a
        total[t, i + 1] += b
        total[t, i + 2] += c
        total[t, i + 3] += d
        total[u, i] += e
        total[u, i + 1] += f
        total[u, i + 2] += g
        total[u, i + 3] += h


@njit(cache=True, fastmath=FAST)
def _add_product(total, t, matrix, vectors, v):
    """total[t] += matrix @ vectors[v], four entries at a time."""
    for i in range(0, len(matrix), 4):
        a = b = c = d = 0.0
        for j in range(matrix.shape[1]):
            x = vectors[v, j]
            a += matrix[i, j] * x
            b += matrix[i + 1, j] * x
            c += matrix[i + 2, j] * x
            d += matrix[i + 3, j] * x
        total[t, i] += a
        total[t, i + 1] += b
        total[t, i + 2] += c
        total[t, i + 3] += d


@njit(cache=True, fastmath={"contract"})
def _tanh(x, powers):
    """x = tanh(x) as 1 - 2 / (1 + exp(2 x)), where exp(y) = 2^n exp(r) with |r| < 0.35 and a Taylor polynomial.

    Adding 1.5 * 2^52 rounds to an integer n and leaves n in the last bits of the sum, from where it moves to the
    exponent.
    """
    scale = powers.view(np.float64)
    for i in range(len(x)):
        y = 2.0 * x[i]
        y = 40.0 if y > 40.0 else y
        y = -40.0 if y < -40.0 else y
        shifted = y * 1.4426950408889634 + 6755399441055744.0
        scale[i] = shifted
        n = shifted - 6755399441055744.0
        r = y - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10
        p = 1.0 / 6227020800.0
        p = p * r + 1.0 / 479001600.0
        p = p * r + 1.0 / 39916800.0
        p = p * r + 1.0 / 3628800.0
        p = p * r + 1.0 / 362880.0
        p = p * r + 1.0 / 40320.0
        p = p * r + 1.0 / 5040.0
        p = p * r + 1.0 / 720.0
        p = p * r + 1.0 / 120.0
        p = p * r + 1.0 / 24.0
        p = p * r + 1.0 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        x[i] = p * r + 1.0
    for i in range(len(x)):
        powers[i] = (powers[i] + 1023) << 52
    for i in range(len(x)):
        x[i] = 1.0 - 2.0 / (1.0 + x[i] * scale[i])
