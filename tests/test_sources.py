"""Experiments that start from what another one has stored."""

import sys
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from pruninglab import results
from pruninglab.experiments import EXPERIMENTS, replicas_per_source
from pruninglab.results.sources import source_arguments
from pruninglab.results.verification import failures
from pruninglab.runner import run_experiment


@pytest.fixture
def doubled(small, monkeypatch):
    """An experiment that doubles the medians which the small one has left."""
    module = ModuleType("doubled")
    module.SOURCE = "small"
    module.Config, module.PRESETS = small.Config, small.PRESETS

    def early(config, replica, *, source):
        return xr.Dataset({"twice": 2 * float(source["median"].sel(replica=replica))})

    def run(config, replicas, *, source, xp=np):
        return xr.concat([early(config, r, source=source).expand_dims(replica=[r]) for r in replicas], dim="replica")

    module.early, module.run, module.summarise = early, run, lambda dataset: dataset
    monkeypatch.setitem(EXPERIMENTS, "doubled", module)
    monkeypatch.setitem(sys.modules, "doubled", module)
    return module


def run(name, replicas, folder, preset="paper"):
    return run_experiment(name, preset, replicas, runs=folder, quiet=True)


def test_an_experiment_gets_what_its_source_has_stored(doubled, tmp_path):
    medians = run("small", range(3), tmp_path).summary["median"]
    twice = run("doubled", range(1, 3), tmp_path).summary["twice"]
    np.testing.assert_allclose(twice, 2 * medians.sel(replica=[1, 2]), rtol=1e-6)
    assert failures() == []


@pytest.mark.parametrize("stored", [None, range(2)])
def test_replicas_that_the_source_has_not_stored_are_named_before_anything_is_computed(doubled, tmp_path, stored):
    if stored is not None:
        run("small", stored, tmp_path)
    with pytest.raises(ValueError, match=r"doubled starts from stored results of small, which has no replicas .*3"):
        run("doubled", range(4), tmp_path)
    assert not list(tmp_path.glob("doubled*"))


def test_the_source_of_a_small_preset_is_computed_on_the_spot(doubled, small, tmp_path):
    (source,) = source_arguments("doubled", "book", [4]).values()
    expected = small.summarise(small.run(small.PRESETS["book"], [4]))
    xr.testing.assert_identical(source, expected)
    summary = run("doubled", range(4, 5), tmp_path, preset="book").summary
    np.testing.assert_allclose(summary["twice"], 2 * expected["median"])


@pytest.fixture
def shared(doubled):
    """The same experiment with three replicas of its own for each of the source."""

    def early(config, replica, *, source):
        return xr.Dataset({"twice": 2 * float(source["median"].sel(replica=replica // 3))})

    def run(config, replicas, *, source, xp=np):
        return xr.concat([early(config, r, source=source).expand_dims(replica=[r]) for r in replicas], dim="replica")

    doubled.early, doubled.run, doubled.REPLICAS_PER_SOURCE = early, run, 3
    return doubled


def test_an_experiment_says_how_many_of_its_replicas_start_from_one_of_the_source(shared):
    assert [replicas_per_source(name) for name in ("small", "doubled")] == [1, 3]


def test_several_replicas_may_start_from_the_same_one_of_the_source(shared, tmp_path):
    medians = run("small", range(3), tmp_path).summary["median"]
    summary = run("doubled", range(2, 8), tmp_path).summary
    assert summary["replica"].values.tolist() == [2, 3, 4, 5, 6, 7]
    np.testing.assert_allclose(summary["twice"], 2 * medians.sel(replica=[0, 1, 1, 1, 2, 2]), rtol=1e-6)
    assert failures() == []


def test_missing_replicas_are_those_of_the_source(shared, tmp_path):
    run("small", range(1, 3), tmp_path)
    with pytest.raises(ValueError, match=r"small, which has no replicas 0, 3; run it first"):
        run("doubled", range(12), tmp_path)
    (source,) = source_arguments("doubled", "paper", range(3, 9)).values()
    assert source["replica"].values.tolist() == [1, 2]


def test_on_the_spot_every_replica_of_the_source_is_computed_once(shared, small, monkeypatch):
    computed = []
    original = small.run

    def recording_run(config, replicas, *, xp=np):
        computed.append(list(replicas))
        return original(config, replicas, xp=xp)

    monkeypatch.setattr(small, "run", recording_run)
    (source,) = source_arguments("doubled", "book", [7, 2, 8, 3]).values()
    assert computed == [[0, 1, 2]]
    xr.testing.assert_identical(source, small.summarise(original(small.PRESETS["book"], [0, 1, 2])))


def test_an_experiment_without_a_source_gets_none(small):
    assert source_arguments("small", "paper", [0]) == {}


def test_verification_says_that_a_source_is_gone(doubled, tmp_path):
    run("small", range(2), tmp_path)
    run("doubled", range(2), tmp_path)
    (results.folder() / "small-paper.nc").unlink()
    (problem,) = failures()
    assert "doubled" in problem
    assert "no replicas 0" in problem


def test_verification_notices_a_source_that_has_changed(doubled, tmp_path):
    run("small", range(2), tmp_path)
    run("doubled", range(2), tmp_path)
    path = results.folder() / "small-paper.nc"
    changed = xr.load_dataset(path, engine="h5netcdf")
    changed["median"][:] *= 1.01
    results.write_atomically(changed, path)
    (problem,) = failures()
    assert "twice of replica 0" in problem
