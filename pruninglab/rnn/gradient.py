"""Loss and exact gradient by back-propagation through time, for an ensemble and without memory to allocate."""

from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module
from pruninglab.checks import require_finite
from pruninglab.rnn.forward import require_inputs
from pruninglab.rnn.sequences import find_shared_states
from pruninglab.rnn.weights import Weights


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
    return loss, unflatten(gradient, weights)


def require_targets(weights: Weights, inputs: Any, targets: Any) -> None:
    """Raise unless `targets` is finite and has one value per network output, sequence and step."""
    require_finite("targets", targets)
    shape = (*inputs.shape[-3:-1], weights.C.shape[1])
    if targets.shape not in (shape, (weights.n_networks, *shape)):
        raise ValueError(f"targets must have shape {shape} or {(weights.n_networks, *shape)}, got {targets.shape}")


def flatten(weights: Weights) -> Any:
    """All weights of each network in a row, shape (E, W): the rows of [A B], then those of C."""
    xp = get_array_module(weights.A)
    recurrent = xp.concatenate([weights.A, weights.B], axis=2)
    return xp.concatenate([recurrent.reshape(len(recurrent), -1), weights.C.reshape(len(recurrent), -1)], axis=1)


def unflatten(theta: Any, like: Weights) -> Weights:
    """Undo `flatten`; the shapes are those of `like`, the number of networks that of `theta`."""
    n_networks, N = len(theta), like.A.shape[1]
    AB, C = _views(theta, N, like.B.shape[2])
    return Weights(AB[:, :, :N].copy(), AB[:, :, N:].copy(), C.reshape(n_networks, *like.C.shape[1:]).copy())


def _views(theta: Any, N: int, n_inputs: int) -> tuple[Any, Any]:
    n_recurrent = N * (N + n_inputs)
    return theta[:, :n_recurrent].reshape(len(theta), N, N + n_inputs), theta[:, n_recurrent:]


def _tanh(x: Any, out: Any) -> None:
    """tanh as 1 - 2 / (1 + exp(2 x)), which overwrites `x`: a third faster than NumPy's, correct to 2e-16."""
    xp = get_array_module(x)
    xp.add(x, x, out=x)
    xp.exp(x, out=x)
    xp.add(x, 1, out=x)
    xp.divide(-2, x, out=x)
    xp.add(x, 1, out=out)


