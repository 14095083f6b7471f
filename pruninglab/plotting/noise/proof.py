"""Figures of Part III: why noise-prune works, and what the theorem promises."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.ticker import LogLocator, MaxNLocator, PercentFormatter

from pruninglab.plotting.noise.spectrum import RULE_COLOURS
from pruninglab.plotting.style import BLACK, GREY, ORANGE, PURPLE, VERMILION, draw_not_run

GUARANTEES_COMMAND = "python -m pruninglab run guarantees\n--preset paper --replicas 0:5"
NOISE_PRUNE = RULE_COLOURS["noise-prune"]
STEP = 1.4
"""Distance of neighbouring pictures of edge pieces, each one unit wide."""
SMALLEST_DRAWN = 1e-4
APPROXIMATION_STYLES = ((NOISE_PRUNE, "o"), (BLACK, "s"), (VERMILION, "^"))


def edge_pieces(axis: Axes, original: np.ndarray, drawn: np.ndarray, probabilities: Sequence[float]) -> None:
    """Fig 1c: a matrix as the sum of its edge pieces, the same as graphs, and one draw.

    `original` and `drawn` have shape (1 + n_edges, N, N): the whole matrix, then one piece per edge; pruned pieces of
    the draw are zero.
    """
    limit = np.abs([original, drawn]).max()
    norm = TwoSlopeNorm(0, -limit, limit)
    for column, (before, after) in enumerate(zip(original, drawn, strict=True)):
        x = column * STEP
        for row, picture in ((2, before), (0, after)):
            y = row * STEP
            axis.imshow(np.ma.masked_equal(picture, 0), extent=(x, x + 1, y, y + 1), norm=norm, cmap="PuOr")
            axis.plot([x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y], color=GREY, lw=0.8)
            if column > 0 and not picture.any():
                axis.text(x + 0.5, y + 0.5, "pruned", ha="center", va="center", fontsize=8)
            axis.text(x + (STEP + 1) / 2, y + 0.5, _operator(column, len(original)), ha="center", va="center")
        _graph(axis, before, x, STEP)
        if column > 0:
            axis.text(x + 0.5, -0.12, f"$p={probabilities[column - 1]:.2f}$", ha="center", va="top", fontsize=8)
    for row, label in ((2, "matrix $B$"), (1, "graph"), (0, r"draw $B^{\mathrm{sp}}$")):
        axis.text(-0.15, row * STEP + 0.5, label, ha="right", va="center")
    axis.set(xlim=(-1.4, len(original) * STEP), ylim=(-0.5, 2 * STEP + 1.05), aspect="equal")
    axis.set_axis_off()


def _operator(column: int, n: int) -> str:
    if column == n - 1:
        return ""
    return "=" if column == 0 else "+"


def _graph(axis: Axes, matrix: np.ndarray, x: float, y: float) -> None:
    """Neurons on a circle in the unit square at (x, y); orange synapses excite, purple ones inhibit."""
    angle = 2 * np.pi * np.arange(len(matrix)) / len(matrix) + np.pi / 4
    places = np.stack([x + 0.5 + 0.42 * np.cos(angle), y + 0.5 + 0.42 * np.sin(angle)])
    for i, j in np.argwhere(np.triu(matrix, 1)):
        colour = ORANGE if matrix[i, j] < 0 else PURPLE
        axis.plot(*places[:, [i, j]], color=colour, lw=1 + 1.5 * abs(matrix[i, j]))
    axis.plot(*places, "o", ms=4, color=BLACK)


def rates(axis: Axes, before: np.ndarray, after: np.ndarray, title: str) -> None:
    """Rates of all modes before and after pruning, each sorted, slowest first."""
    ranks = np.arange(1, len(before) + 1)
    size = 6 if len(before) < 50 else 3
    axis.plot(ranks, np.sort(before), "o", ms=size, mfc="none", color=BLACK, label="original")
    axis.plot(ranks, np.sort(after), "x", ms=size, color=NOISE_PRUNE, label="one draw")
    axis.set(xlabel="mode, slowest first", ylabel=r"rate $|\lambda|$", title=title)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.legend(loc="upper left")


def tails(axis: Axes, epsilon: np.ndarray, shares: dict[str, np.ndarray], bounds: dict[str, np.ndarray]) -> None:
    """Share of draws in which one pattern's form strays by epsilon, to either side, and the scalar Chernoff bounds."""
    for (side, share), colour, style in zip(shares.items(), (NOISE_PRUNE, BLACK), ("-", "--"), strict=True):
        axis.plot(epsilon, np.where(share > 0, share, np.nan), color=colour, ls=style, label=f"measured, {side}")
        axis.plot(epsilon, bounds[side], color=colour, ls=style, lw=0.8, alpha=0.7, label=f"bound, {side}")
    axis.set(xlabel=r"$\epsilon$", ylabel=r"chance to stray by $\epsilon$", yscale="log", ylim=(1e-7, 2))
    axis.legend(loc="lower left")


