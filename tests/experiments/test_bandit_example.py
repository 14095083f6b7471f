"""The example pair of the bandit in a tiny population: its blocks, and what is measured on them, written out."""

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.experiments.recurrent import bandit, bandit_example
from pruninglab.scorecard.measures import MEASURES

CONFIG = bandit.Config(
    scale="book", levels=(0.3, 0.7), n_units=5, n_blocks=2, n_outer=2, max_initial=2, n_fresh=(2, 2, 2)
)
LINES = ("unpruned", "pruned", "corrected")
STEPS = {"fixation": slice(0, 60, 2), "choice": slice(1, 60, 2)}
MATRICES = ("A", "B", "C")
N_UNITS, N_ALL, N_FEW = 5, 128, 48
EACH_LINE = pytest.mark.parametrize("line", LINES)


@pytest.fixture(scope="module")
def summary():
    return bandit.summarise(bandit.run(CONFIG, [2, 3]))


@pytest.fixture(scope="module")
def records(summary):
    return {line: bandit_example.example_record(summary, line) for line in LINES}


def network(summary, line):
    found = summary.sel(replica=3, line=line)
    return rnn.Weights(*(found[name].values[None] for name in MATRICES))


def with_weights(summary, line, change):
    """The summary with other weights of one line, of all replicas."""
    changed = summary.copy(deep=True)
    for name, value in change.items():
        changed[name].values[:, LINES.index(line)] = value
    return changed


def played(summary, line):
    rng = np.random.default_rng(np.random.SeedSequence(2026, spawn_key=(3, 1, 0, 12)))
    return rnn.bandit_blocks(network(summary, line), n_blocks=N_ALL, epsilon=0.0, noise=0.0, rng=[rng])


def states(summary, line):
    """States x, (blocks, steps, units), one step after another."""
    weights, inputs = network(summary, line), played(summary, line).inputs[0]
    x, z = np.empty((N_ALL, 60, N_UNITS)), np.zeros((N_ALL, N_UNITS))
    for k in range(60):
        x[:, k] = z @ weights.A[0].T + inputs[:, k] @ weights.B[0].T
        z = np.tanh(x[:, k])
    return x


@EACH_LINE
def test_blocks_and_states(line, summary):
    blocks, expected = bandit_example.example_blocks(summary, line), played(summary, line)
    assert blocks.inputs.shape == (1, N_ALL, 60, 10)
    for name, array in vars(expected).items():
        np.testing.assert_array_equal(getattr(blocks, name), array, err_msg=name)
    np.testing.assert_array_equal(blocks.targets, blocks.values)
    found = bandit_example.example_states(summary, line)
    np.testing.assert_allclose(found, states(summary, line), rtol=1e-10, atol=1e-12)


@EACH_LINE
def test_no_action_is_random(line, summary):
    """A network whose values lie far apart always takes the highest."""
    decided = with_weights(summary, line, {"C": 1e6 * summary["C"].sel(line=line)})
    blocks = bandit_example.example_blocks(decided, line)
    np.testing.assert_array_equal(blocks.actions, blocks.outputs.argmax(axis=-1))
    own = bandit_example.example_blocks(summary, line)
    assert (own.actions != own.outputs.argmax(axis=-1)).any()


def test_both_networks_play_with_the_same_random_numbers(summary):
    equal = with_weights(summary, "pruned", {name: summary[name].sel(line="unpruned") for name in MATRICES})
    blocks = {line: bandit_example.example_blocks(equal, line) for line in LINES}
    for name in ("actions", "teacher_actions", "rewards"):
        np.testing.assert_array_equal(getattr(blocks["pruned"], name), getattr(blocks["unpruned"], name))
    assert (blocks["corrected"].actions != blocks["unpruned"].actions).any()


def test_its_random_numbers_are_not_those_of_the_population(summary):
    """No fresh blocks of the fourth network begin like those of the example."""
    blocks = bandit_example.example_blocks(summary, "pruned")
    for arm, level in [(0, 0), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4)]:
        rng = np.random.default_rng(np.random.SeedSequence(2026, spawn_key=(3, arm, level, 12)))
        other = rnn.bandit_blocks(network(summary, "pruned"), n_blocks=N_ALL, epsilon=0.0, noise=0.0, rng=[rng])
        assert (blocks.actions != other.actions).mean() > 0.1


@EACH_LINE
@pytest.mark.parametrize("steps", STEPS)
def test_errors_and_correlations_of_the_values(line, steps, summary, records):
    """A sum over the actions in the error; all actions together in the correlation."""
    blocks = played(summary, line)
    outputs, values = (array[0, :, STEPS[steps]] for array in (blocks.outputs, blocks.values))
    error = ((outputs - values) ** 2).sum() / (N_ALL * 30)
    np.testing.assert_allclose(records[line]["value_error"].sel(steps=steps), error, rtol=1e-10)
    y, q = (array - array.mean() for array in (outputs, values))
    correlation = (y * q).sum() / np.sqrt((y**2).sum() * (q**2).sum())
    np.testing.assert_allclose(records[line]["correlation"].sel(steps=steps), correlation, rtol=1e-9)


