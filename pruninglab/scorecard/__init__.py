"""The reproduction scorecard: a paper's claims, our stored results, and a verdict by a rule set in advance."""

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import xarray as xr

from pruninglab import results
from pruninglab.experiments import get_config
from pruninglab.scorecard.measures import MEASURES
from pruninglab.scorecard.verdicts import RULES

PAPERS = ("moore2020",)


def claims(paper: str) -> list[dict[str, Any]]:
    """The claims of one paper, as its file states them, in the order of the paper."""
    if paper not in PAPERS:
        raise ValueError(f"paper must be one of {PAPERS}, got {paper!r}")
    return tomllib.loads(files("pruninglab.scorecard").joinpath(f"{paper}.toml").read_text(encoding="utf-8"))["claim"]


def score() -> list[dict[str, Any]]:
    """One row per claim, judged on the stored result; "not run" where there is none.

    Rows with ``own_test`` are tests of ours, which the paper does not claim.

    Examples
    --------
    >>> sorted(score()[0])  # doctest: +NORMALIZE_WHITESPACE
    ['chapter', 'claim', 'command', 'figure', 'n', 'ours', 'own_test', 'paper', 'published', 'quantity', 'rule',
     'scale', 'spread', 'verdict']
    """
    stated = [(paper, claim) for paper in PAPERS for claim in claims(paper)]
    stored = {name: results.load(name) for name in {claim["experiment"] for _, claim in stated}}
    return [_row(paper, claim, stored[claim["experiment"]]) for paper, claim in stated]


def _row(paper: str, claim: dict[str, Any], stored: xr.Dataset | None) -> dict[str, Any]:
    row = {"paper": paper} | {key: claim[key] for key in ("figure", "claim", "published", "chapter")}
    row["own_test"] = claim.get("own", False)
    experiment, rule = claim["experiment"], dict(claim["rule"])
    n = rule["min_replicas"] if stored is None else stored.sizes["replica"]
    row["quantity"], row["rule"] = MEASURES[claim["measure"]].__doc__.splitlines()[0], _describe(rule)
    row["command"] = f"python -m pruninglab run {experiment} --preset paper --replicas 0:{n}"
    if stored is None:
        return row | {"ours": "", "spread": "", "n": 0, "scale": "", "verdict": "not run"}
    values = MEASURES[claim["measure"]](stored).values
    return row | {
        "ours": f"{np.median(values):.3g}",
        "spread": f"{values.min():.3g} to {values.max():.3g}",
        "n": n,
        "scale": get_config(experiment, "paper").scale,
        "verdict": RULES[rule.pop("kind")](values, **rule),
    }


def _describe(rule: dict[str, Any]) -> str:
    passing, failing = {
        "below": ("at most {reproduced:g}", "the median is {failed:g} or more"),
        "above": ("at least {reproduced:g}", "the median is {failed:g} or less"),
        "near": ("within {reproduced:g} of {target:g}", "the median distance is {failed:g} or more"),
    }[rule["kind"]]
    template = f"reproduced if 90 % of at least {{min_replicas}} replicas are {passing}, not reproduced if {failing}"
    return template.format(**rule)
