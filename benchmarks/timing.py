"""Time two ways to do the same work in turn, check that they agree, and print ratios."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np


@dataclass(frozen=True)
class Timings:
    """Processor seconds of each repetition; repetition k of one side ran right beside repetition k of the other."""

    ours: np.ndarray
    theirs: np.ndarray
    answers: tuple[object, object]
    """What both sides returned, the last time."""

    @property
    def ratios(self) -> np.ndarray:
        """How many times faster we were, repetition by repetition."""
        return self.theirs / self.ours


@dataclass(frozen=True)
class Comparison:
    """One row of the table: a task at one size, against one peer."""

    task: str
    size: int
    peer: str
    difference: float
    timings: Timings
    required: float | None = None

    @property
    def met(self) -> bool:
        return self.required is None or float(np.median(self.timings.ratios)) >= self.required

    def cells(self) -> list[str]:
        ratios = self.timings.ratios
        return [
            self.task,
            f"{self.size:,}",
            self.peer,
            f"**{np.median(ratios):.3g}**",
            f"{ratios.min():.3g} to {ratios.max():.3g}",
            "" if self.required is None else f"at least {self.required:g}",
            str(len(ratios)),
            f"{self.difference:.0e}",
            f"{np.median(self.timings.ours):.3g}",
            f"{np.median(self.timings.theirs):.3g}",
        ]


HEADINGS = (
    "task",
    "N",
    "peer",
    "times faster",
    "range",
    "required",
    "repetitions",
    "difference",
    "our s",
    "their s",
)


def time_in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], *, repetitions: int = 7, seconds: float = 30.0
) -> Timings:
    """Run both, each first in every other repetition; start no further repetition after `seconds` of processor time."""
    begun = process_time()
    times: list[tuple[float, float]] = []
    while not times or (len(times) < repetitions and process_time() - begun < seconds):
        if len(times) % 2:
            (their_time, their_answer), (our_time, our_answer) = timed(theirs), timed(ours)
        else:
            (our_time, our_answer), (their_time, their_answer) = timed(ours), timed(theirs)
        times.append((our_time, their_time))
    return Timings(*np.transpose(times), answers=(our_answer, their_answer))


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Processor seconds that one call takes, and what it returns.

    On one BLAS thread and an idle machine they are the seconds that pass; on a busy one they are steadier.
    """
    begun = process_time()
    answer = work()
    return process_time() - begun, answer


def require_agreement(what: str, ours: np.ndarray, theirs: np.ndarray, *, tolerance: float) -> float:
    """Largest difference relative to the largest value of `theirs`.

    Raises
    ------
    ValueError
        If it exceeds `tolerance`: then the two do not do the same work, and no ratio means anything.
    """
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    if not difference <= tolerance:
        raise ValueError(f"{what}: the answers differ by {difference:.1e}, more than {tolerance:.0e}")
    return difference


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
