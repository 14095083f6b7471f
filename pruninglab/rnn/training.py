"""Training episodes: many networks at once, each walking its own sequence of episodes at its own pace."""

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.rnn.forward import require_inputs
from pruninglab.rnn.layout import flatten, unflatten
from pruninglab.rnn.masks import require_mask
from pruninglab.rnn.problem import TrainingProblem, require_targets
from pruninglab.rnn.scg import Search, new_search, restart, scg_pass
from pruninglab.rnn.sequences import merge_repeats
from pruninglab.rnn.weights import Weights, concatenate

Stop = Callable[[Search], Any] | None
COUNTED = ("inner", "gradients", "rejections", "fallbacks", "converged")
PASSES_BETWEEN_LOOKS = 25
"""Passes on a GPU before the host asks who has finished; no result depends on it."""


@dataclass(frozen=True)
class Episode:
    """One network, one training set, trained until a rule stops it or for `max_outer` outer iterations.

    Parameters
    ----------
    weights : Weights
        One network, E = 1.
    targets : ndarray, shape (M, K, O)
    mask : ndarray of bool, shape (1, N, N), optional
        Recurrent synapses that may change; the others must be 0 and stay so.
    mask_residual : bool
        Mask the residual too: the corrected optimiser.
    max_outer : int
    """

    weights: Weights
    targets: np.ndarray
    mask: np.ndarray | None = None
    mask_residual: bool = False
    max_outer: int = 100

    def __post_init__(self) -> None:
        if self.max_outer < 1:
            raise ValueError(f"max_outer must be at least 1, got {self.max_outer}")
        if self.weights.A.dtype != np.float64:
            raise TypeError(f"weights must be float64: the stopping rule resolves 1e-8; got {self.weights.A.dtype}")
        if self.mask is not None:
            require_mask(self.mask, self.weights.A)


@dataclass(frozen=True)
class TrainingResult:
    """What training E networks gave; one network of an episode is E = 1."""

    weights: Weights
    logged_loss: Any
    """(E, max_outer) loss at the start of each outer iteration; NaN where there was none."""
    final_loss: Any
    """(E,) loss of `weights`; after a last fallback step, of those before it."""
    outer: Any
    """(E,) outer iterations."""
    inner: Any
    """(E,) passes of the inner loop, rejected ones included."""
    gradients: Any
    """(E,) gradient evaluations that the algorithm asks for."""
    rejections: Any
    """(E,) rejected steps."""
    fallbacks: Any
    """(E,) fallback steps."""
    converged: Any
    """(E,) bool, whether the stopping rule ended the training."""


Walker = Generator[Episode, TrainingResult, None]
"""Yields episodes of one network, and is sent the result of each before it yields the next."""


def train_scg(
    weights: Weights,
    inputs: Any,
    targets: Any,
    *,
    mask: Any = None,
    max_outer: int = 100,
    stop: Stop = None,
    mask_residual: bool = False,
) -> TrainingResult:
    """Train an ensemble by scaled conjugate gradient, every network until its own end.

    An outer iteration evaluates the loss, logs it, and runs the inner loop of at most W passes from steepest descent.
    Sequences with the same inputs are trained on their mean target: the same problem at a fraction of the work.

    Parameters
    ----------
    weights : Weights
        E networks, float64; pruned recurrent weights must be 0.
    inputs : ndarray, shape (M, K, I)
    targets : ndarray, shape (M, K, O) or (E, M, K, O)
    mask : ndarray of bool, shape (E, N, N), optional
        True where a recurrent weight may change.
    max_outer : int
        Most outer iterations, at least 1.
    stop : function, optional
        For example `dms_stop`; without one all outer iterations are made.
    mask_residual : bool
        False: as in the authors' code, where pruned weights enter the coefficient of the next direction. True:
        corrected.

    Returns
    -------
    TrainingResult

    Raises
    ------
    TypeError
        If the weights are not float64 or the mask is not boolean.
    ValueError
        If a shape does not fit, something is not finite, or a weight outside the mask is not 0.

    Examples
    --------
    >>> from pruninglab.rnn import dms_trials, initial_weights
    >>> rng = np.random.default_rng(0)
    >>> result = train_scg(initial_weights(2, "dms", rng), *dms_trials(rng=rng), max_outer=1)
    >>> result.inner, bool((result.final_loss < result.logged_loss[:, 0]).all())
    (array([1110, 1110]), True)
    """
    require_inputs(weights, inputs)
    require_targets(weights, inputs, targets)
    targets = np.broadcast_to(to_numpy(targets), (weights.n_networks, *targets.shape[-3:]))
    results: dict[int, TrainingResult] = {}

    def walk(e: int) -> Walker:
        own_mask = None if mask is None else mask[e : e + 1]
        results[e] = yield Episode(weights[e : e + 1], targets[e], own_mask, mask_residual, max_outer)

    walk_episodes([walk(e) for e in range(weights.n_networks)], inputs, stop=stop)
    return _side_by_side([results[e] for e in range(weights.n_networks)])


