"""Command line: ``python -m pruninglab list | show | run | score | check``."""

import argparse
import json
import sys
from pathlib import Path

from pruninglab import results
from pruninglab.backend import BACKENDS
from pruninglab.experiments import EXPERIMENTS, GROUPS, get_config, get_experiment
from pruninglab.experiments.configuration import config_hash, config_json, differences
from pruninglab.results.verification import failures
from pruninglab.runner import RUNS, run_experiment
from pruninglab.scorecard import score


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status is 0, or 1 if a check failed, or 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def parse_replicas(text: str) -> range:
    """Read ``first:stop`` (stop excluded) or one number.

    Examples
    --------
    >>> parse_replicas("2:5"), parse_replicas("3")
    (range(2, 5), range(3, 4))
    """
    first, colon, stop = text.partition(":")
    try:
        return range(int(first), int(stop)) if colon else range(int(first), int(first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected first:stop or a number, got {text!r}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pruninglab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("list", help="experiments, presets and what is stored").set_defaults(command=_list)
    show = commands.add_parser("show", help="configuration and provenance of an experiment")
    show.add_argument("experiment", choices=EXPERIMENTS)
    show.set_defaults(command=_show)
    run = commands.add_parser("run", help="compute replicas of an experiment, or of a group, and store their summaries")
    run.add_argument("experiment", choices=[*EXPERIMENTS, *GROUPS])
    run.add_argument("--preset", default="paper")
    run.add_argument("--replicas", type=parse_replicas, required=True, metavar="FIRST:STOP")
    run.add_argument("--workers", type=int, default=1)
    run.add_argument("--shard-size", type=int, default=1)
    run.add_argument("--max-seconds", type=float)
    run.add_argument("--scheduler", metavar="tcp://…", help="address of a running Dask scheduler")
    run.add_argument("--backend", default="numpy", choices=BACKENDS)
    run.add_argument("--runs", type=Path, default=RUNS, help="folder for unfinished work")
    run.set_defaults(command=_run)
    scores = commands.add_parser("score", help="the reproduction scorecard")
    scores.add_argument("--json", action="store_true")
    scores.set_defaults(command=_score)
    commands.add_parser("check", help="recompute an early quantity of every stored result").set_defaults(command=_check)
    return parser


def _list(options: argparse.Namespace) -> int:
    for name, module in EXPERIMENTS.items():
        print(f"{name}: {module.__doc__.splitlines()[0]}")
        for preset in module.PRESETS:
            stored = results.load(name, preset)
            state = "not stored" if stored is None else f"{stored.sizes['replica']} replicas stored"
            print(f"  --preset {preset:8} {config_hash(get_config(name, preset))}  {state}")
    return 0


def _show(options: argparse.Namespace) -> int:
    for preset, config in get_experiment(options.experiment).PRESETS.items():
        print(f"{options.experiment} --preset {preset} ({config_hash(config)})")
        print(f"  configuration: {config_json(config)}")
        for line in differences(config, get_config(options.experiment, "paper")):
            print(f"  differs from the paper: {line}")
        stored = results.load(options.experiment, preset)
        if stored is not None:
            print(f"  provenance: {stored.attrs['provenance']}")
            print(f"  {float(stored['cpu_seconds'].sum()):.0f} s of CPU time for {stored.sizes['replica']} replicas")
    return 0


def _run(options: argparse.Namespace) -> int:
    if options.experiment in GROUPS:
        for name in GROUPS[options.experiment]:
            print(f"{name}:")
            _run_one(name, options)
    else:
        _run_one(options.experiment, options)
    return 0


def _run_one(name: str, options: argparse.Namespace) -> None:
    for line in differences(get_config(name, options.preset), get_config(name, "paper")):
        print(f"differs from the paper: {line}")
    outcome = run_experiment(
        name,
        options.preset,
        options.replicas,
        workers=options.workers,
        shard_size=options.shard_size,
        max_seconds=options.max_seconds,
        scheduler=options.scheduler,
        backend=options.backend,
        runs=options.runs,
    )
    n_done = len(options.replicas) - len(outcome.missing)
    print(f"{n_done} of {len(options.replicas)} replicas are finished")
    if outcome.missing:
        print("start the same command again to compute the rest")
    if outcome.stored is not None:
        print(f"stored in {outcome.stored}")
    elif outcome.summary is not None:
        print(f"kept in {options.runs}; results of the preset {options.preset} are not stored")


def _score(options: argparse.Namespace) -> int:
    rows = score()
    if options.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    for row in rows:
        print(f"{row['paper']} {row['figure']:5} {row['verdict']:15} n={row['n']:<3} {row['claim']}: {row['ours']}")
    return 0


def _check(options: argparse.Namespace) -> int:
    problems = failures()
    for problem in problems:
        print(problem, file=sys.stderr)
    print("stored results: " + (f"{len(problems)} problems" if problems else "all agree with the code"))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
