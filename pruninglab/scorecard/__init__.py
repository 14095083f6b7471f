"""The reproduction scorecard: a paper's claims, our stored results, and a verdict by a rule set in advance."""

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import xarray as xr

from pruninglab import results
from pruninglab.experiments import get_config, replicas_per_source
from pruninglab.scorecard.measures import MEASURES
from pruninglab.scorecard.origin import origin
from pruninglab.scorecard.verdicts import RULES, centre_and_spread

PAPERS = ("averbeck2022", "scholl2021", "moore2020", "pruninglab")
"""The three papers, and this book where it makes claims of its own."""


def claims(paper: str) -> list[dict[str, Any]]:
    """The claims of one paper, as its file states them, in the order of the paper."""
    if paper not in PAPERS:
        raise ValueError(f"paper must be one of {PAPERS}, got {paper!r}")
    return tomllib.loads(files("pruninglab.scorecard").joinpath(f"{paper}.toml").read_text(encoding="utf-8"))["claim"]


def score(*, paper: str | None = None, chapter: str | None = None) -> list[dict[str, Any]]:
    """One row per claim, judged on the stored result; "not run" where there is none.

    Rows with ``own_test`` are tests of ours, which the paper does not claim; those with ``central`` are what a paper is
    cited for, and the controls that one would ask for first.

    Parameters
    ----------
    paper, chapter : str, optional
        Only the rows of one paper, or of one chapter, such as ``"recurrent/pruning"``: only their results are read.

    Raises
    ------
    ValueError
        If no claim belongs to them.

    Examples
    --------
    >>> sorted(score()[0])  # doctest: +NORMALIZE_WHITESPACE
    ['central', 'chapter', 'claim', 'command', 'figure', 'n', 'ours', 'own_test', 'paper', 'published', 'quantity',
     'rule', 'scale', 'spread', 'stored', 'verdict']
    """
    stated = [(own, claim) for own in PAPERS for claim in claims(own)]
    stated = [(own, claim) for own, claim in stated if paper in (None, own) and chapter in (None, claim["chapter"])]
    if not stated:
        raise ValueError(f"paper and chapter must be those of a claim, got {paper!r} and {chapter!r}")
    stored = {source: results.load(*source) for source in {source for _, claim in stated for source in _sources(claim)}}
    return [
        _drawn_row(own, claim) if "drawn" in claim else _row(own, claim, [stored[s] for s in _sources(claim)])
        for own, claim in stated
    ]


def _sources(claim: dict[str, Any]) -> list[tuple[str, str]]:
    """Experiment and preset of the result that a claim is judged by, and of the one it is compared with, if any."""
    if "drawn" in claim:
        return []
    own = (claim["experiment"], claim.get("preset", "paper"))
    return [own, (claim.get("against_experiment", own[0]), claim["against"])] if "against" in claim else [own]


def _drawn_row(paper: str, claim: dict[str, Any]) -> dict[str, Any]:
    """A schematic: there is nothing to measure, and `drawn` names the figure that shows it."""
    row = {"paper": paper} | {key: claim[key] for key in ("figure", "claim", "published", "chapter")}
    row |= {
        "own_test": False,
        "central": False,
        "quantity": f"Drawn: {claim['drawn']}",
        "rule": "none; a schematic",
        "ours": "",
    }
    return row | {"spread": "", "n": 0, "scale": "", "verdict": "drawn", "command": "", "stored": []}


def _row(paper: str, claim: dict[str, Any], stored: list[xr.Dataset | None]) -> dict[str, Any]:
    row = {"paper": paper} | {key: claim[key] for key in ("figure", "claim", "published", "chapter")}
    row |= {"own_test": claim.get("own", False), "central": claim.get("central", False)}
    rule = dict(claim["rule"])
    measure, options = MEASURES[claim["measure"]], claim.get("options", {})
    row["quantity"], row["rule"] = _in_words(measure.__doc__.splitlines()[0], options), _describe(rule)
    found = list(zip(_sources(claim), stored, strict=True))
    missing = [source for source, result in found if result is None]
    row["stored"] = [origin(*source, result) for source, result in found if result is not None]
    experiment, preset = [*missing, *_sources(claim)][0]
    least = rule["min_replicas"] * replicas_per_source(experiment)
    n = least if missing else int(stored[0]["replica"].max()) + 1
    row["command"] = f"python -m pruninglab run {experiment} --preset {preset} --replicas 0:{n}"
    if missing:
        return row | {"ours": "", "spread": "", "n": 0, "scale": "", "verdict": "not run"}
    values = _finite(measure(*stored, **options).values)
    ours, spread = centre_and_spread(rule["kind"], values) if len(values) else ("no such network", "")
    return row | {
        "ours": ours,
        "spread": spread,
        "n": len(values),
        "scale": get_config(experiment, preset).scale,
        "verdict": RULES[rule.pop("kind")](values, **rule) if len(values) else "undecided",
    }


class _Row(list):
    """A list that is written as its members in a row."""

    def __format__(self, spec: str) -> str:
        return ", ".join(map(str, self))


def _in_words(text: str, options: dict[str, Any]) -> str:
    return text.format(**{key: _Row(value) if isinstance(value, list) else value for key, value in options.items()})


def _finite(values: np.ndarray) -> np.ndarray:
    """The replicas for which a number, or both of a pair, could be computed; n in the row counts only these."""
    return values[np.isfinite(values).all(axis=tuple(range(1, values.ndim)))]


def _describe(rule: dict[str, Any]) -> str:
    replicas = "reproduced if 90 % of at least {min_replicas} replicas are "
    interval = "reproduced if the 99 % interval of the mean of at least {min_replicas} replicas lies "
    correlation = "reproduced if the 99 % interval of the correlation over at least {min_replicas} networks lies "
    template = {
        "below": replicas + "at most {reproduced:g}, not reproduced if the median is {failed:g} or more",
        "above": replicas + "at least {reproduced:g}, not reproduced if the median is {failed:g} or less",
        "near": replicas
        + "within {reproduced:g} of {target:g}, not reproduced if the median distance is {failed:g} or more",
        "mean_above": interval + "above {reproduced:g}, not reproduced if it lies below {failed:g}, partly if both",
        "mean_near": interval
        + "within {reproduced:g} of {target:g}, not reproduced if all of it is farther away than {failed:g}",
        "correlation_below": correlation
        + "below {reproduced:g}, not reproduced if it lies above {failed:g}, partly if both",
        "correlation_near": correlation
        + "within {reproduced:g} of {target:g}, not reproduced if all of it is farther away than {failed:g}",
    }[rule["kind"]]
    return template.format(**rule)
