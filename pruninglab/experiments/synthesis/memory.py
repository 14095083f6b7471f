"""All rules on the working-memory networks of Part I: what each costs the task, at once and after retraining."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import xarray as xr
from scipy.linalg import solve_discrete_lyapunov
from scipy.stats import spearmanr

from pruninglab.experiments.recurrent import dms
from pruninglab.experiments.recurrent.dms_measures import measure
from pruninglab.experiments.recurrent.records import moved, on_host, training_record
from pruninglab.experiments.recurrent.starts import example_network
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.experiments.synthesis.uses import USES, cut, score_to_use
from pruninglab.local_rules import RULES, Statistics, gaussian_statistics, local_score, statistics_of
from pruninglab.rnn import (
    Episode,
    Weights,
    dms_conditions,
    dms_stop,
    dms_trials,
    forward,
    jacobians,
    loss_and_gradient,
    train_episodes,
)

SOURCE = "dms"
"""The experiment whose stored networks are pruned; the preset is that of the same name."""
LINE = "unpruned"
LINEARISED = {f"{rule}_linearised": rule for rule in ("leverage", "saliency_original", "variance")}
SCORES = (*RULES, *LINEARISED)
"""All rules with the activity of the noisy network, and three with that of its linearisation."""
STAGES = ("before", "after")
"""Retraining."""
KEPT = ("outer", "final_loss", "converged")
"""Of what the training tells."""
DELAY_STEP = 38
"""The last step of the first delay; for 24 steps there has been no input but the bias."""


@dataclass(frozen=True)
class Config:
    """The unpruned networks that `start` leaves at its example level, pruned once by every rule in both ways."""

    scale: str
    start: dms.Config
    fractions: tuple[float, ...] = (0.3, 0.5, 0.7, 0.9)
    noise: float = 0.05
    """Standard deviation of the noise on every state, in the trials that the rules listen to."""
    n_trials: int = 50
    """Such trials of every condition."""
    max_outer: int = 100
    seed: int = 2028
    version: int = 1


PRESETS = {
    "book": Config(start=dms.PRESETS["book"], fractions=(0.3, 0.7), n_trials=10, max_outer=5, scale="book"),
    "paper": Config(start=dms.PRESETS["paper"], scale="paper"),
}


def activity_statistics(config: Config, replica: int, weights: Weights) -> Statistics:
    """Statistics of the states of one network over all steps of noisy trials; noise enters as one more input each."""
    inputs, _ = dms_conditions()
    inputs = np.repeat(inputs, config.n_trials, axis=0)
    n_units = weights.A.shape[1]
    rng = stream(config.seed, replica, Purpose.ACTIVITY)
    noise = config.noise * rng.standard_normal((*inputs.shape[:2], n_units))
    disturbed = replace(weights, B=np.concatenate([weights.B, np.eye(n_units)[None]], axis=2))
    x = forward(disturbed, np.concatenate([inputs, noise], axis=2))[0].reshape(-1, n_units)
    return statistics_of(x, x)


def linearised_statistics(config: Config, weights: Weights) -> Statistics | None:
    r"""Gaussian statistics around the states at the end of the delay, mean over conditions; None if none is stable.

    Around a state, small deviations obey :math:`d_{k+1} = J d_k + \text{noise}`; where J is stable their covariance
    solves :math:`C = JCJ^\top + \sigma^2 I`.
    """
    x = forward(weights, dms_conditions()[0])[0][0, :, DELAY_STEP]
    stable = [J for J in jacobians(weights.A[0], x) if np.abs(np.linalg.eigvals(J)).max() < 1]
    if not stable:
        return None
    noise = config.noise**2 * np.eye(len(weights.A[0]))
    return gaussian_statistics(np.mean([solve_discrete_lyapunov(J, noise) for J in stable], axis=0))


def early(config: Config, replica: int, *, source: xr.Dataset) -> xr.Dataset:
    """Loss of the unpruned network, recomputed as a check."""
    return xr.Dataset({"unpruned_loss": float(_loss(example_network(source, replica, LINE))[0])})


def run(config: Config, replicas: Sequence[int], *, source: xr.Dataset, xp: ModuleType = np) -> xr.Dataset:
    """Prune the network of every replica, and retrain the results; on the device of the array library `xp`."""
    return xr.concat([_run_replica(config, replica, source, xp) for replica in replicas], dim="replica")


def summarise(dataset: xr.Dataset) -> xr.Dataset:
    """Everything is a summary already."""
    return dataset


def scores(config: Config, replica: int, weights: Weights) -> dict[str, np.ndarray]:
    """Scores of one network's synapses, shape (N, N) each; no linearised ones where no state is stable."""
    heard = {False: activity_statistics(config, replica, weights), True: linearised_statistics(config, weights)}
    found = {}
    for arm, name in enumerate(SCORES):
        statistics = heard[name in LINEARISED]
        if statistics is not None:
            rng = stream(config.seed, replica, Purpose.SELECTION, arm=arm)
            found[name] = local_score(LINEARISED.get(name, name), weights.A[0], statistics, rng=rng)
    return found


