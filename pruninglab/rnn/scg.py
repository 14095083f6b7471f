r"""Scaled conjugate gradient as the authors run it: one pass of the inner loop for an ensemble.

The method is Møller's (1993): move along conjugate directions, with a step length from the curvature along each of
them instead of a line search. Four deviations of the authors' code are kept so that iteration counts stay comparable:
after a rejection the full :math:`\lambda \|p\|^2` is added to the old curvature; the repair of a negative curvature
gives :math:`2 \lambda \|p\|^2 - \delta`; there is no restart inside the loop; and after more than 10 rejections in a
row the weights take a short step along the residual.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.rnn.compiled_scg import compiled_pass
from pruninglab.rnn.problem import TrainingProblem

SIGMA_0 = 5e-5
LAMBDA_0 = 5e-7
FALLBACK_STEP = 0.001
MOST_FAILURES = 10
FULL_BUFFER = 300
BUFFER_START = 0.01
MEMORY = 0.999
"""Weight of the past in the exponential average of the decreases."""


@dataclass
class Search:
    """Where E searches are; every array has the networks as its first axis. `scg_pass` changes it in place."""

    theta: Any
    """(E, W) weights."""
    mask: Any
    """(E, W) 1 for free weights, 0 for pruned ones."""
    residual_mask: Any
    """(E, W) factor of the new residual; `mask` in the corrected method, 1 in the authors'."""
    gradient: Any
    """(E, W) gradient at `theta`."""
    direction: Any
    """(E, W) p."""
    residual: Any
    """(E, W) r."""
    loss: Any
    """(E,) E at `theta`."""
    previous_loss: Any
    """(E,) E before the last accepted step."""
    scale: Any
    """(E,) lambda."""
    curvature: Any
    """(E,) delta."""
    curvature_needed: Any
    """(E,) bool, True unless the last step was rejected."""
    failures: Any
    """(E,) rejections in a row; the authors count from 1 after the first success."""
    passes: Any
    """(E,) passes of this inner loop."""
    accepted: Any
    """(E,) accepted steps of this inner loop."""
    decreases: Any
    """(E, L) the last L = min(300, 0.8 W) accepted decreases of the loss, filled with 0.01 at the start."""
    average_decrease: Any
    """(E,) exponential average of the accepted decreases, from 0 at the start; infinite after a rejection."""
    running: Any
    """(E,) bool; the others are left as they are."""
    converged: Any
    """(E,) bool, set by the stopping rule."""
    inner: Any
    """(E,) passes over all inner loops."""
    gradients: Any
    """(E,) gradient evaluations, over all inner loops."""
    rejections: Any
    """(E,) rejected steps, over all inner loops."""
    fallbacks: Any
    """(E,) fallback steps, over all inner loops."""


