"""Pruning restricted Boltzmann machines on image patches (Scholl, Rule & Hennig 2021, Figs 1, 2, Table 1), exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pruninglab import datasets
from pruninglab.boltzmann import (
    EXTRA_CRITERIA,
    PRUNING_CRITERIA,
    RBM,
    apply_mask,
    connected_hidden,
    connected_visible,
    empirical_distribution,
    exact_moments,
    initial_rbm,
    kl_divergence,
    log_probabilities,
    prune_weights,
    total_variation,
    train_cd,
)
from pruninglab.experiments.boltzmann import scores
from pruninglab.experiments.streams import Purpose, stream

CONTROL = "equal_training"
"""No weight is pruned, but training goes on for as many epochs."""
CRITERIA = (*PRUNING_CRITERIA, *EXTRA_CRITERIA, CONTROL)
RATES = {"as_run": (0.01, 0.01), "nominal": (0.1, 0.01)}
"""Learning rates by epoch. The authors' code never uses the first entry of its list, their text does."""
STAGES = ("pruned", "retrained")
N_FREQUENT = 20
"""Most frequent patterns of the data, which an error of their own is stored for."""
DIMS = {"W": ("visible", "hidden"), "b": ("visible",), "c": ("hidden",)}


@dataclass(frozen=True)
class Config:
    """Ten seeds train an overcomplete machine, prune half of its weights three times, and retrain after each."""

    scale: str
    data: tuple[str, ...] = ("cifar10", "photographs")
    rates: tuple[str, ...] = ("as_run", "nominal")
    n_patches: int = 90_000
    cifar10_batches: tuple[str, ...] = ("test_batch",)
    n_hidden: int = 70
    n_epochs: int = 2
    momentum: float = 0.9
    n_iterations: int = 3
    fraction: float = 0.5
    data_seed: int = 42
    seed: int = 2021
    version: int = 1


PRESETS = {
    "book": Config(data=("photographs",), rates=("as_run",), n_patches=5_000, n_hidden=30, scale="book"),
    "paper": Config(scale="paper"),
}


def patches(config: Config, data: str) -> np.ndarray:
    """Training patches, the same for all replicas, shape (S, 13)."""
    rng = np.random.default_rng(config.data_seed)
    if data == "photographs":
        return datasets.photograph_patches(config.n_patches, rng)
    return datasets.cifar10_patches(config.n_patches, rng, batches=config.cifar10_batches)


def train(config: Config, replica: int, rates: str, machine: RBM, mask: np.ndarray, x: np.ndarray, period: int) -> RBM:
    """One period of training, number 0 before any pruning; all criteria share the random numbers of a period."""
    rng = stream(config.seed, replica, Purpose.CONTRASTIVE_DIVERGENCE, level=period)
    return train_cd(
        machine,
        x,
        epochs=config.n_epochs,
        learning_rate=RATES[rates],
        momentum=config.momentum,
        mask=mask,
        rng=[rng],
    )


def untrained(config: Config, replica: int, x: np.ndarray) -> RBM:
    """A replica's machine before any training, without leading axes."""
    return initial_rbm(x, config.n_hidden, [stream(config.seed, replica, Purpose.INITIAL_WEIGHTS)])[0]


def stored_machine(summary: xr.Dataset, replica: int, data: str, rates: str) -> RBM:
    """The unpruned machine that a summary of this experiment holds, in double precision."""
    own = summary.sel(replica=replica, data=data, rates=rates)
    return RBM(*(own[f"unpruned_{name}"].values.astype(np.float64) for name in "Wbc"))


def early(config: Config, replica: int) -> xr.Dataset:
    """Divergence of the unpruned machine on the bundled photographs, recomputed to check a stored result."""
    x = patches(config, "photographs")
    q = empirical_distribution(x)
    machine = untrained(config, replica, x)
    values = []
    for rates in config.rates:
        trained = train(config, replica, rates, machine, np.ones(machine.W.shape, dtype=bool), x, 0)
        values.append(_divergences(trained, q)["kl"])
    return xr.Dataset(
        {"unpruned_kl": (("data", "rates"), [values])}, coords={"data": ["photographs"], "rates": list(config.rates)}
    )


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Train, prune by every criterion, retrain; on the host, where single updates are fastest."""
    if xp is not np:
        raise ValueError("backend must be 'numpy' for the experiment rbm: a GPU has no use for updates of one row")
    of_data = []
    for data in config.data:
        x = patches(config, data)
        of_data.append(xr.concat([_run_replica(config, replica, x) for replica in replicas], dim="replica"))
    dataset = xr.concat(of_data, dim="data").transpose("replica", "data", "rates", ...)
    return dataset.assign_coords(replica=list(replicas), data=list(config.data))


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is kept."""
    return dataset


