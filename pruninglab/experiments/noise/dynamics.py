"""Moore & Chaudhuri 2020, Fig 2c-f: the activity of clustered networks before and after pruning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array, issparse

from pruninglab.backend import to_numpy
from pruninglab.experiments.noise.controls import CONTROLS
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.noiseprune import (
    clustered_network,
    magnitude_prune,
    noise_covariance,
    preservation_probabilities,
    prune,
    simulate,
)

NETWORKS = ("symmetric", "non-symmetric")
INPUTS = ("random", "eigenvector")
RULES = ("noise-prune", "weight", "uniform", "degree", "magnitude")
PRUNINGS = ("per run", "single")
"""The caption prunes anew for each run; the authors' notebook prunes once for all."""
TIMES = (1.0, 5.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True)
class Config:
    """A network of either kind per replica, driven in `n_runs` ways; time in units of the network's own time."""

    sizes: tuple[int, ...]
    scale: str
    n_between: int = 5000
    density: float = 0.2
    dt: float = 0.005
    duration: float = 40.0
    record_interval: float = 0.5
    sigma: float = 0.01
    background: float = 0.0002
    n_runs: int = 20
    seed: int = 2000
    version: int = 1


PRESETS = {
    "book": Config(sizes=(200, 40, 160), n_between=200, dt=0.05, n_runs=3, scale="book"),
    "paper": Config(sizes=(1000, 200, 800), scale="paper"),
}


def network(config: Config, replica: int, kind: str) -> np.ndarray:
    """The symmetric or the non-symmetric network of one replica, shape (N, N)."""
    rng = stream(config.seed, replica, Purpose.NETWORK, arm=NETWORKS.index(kind))
    return clustered_network(config.sizes, n_between=config.n_between, symmetric=kind == "symmetric", rng=rng)


def slow_modes(A: np.ndarray, n: int) -> np.ndarray:
    """The `n` slowest modes of `A` as unit columns (N, n), slowest first; the largest entry of each is positive.

    If `A` is not symmetric: the real parts of its right eigenvectors, one for each pair of conjugates.
    """
    if (A == A.T).all():
        modes = np.linalg.eigh(A)[1][:, ::-1]
    else:
        eigenvalues, vectors = np.linalg.eig(A)
        order = np.argsort(-eigenvalues.real, kind="stable")
        modes = vectors[:, order[eigenvalues[order].imag >= 0]].real
    modes = modes[:, :n] / np.linalg.norm(modes[:, :n], axis=0)
    return modes * np.sign(modes[np.abs(modes).argmax(axis=0), np.arange(modes.shape[1])])


def early(config: Config, replica: int) -> xr.Dataset:
    """Synapses that noise-prune keeps in the symmetric network in run 0, drawn again."""
    A = network(config, replica, "symmetric")
    pruned = next(draws(config, replica, "symmetric", A, "noise-prune"))
    return xr.Dataset({"n_kept": _n_synapses(pruned)}, {"kind": "symmetric", "rule": "noise-prune", "run": 0})