def walk_episodes(walkers: Iterable[Walker], inputs: Any, *, stop: Stop, n_slots: int | None = None) -> None:
    """Train the networks of all walkers side by side; none waits for another to finish an episode.

    Parameters
    ----------
    walkers : iterable of generators
        Each yields `Episode` objects and is sent a `TrainingResult` for each.
    inputs : ndarray, shape (M, K, I)
        Shared by all episodes.
    stop : function or None
        See `train_scg`.
    n_slots : int, optional
        Networks trained at a time; all of them if not given. No result depends on it.
    """
    waiting = iter(walkers)
    slots = [slot for slot in map(_Slot, itertools.islice(waiting, n_slots)) if slot.episode is not None]
    bench = _Bench(slots, inputs) if slots else None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        while bench is not None:
            bench.start_episodes()
            bench.start_outer_iterations()
            bench.run_until_a_network_rests(stop)
            bench.finish_episodes(waiting)
            bench = bench.without_empty_slots()


class _Slot:
    """A place in the ensemble: a walker, its present episode and what has been logged of it."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.episode = next(walker, None)
        self.logged: list[float] = []

    def send(self, result: TrainingResult) -> None:
        """Hand over a result and get the next episode, None at the end."""
        try:
            self.episode = self.walker.send(result)
        except StopIteration:
            self.episode = None
        self.logged = []


class _Bench:
    """The networks in training, one per slot, as the rows of a problem and a search."""

    def __init__(self, slots: list[_Slot], inputs: Any) -> None:
        self.slots, self.inputs = slots, inputs
        self.like = concatenate([slot.episode.weights for slot in slots])
        self.xp = get_array_module(self.like.A)
        self.merged_inputs = merge_repeats(inputs, slots[0].episode.targets)[0]
        self.problem = TrainingProblem(self.like, self.merged_inputs)
        self.search = new_search(len(slots), self.like.n_weights, self.xp)

    def start_episodes(self) -> None:
        """Load the weights, mask and targets of every slot whose episode has not begun."""
        for row, slot in enumerate(self.slots):
            if slot.logged:
                continue
            episode, search = slot.episode, self.search
            require_targets(episode.weights, self.inputs, episode.targets)
            _, targets, offset = merge_repeats(self.inputs, episode.targets)
            self.problem.set_targets(slice(row, row + 1), targets)
            self.problem.offset[row] += float(offset)
            search.theta[row] = flatten(episode.weights)[0]
            search.mask[row] = _flat_mask(episode)
            search.residual_mask[row] = search.mask[row] if episode.mask_residual else 1
            search.gradients[row] = search.rejections[row] = search.fallbacks[row] = search.inner[row] = 0

    def start_outer_iterations(self) -> None:
        """Log the loss and begin an inner loop wherever none is running."""
        resting = ~self.search.running
        restart(self.search, resting, self.problem)
        losses = to_numpy(self.search.loss)
        for row in np.flatnonzero(to_numpy(resting)):
            self.slots[row].logged.append(float(losses[row]))

    def run_until_a_network_rests(self, stop: Stop) -> None:
        passes = 1 if self.xp is np else PASSES_BETWEEN_LOOKS
        while bool(self.search.running.all()):
            for _ in range(passes):
                scg_pass(self.search, self.problem, stop)

    def finish_episodes(self, waiting: Iterator[Walker]) -> None:
        """Send the results of finished episodes; an ended walker's slot goes to one that waits, if any does."""
        running, converged = to_numpy(self.search.running), to_numpy(self.search.converged)
        for row in np.flatnonzero(~running):
            slot = self.slots[row]
            if converged[row] or len(slot.logged) == slot.episode.max_outer:
                slot.send(self._result(row))
            while slot.episode is None and (walker := next(waiting, None)) is not None:
                slot = self.slots[row] = _Slot(walker)

    def without_empty_slots(self) -> "_Bench | None":
        """This bench, or a smaller one with the rows of the slots that still have an episode; None if none has."""
        rows = [row for row, slot in enumerate(self.slots) if slot.episode is not None]
        if len(rows) == len(self.slots):
            return self
        if not rows:
            return None
        smaller = copy(self)
        smaller.slots, smaller.like = [self.slots[row] for row in rows], self.like[: len(rows)]
        smaller.problem = TrainingProblem(smaller.like, self.merged_inputs)
        smaller.problem.targets[:] = self.problem.targets[rows]
        smaller.problem.offset[:] = self.problem.offset[rows]
        smaller.search = Search(**{field.name: getattr(self.search, field.name)[rows] for field in fields(Search)})
        return smaller

    def _result(self, row: int) -> TrainingResult:
        search, slot = self.search, self.slots[row]
        logged = np.full((1, slot.episode.max_outer), np.nan)
        logged[0, : len(slot.logged)] = slot.logged
        counts = {name: to_numpy(getattr(search, name)[row : row + 1]).copy() for name in COUNTED}
        return TrainingResult(
            weights=unflatten(search.theta[row : row + 1], self.problem.shape),
            logged_loss=logged,
            final_loss=to_numpy(search.loss[row : row + 1]).copy(),
            outer=np.array([len(slot.logged)]),
            **counts,
        )


def _flat_mask(episode: Episode) -> Any:
    """The mask of all weights, shape (W,): those of inputs and outputs are free."""
    xp = get_array_module(episode.weights.A)
    free = Weights(*(xp.ones_like(getattr(episode.weights, name)) for name in ("A", "B", "C")))
    if episode.mask is not None:
        free = replace(free, A=asarray(episode.mask, free.A).astype(free.A.dtype))
    return flatten(free)[0]


def _side_by_side(results: list[TrainingResult]) -> TrainingResult:
    arrays = {
        field.name: np.concatenate([getattr(result, field.name) for result in results])
        for field in fields(TrainingResult)
        if field.name != "weights"
    }
    return TrainingResult(weights=concatenate([result.weights for result in results]), **arrays)