def pruned_networks(config: Config, replica: int, weights: Weights) -> Iterator[tuple[str, str, float, Weights]]:
    """Every pruned network with its score, use and fraction."""
    W = weights.A[0]
    for name, score in scores(config, replica, weights).items():
        arm = SCORES.index(name)
        for use in USES:
            for level, fraction in enumerate(config.fractions):
                draws = stream(config.seed, replica, Purpose.PRUNING, arm=arm, level=level)
                _, A = cut(W, score_to_use(name, use, score), W.size - round(fraction * W.size), use, draws)
                yield name, use, fraction, replace(weights, A=A[None])


def _run_replica(config: Config, replica: int, source: xr.Dataset, xp: ModuleType) -> xr.Dataset:
    unpruned = example_network(source, replica, LINE)
    cells = list(pruned_networks(config, replica, unpruned))
    inputs, targets = _training_set(config, replica)
    networks = [unpruned, *(weights for *_, weights in cells)]
    episodes = [_episode(config, weights, targets, xp) for weights in networks]
    results = train_episodes(episodes, xp.asarray(inputs), stop=dms_stop)
    before, after = on_host(networks), on_host([result.weights for result in results])
    found = xr.concat([_costs(before), _costs(after)], dim="stage").assign_coords(stage=list(STAGES))
    found = found.assign({name: value for name, value in training_record(results, "network").items() if name in KEPT})
    found["converged"] = found["converged"].astype(float)
    found["share_kept"] = ("network", np.mean(before.A != 0, axis=(1, 2)))
    records = [
        found.isel(network=number).expand_dims(score=[name], use=[use], fraction=[fraction])
        for number, (name, use, fraction, _) in enumerate(cells, start=1)
    ]
    dataset = xr.combine_by_coords(records).reindex(score=list(SCORES), use=list(USES), fraction=list(config.fractions))
    control = found.isel(network=0).drop_vars("share_kept")
    dataset = dataset.merge(control.rename({name: f"control_{name}" for name in control.data_vars}))
    dataset["rank_correlation"] = _agreement(scores(config, replica, unpruned))
    return dataset.merge(early(config, replica, source=source)).expand_dims(replica=[replica])


def _training_set(config: Config, replica: int) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(config.seed, replica, Purpose.TARGET_NOISE)
    return dms_trials(n_repeats=config.start.n_repeats, noise=config.start.noise, rng=rng)


def _episode(config: Config, weights: Weights, targets: np.ndarray, xp: ModuleType) -> Episode:
    return Episode(moved(weights, xp.asarray), targets, xp.asarray(weights.A != 0), True, config.max_outer)


def _costs(weights: Weights) -> xr.Dataset:
    """What is measured in Part I, and the loss without noise on the targets."""
    return measure(weights).drop_vars(["total_input", "total_input_sd"]).assign(loss=("network", _loss(weights)))


def _agreement(found: dict[str, np.ndarray]) -> xr.DataArray:
    """Rank correlation of every score with the leverage, over all synapses."""
    ranks = [spearmanr(score.ravel(), found["leverage"].ravel()).statistic for score in found.values()]
    return xr.DataArray(ranks, {"score": list(found)}, "score").reindex(score=list(SCORES))


def _loss(weights: Weights) -> np.ndarray:
    return loss_and_gradient(weights, *dms_conditions())[0]
