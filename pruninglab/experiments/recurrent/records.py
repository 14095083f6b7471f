"""What the experiments of Part I keep of networks and of their training."""

from collections.abc import Callable, Sequence

import numpy as np

from pruninglab.backend import to_numpy
from pruninglab.rnn import TrainingResult, Weights
from pruninglab.rnn.weights import concatenate

MATRIX_DIMS = {"A": ("unit", "sender"), "B": ("unit", "input"), "C": ("output", "unit")}
COUNTED = ("outer", "inner", "gradients", "rejections", "fallbacks", "converged")


def training_record(results: Sequence[TrainingResult], dim: str) -> dict[str, tuple]:
    """Variables that tell how each episode went; the episodes lie along the dimension `dim`."""
    logged = np.concatenate([result.logged_loss for result in results])
    values = {name: np.concatenate([getattr(result, name) for result in results]) for name in COUNTED}
    last = logged[np.arange(len(logged)), values["outer"] - 1]
    final = np.concatenate([result.final_loss for result in results])
    variables = {name: (dim, value) for name, value in values.items()}
    variables |= {"last_logged_loss": (dim, last), "final_loss": (dim, final)}
    return variables | {"logged_loss": ((dim, "iteration"), logged)}


def on_host(networks: Sequence[Weights]) -> Weights:
    """Networks of any device as one ensemble of NumPy arrays."""
    return moved(concatenate(networks), to_numpy)


def moved(weights: Weights, move: Callable) -> Weights:
    """Weights of which every array has gone through `move`."""
    return Weights(*(move(getattr(weights, name)) for name in MATRIX_DIMS))
