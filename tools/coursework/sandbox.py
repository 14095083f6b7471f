"""Run a submission in processes of their own, and see to it that they end.

A step, that is a cell or a test, that hangs or ends its process costs only itself: the process is killed, a new one
starts without the step, and the others run again.
"""

import queue
import tempfile
import time
from dataclasses import dataclass, field

from tools.coursework.process import Worker, closable, isolation

START_SECONDS = 60
CELLS_SHARE = 0.6
"""Share of a submission's time that its cells may use, so that tests get their turn."""
LESS = {"whole": "definitions", "spare": "skip", "definitions": "skip", "skip": "skip"}
"""How a cell is run the next time when it hung, or when time is short."""
UNEXPLAINED_ENDS = 3
HANGING_TESTS = 2
"""After so many tests of one question that did not end, the others are not tried."""


@dataclass(frozen=True)
class Limits:
    submission: float = 120.0  # seconds
    step: float = 20.0  # seconds
    memory: int = 4 * 1024**3  # bytes


@dataclass
class Outcome:
    cells: dict[int, str | None] = field(default_factory=dict)  # index: error or None
    tests: dict[int, str | None] = field(default_factory=dict)


def run(cells, tests, limits, *, n_given=0, spare=(), protected=()):
    """Run a submission and test it.

    Parameters
    ----------
    cells : sequence of str
        Sources; the first `n_given` are the handout's own.
    tests : sequence of (str, str)
        Question and source of each test.
    limits : Limits
    spare : collection of int
        Indices of cells that are run only if others failed for want of them, perhaps.
    protected : sequence of paths
        Folders that are closed to the submission.

    Returns
    -------
    Outcome

    Raises
    ------
    RuntimeError
        If the process cannot be started, or ends again and again outside of any step.
    """
    prefix = isolation()
    settings = {"n_given": n_given, "protected": closable(protected), "forbid_processes": not prefix}
    session = _Session(cells, tests, limits, settings, prefix)
    session.modes = ["spare" if index in spare else "whole" for index in range(len(cells))]
    complete = False
    while not complete and session.left() > 0:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            complete = session.attempt(folder)
    session.close()
    return session.outcome


class _Session:
    """What has been found out about a submission over several processes."""

    def __init__(self, cells, tests, limits, settings, prefix):
        self.cells, self.tests, self.limits = cells, tests, limits
        self.settings = settings | {"memory": limits.memory}
        self.prefix, self.modes = prefix, []
        self.outcome = Outcome()
        self.hanging = {}
        self.unexplained = 0
        self.started = time.monotonic()

    def left(self, share=1.0):
        return self.started + share * self.limits.submission - time.monotonic()

    def close(self):
        for index in self._open_tests():
            self.outcome.tests[index] = f"not run: the limit of {self.limits.submission:g} s was used up"

    def _open_tests(self):
        return [index for index in range(len(self.tests)) if index not in self.outcome.tests]

    def attempt(self, folder):
        """Run until all is done, which returns True, or until one step has to be given up."""
        if self.left(CELLS_SHARE) <= 0:
            self.modes = [LESS[mode] if self._is_doubtful(index) else mode for index, mode in enumerate(self.modes)]
        worker = Worker(self.settings | {"cells": list(zip(self.cells, self.modes, strict=True))}, folder, self.prefix)
        step, any_event = None, False
        try:
            while True:
                event = worker.event(self._patience(step, any_event))
                if event is None:
                    return self._give_up(step, any_event, "it ended the program")
                any_event = True
                step = event.get("start")
                if event.get("done") == "all":
                    return True
                if event.get("done") == "cells":
                    worker.send([(index, self.tests[index][1]) for index in self._open_tests()])
                elif "done" in event:
                    self._note(event["done"], event.get("error"))
        except queue.Empty:
            return self._give_up(step, any_event, "it took too long")
        finally:
            worker.kill()

    def _patience(self, step, any_event):
        if not any_event:
            return START_SECONDS
        kind, _, index = (step or "").partition(" ")
        share = CELLS_SHARE if kind == "cell" and self._is_doubtful(int(index)) else 1.0
        return max(min(self.limits.step, self.left(share)), 1.0)

    def _is_doubtful(self, index):
        """Whether a cell has not yet run to its end without an error; the others are waited for."""
        return self.modes[index] in ("whole", "spare") and self.outcome.cells.get(index, "") is not None

    def _note(self, step, error):
        kind, index = step.split()
        if kind == "test":
            self.outcome.tests[int(index)] = error
        elif self.modes[int(index)] in ("whole", "spare"):
            self.outcome.cells[int(index)] = error

    def _give_up(self, step, any_event, reason):
        """Note why `step` has no result; the next process goes without it. Returns False: there is more to run."""
        if step is None:
            self.unexplained += 1
            if not any_event or self.unexplained > UNEXPLAINED_ENDS:
                raise RuntimeError(f"the process that runs a submission does not stay alive: {reason}")
            return False
        kind, index = step.split()
        index = int(index)
        if kind == "test":
            self._give_up_test(index, reason)
        else:
            self.outcome.cells[index] = reason
            self.modes[index] = LESS[self.modes[index]]
        return False

    def _give_up_test(self, index, reason):
        self.outcome.tests[index] = reason
        question = self.tests[index][0]
        self.hanging[question] = self.hanging.get(question, 0) + 1
        if self.hanging[question] >= HANGING_TESTS:
            for other in self._open_tests():
                if self.tests[other][0] == question:
                    self.outcome.tests[other] = f"not run: {HANGING_TESTS} tests of this question did not end"
