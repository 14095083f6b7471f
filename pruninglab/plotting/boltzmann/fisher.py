"""Figures of Part II: divergence and its parabola, patches, and the Fisher information matrix with its spectra."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Rectangle

from pruninglab.plotting.boltzmann.dreams import photograph
from pruninglab.plotting.boltzmann.pruning import COMMAND
from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, draw_not_run

COLOURS = (VERMILION, GREEN, BLUE)
POOL = 3
"""So many rows and columns share a dot of a linear `matrix`; the number of parameters, 993, is a multiple."""
LEAST = 1e-4
"""Entries below this share of the largest look alike on the logarithmic scale of `matrix`."""


def divergences(axis: Axes, sizes: np.ndarray, exact: Mapping[str, np.ndarray], parabolas: Mapping) -> None:
    """Divergence against the size of a change: markers exact, lines the quadratic form."""
    for (label, values), colour, marker in zip(exact.items(), COLOURS, "^so", strict=True):
        axis.loglog(sizes, parabolas[label], color=colour, lw=1)
        axis.loglog(sizes, values, marker, ms=4, color=colour, label=label)
    axis.set(xlabel="size of the change", ylabel="divergence (nats)")
    axis.legend()


def landscape(
    axis: Axes, soft: np.ndarray, stiff: np.ndarray, exact: np.ndarray, form: np.ndarray, levels: Sequence[float]
) -> None:
    """Contours of the divergence (stiff, soft), solid, and of its quadratic form, dashed."""
    contours = axis.contour(soft, stiff, exact, levels, colors=BLUE, linewidths=1.3)
    axis.clabel(contours, fmt="%g", fontsize=8)
    axis.contour(soft, stiff, form, levels, colors=VERMILION, linewidths=1, linestyles="dashed")
    axis.plot(0, 0, "+", color=BLACK)
    axis.set(xlabel="change along the softest direction", ylabel="along the stiffest")


def picture(axis: Axes, image: np.ndarray, title: str, *, patches: Sequence[np.ndarray] = ()) -> None:
    """An image in grey; the pixels (n, 2) of every patch are framed."""
    photograph(axis, image, patches=patches)
    axis.set_title(title)


def patch_row(axis: Axes, patterns: Sequence[np.ndarray], offsets: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Patches side by side, white is on, a label below each."""
    for place, (pattern, pixels, label) in enumerate(zip(patterns, offsets, labels, strict=True)):
        for value, (row, column) in zip(pattern, pixels, strict=True):
            corner = (6 * place + column - 0.5, -row - 0.5)
            axis.add_patch(Rectangle(corner, 1, 1, facecolor="white" if value else BLACK, edgecolor=GREY, lw=0.8))
        axis.text(6 * place, -3.1, label, ha="center", va="top")
    axis.set(xlim=(-3, 6 * len(labels) - 3), ylim=(-4.6, 2.8), aspect="equal")
    axis.set_axis_off()


def matrix(axis: Axes, F: np.ndarray | None, ends: Sequence[int], title: str, *, logarithmic: bool = False) -> None:
    """Sizes of entries over the largest; `ends` are ends of blocks. Linear: a dot is the largest of 3 x 3 entries."""
    if F is None:
        draw_not_run(axis, COMMAND)
        return
    sizes = np.abs(F) / np.abs(F).max()
    n = len(F) // POOL
    shown = np.maximum(sizes, LEAST) if logarithmic else sizes.reshape(n, POOL, n, POOL).max(axis=(1, 3))
    norm = LogNorm(LEAST, 1) if logarithmic else Normalize(0, 1)
    image = axis.imshow(
        shown,
        cmap="magma",
        norm=norm,
        extent=(0, len(F), len(F), 0),
        interpolation="antialiased",
    )
    for end in ends:
        axis.axhline(end, color="white", lw=0.6)
        axis.axvline(end, color="white", lw=0.6)
    axis.set(xlabel="parameter", ylabel="parameter")
    axis.set_title(title)
    axis.figure.colorbar(image, ax=axis, shrink=0.8)


def importance_map(axis: Axes, values: np.ndarray | None, n_visible: int, n_hidden: int, title: str) -> None:
    """Fig 1C-D: one number per parameter, in the order b, c, W: weights as a map, c above it, b to its right."""
    if values is None:
        draw_not_run(axis, COMMAND)
        return
    first = n_visible + n_hidden
    canvas = np.full((n_visible + 2, n_hidden + 2), np.nan)
    canvas[2:, :-2] = values[first:].reshape(n_visible, n_hidden)
    canvas[0, :-2] = values[n_visible:first]
    canvas[2:, -1] = values[:n_visible]
    image = axis.imshow(canvas, cmap="magma", norm=Normalize(0, 1), aspect="auto")
    axis.set_yticks([0, 2, n_visible + 1], ["$c$", "1", str(n_visible)])
    axis.set_xticks([0, n_hidden - 1, n_hidden + 1], ["1", str(n_hidden), "$b$"])
    axis.set(xlabel="hidden unit", ylabel="visible unit")
    axis.spines[:].set_visible(False)
    axis.set_title(title)
    axis.figure.colorbar(image, ax=axis, pad=0.01)


