"""One recording of the convergence experiment, computed again from public functions and the documented addresses."""

import numpy as np
import pytest

from pruninglab import noiseprune
from pruninglab.experiments.noise import convergence

CONFIG = convergence.PRESETS["book"]
BORDERS = np.cumsum(CONFIG.sizes)


def generator(purpose):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(1, 0, 0, purpose)))


def test_errors_of_every_group_and_duration():
    A = noiseprune.clustered_network(CONFIG.sizes, n_between=CONFIG.n_between, rng=generator(0))
    i, j = np.nonzero(np.triu(A, 1))
    cluster_i, cluster_j = np.searchsorted(BORDERS, i, "right"), np.searchsorted(BORDERS, j, "right")
    same, large = cluster_i == cluster_j, cluster_i == 3
    rng = generator(3)
    groups = {"large cluster": same & large, "small clusters": same & ~large, "between clusters": ~same}
    chosen = {name: rng.choice(np.flatnonzero(group), 100, replace=False) for name, group in groups.items()}
    x = noiseprune.stationary_paths(A, sigma=1.0, interval=1.0, n_records=2560, n_copies=1, rng=generator(2))
    C = noiseprune.noise_covariance(A)
    summary = convergence.summarise(convergence.run(CONFIG, [1])).isel(replica=0)
    for name, index in chosen.items():
        s = np.sign(A[i[index], j[index]])
        exact = C[i[index], i[index]] + C[j[index], j[index]] - 2 * s * C[i[index], j[index]]
        for duration in (40, 640):
            difference = x[:duration, i[index], 0] - s * x[:duration, j[index], 0]
            errors = (difference**2).mean(axis=0) / exact - 1
            found = summary["error"].sel(group=name, duration=duration)
            assert float(found) == pytest.approx(np.sqrt((errors**2).mean()))
