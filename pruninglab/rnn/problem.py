"""A training problem: inputs, targets, and an engine that computes loss and gradient on them."""

from typing import Any, Protocol

import numpy as np

from pruninglab.backend import asarray, get_array_module
from pruninglab.checks import require_finite
from pruninglab.rnn.arrays import ArrayEngine
from pruninglab.rnn.compiled import CompiledEngine
from pruninglab.rnn.cuda import MOST_UNITS, CudaEngine
from pruninglab.rnn.forward import require_inputs
from pruninglab.rnn.layout import flatten, shape_of, unflatten
from pruninglab.rnn.sequences import find_shared_states
from pruninglab.rnn.weights import Weights


class Engine(Protocol):
    """Anything that computes loss and gradient; see `ArrayEngine`."""

    def evaluate(self, theta: Any, gradient: Any, targets: Any) -> Any: ...

    def set_inputs(self, network: int, rows: Any) -> None: ...


def loss_and_gradient(weights: Weights, inputs: Any, targets: Any) -> tuple[Any, Weights]:
    r"""Mean squared error over sequences and steps, and its gradient.

    :math:`E = \frac{1}{MK} \sum_m \sum_k \|y_k^{(m)} - t_k^{(m)}\|^2`. With :math:`e_k = 2 (y_k - t_k)` the errors run
    backwards as :math:`D_k = (1 - \tanh^2 x_k) \odot (C^\top e_k + A^\top D_{k+1})`, and
    :math:`\partial E / \partial A = \frac{1}{MK} \sum_k D_k \tanh(x_{k-1})^\top`, likewise with the inputs for B and
    :math:`\partial E / \partial C = \frac{1}{MK} \sum_k e_k \tanh(x_k)^\top`.

    Parameters
    ----------
    weights : Weights
        E networks.
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
    targets : ndarray, shape (M, K, O) or (E, M, K, O)

    Returns
    -------
    loss : ndarray, shape (E,)
    gradient : Weights

    Raises
    ------
    ValueError
        If a shape does not fit or something is NaN or infinite.

    Examples
    --------
    >>> weights = Weights(A=np.zeros((1, 1, 1)), B=np.ones((1, 1, 1)), C=np.ones((1, 1, 1)))
    >>> loss, gradient = loss_and_gradient(weights, np.ones((1, 1, 1)), np.zeros((1, 1, 1)))
    >>> bool(np.isclose(loss[0], np.tanh(1) ** 2)), bool(np.isclose(gradient.C[0, 0, 0], 2 * np.tanh(1) ** 2))
    (True, True)
    """
    require_inputs(weights, inputs)
    require_targets(weights, inputs, targets)
    problem = TrainingProblem(weights, inputs)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = get_array_module(theta).empty_like(theta)
    loss = problem.evaluate(theta, gradient)
    return loss, unflatten(gradient, shape_of(weights))


def require_targets(weights: Weights, inputs: Any, targets: Any) -> None:
    """Raise unless `targets` is finite and has one value per network output, sequence and step."""
    require_finite("targets", targets)
    shape = (*inputs.shape[-3:-1], weights.C.shape[1])
    if targets.shape not in (shape, (weights.n_networks, *shape)):
        raise ValueError(f"targets must have shape {shape} or {(weights.n_networks, *shape)}, got {targets.shape}")


