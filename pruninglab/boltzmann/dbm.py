"""Deep Boltzmann machines with two hidden layers: energy, conditionals, mean field (Scholl et al. 2021, Eq 10)."""

from dataclasses import dataclass, fields
from typing import Any

from pruninglab.backend import get_array_module
from pruninglab.boltzmann.rbm import RBM, as_states, dot, sigmoid
from pruninglab.checks import require_finite, require_positive


@dataclass(frozen=True)
class DBM:
    r"""Machines of binary units in three layers, with any leading axes: seeds, criteria.

    :math:`E = -b^\top v - c_1^\top h^1 - c_2^\top h^2 - v^\top W^1 h^1 - h^{1\top} W^2 h^2` (Eq 10).

    Parameters
    ----------
    W1 : ndarray, shape (..., n_v, n_h1)
        Weights between the visible and the first hidden layer. Pruned weights are 0.
    W2 : ndarray, shape (..., n_h1, n_h2)
        Weights between the hidden layers.
    b : ndarray, shape (..., n_v)
    c1 : ndarray, shape (..., n_h1)
    c2 : ndarray, shape (..., n_h2)
        Biases of the three layers.

    Raises
    ------
    TypeError
        If one of them is no array of float32 or float64, or their dtypes differ.
    ValueError
        If a shape does not fit the others or an entry is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> DBM(np.zeros((4, 3)), np.zeros((3, 2)), np.zeros(4), np.zeros(3), np.zeros(2)).n_units
    (4, 3, 2)
    """

    W1: Any
    W2: Any
    b: Any
    c1: Any
    c2: Any

    def __post_init__(self) -> None:
        for field in fields(self):
            array = getattr(self, field.name)
            require_finite(field.name, array)
            if array.dtype != self.W1.dtype:
                raise TypeError(f"{field.name} must have the dtype of W1, {self.W1.dtype}, got {array.dtype}")
        for name in ("W1", "W2"):
            array = getattr(self, name)
            if array.ndim < 2 or 0 in array.shape[-2:]:
                raise ValueError(f"{name} must have shape (..., n, m), got {array.shape}")
        n_v, n_h1, n_h2 = self.n_units
        expected = {"W2": (n_h1, n_h2), "b": (n_v,), "c1": (n_h1,), "c2": (n_h2,)}
        for name, own in expected.items():
            if getattr(self, name).shape != (*self.leading_shape, *own):
                raise ValueError(
                    f"{name} must have shape {(*self.leading_shape, *own)}, got {getattr(self, name).shape}"
                )

    @property
    def leading_shape(self) -> tuple[int, ...]:
        """Shape of the leading axes; () for a single machine."""
        return self.W1.shape[:-2]

    @property
    def n_units(self) -> tuple[int, int, int]:
        """Units of the three layers, those that have lost all weights included."""
        return self.W1.shape[-2], self.W1.shape[-1], self.W2.shape[-1]

    def __getitem__(self, index: Any) -> "DBM":
        """The machines at an index of the leading axes."""
        return DBM(*(array[index] for array in self.arrays()))

    def astype(self, dtype: Any) -> "DBM":
        """The same machines in another precision."""
        return DBM(*(array.astype(dtype) for array in self.arrays()))

    def arrays(self) -> tuple[Any, Any, Any, Any, Any]:
        """W1, W2, b, c1, c2."""
        return self.W1, self.W2, self.b, self.c1, self.c2

    def layers(self) -> tuple[RBM, RBM]:
        r"""The two pairs of adjacent layers, each as if it were alone: :math:`(W^1, b, c_1)`, :math:`(W^2, c_1, c_2)`.

        The conditionals of v and of :math:`h^2` are those of the pair that they belong to. That of :math:`h^1` is not;
        see `first_hidden_probability`.
        """
        return RBM(self.W1, self.b, self.c1), RBM(self.W2, self.c1, self.c2)


def assemble(first: RBM, second: RBM) -> DBM:
    r"""A deep machine from two trained pairs of layers; the two biases of the shared layer are averaged.

    :math:`c_1 = \frac12 (c^{(1)} + b^{(2)})`; all else is unaltered.

    Examples
    --------
    >>> import numpy as np
    >>> first = RBM(np.zeros((4, 3)), np.zeros(4), np.full(3, -2.0))
    >>> assemble(first, RBM(np.zeros((3, 2)), np.full(3, -1.0), np.zeros(2))).c1
    array([-1.5, -1.5, -1.5])
    """
    if second.b.shape != first.c.shape:
        raise ValueError(f"second must have visible biases of shape {first.c.shape}, got {second.b.shape}")
    return DBM(first.W, second.W, first.b, (first.c + second.b) / 2, second.c)


