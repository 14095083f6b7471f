import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import small_experiment
import xarray as xr

from pruninglab import results
from pruninglab.experiments import EXPERIMENTS
from pruninglab.experiments.configuration import config_hash
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.results.checkpoints import checkpointed
from pruninglab.runner import run_experiment

TIMINGS = ["wall_seconds", "cpu_seconds"]


def without_timings(dataset):
    return dataset.drop_vars(TIMINGS).drop_attrs()


def run(replicas, folder, **options):
    return run_experiment("spectrum", "book", replicas, runs=folder, quiet=True, **options).summary


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return run(range(4), tmp_path_factory.mktemp("reference"))


@pytest.mark.parametrize(
    "options", [{"shard_size": 4}, {"shard_size": 3}, {"workers": 2}, {"workers": 2, "shard_size": 2}]
)
def test_shards_and_workers_do_not_change_a_bit(options, reference, tmp_path):
    summary = run(range(4), tmp_path, **options)
    xr.testing.assert_identical(without_timings(summary), without_timings(reference))


def test_replicas_do_not_depend_on_those_computed_with_them(reference, tmp_path):
    alone = run(range(2, 3), tmp_path)
    xr.testing.assert_identical(without_timings(alone), without_timings(reference.sel(replica=[2])))


def test_finished_replicas_are_not_computed_again(tmp_path, monkeypatch):
    run(range(1, 3), tmp_path)
    computed = []
    original = EXPERIMENTS["spectrum"].run

    def recording_run(config, replicas, *, xp):
        computed.extend(replicas)
        return original(config, replicas, xp=xp)

    monkeypatch.setattr(EXPERIMENTS["spectrum"], "run", recording_run)
    summary = run(range(4), tmp_path, shard_size=4)
    assert computed == [0, 3]
    assert summary["replica"].values.tolist() == [0, 1, 2, 3]


def test_a_dask_cluster_gives_the_same_result(reference, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster:
        summary = run(range(4), tmp_path, scheduler=cluster.scheduler_address, workers=2)
        n_tasks = len(cluster.scheduler.transition_log)
    assert n_tasks > 0, "the cluster did nothing"
    xr.testing.assert_identical(without_timings(summary), without_timings(reference))


def test_a_killed_run_goes_on_with_the_same_result(tmp_path):
    command = [sys.executable, "-c", "import sys; from pruninglab.__main__ import main; sys.exit(main())"]
    command += ["run", "spectrum", "--preset", "book", "--replicas", "0:6", "--runs", str(tmp_path / "killed")]
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=one_thread, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "killed").glob("*/*.nc"))) < 2:
            assert time.monotonic() < deadline, "the run wrote no shard"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    n_finished = len(list((tmp_path / "killed").glob("*/[0-9]*.nc")))
    assert 2 <= n_finished < 6
    resumed, whole = run(range(6), tmp_path / "killed"), run(range(6), tmp_path / "whole")
    xr.testing.assert_identical(without_timings(resumed), without_timings(whole))


def test_a_truncated_temporary_file_is_ignored(reference, tmp_path):
    folder = tmp_path / f"spectrum-{config_hash(EXPERIMENTS['spectrum'].PRESETS['book'])}"
    folder.mkdir()
    (folder / ".0-0.nc.123.part").write_bytes(b"torn")
    xr.testing.assert_identical(without_timings(run(range(4), tmp_path)), without_timings(reference))


def test_the_time_limit_leaves_the_rest_for_the_next_call(small, tmp_path):
    slow = small.Config(n=10, seconds=0.15)
    small.PRESETS["slow"] = slow
    try:
        first = run_experiment("small", "slow", range(6), max_seconds=0.2, runs=tmp_path, quiet=True)
        assert 1 <= 6 - len(first.missing) < 6
        assert first.summary["replica"].size == 6 - len(first.missing)
        second = run_experiment("small", "slow", range(6), runs=tmp_path, quiet=True)
    finally:
        del small.PRESETS["slow"]
    assert second.missing == []
    assert second.stored == results.folder() / "small-slow.nc"


def test_no_time_at_all_leaves_everything(small, tmp_path):
    outcome = run_experiment("small", "paper", range(3), max_seconds=0, runs=tmp_path, quiet=True)
    assert outcome.summary is None
    assert outcome.stored is None
    assert outcome.missing == [0, 1, 2]


def test_only_what_is_asked_for_is_summarised_and_recorded(small, tmp_path):
    run_experiment("small", "paper", range(5), shard_size=5, runs=tmp_path, quiet=True)
    outcome = run_experiment("small", "paper", range(1, 3), runs=tmp_path, quiet=True)
    assert outcome.summary["replica"].values.tolist() == [1, 2]
    assert '"replicas": [1, 2]' in outcome.summary.attrs["provenance"]