def new_search(n_networks: int, n_weights: int, xp: Any) -> Search:
    """Searches that are not running yet; `restart` starts them."""
    vectors = [xp.zeros((n_networks, n_weights)) for _ in range(6)]
    numbers = [xp.zeros(n_networks) for _ in range(4)]
    n_decreases = min(FULL_BUFFER, -(-4 * n_weights // 5))
    return Search(
        *vectors,
        *numbers,
        curvature_needed=xp.ones(n_networks, dtype=bool),
        **{name: xp.zeros(n_networks, dtype=int) for name in ("failures", "passes", "accepted")},
        decreases=xp.full((n_networks, n_decreases), BUFFER_START),
        average_decrease=xp.zeros(n_networks),
        running=xp.zeros(n_networks, dtype=bool),
        converged=xp.zeros(n_networks, dtype=bool),
        **{name: xp.zeros(n_networks, dtype=int) for name in ("inner", "gradients", "rejections", "fallbacks")},
    )


def restart(search: Search, chosen: Any, problem: TrainingProblem) -> None:
    """Begin an inner loop, from steepest descent, for the networks of a boolean array (E,)."""
    xp = get_array_module(search.theta)
    gradient = xp.empty_like(search.theta)
    loss = problem.evaluate(search.theta, gradient)
    rows = chosen[:, None]
    xp.copyto(search.loss, loss, where=chosen)
    xp.copyto(search.previous_loss, loss, where=chosen)
    xp.copyto(search.gradient, gradient, where=rows)
    xp.copyto(search.residual, -gradient * search.mask, where=rows)
    xp.copyto(search.direction, search.residual, where=rows)
    xp.copyto(search.decreases, BUFFER_START, where=rows)
    fresh = {"scale": LAMBDA_0, "curvature": 0.0, "average_decrease": 0.0}
    fresh |= {"curvature_needed": True, "running": True, "converged": False}
    for name, value in (fresh | dict.fromkeys(("failures", "passes", "accepted"), 0)).items():
        xp.copyto(getattr(search, name), value, where=chosen)
    search.gradients += chosen


def scg_pass(search: Search, problem: TrainingProblem, stop: Any) -> None:
    """One pass of the inner loop for every running network: two gradients if its last step was accepted, else one.

    `stop` is None or a function from the search to a boolean array (E,). A network that it stops, or that has made W
    passes, is no longer running.
    """
    if get_array_module(search.theta) is np:
        compiled_pass(search, problem, (SIGMA_0, FALLBACK_STEP, MOST_FAILURES, MEMORY))
    else:
        array_pass(search, problem)
    if stop is not None:
        search.converged |= search.running & stop(search)
    search.running &= ~search.converged & (search.passes < search.theta.shape[1])


def array_pass(search: Search, problem: TrainingProblem) -> None:
    """A pass by whole-array operations, without a wait for a GPU."""
    xp, s = get_array_module(search.theta), search
    p, trial, gradient = s.direction, xp.empty_like(s.theta), xp.empty_like(s.theta)
    square = _dot(p, p)
    step = SIGMA_0 / xp.sqrt(square)
    problem.evaluate(s.theta + step[:, None] * p, gradient)
    gradient -= s.gradient
    delta = xp.where(s.curvature_needed, _dot(p, gradient) / step, s.curvature) + s.scale * square
    negative = delta < 0
    s_scale = xp.where(negative, 2 * (s.scale - delta / square), s.scale)
    delta = xp.where(negative, delta + s_scale * square, delta)
    mu = _dot(p, s.residual)
    xp.multiply(p, (mu / delta)[:, None], out=trial)
    trial += s.theta
    loss = problem.evaluate(trial, gradient)
    agreement = 2 * delta * (s.loss - loss) / mu**2
    accept = s.running & (agreement >= 0)
    s.gradients += s.running * (1 + s.curvature_needed)
    _accept(s, accept, trial, gradient, loss, mu, xp)
    _reject(s, s.running & ~accept, xp)
    s_scale = xp.where(accept & (agreement > 0.75), s_scale / 4, s_scale)
    s_scale = xp.where(agreement < 0.25, s_scale + delta * (1 - agreement) / square, s_scale)
    xp.copyto(s.scale, s_scale, where=s.running)
    xp.copyto(s.curvature, delta, where=s.running)
    s.passes += s.running
    s.inner += s.running


def dms_stop(search: Search) -> Any:
    """The authors' criterion for the working-memory task: flat and good.

    The last accepted decreases, 300 of them in a network of 1110 weights, are below 1e-8 on average, and the loss
    before the last step is below 1.05 times the variance of the noise on the targets, 0.01.

    Returns
    -------
    ndarray of bool, shape (E,)
    """
    return (search.decreases.mean(axis=1) < 1e-8) & (search.previous_loss < 1.05 * 0.1**2)


def bandit_stop(search: Search) -> Any:
    """The authors' criterion for the bandit task: the loss is below 0.01, or below 0.015 and flat.

    Flat means that an exponential average of the decreases over about 1000 accepted steps, which starts at 0, is below
    1e-8, that no step has been rejected since the last start from steepest descent, and that more than 20 were made.

    Returns
    -------
    ndarray of bool, shape (E,)
    """
    flat = (search.average_decrease < 1e-8) & (search.passes > 20)
    return (search.loss < 0.01) | (search.loss < 0.015) & flat


def _accept(s: Search, accept: Any, trial: Any, gradient: Any, loss: Any, mu: Any, xp: Any) -> None:
    residual = -gradient * s.residual_mask
    beta = (_dot(residual, residual) - _dot(residual, s.residual)) / mu
    direction = (residual + beta[:, None] * s.direction) * s.mask
    networks = xp.arange(len(loss))
    slot = s.accepted % s.decreases.shape[1]
    s.decreases[networks, slot] = xp.where(accept, s.loss - loss, s.decreases[networks, slot])
    average = MEMORY * s.average_decrease + (1 - MEMORY) * (s.loss - loss)
    xp.copyto(s.average_decrease, average, where=accept)
    for name, new in (("theta", trial), ("gradient", gradient), ("residual", residual), ("direction", direction)):
        xp.copyto(getattr(s, name), new, where=accept[:, None])
    xp.copyto(s.previous_loss, s.loss, where=accept)
    xp.copyto(s.loss, loss, where=accept)
    xp.copyto(s.failures, 1, where=accept)
    s.accepted += accept
    s.curvature_needed |= accept


def _reject(s: Search, reject: Any, xp: Any) -> None:
    """Count a failure; after too many in a row step along the residual, without pruned weights and without looking."""
    s.curvature_needed &= ~reject
    s.failures += reject
    xp.copyto(s.average_decrease, xp.inf, where=reject)
    s.rejections += reject
    fall_back = reject & (s.failures > MOST_FAILURES)
    residual = s.residual * s.mask
    xp.copyto(s.direction, residual, where=fall_back[:, None])
    xp.copyto(s.theta, s.theta + FALLBACK_STEP * residual, where=fall_back[:, None])
    xp.copyto(s.failures, 1, where=fall_back)
    s.fallbacks += fall_back


def _dot(a: Any, b: Any) -> Any:
    """Inner product within each network's block, shape (E,)."""
    xp = get_array_module(a)
    return xp.matmul(a[:, None, :], b[:, :, None])[:, 0, 0]
