"""What the scores of an unpruned machine have to do with each other, and with what deleting a weight really costs."""

import numpy as np
import xarray as xr
from scipy import special, stats

from pruninglab.boltzmann import (
    RBM,
    deletion_cost,
    exact_moments,
    fisher_information,
    heuristic_cofiring,
    importance,
    leading_eigenvector,
    mean_field_cofiring,
)

SCORES = (
    "variance_fi",
    "heuristic_fi",
    "eigenvector",
    "weight_magnitude",
    "weighted_fi",
    "marginal_fi",
    "weighted_marginal_fi",
)
COSTS = ("joint", "marginal", "data")
"""Of deleting a weight; see `deletion_cost`."""
TARGETS = ("variance_fi", *(f"cost_{cost}" for cost in COSTS))
SMALL = 0.01
"""Entries of the matrix below this share of the largest count as small."""
FEW_UNITS = 9
"""Hidden units that stand out in the authors' figure, of 70."""


def measure(machine: RBM, q: np.ndarray) -> xr.Dataset:
    """Agreement of every score with every target, and the shape of the Fisher information.

    ``pearson`` and ``spearman`` are correlations over the weights; ``overlap`` is the share of the better half by the
    target that the score keeps, 1/2 by chance.
    """
    by_score = {name: importance(machine, name).ravel() for name in SCORES}
    by_target = {f"cost_{cost}": deletion_cost(machine, cost, q).ravel() for cost in COSTS}
    by_target["variance_fi"] = by_score["variance_fi"]
    agreement = np.array([[_agreement(by_score[s], by_target[t]) for t in TARGETS] for s in SCORES])
    dims = ("score", "target")
    dataset = xr.Dataset(
        {name: (dims, agreement[..., k]) for k, name in enumerate(("pearson", "spearman", "overlap"))},
        coords={"score": list(SCORES), "target": list(TARGETS)},
    )
    return dataset.assign(_cofiring(machine)).assign(_shape(machine, by_score["variance_fi"]))


def _agreement(score: np.ndarray, target: np.ndarray) -> tuple[float, float, float]:
    better = target > np.median(target)
    kept = score > np.median(score)
    return np.corrcoef(score, target)[0, 1], stats.spearmanr(score, target).statistic, kept[better].mean()


def _cofiring(machine: RBM) -> dict[str, float]:
    r"""Errors of the heuristic's co-firing and of the mean-field one, the heuristic's typical overestimate of F.

    ``log_odds_correlation`` is that of both sides of what the heuristic assumes: the log odds of a visible unit rise by
    :math:`w_{ij} (1 - \langle h_j \rangle)` when it is known that hidden unit j is on.
    """
    v, h, vh = exact_moments(machine)
    heuristic = heuristic_cofiring(machine.W, v, h)
    errors = {
        "heuristic_error": heuristic - vh,
        "mean_field_error": mean_field_cofiring(machine.W, machine.b, h) - vh,
    }
    measured = {name: float(np.sqrt((error**2).mean())) for name, error in errors.items()}
    shift = special.logit(vh / h) - special.logit(v)[:, None]
    measured["log_odds_correlation"] = float(np.corrcoef(shift.ravel(), (machine.W * (1 - h)).ravel())[0, 1])
    return measured | {"heuristic_ratio": float(np.median(heuristic * (1 - heuristic) / (vh * (1 - vh))))}


def _shape(machine: RBM, weight_information: np.ndarray) -> dict[str, object]:
    """Spectra, sparsity, and how much of the weights' information the most informative hidden units hold."""
    joint = fisher_information(machine)
    eigenvalues = [np.linalg.eigvalsh(F)[::-1] for F in (joint, fisher_information(machine, marginal=True))]
    by_unit = np.sort(weight_information.reshape(machine.W.shape).sum(axis=0))[::-1]
    u = np.abs(leading_eigenvector(joint)[1])
    diagonal = np.diagonal(joint)
    return {
        "eigenvalues": (("kind", "order"), np.array(eigenvalues)),
        "kind": ["joint", "marginal"],
        "diagonal_and_eigenvector": float(np.corrcoef(u, diagonal)[0, 1]),
        "least_visible_bias": float(diagonal[: machine.n_visible].min() / diagonal.max()),
        "small_entries": float((np.abs(joint) < SMALL * np.abs(joint).max()).mean()),
        "few_units_share": float(by_unit[:FEW_UNITS].sum() / by_unit.sum()),
    }