def _run_replica(config: Config, replica: int, x: np.ndarray) -> xr.Dataset:
    q = empirical_distribution(x)
    machine = untrained(config, replica, x)
    of_rates = [_run_rates(config, replica, rates, machine, x, q) for rates in config.rates]
    dataset = xr.concat(of_rates, dim="rates").assign_coords(rates=list(config.rates))
    dataset["data_counts"] = ("pattern", np.rint(q * len(x)).astype(np.int32))
    return dataset


def _run_rates(config: Config, replica: int, rates: str, machine: RBM, x: np.ndarray, q: np.ndarray) -> xr.Dataset:
    everything = np.ones(machine.W.shape, dtype=bool)
    unpruned = train(config, replica, rates, machine, everything, x, 0)
    lines = [_run_criterion(config, replica, rates, criterion, unpruned, x, q) for criterion in CRITERIA]
    dataset = xr.concat(lines, dim="criterion").assign_coords(criterion=list(CRITERIA))
    measured = _measure(unpruned, everything, q) | _weights(unpruned)
    dataset = dataset.assign({f"unpruned_{name}": value for name, value in measured.items()})
    return dataset.merge(scores.measure(unpruned.astype(np.float64), q))


def _run_criterion(
    config: Config, replica: int, rates: str, criterion: str, machine: RBM, x: np.ndarray, q: np.ndarray
) -> xr.Dataset:
    mask = np.ones(machine.W.shape, dtype=bool)
    iterations = []
    for period in range(1, config.n_iterations + 1):
        if criterion != CONTROL:
            rng = stream(config.seed, replica, Purpose.PRUNING, arm=CRITERIA.index(criterion), level=period)
            mask = prune_weights(machine.astype(np.float64), criterion, config.fraction, mask=mask, rng=[rng])
        pruned = apply_mask(machine, mask)
        machine = train(config, replica, rates, pruned, mask, x, period)
        stages = [xr.Dataset(_measure(stage, mask, q)) for stage in (pruned, machine)]
        iterations.append(xr.concat(stages, dim="stage").assign_coords(stage=list(STAGES)))
    numbers = list(range(1, config.n_iterations + 1))
    dataset = xr.concat(iterations, dim="iteration").assign_coords(iteration=numbers)
    return dataset.assign(_weights(machine)).assign(mask=(DIMS["W"], mask))


def _measure(machine: RBM, mask: np.ndarray, q: np.ndarray) -> dict[str, float]:
    """Sizes, divergences in nats, and the mean rate of the hidden units that are left."""
    exact = machine.astype(np.float64)
    hidden = connected_hidden(mask)
    return _divergences(machine, q) | {
        "n_weights": int(mask.sum()),
        "n_hidden": int(hidden.sum()),
        "n_visible": int(connected_visible(mask).sum()),
        "hidden_rate": float(exact_moments(exact)[1][hidden].mean()),
    }


def _divergences(machine: RBM, q: np.ndarray) -> dict[str, float]:
    log_p = log_probabilities(machine.astype(np.float64))
    p = np.exp(log_p)
    divergences = {"kl": float(kl_divergence(q, log_p)), "total_variation": float(total_variation(q, p))}
    return divergences | _log_errors(log_p, q)


def _log_errors(log_p: np.ndarray, q: np.ndarray) -> dict[str, float]:
    """Mean of (ln q - ln p)^2 over the patterns that occur, over the most frequent ones, and over the rarer half."""
    occurring = np.argsort(-q, kind="stable")[: np.count_nonzero(q)]
    squares = (np.log(q[occurring]) - log_p[occurring]) ** 2
    return {
        "log_error": float(squares.mean()),
        "log_error_frequent": float(squares[:N_FREQUENT].mean()),
        "log_error_rare": float(squares[len(squares) // 2 :].mean()),
    }


def _weights(machine: RBM) -> dict[str, tuple]:
    return {name: (dims, getattr(machine, name)) for name, dims in DIMS.items()}
