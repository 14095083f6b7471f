"""Random streams of the experiments, addressed by what they are for and never by the order of calls."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is drawn for. The numbers are part of every stored result; never reuse or change one."""

    NETWORK = 0
    PRUNING = 1
    ACTIVITY = 2
    SELECTION = 3
    INITIAL_STATE = 4
    INITIAL_WEIGHTS = 5
    TARGET_NOISE = 6
    JOLT = 7
    WEIGHT_NOISE = 8
    CONTRASTIVE_DIVERGENCE = 9
    CHAINS = 10
    BLOCKS = 11
    EVALUATION = 12


def stream(seed: int, replica: int, purpose: Purpose, *, arm: int = 0, level: int = 0) -> np.random.Generator:
    """Generator of one replica, arm, level and purpose; independent of every other address.

    Examples
    --------
    >>> a = stream(1, 0, Purpose.NETWORK).random()
    >>> a == stream(1, 0, Purpose.NETWORK).random(), a == stream(1, 1, Purpose.NETWORK).random()
    (True, False)
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(replica, arm, level, int(purpose))))
