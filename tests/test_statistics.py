import numpy as np
import pytest
from scipy import stats

from pruninglab.statistics import detectable_difference, paired_p_values


def share_found(difference, spread, *, n, alpha):
    """How often a t-test with n pairs finds a true difference, by simulation of many experiments."""
    drawn = np.random.default_rng(0).normal(difference, spread, size=(20_000, n))
    t = drawn.mean(axis=1) / (drawn.std(axis=1, ddof=1) / np.sqrt(n))
    return np.mean(np.abs(t) > stats.t.ppf(1 - alpha / 2, n - 1))


@pytest.mark.parametrize("n", [3, 8, 16, 64])
def test_a_paired_test_finds_the_detectable_difference_in_four_cases_of_five(n):
    differences = np.random.default_rng(n).normal(2.0, 3.0, size=n)
    found = detectable_difference(differences)
    assert abs(share_found(found, differences.std(ddof=1), n=n, alpha=0.01) - 0.8) < 0.02


@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.01, 0.5), (0.001, 0.95)])
def test_other_levels_and_powers(alpha, power):
    differences = np.random.default_rng(1).normal(size=10)
    found = detectable_difference(differences, alpha=alpha, power=power)
    assert abs(share_found(found, differences.std(ddof=1), n=10, alpha=alpha) - power) < 0.02


def test_only_the_number_of_pairs_and_their_standard_deviation_matter():
    differences = np.random.default_rng(2).normal(size=12)
    found = detectable_difference(differences)
    np.testing.assert_allclose(detectable_difference(5 * differences), 5 * found)
    np.testing.assert_allclose(detectable_difference(-differences), found)
    np.testing.assert_allclose(detectable_difference(differences + 4), found)
    assert detectable_difference(np.tile(differences, 2)) < found / np.sqrt(2)


def test_differences_that_do_not_vary_leave_nothing_to_detect():
    assert detectable_difference(np.full(6, 0.25)) == 0
    assert detectable_difference([0, 0, 0]) == 0


@pytest.mark.parametrize("differences", [[0.1, 0.2], [0.1, np.nan, 0.2], [0.1, np.inf, 0.2], np.eye(3)])
def test_too_few_or_unusable_differences_are_refused(differences):
    with pytest.raises(ValueError, match="at least 3 finite numbers"):
        detectable_difference(np.array(differences))


def test_p_values_are_those_of_students_test_on_the_differences_of_every_column():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 9, 4))
    first[:, 1:3] += second[:, 1:3] + [1.0, -0.7]
    difference = first - second
    t = difference.mean(axis=0) / (difference.std(axis=0, ddof=1) / 3)
    np.testing.assert_allclose(paired_p_values(first, second), 2 * stats.t.sf(np.abs(t), 8))


def test_p_is_one_where_no_pair_differs():
    first = np.random.default_rng(4).normal(size=(5, 3))
    second = first.copy()
    second[:, 1] += [0.1, 0.3, 0.2, 0.15, 0.12]
    assert (paired_p_values(first, second) == 1).tolist() == [True, False, True]


@pytest.mark.parametrize(("alpha", "power"), [(0.5, 0.4), (0.0, 0.8), (0.01, 1.0)])
def test_power_lies_between_alpha_and_one(alpha, power):
    with pytest.raises(ValueError, match="power must lie between"):
        detectable_difference(np.arange(5.0), alpha=alpha, power=power)
