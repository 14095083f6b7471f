"""What pruning by noise-prune preserves: proven bounds as measured over promised (at most 1), and actual changes."""

import numpy as np

from pruninglab.noiseprune import noise_covariance, prune, spectral_epsilon, spectral_similarity

BOUNDS = ("eigenvalues", "forms", "angles", "products", "fixed points", "variances", "trajectories")
TOTALS = ("input", "output")
WEIGHTS = ("signed", "absolute")
PATTERNS = ("random", "slow")
TIMES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)


def consequences(A: np.ndarray, A_sparse: np.ndarray, random_patterns: np.ndarray, n_slow: int) -> dict[str, tuple]:
    """Bounds and actual changes of a pruned symmetric network, as variables of a Dataset.

    Each bound is evaluated with the network's own spectral epsilon. `random_patterns` has shape (N, n); they and the
    `n_slow` slowest modes serve as inputs, initial states and arguments of the matrix.
    """
    eigensystem = np.linalg.eigh(A)
    similarity = spectral_similarity(A, A_sparse, eigensystem=eigensystem)
    epsilon = similarity.spectral_epsilon
    rates, modes = -eigensystem[0], eigensystem[1]
    patterns = {"random": random_patterns, "slow": modes[:, -n_slow:]}
    change = [product_errors(A, A_sparse, x) for x in patterns.values()]
    everything = np.hstack(list(patterns.values()))
    tangent = np.sqrt(1 - np.minimum(similarity.cosine, 1) ** 2) / similarity.cosine
    variance_ratio = np.diagonal(noise_covariance(A_sparse)) / np.diagonal(noise_covariance(A))
    above, below = 1 / (1 - epsilon) - 1, 1 - 1 / (1 + epsilon)
    ratios = {
        "eigenvalues": similarity.eigenvalue_error.max() / epsilon,
        "forms": similarity.quadratic_error.max() / epsilon,
        "angles": (tangent * np.sqrt(rates / rates[0])).max() / (epsilon / (1 - epsilon)),
        "products": _product_ratio(A, A_sparse, everything, epsilon * np.sqrt(rates[0])),
        "fixed points": _fixed_point_ratio(A, A_sparse, everything, epsilon / (1 - epsilon)),
        "variances": max((variance_ratio.max() - 1) / above, (1 - variance_ratio.min()) / below),
        "trajectories": _trajectory_ratio(eigensystem, A_sparse, everything, epsilon / (2 * np.sqrt(1 - epsilon))),
    }
    return {
        "ratio": ("bound", [ratios[bound] for bound in BOUNDS]),
        "product_error": ("pattern", [errors.mean() for errors in change]),
        "variance_change": float(np.median(np.abs(variance_ratio - 1))),
        "largest_variance_change": float(np.abs(variance_ratio - 1).max()),
    }


