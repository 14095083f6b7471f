import dataclasses
import json

import numpy as np
import pytest
import xarray as xr

from pruninglab import results
from pruninglab.experiments import EXPERIMENTS, replicas_per_source
from pruninglab.results.verification import failures
from pruninglab.runner import run_experiment
from pruninglab.scorecard import PAPERS, claims


@pytest.fixture
def run_small(small, tmp_path):
    def run(replicas):
        return run_experiment("small", "paper", replicas, runs=tmp_path / "runs", quiet=True)

    return run


def test_a_stored_result_is_extended_and_repeated(run_small, tmp_path):
    whole = run_small(range(5)).summary
    (results.folder() / "small-paper.nc").unlink()
    for replicas in (range(3, 5), range(0, 2), range(1, 4)):
        run_small(replicas)
    stored = results.load("small")
    assert stored["replica"].values.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(stored["median"], whole["median"].astype(np.float32))
    records = json.loads(stored.attrs["provenance"])
    assert sorted(replica for record in records for replica in record["replicas"]) == [0, 1, 2, 3, 4]


def test_a_stored_result_knows_where_it_comes_from(run_small):
    run_small(range(2))
    stored = results.load("small")
    assert json.loads(stored.attrs["config"])["seed"] == 5
    (record,) = json.loads(stored.attrs["provenance"])
    assert {"replicas", "commit", "machine", "pruninglab", "versions", "backend"} == set(record)
    assert {"numpy", "scipy", "xarray", "python"} == set(record["versions"])
    assert (stored["wall_seconds"] > 0).all()
    assert stored["median"].dtype == np.float32


def test_a_result_of_another_configuration_is_refused(run_small, small, monkeypatch):
    run_small(range(2))
    monkeypatch.setitem(small.PRESETS, "paper", dataclasses.replace(small.PRESETS["paper"], version=2))
    with pytest.warns(results.StaleResultWarning, match="another configuration"):
        assert results.load("small") is None
    assert failures() == ["small --preset paper: stored under another configuration; run it again"]


def test_a_stale_result_is_replaced_and_not_mixed_with(run_small, small, monkeypatch):
    run_small(range(3))
    monkeypatch.setitem(small.PRESETS, "paper", dataclasses.replace(small.PRESETS["paper"], seed=6))
    with pytest.warns(results.StaleResultWarning):
        run_small(range(1))
    assert results.load("small")["replica"].values.tolist() == [0]


def test_verification_finds_a_changed_number(run_small):
    run_small(range(2))
    assert failures() == []
    path = results.folder() / "small-paper.nc"
    tampered = xr.load_dataset(path, engine="h5netcdf")
    tampered["first"][0] *= 1.001
    results.write_atomically(tampered, path)
    (problem,) = failures()
    assert "first of replica 0" in problem


def test_missing_results_are_none_and_unknown_ones_an_error(small):
    assert results.load("small") is None
    with pytest.raises(ValueError, match="preset of small"):
        results.load("small", "huge")


REDUCED = {"dbm", "dbm-pruning"}
"""Experiments whose sizes in the paper take a GPU, and which are judged at a reduced size."""
GROWING: set[str] = set()
"""Experiments with fewer replicas than their rules ask for, because these are still being computed; each has to leave
this set with its last one."""


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_a_stored_result(name):
    preset = "reduced" if name in REDUCED else "paper"
    stored = results.load(name, preset)
    judged = [claim for paper in PAPERS for claim in claims(paper) if claim.get("experiment") == name]
    needed = max((c["rule"]["min_replicas"] for c in judged if c.get("preset", "paper") == preset), default=1)
    enough = stored is not None and stored.sizes["replica"] >= needed * replicas_per_source(name)
    assert enough != (name in GROWING), "too few replicas to decide its claims, or enough to leave GROWING"
    if stored is not None:
        (record, *_) = json.loads(stored.attrs["provenance"])
        assert len(record["commit"]) == 40, "run from a clean commit"


@pytest.mark.parametrize("part", ["recurrent", "boltzmann", "noise", "synthesis"])
def test_stored_results_of_a_part_are_small(part):
    names = [name for name, module in EXPERIMENTS.items() if f".{part}." in module.__name__]
    presets = [(name, preset) for name in names for preset in EXPERIMENTS[name].PRESETS]
    files = [results.folder() / f"{name}-{preset}.nc" for name, preset in presets]
    assert 0 < sum(path.stat().st_size for path in files if path.exists()) < 6e6


def test_a_repeated_replica_replaces_the_stored_one(run_small):
    run_small(range(2))
    path = results.folder() / "small-paper.nc"
    doctored = xr.load_dataset(path, engine="h5netcdf")
    doctored["median"][:] = -1.0
    results.write_atomically(doctored, path)
    run_small(range(1))
    stored = results.load("small")["median"]
    assert float(stored[0]) != -1.0
    assert float(stored[1]) == -1.0


def test_a_summary_with_other_variables_is_refused(run_small, small, monkeypatch):
    run_small(range(2))
    original = small.summarise
    monkeypatch.setattr(small, "summarise", lambda dataset: original(dataset).assign(new=dataset["first"]))
    with pytest.raises(ValueError, match="other variables"):
        run_small(range(3))


def test_results_of_the_package_are_read_where_the_own_folder_has_none(store, monkeypatch):
    from pathlib import Path

    monkeypatch.setattr(results, "PACKAGE_FOLDER", Path(results.__file__).parent)
    assert results.load("spectrum") is not None
    assert results.folder() == store


def test_a_store_that_cannot_be_written_is_refused_at_the_start(small, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("PRUNINGLAB_RESULTS", str(blocked))
    with pytest.raises(ValueError, match="PRUNINGLAB_RESULTS"):
        run_experiment("small", "paper", range(1), runs=tmp_path, quiet=True)
