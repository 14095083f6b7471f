from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments import EXPERIMENTS, replicas_per_source
from pruninglab.experiments.boltzmann.lines import CRITERIA, lines_of
from pruninglab.scorecard import PAPERS, claims, score
from pruninglab.scorecard.measures import MEASURES
from pruninglab.scorecard.table import markdown_table
from pruninglab.scorecard.verdicts import VERDICTS

FIELDS = {"paper", "figure", "claim", "published", "ours", "spread", "n", "scale", "verdict", "chapter", "command"}
ASKED_FOR = {
    "dms": {"levels": (0.2, 0.5, 0.7, 0.75, 0.9), "max_outer": 2},
    "direct": {"n_outer": 20, "n_units": 4},
    "new-cues": {"n_outer": 2},
    "regularisers": {"repeats": (5, 20, 80), "n_outer": 1},
    "bandit": {
        "levels": (0.1, 0.3, 0.5, 0.7),
        "n_units": 4,
        "n_blocks": 2,
        "n_outer": 2,
        "max_initial": 2,
        "n_fresh": (2, 2, 4),
    },
    "new-option": {"n_blocks": 2, "n_outer": 39, "n_fresh": 2},
    "rbm": {"rates": ("as_run", "nominal"), "n_patches": 300, "n_hidden": 20},
    "chains": {"steps": (200, 500), "n_chains": 50},
    "floor": {"sizes": (9, 70), "max_iterations": 3},
    "dbm": {"n_train": 200, "n_test": 100, "n_epochs": 1, "n_samples": 3},
    "dbm-pruning": {
        "start": replace(EXPERIMENTS["dbm"].PRESETS["book"], n_train=200, n_test=100, n_epochs=1),
        "n_prunings": 10,
    },
}
"""Levels, iterations, rates and sizes that some claims name and the book presets lack; little training."""
REPLICAS = [2, 3]
"""One of them has the number of the bandit's example pair."""


@cache
def book_summary(experiment):
    module = EXPERIMENTS[experiment]
    config = replace(module.PRESETS["book"], **ASKED_FOR.get(experiment, {}))
    per = replicas_per_source(experiment)
    replicas = [per * replica + number for replica in REPLICAS for number in range(per)]
    source = {"source": book_summary(module.SOURCE)} if hasattr(module, "SOURCE") else {}
    summary = module.summarise(module.run(config, replicas, **source))
    if "data" not in summary.dims:
        return summary
    return xr.concat([summary, summary.assign_coords(data=["cifar10"])], dim="data")


@pytest.fixture
def summary():
    return book_summary("spectrum")


def test_rows_are_complete():
    rows = score()
    assert len(rows) == sum(len(claims(paper)) for paper in PAPERS)
    for row in rows:
        assert set(row) >= FIELDS
        assert row["verdict"] in VERDICTS
        if row["verdict"] in ("drawn", "not run"):
            assert (row["ours"], row["n"], row["scale"]) == ("", 0, "")
        else:
            assert row["scale"] in ("paper", "reduced", "book")
            assert (row["n"] > 0) == (row["ours"] != "no such network")
    scales = {row["scale"] for row in rows if "illustration" in row["command"]}
    assert scales == {"book"}
    moore = [row for row in rows if row["paper"] == "moore2020"]
    assert {row["figure"] for row in moore if row["own_test"]} == {"1b", "2c-f", "text"}
    assert {row["figure"] for row in rows if row["verdict"] == "drawn"} == {"1A", "1B", "1G", "3A", "4C", "S3"}


def test_rows_of_a_chapter_or_a_paper_alone():
    rows = score()
    for key, value in (("chapter", "recurrent/pruning"), ("paper", "moore2020")):
        assert score(**{key: value}) == [row for row in rows if row[key] == value] != []
    with pytest.raises(ValueError, match="chapter must be"):
        score(chapter="recurrent/nothing")


def test_every_claim_names_what_exists():
    measured = [claim for paper in PAPERS for claim in claims(paper) if "drawn" not in claim]
    assert {claim["measure"] for claim in measured} == set(MEASURES)
    assert {claim["experiment"] for claim in measured} <= set(EXPERIMENTS)
    with pytest.raises(ValueError, match="paper must be one of"):
        claims("nobody1900")


def test_without_results_nothing_is_run(store):
    rows = [row for row in score() if row["verdict"] != "drawn"]
    assert {row["verdict"] for row in rows} == {"not run"}
    assert {row["ours"] for row in rows} == {""}
    assert all(row["command"].startswith("python -m pruninglab run ") for row in rows)


MEASURED = [claim for paper in PAPERS for claim in claims(paper) if "drawn" not in claim]


def how_many(measure):
    """Numbers that a measure may give for two replicas."""
    if measure.startswith("bandit_example_"):
        return {1}
    if measure.startswith("example_") or measure.endswith("_by_start") or measure == "memory_rank_correlation":
        return {0, 1, 2}
    return {2 * len(REPLICAS)} if measure.endswith("_pooled") else {len(REPLICAS)}


@pytest.mark.parametrize("claim", MEASURED, ids=lambda claim: claim["measure"])
def test_measures_give_one_number_per_replica(claim):
    experiments = [claim["experiment"]]
    if "against" in claim:
        experiments.append(claim.get("against_experiment", claim["experiment"]))
    values = MEASURES[claim["measure"]](*map(book_summary, experiments), **claim.get("options", {}))
    of_pairs = claim["rule"]["kind"].startswith("correlation_")
    assert values.dims == (("replica", "pair") if of_pairs else ("replica",))
    assert len(values) in how_many(claim["measure"])
    assert not of_pairs or values.sizes["pair"] == 2
    assert np.isfinite(values).all()


