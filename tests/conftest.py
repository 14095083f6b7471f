"""Fixtures that several test modules share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def cupy():
    """CuPy, for tests marked `gpu`; they are skipped without a device."""
    from pruninglab import backend

    if not backend.gpu_available():
        pytest.skip("no CUDA device")
    return backend.load_backend("cupy")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty folder for stored results, and no results in the package."""
    from pruninglab import results

    folder = tmp_path / "results"
    monkeypatch.setenv("PRUNINGLAB_RESULTS", str(folder))
    monkeypatch.setattr(results, "PACKAGE_FOLDER", tmp_path / "no results in the package")
    return folder


@pytest.fixture
def small(store, monkeypatch):
    """The small experiment under the name "small", with an empty store."""
    import small_experiment

    from pruninglab.experiments import EXPERIMENTS

    monkeypatch.setitem(EXPERIMENTS, "small", small_experiment)
    return small_experiment
