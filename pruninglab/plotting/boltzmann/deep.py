"""Figures of Part II: deep machines, receptive fields, mean field and joint training (Scholl et al. 2021, Fig 3A).

Pictures are drawn as ink on paper: a pixel that is on is black.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import MaxNLocator

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, draw_not_run

COMMAND = "python -m pruninglab run dbm\n--preset reduced --replicas 0:2"
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE)
MARKERS = "osD^v"
EVERY = 1.15
"""Between the left edges of two pictures of a row, in units of their width."""
SKEW, DEPTH, STOREY = 0.45, 0.5, 1.0
"""How far the back edge of a layer lies to the right and above its front edge, and one layer above another."""


def covariances(axis: Axes, data: np.ndarray, machine: np.ndarray, far: np.ndarray) -> None:
    """Covariance of every pair of pixels in a machine's dreams against that in the data; `far` pairs stand out."""
    limits = [min(data.min(), machine.min()), max(data.max(), machine.max())]
    axis.plot(limits, limits, color=GREY, lw=1)
    axis.axhline(0, color=GREY, lw=0.5)
    axis.plot(data[~far], machine[~far], ".", ms=3.5, color=ORANGE, label="near")
    axis.plot(data[far], machine[far], ".", ms=2, color=BLUE, alpha=0.6, label="far")
    axis.set(xlabel="covariance in the data", ylabel="covariance in dreams")
    axis.legend(loc="upper left", markerscale=2.5)


def fields(axis: Axes, side: int, seen: dict[tuple[int, int], np.ndarray]) -> None:
    """Receptive fields on the grid of pixels: place (row, column) of a unit to the mask (side, side) of its pixels."""
    for line in np.arange(side + 1) - 0.5:
        axis.plot([line, line], [-0.5, side - 0.5], color=GREY, lw=0.4)
        axis.plot([-0.5, side - 0.5], [line, line], color=GREY, lw=0.4)
    for ((row, column), mask), colour in zip(seen.items(), COLOURS, strict=False):
        for pixel_row, pixel_column in np.argwhere(mask):
            square = Rectangle((pixel_column - 0.5, pixel_row - 0.5), 1, 1, facecolor=colour, alpha=0.45, lw=0)
            axis.add_patch(square)
        axis.plot(column, row, "o", ms=4, color=BLACK)
        axis.annotate(str(int(mask.sum())), (column, row), (3, 3), textcoords="offset points")
    axis.set(xlim=(-1, side), ylim=(side, -1), aspect="equal")
    axis.set_axis_off()


def pixels_seen(axis: Axes, counts: np.ndarray) -> None:
    """How many pixels every unit of a square layer sees, counts (side, side), as grey values with a few numbers."""
    axis.imshow(counts, cmap="Greys", vmin=0, vmax=1.3 * counts.max())
    middle = len(counts) // 2
    for row, column in [(0, 0), (0, middle), (middle, 0), (middle, middle)]:
        number = counts[row, column]
        colour = "white" if number > 0.6 * counts.max() else BLACK
        axis.text(column, row, str(int(number)), ha="center", va="center", color=colour)
    axis.set_axis_off()


def storeys(axis: Axes, names: Sequence[str], weights: Sequence[str]) -> None:
    """Layers above one another, from the bottom; between them what is said about the weights that join them."""
    for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        corners = [(0, 0), (1, 0), (1 + SKEW, DEPTH), (SKEW, DEPTH)]
        plane = [(x, y + STOREY * number) for x, y in corners]
        axis.add_patch(Polygon(plane, closed=True, facecolor=colour, edgecolor=BLACK, alpha=0.35))
        axis.text(1.62, STOREY * number + DEPTH / 2, name, ha="left", va="center")
    for number, text in enumerate(weights):
        bottom, top = STOREY * number + DEPTH / 2, STOREY * (number + 1) + DEPTH / 2
        for shift in (-0.16, 0.16) if number == 0 else (-0.42, 0.42):
            axis.plot([0.72 + shift, 0.72], [bottom, top], color=BLACK, lw=0.8)
        axis.plot(0.72, top, "o", ms=3.5, color=BLACK)
        axis.text(1.62, (bottom + top) / 2, text, ha="left", va="center")
    axis.set(xlim=(-0.1, 3.4), ylim=(-0.2, STOREY * (len(names) - 1) + DEPTH + 0.2))
    axis.set_axis_off()


def inputs(axis: Axes, below: np.ndarray, above: np.ndarray) -> None:
    """What units of the first hidden layer hear from above against what they hear from below."""
    limits = [min(below.min(), above.min()), max(below.max(), above.max())]
    axis.plot(limits, limits, color=GREY, lw=1)
    axis.plot(below, above, ".", ms=2, color=BLUE, alpha=0.4)
    axis.set(xlabel="input from below, with bias", ylabel="input from above, with bias")


def dots(axis: Axes, groups: dict[str, np.ndarray], label: str, *, level: float | None = None) -> None:
    """Values of every machine, a row per group from the top, with the mean as a bar; `level` is a vertical line."""
    for place, (values, colour) in enumerate(zip(groups.values(), COLOURS, strict=False)):
        axis.plot(values, np.full(len(values), place), "o", ms=4.5, color=colour, fillstyle="none")
        axis.plot([np.mean(values)] * 2, [place - 0.28, place + 0.28], color=colour, lw=2.5)
    if level is not None:
        axis.axvline(level, color=BLACK, ls="--", lw=1)
    axis.set_yticks(range(len(groups)), groups)
    axis.set(xlabel=label, ylim=(len(groups) - 0.5, -0.5))


