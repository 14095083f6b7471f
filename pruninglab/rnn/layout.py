"""All weights of a network as one vector, which is what an optimiser moves."""

from dataclasses import dataclass
from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.rnn.weights import Weights


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of an ensemble: E networks, N units, I inputs, O outputs, and whether these have a bias."""

    n_networks: int
    N: int
    n_inputs: int
    n_outputs: int
    has_bias: bool


def shape_of(weights: Weights) -> NetworkShape:
    """The sizes of an ensemble."""
    n_networks, N, n_inputs = weights.B.shape
    return NetworkShape(n_networks, N, n_inputs, weights.C.shape[1], weights.C.shape[2] > N)


def flatten(weights: Weights) -> Any:
    """All weights of each network in a row, shape (E, W): the rows of [A B], then those of C."""
    xp = get_array_module(weights.A)
    recurrent = xp.concatenate([weights.A, weights.B], axis=2)
    return xp.concatenate([recurrent.reshape(len(recurrent), -1), weights.C.reshape(len(recurrent), -1)], axis=1)


def unflatten(theta: Any, shape: NetworkShape) -> Weights:
    """Undo `flatten`; the number of networks is that of `theta`."""
    AB, C = views(theta, shape)
    return Weights(AB[:, :, : shape.N].copy(), AB[:, :, shape.N :].copy(), C.copy())


def views(theta: Any, shape: NetworkShape) -> tuple[Any, Any]:
    """[A B], shape (E, N, N + I), and C, shape (E, O, N) or (E, O, N + 1), as views of (E, W)."""
    n_recurrent = shape.N * (shape.N + shape.n_inputs)
    AB = theta[:, :n_recurrent].reshape(len(theta), shape.N, shape.N + shape.n_inputs)
    return AB, theta[:, n_recurrent:].reshape(len(theta), shape.n_outputs, shape.N + shape.has_bias)
