"""Figures of Part IV: Fisher information, leverage, and the cost of removing synapses."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pruninglab.plotting.style import BLACK, BLUE, GREY, ORANGE, VERMILION
from pruninglab.plotting.synthesis.bench import COLOURS, MARKERS

SCORES = {"least saliency": "saliency_matched", "smallest weights": "magnitude", "random": "random"}
"""Rules of the bench, whose looks the ways to choose synapses have."""


def costs_of_a_change(axis: Axes, changes: np.ndarray, costs: np.ndarray, information: float, weight: float) -> None:
    """Divergence against the change of one weight, with its parabola; a line marks removal."""
    axis.plot(changes, costs, color=BLUE, lw=1.8, label="exact")
    axis.plot(changes, information * changes**2 / 2, color=ORANGE, ls="--", lw=1.5, label=r"$\frac{1}{2}Fd^2$")
    axis.axvline(-weight, color=GREY, lw=0.8)
    axis.text(-weight, axis.get_ylim()[1], " removed", va="top", fontsize=8.5)
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.set(xlabel="change $d$ of $|w|$", ylabel="divergence, nats")
    axis.legend(loc="upper center")


def root(axis: Axes, saliency: np.ndarray, probability: np.ndarray) -> None:
    """Probability to be kept against saliency, double logarithmic, with a line of slope one half."""
    axis.plot(saliency, probability, "o", ms=3.5, color=BLUE, alpha=0.6)
    free = probability < 1
    ends = np.array([saliency.min(), saliency[free].max()])
    axis.plot(
        ends, np.sqrt(ends * (probability[free] ** 2 / saliency[free]).mean()), color=BLACK, lw=1, label="slope ½"
    )
    axis.set(xscale="log", yscale="log", xlabel="saliency $w^2F$", ylabel="probability to be kept")
    axis.legend()


def against(axis: Axes, x: np.ndarray, y: np.ndarray, names: tuple[str, str], *, equality: bool = False) -> None:
    """One number of every synapse against another, double logarithmic; with the line of equality if asked for."""
    axis.plot(x, y, "o", ms=3, color=BLUE, alpha=0.5)
    if equality:
        ends = [min(x.min(), y.min()), max(x.max(), y.max())]
        axis.plot(ends, ends, color=BLACK, lw=0.8)
    axis.set(xscale="log", yscale="log", xlabel=names[0], ylabel=names[1])


def weights_and_leverages(
    axis: Axes, weight: np.ndarray, leverage: np.ndarray, marked: np.ndarray, rank: float, title: str
) -> None:
    """Leverage of every synapse against its weight, the marked ones on top, and their rank correlation."""
    axis.plot(weight[~marked], leverage[~marked], "o", ms=2.5, color=GREY, alpha=0.4)
    axis.plot(weight[marked], leverage[marked], "D", ms=5, color=VERMILION, label="bridges")
    axis.set(xscale="log", yscale="log", xlabel="$|w|$", ylabel="leverage $q$")
    axis.set_title(f"{title}, rank correlation {rank:.2f}")
    if marked.any():
        axis.legend(loc="lower right")


def cost_of_one(axis: Axes, leverage: np.ndarray, cost: np.ndarray) -> None:
    """Exact cost of removing single synapses against their leverage, with the formula and its first term."""
    q = np.linspace(0.002, 0.995, 400)
    axis.plot(leverage, cost, "o", ms=4, color=BLUE, label="computed")
    axis.plot(q, -(q + np.log1p(-q)) / 2, color=BLACK, lw=1.2, label=r"$-\frac{1}{2}[q+\ln(1-q)]$")
    axis.plot(q, q**2 / 4, color=ORANGE, ls="--", lw=1.5, label=r"$\frac{1}{4}q^2$")
    axis.set(xscale="log", yscale="log", xlabel="leverage $q$", ylabel="cost of removal, nats", ylim=(1e-6, 5))
    axis.legend()


def cost_of_many(axis: Axes, removed: Sequence[float], ratios: Mapping[str, Sequence[float]]) -> None:
    """Cost of removing many synapses over the sum of what each costs alone, against the share that is removed."""
    for name, values in ratios.items():
        look = {"color": COLOURS[SCORES[name]], "marker": MARKERS[SCORES[name]]}
        axis.plot(removed, values, ms=5, lw=1.2, label=name, **look)
    axis.axhline(1, color=GREY, lw=0.8)
    axis.set(xlabel="share of synapses removed", ylabel="cost of all / sum of costs")
    axis.legend()


def expected_costs(
    axis: Axes, powers: Sequence[float], formula: Sequence[float], sampled: np.ndarray, label: str
) -> None:
    """Expected cost of random pruning against the power of q in the probability: formula, and draws (powers, draws)."""
    axis.plot(powers, formula, color=BLACK, lw=1.2, label="second order")
    mean, error = sampled.mean(axis=1), sampled.std(axis=1, ddof=1) / np.sqrt(sampled.shape[1])
    axis.errorbar(powers, mean, 2 * error, marker="o", ms=4.5, lw=0, elinewidth=1.2, color=BLUE, label="exact, drawn")
    axis.set(yscale="log", xlabel=r"$\alpha$ in $p\propto q^{\alpha}$", ylabel=label)
    axis.legend()
