import numpy as np
import pytest
from scipy import stats

from pruninglab.scorecard import PAPERS, claims
from pruninglab.scorecard.verdicts import (
    RULES,
    above,
    below,
    centre_and_spread,
    mean_above,
    mean_interval,
    mean_near,
    near,
)


def test_below():
    limits = {"reproduced": 0.5, "failed": 1.0, "min_replicas": 5}
    assert below(np.full(5, 0.5), **limits) == "reproduced"
    assert below(np.full(5, 0.8), **limits) == "partly"
    assert below(np.full(5, 1.0), **limits) == "not reproduced"
    assert below(np.full(4, 0.1), **limits) == "undecided"
    assert below(np.array([0.1, 0.1, 0.1, 0.1, 0.9]), **limits) == "partly"
    assert below(np.array([0.8, 0.8, 0.8, 0.8, 10.0]), **limits) == "partly"


def test_above():
    limits = {"reproduced": 2.0, "failed": 1.0, "min_replicas": 2}
    assert above(np.array([2.0, 3.0]), **limits) == "reproduced"
    assert above(np.array([1.5, 3.0]), **limits) == "partly"
    assert above(np.array([0.5, 1.5]), **limits) == "not reproduced"
    assert above(np.array([5.0]), **limits) == "undecided"


def test_near():
    limits = {"target": 0.5, "reproduced": 0.1, "failed": 0.25, "min_replicas": 1}
    assert near(np.array([0.41, 0.59]), **limits) == "reproduced"
    assert near(np.array([0.3, 0.7]), **limits) == "partly"
    assert near(np.array([1.0]), **limits) == "not reproduced"


@pytest.mark.parametrize("values", [np.array([np.nan]), np.zeros((2, 2)), np.array([np.inf, 1.0])])
def test_values_must_be_finite_numbers_per_replica(values):
    with pytest.raises(ValueError, match="finite number per replica"):
        below(values, reproduced=0.0, failed=1.0, min_replicas=1)


def test_interval_of_a_mean_is_students():
    values = np.random.default_rng(0).normal(size=20)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.99)
    np.testing.assert_allclose(mean_interval(values), (expected.low, expected.high))
    assert mean_interval(np.array([1.0])) == (-np.inf, np.inf)


def test_mean_above():
    limits = {"reproduced": 0.0, "failed": 1.0, "min_replicas": 4}
    around = np.array([-0.1, -0.05, 0.05, 0.1])
    assert mean_above(2 + around, **limits) == "reproduced"
    assert mean_above(0.5 + around, **limits) == "partly"
    assert mean_above(-0.1 + around, **limits) == "not reproduced"
    assert mean_above(0.5 + 100 * around, **limits) == "undecided"
    assert mean_above(2 + around[1:], **limits) == "undecided"


def test_mean_near():
    limits = {"target": 1.0, "reproduced": 0.5, "failed": 1.0, "min_replicas": 4}
    around = np.array([-0.1, -0.05, 0.05, 0.1])
    assert mean_near(1.1 + around, **limits) == "reproduced"
    assert mean_near(0.9 + around, **limits) == "reproduced"
    assert mean_near(1.4 + around, **limits) == "undecided"
    assert mean_near(2.5 + around, **limits) == "not reproduced"
    assert mean_near(-0.5 + around, **limits) == "not reproduced"
    assert mean_near(1.1 + around[1:], **limits) == "undecided"


def test_rows_show_what_their_rule_judges():
    values = np.array([1.0, 2.0, 6.0])
    assert centre_and_spread("above", values) == ("2", "1 to 6")
    centre, spread = centre_and_spread("mean_near", values)
    assert centre == "3"
    assert spread == "99 % interval -12.2 to 18.2"


MEASURED = [claim for paper in PAPERS for claim in claims(paper) if "measure" in claim]


@pytest.mark.parametrize("claim", MEASURED, ids=lambda c: c["measure"])
def test_every_claim_can_fail_and_can_succeed(claim):
    rule = dict(claim["rule"])
    verdict, n = RULES[rule.pop("kind")], rule["min_replicas"]
    bad = {"below": rule["failed"] + 1, "above": rule["failed"] - 1, "near": rule.get("target", 0) + rule["failed"] + 1}
    good = {"below": rule["reproduced"], "above": rule["reproduced"], "near": rule.get("target")}
    bad |= {"mean_above": min(rule["reproduced"], rule["failed"]) - 1, "mean_near": bad["near"]}
    good |= {"mean_above": max(rule["reproduced"], rule["failed"]) + 1, "mean_near": good["near"]}
    kind = claim["rule"]["kind"]
    assert verdict(np.full(n, bad[kind]), **rule) == "not reproduced"
    assert verdict(np.full(n, good[kind]), **rule) == "reproduced"
    assert verdict(np.full(n - 1, good[kind]), **rule) == "undecided"
