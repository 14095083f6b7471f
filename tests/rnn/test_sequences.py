"""Sequences that share a past share states, and this changes neither loss nor gradient."""

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from pruninglab.rnn import dms_probe, dms_trials, initial_weights, loss_and_gradient, merge_repeats
from pruninglab.rnn.sequences import find_shared_states

MATRICES = ("A", "B", "C")


def rng(seed=0):
    return np.random.default_rng(seed)


def letters(*words):
    """Sequences of one input, from words."""
    return np.array([[[float(ord(letter))] for letter in word] for word in words])


def test_a_tree_of_words():
    shared = find_shared_states(letters("abc", "abd", "bbc", "abc", "bac"))
    assert shared.groups.tolist() == [[0, 0, 1, 0, 1], [0, 0, 1, 0, 2], [0, 1, 2, 0, 3]]
    assert shared.counts == [2, 3, 4]
    assert shared.rows == [slice(0, 2), slice(2, 5), slice(5, 9)]
    assert [shared.first_members(k).tolist() for k in range(3)] == [[0, 2], [0, 2, 4], [0, 1, 2, 4]]
    assert shared.parents(0) is None
    assert shared.parents(1).tolist() == [0, 1, 1]
    assert shared.parents(2).tolist() == [0, 0, 1, 2]
    assert shared.parent_rows().tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 4]


def test_sequences_that_agree_again_stay_apart():
    shared = find_shared_states(letters("axxx", "bxxx", "axxx"))
    assert shared.groups.tolist() == [[0, 1, 0]] * 4
    assert [shared.parents(k) for k in range(4)] == [None] * 4
    assert shared.parent_rows().tolist() == [0, 0, 0, 1, 2, 3, 4, 5]


def test_states_are_numbered_by_first_appearance():
    assert find_shared_states(letters("z", "a", "z", "m")).groups.tolist() == [[0, 1, 0, 2]]


def test_every_input_channel_counts():
    inputs = np.zeros((3, 2, 4))
    inputs[1, 1, 3] = inputs[2, 1, 2] = 1e-12
    assert find_shared_states(inputs).groups.tolist() == [[0, 0, 0], [0, 1, 2]]


@pytest.mark.parametrize("n_repeats", [1, 5])
def test_working_memory_has_142_distinct_states(n_repeats):
    inputs, _ = dms_trials(n_repeats=n_repeats, rng=rng())
    shared = find_shared_states(inputs)
    assert shared.counts == [1] * 12 + [2] * 27 + [4] * 19
    assert sum(shared.counts) == 142
    assert shared.groups[20].tolist() == [0, 1, 0, 1] * n_repeats
    assert shared.groups[57].tolist() == [0, 1, 2, 3] * n_repeats


def test_a_probe_splits_the_delay():
    inputs = np.concatenate([dms_probe(20, 0.0), dms_probe(20, 0.2)])
    assert find_shared_states(inputs).counts == [1] * 12 + [2] * 7 + [4] * 20 + [8] * 19


def test_inputs_of_rows_and_membership():
    inputs = letters("abc", "abd", "bbc", "abc", "bac")
    shared = find_shared_states(inputs)
    assert "".join(map(chr, shared.row_inputs(inputs).astype(int).ravel())) == "ab" + "bba" + "cdcc"
    membership = shared.membership()
    assert membership.shape == (9, 15)
    rows = [[0, 2, 5], [0, 2, 6], [1, 3, 7], [0, 2, 5], [1, 4, 8]]
    for column, row in enumerate(np.ravel(rows)):
        assert np.flatnonzero(membership[:, column]).tolist() == [row]


def test_inputs_that_differ_between_networks_share_nothing():
    inputs = np.zeros((2, 3, 4, 5))
    shared = find_shared_states(inputs)
    assert shared.groups.tolist() == [[0, 1, 2]] * 4
    inputs[:] = rng().normal(size=inputs.shape)
    rows = shared.row_inputs(inputs)
    assert rows.shape == (2, 12, 5)
    np.testing.assert_array_equal(rows[1, 3 * 2 + 1], inputs[1, 1, 2])


