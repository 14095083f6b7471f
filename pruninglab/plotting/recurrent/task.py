"""Figures of Part I: the task, the network, and what it can and cannot do before training.

Steps are counted from 1, as in the paper; arrays start at 0.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION

STEP = "step (about 50 ms each)"
ROW_HEIGHT = 2.7
"""Distance of the rows of a trial; a line moves between -1 and 1."""
LINE_COLOURS = {"cue 1": BLUE, "cue 2": BLUE, "target": VERMILION}
CONDITION_COLOURS = (BLUE, GREEN, VERMILION, ORANGE)
CONDITION_WIDTHS = (5.5, 3.8, 2.3, 1.0)
"""Lines that coincide can all be seen, because the later ones are narrower."""


def trial(axis: Axes, lines: dict[str, np.ndarray], title: str) -> None:
    """Every line of a trial over its steps, one row each, the first on top; cues and target are in colour."""
    for row, (name, values) in enumerate(lines.items()):
        steps, zero = np.arange(1, len(values) + 1), -ROW_HEIGHT * row
        axis.axhline(zero, color=GREY, lw=0.5)
        axis.step(steps, zero + values, where="mid", color=LINE_COLOURS.get(name, BLACK), lw=1.5, label=name)
    axis.set_yticks(-ROW_HEIGHT * np.arange(len(lines)), list(lines))
    axis.tick_params(axis="y", length=0)
    axis.set(xlabel=STEP, xlim=(0, len(values) + 1), ylim=(-ROW_HEIGHT * len(lines) + 1.2, 1.5), title=title)
    axis.spines["left"].set_visible(False)


def schematic(axis: Axes, inputs: Sequence[str], sizes: dict[str, str]) -> None:
    """Inputs, recurrent layer and output; only the recurrent synapses, drawn in colour, can be pruned.

    `sizes` says what stands below the matrices A, B and C.
    """
    sources = [(0.0, y) for y in np.linspace(1.0, -1.0, len(inputs))]
    angle = 2 * np.pi * np.arange(8) / 8 + np.pi / 8
    units = np.column_stack([2.6 + 0.8 * np.cos(angle), 0.8 * np.sin(angle)])
    for name, source in zip(inputs, sources, strict=True):
        axis.text(source[0] - 0.12, source[1], name, ha="right", va="center")
        axis.plot(*source, "s", color=GREY, ms=6)
        for unit in units[[2, 3, 4, 5]]:
            _arrow(axis, source, unit, color=GREY, lw=0.5, alpha=0.8)
    for start in range(8):
        for hop in (1, 3, 4):
            _arrow(axis, units[start], units[(start + hop) % 8], color=VERMILION, lw=1.3, curve=0.15)
    for unit in units[[0, 1, 6, 7]]:
        _arrow(axis, unit, (4.7, 0.0), color=GREY, lw=0.5, alpha=0.8)
    for unit in units:
        axis.add_patch(Circle(unit, 0.09, facecolor="white", edgecolor=BLACK, zorder=3))
    axis.add_patch(Circle((4.7, 0.0), 0.09, facecolor=BLACK, zorder=3))
    axis.text(4.85, 0.0, "output $y$", va="center")
    for name, x in {"B": 1.1, "A": 2.6, "C": 4.1}.items():
        axis.text(x, -1.28, sizes[name], ha="center", va="top")
    axis.set(xlim=(-0.9, 5.5), ylim=(-1.75, 1.1), aspect="equal")
    axis.set_axis_off()


def eigenvalues(axis: Axes, values: np.ndarray, centre: float, radius: float) -> None:
    """Eigenvalues of many networks in the complex plane, the disc of the circular law, and the unit circle."""
    axis.plot(values.real.ravel(), values.imag.ravel(), ".", ms=1.5, color=BLUE, alpha=0.5, zorder=1)
    angle = np.linspace(0, 2 * np.pi, 400)
    x, y = np.cos(angle), np.sin(angle)
    axis.plot(centre + radius * x, radius * y, color=VERMILION, lw=1.8, label="circular law")
    axis.plot(x, y, color=BLACK, lw=1.2, ls="--", label="unit circle")
    axis.set(xlim=(-0.35, 1.45), ylim=(-0.9, 1.25), aspect="equal", xlabel="real part", ylabel="imaginary part")
    axis.legend(loc="upper right")


def largest_moduli(axis: Axes, radii: np.ndarray, edge: float) -> None:
    """Histogram of each network's largest modulus, with 1 and the edge of the circular law's disc."""
    counts, *_ = axis.hist(radii, bins=24, color=BLUE, alpha=0.7)
    axis.axvline(1, color=BLACK, lw=1.2, ls="--", label="modulus 1")
    axis.axvline(edge, color=VERMILION, lw=1.8, label=f"disc's edge, {edge:.2f}")
    axis.set(xlabel="largest modulus of an eigenvalue", ylabel="networks", ylim=(0, 1.3 * counts.max()))
    axis.legend(loc="upper right")


def traces(axis: Axes, distances: dict[str, np.ndarray], marks: dict[str, slice]) -> None:
    """Distance (E, K) of the states of two trials over time: medians, quartiles as a band, on a logarithmic axis."""
    for (name, values), colour, style in zip(
        distances.items(), (GREEN, BLUE, VERMILION), (":", "--", "-"), strict=True
    ):
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
        steps = np.arange(1, len(middle) + 1)
        shown = middle > 0
        axis.fill_between(steps[shown], low[shown], high[shown], color=colour, alpha=0.18, lw=0)
        axis.plot(steps[shown], middle[shown], color=colour, ls=style, lw=1.8, label=name)
    axis.set(yscale="log", xlim=(1, len(middle)), xlabel=STEP, ylabel="distance over that at the cue's end")
    mark_events(axis, marks)
    axis.legend(loc="lower left")


def mark_events(axis: Axes, marks: dict[str, slice]) -> None:
    """Grey bands at the steps of each event, its name above them."""
    for name, steps in marks.items():
        axis.axvspan(steps.start + 0.5, steps.stop + 0.5, color=GREY, alpha=0.3, lw=0)
        middle = (steps.start + steps.stop + 1) / 2
        axis.text(middle, 1.01, name, ha="center", va="bottom", transform=axis.get_xaxis_transform())


def decay_factors(axis: Axes, factors: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Measured factor per step against the largest modulus that predicts it, a dot per network."""
    for (name, (predicted, measured)), colour, marker in zip(factors.items(), (GREEN, VERMILION), "^o", strict=True):
        axis.plot(predicted, measured, marker, ms=3.5, color=colour, alpha=0.5, label=name)
    limits = [min(axis.get_xlim()[0], axis.get_ylim()[0]), max(axis.get_xlim()[1], axis.get_ylim()[1])]
    axis.plot(limits, limits, color=BLACK, lw=1, label="equality")
    axis.set(xlabel="largest modulus of an eigenvalue", ylabel="measured factor per step")
    axis.legend(loc="upper left")


