"""Weights of an ensemble of recurrent networks (Averbeck 2022, Eqs 1-3), and how they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.checks import require_choice, require_finite
from pruninglab.streams import generators

TASKS = ("dms", "bandit")


@dataclass(frozen=True)
class Weights:
    """Weights of E networks with N units, I inputs and O outputs; they are checked when the object is made.

    Parameters
    ----------
    A : ndarray, shape (E, N, N)
        Recurrent weights; ``A[e, i, j]`` is the synapse from unit j to unit i.
    B : ndarray, shape (E, N, I)
        Input weights.
    C : ndarray, shape (E, O, N) or (E, O, N + 1)
        Output weights; the last column of the wider form is the output bias.

    Raises
    ------
    TypeError
        If one of them is no array of float32 or float64.
    ValueError
        If a shape does not fit the others or an entry is NaN or infinite.

    Examples
    --------
    >>> Weights(A=np.zeros((2, 3, 3)), B=np.zeros((2, 3, 1)), C=np.zeros((2, 1, 3))).n_weights
    15
    """

    A: Any
    B: Any
    C: Any

    def __post_init__(self) -> None:
        for name in ("A", "B", "C"):
            require_finite(name, getattr(self, name))
            if getattr(self, name).dtype != self.A.dtype:
                raise TypeError(f"{name} must have the dtype of A, {self.A.dtype}, got {getattr(self, name).dtype}")
        if self.A.ndim != 3 or self.A.shape[1] != self.A.shape[2] or 0 in self.A.shape:
            raise ValueError(f"A must have shape (E, N, N), got {self.A.shape}")
        n_networks, n_units = self.A.shape[:2]
        if self.B.ndim != 3 or self.B.shape[:2] != (n_networks, n_units):
            raise ValueError(f"B must have shape ({n_networks}, {n_units}, I), got {self.B.shape}")
        if self.C.ndim != 3 or self.C.shape[0] != n_networks or self.C.shape[2] - n_units not in (0, 1):
            raise ValueError(f"C must have shape ({n_networks}, O, {n_units}) or one column more, got {self.C.shape}")

    @property
    def n_networks(self) -> int:
        """E."""
        return self.A.shape[0]

    @property
    def n_weights(self) -> int:
        """W, the weights of one network, pruned ones included."""
        return int(self.A[0].size + self.B[0].size + self.C[0].size)

    def __getitem__(self, networks: slice) -> "Weights":
        """The networks of a slice."""
        return Weights(self.A[networks], self.B[networks], self.C[networks])


def initial_weights(n_networks: int, task: str, rng: Any, *, n_units: int | None = None) -> Weights:
    r"""Random weights before any training, as in the authors' code.

    ``"dms"``: :math:`A_{ij} = 0.1\,\xi + 0.5\,[i = j]`, :math:`B, C = 0.2\,\xi` with standard normal :math:`\xi`; 30
    units, 6 inputs, 1 output. ``"bandit"``: :math:`A = \sqrt{2 / (N + 10)}\,\xi`, :math:`B = 0.2\,\xi`,
    :math:`C = \sqrt{2 / N}\,\xi`, the bias column included; 20 units, 10 inputs, 4 outputs.

    Parameters
    ----------
    n_networks : int
        E, at least 1.
    task : {"dms", "bandit"}
    rng : numpy.random.Generator or sequence of E Generators
        A single generator spawns one per network, so a network does not depend on how many are drawn.
    n_units : int, optional
        N, if it is not to be the paper's.

    Returns
    -------
    Weights
        float64, on the host.

    Raises
    ------
    ValueError
        For an unknown task, a number below 1, or a sequence whose length is not E.

    Examples
    --------
    >>> weights = initial_weights(2, "dms", np.random.default_rng(0))
    >>> weights.A.shape, weights.n_weights
    ((2, 30, 30), 1110)
    """
    require_choice("task", task, TASKS)
    N = n_units if n_units is not None else {"dms": 30, "bandit": 20}[task]
    if n_networks < 1 or N < 1:
        raise ValueError(f"n_networks and n_units must be at least 1, got {n_networks} and {N}")
    draw = _draw_dms if task == "dms" else _draw_bandit
    drawn = [draw(N, generator) for generator in generators(rng, n_networks)]
    return Weights(*(np.stack(matrices) for matrices in zip(*drawn, strict=True)))


def concatenate(parts: Sequence[Weights]) -> Weights:
    """Networks of several ensembles as one.

    Examples
    --------
    >>> one = initial_weights(1, "dms", np.random.default_rng(0))
    >>> concatenate([one, one]).n_networks
    2
    """
    xp = get_array_module(parts[0].A)
    return Weights(*(xp.concatenate([getattr(part, name) for part in parts]) for name in ("A", "B", "C")))


def _draw_dms(N: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    A = 0.1 * rng.standard_normal((N, N)) + 0.5 * np.eye(N)
    return A, 0.2 * rng.standard_normal((N, 6)), 0.2 * rng.standard_normal((1, N))


def _draw_bandit(N: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    A = np.sqrt(2 / (N + 10)) * rng.standard_normal((N, N))
    return A, 0.2 * rng.standard_normal((N, 10)), np.sqrt(2 / N) * rng.standard_normal((4, N + 1))
