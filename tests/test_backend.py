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


@pytest.mark.gpu
def test_pruning_on_the_gpu_agrees_with_the_cpu():
    if not backend.gpu_available():
        pytest.skip("no CUDA device")
    from pruninglab import noiseprune

    cupy = backend.load_backend("cupy")
    for symmetric in (True, False):
        A = noiseprune.clustered_network([50, 150], n_between=200, symmetric=symmetric, rng=np.random.default_rng(0))
        pruned = []
        for xp in (np, cupy):
            device_A = xp.asarray(A)
            C = noiseprune.noise_covariance(device_A)
            P = noiseprune.preservation_probabilities(device_A, C, density=0.2)
            pruned.append(backend.to_numpy(noiseprune.prune(device_A, P, rng=np.random.default_rng(1))))
        np.testing.assert_allclose(pruned[1], pruned[0], rtol=1e-6, atol=1e-9)
