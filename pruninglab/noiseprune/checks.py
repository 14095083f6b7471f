"""Checks that only this subpackage needs; those that others share are in `pruninglab.checks`."""

from typing import Any

from pruninglab.checks import require_finite
from pruninglab.noiseprune.blocks import row_blocks


def require_square_matrix(name: str, matrix: Any) -> None:
    """Raise unless `matrix` is a finite floating-point array of shape (N, N), N >= 1."""
    if not hasattr(matrix, "dtype"):
        raise TypeError(f"{name} must be an array, got {type(matrix).__name__}")
    shape = matrix.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(f"{name} must be a square matrix (N, N), got shape {shape}")
    require_finite(name, matrix)


def require_density(density: float) -> None:
    """Raise unless `density` lies in (0, 1]."""
    if not 0 < density <= 1:
        raise ValueError(f"density must lie in (0, 1], got {density!r}")


def is_symmetric(matrix: Any) -> bool:
    """Tell whether `matrix` equals its transpose exactly."""
    return all(
        bool((matrix[rows, rows.start :] == matrix[rows.start :, rows].T).all()) for rows in row_blocks(len(matrix))
    )
