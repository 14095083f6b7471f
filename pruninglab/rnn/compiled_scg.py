"""A pass of scaled conjugate gradient on the host, compiled by Numba: the vector algebra, network after network.

`scg_pass` in `pruninglab.rnn.scg` says what is done, for any array library. Here the same is done without temporaries,
which would cost as much as the gradients when few networks are left.
"""

import numpy as np
from numba import njit

from pruninglab.rnn.compiled import FAST


def compiled_pass(search, problem, constants: tuple[float, ...]) -> None:
    """Make one pass for every running network.

    `constants` are the initial step along a direction, the fallback step, the most failures in a row, and the weight of
    the past in the average decrease.
    """
    s = search
    asked, gradient = np.empty_like(s.theta), np.empty_like(s.theta)
    square, mu = np.empty(len(s.theta)), np.empty(len(s.theta))
    _ask_for_curvature(s.theta, s.direction, s.running & s.curvature_needed, square, asked, constants)
    problem.evaluate(asked, gradient)
    _ask_for_step(
        (s.theta, s.direction, s.residual, s.gradient, gradient),
        (s.running, s.curvature_needed, s.scale, s.curvature, square, mu),
        asked,
        constants,
    )
    loss = problem.evaluate(asked, gradient)
    _take_or_refuse(
        (s.theta, s.direction, s.residual, s.gradient, s.mask, s.residual_mask, asked, gradient),
        (s.loss, s.previous_loss, s.scale, s.curvature, square, mu, loss, s.decreases, s.average_decrease),
        (s.failures, s.passes, s.accepted, s.inner, s.gradients, s.rejections, s.fallbacks),
        (s.running, s.curvature_needed),
        constants,
    )


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _ask_for_curvature(theta, direction, wanted, square, asked, constants):
    """A short step along the direction of every network that needs a curvature; NaN for the others."""
    for e in range(len(theta)):
        square[e] = _dot(direction[e], direction[e])
        if not wanted[e]:
            asked[e, 0] = np.nan
            continue
        step = constants[0] / np.sqrt(square[e])
        for i in range(theta.shape[1]):
            asked[e, i] = theta[e, i] + step * direction[e, i]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _ask_for_step(vectors, numbers, asked, constants):
    """The step that the curvature suggests."""
    theta, direction, residual, gradient, ahead = vectors
    running, curvature_needed, scale, curvature, square, mu = numbers
    for e in range(len(theta)):
        if not running[e]:
            asked[e, 0] = np.nan
            continue
        if curvature_needed[e]:
            step = constants[0] / np.sqrt(square[e])
            delta = 0.0
            for i in range(theta.shape[1]):
                delta += direction[e, i] * (ahead[e, i] - gradient[e, i])
            curvature[e] = delta / step
        curvature[e] += scale[e] * square[e]
        if curvature[e] < 0:
            scale[e] = 2 * (scale[e] - curvature[e] / square[e])
            curvature[e] += scale[e] * square[e]
        mu[e] = _dot(direction[e], residual[e])
        alpha = mu[e] / curvature[e]
        for i in range(theta.shape[1]):
            asked[e, i] = theta[e, i] + alpha * direction[e, i]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _take_or_refuse(vectors, numbers, counts, flags, constants):
    """Compare what the step gave with what the quadratic model promised, and move on or try again."""
    theta, direction, residual, gradient, mask, residual_mask, trial, new_gradient = vectors
    loss, previous_loss, scale, curvature, square, mu, new_loss, decreases, average = numbers
    failures, passes, n_accepted, inner, gradients, rejections, fallbacks = counts
    running, curvature_needed = flags
    for e in range(len(theta)):
        if not running[e]:
            continue
        agreement = 2 * curvature[e] * (loss[e] - new_loss[e]) / mu[e] ** 2
        gradients[e] += 1 + curvature_needed[e]
        curvature_needed[e] = agreement >= 0
        if curvature_needed[e]:
            decrease = loss[e] - new_loss[e]
            decreases[e, n_accepted[e] % decreases.shape[1]] = decrease
            average[e] = constants[3] * average[e] + (1 - constants[3]) * decrease
            n_accepted[e] += 1
            failures[e] = 1
            previous_loss[e], loss[e] = loss[e], new_loss[e]
            _turn(e, direction, residual, mask, residual_mask, new_gradient, mu[e])
            theta[e] = trial[e]
            gradient[e] = new_gradient[e]
            if agreement > 0.75:
                scale[e] /= 4
        else:
            failures[e] += 1
            rejections[e] += 1
            average[e] = np.inf
            if failures[e] > constants[2]:
                failures[e] = 1
                fallbacks[e] += 1
                for i in range(theta.shape[1]):
                    direction[e, i] = residual[e, i] * mask[e, i]
                    theta[e, i] += constants[1] * direction[e, i]
        if agreement < 0.25:
            scale[e] += curvature[e] * (1 - agreement) / square[e]
        passes[e] += 1
        inner[e] += 1


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _turn(e, direction, residual, mask, residual_mask, gradient, mu):
    """The new residual, and the new direction from it and the old one."""
    new_new = new_old = 0.0
    for i in range(direction.shape[1]):
        new = -gradient[e, i] * residual_mask[e, i]
        new_new += new * new
        new_old += new * residual[e, i]
        residual[e, i] = new
    beta = (new_new - new_old) / mu
    for i in range(direction.shape[1]):
        direction[e, i] = (residual[e, i] + beta * direction[e, i]) * mask[e, i]


@njit(cache=True, fastmath=FAST)
def _dot(a, b):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total