def plain(weights, e, inputs, targets):
    return reference.loss_and_gradient(weights.A[e], weights.B[e], weights.C[e], inputs, targets)


@pytest.mark.parametrize("own_targets", [False, True])
@pytest.mark.parametrize("n_repeats", [2, 5])
def test_merged_trials_have_the_loss_and_gradient_of_all(n_repeats, own_targets):
    weights = initial_weights(2, "dms", rng(1), n_units=4)
    inputs, targets = dms_trials(n_repeats=n_repeats, rng=rng(2))
    if own_targets:
        targets = np.stack([targets, dms_trials(n_repeats=n_repeats, rng=rng(3))[1]])
    few, means, offset = merge_repeats(inputs, targets)
    assert few.shape == (4, 58, 6)
    assert means.shape == (*targets.shape[:-3], 4, 58, 1)
    assert offset.shape == targets.shape[:-3]
    for e in range(2):
        own, mean, rest = (targets[e], means[e], offset[e]) if own_targets else (targets, means, offset)
        loss, *gradient = plain(weights, e, inputs, own)
        merged_loss, *merged_gradient = plain(weights, e, few, mean)
        assert merged_loss + rest == pytest.approx(loss, rel=1e-12)
        for whole, merged in zip(gradient, merged_gradient, strict=True):
            np.testing.assert_allclose(merged, whole, rtol=1e-12, atol=1e-12 * np.abs(whole).max())


def test_merged_sequences_come_in_the_order_of_their_first_appearance():
    inputs = letters("zz", "aa", "aa", "zz")
    targets = np.arange(8.0).reshape(4, 2, 1)
    few, means, offset = merge_repeats(inputs, targets)
    np.testing.assert_array_equal(few, letters("zz", "aa"))
    np.testing.assert_allclose(means[:, :, 0], [[3, 4], [3, 4]])
    assert offset == pytest.approx((4 * 3**2 + 4 * 1**2) / 8)


def test_repeats_that_are_not_equally_many_are_left_alone():
    inputs, targets = letters("ab", "ab", "cd"), rng(4).normal(size=(5, 3, 2, 2))
    few, means, offset = merge_repeats(inputs, targets)
    np.testing.assert_array_equal(few, inputs)
    np.testing.assert_array_equal(means, targets)
    np.testing.assert_array_equal(offset, np.zeros(5))


def test_inputs_that_differ_between_networks_are_left_alone():
    inputs, targets = np.ones((3, 2, 4, 1)), rng(5).normal(size=(3, 2, 4, 1))
    few, means, offset = merge_repeats(inputs, targets)
    np.testing.assert_array_equal(few, inputs)
    np.testing.assert_array_equal(means, targets)
    np.testing.assert_array_equal(offset, np.zeros(3))


@given(seed=st.integers(0, 10**6), M=st.integers(1, 5), K=st.integers(1, 4), n_repeats=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_sharing_and_merging_change_neither_loss_nor_gradient(seed, M, K, n_repeats):
    """Binary inputs, so that sequences agree by chance, in a random order."""
    generator = rng(seed)
    weights = initial_weights(2, "bandit", generator, n_units=3)
    inputs = np.repeat(generator.integers(0, 2, size=(M, K, 1)), 10, axis=2).astype(float)
    inputs = np.tile(inputs, (n_repeats, 1, 1))[generator.permutation(M * n_repeats)]
    targets = generator.normal(size=(2, M * n_repeats, K, 4))
    few, means, offset = merge_repeats(inputs, targets)
    for used_inputs, used_targets, rest in ((inputs, targets, np.zeros(2)), (few, means, offset)):
        loss, gradient = loss_and_gradient(weights, used_inputs, used_targets)
        for e in range(2):
            plain_loss, *plain_gradient = plain(weights, e, inputs, targets[e])
            assert loss[e] + rest[e] == pytest.approx(plain_loss, rel=1e-12)
            for name, expected in zip(MATRICES, plain_gradient, strict=True):
                np.testing.assert_allclose(getattr(gradient, name)[e], expected, rtol=1e-9, atol=1e-12)
