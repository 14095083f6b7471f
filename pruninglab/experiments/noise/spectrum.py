"""Moore & Chaudhuri 2020, Fig 2a-b: what pruning does to the spectrum of a clustered symmetric network."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.experiments.noise.controls import CONTROLS
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    SpectralSimilarity,
    clustered_network,
    fill_to_density,
    leverages,
    magnitude_prune,
    noise_covariance,
    prune,
    spectral_similarity,
)

RULES = ("noise-prune", "weight", "uniform", "degree", "magnitude")
"""Their order is part of the random streams; a new one goes to the end."""
DIAGONALS = ("matched", "original")
MEASURES = ("eigenvalue_error", "quadratic_error", "cosine")
QUANTILES = np.linspace(0, 1, 101)
N_SLOW = 20
N_SLOW_STORED = 320
FAST_STRIDE = 10
LARGEST_DRAWN_AGAIN = 5000


@dataclass(frozen=True)
class Config:
    """One network per replica, pruned once by every rule with every diagonal."""

    sizes: tuple[int, ...]
    scale: str
    within_density: float = 0.6
    n_between: int = 5000
    density: float = 0.1
    sigma: float = 1.0
    rules: tuple[str, ...] = RULES
    diagonals: tuple[str, ...] = DIAGONALS
    seed: int = 2020
    version: int = 3


PRESETS = {
    "book": Config(sizes=(40, 40, 40, 280), n_between=600, scale="book"),
    "paper": Config(sizes=(100, 100, 100, 2700), scale="paper"),
    "large": Config(
        sizes=(100,) * 10 + (9000,), rules=("noise-prune", "weight", "degree"), diagonals=("matched",), scale="paper"
    ),
}
"""Fig 2a is ``paper``, Fig 2b is ``large``: half an hour a replica, so it leaves out what Fig 2b does not show."""


def network(config: Config, replica: int) -> np.ndarray:
    """The network of one replica, shape (N, N)."""
    rng = stream(config.seed, replica, Purpose.NETWORK)
    return clustered_network(config.sizes, within_density=config.within_density, n_between=config.n_between, rng=rng)


def early(config: Config, replica: int) -> xr.Dataset:
    """Facts about one replica's network, and noise-prune's draw unless the network is large: recomputed as a check."""
    A = network(config, replica)
    if len(A) > LARGEST_DRAWN_AGAIN:
        return xr.Dataset(_counts(config, A))
    q = leverages(A, noise_covariance(A, sigma=config.sigma), sigma=config.sigma)
    pruned = _prune(config, replica, A, "noise-prune", fill_to_density(A, q, density=config.density), "matched")
    expected = xr.Dataset(_draw_facts(config, A, pruned), coords={"rule": "noise-prune", "diagonal": "matched"})
    return expected.assign(_network_facts(config, A, q))


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Every rule on every replica's network, all modes; on the device of the array library `xp`."""
    return xr.concat([_run_replica(config, replica, xp) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Keep quantiles over all modes, means over the slowest 20, and the modes that the figures draw."""
    values = dataset["values"]
    n = values.sizes["mode"]
    first_slow = max(n - N_SLOW_STORED, 0)
    drawn = np.r_[np.arange(0, first_slow, FAST_STRIDE), np.arange(first_slow, n)]
    summary = dataset.drop_vars(["values", "eigenvalue"]).drop_dims("mode", errors="ignore")
    summary["quantiles"] = values.quantile(QUANTILES, dim="mode")
    summary["slow_mean"] = values.isel(mode=slice(-N_SLOW, None)).mean("mode")
    summary["drawn_values"] = values.isel(mode=drawn)
    summary["drawn_eigenvalue"] = dataset["eigenvalue"].isel(mode=drawn)
    return summary.transpose("replica", ...)


def errors(summary: xr.Dataset, statistic: str) -> xr.DataArray:
    """Median over all modes, or mean over the slowest 20, of every measure; 1 - cos theta, so that small is good.

    `statistic` is ``"median"`` or ``"slow"``; the result has the dimensions replica, rule, diagonal and measure.
    """
    if statistic not in ("median", "slow"):
        raise ValueError(f"statistic must be 'median' or 'slow', got {statistic!r}")
    median = summary["quantiles"].sel(quantile=0.5, method="nearest")
    values = summary["slow_mean"] if statistic == "slow" else median
    return values.where(values["measure"] != "cosine", 1 - values)


def relative_to_weight(summary: xr.Dataset, statistic: str, diagonal: str) -> xr.DataArray:
    """`errors` of every rule over those of the weight control, for one diagonal: below 1 is better than weight."""
    values = errors(summary, statistic).sel(diagonal=diagonal)
    return values / values.sel(rule="weight")


def _run_replica(config: Config, replica: int, xp: ModuleType) -> xr.Dataset:
    A = xp.asarray(network(config, replica))
    q = leverages(A, noise_covariance(A, sigma=config.sigma), sigma=config.sigma)
    facts = _network_facts(config, A, q)
    eigensystem = xp.linalg.eigh(A)
    arms = []
    for rule in config.rules:
        P = _probabilities(config, A, q, rule)
        arms.append([_run_arm(config, replica, A, rule, P, diagonal, eigensystem) for diagonal in config.diagonals])
    dataset = xr.combine_nested(arms, concat_dim=["rule", "diagonal"])
    dataset = dataset.assign_coords(
        rule=list(config.rules), diagonal=list(config.diagonals), measure=list(MEASURES), mode=np.arange(len(A))
    )
    dataset["eigenvalue"] = ("mode", to_numpy(eigensystem[0]))
    return dataset.assign(facts).expand_dims(replica=[replica])


def _run_arm(
    config: Config, replica: int, A: Any, rule: str, P: Any, diagonal: str, eigensystem: tuple[Any, Any]
) -> xr.Dataset:
    pruned = _prune(config, replica, A, rule, P, diagonal)
    similarity = spectral_similarity(A, pruned, eigensystem=eigensystem)
    return xr.Dataset(
        {
            "values": (("measure", "mode"), _measure_rows(similarity)),
            "largest_eigenvalue": float(similarity.pruned_eigenvalues[-1]),
            "spectral_epsilon": similarity.spectral_epsilon,
        }
        | _draw_facts(config, A, pruned)
    )


def _prune(config: Config, replica: int, A: Any, rule: str, P: Any, diagonal: str) -> Any:
    """One draw of a rule; either diagonal gets the same draw. Magnitude draws nothing and has no P."""
    if rule == "magnitude":
        return magnitude_prune(A, density=config.density, diagonal=diagonal)
    rng = stream(config.seed, replica, Purpose.PRUNING, arm=RULES.index(rule))
    return prune(A, P, diagonal=diagonal, rng=rng)


def _draw_facts(config: Config, A: Any, pruned: Any) -> dict[str, float]:
    leak_change = to_numpy(pruned.diagonal() / A.diagonal() - 1)
    kept = np.triu(to_numpy(pruned), 1) != 0
    return {
        "n_kept": int(kept.sum()),
        "small_kept": kept[_small_cluster_synapses(config, A)].mean(),
        "leak_change_mean": leak_change.mean(),
        "leak_change_sd": leak_change.std(),
    }


def _small_cluster_synapses(config: Config, A: Any) -> np.ndarray:
    """Mask (i < j) of the synapses inside clusters other than the largest one."""
    cluster = np.repeat(np.arange(len(config.sizes)), config.sizes)
    small = cluster != int(np.argmax(config.sizes))
    return np.triu(to_numpy(A) != 0, 1) & (cluster[:, None] == cluster[None, :]) & small[:, None]


def _measure_rows(similarity: SpectralSimilarity) -> np.ndarray:
    return np.stack([to_numpy(getattr(similarity, measure)) for measure in MEASURES])


def _probabilities(config: Config, A: Any, q: Any, rule: str) -> Any:
    """Probabilities of a rule; magnitude has none."""
    if rule == "noise-prune":
        return fill_to_density(A, q, density=config.density)
    return CONTROLS[rule](A, density=config.density) if rule in CONTROLS else None


def _counts(config: Config, A: Any) -> dict[str, int]:
    weights = np.triu(to_numpy(A), 1)
    cluster = np.repeat(np.arange(len(config.sizes)), config.sizes)
    return {
        "n_edges": np.count_nonzero(weights),
        "n_negative": int((weights < 0).sum()),
        "n_between": np.count_nonzero(weights[cluster[:, None] != cluster[None, :]]),
    }


def _network_facts(config: Config, A: Any, q: Any) -> dict[str, float]:
    leverage, W = to_numpy(q), to_numpy(A) - np.diag(to_numpy(A).diagonal())
    P, P_degree = (to_numpy(_probabilities(config, A, q, rule)) for rule in ("noise-prune", "degree"))
    edges = np.triu(W) != 0
    return _counts(config, A) | {
        "n_full": np.count_nonzero(P == 1) // 2,
        "degree_correlation": float(np.corrcoef(P[edges], P_degree[edges])[0, 1]),
        "leverage_sum": float(np.triu(leverage).sum()),
        "naive_density": _naive_density(config, A, leverage),
        "naive_weight_density": _naive_density(config, A, abs(W)),
    }


def _naive_density(config: Config, A: Any, score: np.ndarray) -> float:
    """Expected density if the scores are clipped after scaling, as in the authors' code."""
    P = fill_to_density(to_numpy(A), score, density=config.density, clip="naive")
    return float(P.sum() / np.count_nonzero(score))
