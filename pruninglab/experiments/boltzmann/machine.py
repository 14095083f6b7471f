"""A deep machine in an experiment: how it is stored, sampled and measured."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from pruninglab.backend import to_numpy
from pruninglab.boltzmann import DBM, Particles, connected_units, gibbs_steps
from pruninglab.boltzmann.deep_training import Masks
from pruninglab.experiments.boltzmann.digits import codes, digits, encoding_error, quality, raw_classifier, same_digit

FIELDS = {
    "W1": ("visible", "first"),
    "W2": ("first", "second"),
    "b": ("visible",),
    "c1": ("first",),
    "c2": ("second",),
}
COUNTS = {
    "count_v": ("visible",),
    "count_h1": ("first",),
    "count_h2": ("second",),
    "count_vh1": ("visible", "first"),
    "count_h1h2": ("first", "second"),
}
N_SHOWN = 20
"""Generated pictures that are kept to be looked at."""
LAYERS = ("first", "second")


class Sampling(NamedTuple):
    """How many joint samples are taken, and how many Gibbs steps lie between two of a chain."""

    n_samples: int
    steps_between: int


def coincidences(dbm: DBM, particles: Particles, sampling: Sampling, rng: list) -> tuple[xr.Dataset, np.ndarray]:
    """Let the chains run on, and count how often every unit, and every pair that could be joined, is on.

    Returns
    -------
    xarray.Dataset
        `COUNTS`, and ``n_samples``.
    ndarray of uint8, shape (S, n_v)
        Visible samples.
    """
    totals: list[Any] = [0] * len(COUNTS)
    visible: list[np.ndarray] = []
    n_left = sampling.n_samples
    while n_left > 0:
        particles = gibbs_steps(dbm, particles, sampling.steps_between, rng)
        v, h1, h2 = (state[:n_left] for state in particles)
        found = (v.sum(axis=0), h1.sum(axis=0), h2.sum(axis=0), v.T @ h1, h1.T @ h2)
        totals = [total + new for total, new in zip(totals, found, strict=True)]
        visible.append(to_numpy(v).astype(np.uint8))
        n_left -= len(v)
    counts = {name: (COUNTS[name], to_numpy(total)) for name, total in zip(COUNTS, totals, strict=True)}
    return xr.Dataset(counts | {"n_samples": sampling.n_samples}), np.concatenate(visible)


def moments(counts: xr.Dataset):
    """The means over samples that `prune_dbm` takes, from counts."""
    v, h1, h2, vh1, h1h2 = (counts[name].values / float(counts["n_samples"]) for name in COUNTS)
    return (v, h1, vh1), (h1, h2, h1h2)


def sizes(masks) -> dict[str, int]:
    """Weights of both layers and units that have one."""
    v, h1, h2 = (int(units.sum()) for units in connected_units(masks))
    first, second = (int(mask.sum()) for mask in masks)
    return {"n_weights": first + second, "n_first_weights": first, "n_pixels": v, "n_first": h1, "n_second": h2}


def lost_units(before: Masks, cut: Masks, after: Masks, rates: np.ndarray) -> dict[str, float]:
    """Why units of h1 have gone in an iteration, and how active the units of h2 were that went and that stayed.

    A unit of h1 may have lost all its inputs from v, or all its outputs to h2, or both; a mean over no unit is NaN.
    """
    _, h1, h2 = connected_units(before)
    stays = connected_units(after)[2]
    lost = h2 & ~stays
    return {
        "n_first_without_input": int((h1 & ~cut[0].any(axis=0)).sum()),
        "n_first_without_output": int((h1 & ~cut[1].any(axis=1)).sum()),
        "rate_second_lost": float(rates[lost].mean()) if lost.any() else np.nan,
        "rate_second_kept": float(rates[stays].mean()) if stays.any() else np.nan,
    }


def code_error(config: Any, dbm: DBM) -> tuple[float, float]:
    """Error of the classifier of the machine's codes, and the mean rate of the code's units."""
    known = digits(config.data, config.n_train, config.n_test)
    train, test = (codes(dbm, x, config.tolerance, config.max_iterations) for x in (known.x, known.x_test))
    return encoding_error(train, test, known), float(train.mean())


def measure(config: Any, dbm: DBM, counts: xr.Dataset, v: np.ndarray) -> xr.Dataset:
    """How readable the codes are, how good the samples, how active the layers; of a machine without lost units.

    ``rate_first`` and ``rate_second`` are mean rates of the free-running machine, ``rate_code`` that of the second
    layer with the training pictures clamped. ``same_digit`` tells how fast the chains move between digits.
    """
    error, rate_code = code_error(config, dbm)
    judge = raw_classifier(config.data, config.n_train, config.n_test)
    judged = quality(judge, v) | {"same_digit": same_digit(judge, v, config.n_particles)}
    n = float(counts["n_samples"])
    rates = {"rate_first": float(counts["count_h1"].mean() / n), "rate_second": float(counts["count_h2"].mean() / n)}
    shown = {"shown": (("sample", "visible"), v[-N_SHOWN:])}
    return xr.Dataset(judged | rates | shown | {"error": error, "rate_code": rate_code})