def run(config: Config, replicas: Sequence[int], *, xp: ModuleType = np) -> xr.Dataset:
    """Relative error of the activity over time for every rule; simulated on the device of the array library `xp`."""
    return xr.concat([_run_replica(config, replica, xp) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Mean and standard deviation of the error over runs, and the error of every run at a few times."""
    error = dataset["error"]
    summary = dataset.drop_vars("error")
    summary["error_mean"], summary["error_sd"] = error.mean("run"), error.std("run", ddof=1)
    summary["error_at"] = error.sel(time=list(TIMES), method="nearest").rename(time="at").assign_coords(at=list(TIMES))
    return summary.transpose("replica", ...)


def _run_replica(config: Config, replica: int, xp: ModuleType) -> xr.Dataset:
    kinds = [_run_kind(config, replica, kind, xp) for kind in NETWORKS]
    return xr.concat(kinds, dim="kind").assign_coords(kind=list(NETWORKS)).expand_dims(replica=[replica])


def _run_kind(config: Config, replica: int, kind: str, xp: ModuleType) -> xr.Dataset:
    """Both inputs at once: the columns of a state are the random runs, then the eigenvector runs."""
    A = network(config, replica, kind)
    drive = Drive(config, replica, kind, A, xp)
    every = np.arange(len(INPUTS) * config.n_runs)
    original = drive.simulate(A, every)
    shape = (len(RULES), len(PRUNINGS), len(INPUTS), config.n_runs)
    error, node_error = np.empty((*shape, len(original))), np.empty(shape)
    n_kept = np.empty((len(RULES), config.n_runs), dtype=int)
    for k, rule in enumerate(RULES):
        for run, pruned in enumerate(draws(config, replica, kind, A, rule)):
            columns = every if run == 0 else every[run :: config.n_runs]
            x = drive.simulate(pruned, columns)
            over_time, of_nodes = _relative_errors(original[..., columns], x)
            if run == 0:
                error[k], node_error[k] = over_time.reshape((*shape[2:], -1)), of_nodes.reshape(shape[2:])
                n_kept[k] = _n_synapses(pruned)
            else:
                error[k, 0, :, run], node_error[k, 0, :, run] = over_time, of_nodes
                n_kept[k, run] = _n_synapses(pruned)
    dims = ("rule", "pruning", "input", "run")
    return xr.Dataset(
        {
            "error": ((*dims, "time"), error),
            "node_error": (dims, node_error),
            "n_kept": (("rule", "run"), n_kept),
            "n_synapses": _n_synapses(A),
        },
        coords={
            "rule": list(RULES),
            "pruning": list(PRUNINGS),
            "input": list(INPUTS),
            "run": np.arange(config.n_runs),
            "time": config.record_interval * np.arange(len(original)),
        },
    )


class Drive:
    """Initial states, inputs and noise of every run of one network: the same for the original and all pruned ones."""

    def __init__(self, config: Config, replica: int, kind: str, A: np.ndarray, xp: ModuleType):
        self.config, self.replica, self.arm, self.xp = config, replica, NETWORKS.index(kind), xp
        modes = slow_modes(A, config.n_runs)
        starts = [self._stream(Purpose.INITIAL_STATE, 0, run).random(len(A)) for run in range(config.n_runs)]
        self.x0 = np.column_stack([*starts, modes])
        self.b = np.column_stack([np.full_like(modes, config.background), modes])

    def simulate(self, A: Any, columns: np.ndarray) -> np.ndarray:
        """Records of the chosen columns under the coupling matrix `A`, shape (n_records, N, len(columns))."""
        config, xp = self.config, self.xp
        noise = [self._stream(Purpose.ACTIVITY, *divmod(int(column), config.n_runs)) for column in columns]
        on_device = A if xp is np else xp.asarray(A.toarray() if issparse(A) else A)
        x = simulate(
            on_device,
            x0=xp.asarray(self.x0[:, columns]),
            b=xp.asarray(self.b[:, columns]),
            sigma=config.sigma,
            dt=config.dt,
            n_steps=round(config.duration / config.dt),
            rng=noise,
            record_every=round(config.record_interval / config.dt),
        )
        return to_numpy(x)

    def _stream(self, purpose: Purpose, input_index: int, run: int) -> np.random.Generator:
        arm = len(INPUTS) * self.arm + input_index
        return stream(self.config.seed, self.replica, purpose, arm=arm, level=run)


def draws(config: Config, replica: int, kind: str, A: np.ndarray, rule: str) -> Iterator[csr_array]:
    """The pruned networks of all runs, the first of which is the single pruning.

    Magnitude draws nothing, so it gives one; it removes synapses and touches nothing else, the leak included.
    """
    if rule == "magnitude":
        yield csr_array(magnitude_prune(A, density=config.density))
        return
    if rule == "noise-prune":
        P = preservation_probabilities(A, noise_covariance(A), density=config.density)
    else:
        P = CONTROLS[rule](A, density=config.density)
    arm = len(RULES) * NETWORKS.index(kind) + RULES.index(rule)
    for run in range(config.n_runs):
        yield prune(A, P, rng=stream(config.seed, replica, Purpose.PRUNING, arm=arm, level=run), sparse=True)


def _relative_errors(original: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Error of the state over time (columns, time); median over neurons of the error of a neuron's trace (columns,)."""
    difference = x - original
    over_time = np.linalg.norm(difference, axis=1) / np.linalg.norm(original, axis=1)
    of_nodes = np.linalg.norm(difference, axis=0) / np.linalg.norm(original, axis=0)
    return over_time.T, np.median(of_nodes, axis=0)


def _n_synapses(A: Any) -> int:
    """Matrix entries off the diagonal."""
    return int((A != 0).sum() - (A.diagonal() != 0).sum())