def two_largest(axis: Axes, eigenvalues: np.ndarray | None, published: Sequence[float]) -> None:
    """First and second eigenvalue of every machine (machine, 2), and the published ones."""
    if eigenvalues is None:
        draw_not_run(axis, COMMAND)
        return
    machines = np.arange(len(eigenvalues))
    for order, (name, colour, marker) in enumerate((("largest", BLUE, "o"), ("second", ORANGE, "s"))):
        axis.semilogy(machines, eigenvalues[:, order], marker, ms=4.5, color=colour, label=name)
        axis.axhline(published[order], color=colour, lw=1, ls="--")
    axis.set(xlabel="machine", ylabel="eigenvalue")
    axis.set_xticks(machines[::3])
    axis.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axis.set_yticks([], minor=True)
    axis.legend(loc="center")


def balance(axis: Axes, spread: np.ndarray | None, tops: np.ndarray | None) -> None:
    """Largest eigenvalue of every machine against the variance of which side it is on.

    `tops` (machine, 2) holds the two largest; machines whose largest is less than ten times the second are numbered.
    """
    if spread is None:
        draw_not_run(axis, COMMAND)
        return
    axis.plot(spread, tops[:, 0], "o", ms=4.5, color=BLUE)
    for machine in np.flatnonzero(tops[:, 0] < 10 * tops[:, 1]):
        place = spread[machine], tops[machine, 0]
        axis.annotate(str(machine), place, textcoords="offset points", xytext=(6, -4))
    axis.set(xlabel="$q(1-q)$", ylabel="largest eigenvalue")


def spectra(axis: Axes, lines: Mapping[str, np.ndarray] | None, least: float) -> None:
    """Eigenvalues by size on a logarithmic axis, all machines (machine, order); what is below `least` is left out."""
    if lines is None:
        draw_not_run(axis, COMMAND)
        return
    for (name, machines), colour, style in zip(lines.items(), (BLUE, ORANGE), ("-", "--"), strict=False):
        for number, eigenvalues in enumerate(machines):
            above = eigenvalues > least
            order = np.arange(1, len(eigenvalues) + 1)[above]
            label = name if number == 0 else None
            axis.semilogy(order, eigenvalues[above], color=colour, ls=style, lw=0.9, label=label)
    axis.set(xlabel="order", ylabel="eigenvalue")
    if len(lines) > 1:
        axis.legend()


def two_scores(
    axis: Axes, diagonal: np.ndarray | None, sizes: np.ndarray | None, largest: float, *, cuts: Sequence[float] = ()
) -> None:
    """Every weight's entry of the eigenvector against its diagonal entry, the bound, and where either cuts."""
    if diagonal is None:
        draw_not_run(axis, COMMAND)
        return
    axis.loglog(diagonal, sizes, "o", ms=2, color=BLUE, alpha=0.6)
    ends = np.array([diagonal.min(), diagonal.max()])
    axis.loglog(ends, np.sqrt(ends / largest), color=BLACK, lw=1)
    for cut, line in zip(cuts, (axis.axvline, axis.axhline), strict=False):
        line(cut, color=VERMILION, lw=1, ls="--")
    axis.set(xlabel="diagonal $F_{aa}$", ylabel="eigenvector $|u_a|$", ylim=(4e-7, 0.3))


def overlaps(axis: Axes, kept: np.ndarray, common: np.ndarray | None, stored: np.ndarray | None) -> None:
    """Share of the kept weights that both scores keep against how many are kept; all machines at one half."""
    if common is None:
        draw_not_run(axis, COMMAND)
        return
    axis.plot(kept, common, color=BLUE, lw=1.5, label="machine 0")
    axis.plot(np.full(len(stored), 0.5), stored, "o", ms=3.5, color=ORANGE, label="all, at one half")
    axis.plot([0, 1], [0, 1], color=GREY, lw=1, ls=":", label="by chance")
    axis.set(xlabel="share of the weights kept", ylabel="kept by both", ylim=(0, 1.03))
    axis.legend(loc="lower right")


def joint_and_marginal(axis: Axes, joint: np.ndarray | None, marginal: np.ndarray | None) -> None:
    """Diagonal of the marginal matrix against that of the joint one, one point per weight, and equality."""
    if joint is None:
        draw_not_run(axis, COMMAND)
        return
    axis.loglog(joint, marginal, "o", ms=2, color=BLUE, alpha=0.6)
    ends = np.array([joint.min(), joint.max()])
    axis.loglog(ends, ends, color=BLACK, lw=1)
    axis.set(xlabel="joint", ylabel="marginal")
