"""What the benchmarks rest on; the benchmarks themselves need peers that are not installed here."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pruninglab.rnn import Weights, dms_trials, initial_weights, loss_and_gradient, scg
from pruninglab.rnn.layout import flatten

SIZES = ["gradient, 4 sequences", "gradient, 20 sequences", "gradient, 24 blocks of its own"]


@pytest.fixture(scope="module")
def imported():
    """Import a module of the benchmarks, which are not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[1])
        yield lambda name: importlib.import_module(f"benchmarks.{name}")


@pytest.fixture(scope="module")
def timing(imported):
    return imported("timing")


@pytest.fixture(scope="module")
def recurrent(imported):
    return imported("recurrent")


@pytest.fixture
def untimed(recurrent, monkeypatch):
    """The benchmark of recurrent networks without its clock: every side takes a second."""
    monkeypatch.setattr(recurrent, "timed", lambda work: (1.0, work()))
    monkeypatch.setattr(
        recurrent, "time_in_turn", lambda *sides: recurrent.Timings(np.ones(1), np.ones(1), [side() for side in sides])
    )
    return recurrent


def numpy_gradient(matrices, inputs, targets):
    loss, gradient = loss_and_gradient(Weights(*matrices), inputs, targets)
    return loss, (gradient.A, gradient.B, gradient.C)


def numpy_peer(gradient=numpy_gradient):
    """What `recurrent_peers` makes of JAX and of PyTorch, on NumPy."""
    return SimpleNamespace(name="NumPy", xp=np, asarray=np.asarray, gradient=gradient, ready=lambda work: work)


def small_data(recurrent, scale=1.0):
    rng = np.random.default_rng(3)
    weights = initial_weights(3, "dms", rng, n_units=5)
    weights = Weights(scale * weights.A, weights.B, weights.C)
    return recurrent.Data(weights, *dms_trials(n_repeats=2, rng=rng))


def test_a_wrong_answer_is_noticed(timing):
    right = np.linspace(1.0, 2.0, 5)
    assert timing.require_agreement("x", right + 1e-12, right, tolerance=1e-10) == pytest.approx(5e-13, rel=1e-3)
    for wrong in (right + 1e-6, np.where(right == 2.0, np.nan, right)):
        with pytest.raises(ValueError, match="x: the answers differ"):
            timing.require_agreement("x", wrong, right, tolerance=1e-10)


def test_both_sides_take_turns_and_the_order_alternates(timing):
    calls = []

    def work(side):
        calls.append(side)
        return side

    times = timing.time_in_turn(lambda: work("ours"), lambda: work("theirs"), repetitions=3)
    assert calls == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert times.ratios.shape == (3,)
    assert times.answers == ("ours", "theirs")


def test_slow_work_is_timed_once(timing):
    calls = []
    timing.time_in_turn(lambda: calls.append("ours"), lambda: calls.append("theirs"), seconds=0.0)
    assert calls == ["ours", "theirs"]


def test_a_requirement_is_judged_by_the_median_ratio(timing):
    times = timing.Timings(ours=np.array([1.0, 1.0, 2.0]), theirs=np.array([30.0, 10.0, 24.0]), answers=(0, 0))
    rows = [timing.Comparison("task", 1000, "peer", 1e-12, times, required) for required in (None, 12, 13)]
    assert [row.met for row in rows] == [True, True, False]
    assert rows[1].cells()[1:6] == ["1,000", "peer", "**12**", "10 to 30", "at least 12"]
    assert len(rows[1].cells()) == len(timing.HEADINGS)


