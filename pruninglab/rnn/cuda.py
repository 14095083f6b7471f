"""Loss and gradient on a GPU: one kernel that runs every network in a block of threads of its own.

It computes what `ArrayEngine` computes, in one launch instead of several hundred. A block goes through the steps of its
network with the weights in registers and the states in shared memory, or in global memory where a task has too many.
All sums have a fixed order and stay inside the block: a network's numbers do not depend on the others.
"""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.rnn.cuda_source import CONSTANTS, KERNEL, SOURCE
from pruninglab.rnn.layout import NetworkShape
from pruninglab.rnn.sequences import SharedStates

WARP = 32
LEAST_THREADS = 128
"""Threads per network to aim for even if few rows can be computed at a time: sums over rows use them all."""
MOST_THREADS = 512
"""Threads per network for tasks with many rows a step; each has room for the weights of one unit in registers."""
MOST_UNITS = 128
"""A unit's weights must find room in the registers of a thread; larger networks keep a library's products busy."""


class CudaEngine:
    """The parameters are those of `ArrayEngine`; all arrays are float64 CuPy arrays.

    Raises
    ------
    ValueError
        If a network has more than 128 units.
    """

    def __init__(self, shape: NetworkShape, inputs: Any, shared: SharedStates, multiplicity: Any) -> None:
        if shape.N > MOST_UNITS:
            raise ValueError(f"networks on a GPU must have at most {MOST_UNITS} units, got {shape.N}")
        self.xp = get_array_module(inputs)
        row_inputs, tables = shared.row_inputs(inputs), row_tables(shared)
        n_rows, self.n_steps = row_inputs.shape[1], np.int32(len(shared.counts))
        lanes = lanes_of_a_block(shape.N, max(shared.counts))
        self.threads = -(-lanes * shape.N // WARP) * WARP
        available = self.xp.cuda.Device().attributes["MaxSharedMemoryPerBlockOptin"]
        n_state = n_rows * (2 * shape.N + shape.n_outputs)
        on_chip = 8 * (self.threads + n_state) <= available
        self.shared_bytes = 8 * (self.threads + n_state * on_chip)
        scratch = self.xp.empty(0 if on_chip else shape.n_networks * n_state)
        rows = [self.xp.asarray(table.astype(np.int32)) for table in tables]
        contiguous = self.xp.ascontiguousarray
        self.fixed = (contiguous(multiplicity), contiguous(row_inputs), *rows, scratch)
        sizes = (shape.N, shape.n_inputs, shape.n_outputs, shape.has_bias)
        self.kernel = self._compile(*sizes, lanes, self.threads, on_chip, len(row_inputs) > 1)
        if on_chip:
            self.kernel.max_dynamic_shared_size_bytes = available
            self.kernel.preferred_shared_memory_carveout = 100

    def set_inputs(self, network: int, rows: Any) -> None:
        """Replace the inputs of all states, shape (R, I), of one network that has inputs of its own."""
        _, row_inputs, *_ = self.fixed
        row_inputs[network] = rows

    def evaluate(self, theta: Any, gradient: Any, targets: Any) -> Any:
        """See `ArrayEngine.evaluate`. Nothing waits for the device; `gradient` must be C-contiguous.

        A network whose first weight is NaN is not run; its loss and gradient are NaN.
        """
        if not gradient.flags.c_contiguous:
            raise ValueError("gradient must be C-contiguous: the kernel writes to its memory")
        loss = self.xp.empty(len(theta))
        given = (self.xp.ascontiguousarray(theta), gradient, loss, self.xp.ascontiguousarray(targets))
        arguments = (*given, *self.fixed, self.n_steps)
        self.kernel((len(theta),), (self.threads,), arguments, shared_mem=self.shared_bytes)
        return loss

    def _compile(self, *values: int) -> Any:
        constants = "".join(
            f"constexpr int {name} = {int(value)};\n" for name, value in zip(CONSTANTS, values, strict=True)
        )
        return self.xp.RawKernel(constants + SOURCE, KERNEL)


def lanes_of_a_block(N: int, widest_step: int) -> int:
    """Rows that a block computes at a time; each takes `N` threads.

    Examples
    --------
    >>> lanes_of_a_block(30, 4), lanes_of_a_block(20, 24), lanes_of_a_block(128, 1)
    (4, 24, 1)
    """
    return max(LEAST_THREADS // N, min(widest_step, MOST_THREADS // N), 1)


def row_tables(shared: SharedStates) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where to find the rows before and after a row.

    Returns
    -------
    starts : ndarray of int, shape (K + 1,)
        First row of each step, and R.
    parents : ndarray of int, shape (R,)
        Row of the state before; 0 in the first step, where it means nothing.
    first_child : ndarray of int, shape (R + 1,)
        The rows that come after row r are ``children[first_child[r]:first_child[r + 1]]``.
    children : ndarray of int, shape (R - R_1,)
        All rows but the R_1 of the first step, sorted by parent.

    Examples
    --------
    >>> groups = np.array([[0, 0, 1], [0, 1, 2]])
    >>> [table.tolist() for table in row_tables(SharedStates(groups))]
    [[0, 2, 5], [0, 0, 0, 0, 1], [0, 2, 3, 3, 3, 3], [2, 3, 4]]
    """
    starts, parents = np.array([0, *np.cumsum(shared.counts)]), shared.parent_rows()
    of_rows = parents[starts[1] :]
    children = np.argsort(of_rows, kind="stable")
    first_child = np.searchsorted(of_rows[children], np.arange(len(parents) + 1))
    return starts, parents, first_child, children + starts[1]
