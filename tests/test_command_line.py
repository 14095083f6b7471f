import json

import pytest
import xarray as xr

from pruninglab.__main__ import main
from pruninglab.runner import Outcome


def test_run_show_list_score_and_check(small, store, tmp_path, capsys):
    run = ["run", "small", "--preset", "paper", "--runs", str(tmp_path / "runs")]
    assert main([*run, "--replicas", "0:2", "--shard-size", "2"]) == 0
    printed = capsys.readouterr().out
    assert "2 of 2 replicas are finished" in printed
    assert "small-paper.nc" in printed
    assert main([*run, "--replicas", "2:4", "--max-seconds", "0"]) == 0
    assert "start the same command again" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "2 replicas stored" in capsys.readouterr().out
    assert main(["show", "small"]) == 0
    assert '"seed": 5' in capsys.readouterr().out
    assert main(["check"]) == 0
    assert "all agree" in capsys.readouterr().out


def test_score_prints_rows_and_json(capsys):
    assert main(["score", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert main(["score"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(rows) == len(lines)
    assert rows[0]["verdict"] in lines[0]


def test_check_fails_on_a_changed_number(small, store, tmp_path, capsys, monkeypatch):
    main(["run", "small", "--replicas", "0:1", "--runs", str(tmp_path)])
    monkeypatch.setattr(small, "early", lambda config, replica: xr.Dataset({"first": 123.0}))
    assert main(["check"]) == 1
    assert "first of replica 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "spectrum", "--preset", "huge", "--replicas", "0:1"], "preset of spectrum must be one of"),
        (["run", "spectrum", "--replicas", "3:3"], "replicas must be a non-empty range"),
        (["run", "spectrum", "--preset", "book", "--replicas", "0:1", "--workers", "0"], "workers"),
    ],
)
def test_bad_values_are_named_and_exit_with_2(arguments, message, capsys, tmp_path):
    assert main([*arguments, *(["--runs", str(tmp_path)] if arguments[0] == "run" else [])]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["run", "spectrum", "--replicas", "a:b"], ["run", "nothing"], ["dance"]])
def test_unreadable_commands_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2


def test_a_group_runs_its_experiments_with_the_same_options(monkeypatch, capsys):
    import pruninglab.__main__ as command_line

    received = []

    def run_experiment(*positional, **options):
        received.append((*positional, options["workers"]))
        return Outcome(None, [], None)

    monkeypatch.setattr(command_line, "run_experiment", run_experiment)
    assert main("run bench --replicas 0:2 --workers 2".split()) == 0
    names = ["bench-linear", "bench-machines", "bench-memory"]
    assert received == [(name, "paper", range(2), 2) for name in names]
    printed = capsys.readouterr().out
    assert all(f"{name}:" in printed for name in names)


def test_every_option_of_run_reaches_the_runner(monkeypatch, tmp_path):
    import pruninglab.__main__ as command_line

    received = {}

    def run_experiment(*positional, **options):
        received.update(options, positional=positional)
        return Outcome(None, [0], None)

    monkeypatch.setattr(command_line, "run_experiment", run_experiment)
    line = "run spectrum --preset book --replicas 2:4 --workers 3 --shard-size 5 --max-seconds 7"
    assert main([*line.split(), "--scheduler", "tcp://a:1", "--backend", "cupy", "--runs", str(tmp_path)]) == 0
    assert received == {
        "positional": ("spectrum", "book", range(2, 4)),
        "workers": 3,
        "shard_size": 5,
        "max_seconds": 7.0,
        "scheduler": "tcp://a:1",
        "backend": "cupy",
        "runs": tmp_path,
    }