def bipartite(dbm: DBM) -> RBM:
    r"""The same machine with v and :math:`h^2` as one layer: both are joined with :math:`h^1` alone, so it is an RBM.

    Whatever is exact for a small RBM is so for a small deep machine: ``exact_moments(bipartite(dbm))`` and the like.

    Returns
    -------
    RBM
        Visible units are those of v and then those of :math:`h^2`, hidden units those of :math:`h^1`.

    Examples
    --------
    >>> import numpy as np
    >>> bipartite(DBM(np.zeros((4, 3)), np.zeros((3, 2)), np.zeros(4), np.zeros(3), np.zeros(2))).W.shape
    (6, 3)
    """
    xp = get_array_module(dbm.W1)
    W = xp.concatenate([dbm.W1, dbm.W2.swapaxes(-1, -2)], axis=-2)
    return RBM(W, xp.concatenate([dbm.b, dbm.c2], axis=-1), dbm.c1)


def dbm_energy(dbm: DBM, v: Any, h1: Any, h2: Any) -> Any:
    """Energy of joint states (Eq 10), shape (..., S); every layer's states have shape (S, n) or (..., S, n).

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1))
    >>> dbm_energy(DBM(2 * one, 3 * one, one[0], one[0], one[0]), one, one, one)
    array([-8.])
    """
    v, h1, h2 = as_states("v", v, dbm.b), as_states("h1", h1, dbm.c1), as_states("h2", h2, dbm.c2)
    linear = dot(v, dbm.b) + dot(h1, dbm.c1) + dot(h2, dbm.c2)
    return -linear - ((v @ dbm.W1) * h1).sum(axis=-1) - ((h1 @ dbm.W2) * h2).sum(axis=-1)


def first_hidden_probability(dbm: DBM, v: Any, h2: Any) -> Any:
    r"""Probability of every unit of :math:`h^1` to be on, given the layers below and above it.

    :math:`p(h^1_j = 1 | v, h^2) = \sigma(c_{1j} + v^\top W^1_{:j} + W^2_{j:} h^2)`.

    Parameters
    ----------
    dbm : DBM
    v : ndarray, shape (S, n_v) or (..., S, n_v)
    h2 : ndarray, shape (S, n_h2) or (..., S, n_h2)

    Returns
    -------
    ndarray, shape (..., S, n_h1)

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1))
    >>> first_hidden_probability(DBM(np.log(3) * one, one, one[0], 0 * one[0], one[0]), one, 0 * one).round(4)
    array([[0.75]])
    """
    v, h2 = as_states("v", v, dbm.b), as_states("h2", h2, dbm.c2)
    return sigmoid(v @ dbm.W1 + h2 @ dbm.W2.swapaxes(-1, -2) + dbm.c1[..., None, :])


def mean_field(dbm: DBM, v: Any, *, tolerance: float = 1e-7, max_iterations: int = 50) -> tuple[Any, Any]:
    r"""Mean-field approximation of the posterior: rates of both hidden layers with v clamped.

    The fixed point of :math:`\mu^1 = \sigma(c_1 + v^\top W^1 + W^2 \mu^2)`, :math:`\mu^2 = \sigma(c_2 + \mu^{1\top}
    W^2)`, one layer after the other, beginning with a bottom-up pass in which the input from v counts twice, in the
    place of that from above.

    Parameters
    ----------
    dbm : DBM
    v : ndarray, shape (S, n_v) or (..., S, n_v)
    tolerance : float
        A state is left alone once none of its rates changes by more, whatever others there are.
    max_iterations : int
        Rounds after the bottom-up pass, at most.

    Returns
    -------
    mu1 : ndarray, shape (..., S, n_h1)
    mu2 : ndarray, shape (..., S, n_h2)

    Raises
    ------
    ValueError
        If `v` has another shape, the tolerance is not above 0 or there is no round.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 1))
    >>> mu1, mu2 = mean_field(DBM(0 * one, 2 * one, one[0], -one[0], -one[0]), one)
    >>> mu1.round(3), mu2.round(3)
    (array([[0.5]]), array([[0.5]]))
    """
    v = as_states("v", v, dbm.b)
    require_positive("tolerance", tolerance)
    if max_iterations < 1:
        raise ValueError(f"max_iterations must be at least 1, got {max_iterations}")
    xp = get_array_module(dbm.W1)
    from_below = v @ dbm.W1 + dbm.c1[..., None, :]
    upward, bias = dbm.W2.swapaxes(-1, -2), dbm.c2[..., None, :]
    mu1 = sigmoid(2 * from_below - dbm.c1[..., None, :])
    mu2 = sigmoid(mu1 @ dbm.W2 + bias)
    rows, moving = xp.arange(v.shape[-2]), xp.ones((*dbm.leading_shape, v.shape[-2]), dtype=bool)
    for _ in range(max_iterations):
        now1, now2 = mu1[..., rows, :], mu2[..., rows, :]
        next1 = sigmoid(from_below[..., rows, :] + now2 @ upward)
        next2 = sigmoid(next1 @ dbm.W2 + bias)
        mu1[..., rows, :] = xp.where(moving[..., None], next1, now1)
        mu2[..., rows, :] = xp.where(moving[..., None], next2, now2)
        moving = moving & (xp.maximum(_largest(next1 - now1), _largest(next2 - now2)) > tolerance)
        left = moving.any(axis=tuple(range(moving.ndim - 1)))
        if not bool(left.any()):
            break
        rows, moving = rows[left], moving[..., left]
    return mu1, mu2


def _largest(difference: Any) -> Any:
    return abs(difference).max(axis=-1)
