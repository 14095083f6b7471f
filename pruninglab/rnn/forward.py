"""The network as it is run (Averbeck 2022, Eqs 1-3, in the form of the authors' code)."""

from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.checks import require_finite
from pruninglab.rnn.weights import Weights


def forward(weights: Weights, inputs: Any) -> tuple[Any, Any]:
    r"""States and outputs of every network for every input sequence.

    :math:`x_k = A \tanh(x_{k-1}) + B u_k`, with :math:`\tanh(x_0) = 0`, and :math:`y_k = C \tanh(x_k)`; if C has a bias
    column, :math:`y_k = C\,[\tanh(x_k); 1]`.

    Parameters
    ----------
    weights : Weights
        E networks.
    inputs : ndarray, shape (M, K, I) or (E, M, K, I)
        M sequences of K steps, shared or one set per network.

    Returns
    -------
    x : ndarray, shape (E, M, K, N)
        States before the nonlinearity.
    y : ndarray, shape (E, M, K, O)

    Raises
    ------
    ValueError
        If `inputs` has another shape or holds NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> weights = Weights(A=np.full((1, 1, 1), 0.5), B=np.ones((1, 1, 1)), C=np.ones((1, 1, 1)))
    >>> x, y = forward(weights, np.array([[[1.0], [0.0]]]))
    >>> bool(np.isclose(x[0, 0, 1, 0], 0.5 * np.tanh(1.0))), bool(np.isclose(y[0, 0, 0, 0], np.tanh(1.0)))
    (True, True)
    """
    require_inputs(weights, inputs)
    xp = get_array_module(weights.A)
    n_networks, n_units = weights.A.shape[:2]
    n_sequences, n_steps = inputs.shape[-3:-1]
    A, B, C = (xp.swapaxes(matrix, 1, 2) for matrix in (weights.A, weights.B, weights.C))
    shared = inputs.reshape(-1, n_sequences * n_steps, inputs.shape[-1])
    x = xp.matmul(shared, B).reshape(n_networks, n_sequences, n_steps, n_units)
    for k in range(1, n_steps):
        x[:, :, k] += xp.matmul(xp.tanh(x[:, :, k - 1]), A)
    z = xp.tanh(x).reshape(n_networks, -1, n_units)
    y = xp.matmul(z, C[:, :n_units])
    if C.shape[1] > n_units:
        y += C[:, n_units:]
    return x, y.reshape(n_networks, n_sequences, n_steps, -1)


def require_inputs(weights: Weights, inputs: Any) -> None:
    """Raise unless `inputs` is finite, has a sequence and a step, and fits the weights."""
    require_finite("inputs", inputs)
    n_networks, n_inputs = weights.n_networks, weights.B.shape[2]
    per_network = inputs.ndim == 4 and inputs.shape[0] == n_networks
    if not (inputs.ndim == 3 or per_network) or inputs.shape[-1] != n_inputs or 0 in inputs.shape:
        raise ValueError(
            f"inputs must have shape (M, K, {n_inputs}) or ({n_networks}, M, K, {n_inputs}), got {inputs.shape}"
        )
