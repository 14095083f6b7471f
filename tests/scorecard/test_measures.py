"""Each measure against a hand-made summary in which no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.noise.spectrum import DIAGONALS, MEASURES, QUANTILES, RULES
from pruninglab.scorecard.measures import MEASURES as JUDGED

N = 400


@pytest.fixture(scope="module")
def spectrum():
    rng = np.random.default_rng(0)
    arms = {"replica": [0, 1], "rule": list(RULES), "diagonal": list(DIAGONALS)}
    shape = (2, len(RULES), len(DIAGONALS))

    def arm_values(*extra):
        return rng.uniform(0.1, 0.9, size=(*shape, *extra))

    return xr.Dataset(
        {
            "quantiles": ((*arms, "measure", "quantile"), np.sort(arm_values(3, len(QUANTILES)), axis=-1)),
            "slow_mean": ((*arms, "measure"), arm_values(3)),
            "largest_eigenvalue": (tuple(arms), -arm_values()),
            "leak_change_mean": (tuple(arms), -arm_values()),
            "leak_change_sd": (tuple(arms), arm_values()),
            "drawn_eigenvalue": (("replica", "mode"), -np.sort(rng.uniform(size=(2, 5)))[:, ::-1]),
            "leverage_sum": ("replica", [398.0, 404.0]),
            "naive_density": ("replica", [0.09, 0.08]),
            "naive_weight_density": ("replica", [0.1, 0.16]),
        },
        coords=arms | {"measure": list(MEASURES), "quantile": QUANTILES, "mode": [0, 100, 397, 398, N - 1]},
    )


def median(spectrum, rule, measure, diagonal="matched"):
    value = spectrum["quantiles"].sel(rule=rule, diagonal=diagonal, measure=measure).values[:, 50]
    return 1 - value if measure == "cosine" else value


def slow(spectrum, rule, measure, diagonal="matched"):
    value = spectrum["slow_mean"].sel(rule=rule, diagonal=diagonal, measure=measure).values
    return 1 - value if measure == "cosine" else value


@pytest.mark.parametrize(
    ("name", "statistic", "measure"),
    [
        ("median_eigenvalue_error", median, "eigenvalue_error"),
        ("median_quadratic_error", median, "quadratic_error"),
        ("median_cosine_deficit", median, "cosine"),
        ("slow_eigenvalue_error", slow, "eigenvalue_error"),
        ("slow_quadratic_error", slow, "quadratic_error"),
        ("slow_cosine_deficit", slow, "cosine"),
    ],
)
def test_noise_prune_over_weight(name, statistic, measure, spectrum):
    expected = statistic(spectrum, "noise-prune", measure) / statistic(spectrum, "weight", measure)
    np.testing.assert_allclose(JUDGED[name](spectrum), expected)


def test_least_favourable_of_three(spectrum):
    medians = [median(spectrum, "noise-prune", m) / median(spectrum, "weight", m) for m in MEASURES]
    np.testing.assert_allclose(JUDGED["worst_median"](spectrum), np.max(medians, axis=0))
    original = [
        slow(spectrum, "noise-prune", m, "original") / slow(spectrum, "weight", m, "original") for m in MEASURES
    ]
    np.testing.assert_allclose(JUDGED["worst_slow_mean_original"](spectrum), np.max(original, axis=0))
    diagonals = [median(spectrum, "noise-prune", m, "original") / median(spectrum, "noise-prune", m) for m in MEASURES]
    np.testing.assert_allclose(JUDGED["original_over_matched"](spectrum), np.max(diagonals, axis=0))


def test_degree_over_noise_prune(spectrum):
    expected = slow(spectrum, "degree", "eigenvalue_error") / slow(spectrum, "noise-prune", "eigenvalue_error")
    np.testing.assert_allclose(JUDGED["degree_over_noise_prune"](spectrum), expected)


def test_matched_stability(spectrum):
    largest = spectrum["largest_eigenvalue"].sel(rule="noise-prune", diagonal="matched").values
    slowest = -spectrum["drawn_eigenvalue"].values[:, -1]
    np.testing.assert_allclose(JUDGED["matched_stability"](spectrum), largest / slowest)


def test_leak_changes(spectrum):
    arm = spectrum.sel(rule="noise-prune", diagonal="matched")
    z = -arm["leak_change_mean"].values / (arm["leak_change_sd"].values / np.sqrt(N))
    np.testing.assert_allclose(JUDGED["mean_leak_change"](spectrum), z)
    np.testing.assert_allclose(JUDGED["leak_change_spread"](spectrum), arm["leak_change_sd"])


def test_counts(spectrum):
    np.testing.assert_allclose(JUDGED["edges_over_prediction"](spectrum), [398 / N, 404 / N])
    np.testing.assert_allclose(JUDGED["mean_degree_over_constant"](spectrum), [398 / N, 404 / N])
    np.testing.assert_allclose(JUDGED["naive_noise_prune_over_weight"](spectrum), [0.9, 0.5])


def test_illustration_and_convergence():
    dims = ("replica", "synapses")
    illustration = xr.Dataset(
        {
            "covariance_ratio": (dims, [[1.1, 1.2]]),
            "bridges_above": (dims, [[0.3, 0.4]]),
            "strong_above": (dims, [[0.5, 0.6]]),
            "slope": ("replica", [-0.5]),
        },
        coords={"synapses": ["excitatory", "signed"]},
    )
    assert JUDGED["covariance_within_over_between"](illustration).item() == 1.1
    assert JUDGED["bridges_above_ordinary"](illustration).item() == 0.3
    assert JUDGED["bridges_above_ordinary_signed"](illustration).item() == 0.4
    assert JUDGED["strong_above_ordinary"](illustration).item() == 0.5
    assert JUDGED["convergence_slope"](illustration).item() == -0.5