def test_seconds_are_those_of_one_call(recurrent, monkeypatch):
    counts = {"ours": 0, "theirs": 0}

    def work(side):
        counts[side] += 1
        return side

    def timed(call):
        return {"ours": 0.02, "theirs": 0.5}[call()], None

    def time_in_turn(*sides):
        answers = tuple(side() for side in sides)
        return recurrent.Timings(np.array([0.1, 0.2]), np.array([0.6, 0.4]), answers)

    monkeypatch.setattr(recurrent, "timed", timed)
    monkeypatch.setattr(recurrent, "time_in_turn", time_in_turn)
    times = recurrent.time_calls(lambda: work("ours"), lambda: work("theirs"), seconds=0.1)
    assert counts == {"ours": 1 + 5, "theirs": 1 + 1}
    assert times.answers == ("ours", "theirs")
    np.testing.assert_allclose(times.ours, [0.02, 0.04])
    np.testing.assert_allclose(times.theirs, [0.6, 0.4])


def test_the_fastest_peer_is_found(recurrent, monkeypatch):
    peers = [SimpleNamespace(seconds=seconds) for seconds in (3.0, 1.0, 2.0)]
    monkeypatch.setattr(recurrent, "timed", lambda work: (work(), None))
    monkeypatch.setattr(recurrent, "peer_gradient", lambda peer, data: lambda: peer.seconds)
    assert recurrent.fastest(peers, None) is peers[1]


def test_all_ways_to_our_gradient_agree(recurrent):
    twenty, means = recurrent.training_data(2)
    assert twenty.inputs.shape == (20, 58, 6)
    assert means.inputs.shape == (4, 58, 6)
    for ours in (
        recurrent.our_gradient(means),
        recurrent.our_gradient(twenty, shared=False),
        recurrent.our_gradient(twenty, engine=recurrent.ArrayEngine),
    ):
        assert recurrent.difference(ours, recurrent.our_gradient(twenty)) < 1e-13


def test_blocks_are_each_networks_own(recurrent):
    data = recurrent.bandit_data(2)
    assert data.inputs.shape == (2, 24, 60, 10)
    assert not np.array_equal(data.inputs[0], data.inputs[1])
    assert len(recurrent.our_problem(data).multiplicity) == 24 * 60
    assert recurrent.difference(recurrent.our_gradient(data), recurrent.peer_gradient(numpy_peer(), data)) < 1e-12


def test_without_shared_pasts_every_step_of_every_sequence_has_a_state(recurrent):
    twenty, means = recurrent.training_data(2)
    states = [
        len(recurrent.our_problem(data, shared=shared).multiplicity)
        for data, shared in ((twenty, True), (means, True), (twenty, False))
    ]
    assert states == [142, 142, 20 * 58]


@pytest.mark.parametrize("wrong", ["loss", "gradient"])
def test_a_wrong_loss_or_gradient_of_a_peer_is_noticed(recurrent, wrong):
    def gradient(*arguments):
        loss, (dA, dB, dC) = numpy_gradient(*arguments)
        return (loss * (1 + 1e-8), (dA, dB, dC)) if wrong == "loss" else (loss, (dA, dB * (1 + 1e-5), dC))

    data = small_data(recurrent)
    assert recurrent.difference(recurrent.our_gradient(data), recurrent.peer_gradient(numpy_peer(), data)) < 1e-12
    with pytest.raises(ValueError, match="the answers differ"):
        recurrent.difference(recurrent.our_gradient(data), recurrent.peer_gradient(numpy_peer(gradient), data))


def test_passes_of_a_peer_lead_where_ours_lead(recurrent):
    data = small_data(recurrent)
    sides = recurrent.our_pass(data), recurrent.peer_pass(numpy_peer(), data)
    assert recurrent.difference(*sides, calls=5) < 1e-9
    matrices = sides[0]()[1]
    assert not np.allclose(matrices[0], data.weights.A)


