r"""The book's example: seven neurons, ten synapses, and a bridge that is weaker than nearly all of them.

A fully joined group of four neurons {0, 1, 2, 3} and a trio {4, 5, 6} hang together by one synapse, between 3 and 4.
Synapses are undirected and positive, and their weights are the numbers from 1 to 10. The largest joins two neurons
with many detours, and the bridge has the second smallest.
"""

import numpy as np

from pruninglab.checks import require_finite, require_positive

N_NEURONS = 7
EDGES = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)])
"""Both ends of every synapse, shape (10, 2), the smaller number first; read-only."""
WEIGHTS = np.array([10.0, 9.0, 5.0, 7.0, 4.0, 1.0, 2.0, 8.0, 6.0, 3.0])
"""Weight of every synapse, in the order of `EDGES`; read-only."""
BRIDGE = 6
"""Place of the synapse between 3 and 4 in `EDGES`."""
NAMES = tuple(f"{i}–{j}" for i, j in EDGES)
SLACK = 0.1
"""What every neuron's leak has left over after its weights."""

EDGES.flags.writeable = WEIGHTS.flags.writeable = False


def weight_matrix(weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """Symmetric matrix of the weights, zero on the diagonal.

    Parameters
    ----------
    weights : ndarray, shape (10,)
        In the order of `EDGES`; 0 removes a synapse.

    Returns
    -------
    ndarray of float64, shape (7, 7)

    Raises
    ------
    ValueError
        If there are not ten weights, or one is not finite.

    Examples
    --------
    >>> W = weight_matrix()
    >>> float(W[3, 4]), float(W[4, 3]), int(np.count_nonzero(W))
    (2.0, 2.0, 20)
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (len(EDGES),):
        raise ValueError(f"weights must have shape (10,), one for each synapse, got {weights.shape}")
    require_finite("weights", weights)
    W = np.zeros((N_NEURONS, N_NEURONS))
    i, j = EDGES.T
    W[i, j] = W[j, i] = weights
    return W


def leaky_matrix(weights: np.ndarray = WEIGHTS, *, slack: float = SLACK) -> np.ndarray:
    r"""Matrix of the linear network :math:`\dot x = Ax + \dots`, whose leaks follow the weights.

    :math:`A = -(L + rI)` with the Laplacian :math:`L = \sum_k w_k u_k u_k^\top`, where :math:`u_k = e_i - e_j` for the
    synapse between i and j. The functions of `pruninglab.noiseprune` take it.

    Parameters
    ----------
    weights : ndarray, shape (10,)
        In the order of `EDGES`, none below 0.
    slack : float
        :math:`r > 0`, in units of the weights.

    Returns
    -------
    ndarray of float64, shape (7, 7)

    Raises
    ------
    ValueError
        As for `weight_matrix`, and for a negative weight or a slack that is not above 0.

    Examples
    --------
    >>> A = leaky_matrix(slack=0.5)
    >>> float(A[6, 6]), A.sum(axis=1).tolist()
    (-9.5, [-0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5])
    """
    require_positive("slack", slack)
    W = weight_matrix(weights)
    if (W < 0).any():
        raise ValueError("weights must not be negative: the leak is their sum plus the slack")
    return W - np.diag(W.sum(axis=1) + slack)


def of_synapses(matrix: np.ndarray) -> np.ndarray:
    """The entries of a (7, 7) matrix that belong to the synapses, in the order of `EDGES`, shape (10,).

    Examples
    --------
    >>> of_synapses(weight_matrix())
    array([10.,  9.,  5.,  7.,  4.,  1.,  2.,  8.,  6.,  3.])
    """
    return matrix[tuple(EDGES.T)]


def cofiring(scale: float, *, biases: np.ndarray | None = None) -> np.ndarray:
    r"""How often both ends of a synapse are on, if the network is a Boltzmann machine of seven on-off units.

    :math:`P(s) \propto \exp(\sum_k c\,w_k s_i s_j + \sum_i b_i s_i)`, summed over its 128 states. With the default
    biases, minus half of each unit's summed couplings, every unit is on half of the time.

    Parameters
    ----------
    scale : float
        :math:`c > 0`: couplings are so many times the weights.
    biases : ndarray, shape (7,), optional

    Returns
    -------
    ndarray, shape (10,)
        :math:`m_k = P(s_i = s_j = 1)`. The Fisher information of a coupling is :math:`m_k(1 - m_k)`.

    Raises
    ------
    ValueError
        If `scale` is not above 0, or `biases` are not seven finite numbers.

    Examples
    --------
    >>> cofiring(1e-9).round(3)
    array([0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25])
    """
    require_positive("scale", scale)
    coupling = scale * weight_matrix()
    biases = -coupling.sum(axis=1) / 2 if biases is None else np.asarray(biases, dtype=np.float64)
    if biases.shape != (N_NEURONS,):
        raise ValueError(f"biases must have shape (7,), got {biases.shape}")
    require_finite("biases", biases)
    states = np.indices((2,) * N_NEURONS).reshape(N_NEURONS, -1).T.astype(float)
    log_p = np.einsum("si,ij,sj->s", states, coupling, states) / 2 + states @ biases
    p = np.exp(log_p - log_p.max())
    return of_synapses((states * p[:, None]).T @ states / p.sum())