class TrainingProblem:
    """Loss and gradient of E networks on fixed inputs and exchangeable targets.

    Parameters
    ----------
    weights : Weights
        For the shapes, the dtype and the array library.
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
    engine : class, optional
        What computes; by default, for float64, the compiled engine on the host and the CUDA engine on a GPU, if it
        takes so many units; the array engine for the rest.
    """

    def __init__(self, weights: Weights, inputs: Any, engine: type | None = None) -> None:
        self.shape = shape_of(weights)
        dtype = weights.A.dtype
        self.shared = shared = find_shared_states(inputs)
        self.n_values = inputs.shape[-3] * inputs.shape[-2]
        self.membership = asarray(shared.membership(), weights.A).astype(dtype)
        self.multiplicity = self.membership.sum(axis=1) / self.n_values
        xp = get_array_module(weights.A)
        self.targets = xp.zeros((self.shape.n_networks, len(self.membership), self.shape.n_outputs), dtype=dtype)
        self.offset = xp.zeros(self.shape.n_networks, dtype=dtype)
        self.weight_decay = np.zeros(self.shape.n_networks)
        self.weight_noise: Any = None
        if engine is None:
            engine = _fastest_engine(xp, dtype, self.shape.N)
        self.engine: Engine = engine(self.shape, asarray(inputs, weights.A).astype(dtype), shared, self.multiplicity)

    def set_inputs(self, network: int, inputs: Any) -> None:
        """Give new inputs, shape (M, K, I), to one network of a problem whose networks have inputs of their own."""
        rows = self.shared.row_inputs(asarray(inputs, self.targets))[0]
        self.engine.set_inputs(network, rows.astype(self.targets.dtype))

    def set_targets(self, networks: slice, targets: Any) -> None:
        """Give new targets, shape (M, K, O) or one such set per network, to some of the networks."""
        xp = get_array_module(self.targets)
        flat = asarray(targets, self.targets).astype(self.targets.dtype)
        flat = flat.reshape(-1, self.n_values, self.shape.n_outputs)
        means = xp.matmul(self.membership, flat) / (self.multiplicity[:, None] * self.n_values)
        squares = xp.matmul(flat.reshape(len(flat), 1, -1), flat.reshape(len(flat), -1, 1))[:, 0, 0]
        self.targets[networks] = means
        self.offset[networks] = squares / self.n_values - (self.multiplicity[:, None] * means**2).sum(axis=(1, 2))

    def set_weight_noise(self, network: int, noise: Any) -> None:
        """Give noise, shape (D, W), to the weights of one network, or none with None.

        Raises
        ------
        ValueError
            If another network has noise with another number of draws.
        """
        if noise is None:
            if self.weight_noise is not None:
                self.weight_noise[:, network] = 0
            return
        if self.weight_noise is None:
            xp = get_array_module(self.targets)
            self.weight_noise = xp.zeros((len(noise), self.shape.n_networks, noise.shape[1]), self.targets.dtype)
        if len(noise) != len(self.weight_noise):
            raise ValueError(
                "weight_noise must have as many draws as that of the other networks in training, "
                f"{len(self.weight_noise)}, got {len(noise)}"
            )
        self.weight_noise[:, network] = asarray(noise, self.targets)

    def evaluate(self, theta: Any, gradient: Any) -> Any:
        """Write the gradient at `theta`, both (E, W), into `gradient`; return the loss, shape (E,)."""
        loss = self._evaluate_noisy(theta, gradient) + self.offset
        if not self.weight_decay.any():
            return loss
        decay = asarray(self.weight_decay, theta)
        gradient += 2 * decay[:, None] * theta
        return loss + decay * (theta**2).sum(axis=1)

    def _evaluate_noisy(self, theta: Any, gradient: Any) -> Any:
        """Mean over the draws of the noise."""
        if self.weight_noise is None:
            return self.engine.evaluate(theta, gradient, self.targets)
        xp = get_array_module(theta)
        total = xp.zeros_like(gradient)
        loss = xp.zeros(len(theta), dtype=theta.dtype)
        for draw in self.weight_noise:
            loss = loss + self.engine.evaluate(theta + draw, gradient, self.targets)
            total += gradient
        gradient[...] = total / len(self.weight_noise)
        return loss / len(self.weight_noise)


def _fastest_engine(xp: Any, dtype: Any, N: int) -> type:
    if dtype != np.float64:
        return ArrayEngine
    if xp is np:
        return CompiledEngine
    return CudaEngine if N <= MOST_UNITS else ArrayEngine
