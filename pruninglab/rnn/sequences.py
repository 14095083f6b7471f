"""Sequences that share their past: one state for all that have had the same inputs so far.

Two trials of a task whose inputs agree up to step k have the same states up to step k, so a network need not run both.
Repeats of a condition agree in every step, and conditions agree until their cues differ. Training a shared state on
the mean target of its sequences, with their number as weight, changes the loss by a constant and the gradient not at
all: :math:`\\sum_i (y - t_i)^2 = n (y - \\bar t)^2 + \\sum_i (t_i - \\bar t)^2`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy


@dataclass(frozen=True)
class SharedStates:
    """The distinct states of M sequences, listed step by step; R states in all.

    Parameters
    ----------
    groups : ndarray of int, shape (K, M)
        Which state of a step each sequence is in.
    """

    groups: np.ndarray

    @property
    def counts(self) -> list[int]:
        """Distinct states of each step."""
        return [int(group.max()) + 1 for group in self.groups]

    @property
    def rows(self) -> list[slice]:
        """Where the states of each step stand among all R."""
        ends = np.cumsum(self.counts)
        return [slice(int(end) - count, int(end)) for end, count in zip(ends, self.counts, strict=True)]

    def first_members(self, step: int) -> np.ndarray:
        """One sequence of every state of a step."""
        return np.unique(self.groups[step], return_index=True)[1]

    def parents(self, step: int) -> np.ndarray | None:
        """State of the step before for every state of a step; None where nothing splits."""
        if step == 0 or self.counts[step] == self.counts[step - 1]:
            return None
        return self.groups[step - 1][self.first_members(step)]

    def parent_rows(self) -> np.ndarray:
        """Row of the state before, for every row, shape (R,); 0 for those of the first step, which have none."""
        rows, parents = self.rows, [np.zeros(self.counts[0], dtype=np.int64)]
        for step in range(1, len(rows)):
            split = self.parents(step)
            parents.append(rows[step - 1].start + (np.arange(self.counts[step]) if split is None else split))
        return np.concatenate(parents)

    def row_inputs(self, inputs: Any) -> Any:
        """Input of every row, shape (1, R, I), or (E, R, I) if `inputs` differ between networks."""
        xp = get_array_module(inputs)
        own = [inputs[..., self.first_members(step), step, :] for step in range(len(self.groups))]
        return xp.concatenate(own, axis=-2).reshape(-1, sum(self.counts), inputs.shape[-1])

    def membership(self) -> np.ndarray:
        """Matrix (R, M K) of zeros and ones: which steps of which sequences are in which state."""
        n_steps, n_sequences = self.groups.shape
        starts = np.array([rows.start for rows in self.rows])
        row = (self.groups + starts[:, None]).T.ravel()
        matrix = np.zeros((sum(self.counts), n_sequences * n_steps))
        matrix[row, np.arange(row.size)] = 1
        return matrix


def find_shared_states(inputs: Any) -> SharedStates:
    """Group sequences whose inputs agree so far.

    Parameters
    ----------
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
        Sequences that differ between networks are not looked at; each is in a state of its own.

    Returns
    -------
    SharedStates

    Examples
    --------
    >>> find_shared_states(np.array([[[0.0], [1.0]], [[0.0], [2.0]], [[0.0], [1.0]]])).groups
    array([[0, 0, 0],
           [0, 1, 0]])
    """
    inputs = to_numpy(inputs)
    n_sequences, n_steps = inputs.shape[-3:-1]
    if inputs.ndim == 4:
        return SharedStates(np.tile(np.arange(n_sequences), (n_steps, 1)))
    groups = np.zeros((n_steps, n_sequences), dtype=int)
    group = np.zeros(n_sequences, dtype=int)
    for step in range(n_steps):
        keys = np.column_stack([group, inputs[:, step]])
        _, first, label = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))
        group = groups[step] = rank[label.ravel()]
    return SharedStates(groups)


def merge_repeats(inputs: Any, targets: Any) -> tuple[Any, Any, Any]:
    """Put sequences with the same inputs together and give them their mean target.

    Parameters
    ----------
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
    targets : ndarray, shape (M, K, O) or (E, M, K, O)

    Returns
    -------
    inputs : ndarray, shape (M', K, I)
        The distinct sequences in the order of their first appearance; all, if `inputs` differ between networks or
        the distinct ones do not appear equally often.
    targets : ndarray, shape (..., M', K, O)
    offset : ndarray, shape (...)
        What to add to the mean squared error of the merged sequences to get that of all.

    Raises
    ------
    ValueError
        If `targets` has other sequences or steps than `inputs`.

    Examples
    --------
    >>> inputs = np.zeros((2, 1, 1))
    >>> merge_repeats(inputs, np.array([[[1.0]], [[3.0]]]))
    (array([[[0.]]]), array([[[2.]]]), array(1.))
    """
    if targets.shape[-3:-1] != inputs.shape[-3:-1]:
        raise ValueError(f"targets must have the sequences and steps of inputs {inputs.shape}, got {targets.shape}")
    xp = get_array_module(targets)
    unmerged = inputs, targets, xp.zeros(targets.shape[:-3], dtype=targets.dtype)
    if inputs.ndim == 4:
        return unmerged
    group = find_shared_states(inputs).groups[-1]
    counts = np.bincount(group)
    if len(set(counts)) > 1:
        return unmerged
    first = np.unique(group, return_index=True)[1]
    average = asarray((group == np.arange(len(counts))[:, None]) / counts[0], targets)
    flat = targets.reshape(*targets.shape[:-2], -1)
    merged = xp.matmul(average.astype(targets.dtype), flat)
    rest = ((flat - merged[..., group, :]) ** 2).sum(axis=(-2, -1)) / (targets.shape[-3] * targets.shape[-2])
    return inputs[first], merged.reshape(*targets.shape[:-3], len(first), *targets.shape[-2:]), xp.asarray(rest)
