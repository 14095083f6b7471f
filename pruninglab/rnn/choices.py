"""How well a network chooses: measures on blocks of the bandit task (Averbeck 2022, Fig 7), and a fitted learner."""

from typing import Any

import numpy as np
from scipy.optimize import minimize

from pruninglab.backend import get_array_module, to_numpy
from pruninglab.rnn.bandit import CHOICE_STEPS, FIRST_VALUE, N_ACTIONS, TASKS, Blocks, choice_probabilities

HIGHEST_BETA = 50.0
FIRST_GUESSES = [(rate, beta) for rate in (0.2, 0.5, 0.8) for beta in (1.0, 3.0, 9.0)]


def value_error(blocks: Blocks) -> Any:
    r"""Squared distance of a network's outputs from the teacher's noise-free values, (E,).

    A mean over blocks and steps of the sum over the four actions (Fig 7A):
    :math:`\frac{1}{MK} \sum_{m,k} \|y_k - Q_k\|^2`.
    """
    return ((blocks.outputs - blocks.values) ** 2).sum(axis=-1).mean(axis=(1, 2))


def agreement(blocks: Blocks) -> Any:
    """Share of steps at which the network does what the teacher does, (E,) (Fig 7B)."""
    return (blocks.actions == blocks.teacher_actions).mean(axis=(1, 2))


def reward_per_block(blocks: Blocks) -> Any:
    """Rewards and penalties of a block, a mean over blocks, (E,) (Fig 7C)."""
    return blocks.rewards.sum(axis=2).mean(axis=1)


def output_changes(blocks: Blocks, task: str = "learned") -> tuple[Any, Any]:
    """How much the values of the two options on show change from one choice to the next.

    Returns
    -------
    chosen, unchosen : ndarray, shape (E,)
        Mean absolute change of the output for the option that was chosen, and for those that were not. The teacher
        leaves the latter alone; a network that does not mixes up its options.
    """
    xp = get_array_module(blocks.outputs)
    outputs = blocks.outputs[:, :, CHOICE_STEPS]
    change = xp.abs(outputs[:, :, 1:] - outputs[:, :, :-1])
    taken = xp.eye(N_ACTIONS, dtype=bool)[blocks.actions[:, :, CHOICE_STEPS][:, :, :-1]]
    shown = xp.zeros(N_ACTIONS, dtype=bool)
    shown[list(TASKS[task])] = True
    parts = (taken & shown, ~taken & shown)
    chosen, unchosen = ((change * part).sum(axis=(1, 2, 3)) / part.sum(axis=(1, 2, 3)) for part in parts)
    return chosen, unchosen


def fit_learner(blocks: Blocks, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Learning rate and inverse temperature of the Q-learner that explains each network's choices best.

    The learner starts every block at 1/2, moves its value of a chosen action by the rate times the error, and chooses
    with probability :math:`(1 - \epsilon)\,\mathrm{softmax}(\beta Q) + \epsilon / 4`. The likelihood is that of the
    choice steps. :math:`1 / \beta` is the decision noise.

    Parameters
    ----------
    blocks : Blocks
    epsilon : float
        With which they were played.

    Returns
    -------
    rate, beta : ndarray, shape (E,)
        Within [0, 1] and [0, 50].
    """
    actions = to_numpy(blocks.actions[:, :, CHOICE_STEPS])
    rewards = to_numpy(blocks.rewards[:, :, CHOICE_STEPS])
    fits = [_fit(*network, epsilon) for network in zip(actions, rewards, strict=True)]
    return tuple(np.array(fits).T)


def _fit(actions: np.ndarray, rewards: np.ndarray, epsilon: float) -> np.ndarray:
    def cost(parameters: np.ndarray) -> float:
        rate, beta = parameters
        probabilities = choice_probabilities(learner_values(actions, rewards, rate), beta)
        taken = np.take_along_axis(probabilities, actions[..., None], axis=-1)
        return -float(np.log((1 - epsilon) * taken + epsilon / N_ACTIONS + np.finfo(float).tiny).mean())

    guess = min(FIRST_GUESSES, key=cost)
    return minimize(cost, guess, method="Nelder-Mead", bounds=[(0, 1), (0, HIGHEST_BETA)]).x


def learner_values(actions: np.ndarray, rewards: np.ndarray, rate: float) -> np.ndarray:
    """Values of a Q-learner before each of its choices.

    Parameters
    ----------
    actions, rewards : ndarray, shape (M, T)
        Of M blocks of T trials.
    rate : float
        Learning rate, in [0, 1].

    Returns
    -------
    ndarray, shape (M, T, 4)

    Examples
    --------
    >>> learner_values(np.array([[1, 1, 2]]), np.array([[1.0, 0.0, 1.0]]), 0.5)[0, :, 1]
    array([0.5  , 0.75 , 0.375])
    """
    taken = np.eye(N_ACTIONS)[actions]
    values = np.full((*actions.shape, N_ACTIONS), FIRST_VALUE)
    for t in range(1, actions.shape[1]):
        before, chosen = values[:, t - 1], taken[:, t - 1]
        values[:, t] = before + rate * chosen * (rewards[:, t - 1, None] - before)
    return values
