"""Figures of Part I: gradients through time, the optimiser, and a network that learns or gets stuck.

Steps of a trial, passes and outer iterations are counted from 1; arrays start at 0.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION

STEP = "step (about 50 ms each)"
EVENTS = {"cue 1": (13, 14), "cue 2": (40, 41), "response": (52, 53)}
"""First and last step of what happens in a trial."""
NOISE_FLOOR = 0.01
"""Variance of the noise on the targets."""
STYLES = {
    "trained": (BLUE, "o"),
    "stuck": (VERMILION, "s"),
    "steepest descent": (VERMILION, "s"),
    "without the five stiffest": (GREEN, "^"),
}
"""Of networks, and of directions in the space of the stuck one's weights."""
SERIES = ((BLUE, "-"), (VERMILION, "-"), (BLUE, "--"), (VERMILION, "--"), (GREY, ":"))


def gradient_check(axis: Axes, lengths: np.ndarray, errors: dict[str, np.ndarray]) -> None:
    """Relative error of difference quotients against the length of their step."""
    for (label, error), colour, marker in zip(errors.items(), (BLUE, ORANGE), "os", strict=True):
        axis.loglog(lengths, error, marker, ls="-", ms=3, lw=1, color=colour, label=label)
    axis.set(xlabel="length of the step $h$", ylabel="relative error of the derivative")
    axis.legend(loc="upper center")


def mark_events(axis: Axes) -> None:
    """Shade the cues and the response of a trial, and name them above the axes."""
    for name, (first, last) in EVENTS.items():
        axis.axvspan(first - 0.5, last + 0.5, color=GREY, alpha=0.25, lw=0)
        axis.annotate(name, ((first + last) / 2, 1.01), xycoords=("data", "axes fraction"), ha="center", fontsize=8.5)


def by_step(axis: Axes, curves: dict[str, np.ndarray], ylabel: str) -> None:
    """Something positive at every step of a trial, one curve per network, on a logarithmic axis."""
    mark_events(axis)
    for (label, values), (colour, style) in zip(curves.items(), SERIES, strict=False):
        axis.semilogy(np.arange(1, len(values) + 1), values, ls=style, color=colour, label=label)
    axis.set(xlabel=STEP, ylabel=ylabel)


def residuals(axis: Axes, norms: dict[str, np.ndarray]) -> None:
    """Length of the gradient after every pass on a quadratic, over its length at the start."""
    for (label, values), colour, marker in zip(norms.items(), (GREY, BLUE, VERMILION), "^so", strict=False):
        axis.semilogy(values / values[0], marker=marker, ms=4, lw=1, color=colour, label=label)
    axis.set(xlabel="pass", ylabel="length of the gradient / start")
    axis.legend(loc="lower left")


def conjugacy(axis: Axes, overlaps: np.ndarray) -> None:
    """Overlap of all pairs of directions, between 0 for conjugate ones and 1, on a logarithmic scale of colours."""
    image = axis.imshow(np.maximum(overlaps, 1e-16), norm=LogNorm(1e-16, 1), cmap="cividis")
    numbers = np.arange(len(overlaps))
    axis.set_xticks(numbers, numbers + 1)
    axis.set_yticks(numbers, numbers + 1)
    axis.set(xlabel="direction", ylabel="direction")
    axis.figure.colorbar(image, ax=axis, label="overlap", shrink=0.9)


def by_pass(axis: Axes, curves: dict[str, np.ndarray], ylabel: str, rejected: np.ndarray | None = None) -> None:
    """Something positive after every pass of the inner loop; crosses mark passes whose step was rejected."""
    for (label, values), colour, marker in zip(curves.items(), (BLACK, BLUE, ORANGE), "osv", strict=False):
        passes = np.arange(1, len(values) + 1)
        few = len(values) <= 60
        drawn = np.where(values > 0, values, np.nan)
        axis.semilogy(passes, drawn, marker=marker if few else None, ms=4, lw=1, color=colour, label=label)
    if rejected is not None:
        places = 1 + np.flatnonzero(rejected)
        style = {"color": VERMILION, "transform": axis.get_xaxis_transform(), "clip_on": False}
        axis.plot(places, np.full(len(places), 0.02), "x", ms=6, mew=1.5, label="rejected", **style)
    axis.set(xlabel="pass of the inner loop", ylabel=ylabel)


def training_curves(axis: Axes, logged: np.ndarray, criterion: float, title: str) -> None:
    """Loss above its floor at the start of every outer iteration, one line per copy; NaN after its last one."""
    for number, losses in enumerate(logged):
        label = "a copy" if number == 0 else None
        axis.semilogy(np.arange(1, len(losses) + 1), losses, "o-", ms=3, lw=1, color=BLUE, alpha=0.7, label=label)
    axis.axhline(criterion, color=VERMILION, lw=1, ls="--", label="needed to stop")
    axis.set(xlabel="outer iteration", ylabel="loss at its start, above the floor")
    axis.set_title(title)