def parts(axis: Axes, values: dict[str, np.ndarray]) -> None:
    """Sizes of the parts of the output, a dot per network spread sideways, bars at the medians."""
    for position, (name, sample) in enumerate(values.items()):
        colour = VERMILION if name == "product" else BLUE
        offsets = position + 0.3 * np.linspace(-1, 1, len(sample))
        axis.plot(offsets, sample, ".", ms=4, color=colour, alpha=0.5)
        axis.plot([position - 0.38, position + 0.38], [np.median(sample)] * 2, color=BLACK, lw=1.8)
    axis.axhline(1, color=BLACK, lw=0.8, ls=":")
    axis.set_xticks(range(len(values)), list(values))
    axis.set(ylabel="size of the part, step 52", yscale="log")


def unit_products(axis: Axes, bias: np.ndarray, exact: dict[str, np.ndarray], approximate: np.ndarray) -> None:
    """Product that one unit computes, per product of its input weights, against its bias."""
    for (name, values), colour, style in zip(exact.items(), (BLUE, VERMILION), ("-", "--"), strict=True):
        axis.plot(bias, values, color=colour, ls=style, lw=1.8, label=name)
    axis.plot(bias, approximate, color=BLACK, ls=":", lw=1.8, label="formula for weak cues")
    axis.axhline(0, color=GREY, lw=0.8)
    axis.axvline(0, color=GREY, lw=0.8)
    axis.set(xlabel="bias $b$ of the unit", ylabel=r"product part $/\,(\alpha\gamma)$", ylim=(-1.35, 1.0))
    axis.legend(loc="lower left")


