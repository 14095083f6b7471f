"""Maximum likelihood without sampling: the best that a machine of a given size, or mask, can do."""

import numpy as np
from scipy import optimize

from pruninglab.boltzmann.divergences import kl_divergence
from pruninglab.boltzmann.enumeration import all_states, enumerated, log_probabilities
from pruninglab.boltzmann.rbm import RBM
from pruninglab.boltzmann.training import checked_mask
from pruninglab.checks import require_numpy


def maximise_likelihood(rbm: RBM, q: np.ndarray, *, mask: np.ndarray | None = None, max_iterations: int = 300) -> RBM:
    r"""Minimise :math:`D(q \| p)` over all parameters by L-BFGS, from where a machine stands.

    The gradients are exact: :math:`\partial D / \partial W = -V^\top [(q - p) \odot H]`, and likewise for the biases.

    Parameters
    ----------
    rbm : RBM
        A single machine with at most 20 visible units, on the host.
    q : ndarray, shape (2**n_v,)
        Distribution to fit, in the order of `all_states`.
    mask : ndarray of bool, shape (n_v, n_h), optional
        Weights that exist; the others must be 0 and stay so.
    max_iterations : int
        Of the optimiser.

    Returns
    -------
    RBM
        float64.

    Raises
    ------
    TypeError
        If the machine is not on the host.
    ValueError
        If it has leading axes, `q` is no distribution over its states, or a weight outside the mask is not 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> start = RBM(W=0.1 * rng.standard_normal((2, 2)), b=np.zeros(2), c=np.zeros(2))
    >>> q = np.array([0.4, 0.1, 0.1, 0.4])
    >>> best = maximise_likelihood(start, q)
    >>> bool(kl_divergence(q, log_probabilities(best)) < 1e-3)
    True
    """
    require_numpy("rbm", rbm.W)
    if rbm.leading_shape:
        raise ValueError(f"rbm must be a single machine, got leading axes {rbm.leading_shape}")
    if q.shape != (2**rbm.n_visible,) or (q < 0).any() or not np.isclose(q.sum(), 1):
        raise ValueError(f"q must hold {2**rbm.n_visible} probabilities that add up to 1")
    rbm = rbm.astype(np.float64)
    free = checked_mask(mask, rbm)
    states = all_states(rbm.n_visible)

    def unpack(theta: np.ndarray) -> RBM:
        b, c, W = np.split(theta, [rbm.n_visible, rbm.n_visible + rbm.n_hidden])
        return RBM(W.reshape(rbm.W.shape) * free, b, c)

    def divergence_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
        machine = unpack(theta)
        _, p, H = enumerated(machine)
        surplus = p - q
        weighted = surplus[:, None] * H
        gradient = [states.T @ surplus, weighted.sum(axis=0), ((states.T @ weighted) * free).ravel()]
        return float(kl_divergence(q, log_probabilities(machine))), np.concatenate(gradient)

    start = np.concatenate([rbm.b, rbm.c, rbm.W.ravel()])
    found = optimize.minimize(
        divergence_and_gradient, start, jac=True, method="L-BFGS-B", options={"maxiter": max_iterations}
    )
    return unpack(found.x)
