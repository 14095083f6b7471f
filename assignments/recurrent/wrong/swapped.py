"""What belongs on the left stands on the right."""

import numpy as np


# %% q1 loses 2: the sender is taken for the row in A
def weight_matrices(n_units, n_inputs, n_outputs, from_inputs, recurrent, to_outputs):
    A = np.zeros((n_units, n_units))
    B = np.zeros((n_units, n_inputs))
    C = np.zeros((n_outputs, n_units))
    for sender, receiver, weight in from_inputs:
        B[receiver, sender] = weight
    for sender, receiver, weight in recurrent:
        A[sender, receiver] = weight
    for sender, receiver, weight in to_outputs:
        C[receiver, sender] = weight
    return A, B, C


# %% q2 loses 2: a row of activities is multiplied by A, not by its transpose
def run_network(A, B, C, u):
    x, z = np.zeros((len(u), len(A))), np.zeros(len(A))
    for k in range(len(u)):
        x[k] = z @ A + B @ u[k]
        z = np.tanh(x[k])
    return x, np.tanh(x) @ C.T


# %% q3 loses 2: errors travel back through A instead of its transpose
def gradient_through_time(A, B, C, u, t):
    n_steps = len(u)
    z = np.zeros((n_steps + 1, len(A)))
    for k in range(n_steps):
        z[k + 1] = np.tanh(A @ z[k] + B @ u[k])
    error = z[1:] @ C.T - t
    e = 2 * error / n_steps
    D = np.zeros((n_steps + 1, len(A)))
    for k in range(n_steps - 1, -1, -1):
        D[k] = (1 - z[k + 1] ** 2) * (C.T @ e[k] + A @ D[k + 1])
    return (error**2).sum() / n_steps, D[:-1].T @ z[:-1], D[:-1].T @ u, e.T @ z[1:]


# %% q8 loses 1: new factors from the right, as in the authors' code
def max_exponent(J):
    product, log = np.eye(len(J[0])), 0.0
    for factor in J:
        product = product @ factor
        size = np.abs(product).max()
        product, log = product / size, log + np.log(size)
    return (log + np.log(np.linalg.norm(product, 2))) / len(J)