def test_the_book_preset_is_not_stored(small, store, tmp_path):
    outcome = run_experiment("small", "book", range(2), runs=tmp_path, quiet=True)
    assert outcome.stored is None
    assert not list(store.glob("*"))


def test_one_blas_thread_in_the_worker(small, tmp_path, monkeypatch):
    from threadpoolctl import threadpool_info

    seen = []
    original = small.run
    monkeypatch.setattr(
        small, "run", lambda *a, **k: seen.extend(i["num_threads"] for i in threadpool_info()) or original(*a, **k)
    )
    run_experiment("small", "paper", range(1), runs=tmp_path, quiet=True)
    assert seen
    assert set(seen) == {1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing", "paper", range(1)), "experiment must be one of"),
        (("spectrum", "huge", range(1)), "preset of spectrum must be one of"),
        (("spectrum", "book", range(0)), "replicas"),
        (("spectrum", "book", range(-1, 2)), "replicas"),
    ],
)
def test_bad_input_is_named(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        run_experiment(*arguments, runs=tmp_path)


@pytest.mark.parametrize("option", [{"workers": 0}, {"shard_size": 0}])
def test_bad_sizes_are_named(option, tmp_path):
    with pytest.raises(ValueError, match=next(iter(option))):
        run_experiment("spectrum", "book", range(1), runs=tmp_path, **option)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path: Path = tmp_path / "result.nc"
    results.write_atomically(xr.Dataset({"a": ("x", np.arange(3))}), path)

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        results.write_atomically(xr.Dataset({"a": ("x", np.arange(4))}), path)
    assert xr.load_dataset(path, engine="h5netcdf")["a"].size == 3
    assert [file.name for file in tmp_path.iterdir()] == ["result.nc"]


@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float32"])
def test_results_are_compressed(tmp_path, dtype):
    path: Path = tmp_path / "result.nc"
    results.write_atomically(xr.Dataset({"a": ("x", np.zeros(200_000, dtype))}), path)
    assert path.stat().st_size < 100_000
    assert xr.load_dataset(path, engine="h5netcdf")["a"].dtype == dtype


def test_times_of_a_shard_are_shared_out(small, tmp_path):
    start = time.perf_counter()
    summary = run_experiment("small", "paper", range(5), shard_size=5, runs=tmp_path, quiet=True).summary
    assert 0 < float(summary["wall_seconds"].sum()) <= time.perf_counter() - start


def test_the_commit_is_read_once(small, tmp_path, monkeypatch):
    from pruninglab import provenance

    commits = iter(["first", "second", "third"])
    monkeypatch.setattr(provenance, "git_commit", lambda: next(commits))
    summary = run_experiment("small", "paper", range(3), runs=tmp_path, quiet=True).summary
    assert summary.attrs["provenance"].count('"commit"') == 1
    assert '"first"' in summary.attrs["provenance"]


N_STEPS = 3


def stepwise(before_step):
    """An experiment of random walks; every step is a checkpoint, and `before_step` hears of those that are computed."""
    module = ModuleType("stepwise")
    module.CHECKPOINTS = True
    module.PRESETS = small_experiment.PRESETS

    def step(config, replica, number, state):
        before_step(replica, number)
        moved = state["x"].values + stream(config.seed, replica, Purpose.NETWORK, level=number).normal(size=3)
        return xr.Dataset({"x": ("place", moved), "right": ("place", moved > 0), "n": int((moved > 0).sum())})

    def run(config, replicas, *, xp=np, checkpoint):
        walks = []
        for replica in replicas:
            state = xr.Dataset({"x": ("place", np.zeros(3))})
            for number in range(1, N_STEPS + 1):
                state = checkpoint(f"{replica}-{number}", partial(step, config, replica, number, state))
            walks.append(state.expand_dims(replica=[replica]))
        return xr.concat(walks, dim="replica")

    module.run, module.summarise = run, lambda dataset: dataset
    return module


def run_until_killed(folder, replica, number):
    """In a process of its own: the walks of two replicas, until it kills itself before a step."""

    def kill(*step):
        if step == (replica, number):
            os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)

    EXPERIMENTS["stepwise"] = stepwise(kill)
    run_experiment("stepwise", "book", range(2), runs=Path(folder), quiet=True)


@pytest.fixture
def walks(store, monkeypatch):
    """The walks; gives a list of the steps that are computed and a function that lets the next ones fail."""
    computed, failing = [], set()

    def before_step(*step):
        if step in failing:
            raise KeyboardInterrupt
        computed.append(step)

    monkeypatch.setitem(EXPERIMENTS, "stepwise", stepwise(before_step))
    return computed, failing


def run_walks(replicas, folder, preset="book", **options):
    return run_experiment("stepwise", preset, replicas, runs=folder, quiet=True, **options).summary


