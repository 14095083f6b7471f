"""Right answers by other routes than the solution: slower, longer, but right."""

import numpy as np
import scipy.linalg
import scipy.optimize

from pruninglab import rnn


# %% q1 loses 0: as nested lists, from dictionaries
def weight_matrices(n_units, n_inputs, n_outputs, from_inputs, recurrent, to_outputs):
    def matrix(n_rows, n_columns, synapses):
        weight = {(receiver, sender): w for sender, receiver, w in synapses}
        return [
            [weight.get((i, j), 0.0) for j in range(n_columns)] for i in range(n_rows)
        ]

    A = matrix(n_units, n_units, recurrent)
    B = matrix(n_units, n_inputs, from_inputs)
    return [A, B, matrix(n_outputs, n_units, to_outputs)]


# %% q2 loses 0: rows instead of columns, and the paper's version moved by one step
def run_network(A, B, C, u):
    states = np.zeros((len(u) + 1, len(A)))
    for k, row in enumerate(u):
        states[k + 1] = np.tanh(states[k]) @ A.T + row @ B.T
    return [states[1:], np.array([C @ np.tanh(x) for x in states[1:]])]


# %% q3 loses 0: forward in time, with the derivative of the state by every weight
def gradient_through_time(A, B, C, u, t):
    n_steps, n, n_inputs = len(u), len(A), B.shape[1]
    z, dz_A, dz_B = np.zeros(n), np.zeros((n, n, n)), np.zeros((n, n, n_inputs))
    loss, by_A, by_B, by_C = 0.0, 0.0, 0.0, 0.0
    for k in range(n_steps):
        dx_A, dx_B = np.tensordot(A, dz_A, 1), np.tensordot(A, dz_B, 1)
        for i in range(n):
            dx_A[i, i] += z
            dx_B[i, i] += u[k]
        z = np.tanh(A @ z + B @ u[k])
        slope = (1 - z**2)[:, None, None]
        dz_A, dz_B = slope * dx_A, slope * dx_B
        error = C @ z - t[k]
        loss += error @ error / n_steps
        back = 2 * error @ C / n_steps
        by_A = by_A + np.tensordot(back, dz_A, 1)
        by_B = by_B + np.tensordot(back, dz_B, 1)
        by_C = by_C + 2 * np.outer(error, z) / n_steps
    return loss, by_A, by_B, by_C


# %% q4 loses 0: one by one, and the last of those that are tied goes first
def keep_mask(A, fraction):
    n = len(A)
    places = [(i, j) for i in reversed(range(n)) for j in reversed(range(n))]
    places.sort(key=lambda place: abs(A[place]))
    gone = set(places[: round(fraction * n * n)])
    return [[(i, j) not in gone for j in range(n)] for i in range(n)]


# %% q5 loses 0: the slip as what is left of the whole
def two_parts(g, g_new, p, free):
    r, r_new = -g, -g_new
    whole = (r_new @ r_new - r_new @ r) / (p @ r)
    masked = np.where(free, r_new, 0)
    proper = (masked @ masked - masked @ r) / (p @ r)
    return np.array([proper, whole - proper])


# %% q6 loses 0: trial by trial
def with_probe(inputs, time, strength):
    trials = []
    for trial in inputs:
        new = np.array(trial)
        for step in (time, time + 1):
            new[step - 1, rnn.dms.CUE_1] = strength if trial[13, 1] < 0 else -strength
        trials.append(new)
    return np.array(trials)


def is_correct(outputs, cues):
    answers = []
    for output, (first, second) in zip(outputs, cues, strict=True):
        total = output[51, 0] + output[52, 0]
        answers.append(bool(total > 0) if first == second else bool(total < 0))
    return answers


# %% q7 loses 0: by a search for the root, and the slope from a formula
def resting_point(a):
    if a <= 1:
        return [0, a]
    x = scipy.optimize.brentq(lambda x: a * np.tanh(x) - x, 0.01, 2 * a)
    return [x, a - x**2 / a]


# %% q8 loses 0: pairs of neighbours are multiplied until one matrix is left
def max_exponent(J):
    n, log, J = len(J), np.zeros(len(J)), np.array(J, dtype=float)
    while True:
        size = np.abs(J).max(axis=(1, 2))
        J, log = J / size[:, None, None], log + np.log(size)
        if len(J) == 1:
            return (log[0] + np.log(scipy.linalg.svdvals(J[0])[0])) / n
        even = len(J) // 2 * 2
        pairs = np.matmul(J[1:even:2], J[:even:2])
        J = np.concatenate([pairs, J[even:]])
        log = np.concatenate([log[:even:2] + log[1:even:2], log[even:]])
