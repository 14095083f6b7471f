import sys
import types

import numpy as np
import pytest

from pruninglab import backend


class DeviceArray:
    """Stands in for cupy.ndarray where there is no GPU."""

    def get(self):
        return np.arange(3)


@pytest.fixture
def fake_cupy(monkeypatch):
    module = types.ModuleType("cupy")
    module.ndarray = DeviceArray
    module.asarray = lambda x: DeviceArray()
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module


def test_numpy_arrays_belong_to_numpy():
    assert backend.get_array_module(np.zeros(2), 3.0) is np


def test_device_arrays_belong_to_cupy_and_come_back(fake_cupy):
    assert backend.get_array_module(np.zeros(2), DeviceArray()) is fake_cupy
    assert backend.to_numpy(DeviceArray()).tolist() == [0, 1, 2]
    assert isinstance(backend.asarray([1.0], like=DeviceArray()), DeviceArray)


def test_a_broken_cupy_is_no_gpu(fake_cupy):
    assert backend.gpu_available() is False
    with pytest.raises(ValueError, match="cupy"):
        backend.load_backend("cupy")


def test_unknown_backend_is_refused():
    assert backend.load_backend("numpy") is np
    with pytest.raises(ValueError, match="backend must be one of"):
        backend.load_backend("torch")