@EACH_LINE
def test_errors_at_both_kinds_of_steps_make_up_that_of_the_block(line, summary, records):
    whole = rnn.value_error(bandit_example.example_blocks(summary, line))[0]
    np.testing.assert_allclose(records[line]["value_error"].mean(), whole, rtol=1e-10)


@EACH_LINE
def test_principal_components_are_those_of_all_blocks_and_steps(line, summary, records):
    x = states(summary, line).reshape(-1, N_UNITS)
    expected = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    np.testing.assert_allclose(records[line]["pca_variance"], expected, rtol=1e-8, atol=1e-12)
    few = np.linalg.eigvalsh(np.cov(x[: 60 * N_FEW].T))[::-1]
    assert not np.allclose(few, expected, rtol=1e-3)


@EACH_LINE
def test_separation_of_each_of_the_first_blocks(line, summary, records):
    x, found = states(summary, line), records[line]
    assert found.sizes["block"] == N_FEW
    for number, block in enumerate(x[:N_FEW]):
        fixation, choice = block[::2], block[1::2]
        covariance = (np.cov(fixation.T) + np.cov(choice.T)) / 2
        apart = fixation.mean(axis=0) - choice.mean(axis=0)
        squared = apart @ np.linalg.solve(covariance, apart)
        np.testing.assert_allclose(found["separation"][number], squared, rtol=1e-6)
        np.testing.assert_allclose(found["condition"][number], np.linalg.cond(covariance), rtol=1e-6)


@EACH_LINE
def test_exponent_is_a_mean_over_the_first_blocks(line, summary, records):
    """From step 2 to step 60 of each, later factors to the left."""
    weights, exponents = network(summary, line), []
    for block in states(summary, line):
        J = weights.A * (1 - np.tanh(block[1:, None, :]) ** 2)
        assert J.shape == (59, N_UNITS, N_UNITS)
        exponents.append(rnn.max_lyapunov(J))
    np.testing.assert_allclose(records[line]["max_lyapunov"], np.mean(exponents[:N_FEW]), rtol=1e-9)
    assert abs(np.mean(exponents) - np.mean(exponents[:N_FEW])) > 1e-7


def test_exponent_of_a_linear_network(summary):
    """Units that hardly leave 0 are as good as linear: each step multiplies by 0.5."""
    N = N_UNITS
    calm = with_weights(summary, "pruned", {"A": 0.5 * np.eye(N), "B": 1e-6 * summary["B"].sel(line="pruned")})
    found = bandit_example.example_record(calm, "pruned")["max_lyapunov"]
    np.testing.assert_allclose(found, np.log(0.5), atol=1e-8)


def test_the_scorecard_measures_this_pair(summary, records):
    """Networks of other replicas have no part in it."""
    pruned, unpruned = records["pruned"], records["unpruned"]
    for steps in STEPS:
        ratio = float(pruned["value_error"].sel(steps=steps) / unpruned["value_error"].sel(steps=steps))
        assert MEASURES["bandit_example_error_ratio"](summary, steps=steps).values == pytest.approx([ratio])
        for line in LINES[:2]:
            expected = float(records[line]["correlation"].sel(steps=steps))
            found = MEASURES["bandit_example_correlation"](summary, line=line, steps=steps)
            assert found.values == pytest.approx([expected])
    for line in LINES[:2]:
        exponent = MEASURES["bandit_example_exponent"](summary, line=line)
        assert exponent.values == pytest.approx([float(records[line]["max_lyapunov"])])
        separation = MEASURES["bandit_example_log_separation"](summary, line=line)
        assert 10**separation.values == pytest.approx([records[line]["separation"].values.mean()])
    swapped = summary.isel(replica=[1, 0])
    found = MEASURES["bandit_example_separation_ratio"](swapped)
    mean = {line: own["separation"].values.mean() for line, own in records.items()}
    assert 10**found.values == pytest.approx([mean["pruned"] / mean["unpruned"]])


def test_a_summary_without_the_pair(summary):
    without = summary.sel(replica=[2])
    assert bandit_example.has_example(summary)
    assert not bandit_example.has_example(without)
    for call in (bandit_example.example_blocks, bandit_example.example_states, bandit_example.example_record):
        with pytest.raises(ValueError, match="replica must be one of those of the source, got 3"):
            call(without, "pruned")
    hollow = summary.assign(A=xr.full_like(summary["A"], np.nan))
    with pytest.raises(ValueError, match="replica must be one whose weights are stored, got 3"):
        bandit_example.example_blocks(hollow, "pruned")