def mean_field_errors(axis: Axes, scales: np.ndarray, errors: np.ndarray) -> None:
    """Error of the mean field against the size of the weights between the hidden layers, errors (scales, machines)."""
    axis.plot(scales, errors, color=GREY, lw=0.6)
    axis.plot(scales, errors.mean(axis=1), "o-", ms=4, color=BLUE, lw=1.8, label="mean")
    axis.set(xlabel="scale of the weights $W^2$", ylabel="error of a rate, mean", ylim=(0, None))
    axis.legend(loc="upper left")


def convergence(axis: Axes, changes: dict[str, np.ndarray], slopes: dict[str, float]) -> None:
    """Largest change of a rate in rounds 1, 2, …; dashed from the middle on, the rate that the linear theory gives."""
    for (name, values), colour, marker in zip(changes.items(), COLOURS, MARKERS, strict=False):
        rounds = 1 + np.arange(len(values))
        axis.plot(rounds, values, marker=marker, markevery=4, ms=5, color=colour, lw=1.8, label=name)
        later = np.arange(len(values) // 2, len(values))
        axis.plot(rounds[later], values[later[0]] * slopes[name] ** (later - later[0]), "--", color=BLACK, lw=1)
    axis.set(yscale="log", xlabel="round", ylabel="largest change of a rate")
    axis.legend(loc="upper right")


def against_each_other(axis: Axes, x: np.ndarray, series: dict[str, np.ndarray], *, names: tuple[str, str]) -> None:
    """Dots against a diagonal, a colour per series; `names` are those of the two axes."""
    values = np.concatenate([np.ravel(x), *map(np.ravel, series.values())])
    limits = [values.min(), values.max()]
    axis.plot(limits, limits, color=GREY, lw=1)
    for (name, y), colour, marker in zip(series.items(), COLOURS, MARKERS, strict=False):
        axis.plot(np.ravel(x), np.ravel(y), marker, ms=3.5, mew=0.8, color=colour, fillstyle="none", label=name)
    axis.set(xlabel=names[0], ylabel=names[1])
    if len(series) > 1:
        axis.legend(loc="upper left")


def pictures(axis: Axes, rows: dict[str, np.ndarray], side: int) -> None:
    """Rows of square pictures (n, side**2), black where a pixel is on, the name of a row on its left."""
    for row, (name, images) in enumerate(rows.items()):
        axis.text(-0.15, -EVERY * row + 0.5, name, ha="right", va="center")
        for column, image in enumerate(images):
            x, y = EVERY * column, -EVERY * row
            axis.imshow(image.reshape(side, side), cmap="Greys", vmin=0, vmax=1, extent=(x, x + 1, y, y + 1))
            axis.add_patch(Rectangle((x, y), 1, 1, facecolor="none", edgecolor=GREY, lw=0.5))
    longest = max(len(images) for images in rows.values())
    axis.set(xlim=(-3.2, EVERY * longest), ylim=(-EVERY * (len(rows) - 1) - 0.1, 1.1), aspect="equal")
    axis.set_axis_off()


def sorted_rates(axis: Axes, rates: dict[str, np.ndarray]) -> None:
    """Mean rate of every unit over the pictures, from the most to the least active, a line per machine and colour."""
    for (name, machines), colour, style in zip(rates.items(), (BLUE, VERMILION), ("-", "--"), strict=True):
        for number, own in enumerate(machines):
            axis.plot(np.sort(own)[::-1], color=colour, ls=style, lw=1.3, label=name if number == 0 else None)
    axis.set(xlabel="unit of $h^2$, sorted", ylabel="mean rate over pictures", ylim=(-0.03, 1.03))
    axis.legend(loc="upper right")


def forgetting(axis: Axes, steps: np.ndarray, lines: dict[str, np.ndarray], label: str, *, level: float) -> None:
    """A quantity of dreams against the Gibbs steps since their start at the data, a line per way of training."""
    for (name, values), colour, marker in zip(lines.items(), COLOURS, MARKERS, strict=False):
        axis.plot(steps, values, marker=marker, ms=4.5, color=colour, lw=1.3, label=name)
    axis.axhline(level, color=BLACK, ls="--", lw=1)
    axis.set(xscale="log", xlabel="Gibbs steps", ylabel=label, ylim=(-0.1, 1.1))
    axis.legend(loc="lower left")


def schedules(axis: Axes, written: dict[str, np.ndarray], coded: dict[str, np.ndarray]) -> None:
    """Learning rates of epochs 1, 2, … of every period: solid as written, dashed as coded.

    The later a period the thinner its solid line, so that equal rates can be told apart.
    """
    for (name, rates), colour, width in zip(written.items(), COLOURS, (5.0, 5.0, 1.6), strict=False):
        epochs = 1 + np.arange(len(rates))
        axis.plot(epochs, rates, "-", color=colour, lw=width, alpha=0.7, label=f"{name}, text")
        axis.plot(epochs, coded[name], "--", color=colour, lw=1.6, label=f"{name}, code")
    axis.set(yscale="log", xlabel="epoch", ylabel="learning rate")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def stored_digits(axis: Axes, dataset: xr.Dataset | None, side: int) -> None:
    """Digits that the stored machines have made up at the end of their chains, a row per machine."""
    if dataset is None:
        draw_not_run(axis, COMMAND)
        return
    shown = dataset["shown"].transpose("replica", "sample", "visible").values[:, :12]
    names = [f"machine {replica}" for replica in dataset["replica"].values]
    pictures(axis, dict(zip(names, shown, strict=True)), side)
