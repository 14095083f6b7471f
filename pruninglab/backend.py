"""NumPy or CuPy: the only module that knows which array library holds the data.

Functions that prune compute with the library of the arrays they are given; what runs on the host only says so. CuPy
is looked up only among the modules that are already imported, so a reader without a GPU never pays for it.
"""

import importlib
import importlib.util
import sys
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np

BACKENDS = ("numpy", "cupy")


def get_array_module(*arrays: Any) -> ModuleType:
    """Return the array library of the arguments: ``cupy`` if any is a CuPy array, else ``numpy``.

    Examples
    --------
    >>> get_array_module(np.zeros(3), 1.0).__name__
    'numpy'
    """
    cupy = sys.modules.get("cupy")
    if cupy is not None and any(isinstance(array, cupy.ndarray) for array in arrays):
        return cupy
    return np


def to_numpy(x: Any) -> np.ndarray:
    """Return `x` as a NumPy array, copied from the device if it lives there.

    Examples
    --------
    >>> to_numpy([1, 2])
    array([1, 2])
    """
    return np.asarray(x.get()) if get_array_module(x) is not np else np.asarray(x)


def asarray(x: Any, like: Any) -> Any:
    """Return `x` as an array of the library that holds `like`.

    Examples
    --------
    >>> asarray([1.0, 2.0], like=np.zeros(2))
    array([1., 2.])
    """
    return get_array_module(like).asarray(x)


def raising_linalg_errors(array: Any) -> AbstractContextManager:
    """Context in which a failing factorisation of `array` raises `numpy.linalg.LinAlgError`; CuPy's default is silence.

    Examples
    --------
    >>> with raising_linalg_errors(np.eye(2)):
    ...     _ = np.linalg.cholesky(np.eye(2))
    """
    if get_array_module(array) is np:
        return nullcontext()
    return importlib.import_module("cupyx").errstate(linalg="raise")


def load_backend(name: str) -> ModuleType:
    """Import the array library called `name`, ``"numpy"`` or ``"cupy"``.

    Raises
    ------
    ValueError
        If `name` is neither, or if CuPy is asked for where no GPU can be used.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {BACKENDS}, got {name!r}")
    if name == "cupy" and not gpu_available():
        raise ValueError("backend 'cupy' needs CuPy and a CUDA device; neither kernel nor product ran here")
    return importlib.import_module(name)


def gpu_available() -> bool:
    """Tell whether CuPy can run one elementwise kernel and one matrix product here. Never raises.

    Examples
    --------
    >>> gpu_available() in (True, False)
    True
    """
    try:
        cupy = importlib.import_module("cupy")
        ones = cupy.ones((4, 4), dtype=cupy.float32)
        return bool(float(((ones + 1) @ ones).sum()) == 128.0)
    except Exception:  # a broken driver raises anything, and the answer is then no
        return False


def describe_device() -> str:
    """Say in one sentence whether this machine has a GPU that CuPy computes on, and which. Never raises.

    Examples
    --------
    >>> describe_device().endswith(".")
    True
    """
    if gpu_available():
        cupy = importlib.import_module("cupy")
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        name, memory = properties["name"].decode(), properties["totalGlobalMem"] / 2**30
        return f"GPU: {name} with {memory:.0f} GiB; CuPy {cupy.__version__} computes on it."
    if "cupy" not in sys.modules and importlib.util.find_spec("cupy") is None:
        return "No GPU is used: CuPy is not installed, and NumPy computes on the processor."
    return "No GPU is used: CuPy is installed but finds none that works, and NumPy computes on the processor."