def outputs(axis: Axes, values: np.ndarray, names: Sequence[str], ylabel: str = "output $y$") -> None:
    """Values (4, K) of the four conditions over the steps."""
    for name, row, colour, width in zip(names, values, CONDITION_COLOURS, CONDITION_WIDTHS, strict=True):
        axis.plot(np.arange(1, len(row) + 1), row, color=colour, lw=width, label=name)
    axis.set(xlabel=STEP, ylabel=ylabel, ylim=(-1.2, 1.2))


def state_tree(axis: Axes, groups: np.ndarray, names: Sequence[str]) -> None:
    """The states that trials are in, shape (K, M): trials that share a state share a dot."""
    n_steps, n_trials = groups.shape
    ends = np.linspace(1, -1, n_trials)
    heights = np.empty((n_steps, n_trials))
    for k, group in enumerate(groups):
        for state in np.unique(group):
            heights[k, group == state] = ends[group == state].mean()
    steps = np.arange(1, n_steps + 1)
    for name, height, end in zip(names, heights.T, ends, strict=True):
        axis.plot(steps, height, "-", color=GREY, lw=0.8)
        axis.text(n_steps + 0.8, end, name, va="center")
    distinct = {(step, height) for step, row in zip(steps, heights, strict=True) for height in row}
    axis.plot(*np.array(sorted(distinct)).T, "o", ms=2.6, color=BLUE)
    axis.set(xlabel=STEP, ylim=(-1.3, 1.3), yticks=[])
    axis.spines["left"].set_visible(False)


def floors(
    axis: Axes,
    repeats: np.ndarray,
    simulated: dict[str, np.ndarray],
    fine: np.ndarray,
    predicted: dict[str, np.ndarray],
    criterion: float,
) -> None:
    """Losses (2, R) of the best fit on its own set (filled) and on a fresh one (open); lines are the formulas.

    `simulated` belongs to the numbers `repeats`, `predicted` to `fine`.
    """
    for (name, (own, fresh)), colour, marker in zip(simulated.items(), (ORANGE, BLUE), "so", strict=True):
        axis.plot(repeats, own, marker, ms=5, color=colour, label=f"{name}, own set")
        axis.plot(repeats, fresh, marker, ms=5, color=colour, mfc="white", zorder=3, label=f"{name}, fresh set")
        axis.plot(fine, predicted[name].T, color=colour, lw=1)
    axis.axhline(criterion, color=BLACK, ls="--", lw=1, label=f"criterion, {criterion}")
    axis.set(xscale="log", xlabel="repeats $r$ of each condition", ylabel="mean squared error", ylim=(0, 0.03))
    axis.set_xticks(repeats, [str(r) for r in repeats])
    axis.minorticks_off()
    axis.legend(loc="upper right")


def _arrow(axis: Axes, start, end, *, color: str, lw: float, alpha: float = 1.0, curve: float = 0.0) -> None:
    style = f"arc3,rad={curve}"
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=7,
            color=color,
            lw=lw,
            alpha=alpha,
            connectionstyle=style,
            shrinkA=6,
            shrinkB=6,
        )
    )
