"""Each measure of the guarantees against a hand-made summary in which no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.noise.consequences import BOUNDS, PATTERNS
from pruninglab.experiments.noise.metric import TALLIES, TRIANGLES
from pruninglab.scorecard.measures import MEASURES as JUDGED

SIZES = [100, 400, 1600]
SCALARS = (
    "decomposition_error",
    "leverage_excess",
    "largest_leverage",
    "variance_change",
    "metric_violations",
    "null_leverage_excess",
    "null_error",
    "normal_error",
)


@pytest.fixture(scope="module")
def guarantees():
    rng = np.random.default_rng(0)
    coords = {
        "replica": [0, 1],
        "draw": [0, 1, 2],
        "bound": list(BOUNDS),
        "pattern": list(PATTERNS),
        "constant": [0.5, 2.0, 3.0, 3.5, 4.0, 6.0],
        "size": SIZES,
        "total": ["input", "output"],
        "weights": ["signed", "absolute"],
        "kind": list(TRIANGLES),
        "tally": list(TALLIES),
    }

    def values(*dims):
        return ("replica", *dims), rng.uniform(0.1, 0.9, size=(2, *(len(coords[dim]) for dim in dims)))

    variables = {name: values() for name in (*SCALARS, "asked_epsilon", "null_epsilon")}
    variables |= {name: values() for name in ("low_rank_epsilon", "low_rank_weights_epsilon")}
    variables |= {name: values("draw") for name in ("epsilon", "n_kept")}
    variables |= {name: values("constant") for name in ("failures", "failure_bound")}
    names = ("growing_epsilon", "growing_over_formula", "slowest_sine", "slowest_sine_bound")
    variables |= {name: values("size") for name in names}
    variables["growing_share"] = (("replica", "size"), [[0.4, 0.2, 0.1], [0.16, 0.04, 0.01]])
    variables |= {"ratio": values("bound"), "product_error": values("pattern")}
    variables |= {"total_bias": values("total", "weights"), "total_change": values("total")}
    variables |= {"triangles": values("kind", "tally")}
    return xr.Dataset(variables, coords=coords)


@pytest.mark.parametrize("name", SCALARS)
def test_what_is_stored_as_it_is_judged(name, guarantees):
    np.testing.assert_array_equal(JUDGED[name](guarantees), guarantees[name])


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("eigenvalue_bound", "eigenvalues"),
        ("quadratic_form_bound", "forms"),
        ("angle_bound", "angles"),
        ("product_bound", "products"),
        ("fixed_point_bound", "fixed points"),
        ("variance_bound", "variances"),
        ("trajectory_bound", "trajectories"),
    ],
)
def test_bounds(name, bound, guarantees):
    np.testing.assert_array_equal(JUDGED[name](guarantees), guarantees["ratio"].values[:, BOUNDS.index(bound)])


def test_epsilons(guarantees):
    epsilon, asked = guarantees["epsilon"].values, guarantees["asked_epsilon"].values
    np.testing.assert_allclose(JUDGED["worst_epsilon_over_promise"](guarantees), epsilon.max(axis=1) / asked)
    growing = guarantees["growing_epsilon"].values.max(axis=1)
    np.testing.assert_allclose(JUDGED["growing_epsilon_over_asked"](guarantees), growing / asked)
    null = guarantees["null_epsilon"].values
    np.testing.assert_allclose(JUDGED["null_epsilon_over_promise"](guarantees), null / asked)
    for measure, name in (
        ("epsilon_over_low_rank", "low_rank_epsilon"),
        ("epsilon_over_low_rank_weights", "low_rank_weights_epsilon"),
    ):
        np.testing.assert_allclose(JUDGED[measure](guarantees), epsilon.mean(axis=1) / guarantees[name].values)


def test_counts(guarantees):
    kept = guarantees["n_kept"].values
    expected = np.sqrt(((kept.T - kept.mean(axis=1)) ** 2).sum(axis=0) / 2) / kept.mean(axis=1)
    np.testing.assert_allclose(JUDGED["edge_count_fluctuation"](guarantees), expected)
    formula = guarantees["growing_over_formula"].values[:, -1]
    np.testing.assert_array_equal(JUDGED["edges_over_formula"](guarantees), formula)
    np.testing.assert_allclose(JUDGED["share_exponent"](guarantees), [-0.5, -1.0])


def test_failures(guarantees):
    excess = (guarantees["failures"] - guarantees["failure_bound"]).values[:, 3:].max(axis=1)
    np.testing.assert_allclose(JUDGED["failures_beyond_bound"](guarantees), excess)
    np.testing.assert_array_equal(JUDGED["failures_at_two"](guarantees), guarantees["failures"].values[:, 1])


def test_patterns_and_modes(guarantees):
    error = guarantees["product_error"].values
    np.testing.assert_array_equal(JUDGED["random_product_error"](guarantees), error[:, 0])
    np.testing.assert_array_equal(JUDGED["slow_product_error"](guarantees), error[:, 1])
    sine, bound = guarantees["slowest_sine"].values, guarantees["slowest_sine_bound"].values
    np.testing.assert_allclose(JUDGED["davis_kahan_bound"](guarantees), (sine / bound).max(axis=1))
    np.testing.assert_array_equal(JUDGED["slowest_mode_sine"](guarantees), sine.max(axis=1))


def test_totals(guarantees):
    bias = guarantees["total_bias"].values
    np.testing.assert_array_equal(JUDGED["input_bias"](guarantees), bias[:, 0].max(axis=1))
    np.testing.assert_array_equal(JUDGED["output_bias"](guarantees), bias[:, 1].max(axis=1))
    np.testing.assert_array_equal(JUDGED["total_change"](guarantees), guarantees["total_change"].values.max(axis=1))


def test_triangles(guarantees):
    tally = guarantees["triangles"].values
    both = tally.sum(axis=1)
    np.testing.assert_allclose(JUDGED["signed_metric_violations"](guarantees), both[:, 1] / both[:, 0])
    np.testing.assert_allclose(JUDGED["balanced_root_violations"](guarantees), tally[:, 0, 2] / tally[:, 0, 0])