@pytest.mark.parametrize("most_failures", [10, 1])
def test_the_pass_of_the_peers_is_the_pass_of_arrays(recurrent, monkeypatch, most_failures):
    monkeypatch.setattr(scg, "MOST_FAILURES", most_failures)
    data = small_data(recurrent, scale=6.0)
    problem = recurrent.our_problem(data, engine=recurrent.ArrayEngine)

    def gradient(theta):
        g = np.empty_like(theta)
        return problem.evaluate(theta, g), g

    search = scg.new_search(3, data.weights.n_weights, np)
    search.theta[:], search.mask[:], search.residual_mask[:] = flatten(data.weights), 1, 1
    scg.restart(search, np.ones(3, dtype=bool), problem)
    point = recurrent.first_point(np, gradient, flatten(data.weights))
    for _ in range(12):
        for name in point._fields:
            np.testing.assert_allclose(getattr(point, name), getattr(search, name), rtol=1e-6, atol=1e-12, err_msg=name)
        scg.array_pass(search, problem)
        point = recurrent.next_point(np, gradient, point)
    assert (search.accepted > 0).all()
    assert search.rejections.any()
    assert search.fallbacks.any() == (most_failures == 1)


def test_a_search_of_ours_goes_on_after_its_last_pass(recurrent):
    data = small_data(recurrent)
    advance = recurrent.our_pass(data)
    losses = [advance()[0].copy() for _ in range(2 * data.weights.n_weights)]
    assert (losses[-1] < losses[data.weights.n_weights - 1]).all()


def test_promises_are_for_the_largest_ensemble(untimed):
    rows = {
        largest: list(untimed.compare_library("JAX", [numpy_peer()], 2, largest=largest)) for largest in (False, True)
    }
    assert [row.task for row in rows[False]] == SIZES
    assert {row.required for row in rows[False]} == {None}
    required = {row.task: row.required for row in rows[True]}
    assert required["gradient, 4 sequences"] == 1.3
    assert required["gradient, 20 sequences, ours as 4 means"] == 4
    assert len(required) == 8
    assert [row.met for row in rows[True]] == [row.required is None for row in rows[True]]
    promised = {(row.task, row.peer) for row in rows[True] if row.required}
    assert len(promised) == 2


def test_the_report_orders_rows_by_task_and_tells_where_there_is_no_gpu(untimed, monkeypatch):
    rows = [row for n in (2, 1) for row in untimed.compare_library("PyTorch", [numpy_peer()], n, largest=False)]
    monkeypatch.setattr(untimed, "gpu_available", lambda: False)
    monkeypatch.setattr(untimed.importlib.metadata, "version", lambda name: "1.2")
    record = {"versions": {"numpy": "3"}, "pruninglab": "4", "commit": "", "machine": "a machine"}
    text = untimed.report(rows, untimed.gpu_section(), record)
    table = [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| gradient")]
    assert table == [[f"| {task}", n] for task in SIZES for n in "12"]
    assert "No GPU was at hand." in text
    assert "(commit unknown), jax 1.2, jaxlib 1.2, numba 1.2, numpy 3, threadpoolctl 1.2, torch 1.2. a machine" in text


def test_a_row_for_a_gpu(recurrent, monkeypatch):
    monkeypatch.setattr(recurrent, "_seconds_that_pass", lambda work: 0.004)
    assert list(recurrent.gpu_rows(np, (2,))) == [["2", "0e+00", "4", "4", "**1**"]]


def test_boltzmann_machines_and_their_peers_agree(imported):
    boltzmann = imported("boltzmann")
    training, (before, after, _) = boltzmann.compare_training(3000, None)
    assert after < before / 2
    assert training.difference < 1e-10
    assert len(training.timings.ratios) >= 1
    statistics = boltzmann.compare_statistics(2000, 2, None)
    assert 0 < statistics.difference < 6 / np.sqrt(2000)
    page = boltzmann.report([training, statistics], (9.0, 1.0, 8.0), boltzmann.current_record("numpy"))
    assert "| a pass at batch size 1 | 3,000 | BernoulliRBM |" in page


def test_a_machine_that_does_not_learn_is_noticed(imported, monkeypatch):
    boltzmann = imported("boltzmann")
    monkeypatch.setattr(boltzmann, "RATE", 1e-9)
    with pytest.raises(ValueError, match="halve"):
        boltzmann.compare_training(500, None)
