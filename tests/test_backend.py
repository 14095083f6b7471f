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


def test_the_device_is_named(fake_cupy):
    fake_cupy.__version__, fake_cupy.ones, fake_cupy.float32 = "14.2.0", np.ones, np.float32
    properties = {"name": b"Some GPU", "totalGlobalMem": 8 * 2**30}
    runtime = types.SimpleNamespace(getDeviceProperties=lambda number: properties)
    fake_cupy.cuda = types.SimpleNamespace(runtime=runtime, Device=lambda: types.SimpleNamespace(id=0))
    assert backend.describe_device() == "GPU: Some GPU with 8 GiB; CuPy 14.2.0 computes on it."


def test_a_missing_and_a_broken_cupy_are_told_apart(fake_cupy, monkeypatch):
    assert "finds none that works" in backend.describe_device()
    monkeypatch.delitem(sys.modules, "cupy")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "not installed" in backend.describe_device()
