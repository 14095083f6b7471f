"""Exact statements about linear networks, at a size that takes a second."""

from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab import noiseprune
from pruninglab.experiments.synthesis import identities

CONFIG = identities.PRESETS["book"]


@cache
def found():
    return identities.summarise(identities.run(CONFIG, [0, 1]))


def test_statements_hold():
    for name in ("half_leverage_squared", "product_variance", "root_saliency"):
        assert (found()[name] < 1e-10).all()
    assert (found()["difference_deviation"] < 1e-4).all()
    assert (found()["difference_deviation"] > 1e-12).all(), "nothing was compared"


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("leverages", lambda A, C, sigma: 1.01 * noiseprune.leverages(A, C, sigma=sigma)),
        ("preservation_probabilities", lambda A, C, density: noiseprune.weight_probabilities(A, density=density)),
    ],
)
def test_a_statement_that_is_wrong_shows(monkeypatch, name, replacement):
    monkeypatch.setattr(identities, name, replacement)
    broken = identities.run(CONFIG, [0])
    worst = max(float(broken[key].max()) for key in ("half_leverage_squared", "product_variance", "root_saliency"))
    assert worst > 1e-3


def test_a_wrong_information_is_noticed(monkeypatch):
    wrong = {"matched": "original", "original": "matched"}

    def swapped(A, *, sigma, diagonal="matched"):
        return noiseprune.stationary_fisher(A, sigma=sigma, diagonal=wrong[diagonal])

    monkeypatch.setattr(identities, "stationary_fisher", swapped)
    assert (identities.run(CONFIG, [0])["difference_deviation"] > 1e-2).all()


@pytest.mark.parametrize("kind", identities.KINDS)
def test_a_change_touches_what_it_should(kind):
    A = identities.network(CONFIG, 0, kind)
    i, j = np.argwhere(np.triu(A, 1) != 0)[3]
    change = identities.changed(A, i, j, 0.1, kind) - A
    expected = np.zeros_like(A)
    expected[i, j] = 0.1 * np.sign(A[i, j])
    if kind != "directed":
        expected[j, i] = expected[i, j]
    if kind != "original":
        expected[i, i] = -0.1
    if kind == "matched":
        expected[j, j] = -0.1
    np.testing.assert_allclose(change, expected, atol=1e-15)


def test_removal_costs_what_the_formula_says():
    A = identities.network(CONFIG, 0, "matched")
    q = noiseprune.leverages(A, noiseprune.noise_covariance(A))
    pairs = identities._checked(CONFIG, 0, A, "matched")
    at = tuple(pairs.T)
    ratio = -(q[at] + np.log1p(-q[at])) / 2 / (q[at] ** 2 / 4)
    own = found()["removal_ratio"].sel(replica=0, kind="matched")
    np.testing.assert_allclose(own, ratio, rtol=1e-6)


def test_many_cost_more_than_their_sum():
    ratios = found()["many_over_sum"]
    assert (ratios > 1).all()
    assert (ratios.diff("density") < 0).all() or (ratios.diff("density") > 0).all()


def test_a_replica_does_not_depend_on_others_and_early_is_part_of_it():
    alone = identities.summarise(identities.run(CONFIG, [1]))
    xr.testing.assert_identical(alone, found().sel(replica=[1]))
    early = identities.early(CONFIG, 1)
    for name in early.data_vars:
        np.testing.assert_allclose(early[name], found()[name].sel(replica=1))
