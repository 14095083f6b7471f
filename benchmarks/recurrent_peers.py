"""Loss and gradient of an ensemble of recurrent networks on JAX and on PyTorch, as a reader would write them.

Both work in float64, compute the drive of the inputs and the read-out of all steps at once, and leave one product and
one tanh per step to the loop. For every size the benchmark takes whichever way over the networks is faster, `vmap` or
`lax.map`: the first runs all of them abreast, the second keeps one at a time in the cache. "By hand" is JAX with the
backward pass written out, so that the gradient of the weights is one product after the loop and not a sum inside it.

What was tried on one core of an AMD EPYC and not kept. JAX: states in columns (slower for 20 sequences); `unroll=4`
(no difference); all 58 steps unrolled (up to a quarter faster for `value_and_grad`, at best equal to "by hand", and up
to 35 seconds to compile); tanh from exp (slower); the weights in one row per network (a tenth slower);
`--xla_cpu_enable_fast_math` and `--xla_cpu_use_onednn` (not faster); two threads for the runtime (more processor time).
PyTorch: states in columns, `stack` and `einsum` instead of `cat` and `bmm` (slower); `torch.nn.RNN` for one network
after the other (slower even for one); `torch.compile` (it unrolls the loop, compiles for more than a minute, and is
then as fast as without).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import torch
from jax import lax


@dataclass(frozen=True)
class Peer:
    """One way to compute, on one library."""

    name: str
    xp: ModuleType
    """What the library calls its array functions."""
    asarray: Callable[[Any], Any]
    """From NumPy."""
    gradient: Callable[[Any, Any, Any], tuple[Any, Any]]
    """From (A, B, C), inputs and targets (M, K, ·), or (E, M, K, ·), to the losses (E,) and (dA, dB, dC)."""
    ready: Callable[[Callable], Callable]
    """Compile a function, if the library does, and let its calls return when the result is there."""


def use_one_thread() -> None:
    """Hold both libraries, and this process, to one core; to be called before they compute anything."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)


def _states(A: jax.Array, drive: jax.Array) -> jax.Array:
    """tanh of every state, shape (K, M, N), of one network with the drive B u, shape (K, M, N)."""

    def step(z, u):
        z = jnp.tanh(u + z @ A.T)
        return z, z

    return lax.scan(step, jnp.zeros_like(drive[0]), drive)[1]


def jax_loss(weights: tuple[jax.Array, ...], inputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Loss of one network."""
    A, B, C = weights
    z = _states(A, jnp.einsum("mki,ni->kmn", inputs, B))
    errors = _outputs(z, C) - targets.swapaxes(0, 1)
    return (errors**2).sum() / (targets.shape[0] * targets.shape[1])


def _outputs(z: jax.Array, C: jax.Array) -> jax.Array:
    """Shape (K, M, O); the last column of C, if it has one more than there are units, is the bias."""
    N = z.shape[-1]
    return jnp.einsum("kmn,on->kmo", z, C[:, :N]) + C[:, N:].sum(axis=1)


def jax_by_hand(weights: tuple[jax.Array, ...], inputs: jax.Array, targets: jax.Array) -> tuple[jax.Array, tuple]:
    """Loss and gradient of one network, the latter from the recursion D_k = (1 - z_k^2) o (C^T e_k + A^T D_{k+1})."""
    A, B, C = weights
    z = _states(A, jnp.einsum("mki,ni->kmn", inputs, B))
    errors = _outputs(z, C) - targets.swapaxes(0, 1)
    n_values = targets.shape[0] * targets.shape[1]
    e = errors * (2 / n_values)

    def step(D, back_and_slope):
        back, slope = back_and_slope
        D = slope * (back + D @ A)
        return D, D

    N = A.shape[0]
    _, D = lax.scan(step, jnp.zeros_like(z[0]), (e @ C[:, :N], 1 - z * z), reverse=True)
    dA = jnp.einsum("kmi,kmj->ij", D[1:], z[:-1])
    dB = jnp.einsum("kmn,mki->ni", D, inputs)
    dC = jnp.concatenate([jnp.einsum("kmo,kmn->on", e, z), e.sum((0, 1))[:, None]], axis=1)
    return (errors**2).sum() / n_values, (dA, dB, dC[:, : C.shape[1]])


def _abreast(one: Callable, weights: Any, inputs: jax.Array, targets: jax.Array) -> Any:
    own = None if inputs.ndim == 3 else 0
    return jax.vmap(one, in_axes=(0, own, own))(weights, inputs, targets)


def _in_turn(one: Callable, weights: Any, inputs: jax.Array, targets: jax.Array) -> Any:
    if inputs.ndim == 3:
        return lax.map(lambda own: one(own, inputs, targets), weights)
    return lax.map(lambda own: one(*own), (weights, inputs, targets))


def _jitted(work: Callable) -> Callable:
    compiled = jax.jit(work)
    return lambda *arguments: jax.block_until_ready(compiled(*arguments))


def torch_loss(weights: tuple[torch.Tensor, ...], inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Losses of E networks, shape (E,)."""
    A, B, C = weights
    (E, N, n_inputs), (M, K) = B.shape, inputs.shape[-3:-1]
    drive = inputs.transpose(-3, -2).reshape(-1, K * M, n_inputs) @ B.transpose(1, 2)
    first, *others = drive.reshape(E, K, M, N).transpose(0, 1).contiguous().unbind()
    z = [torch.tanh(first)]
    for u in others:
        z.append(torch.tanh(torch.baddbmm(u, z[-1], A.transpose(1, 2))))
    y = torch.bmm(torch.cat(z, 1), C[:, :, :N].transpose(1, 2)) + C[:, :, N:].sum(2)[:, None]
    return ((y.reshape(E, K, M, -1) - targets.transpose(-3, -2)) ** 2).sum((1, 2, 3)) / (M * K)


def torch_gradient(weights: Any, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, tuple]:
    """Losses of E networks and their gradients, by autograd."""
    with torch.enable_grad():
        leaves = [matrix.detach().requires_grad_() for matrix in weights]
        losses = torch_loss(leaves, inputs, targets)
        return losses.detach(), torch.autograd.grad(losses.sum(), leaves)


def _jax_peers(name: str, one: Callable) -> list[Peer]:
    ways = {"`vmap`": _abreast, "`lax.map`": _in_turn}
    return [Peer(f"{name}, {way}", jnp, jnp.asarray, partial(over, one), _jitted) for way, over in ways.items()]


LIBRARIES = {
    "JAX": _jax_peers("JAX", jax.value_and_grad(jax_loss)),
    "JAX by hand": _jax_peers("JAX by hand", jax_by_hand),
    "PyTorch": [Peer("PyTorch", torch, torch.tensor, torch_gradient, torch.no_grad())],
}