class TrainingProblem:
    """Loss and gradient of E networks on fixed inputs and exchangeable targets, in buffers made once.

    Networks are a leading axis throughout; every sum stays inside one network's block of memory. So a network's numbers
    do not depend on the others.

    Parameters
    ----------
    weights : Weights
        For the shapes, the dtype and the array library.
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
    """

    def __init__(self, weights: Weights, inputs: Any) -> None:
        self.xp = get_array_module(weights.A)
        self.n_networks, self.N, self.n_inputs = weights.B.shape
        self.n_outputs = weights.C.shape[1]
        self.has_bias = weights.C.shape[2] > self.N
        self.dtype = weights.A.dtype
        self.n_sequences, self.n_steps = inputs.shape[-3:-1]
        self.shared = find_shared_states(inputs)
        self._set_up_buffers()
        self._set_up_inputs(asarray(inputs, weights.A).astype(self.dtype))
        membership = self.shared.membership()
        self.membership = self._like(membership)
        self.multiplicity = self._like(membership.sum(axis=1) / (self.n_sequences * self.n_steps))[:, None]
        self.targets = self.xp.zeros((self.n_networks, len(membership), self.n_outputs), dtype=self.dtype)
        self.offset = self.xp.zeros(self.n_networks, dtype=self.dtype)

    def set_targets(self, networks: Any, targets: Any) -> None:
        """Give new targets, shape (M, K, O) or one such set per network, to the networks of an index."""
        xp = self.xp
        scale = self.n_sequences * self.n_steps
        flat = asarray(targets, self.targets).astype(self.dtype).reshape(-1, scale, self.n_outputs)
        sums = xp.matmul(self.membership, flat)
        squares = xp.matmul(flat.reshape(len(flat), 1, -1), flat.reshape(len(flat), -1, 1))[:, 0, 0]
        means = sums / (self.multiplicity * scale)
        self.targets[networks] = means
        between = (self.multiplicity * means**2).sum(axis=(1, 2))
        self.offset[networks] = squares / scale - between

    def evaluate(self, theta: Any, gradient: Any) -> Any:
        """Write the gradient at `theta`, both (E, W), into `gradient`; return the loss, shape (E,)."""
        xp, N = self.xp, self.N
        AB, C = _views(theta, N, self.n_inputs)
        C = C.reshape(self.n_networks, self.n_outputs, -1)
        self._run_forward(AB)
        z = self.states[:, :, :N]
        error = xp.matmul(z, xp.swapaxes(C[:, :, :N], 1, 2))
        if self.has_bias:
            error += C[:, None, :, N]
        error -= self.targets
        weighted = error * self.multiplicity
        loss = xp.matmul(error.reshape(len(error), 1, -1), weighted.reshape(len(error), -1, 1))[:, 0, 0] + self.offset
        xp.multiply(weighted, 2, out=self.errors[:, :, N:])
        xp.multiply(z, z, out=self.slope)
        xp.subtract(1, self.slope, out=self.slope)
        self.AC[:, :N], self.AC[:, N:] = AB[:, :, :N], C[:, :, :N]
        at_splits = self._run_backward()
        self._collect(gradient, at_splits)
        return loss

    def _set_up_buffers(self) -> None:
        """`states` holds [z_k, u_{k+1}] and `errors` [D_{k+1}, e_k], a row per shared state."""
        E, R = self.n_networks, sum(self.shared.counts)
        zeros = self.xp.zeros
        self.states = zeros((E, R, self.N + self.n_inputs), dtype=self.dtype)
        self.errors = zeros((E, R, self.N + self.n_outputs), dtype=self.dtype)
        self.slope = zeros((E, R, self.N), dtype=self.dtype)
        self.AC = zeros((E, self.N + self.n_outputs, self.N), dtype=self.dtype)
        self.product = {m: zeros((E, m, self.N), dtype=self.dtype) for m in set(self.shared.counts)}

    def _set_up_inputs(self, inputs: Any) -> None:
        """Views of the buffers step by step, and the inputs where a step has no single predecessor per state."""
        N, rows = self.N, self.shared.rows
        self.steps, self.splits = [], {}
        for k, count in enumerate(self.shared.counts):
            u = inputs[..., self.shared.first_members(k), k, :].reshape(-1, count, self.n_inputs)
            parents = self.shared.parents(k)
            if k == 0 or parents is not None:
                children = None if k == 0 else self._like(parents == np.arange(self.shared.counts[k - 1])[:, None])
                self.splits[k] = (u, children)
            else:
                self.states[:, rows[k - 1], N:] = u
            states, errors = self.states[:, rows[k]], self.errors[:, rows[k]]
            self.steps.append(
                (states, states[:, :, :N], errors, errors[:, :, :N], self.slope[:, rows[k]], self.product[count])
            )

    def _run_forward(self, AB: Any) -> None:
        xp, W, B = self.xp, self.xp.swapaxes(AB, 1, 2), self.xp.swapaxes(AB[:, :, self.N :], 1, 2)
        previous = None
        for k, (states, z, _, _, _, product) in enumerate(self.steps):
            if k not in self.splits:
                xp.matmul(previous, W, out=product)
            else:
                u, children = self.splits[k]
                xp.matmul(u, B, out=product)
                if children is not None:
                    product += xp.matmul(children.T, xp.matmul(previous, W))
            _tanh(product, z)
            previous = states

    def _run_backward(self) -> dict[int, Any]:
        """Errors of every state; those of the states after a split are returned too."""
        xp, at_splits = self.xp, {}
        for k in range(self.n_steps - 1, -1, -1):
            _, _, errors, _, slope, product = self.steps[k]
            xp.matmul(errors, self.AC, out=product)
            if k not in self.splits:
                xp.multiply(product, slope, out=self.steps[k - 1][3])
                continue
            at_splits[k] = product * slope
            if k > 0:
                xp.matmul(self.splits[k][1], at_splits[k], out=self.steps[k - 1][3])
        return at_splits

    def _collect(self, gradient: Any, at_splits: dict[int, Any]) -> None:
        xp, N = self.xp, self.N
        dAB, dC = _views(gradient, N, self.n_inputs)
        xp.matmul(xp.swapaxes(self.errors[:, :, :N], 1, 2), self.states, out=dAB)
        for k, D in at_splits.items():
            dAB[:, :, N:] += xp.matmul(xp.swapaxes(D, 1, 2), self.splits[k][0])
        dC = dC.reshape(self.n_networks, self.n_outputs, -1)
        e = xp.swapaxes(self.errors[:, :, N:], 1, 2)
        dC[:, :, :N] = xp.matmul(e, self.states[:, :, :N])
        if self.has_bias:
            dC[:, :, N] = e.sum(axis=2)

    def _like(self, array: Any) -> Any:
        return asarray(np.asarray(array, dtype=self.dtype), self.states)
