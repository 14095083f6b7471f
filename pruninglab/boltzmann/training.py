r"""Contrastive divergence with one step, as the authors run it (Scholl et al. 2021; protocol of updates below).

For a batch of rows x: :math:`\bar h^0 = \sigma(c + x W)`, :math:`h^0 \sim \bar h^0`, :math:`v^1 \sim \sigma(b + h^0
W^\top)`, :math:`\bar h^1 = \sigma(c + v^1 W)`. The gradients are means over the batch: :math:`g_W = x^\top \bar h^0 -
v^{1\top} \bar h^1`, :math:`g_b = x - v^1`, :math:`g_c = \bar h^0 - \bar h^1`. The momentum stands inside the rate:
:math:`\Delta_t = \eta (\mu \Delta_{t-1} + g_t)`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module, to_numpy
from pruninglab.boltzmann.compiled import compiled_updates
from pruninglab.boltzmann.rbm import RBM, sigmoid
from pruninglab.checks import require_finite, require_positive
from pruninglab.streams import generators

ROWS_AT_A_TIME = 4096
"""Rows for which random numbers are drawn together; no result depends on it."""


def initial_rbm(
    patterns: Any,
    n_hidden: int,
    rng: Any,
    *,
    n_machines: int = 1,
    deviation: float = 0.1,
    hidden_bias: float = -2.0,
    visible_bias: float | None = None,
) -> RBM:
    r"""Machines before any training, as in the authors' code.

    :math:`W \sim \mathcal N(0, 0.1^2)`, :math:`c = -2`, and :math:`b_i = \ln \frac{p_i}{1 - p_i}` with the share
    :math:`p_i` of the patterns in which unit i is on, kept :math:`10^{-7}` away from 0 and 1.

    Parameters
    ----------
    patterns : ndarray of 0 and 1, shape (S, n_v)
    n_hidden : int
    rng : numpy.random.Generator or sequence of `n_machines` Generators
    n_machines : int
        Length of the only leading axis.
    deviation : float
        Standard deviation of the weights.
    hidden_bias : float
    visible_bias : float, optional
        Of all visible units, in the place of the log odds of their share.

    Returns
    -------
    RBM
        float32, on the host; leading axis of `n_machines`.

    Raises
    ------
    ValueError
        If the patterns are not binary or empty, or a number is below 1.

    Examples
    --------
    >>> rbm = initial_rbm(np.array([[0, 1], [1, 1]]), 5, np.random.default_rng(0), n_machines=2)
    >>> rbm.W.shape, float(rbm.b[0, 0]), float(rbm.c[0, 0])
    ((2, 2, 5), 0.0, -2.0)
    """
    patterns = to_numpy(patterns)
    require_binary("patterns", patterns)
    if n_hidden < 1 or n_machines < 1:
        raise ValueError(f"n_hidden and n_machines must be at least 1, got {n_hidden} and {n_machines}")
    share = patterns.mean(axis=0, dtype=np.float64).clip(1e-7, 1 - 1e-7)
    b = np.log(share) - np.log1p(-share) if visible_bias is None else np.full(len(share), visible_bias)
    n_visible = patterns.shape[-1]
    W = [deviation * own.standard_normal((n_visible, n_hidden)) for own in generators(rng, n_machines)]
    c = np.full((n_machines, n_hidden), hidden_bias)
    return RBM(np.stack(W), np.tile(b, (n_machines, 1)), c).astype(np.float32)


def train_cd(
    rbm: RBM,
    patterns: Any,
    *,
    epochs: int,
    learning_rate: float | Sequence[float],
    momentum: float | Sequence[float] = 0.9,
    batch_size: int = 1,
    mask: Any = None,
    bottom_up: float = 1.0,
    top_down: float = 1.0,
    rng: Any,
) -> RBM:
    r"""Train machines by contrastive divergence with one step (CD-1); rows are visited in their order.

    Parameters
    ----------
    rbm : RBM
        Where training starts; weights outside the mask must be 0.
    patterns : ndarray of 0 and 1, shape (S, n_v)
    epochs : int
        Passes over the patterns.
    learning_rate : float or one per epoch
    momentum : float or one per epoch
        :math:`\mu` in :math:`\Delta_t = \eta (\mu \Delta_{t-1} + g_t)`, at least 0. Updates begin with
        :math:`\Delta_0 = 0`.
    batch_size : int
        Rows per update; the last update of an epoch has what is left.
    mask : ndarray of bool, shape (..., n_v, n_h), optional
        True where a weight exists; the others stay 0.
    bottom_up, top_down : float
        Factors of the whole input of the hidden and of the visible units. A pair of layers that will become part of a
        deeper machine is trained with 2 in the place of the input from the layer that is still missing.
    rng : numpy.random.Generator or sequence of Generators, one per machine
        Drawn on the host. A single generator spawns one per machine, so a machine does not depend on the others.

    Returns
    -------
    RBM
        Library and dtype of `rbm`.

    Raises
    ------
    TypeError
        If the mask is not boolean.
    ValueError
        If a shape does not fit, the patterns are not binary, a number is out of range, or a weight outside the mask is
        not 0.

    Examples
    --------
    >>> patterns = np.repeat([[0.0, 1.0], [1.0, 0.0]], 500, axis=0)
    >>> rng = np.random.default_rng(0)
    >>> rbm = train_cd(initial_rbm(patterns, 3, rng), rng.permutation(patterns), epochs=5, learning_rate=0.1, rng=rng)
    >>> from pruninglab.boltzmann import exact_distribution
    >>> bool(exact_distribution(rbm)[0, 1:3].sum() > 0.8)
    True
    """
    rates = per_epoch("learning_rate", learning_rate, epochs)
    momenta = per_epoch("momentum", momentum, epochs)
    patterns = to_numpy(patterns)
    require_binary("patterns", patterns)
    if patterns.shape[1] != rbm.n_visible:
        raise ValueError(f"patterns must have shape (S, {rbm.n_visible}), got {patterns.shape}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    require_positive("bottom_up", bottom_up)
    require_positive("top_down", top_down)
    mask = checked_mask(mask, rbm)
    streams = generators(rng, int(np.prod(rbm.leading_shape)))
    xp = get_array_module(rbm.W)
    parts = (rbm.W, rbm.b, rbm.c)
    own_shapes = [array.shape[len(rbm.leading_shape) :] for array in parts]
    state = [array.reshape(len(streams), *own).copy(order="C") for array, own in zip(parts, own_shapes, strict=True)]
    changes = [xp.zeros_like(array) for array in state]
    free = mask.reshape(state[0].shape)
    data = asarray(patterns, rbm.W).astype(rbm.W.dtype)
    rows_at_a_time = max(ROWS_AT_A_TIME // batch_size, 1) * batch_size
    update = compiled_updates if xp is np and batch_size == 1 else array_updates
    for rate, momentum in zip(rates, momenta, strict=True):
        for first in range(0, len(data), rows_at_a_time):
            rows = data[first : first + rows_at_a_time]
            uniforms = _uniforms(streams, len(rows), rbm)
            update(state, changes, free, rows, uniforms, rate, momentum, (bottom_up, top_down), batch_size)
    return RBM(*(new.reshape(old.shape) for new, old in zip(state, parts, strict=True)))


def array_updates(
    state: list,
    changes: list,
    free: Any,
    rows: Any,
    uniforms: Any,
    rate: float,
    momentum: float,
    factors: tuple[float, float],
    batch_size: int,
) -> None:
    """Updates of all machines together by whole-array operations, in place; any array library, any batch size."""
    W, b, c = state
    bottom_up, top_down = factors
    n_hidden = W.shape[-1]
    for first in range(0, len(rows), batch_size):
        x = rows[first : first + batch_size]
        u = uniforms[:, first : first + batch_size]
        h0 = sigmoid(bottom_up * (x @ W + c[:, None, :]))
        h = (u[..., :n_hidden] < h0).astype(W.dtype)
        v1 = (u[..., n_hidden:] < sigmoid(top_down * (h @ W.swapaxes(-1, -2) + b[:, None, :]))).astype(W.dtype)
        h1 = sigmoid(bottom_up * (v1 @ W + c[:, None, :]))
        g_W = free * ((x.T @ h0) - v1.swapaxes(-1, -2) @ h1) / len(x)
        for array, change, gradient in zip(state, changes, (g_W, (x - v1).mean(1), (h0 - h1).mean(1)), strict=True):
            change *= momentum
            change += gradient
            change *= rate
            array += change


def require_binary(name: str, patterns: Any) -> None:
    """Raise unless `patterns` has rows, and holds nothing but 0 and 1."""
    if patterns.ndim != 2 or 0 in patterns.shape:
        raise ValueError(f"{name} must have shape (S, n_v) with at least one row, got {patterns.shape}")
    if not bool(((patterns == 0) | (patterns == 1)).all()):
        raise ValueError(f"{name} must hold nothing but 0 and 1")


def checked_mask(mask: Any, rbm: RBM) -> Any:
    """The mask in the library of the machines, all True if there is none.

    Raises
    ------
    TypeError
        If it is not boolean.
    ValueError
        If its shape is not that of W, or W is not 0 outside it.
    """
    if mask is None:
        return get_array_module(rbm.W).ones(rbm.W.shape, dtype=bool)
    mask = asarray(mask, rbm.W)
    if mask.dtype.kind != "b":
        raise TypeError(f"mask must be a boolean array, got {mask.dtype}")
    if mask.shape != rbm.W.shape:
        raise ValueError(f"mask must have the shape of W {rbm.W.shape}, got {mask.shape}")
    if bool((rbm.W[~mask] != 0).any()):
        raise ValueError("W must be 0 where mask is False: set pruned weights to 0 first")
    return mask


def per_epoch(name: str, values: float | Sequence[float], epochs: int) -> np.ndarray:
    """One number for every epoch, from one for all or from as many; ValueError if one is negative or not finite."""
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim > 1 or (numbers.ndim == 1 and len(numbers) != epochs):
        raise ValueError(f"{name} must be a number or one per epoch, {epochs}, got {values!r}")
    require_finite(name, numbers)
    if bool((numbers < 0).any()):
        raise ValueError(f"{name} must be at least 0, got {values!r}")
    return np.broadcast_to(numbers, epochs)


def _uniforms(streams: Sequence[np.random.Generator], n_rows: int, rbm: RBM) -> Any:
    """Uniform numbers (machines, rows, n_h + n_v): those of a row are for its hidden sample, then its visible one."""
    shape = (n_rows, rbm.n_hidden + rbm.n_visible)
    drawn = np.stack([stream.random(shape, dtype=rbm.W.dtype) for stream in streams])
    return asarray(drawn, rbm.W)
