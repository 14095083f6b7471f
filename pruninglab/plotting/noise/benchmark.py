"""Figures of Part III: where covariance matters and where it does not, and what clipping costs."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.noise.spectrum import RULE_COLOURS, RULE_MARKERS
from pruninglab.plotting.style import BLACK, BLUE, GREY, VERMILION, draw_not_run

BRIDGES_COMMAND = "python -m pruninglab run bridges\n--preset paper --replicas 0:10"
GROUP_LINES = {"clustered network": (BLUE, "-"), "inside clusters": (GREY, "--"), "bridges": (VERMILION, "-")}


def surrounding_shares(axis: Axes, shares: dict[str, np.ndarray]) -> None:
    """Cumulative share of synapses against the share of their diff-covariance that is due to the surroundings."""
    for name, values in shares.items():
        colour, style = GROUP_LINES[name]
        axis.ecdf(values, color=colour, ls=style, label=name)
    axis.set(xlabel="share of the diff-cov due to the surroundings", xscale="log")
    axis.set_ylabel("share of synapses, cumulative")
    axis.legend(loc=(0.62, 0.25))


def two_rules(axis: Axes, noise_prune: np.ndarray, degree: np.ndarray, is_bridge: np.ndarray) -> None:
    """Probability of every synapse by degree against that by noise-prune, bridges marked."""
    axis.plot([0, 1], [0, 1], color=BLACK, lw=0.8)
    axis.plot(noise_prune[~is_bridge], degree[~is_bridge], ".", ms=3, color=GREY, alpha=0.5, label="inside a cluster")
    axis.plot(noise_prune[is_bridge], degree[is_bridge], "D", ms=5, color=VERMILION, label="bridge")
    axis.set(xlabel="$p$ by noise-prune", ylabel="$p$ by degree")
    axis.legend(loc="upper left")


def slow_rates(axis: Axes, original: np.ndarray, pruned: dict[str, np.ndarray]) -> None:
    """Rates of the slowest modes, slowest first: of the network, and of pruned ones (n_draws, n_modes) by rule."""
    ranks = np.arange(1, len(original) + 1)
    for shift, (rule, values) in zip((-0.2, 0, 0.2), pruned.items(), strict=True):
        marks = axis.plot(ranks + shift, values.T, RULE_MARKERS[rule], ms=4, color=RULE_COLOURS[rule], alpha=0.7)
        marks[0].set_label(rule)
    axis.hlines(original, ranks - 0.35, ranks + 0.35, color=BLACK, label="original")
    axis.set(xlabel="mode, slowest first", ylabel=r"rate $|\lambda|$", yscale="log")
    axis.set_xticks(ranks)


def bridge_networks(axis: Axes, values: xr.DataArray | None, rules: Sequence[str], label: str) -> None:
    """One number per rule and stored network of the bridge benchmark; bars mark medians."""
    if values is None:
        draw_not_run(axis, BRIDGES_COMMAND)
        return
    for position, rule in enumerate(rules):
        sample = values.sel(rule=rule).values
        offsets = position + 0.25 * np.linspace(-1, 1, len(sample)) if len(sample) > 1 else [position]
        axis.plot(offsets, sample, RULE_MARKERS[rule], ms=4, color=RULE_COLOURS[rule], alpha=0.8)
        axis.plot([position - 0.35, position + 0.35], [np.median(sample)] * 2, color=BLACK, lw=1.5)
    axis.set_xticks(range(len(rules)), rules, rotation=30, ha="right", rotation_mode="anchor")
    axis.set(ylabel=label, ylim=(0, None))


def bottleneck(axis: Axes, n_bridges: Sequence[int], errors: dict[str, np.ndarray]) -> None:
    """Error of the slowest modes by rule (n_widths, n_networks) against the number of bridges at each joint."""
    for rule, values in errors.items():
        axis.loglog(n_bridges, np.median(values, axis=1), color=RULE_COLOURS[rule], lw=1.2)
        marks = axis.loglog(n_bridges, values, RULE_MARKERS[rule], ms=4, color=RULE_COLOURS[rule], alpha=0.6)
        marks[0].set_label(rule)
    axis.set(xlabel="bridges between neighbouring clusters", ylabel="mean error of slow eigenvalues")
    axis.set_xticks(n_bridges, [str(n) for n in n_bridges])
    axis.minorticks_off()
    axis.legend(loc="best")


def clipping(axis: Axes, densities: Sequence[float], kept: dict[str, np.ndarray]) -> None:
    """Expected density over the density asked for, if scores are clipped after scaling, by rule."""
    for rule, values in kept.items():
        axis.plot(densities, values, RULE_MARKERS[rule] + "-", ms=4, color=RULE_COLOURS[rule], label=rule)
    axis.axhline(1, color=BLACK, lw=0.8, ls=":")
    axis.set(xlabel="density asked for", ylabel="expected density / density asked for")
    axis.legend(loc="lower left")
