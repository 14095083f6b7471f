"""What the benchmarks rest on; the benchmarks themselves need peers that are not installed here."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def timing():
    path = Path(__file__).parents[1] / "benchmarks" / "timing.py"
    specification = importlib.util.spec_from_file_location("timing", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


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
