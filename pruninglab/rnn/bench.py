"""Many networks in training side by side, each walking its own sequence of episodes at its own pace."""

import itertools
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import fields, replace
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.rnn.episodes import Episode, Stop, TrainingResult, Walker
from pruninglab.rnn.forward import require_inputs
from pruninglab.rnn.layout import flatten, unflatten
from pruninglab.rnn.problem import TrainingProblem, require_targets
from pruninglab.rnn.scg import Search, new_search, restart, scg_pass
from pruninglab.rnn.sequences import merge_repeats
from pruninglab.rnn.weights import Weights, concatenate

COUNTED = ("inner", "gradients", "rejections", "fallbacks", "converged")
PASSES_BETWEEN_LOOKS = 25
"""Passes on a GPU before the host asks who has finished; no result depends on it."""


def walk_episodes(walkers: Iterable[Walker], inputs: Any, *, stop: Stop, n_slots: int | None = None) -> None:
    """Train the networks of all walkers side by side; none waits for another to finish an episode.

    Parameters
    ----------
    walkers : iterable of generators
        Each yields `Episode` objects and is sent a `TrainingResult` for each.
    inputs : ndarray, shape (M, K, I), or None
        Shared by all episodes, or None if every episode has inputs of its own.
    stop : function or None
        See `train_scg`.
    n_slots : int, optional
        Networks trained at a time; all of them if not given. No result depends on it.

    Raises
    ------
    ValueError
        If an episode lacks inputs, has some although `inputs` are given, or has targets or inputs of another shape.
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


def train_episodes(episodes: Iterable[Episode], inputs: Any, *, stop: Stop) -> list[TrainingResult]:
    """Train networks that walk one episode each; the result of every episode, in their order.

    Parameters are those of `walk_episodes`.
    """
    results: dict[int, TrainingResult] = {}

    def walk(number: int, episode: Episode) -> Walker:
        results[number] = yield episode

    walk_episodes((walk(number, episode) for number, episode in enumerate(episodes)), inputs, stop=stop)
    return [results[number] for number in range(len(results))]


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
        self.merged_inputs = None if inputs is None else merge_repeats(inputs, slots[0].episode.targets)[0]
        self.first_inputs = _inputs(slots[0].episode, inputs)
        self.problem = self._new_problem()
        self.search = new_search(len(slots), self.like.n_weights, self.xp)

    def start_episodes(self) -> None:
        """Load the weights, mask and targets of every slot whose episode has not begun."""
        for row, slot in enumerate(self.slots):
            if slot.logged:
                continue
            episode, search = slot.episode, self.search
            inputs = _inputs(episode, self.inputs)
            require_targets(episode.weights, inputs, episode.targets)
            if self.inputs is None:
                _require_one_shape([self.first_inputs, inputs])
                self.problem.set_inputs(row, episode.inputs)
            _, targets, offset = merge_repeats(inputs, episode.targets)
            self.problem.set_targets(slice(row, row + 1), targets)
            self.problem.offset[row] += float(offset)
            self.problem.weight_decay[row] = episode.weight_decay
            search.theta[row] = flatten(episode.weights)[0]
            search.mask[row] = _flat_mask(episode)
            noise = episode.weight_noise
            self.problem.set_weight_noise(row, None if noise is None else noise * to_numpy(search.mask[row]))
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
            ended = converged[row] and not slot.episode.fixed_length
            if ended or len(slot.logged) == slot.episode.max_outer:
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
        smaller.problem = smaller._new_problem()
        smaller.problem.targets[:] = self.problem.targets[rows]
        smaller.problem.offset[:] = self.problem.offset[rows]
        smaller.problem.weight_decay[:] = self.problem.weight_decay[rows]
        if self.problem.weight_noise is not None:
            smaller.problem.weight_noise = self.problem.weight_noise[:, rows]
        smaller.search = Search(**{field.name: getattr(self.search, field.name)[rows] for field in fields(Search)})
        return smaller

    def _new_problem(self) -> TrainingProblem:
        """With the inputs of the present episodes; those that have not begun bring theirs when they do."""
        if self.inputs is not None:
            return TrainingProblem(self.like, self.merged_inputs)
        own = [_inputs(slot.episode, None) for slot in self.slots]
        _require_one_shape(own)
        return TrainingProblem(self.like, self.xp.concatenate([self.xp.asarray(inputs) for inputs in own]))

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


def _inputs(episode: Episode, shared: Any) -> Any:
    """The shared inputs, (M, K, I), or the episode's own, (1, M, K, I), after a check that there is one of the two."""
    if (shared is None) == (episode.inputs is None):
        raise ValueError("inputs must be given either for all episodes or by each of them, and not both")
    if shared is not None:
        return shared
    inputs = episode.inputs[None]
    require_inputs(episode.weights, inputs)
    return inputs


def _require_one_shape(own: list[Any]) -> None:
    shapes = [inputs.shape[1:] for inputs in own]
    if len(set(shapes)) > 1:
        raise ValueError(f"inputs of all episodes must have one shape, got {shapes}")


def _flat_mask(episode: Episode) -> Any:
    """The mask of all weights, shape (W,): those of inputs and outputs are free."""
    xp = get_array_module(episode.weights.A)
    free = Weights(*(xp.ones_like(getattr(episode.weights, name)) for name in ("A", "B", "C")))
    if episode.mask is not None:
        free = replace(free, A=asarray(episode.mask, free.A).astype(free.A.dtype))
    return flatten(free)[0]
