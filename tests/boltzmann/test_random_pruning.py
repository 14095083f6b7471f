"""Random pruning: uniform without replacement, whole units within the budget, a stream for every machine."""

import numpy as np
import pytest

from pruninglab.boltzmann import apply_mask, connected_hidden, prune_weights

from .reference import machine

MASK = np.array([[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 1]], dtype=bool)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_random_weights_are_drawn_uniformly_without_replacement_among_those_that_exist():
    n = 4000
    mask = np.broadcast_to(MASK, (n, 3, 4))
    kept = prune_weights(apply_mask(machine(leading=(n,)), mask), "random_weights", 0.4, mask=mask, rng=rng(6))
    assert set(kept.sum(axis=(1, 2))) == {8 - 3}
    removed = (MASK & ~kept)[:, MASK]
    np.testing.assert_allclose(removed.mean(axis=0), 3 / 8, atol=5 * np.sqrt(0.25 / n))
    pairs = removed.T.astype(float) @ removed / n
    np.testing.assert_allclose(pairs[~np.eye(8, dtype=bool)], 3 / 8 * 2 / 7, atol=5 * np.sqrt(0.1 / n))


def test_random_units_leave_whole_one_after_the_other_within_the_budget():
    """Units have 3, 2, 0 and 2 weights: of 7, half is a budget of 3."""
    n, mask = 4000, np.array([[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 0]], dtype=bool)
    many = np.broadcast_to(mask, (n, 3, 4))
    kept = prune_weights(apply_mask(machine(leading=(n,)), many), "random_units", 0.5, mask=many, rng=rng(7))
    left = connected_hidden(kept)
    np.testing.assert_array_equal(kept, many & left[:, None, :])
    assert not left[:, 2].any()
    removed = [tuple(np.flatnonzero(~units & connected_hidden(mask)).tolist()) for units in left]
    shares = {units: removed.count(units) / n for units in set(removed)}
    assert set(shares) == {(0,), (1,), (3,)}
    assert all(share == pytest.approx(1 / 3, abs=5 * np.sqrt(0.25 / n)) for share in shares.values())


def test_random_units_stop_at_the_first_that_is_too_large():
    """Units have 4, 1 and 1 weights and the budget is 2: drawn first, the large one stops the removal at once."""
    mask = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [1, 0, 0]], dtype=bool)
    many = np.broadcast_to(mask, (3000, 4, 3))
    kept = prune_weights(apply_mask(machine(4, 3, leading=(3000,)), many), "random_units", 0.4, mask=many, rng=rng(8))
    shares = np.bincount(6 - kept.sum(axis=(1, 2)), minlength=3) / 3000
    np.testing.assert_allclose(shares, 1 / 3, atol=5 * np.sqrt(0.25 / 3000))


def test_random_machines_are_drawn_independently():
    kept = prune_weights(machine(leading=(50,)), "random_weights", 0.5, rng=rng(9))
    assert len(np.unique(kept.reshape(50, -1), axis=0)) > 40


@pytest.mark.parametrize("fraction", [0.07, 0.1, 0.25, 0.29, 0.57, 0.7])
def test_decimal_fractions_remove_their_share_of_random_weights(fraction):
    kept = prune_weights(machine(10, 10), "random_weights", fraction, rng=rng())
    assert kept.sum() == 100 - round(100 * fraction)