def all_steps(replicas):
    return [(replica, number) for replica in replicas for number in range(1, N_STEPS + 1)]


def test_a_run_that_is_killed_between_two_steps_goes_on_after_the_last_one(walks, tmp_path):
    computed, _ = walks
    code = f"import test_runner; test_runner.run_until_killed({str(tmp_path / 'killed')!r}, 1, 3)"
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": paths}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, timeout=300)
    assert killed.returncode not in (0, 1), killed.stderr.decode()
    assert [path.name for path in (tmp_path / "killed").glob("*/*.nc")] == ["0-0.nc"]
    resumed = run_walks(range(2), tmp_path / "killed")
    assert computed == [(1, 3)]
    xr.testing.assert_identical(without_timings(resumed), without_timings(run_walks(range(2), tmp_path / "whole")))


def test_steps_of_an_unfinished_shard_are_not_computed_again(walks, tmp_path):
    computed, failing = walks
    for stop, done in (((0, 2), [(0, 1)]), ((1, 2), [(0, 2), (0, 3), (1, 1)])):
        failing.add(stop)
        with pytest.raises(KeyboardInterrupt):
            run_walks(range(2), tmp_path / "stopped", shard_size=2)
        assert computed == done
        failing.clear()
        computed.clear()
    resumed = run_walks(range(2), tmp_path / "stopped", shard_size=2)
    assert computed == [(1, 2), (1, 3)]
    computed.clear()
    whole = run_walks(range(2), tmp_path / "whole")
    assert computed == all_steps(range(2))
    xr.testing.assert_identical(without_timings(resumed), without_timings(whole))


def test_checkpoints_belong_to_a_configuration_and_are_no_shards(walks, tmp_path):
    """Their names look like those of shards: that of step 3 of replica 0 must not pass for replicas 0 to 3."""
    computed, failing = walks
    failing.add((1, 1))
    with pytest.raises(KeyboardInterrupt):
        run_walks(range(2), tmp_path, shard_size=2)
    folder = tmp_path / f"stepwise-{config_hash(small_experiment.PRESETS['book'])}"
    assert sorted(path.name for path in folder.rglob("*.nc")) == ["0-1.nc", "0-2.nc", "0-3.nc"]
    assert not list(folder.glob("*.nc"))
    failing.clear()
    computed.clear()
    run_walks(range(1), tmp_path, preset="paper")
    assert computed == all_steps([0])
    computed.clear()
    outcome = run_experiment("stepwise", "book", range(4), max_seconds=0, runs=tmp_path, quiet=True)
    assert outcome.missing == [0, 1, 2, 3]


def test_an_experiment_may_have_both_a_source_and_checkpoints(walks, small, tmp_path):
    computed, _ = walks
    module = EXPERIMENTS["stepwise"]
    walk = module.run
    module.SOURCE = "small"

    def run_from_source(config, replicas, *, source, xp, checkpoint):
        return walk(config, replicas, checkpoint=checkpoint).assign(start=source["median"].sel(replica=replicas))

    module.run = run_from_source
    summary = run_walks(range(2), tmp_path)
    assert computed == all_steps([0, 1])
    assert summary["start"].size == 2


def test_a_step_that_is_kept_is_not_computed_again(tmp_path):
    folder, calls = tmp_path / "new" / "checkpoints", []

    def compute():
        calls.append(len(calls))
        x = np.array([0.1, np.nan, 1e-300])
        found = {"x": ("place", x + len(calls)), "right": ("place", x > 0), "n": 3}
        return xr.Dataset(found, {"place": [2, 3, 5]}, {"sizes": (1, 2)})

    first, second = (checkpointed(folder, "4-1", compute) for _ in range(2))
    assert calls == [0]
    xr.testing.assert_identical(first, second)
    assert type(first.attrs["sizes"]) is type(second.attrs["sizes"]), "what a file makes of a step, it makes at once"
    np.testing.assert_array_equal(first["x"], [1.1, np.nan, 1])
    assert [first[name].dtype.kind for name in ("x", "right", "n", "place")] == list("fbii")
    other = checkpointed(folder, "4-2", compute)
    assert calls == [0, 1]
    assert float(other["x"][0]) == pytest.approx(2.1)
    assert sorted(path.name for path in folder.iterdir()) == ["4-1.nc", "4-2.nc"]


def test_a_step_that_fails_or_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        checkpointed(tmp_path, "0-1", fail)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="no"):
            checkpointed(tmp_path, "0-1", lambda: xr.Dataset({"x": 1}))
    assert not list(tmp_path.iterdir())
    (tmp_path / ".0-1.nc.123.part").write_bytes(b"torn")
    assert int(checkpointed(tmp_path, "0-1", lambda: xr.Dataset({"x": 2}))["x"]) == 2
