"""Checks of arguments that several subpackages need: each raises an error that names the argument."""

from typing import Any

import numpy as np

from pruninglab.backend import get_array_module


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


def require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}")
