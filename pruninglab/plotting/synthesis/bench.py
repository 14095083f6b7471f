"""Figures of the bench: what each rule costs, in which use, at which density."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from pruninglab.plotting.style import BLACK, DARK_BLUE, DARK_GREEN, GREY, RULE_COLOURS

NAMES = {
    "magnitude": "size $|w|$",
    "degree": "size over degree",
    "leverage": "leverage $q$",
    "saliency_matched": "$q^2$",
    "saliency_original": r"$w^2\mathrm{Var}(x_ix_j)$",
    "variance": r"$\mathrm{Var}(x_ix_j)$",
    "random": "random",
    "anti": r"anti: $1/\mathrm{Var}$",
    "leverage_linearised": "leverage, linearised",
    "saliency_original_linearised": r"$w^2\mathrm{Var}$, linearised",
    "variance_linearised": r"$\mathrm{Var}$, linearised",
}
COLOURS = {
    "magnitude": RULE_COLOURS["magnitude"],
    "degree": RULE_COLOURS["degree"],
    "leverage": RULE_COLOURS["noise"],
    "saliency_matched": DARK_BLUE,
    "saliency_original": DARK_GREEN,
    "variance": RULE_COLOURS["fisher"],
    "random": RULE_COLOURS["random"],
    "anti": RULE_COLOURS["anti"],
}
MARKERS = {
    "magnitude": "D",
    "degree": "^",
    "leverage": "o",
    "saliency_matched": "h",
    "saliency_original": "P",
    "variance": "s",
    "random": "X",
    "anti": "v",
}
"""Of the rules, in figures with a line for every rule."""
USES = {"threshold": ("o", "full", "-"), "strengthen": ("D", "none", "--")}
"""Marker, filling and line of the two uses."""


def costs_by_rule(axis: Axes, costs: xr.DataArray, label: str, references: Mapping[str, float] | None = None) -> None:
    """A row for every rule: costs of single replicas, thresholds filled and above, strengthened open and below.

    Parameters
    ----------
    axis : Axes
    costs : DataArray
        Dimensions ``rule``, ``use`` and ``replica``; what is not finite is left out.
    label : str
        Of the horizontal axis, logarithmic.
    references : mapping, optional
        Values at which vertical lines are drawn, by their names.
    """
    rules = list(costs["rule"].values)
    for row, rule in enumerate(rules):
        for use, shift in zip(costs["use"].values, (-0.16, 0.16), strict=False):
            marker, filling, _ = USES[use]
            values = costs.sel(rule=rule, use=use).values
            axis.plot(
                values, np.full(len(values), row + shift), marker, ms=4.5, fillstyle=filling, alpha=0.75, **_ink(rule)
            )
    for (name, value), style in zip((references or {}).items(), ("-", ":"), strict=False):
        axis.axvline(value, color=BLACK, lw=0.9, ls=style, label=name, zorder=0)
    axis.set(xscale="log", xlabel=label, ylim=(len(rules) - 0.5, -0.5))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_yticks(range(len(rules)), [NAMES[rule] for rule in rules])
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", color=GREY, lw=0.3, alpha=0.5)


def legend_of_uses(axis: Axes, *, place: str = "best") -> None:
    """Filled and open markers, and the reference lines that the axis has."""
    handles = [
        Line2D([], [], color=BLACK, marker=marker, fillstyle=filling, ls="", ms=4.5, label=use)
        for use, (marker, filling, _) in USES.items()
    ]
    named = [line for line in axis.lines if not line.get_label().startswith("_")]
    axis.legend(handles=handles + named, loc=place)


def gain_by_density(axis: Axes, gains: xr.DataArray, densities: Sequence[float], label: str) -> None:
    """A gain against what is left, a line for every rule: mean over replicas, with the range of the replicas.

    Parameters
    ----------
    axis : Axes
    gains : DataArray
        Dimensions ``rule``, ``density`` and ``replica``.
    densities : sequence of float
    label : str
    """
    for shift, rule in enumerate(gains["rule"].values):
        values = gains.sel(rule=rule).transpose("density", "replica").values
        mean = values.mean(axis=1)
        spread = np.abs([mean - values.min(axis=1), values.max(axis=1) - mean])
        places = np.array(densities) * 1.03 ** (shift - gains.sizes["rule"] / 2)
        look = {"marker": MARKERS[rule], "ms": 5, "lw": 1.3, "elinewidth": 1, "label": NAMES[rule]}
        axis.errorbar(places, mean, spread, **look, **_ink(rule))
    axis.axhline(0, color=GREY, lw=0.8)
    axis.set(xscale="log", xlabel="share of synapses kept", ylabel=label)
    axis.set_xticks(densities, [f"{density:g}" for density in densities])
    axis.minorticks_off()


def by_fraction(axis: Axes, values: xr.DataArray, label: str, control: np.ndarray | None = None) -> None:
    """Median over networks against the fraction that is pruned, a line for every rule; a band for the unpruned.

    Parameters
    ----------
    axis : Axes
    values : DataArray
        Dimensions ``rule``, ``fraction`` and ``replica``.
    label : str
    control : ndarray, optional
        The same of the networks that are not pruned: drawn as a band between quartiles.
    """
    if control is not None:
        axis.axhspan(*np.quantile(control, [0.25, 0.75]), color=GREY, alpha=0.25, lw=0, label="not pruned")
    for rule in values["rule"].values:
        own = values.sel(rule=rule)
        look = {"marker": MARKERS[rule], "ms": 5, "lw": 1.3, "label": NAMES[rule]}
        axis.plot(own["fraction"], own.median("replica"), **look, **_ink(rule))
    axis.set(xlabel="fraction pruned", ylabel=label)
    axis.set_xticks(values["fraction"].values)


def _ink(rule: str) -> dict[str, str]:
    return {"color": COLOURS[rule.removesuffix("_linearised")]}
