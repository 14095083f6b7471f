"""Random streams of replicas: each has its own, so that none depends on how many are computed together."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def generators(rng: Any, n_replicas: int) -> Sequence[np.random.Generator]:
    """One generator per replica: spawned from a single one, or the sequence that was given.

    Raises
    ------
    TypeError
        If `rng` is neither.
    ValueError
        If the sequence has another length.

    Examples
    --------
    >>> len(generators(np.random.default_rng(0), 3))
    3
    """
    if isinstance(rng, np.random.Generator):
        return rng.spawn(n_replicas)
    if not hasattr(rng, "__len__"):
        raise TypeError(f"rng must be a Generator or {n_replicas} of them, one per replica, got {type(rng).__name__}")
    if len(rng) != n_replicas:
        raise ValueError(f"rng must be a Generator or {n_replicas} of them, one per replica, got {len(rng)}")
    return rng