def product_errors(A: np.ndarray, A_sparse: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Relative error of the product of the pruned matrix with each column of `x`."""
    return np.linalg.norm((A_sparse - A) @ x, axis=0) / np.linalg.norm(A @ x, axis=0)


def slowest_mode_angle(A: np.ndarray, A_sparse: np.ndarray, epsilon: float) -> tuple[float, float]:
    """Sine of the angle between the slowest modes before and after, and the bound of Davis and Kahan on it."""
    eigenvalues, V = np.linalg.eigh(A)
    pruned_eigenvalues, U = np.linalg.eigh(A_sparse)
    cosine = min(1.0, abs(float(V[:, -1] @ U[:, -1])))
    gap = np.abs(eigenvalues[-1] - pruned_eigenvalues[:-1]).min()
    return float(np.sqrt(1 - cosine**2)), float(epsilon * np.sqrt(eigenvalues[-1] * eigenvalues[0]) / gap)


def low_rank_epsilons(A: np.ndarray, n_parameters: int) -> dict[str, float]:
    """Spectral epsilon of low-rank approximations with as many numbers as a pruned network has synapses.

    First of A itself, its modes of largest absolute eigenvalue; then of the weights alone, with every leak kept. A
    symmetric matrix of rank k has kN - k(k-1)/2 free numbers.
    """
    n = len(A)
    ranks = np.arange(1, n + 1)
    rank = int(np.count_nonzero(ranks * n - ranks * (ranks - 1) // 2 <= n_parameters))
    leak = np.diag(np.diagonal(A))
    return {
        "low_rank_epsilon": spectral_epsilon(A, _truncated(A, rank)),
        "low_rank_weights_epsilon": spectral_epsilon(A, leak + _truncated(A - leak, rank)),
    }


def total_changes(A: np.ndarray, P: np.ndarray, n_draws: int, rng: np.random.Generator) -> dict[str, tuple]:
    """What repeated draws do to each neuron's total input (a row of A) and output (a column).

    ``total_bias`` is the mean change over draws in exact standard errors, and ``total_change`` the relative change of
    the absolute total in one draw; both are root mean squares over neurons.
    """
    W = A - np.diag(np.diagonal(A))
    mean, squares = np.zeros_like(W), np.zeros(len(TOTALS))
    for _ in range(n_draws):
        pruned = prune(A, P, diagonal="zero", rng=rng)
        mean += pruned / n_draws
        change = [np.abs(pruned).sum(axis) / np.abs(W).sum(axis) - 1 for axis in (1, 0)]
        squares += np.mean(np.square(change), axis=1) / n_draws
    variance = W**2 * (1 / np.where(P > 0, P, 1) - 1) / n_draws
    bias = np.array([[((mean - W) * sign).sum(axis) for sign in (1, np.sign(W))] for axis in (1, 0)])
    error = np.sqrt([variance.sum(axis) for axis in (1, 0)])[:, None, :]
    return {
        "total_bias": (("total", "weights"), np.sqrt(np.mean((bias / error) ** 2, axis=-1))),
        "total_change": ("total", np.sqrt(squares)),
    }


def pseudo_covariance(A: np.ndarray) -> np.ndarray:
    """Half the pseudo-inverse of B = -A: the covariance at unit noise off the null space of a singular A."""
    C = np.linalg.pinv(-A, hermitian=True) / 2
    return (C + C.T) / 2


def epsilon_off_null(A: np.ndarray, A_sparse: np.ndarray) -> float:
    """Spectral epsilon on the patterns orthogonal to the common mode of all neurons."""
    ones_first = np.column_stack([np.ones(len(A)), np.eye(len(A))[:, 1:]])
    basis = np.linalg.qr(ones_first)[0][:, 1:]
    restricted = (basis.T @ matrix @ basis for matrix in (A, A_sparse))
    return spectral_epsilon(*((matrix + matrix.T) / 2 for matrix in restricted))


def _truncated(matrix: np.ndarray, rank: int) -> np.ndarray:
    """Symmetric matrix from the `rank` modes of largest absolute eigenvalue."""
    eigenvalues, V = np.linalg.eigh(matrix)
    kept = np.argsort(-np.abs(eigenvalues))[:rank]
    truncated = (V[:, kept] * eigenvalues[kept]) @ V[:, kept].T
    return (truncated + truncated.T) / 2


def _energy_norm(A: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.sqrt(-(x * (A @ x)).sum(axis=0))


def _product_ratio(A: np.ndarray, A_sparse: np.ndarray, x: np.ndarray, factor: float) -> float:
    return (np.linalg.norm((A_sparse - A) @ x, axis=0) / (factor * _energy_norm(A, x))).max()


def _fixed_point_ratio(A: np.ndarray, A_sparse: np.ndarray, b: np.ndarray, factor: float) -> float:
    x, x_sparse = np.linalg.solve(-A, b), np.linalg.solve(-A_sparse, b)
    return (_energy_norm(A, x_sparse - x) / (factor * _energy_norm(A, x))).max()


def _trajectory_ratio(eigensystem: tuple, A_sparse: np.ndarray, x0: np.ndarray, factor: float) -> float:
    """Largest distance of the two free decays over all times and initial states, over the bound."""
    (rates, V), (pruned_rates, U) = eigensystem, np.linalg.eigh(A_sparse)
    start, pruned_start = V.T @ x0, U.T @ x0
    distances = [
        np.linalg.norm(
            U @ (np.exp(t * pruned_rates)[:, None] * pruned_start) - V @ (np.exp(t * rates)[:, None] * start), axis=0
        )
        for t in TIMES
    ]
    return (np.max(distances, axis=0) / (factor * np.linalg.norm(x0, axis=0))).max()
