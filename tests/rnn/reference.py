"""The authors' training loop for one network, written plainly: the oracle for the ensemble's."""

import numpy as np


def loss_and_gradient(A, B, C, inputs, targets):
    """Mean squared error over sequences and steps, and its gradient by back-propagation, sequence by sequence."""
    n_sequences, n_steps = inputs.shape[:2]
    N = len(A)
    loss, gA, gB, gC = 0.0, np.zeros_like(A), np.zeros_like(B), np.zeros_like(C)
    for u, t in zip(inputs, targets, strict=True):
        z = [np.zeros(N)]
        for k in range(n_steps):
            z.append(np.tanh(A @ z[-1] + B @ u[k]))
        D = np.zeros(N)
        for k in reversed(range(n_steps)):
            read = np.append(z[k + 1], 1.0)[: C.shape[1]]
            e = 2 * (C @ read - t[k])
            loss += (e @ e) / 4
            D = (1 - z[k + 1] ** 2) * (C[:, :N].T @ e + A.T @ D)
            gA += np.outer(D, z[k])
            gB += np.outer(D, u[k])
            gC += np.outer(e, read)
    scale = n_sequences * n_steps
    return loss / scale, gA / scale, gB / scale, gC / scale


def train(A, B, C, inputs, targets, *, mask=None, mask_residual=False, max_outer=100, max_inner=None, criterion=None):
    """Outer and inner loop of scaled conjugate gradient as the protocol states them."""
    shapes = [matrix.shape for matrix in (A, B, C)]
    ends = np.cumsum([matrix.size for matrix in (A, B, C)])

    def split(theta):
        return [part.reshape(shape) for part, shape in zip(np.split(theta, ends[:-1]), shapes, strict=True)]

    def evaluate(theta):
        loss, *gradient = loss_and_gradient(*split(theta), inputs, targets)
        return loss, np.concatenate([g.ravel() for g in gradient])

    theta = np.concatenate([A.ravel(), B.ravel(), C.ravel()])
    W = len(theta)
    m = np.ones(W)
    if mask is not None:
        m[: A.size] = mask.ravel()
    residual_mask = m if mask_residual else np.ones(W)
    record = {"logged": [], "inner": 0, "rejections": 0, "fallbacks": 0, "converged": False}
    while len(record["logged"]) < max_outer and not record["converged"]:
        E, g = evaluate(theta)
        record["logged"].append(E)
        p = r = -m * g
        lam, ok, fails, delta = 5e-7, True, 0, 0.0
        buffer, position = np.full(min(300, int(np.ceil(0.8 * W))), 0.01), 0
        for _ in range(max_inner or W):
            record["inner"] += 1
            n = np.linalg.norm(p)
            if ok:
                h = 5e-5 / n
                delta = p @ ((evaluate(theta + h * p)[1] - g) / h)
            delta = delta + lam * n**2
            if delta < 0:
                lam = 2 * (lam - delta / n**2)
                delta = delta + lam * n**2
            mu = p @ r
            new_theta = theta + mu / delta * p
            new_E, new_g = evaluate(new_theta)
            Delta = 2 * delta * (E - new_E) / mu**2
            accepted = Delta >= 0
            if accepted:
                theta, g, ok, fails = new_theta, new_g, True, 1
                new_r = -residual_mask * g
                beta = (new_r @ new_r - new_r @ r) / mu
                p, r = m * (new_r + beta * p), new_r
                if Delta > 0.75:
                    lam = lam / 4
                buffer[position % len(buffer)] = E - new_E
                position += 1
                previous, E = E, new_E
            else:
                ok, fails = False, fails + 1
                record["rejections"] += 1
                if fails > 10:
                    p = m * r
                    theta, fails = theta + 0.001 * p, 1
                    record["fallbacks"] += 1
            if Delta < 0.25:
                lam = lam + delta * (1 - Delta) / n**2
            if accepted and criterion is not None and criterion(buffer.mean(), previous):
                record["converged"] = True
                break
    return split(theta), record | {"final": E}
