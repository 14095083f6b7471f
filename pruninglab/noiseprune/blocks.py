"""Large matrices a few rows at a time: no temporary of their size, and each block stays in the processor's cache."""

from collections.abc import Iterator
from typing import Any

from pruninglab.backend import get_array_module

BLOCK_ROWS = 128
"""Rows in a block; no result depends on it."""


def row_blocks(n_rows: int) -> Iterator[slice]:
    """Yield slices of at most `BLOCK_ROWS` rows that cover `n_rows` rows in order.

    Examples
    --------
    >>> [(rows.start, rows.stop) for rows in row_blocks(200)]
    [(0, 128), (128, 200)]
    """
    for start in range(0, n_rows, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, n_rows))


def mirror_upper_triangle(matrix: Any) -> None:
    """Overwrite what lies below the diagonal of `matrix`, shape (N, N), with what lies above it.

    Examples
    --------
    >>> import numpy as np
    >>> matrix = np.array([[1.0, 2.0], [9.0, 3.0]])
    >>> mirror_upper_triangle(matrix)
    >>> matrix
    array([[1., 2.],
           [2., 3.]])
    """
    xp = get_array_module(matrix)
    for rows in row_blocks(len(matrix)):
        matrix[rows.stop :, rows] = matrix[rows, rows.stop :].T
        corner = xp.triu(matrix[rows, rows])
        matrix[rows, rows] = corner + xp.triu(corner, 1).T


def absolute_row_sums(matrix: Any) -> Any:
    """Sum of the absolute values in each row of `matrix`, diagonal included.

    Examples
    --------
    >>> import numpy as np
    >>> absolute_row_sums(np.array([[-1.0, 2.0], [0.5, -1.0]]))
    array([3. , 1.5])
    """
    xp = get_array_module(matrix)
    return xp.concatenate([xp.abs(matrix[rows]).sum(axis=1) for rows in row_blocks(len(matrix))])
