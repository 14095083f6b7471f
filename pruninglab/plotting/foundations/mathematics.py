"""Figures of the chapter on mathematics: quadratic forms, modes, and the divergence of two coins."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION

COLOURS, STYLES = (BLUE, VERMILION, GREEN, ORANGE), ("-", "--", "-.", ":")


def form(
    axis: Axes, grid: np.ndarray, values: np.ndarray, levels: Sequence[float], ends: Mapping[str, np.ndarray]
) -> None:
    """Level lines of a form of two variables, shape (n, n), and named arrows from the origin to points (2,)."""
    lines = axis.contour(grid, grid, values, levels=levels, colors=GREY, linewidths=1.2)
    away_from_arrows = [-np.sqrt(level) * next(iter(ends.values())) for level in levels]
    axis.clabel(lines, fmt="%g", fontsize=8.5, colors=BLACK, manual=away_from_arrows)
    for (name, end), colour in zip(ends.items(), COLOURS, strict=False):
        axis.annotate("", end, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.8})
        beyond = 12 * end / np.linalg.norm(end)
        axis.annotate(name, end, beyond, textcoords="offset points", ha="center", va="center")
    _square(axis)


def unit_contours(axis: Axes, grid: np.ndarray, forms: Mapping[str, np.ndarray]) -> None:
    """For each named function of two variables, shape (n, n), the line on which it is 1."""
    for (name, values), colour, style in zip(forms.items(), COLOURS, STYLES, strict=False):
        axis.contour(grid, grid, values, levels=[1], colors=colour, linestyles=style, linewidths=1.8)
        axis.plot([], [], color=colour, ls=style, lw=1.8, label=name)
    _square(axis)
    axis.legend(loc="upper left")


def _square(axis: Axes) -> None:
    axis.axhline(0, color=GREY, lw=0.5, zorder=0)
    axis.axvline(0, color=GREY, lw=0.5, zorder=0)
    axis.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")


def decay(axis: Axes, time: np.ndarray, neurons: Mapping[str, np.ndarray], modes: Mapping[str, np.ndarray]) -> None:
    """Activity against time: neurons as full lines, modes as broken ones."""
    for curves, colours, style in ((neurons, (BLACK, GREY), "-"), (modes, COLOURS, "--")):
        for (name, values), colour in zip(curves.items(), colours, strict=False):
            axis.plot(time, values, color=colour, ls=style, lw=1.6, label=name)
    axis.set(xlabel="time", ylabel="activity", ylim=(0, None))
    axis.legend()


def noisy_modes(axis: Axes, time: np.ndarray, paths: Mapping[str, np.ndarray], deviations: Sequence[float]) -> None:
    """A noisy path of each mode, one below the other, each in the band of its standard deviation."""
    step = 3.5 * max(np.abs(path).max() for path in paths.values()) / 2
    for row, ((name, path), deviation, colour) in enumerate(zip(paths.items(), deviations, COLOURS, strict=False)):
        axis.axhspan(-deviation - row * step, deviation - row * step, color=colour, alpha=0.15, lw=0)
        axis.plot(time, path - row * step, color=colour, lw=0.9, label=name)
    axis.set(xlabel="time", ylabel="activity along the mode", yticks=[], ylim=(-1.8 * step, None))
    axis.legend(loc="lower center", ncols=2)


def coins(axis: Axes, p: np.ndarray, divergences: Mapping[str, np.ndarray]) -> None:
    """Divergences against the probability of one of the two coins, on the axis from 0 to 1."""
    for (name, values), colour, style in zip(divergences.items(), COLOURS, STYLES, strict=False):
        axis.plot(p, values, color=colour, ls=style, lw=1.8, label=name)
    axis.set(xlabel="probability $p$", ylabel="divergence, nats", xlim=(0, 1), ylim=(0, 1))
    axis.legend()


def parabola(axis: Axes, changes: np.ndarray, exact: np.ndarray, approximate: np.ndarray) -> None:
    """Divergence against the change of a unit's input, with the parabola of the Fisher information."""
    axis.plot(changes, exact, color=BLUE, lw=1.8, label="exact")
    axis.plot(changes, approximate, color=ORANGE, ls="--", lw=1.8, label=r"$\frac{1}{2}F\delta^2$")
    axis.set(xlabel=r"change $\delta$ of the input", ylabel="divergence, nats", ylim=(0, None))
    axis.legend()
