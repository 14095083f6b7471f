"""Restricted Boltzmann machines: energy, free energy, conditionals (Scholl, Rule & Hennig 2021, Eqs 1, 8, 9)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module
from pruninglab.checks import require_finite


@dataclass(frozen=True)
class RBM:
    r"""Machines of binary units in two layers, with any leading axes: seeds, criteria.

    :math:`E(v, h) = -b^\top v - c^\top h - v^\top W h` and :math:`P(v, h) = e^{-E(v, h)} / Z`.

    Parameters
    ----------
    W : ndarray, shape (..., n_v, n_h)
        Weights; ``W[..., i, j]`` joins visible unit i and hidden unit j. Pruned weights are 0.
    b : ndarray, shape (..., n_v)
        Biases of the visible units.
    c : ndarray, shape (..., n_h)
        Biases of the hidden units.

    Raises
    ------
    TypeError
        If one of them is no array of float32 or float64, or their dtypes differ.
    ValueError
        If a shape does not fit the others or an entry is NaN or infinite.

    Examples
    --------
    >>> RBM(W=np.zeros((10, 13, 70)), b=np.zeros((10, 13)), c=np.zeros((10, 70))).leading_shape
    (10,)
    """

    W: Any
    b: Any
    c: Any

    def __post_init__(self) -> None:
        for name in ("W", "b", "c"):
            require_finite(name, getattr(self, name))
            if getattr(self, name).dtype != self.W.dtype:
                raise TypeError(f"{name} must have the dtype of W, {self.W.dtype}, got {getattr(self, name).dtype}")
        if self.W.ndim < 2 or 0 in self.W.shape[-2:]:
            raise ValueError(f"W must have shape (..., n_v, n_h), got {self.W.shape}")
        for name, n_units in (("b", self.W.shape[-2]), ("c", self.W.shape[-1])):
            if getattr(self, name).shape != (*self.leading_shape, n_units):
                expected = (*self.leading_shape, n_units)
                raise ValueError(f"{name} must have shape {expected}, got {getattr(self, name).shape}")

    @property
    def leading_shape(self) -> tuple[int, ...]:
        """Shape of the leading axes; () for a single machine."""
        return self.W.shape[:-2]

    @property
    def n_visible(self) -> int:
        """n_v."""
        return self.W.shape[-2]

    @property
    def n_hidden(self) -> int:
        """n_h, hidden units that have lost all weights included."""
        return self.W.shape[-1]

    def __getitem__(self, index: Any) -> "RBM":
        """The machines at an index of the leading axes."""
        return RBM(self.W[index], self.b[index], self.c[index])

    def astype(self, dtype: Any) -> "RBM":
        """The same machines in another precision."""
        return RBM(self.W.astype(dtype), self.b.astype(dtype), self.c.astype(dtype))


def stack(machines: Sequence[RBM]) -> RBM:
    """Machines of the same shape along a new first axis."""
    xp = get_array_module(machines[0].W)
    return RBM(*(xp.stack([getattr(machine, name) for machine in machines]) for name in ("W", "b", "c")))


def transposed(rbm: RBM) -> RBM:
    """The same machines with the layers in exchanged roles."""
    return RBM(get_array_module(rbm.W).swapaxes(rbm.W, -1, -2), rbm.c, rbm.b)


def each_machine(rbm: RBM) -> Iterator[tuple[tuple[int, ...], RBM]]:
    """Index and machine, one after the other, for what would need too much memory at once."""
    for index in np.ndindex(rbm.leading_shape):
        yield index, rbm[index]


def for_each_machine(function: Callable[[RBM], Any], rbm: RBM) -> Any:
    """Stack what `function` gives for every machine on the leading axes."""
    xp = get_array_module(rbm.W)
    values = [function(machine) for _, machine in each_machine(rbm)]
    return xp.stack(values).reshape((*rbm.leading_shape, *values[0].shape))


def energy(rbm: RBM, v: Any, h: Any) -> Any:
    r"""Energy of joint states, :math:`-b^\top v - c^\top h - v^\top W h` (Eq 1).

    Parameters
    ----------
    rbm : RBM
    v : ndarray, shape (S, n_v) or (..., S, n_v)
    h : ndarray, shape (S, n_h) or (..., S, n_h)

    Returns
    -------
    ndarray, shape (..., S)

    Examples
    --------
    >>> rbm = RBM(W=np.array([[2.0]]), b=np.array([0.5]), c=np.array([-1.0]))
    >>> energy(rbm, np.array([[1.0]]), np.array([[1.0]]))
    array([-1.5])
    """
    v, h = as_states("v", v, rbm.b), as_states("h", h, rbm.c)
    return -dot(v, rbm.b) - dot(h, rbm.c) - ((v @ rbm.W) * h).sum(axis=-1)


def free_energy(rbm: RBM, v: Any) -> Any:
    r"""Free energy of visible states: :math:`p(v) = e^{-\mathcal F(v)} / Z` (Eq 8).

    :math:`\mathcal F(v) = -b^\top v - \sum_j \log\left(1 + e^{c_j + v^\top W_{:j}}\right)`.

    Parameters
    ----------
    rbm : RBM
    v : ndarray, shape (S, n_v) or (..., S, n_v)

    Returns
    -------
    ndarray, shape (..., S)

    Raises
    ------
    ValueError
        If `v` has another number of units or other leading axes than the machines.

    Examples
    --------
    >>> rbm = RBM(W=np.zeros((2, 1)), b=np.array([1.0, 0.0]), c=np.array([0.0]))
    >>> free_energy(rbm, np.array([[1.0, 1.0]])).round(4)
    array([-1.6931])
    """
    v = as_states("v", v, rbm.b)
    xp = get_array_module(rbm.W)
    activation = v @ rbm.W
    activation += rbm.c[..., None, :]
    return -dot(v, rbm.b) - xp.logaddexp(0, activation).sum(axis=-1)


def hidden_probability(rbm: RBM, v: Any) -> Any:
    r"""Probability of every hidden unit to be on, given visible states: :math:`\sigma(c_j + v^\top W_{:j})` (Eq 9).

    Parameters
    ----------
    rbm : RBM
    v : ndarray, shape (S, n_v) or (..., S, n_v)

    Returns
    -------
    ndarray, shape (..., S, n_h)

    Examples
    --------
    >>> rbm = RBM(W=np.array([[np.log(3)]]), b=np.zeros(1), c=np.zeros(1))
    >>> hidden_probability(rbm, np.array([[0.0], [1.0]])).round(4)
    array([[0.5 ],
           [0.75]])
    """
    return sigmoid(as_states("v", v, rbm.b) @ rbm.W + rbm.c[..., None, :])


def visible_probability(rbm: RBM, h: Any) -> Any:
    r"""Probability of every visible unit to be on, given hidden states: :math:`\sigma(b_i + W_{i:} h)` (Eq 9).

    Parameters
    ----------
    rbm : RBM
    h : ndarray, shape (S, n_h) or (..., S, n_h)

    Returns
    -------
    ndarray, shape (..., S, n_v)

    Examples
    --------
    >>> rbm = RBM(W=np.array([[np.log(3)]]), b=np.zeros(1), c=np.zeros(1))
    >>> visible_probability(rbm, np.array([[1.0]])).round(4)
    array([[0.75]])
    """
    return hidden_probability(transposed(rbm), as_states("h", h, rbm.c))


def sigmoid(x: Any) -> Any:
    r""":math:`1 / (1 + e^{-x})`, without overflow.

    Examples
    --------
    >>> sigmoid(np.array([0.0, -1000.0]))
    array([0.5, 0. ])
    """
    return 0.5 * (1 + get_array_module(x).tanh(0.5 * x))


def as_states(name: str, states: Any, biases: Any) -> Any:
    """States in the library and dtype of the machines, after a check of their shape."""
    states = asarray(states, biases)
    if states.ndim < 2 or states.shape[-1] != biases.shape[-1]:
        raise ValueError(f"{name} must have shape (S, {biases.shape[-1]}) or (..., S, …), got {states.shape}")
    if states.ndim > 2 and states.shape[:-2] != biases.shape[:-1]:
        raise ValueError(f"{name} must have the leading axes {biases.shape[:-1]} of the machines, got {states.shape}")
    return states.astype(biases.dtype, copy=False)


def dot(states: Any, biases: Any) -> Any:
    """Inner product of every state with the biases, shape (..., S)."""
    return (states @ biases[..., :, None])[..., 0]