def draws(axis: Axes, epsilons: np.ndarray, promised: float) -> None:
    """Spectral epsilon of many draws, and the promise."""
    axis.hist(epsilons, bins=np.linspace(0, promised, 41), color=NOISE_PRUNE, alpha=0.6, label="draws")
    axis.axvline(promised, color=BLACK, ls="--", label="promised")
    axis.set(xlabel=r"spectral $\epsilon$", ylabel="number of draws", xlim=(0, 1.1 * promised))
    axis.legend(loc="upper center")


def failures(axis: Axes, summary: xr.Dataset | None) -> None:
    """Share of draws that miss epsilon against the constant in the multiplier, and the chance that is allowed."""
    if summary is None:
        draw_not_run(axis, GUARANTEES_COMMAND)
        return
    for index, replica in enumerate(summary["replica"].values):
        label = "measured, one dot per network" if index == 0 else None
        share = summary["failures"].sel(replica=replica)
        axis.plot(summary["constant"], share, "o", ms=4, alpha=0.6, color=NOISE_PRUNE, label=label)
    bound = summary["failure_bound"].isel(replica=0)
    axis.plot(summary["constant"], bound, "s--", ms=3, color=BLACK, label="allowed by the theorem")
    axis.set(xlabel=r"constant $c$ in $\kappa=c\ln N/\epsilon^2$", ylabel=r"share of draws that miss $\epsilon$")
    axis.legend(loc="upper right")


def growing(axis: Axes, summary: xr.Dataset | None, variable: str) -> None:
    """Spectral epsilon or share of synapses kept against N, dense networks, and what was asked or predicted."""
    if summary is None:
        draw_not_run(axis, GUARANTEES_COMMAND)
        return
    if variable == "growing_epsilon":
        reference, ylabel = float(summary["asked_epsilon"][0]), r"spectral $\epsilon$"
        axis.set_ylim(0, 1.15 * reference)
        axis.axhline(reference, color=BLACK, ls="--", label="asked for")
    else:
        predicted = (summary["growing_share"] / summary["growing_over_formula"]).isel(replica=0)
        axis.plot(summary["size"], predicted, color=BLACK, ls="--", label=r"$4N\ln N/\epsilon^2$ synapses")
        ylabel = "share of synapses kept"
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for index, replica in enumerate(summary["replica"].values):
        name = "measured" if index == 0 else None
        values = summary[variable].sel(replica=replica)
        axis.plot(summary["size"], values, "o", ms=4, alpha=0.6, color=NOISE_PRUNE, label=name)
    axis.set(xlabel="neurons $N$", ylabel=ylabel, xscale="log")
    axis.set_xticks(summary["size"].values, [f"{size:,}" for size in summary["size"].values])
    axis.minorticks_off()
    axis.legend(loc="best")


def bounds(axis: Axes, summary: xr.Dataset | None) -> None:
    """Every proven bound: measured over promised, a dot per network; none may pass 1."""
    if summary is None:
        draw_not_run(axis, GUARANTEES_COMMAND)
        return
    names = [str(name) for name in summary["bound"].values]
    for position, name in enumerate(names):
        values = summary["ratio"].sel(bound=name).values
        axis.plot(values, np.full(len(values), position), "o", ms=4, alpha=0.6, color=NOISE_PRUNE)
    axis.axvline(1, color=BLACK, ls="--")
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set(xlabel="largest measured / bound", xlim=(0, 1.08))


def distances(axis: Axes, times: np.ndarray, measured: dict[str, np.ndarray], bound: float) -> None:
    """Distance of two free decays from the same start, over the start's length; values (n_times, n_starts)."""
    for (name, values), colour, style in zip(measured.items(), (BLACK, NOISE_PRUNE), ("-", "--"), strict=True):
        lines = axis.semilogx(times, values, color=colour, ls=style, lw=0.9, alpha=0.7)
        lines[0].set_label(name)
    axis.axhline(bound, color=BLACK, ls=":", label="bound")
    axis.set(xlabel="time", ylabel="distance / length of start", ylim=(0, 1.15 * bound))
    axis.legend(loc="center left")


def mode_errors(axis: Axes, rates: np.ndarray, errors: dict[str, np.ndarray]) -> None:
    """Relative error of each mode's quadratic form under several approximations, against the rate of the mode."""
    for (name, error), (colour, marker) in zip(errors.items(), APPROXIMATION_STYLES, strict=False):
        shown = np.maximum(error, SMALLEST_DRAWN)
        axis.loglog(rates, shown, marker, ms=3, mfc="none", alpha=0.7, color=colour, label=name)
    axis.set(xlabel=r"rate of the mode $|\lambda|$", ylabel=r"quadratic form error $\epsilon_v$")
    axis.legend(loc="lower left", markerscale=1.5)
