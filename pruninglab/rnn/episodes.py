"""An episode of training and what it gives: the words in which trainer and experiments speak to each other."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pruninglab.checks import require_finite
from pruninglab.rnn.masks import require_mask
from pruninglab.rnn.scg import Search
from pruninglab.rnn.weights import Weights

Stop = Callable[[Search], Any] | None


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
    fixed_length : bool
        Make all `max_outer` outer iterations; the stopping rule then ends inner loops only.
    weight_decay : float
        Adds `weight_decay` times the sum of all squared weights to the loss, the logged one included; at least 0.
    weight_noise : ndarray, shape (D, W), optional
        Makes the loss the mean over D copies of the network, with a row added to the weights of each, in the order of
        `flatten`; pruned weights get none. Episodes that are trained side by side must agree in D.
    inputs : ndarray, shape (M, K, I), optional
        Where networks do not share their inputs, as in the bandit task. Either all episodes that are trained side by
        side have inputs of their own, all of one shape, or none has.
    """

    weights: Weights
    targets: np.ndarray
    mask: np.ndarray | None = None
    mask_residual: bool = False
    max_outer: int = 100
    fixed_length: bool = False
    weight_decay: float = 0.0
    weight_noise: np.ndarray | None = None
    inputs: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.max_outer < 1:
            raise ValueError(f"max_outer must be at least 1, got {self.max_outer}")
        if not 0 <= self.weight_decay < np.inf:
            raise ValueError(f"weight_decay must be a finite number of at least 0, got {self.weight_decay!r}")
        if self.weights.A.dtype != np.float64:
            raise TypeError(f"weights must be float64: the stopping rule resolves 1e-8; got {self.weights.A.dtype}")
        if self.mask is not None:
            require_mask(self.mask, self.weights.A)
        if self.weight_noise is not None:
            require_finite("weight_noise", self.weight_noise)
            n_weights = self.weights.n_weights
            if self.weight_noise.ndim != 2 or len(self.weight_noise) < 1 or self.weight_noise.shape[1] != n_weights:
                raise ValueError(f"weight_noise must have shape (D, {n_weights}), got {self.weight_noise.shape}")


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


def in_succession(results: Sequence[TrainingResult]) -> TrainingResult:
    """Several results as one, if each network's training went on where the one before had ended.

    The logged losses follow each other without gaps. Whether the rule ended the training is the last's.
    """
    counts = ("outer", "inner", "gradients", "rejections", "fallbacks")
    logged = np.full((len(results[0].outer), sum(result.logged_loss.shape[1] for result in results)), np.nan)
    for network, row in enumerate(logged):
        parts = [result.logged_loss[network, : result.outer[network]] for result in results]
        row[: sum(map(len, parts))] = np.concatenate(parts)
    return replace(
        results[-1],
        logged_loss=logged,
        **{name: sum(getattr(result, name) for result in results) for name in counts},
    )


Walker = Generator[Episode, TrainingResult, None]
"""Yields episodes of one network, and is sent the result of each before it yields the next."""
