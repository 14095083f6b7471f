r"""The two-armed bandit (Averbeck 2022, Figs 6, 7, S3 and S4): blocks of choices that a network makes by itself.

A block has 30 trials of two steps, fixation and choice. At each step the network reads out a value for each of four
actions and draws one, and the action and its reward are part of the next step's input. So inputs depend on the network:
a batch of blocks is played first, in a closed loop, and trained on afterwards. The targets are the values of a
Q-learning teacher that watches the network's actions. Actions, like arrays, are counted from 0: fixate, option 1,
option 2, option 3.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pruninglab.backend import asarray, get_array_module
from pruninglab.checks import require_choice
from pruninglab.rnn.weights import Weights
from pruninglab.streams import generators

N_TRIALS = 30
N_STEPS = 2 * N_TRIALS
N_INPUTS = 10
N_ACTIONS = 4
BIAS, FIXATION = 0, 1
OPTIONS = slice(2, 5)
"""Input channels that show options 1 to 3."""
LAST_ACTION = slice(5, 9)
LAST_REWARD = 9
FIXATION_STEPS, CHOICE_STEPS = slice(0, N_STEPS, 2), slice(1, N_STEPS, 2)
TASKS = {"learned": (1, 2), "new option": (1, 3)}
"""The two options on show; a choice of the other one, or of fixation, pays nothing."""
PAY = (0.2, 0.8)
"""Probability that the first option on show pays, in the first, third, … and in the second, fourth, … block."""
BETA = 3.0
"""Inverse temperature of the choices; its inverse is the decision noise."""
LEARNING_RATE = 0.7
FIRST_VALUE = 0.5
FIXATION_BROKEN = -1.0
TRAINING_EPSILON = 0.15
"""Probability of a random action in a first training batch and in all blocks that the paper measures on."""

Agent = Callable[[Any, Any], Any]
"""From the inputs of a step, (E, M, 10), and the teacher's values, (E, M, 4), to values for the actions, (E, M, 4)."""


@dataclass(frozen=True)
class Blocks:
    """M blocks of K = 60 steps, played by E networks."""

    inputs: Any
    """(E, M, K, 10)."""
    targets: Any
    """(E, M, K, 4) the teacher's values with noise."""
    values: Any
    """(E, M, K, 4) the teacher's values Q for the state of each step, before the step's update."""
    outputs: Any
    """(E, M, K, 4) what the network read out."""
    actions: Any
    """(E, M, K) int."""
    teacher_actions: Any
    """(E, M, K) int, drawn from the teacher's values with the same random numbers as `actions`."""
    rewards: Any
    """(E, M, K) of `actions`."""

    def __getitem__(self, chosen: slice) -> "Blocks":
        """Some of the blocks of every network."""
        return Blocks(**{name: array[:, chosen] for name, array in vars(self).items()})


def bandit_blocks(
    weights: Weights,
    *,
    n_blocks: int,
    epsilon: float,
    noise: float,
    rng: Any,
    shared_noise: bool = True,
    task: str = "learned",
) -> Blocks:
    r"""Blocks played by networks.

    At step k the network's values :math:`y_k` give its action with probabilities proportional to
    :math:`\exp(\beta y_k)`, :math:`\beta = 3`, or, with probability `epsilon`, all equal. The teacher's values
    :math:`Q_k` give the teacher's action by the same random numbers, so both agree wherever both sets of probabilities
    do. Then :math:`Q(s, a) \leftarrow Q(s, a) + 0.7\,(r - Q(s, a))` for the network's action a and its reward r. All
    values are 1/2 at the start of a block. Only two of the paper's four states s occur in a task: fixation and choice.

    Parameters
    ----------
    weights : Weights
        E networks with 10 inputs and 4 outputs.
    n_blocks : int
        M, at least 1. Options pay with probabilities 0.2 and 0.8 in odd-numbered blocks, 0.8 and 0.2 in the others.
    epsilon : float
        Probability of an action at random, in [0, 1].
    noise : float
        **Variance** of the normal noise on the targets, at least 0: the paper's noise levels are variances.
    rng : numpy.random.Generator or sequence of E Generators
        Each network's random numbers are the same whatever it does.
    shared_noise : bool
        One value of noise for all four targets of a step, as in the authors' code, or one for each.
    task : {"learned", "new option"}
        Options 1 and 2 on show, or 1 and 3.

    Returns
    -------
    Blocks

    Raises
    ------
    ValueError
        If the weights have other sizes or another argument is out of its range.

    Examples
    --------
    >>> from pruninglab.rnn import initial_weights
    >>> rng = np.random.default_rng(0)
    >>> blocks = bandit_blocks(initial_weights(2, "bandit", rng), n_blocks=4, epsilon=0.15, noise=0.1, rng=rng)
    >>> blocks.inputs.shape, blocks.targets.shape
    ((2, 4, 60, 10), (2, 4, 60, 4))
    """
    if weights.B.shape[2] != N_INPUTS or weights.C.shape[1] != N_ACTIONS:
        raise ValueError(f"weights must have {N_INPUTS} inputs and {N_ACTIONS} outputs, got {weights.B.shape[2]} and "
                         f"{weights.C.shape[1]}")  # fmt: skip
    draws = _draw(rng, weights.n_networks, n_blocks, noise, shared_noise)
    return _play(_network(weights, n_blocks), draws, epsilon, task, weights.A)