def responses(axis: Axes, output: np.ndarray, target: np.ndarray, title: str) -> None:
    """Fig 1C-F: output of a network in one condition, with the target it had without noise."""
    steps = np.arange(1, len(output) + 1)
    axis.step(steps, target, where="mid", color=GREY, lw=2.5, alpha=0.6, label="target")
    axis.plot(steps, output, color=BLUE, label="output $y_k$")
    axis.axhline(0, color=BLACK, lw=0.5)
    axis.set(xlabel=STEP, ylabel="output", ylim=(-1.35, 1.35))
    axis.set_title(title)


def along_a_line(axis: Axes, lengths: np.ndarray, changes: dict[str, np.ndarray]) -> None:
    """Size of the change of the loss along a line: filled markers where it falls, open ones where it rises."""
    for label, change in changes.items():
        colour, marker = STYLES[label]
        axis.loglog(lengths, np.abs(change), lw=0.8, color=colour)
        falls = change < 0
        style = {"ls": "", "marker": marker, "ms": 4.5, "color": colour}
        axis.loglog(lengths[falls], -change[falls], **style, label=label)
        axis.loglog(lengths[~falls], change[~falls], **style, mfc="white")
    axis.set(xlabel="length of the step", ylabel="change of the loss (size)")
    axis.legend(loc="lower right")


def curvature_by_distance(axis: Axes, lengths: np.ndarray, curvatures: dict[str, np.ndarray], sigma_0: float) -> None:
    """Curvature that two gradients at a distance show; the dashed line is the distance that the optimiser uses.

    Negative values are open markers.
    """
    for label, values in curvatures.items():
        colour, marker = STYLES[label]
        axis.loglog(lengths, np.abs(values), lw=0.8, color=colour)
        style = {"ls": "", "marker": marker, "ms": 4.5, "color": colour}
        axis.loglog(lengths[values >= 0], values[values >= 0], **style, label=label)
        axis.loglog(lengths[values < 0], -values[values < 0], **style, mfc="white")
    axis.axvline(sigma_0, color=BLACK, lw=1, ls="--", label=r"$\sigma_0$")
    axis.set(xlabel="distance of the two gradients", ylabel="curvature (size)")
    axis.legend(loc="lower left")


def eigenvalues(axis: Axes, spectra: dict[str, np.ndarray]) -> None:
    """Sizes of the eigenvalues of Hessians, largest first; open markers are negative ones."""
    for label, values in spectra.items():
        colour, marker = STYLES[label]
        order = np.argsort(-np.abs(values))
        sizes, ranks = np.abs(values)[order], np.arange(1, len(values) + 1)
        negative = values[order] < 0
        style = {"ls": "", "marker": marker, "ms": 4, "mew": 0.7, "color": colour}
        axis.loglog(ranks[~negative], sizes[~negative], **style, label=label)
        axis.loglog(ranks[negative], sizes[negative], **style, mfc="white")
    axis.set(xlabel="rank", ylabel="eigenvalue of the Hessian (size)")
    axis.legend(loc="upper right")


def fates(axis: Axes, groups: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    """Outer iterations and exponent of networks; open markers have not met the criterion.

    Every group holds exponents, outer iterations, and whether the criterion was met.
    """
    for (label, (exponents, outer, met)), colour, marker in zip(groups.items(), (BLUE, VERMILION), "os", strict=True):
        style = {"ls": "", "marker": marker, "ms": 5, "color": colour}
        axis.plot([], [], **style, label=label)
        axis.plot(exponents[met], outer[met], **style)
        axis.plot(exponents[~met], outer[~met], **style, mfc="white")
    axis.axvline(0, color=BLACK, lw=0.5)
    axis.set(xlabel="maximal Lyapunov exponent", ylabel="outer iterations", ylim=(0, None))
    axis.legend(loc="lower right")


def evaluations(axis: Axes, runs: dict[str, list[tuple[np.ndarray, np.ndarray]]], title: str) -> None:
    """Lowest loss so far against the number of gradients computed; each method has a curve for every copy."""
    for (label, copies), colour, style in zip(runs.items(), (BLACK, PURPLE), ("-", "--"), strict=True):
        for number, (counts, losses) in enumerate(copies):
            lowest = np.minimum.accumulate(losses)
            axis.loglog(counts, lowest, color=colour, ls=style, lw=1.2, label=None if number else label)
    axis.axhline(NOISE_FLOOR, color=BLACK, lw=1, ls=":")
    axis.set(xlabel="gradients computed")
    axis.set_title(title)
