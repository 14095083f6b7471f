import numpy as np
import pytest
from scipy import stats

from pruninglab.scorecard import PAPERS, claims
from pruninglab.scorecard.verdicts import (
    RULES,
    above,
    below,
    centre_and_spread,
    correlation_below,
    correlation_interval,
    correlation_near,
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


def correlated(r, n):
    """Pairs (n, 2) whose correlation is exactly r."""
    drawn = np.random.default_rng(0).normal(size=(n, 2))
    x, rest = np.linalg.qr(drawn - drawn.mean(axis=0))[0].T
    return np.column_stack([3 + 2 * x, r * x + np.sqrt(1 - r**2) * rest])


def test_interval_of_a_correlation_is_fishers():
    pairs = np.random.default_rng(1).normal(size=(12, 2))
    expected = stats.pearsonr(*pairs.T).confidence_interval(0.99)
    np.testing.assert_allclose(correlation_interval(pairs), (expected.low, expected.high))
    margin = stats.norm.ppf(0.995) / 3
    expected = np.tanh(np.arctanh(-0.6) + np.array([-margin, margin]))
    np.testing.assert_allclose(correlation_interval(correlated(-0.6, 12)), expected)


@pytest.mark.parametrize("n", [2, 3])
def test_few_pairs_leave_a_correlation_open(n):
    assert correlation_interval(np.random.default_rng(0).normal(size=(n, 2))) == (-1, 1)


def test_correlation_below():
    limits = {"reproduced": 0.0, "failed": -0.8, "min_replicas": 5}
    assert correlation_below(correlated(-0.95, 100), **limits) == "reproduced"
    assert correlation_below(correlated(-0.5, 100), **limits) == "partly"
    assert correlation_below(correlated(0.2, 100), **limits) == "not reproduced"
    assert correlation_below(correlated(-0.5, 8), **limits) == "undecided"
    assert correlation_below(correlated(-0.9999, 5), **limits) == "reproduced"
    assert correlation_below(correlated(-0.9999, 4), **limits) == "undecided"


def test_correlation_near():
    limits = {"target": -0.3, "reproduced": 0.2, "failed": 0.4, "min_replicas": 100}
    assert correlation_near(correlated(-0.3, 400), **limits) == "reproduced"
    assert correlation_near(correlated(-0.3, 100), **limits) == "undecided"
    assert correlation_near(correlated(-0.1, 400), **limits) == "undecided"
    assert correlation_near(correlated(0.5, 400), **limits) == "not reproduced"
    assert correlation_near(correlated(-0.9, 400), **limits) == "not reproduced"
    assert correlation_near(correlated(-0.9, 99), **limits) == "undecided"


@pytest.mark.parametrize("pairs", [np.full((5, 2), np.nan), np.zeros((5, 3)), np.zeros(5)])
def test_pairs_must_be_two_finite_numbers_per_replica(pairs):
    with pytest.raises(ValueError, match="two finite numbers per replica"):
        correlation_interval(pairs)


def test_a_quantity_that_does_not_vary_has_no_correlation():
    pairs = np.column_stack([np.arange(20.0), np.ones(20)])
    assert correlation_interval(pairs) == (-1, 1)
    assert correlation_below(pairs, reproduced=0.0, failed=-0.1, min_replicas=10) == "undecided"
    assert centre_and_spread("correlation_below", pairs)[0] == "no correlation"


def test_rows_show_what_their_rule_judges():
    values = np.array([1.0, 2.0, 6.0])
    assert centre_and_spread("above", values) == ("2", "1 to 6")
    centre, spread = centre_and_spread("mean_near", values)
    assert centre == "3"
    assert spread == "99 % interval -12.2 to 18.2"
    low, high = np.tanh(np.arctanh(-0.6) + stats.norm.ppf(0.995) / 3 * np.array([-1, 1]))
    centre, spread = centre_and_spread("correlation_below", correlated(-0.6, 12))
    assert centre == "r = -0.6"
    assert spread == f"99 % interval {low:.2g} to {high:.2g}"


MEASURED = [claim for paper in PAPERS for claim in claims(paper) if "measure" in claim]


@pytest.mark.parametrize("claim", MEASURED, ids=lambda c: c["measure"])
def test_every_claim_can_fail_and_can_succeed(claim):
    rule = dict(claim["rule"])
    verdict, n = RULES[rule.pop("kind")], rule["min_replicas"]
    bad = {"below": rule["failed"] + 1, "above": rule["failed"] - 1, "near": rule.get("target", 0) + rule["failed"] + 1}
    good = {"below": rule["reproduced"], "above": rule["reproduced"], "near": rule.get("target")}
    bad |= {"mean_above": min(rule["reproduced"], rule["failed"]) - 1, "mean_near": bad["near"]}
    good |= {"mean_above": max(rule["reproduced"], rule["failed"]) + 1, "mean_near": good["near"]}
    bad |= {"correlation_below": 0.95, "correlation_near": 0.95}
    good |= {"correlation_below": -0.95, "correlation_near": rule.get("target")}
    kind = claim["rule"]["kind"]
    sample = correlated if kind.startswith("correlation_") else lambda value, size: np.full(size, value)
    enough = 1000 if kind == "correlation_near" else n
    assert verdict(sample(bad[kind], n), **rule) == "not reproduced"
    assert verdict(sample(good[kind], enough), **rule) == "reproduced"
    for value in (bad[kind], good[kind]):
        assert verdict(sample(value, n - 1), **rule) == "undecided"
