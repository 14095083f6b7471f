from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments import EXPERIMENTS
from pruninglab.scorecard import PAPERS, claims, score
from pruninglab.scorecard.measures import MEASURES
from pruninglab.scorecard.table import markdown_table
from pruninglab.scorecard.verdicts import VERDICTS

FIELDS = {"paper", "figure", "claim", "published", "ours", "spread", "n", "scale", "verdict", "chapter", "command"}


@cache
def book_summary(experiment):
    module = EXPERIMENTS[experiment]
    return module.summarise(module.run(module.PRESETS["book"], [0, 1]))


@pytest.fixture
def summary():
    return book_summary("spectrum")


def test_rows_are_complete():
    rows = score()
    assert len(rows) == sum(len(claims(paper)) for paper in PAPERS)
    for row in rows:
        assert set(row) >= FIELDS
        assert row["verdict"] in VERDICTS
        assert row["scale"] in ("paper", "reduced", "book")
        assert row["n"] > 0
    scales = {row["scale"] for row in rows if "illustration" in row["command"]}
    assert scales == {"book"}
    assert {row["figure"] for row in rows if row["own_test"]} == {"1b", "text"}


def test_every_claim_names_what_exists():
    named = {claim["measure"] for claim in claims("moore2020")}
    assert named == set(MEASURES)
    assert {claim["experiment"] for claim in claims("moore2020")} <= set(EXPERIMENTS)
    with pytest.raises(ValueError, match="paper must be one of"):
        claims("nobody1900")


def test_without_results_nothing_is_run(store):
    rows = score()
    assert {row["verdict"] for row in rows} == {"not run"}
    assert {row["ours"] for row in rows} == {""}
    assert all(row["command"].startswith("python -m pruninglab run ") for row in rows)


@pytest.mark.parametrize("claim", claims("moore2020"), ids=lambda claim: claim["measure"])
def test_measures_give_one_number_per_replica(claim):
    compared = [book_summary(claim["experiment"])] * (2 if "against" in claim else 1)
    values = MEASURES[claim["measure"]](*compared)
    assert values.dims == ("replica",)
    assert np.isfinite(values).all()


def test_ratios_are_noise_prune_over_weight(summary):
    median = summary["quantiles"].isel(quantile=50).sel(diagonal="matched", measure="eigenvalue_error")
    expected = median.sel(rule="noise-prune") / median.sel(rule="weight")
    np.testing.assert_allclose(MEASURES["median_eigenvalue_error"](summary), expected)
    slow = 1 - summary["slow_mean"].sel(diagonal="matched", measure="cosine")
    expected = slow.sel(rule="noise-prune") / slow.sel(rule="weight")
    np.testing.assert_allclose(MEASURES["slow_cosine_deficit"](summary), expected)


def test_a_worse_noise_prune_is_not_reproduced(summary, monkeypatch):
    swapped = summary.copy(deep=True)
    order = ["weight", "noise-prune", *list(summary["rule"].values[2:])]
    for name in ("quantiles", "slow_mean"):
        swapped[name] = summary[name].sel(rule=order).assign_coords(rule=summary["rule"])
    swapped = xr.concat([swapped.assign_coords(replica=[2 * k, 2 * k + 1]) for k in range(5)], "replica")
    monkeypatch.setattr("pruninglab.results.load", lambda name, _: swapped if name == "spectrum" else None)
    verdicts = {row["quantity"]: row["verdict"] for row in score()}
    assert verdicts["Mean eigenvalue error of the 20 slowest modes, noise-prune over weight."] == "not reproduced"


def test_table_escapes_and_marks():
    rows = [{"figure": "2a", "claim": "a|b", "quantity": "q", "ours": "1", "spread": "0 to 2", "verdict": "partly"}]
    lines = markdown_table(rows, ["claim", "ours", "verdict"]).splitlines()
    assert lines[1] == "|---|---|---|"
    assert lines[2] == r"| a\|b. *q* | 1 (0 to 2) | **partly** |"
