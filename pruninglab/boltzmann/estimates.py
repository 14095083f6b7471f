"""What a synapse can measure of its Fisher information: co-firing, or its weight and two rates (Eqs 4, 6)."""

from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.boltzmann.rbm import sigmoid
from pruninglab.checks import require_finite


def variance_fi(vh: Any) -> Any:
    r"""Fisher information of every weight from co-firing (Eq 4).

    :math:`F_{w_{ij}} = \langle v_i h_j \rangle (1 - \langle v_i h_j \rangle)`, the diagonal of the joint Fisher
    information matrix: the variance of the product of two binary units.

    Parameters
    ----------
    vh : ndarray, shape (..., n_v, n_h)
        :math:`\langle v_i h_j \rangle`, exact or the mean over samples; between 0 and 1.

    Returns
    -------
    ndarray, shape (..., n_v, n_h)

    Raises
    ------
    ValueError
        If an entry is no probability.

    Examples
    --------
    >>> import numpy as np
    >>> variance_fi(np.array([[0.5, 0.1]]))
    array([[0.25, 0.09]])
    """
    _require_probabilities("vh", vh)
    return vh * (1 - vh)


def heuristic_fi(W: Any, v: Any, h: Any) -> Any:
    r"""Fisher information of every weight from the weight and two firing rates alone (Eq 6).

    Co-firing is estimated as :math:`\langle h_j \rangle\, \sigma\big(\sigma^{-1}(\langle v_i \rangle) + w_{ij} (1 -
    \langle h_j \rangle)\big)` and put into Eq 4. The layers are not exchangeable in it.

    Parameters
    ----------
    W : ndarray, shape (..., n_v, n_h)
    v : ndarray, shape (..., n_v)
        Mean rates of the visible units.
    h : ndarray, shape (..., n_h)
        Mean rates of the hidden units.

    Returns
    -------
    ndarray, shape (..., n_v, n_h)

    Raises
    ------
    ValueError
        If a rate is no probability.

    Examples
    --------
    >>> import numpy as np
    >>> heuristic_fi(np.zeros((1, 1)), np.array([0.5]), np.array([0.5]))
    array([[0.1875]])
    """
    return variance_fi(heuristic_cofiring(W, v, h))


def heuristic_cofiring(W: Any, v: Any, h: Any) -> Any:
    r"""Co-firing :math:`\langle v_i h_j \rangle` as Eq 6 estimates it; parameters as in `heuristic_fi`.

    A silent visible unit is estimated to co-fire with nobody, one that is always on with every hidden unit that is on.

    Examples
    --------
    >>> import numpy as np
    >>> heuristic_cofiring(np.ones((2, 1)), np.array([0.0, 1.0]), np.array([0.25]))
    array([[0.  ],
           [0.25]])
    """
    require_finite("W", W)
    _require_probabilities("v", v)
    _require_probabilities("h", h)
    xp = get_array_module(W)
    rate = v[..., :, None]
    rate = xp.where(rate < xp.finfo(W.dtype).tiny, 0, rate).astype(W.dtype)
    silent, certain = rate == 0, rate == 1
    moderate = xp.where(silent | certain, 0.5, rate).astype(W.dtype)
    activation = xp.log(moderate) - xp.log1p(-moderate) + W * (1 - h[..., None, :])
    given_h = xp.where(silent, 0, xp.where(certain, 1, sigmoid(activation)))
    return (h[..., None, :] * given_h).astype(W.dtype)


def mean_field_cofiring(W: Any, b: Any, h: Any) -> Any:
    r"""Co-firing with the mean-field input in place of the activation that the observed rate implies.

    :math:`\langle h_j \rangle\, \sigma\big(b_i + \sum_{k \ne j} w_{ik} \langle h_k \rangle + w_{ij}\big)`: the step of
    the paper's derivation before it puts in the rate of the visible unit.

    Parameters
    ----------
    W : ndarray, shape (..., n_v, n_h)
    b : ndarray, shape (..., n_v)
    h : ndarray, shape (..., n_h)

    Returns
    -------
    ndarray, shape (..., n_v, n_h)

    Examples
    --------
    >>> import numpy as np
    >>> mean_field_cofiring(np.zeros((1, 1)), np.zeros(1), np.array([0.5]))
    array([[0.25]])
    """
    require_finite("W", W)
    _require_probabilities("h", h)
    total = b + (W @ h[..., :, None])[..., 0]
    return h[..., None, :] * sigmoid(total[..., :, None] + W * (1 - h[..., None, :]))


def _require_probabilities(name: str, values: Any) -> None:
    require_finite(name, values)
    if bool((values < 0).any()) or bool((values > 1).any()):
        raise ValueError(f"{name} must hold probabilities between 0 and 1")
