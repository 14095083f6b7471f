"""The bench of memory networks, against loops over single steps of networks with four units."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.recurrent import dms
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.experiments.synthesis import memory
from pruninglab.local_rules import RULES
from pruninglab.rnn import Weights, dms_conditions, dms_probe, dms_stop, dms_trials, train_scg
from pruninglab.rnn.dms import CUE_2

N = 4
INPUTS, TARGETS = dms_conditions()[0], dms_conditions()[1][..., 0]
CONFIG = memory.Config(
    scale="book", start=replace(dms.PRESETS["book"], n_repeats=2), fractions=(0.6, 0.3), n_trials=3, max_outer=3, seed=9
)
N_KEPT = {0.6: 6, 0.3: 11}
STABLE, MIXED, UNSTABLE = 0, 1, 3
"""Replicas: all four states at the end of the delay are stable, those of two conditions, none."""


def drawn_network(seed, gain):
    rng = np.random.default_rng(seed)
    return Weights(*(size * rng.normal(size=(1, *shape)) for size, shape in ((gain, (N, N)), (1, (N, 6)), (1, (1, N)))))


NETWORKS = {STABLE: drawn_network(0, 0.8), MIXED: drawn_network(3, 0.6), UNSTABLE: drawn_network(13, 1.0)}


@pytest.fixture(scope="module")
def source():
    """The networks, and others on another line."""
    dims = {"A": ("unit", "sender"), "B": ("unit", "input"), "C": ("output", "unit")}
    matrices = {name: np.concatenate([getattr(one, name) for one in NETWORKS.values()]) for name in dims}
    variables = {name: (("replica", "line", *dims[name]), np.stack([-M, M], axis=1)) for name, M in matrices.items()}
    return xr.Dataset(variables, coords={"replica": list(NETWORKS), "line": ["pruned", "unpruned"]})


@pytest.fixture(scope="module")
def ran(source):
    """The result, the episodes of every replica, and what their training gave."""
    calls = []
    train = memory.train_episodes

    def recorded(episodes, inputs, *, stop):
        calls.append((episodes, train(episodes, inputs, stop=stop)))
        return calls[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "train_episodes", recorded)
        return memory.summarise(memory.run(CONFIG, [STABLE, UNSTABLE], source=source)), calls


@pytest.fixture(scope="module")
def found(ran):
    return ran[0]


def states(weights, inputs, noise=None):
    """One trial after the other, one step after the other; shape (M, K, N)."""
    x = np.zeros((*inputs.shape[:2], N))
    for trial, sequence in enumerate(inputs):
        z = np.zeros(N)
        for k, u in enumerate(sequence):
            x[trial, k] = weights.A[0] @ z + weights.B[0] @ u
            if noise is not None:
                x[trial, k] += noise[trial, k]
            z = np.tanh(x[trial, k])
    return x


def outputs(weights, inputs):
    return np.tanh(states(weights, inputs)) @ weights.C[0, 0]


def loss_of(weights):
    return ((outputs(weights, INPUTS) - TARGETS) ** 2).mean()


def n_correct(weights, inputs):
    return ((outputs(weights, inputs) * TARGETS).sum(axis=1) > 0).sum()


def at_the_end_of_the_delay(weights):
    """Derivatives of a step from the last state before the second cue, for all conditions."""
    last = np.flatnonzero(INPUTS[0, :, CUE_2])[0] - 1
    x = states(weights, INPUTS)[:, last]
    return [weights.A[0] * (1 - np.tanh(one) ** 2) for one in x]


def linear_covariance(replica):
    """Sum over the noise of all steps of the past, mean over stable states; and how many these are."""
    stable = [J for J in at_the_end_of_the_delay(NETWORKS[replica]) if np.abs(np.linalg.eigvals(J)).max() < 1]
    C = np.zeros((N, N))
    for J in stable:
        power = CONFIG.noise * np.eye(N)
        for _ in range(3000):
            C += power @ power.T / len(stable)
            power = J @ power
    return C, len(stable)


def test_activity_is_that_of_a_loop_over_noisy_trials():
    noise = CONFIG.noise * stream(9, MIXED, Purpose.ACTIVITY).standard_normal((12, 58, N))
    trials = [INPUTS[condition] for condition in range(4) for _ in range(3)]
    x = states(NETWORKS[MIXED], np.array(trials), noise).reshape(-1, N)
    statistics = memory.activity_statistics(CONFIG, MIXED, NETWORKS[MIXED])
    np.testing.assert_allclose(statistics.receiver_variance, x.var(axis=0))
    np.testing.assert_allclose(statistics.sender_variance, x.var(axis=0))
    np.testing.assert_allclose(statistics.covariance, np.cov(x.T, ddof=0))
    np.testing.assert_allclose(statistics.product_variance, (x[:, :, None] * x[:, None, :]).var(axis=0))


@pytest.mark.parametrize(("replica", "n_stable"), [(STABLE, 4), (MIXED, 2)])
def test_linearised_covariance_is_a_long_sum_over_the_past(replica, n_stable):
    C, found = linear_covariance(replica)
    assert found == n_stable
    statistics = memory.linearised_statistics(CONFIG, NETWORKS[replica])
    np.testing.assert_allclose(statistics.covariance, C, rtol=1e-8)
    np.testing.assert_allclose(statistics.receiver_variance, np.diag(C), rtol=1e-8)
    np.testing.assert_allclose(statistics.product_variance, np.outer(np.diag(C), np.diag(C)) + C**2, rtol=1e-8)


def test_where_no_state_is_stable_nothing_is_linearised(found):
    assert memory.linearised_statistics(CONFIG, NETWORKS[UNSTABLE]) is None
    assert list(memory.scores(CONFIG, UNSTABLE, NETWORKS[UNSTABLE])) == list(RULES)
    assert list(found["score"].values) == list(memory.SCORES)
    for variable in found.data_vars.values():
        if "score" in variable.dims:
            own = variable.sel(replica=UNSTABLE)
            assert own.sel(score=list(memory.LINEARISED)).isnull().all()
            assert own.sel(score=list(RULES)).notnull().all()
            assert variable.sel(replica=STABLE).notnull().all()


def test_scores_are_those_of_the_linearisation_or_drawn():
    W, C = NETWORKS[MIXED].A[0], linear_covariance(MIXED)[0]
    own = memory.scores(CONFIG, MIXED, NETWORKS[MIXED])
    v = np.diag(C)
    leverage = np.abs(W) * (np.add.outer(v, v) - 2 * np.sign(W) * C)
    np.testing.assert_allclose(own["leverage_linearised"], leverage, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(own["saliency_original_linearised"], W**2 * (np.outer(v, v) + C**2), rtol=1e-7)
    np.testing.assert_allclose(own["variance_linearised"], np.outer(v, v) + C**2, rtol=1e-7)
    np.testing.assert_array_equal(own["random"], stream(9, MIXED, Purpose.SELECTION, arm=6).random((N, N)))
    assert np.abs(own["leverage"] / np.maximum(leverage, 1e-9) - 1).max() > 0.1


def cell(replica, name, use, fraction):
    cells = memory.pruned_networks(CONFIG, replica, NETWORKS[replica])
    (weights,) = (weights for *own, weights in cells if own == [name, use, fraction])
    return weights


@pytest.mark.parametrize("fraction", CONFIG.fractions)
def test_the_smallest_weights_go(fraction):
    W = NETWORKS[STABLE].A[0]
    least = np.sort(np.abs(W), axis=None)[-N_KEPT[fraction]]
    kept = cell(STABLE, "magnitude", "threshold", fraction)
    np.testing.assert_array_equal(kept.A[0], np.where(np.abs(W) >= least, W, 0))
    np.testing.assert_array_equal(kept.C, NETWORKS[STABLE].C)
    np.testing.assert_array_equal(kept.B, NETWORKS[STABLE].B)


@pytest.mark.parametrize("fraction", CONFIG.fractions)
def test_a_draw_is_that_of_its_own_stream(fraction):
    W, score = NETWORKS[MIXED].A[0], memory.scores(CONFIG, MIXED, NETWORKS[MIXED])["variance_linearised"]
    kept = cell(MIXED, "variance_linearised", "strengthen", fraction).A[0]
    p = np.divide(W, kept, out=np.zeros_like(W), where=kept != 0)
    p = np.minimum(1, (p / score)[(p > 0) & (p < 1)].mean() * score)
    assert p.sum() == pytest.approx(N_KEPT[fraction])
    u = stream(9, MIXED, Purpose.PRUNING, arm=10, level=CONFIG.fractions.index(fraction)).random((N, N))
    np.testing.assert_allclose(kept, np.where(u < p, W / p, 0))


@pytest.mark.parametrize("replica", [STABLE, UNSTABLE])
@pytest.mark.parametrize(
    ("name", "use", "fraction"),
    [("magnitude", "threshold", 0.6), ("degree", "strengthen", 0.3), ("random", "threshold", 0.3)],
)
def test_a_cell_by_hand(replica, name, use, fraction, found):
    before = cell(replica, name, use, fraction)
    trials = dms_trials(n_repeats=2, noise=0.1, rng=stream(9, replica, Purpose.TARGET_NOISE))
    trained = train_scg(before, *trials, mask=before.A != 0, max_outer=3, stop=dms_stop, mask_residual=True)
    own = found.sel(replica=replica, score=name, use=use, fraction=fraction)
    for stage, weights in (("before", before), ("after", trained.weights)):
        measured = own.sel(stage=stage)
        assert measured["loss"] == pytest.approx(loss_of(weights), rel=1e-7)
        assert measured["n_correct_unprobed"] == n_correct(weights, INPUTS)
        for time, strength in ((16, 1.0), (36, 0.2)):
            expected = n_correct(weights, dms_probe(time, strength))
            assert measured["n_correct"].sel(probe_time=time, strength=strength) == expected
    assert own["outer"] == trained.outer[0]
    assert own["converged"] == trained.converged[0]
    assert own["final_loss"] == pytest.approx(trained.final_loss[0], rel=1e-9)
    assert own["share_kept"] == (before.A != 0).sum() / N**2


def test_unpruned_networks(found):
    for replica in (STABLE, UNSTABLE):
        own, loss = found.sel(replica=replica), loss_of(NETWORKS[replica])
        assert own["unpruned_loss"] == pytest.approx(loss)
        assert own["control_loss"].sel(stage="before") == pytest.approx(loss)
        assert own["control_loss"].sel(stage="after") < loss
        assert own["control_n_correct_unprobed"].sel(stage="before") == n_correct(NETWORKS[replica], INPUTS)


def test_pruned_synapses_stay_0_and_retraining_helps(ran):
    _, calls = ran
    assert [len(episodes) for episodes, _ in calls] == [1 + 4 * len(memory.SCORES), 1 + 4 * len(RULES)]
    for episode, result in ((e, r) for episodes, results in calls for e, r in zip(episodes, results, strict=True)):
        after, gone = result.weights.A, episode.weights.A == 0
        assert not after[gone].any()
        assert (after[~gone] != episode.weights.A[~gone]).all()
        assert result.final_loss < result.logged_loss[0, 0]


def test_shares_are_what_was_asked_for(found):
    share = found["share_kept"].sel(score=list(RULES))
    for fraction, n_kept in N_KEPT.items():
        assert (share.sel(use="threshold", fraction=fraction) == n_kept / N**2).all()
    cells = [c for k in range(60) for c in memory.pruned_networks(CONFIG, k, NETWORKS[STABLE])]
    for fraction, n_kept in N_KEPT.items():
        own = [(weights.A != 0).mean() for _, use, own, weights in cells if (use, own) == ("strengthen", fraction)]
        assert np.mean(own) == pytest.approx(n_kept / N**2, abs=0.03)


def test_rank_correlation_by_hand(found):
    own = memory.scores(CONFIG, STABLE, NETWORKS[STABLE])
    ranks = {}
    for name, score in own.items():
        s = score.ravel()
        ranks[name] = (s < s[:, None]).sum(axis=1) + (s == s[:, None]).sum(axis=1) / 2
    correlations = [np.corrcoef(ranks[name], ranks["leverage"])[0, 1] for name in memory.SCORES]
    np.testing.assert_allclose(found["rank_correlation"].sel(replica=STABLE), correlations)
    assert correlations[RULES.index("leverage")] == pytest.approx(1)
    assert min(correlations) < 0.8


def test_a_cell_does_not_depend_on_what_else_is_run(source, found):
    alone = memory.run(CONFIG, [STABLE], source=source)
    together = found.sel(replica=[STABLE])
    xr.testing.assert_allclose(alone, together, rtol=1e-9)
    np.testing.assert_array_equal(alone["share_kept"], together["share_kept"])
    for use in memory.USES:
        first, second = (cell(replica, "random", use, 0.3).A != 0 for replica in (STABLE, UNSTABLE))
        assert (first != second).any()
