"""Checks of the arguments of this subpackage: each raises an error that names the argument."""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.noiseprune.blocks import row_blocks


def require_square_matrix(name: str, matrix: Any) -> None:
    """Raise unless `matrix` is a finite floating-point array of shape (N, N), N >= 1."""
    if not hasattr(matrix, "dtype"):
        raise TypeError(f"{name} must be an array, got {type(matrix).__name__}")
    shape = matrix.shape
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(f"{name} must be a square matrix (N, N), got shape {shape}")
    require_finite(name, matrix)


def require_numpy(name: str, array: Any) -> None:
    """Raise unless `array` is a NumPy array: for what is computed on the host only."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array, got {type(array).__name__}; see pruninglab.backend.to_numpy")


def require_finite(name: str, array: Any) -> None:
    """Raise unless `array` is float32 or float64 and every entry is finite."""
    if not hasattr(array, "dtype"):
        raise TypeError(f"{name} must be an array, got {type(array).__name__}")
    if array.dtype.name not in ("float32", "float64"):
        raise TypeError(f"{name} must hold float32 or float64 numbers, got dtype {array.dtype}")
    if not bool(get_array_module(array).isfinite(array).all()):
        raise ValueError(f"{name} must be finite, but holds NaN or infinity")


def require_same_shape(name: str, array: Any, other_name: str, other: Any) -> None:
    """Raise unless `array` and `other` have the same shape."""
    if array.shape != other.shape:
        raise ValueError(f"{name} must have the shape of {other_name} {other.shape}, got {array.shape}")


def require_positive(name: str, value: float) -> None:
    """Raise unless `value` is a finite number above zero."""
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a finite number above 0, got {value!r}")


def require_density(density: float) -> None:
    """Raise unless `density` lies in (0, 1]."""
    if not 0 < density <= 1:
        raise ValueError(f"density must lie in (0, 1], got {density!r}")


def require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}")


def is_symmetric(matrix: Any) -> bool:
    """Tell whether `matrix` equals its transpose exactly."""
    return all(
        bool((matrix[rows, rows.start :] == matrix[rows.start :, rows].T).all()) for rows in row_blocks(len(matrix))
    )