OF_LINES = [claim for claim in MEASURED if claim["experiment"] == "dbm-pruning"]


@pytest.mark.parametrize("missing", ["weight_magnitude", "variance_fi", "random_units"])
@pytest.mark.parametrize("claim", OF_LINES, ids=lambda claim: claim["measure"])
def test_a_missing_line_leaves_other_machines_as_they_are(claim, missing):
    first, second = REPLICAS
    lines = book_summary("dbm-pruning")
    gone = lines_of([second])[CRITERIA.index(missing)]
    measure, options = MEASURES[claim["measure"]], claim.get("options", {})
    whole, partial = (measure(table, **options) for table in (lines, lines.drop_sel(replica=gone)))
    np.testing.assert_array_equal(partial.sel(replica=first), whole.sel(replica=first))
    assert set(partial["replica"].values) <= {first, second}


def score_of(start, summary, monkeypatch):
    """Rows of the measures whose names begin like this, all judged on one summary."""
    chosen = [claim for claim in claims("averbeck2022") if claim.get("measure", "").startswith(start)]
    monkeypatch.setattr("pruninglab.scorecard.PAPERS", ("averbeck2022",))
    monkeypatch.setattr("pruninglab.scorecard.claims", lambda paper: chosen)
    monkeypatch.setattr("pruninglab.results.load", lambda *source: summary)
    return score()


EXAMPLES_OF_DISTRACTION = {"2C", "2D", "2E", "2F", "3A-B", "3C", "3D-E", "3F", "4A-B", "4C", "4D"}
EXAMPLES_OF_THE_BANDIT = {"6A", "6B", "6C, 6E", "6D, 6F", "6E", "6F", "6G", "6H-I", "text"}


@pytest.mark.parametrize(
    ("start", "figures"), [("example_", EXAMPLES_OF_DISTRACTION), ("bandit_example_", EXAMPLES_OF_THE_BANDIT)]
)
def test_without_an_example_its_rows_say_so(start, figures, monkeypatch):
    dms = book_summary("dms")
    calm = dms.assign(example_max_lyapunov=0 * dms["example_max_lyapunov"])
    first_of_all = book_summary("bandit").assign_coords(replica=[0, 1])
    rows = score_of(start, {"example_": calm, "bandit_example_": first_of_all}[start], monkeypatch)
    assert {row["figure"] for row in rows} == figures
    for row in rows:
        assert (row["ours"], row["spread"], row["n"]) == ("no such network", "", 0)
        assert (row["verdict"], row["scale"]) == ("undecided", "paper")


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


@pytest.fixture
def comparison(monkeypatch):
    """A claim that compares a result with the same experiment under another preset; the store to put both into."""
    claim = {
        "figure": "x",
        "claim": "c",
        "published": "p",
        "chapter": "c",
        "experiment": "spectrum",
        "preset": "large",
        "against": "book",
        "measure": "compared",
        "rule": {"kind": "below", "reproduced": 1.0, "failed": 2.0, "min_replicas": 2},
    }

    def compared(one, other):
        """One over the mean of the other."""
        return one["value"] / other["value"].mean()

    stored = {}
    monkeypatch.setitem(MEASURES, "compared", compared)
    monkeypatch.setattr("pruninglab.scorecard.PAPERS", ("moore2020",))
    monkeypatch.setattr("pruninglab.scorecard.claims", lambda paper: [claim])
    monkeypatch.setattr("pruninglab.results.load", lambda *source: stored.get(source))
    return stored


def test_a_comparison_needs_both_results_in_their_order(comparison):
    large, book = (xr.Dataset({"value": ("replica", values)}) for values in ([0.2, 0.4, 0.6], [2.0, 6.0]))
    command = "python -m pruninglab run spectrum --preset "
    for source in (None, "large", "book"):
        comparison.clear()
        if source:
            comparison["spectrum", source] = {"large": large, "book": book}[source]
        (row,) = score()
        assert (row["verdict"], row["ours"], row["n"]) == ("not run", "", 0)
        assert row["command"] == command + ("book" if source == "large" else "large") + " --replicas 0:2"
    comparison |= {("spectrum", "large"): large, ("spectrum", "book"): book}
    (row,) = score()
    assert row["ours"] == f"{0.4 / 4:.3g}"
    assert row["spread"] == "0.05 to 0.15"
    assert (row["n"], row["scale"], row["verdict"]) == (3, "paper", "reproduced")
    assert row["command"] == command + "large --replicas 0:3"


def test_large_networks_are_compared_with_those_of_the_paper():
    compared = [claim for claim in claims("moore2020") if claim["measure"].startswith("large_over_small_")]
    assert len(compared) == 3
    for claim in compared:
        assert (claim["experiment"], claim["preset"], claim["against"]) == ("spectrum", "large", "paper")


def test_table_escapes_and_marks():
    rows = [{"figure": "2a", "claim": "a|b", "quantity": "q", "ours": "1", "spread": "0 to 2", "verdict": "partly"}]
    lines = markdown_table(rows, ["claim", "ours", "verdict"]).splitlines()
    assert lines[1] == "|---|---|---|"
    assert lines[2] == r"| a\|b. *q* | 1 (0 to 2) | **partly** |"


def test_replicas_without_a_number_are_left_out_and_not_counted(comparison):
    comparison |= {("spectrum", "large"): xr.Dataset({"value": ("replica", [0.2, np.nan, 0.6])})}
    comparison |= {("spectrum", "book"): xr.Dataset({"value": ("replica", [2.0, 6.0])})}
    (row,) = score()
    assert (row["n"], row["ours"]) == (2, "0.1")


def test_quantities_are_written_for_readers():
    assert not [row["quantity"] for row in score() if "[" in row["quantity"] or "{" in row["quantity"]]