def teacher_blocks(
    *, n_blocks: int, epsilon: float, rng: np.random.Generator, task: str = "learned", noise: float = 0.0
) -> Blocks:
    """Blocks played by the teacher itself, E = 1: no network that learns from it can be expected to earn more.

    Parameters and errors are those of `bandit_blocks`.

    Examples
    --------
    >>> blocks = teacher_blocks(n_blocks=2, epsilon=0.0, rng=np.random.default_rng(0))
    >>> bool((blocks.actions == blocks.teacher_actions).all())
    True
    """
    draws = _draw(rng, 1, n_blocks, noise, True)
    return _play(lambda inputs, values: values, draws, epsilon, task, np.empty(0))


def batch_lengths(n_outer: int, renewal: int) -> Iterator[int]:
    """Outer iterations on each batch of a training.

    Examples
    --------
    >>> list(batch_lengths(39, 20)), list(batch_lengths(39, 40))
    ([19, 20], [39])
    """
    first, stop = 1, 0
    while stop < n_outer:
        stop = min(first // renewal * renewal + renewal - 1, n_outer)
        yield stop + 1 - first
        first = stop + 1


def choice_probabilities(values: Any, beta: float = BETA) -> Any:
    """Softmax of `beta` times the values along the last axis.

    Examples
    --------
    >>> choice_probabilities(np.zeros(4))
    array([0.25, 0.25, 0.25, 0.25])
    """
    xp = get_array_module(values)
    exponent = xp.exp(beta * (values - values.max(axis=-1, keepdims=True)))
    return exponent / exponent.sum(axis=-1, keepdims=True)


def _draw(rng: Any, n_networks: int, n_blocks: int, noise: float, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    """Uniform numbers for exploration, choice and reward, (3, E, M, K), and the noise, (E, M, K, 1 or 4)."""
    if n_blocks < 1:
        raise ValueError(f"n_blocks must be at least 1, got {n_blocks}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be a finite number of at least 0, got {noise!r}")
    own = generators(rng, n_networks)
    uniform = np.stack([generator.random((3, n_blocks, N_STEPS)) for generator in own], axis=1)
    size = (n_blocks, N_STEPS, 1 if shared else N_ACTIONS)
    return uniform, np.sqrt(noise) * np.stack([generator.standard_normal(size) for generator in own])


def _network(weights: Weights, n_blocks: int) -> Agent:
    """An agent that remembers its state from step to step."""
    xp = get_array_module(weights.A)
    A, B, C = (xp.swapaxes(matrix, 1, 2) for matrix in (weights.A, weights.B, weights.C))
    N = A.shape[1]
    z = xp.zeros((len(A), n_blocks, N), dtype=A.dtype)

    def step(inputs: Any, values: Any) -> Any:
        z[...] = xp.tanh(xp.matmul(z, A) + xp.matmul(inputs, B))
        return xp.matmul(z, C[:, :N]) + (C[:, N:] if C.shape[1] > N else 0)

    return step


def _play(agent: Agent, draws: tuple[np.ndarray, np.ndarray], epsilon: float, task: str, like: Any) -> Blocks:
    """The closed loop, step by step for all networks and blocks at once."""
    require_choice("task", task, tuple(TASKS))
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon must lie in [0, 1], got {epsilon!r}")
    xp = get_array_module(like)
    (explore, choice, luck), noise = (asarray(draw, like).astype(like.dtype) for draw in draws)
    size = choice.shape
    inputs = xp.zeros((*size, N_INPUTS), dtype=like.dtype)
    values, outputs = (xp.empty((*size, N_ACTIONS), dtype=like.dtype) for _ in range(2))
    actions, teacher_actions = (xp.empty(size, dtype=int) for _ in range(2))
    rewards = xp.empty(size, dtype=like.dtype)
    first, second = TASKS[task]
    inputs[..., BIAS] = 1
    inputs[:, :, FIXATION_STEPS, FIXATION] = 1
    for option in (first, second):
        inputs[:, :, CHOICE_STEPS, OPTIONS.start + option - 1] = 1
    pay = xp.zeros((size[1], N_ACTIONS), dtype=like.dtype)
    pay[:, first] = xp.asarray(PAY)[xp.arange(size[1]) % 2]
    pay[:, second] = 1 - pay[:, first]
    Q = xp.full((2, *size[:2], N_ACTIONS), FIRST_VALUE, dtype=like.dtype)
    one_hot = xp.eye(N_ACTIONS, dtype=like.dtype)
    for k in range(N_STEPS):
        state, at_random = k % 2, explore[:, :, k, None] < epsilon
        values[:, :, k] = Q[state]
        outputs[:, :, k] = agent(inputs[:, :, k], Q[state])
        actions[:, :, k] = _action(outputs[:, :, k], choice[:, :, k], at_random)
        teacher_actions[:, :, k] = _action(Q[state], choice[:, :, k], at_random)
        taken = one_hot[actions[:, :, k]]
        if state == 0:
            rewards[:, :, k] = xp.where(actions[:, :, k] == 0, 0, FIXATION_BROKEN)
        else:
            rewards[:, :, k] = luck[:, :, k] < (taken * pay).sum(axis=-1)
        Q[state] += LEARNING_RATE * taken * (rewards[:, :, k, None] - Q[state])
        if k + 1 < N_STEPS:
            inputs[:, :, k + 1, LAST_ACTION] = taken
            inputs[:, :, k + 1, LAST_REWARD] = rewards[:, :, k]
    return Blocks(inputs, values + noise, values, outputs, actions, teacher_actions, rewards)


def _action(values: Any, uniform: Any, at_random: Any) -> Any:
    """The action at which the cumulative probability passes a uniform number."""
    xp = get_array_module(values)
    probabilities = xp.where(at_random, 1 / N_ACTIONS, choice_probabilities(values))
    passed = xp.cumsum(probabilities, axis=-1)[..., :-1] <= uniform[..., None]
    return passed.sum(axis=-1)
