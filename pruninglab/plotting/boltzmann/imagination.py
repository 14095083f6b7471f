"""Figures of Part II: what deep machines imagine, how it is judged, and what pruning does to it (Fig 4, S2 Text Fig B).

Pictures of digits are drawn as ink on paper: 1 is black, 0 is white.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from pruninglab.plotting.boltzmann.pruning import CRITERION_NAMES, CRITERION_STYLES
from pruninglab.plotting.film import NO_LAYOUT, film_html
from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, WIDTH, draw_not_run

COMMAND = "python -m pruninglab run\ndbm-pruning --preset reduced"
MACHINE_COMMAND = "python -m pruninglab run\ndbm --preset reduced"
COLOURS = (BLACK, BLUE, VERMILION, ORANGE, GREEN, PURPLE)
MARKERS = "osD^vPX"
LEVEL_STYLES = ("--", ":", "-.")
FRAME = 0.35
"""Grey of the lines between pictures, where paper is 0 and ink is 1."""
BINS = np.linspace(0.1, 1, 19)
"""Of confidences; with ten classes none is below 0.1."""
TICKS = (1, 2, 5)
"""Multiples of powers of ten that are written on logarithmic axes."""
PUBLISHED_SHARES = (0.07, 0.18)
"""Least and largest share of a digit in the unpruned machines of the paper."""


def sheet(pictures: np.ndarray, n_columns: int) -> np.ndarray:
    """Square pictures (P, pixels) side by side, row by row, with lines between them; NaN where there is no picture."""
    side = int(np.sqrt(pictures.shape[1]))
    n_rows = -(-len(pictures) // n_columns)
    page = np.full((n_rows * (side + 1) + 1, n_columns * (side + 1) + 1), FRAME)
    for place in range(n_rows * n_columns):
        row, column = (number * (side + 1) + 1 for number in divmod(place, n_columns))
        picture = pictures[place].reshape(side, side) if place < len(pictures) else np.nan
        page[row : row + side, column : column + side] = picture
    return page


def pictures(axis: Axes, rows: Mapping[str, np.ndarray] | None, *, command: str = COMMAND) -> None:
    """Rows of equally many pictures (P, pixels), the name of a row on its left."""
    if rows is None:
        draw_not_run(axis, command)
        return
    everything = np.concatenate(list(rows.values())).astype(float)
    n_columns = len(everything) // len(rows)
    page = sheet(everything, n_columns)
    axis.imshow(page, cmap="gray_r", vmin=0, vmax=1)
    height = (len(page) - 1) / len(rows)
    axis.set_yticks((np.arange(len(rows)) + 0.5) * height, list(rows))
    axis.set_xticks([])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def film(panels: Mapping[str, np.ndarray], steps: Sequence[int], n_columns: int, alt: str) -> str:
    """An animation, as HTML: in each panel the pictures (frames, P, pixels) of P chains, frame by frame."""
    with plt.rc_context(NO_LAYOUT):
        figure, axes = plt.subplots(1, len(panels), figsize=(WIDTH, 2.9), squeeze=False)
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.1, top=0.9, wspace=0.06)
    images = []
    for axis, (title, frames) in zip(axes[0], panels.items(), strict=True):
        images.append(axis.imshow(sheet(frames[0], n_columns), cmap="gray_r", vmin=0, vmax=1))
        axis.set_title(title, fontsize=13)
        axis.set_axis_off()
    clock = figure.text(0.5, 0.02, "", ha="center", fontsize=13)

    def draw(frame: int) -> None:
        clock.set_text(f"step {steps[frame]}")
        for image, frames in zip(images, panels.values(), strict=True):
            image.set_data(sheet(frames[frame], n_columns))

    return film_html(figure, draw, len(steps), interval=500, alt=alt)


def over_steps(
    axis: Axes, steps: Sequence[int], curves: Mapping[str, Sequence[float]], label: str, levels: Mapping[str, float]
) -> None:
    """Curves against the steps that chains have taken, and horizontal lines."""
    for (name, values), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
        axis.plot(steps, values, color=colour, marker=marker, ms=4, lw=1.2, label=name)
    _levels(axis, levels)
    axis.set_xscale("symlog", linthresh=1)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:g}"))
    axis.set(xlabel="steps of the chains", ylabel=label, xlim=(0, 1.3 * steps[-1]))
    axis.legend()


def confidences(axis: Axes, samples: Mapping[str, np.ndarray]) -> None:
    """How confidences in pictures of several kinds are distributed; a tick on the upper edge marks each mean."""
    for (name, values), colour, style in zip(samples.items(), COLOURS, ("-", "--", ":", "-."), strict=False):
        share, _ = np.histogram(values, BINS)
        axis.stairs(share / len(values), BINS, color=colour, ls=style, lw=1.6, label=name)
        axis.plot(
            np.mean(values), 1, marker="v", ms=7, color=colour, clip_on=False, transform=axis.get_xaxis_transform()
        )
    axis.set(xlabel="confidence", ylabel="share of the pictures", xlim=(0.1, 1), ylim=(0, 1.4 * axis.get_ylim()[1]))
    axis.legend()


def strictness(axis: Axes, strengths: Sequence[float], curves: Mapping[str, Sequence[float]], used: float) -> None:
    """What classifiers with different penalties say, against the inverse strength of the penalty; a line at `used`."""
    for (name, values), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
        axis.plot(strengths, values, color=colour, marker=marker, ms=4, lw=1.2, label=name)
    axis.axvline(used, color=GREY, lw=0.8)
    axis.set(xscale="log", xlabel="$C$, inverse strength of the penalty", ylim=(0, 1))
    axis.legend(loc="lower right")


def imaginations(axis: Axes, points: Mapping[str, tuple[float, float]], bound: float) -> None:
    """Diversity and quality of several sources of pictures, each with its name; a vertical line at the bound."""
    for (name, place), colour, marker in zip(points.items(), (*COLOURS, GREY), MARKERS, strict=False):
        axis.plot(*place, marker=marker, ms=7, color=colour, ls="", label=name)
    axis.axvline(bound, color=GREY, lw=0.8)
    axis.set(xlabel="diversity, nats", ylabel="quality", xlim=(-0.1, bound + 0.15), ylim=(0, 1.03))
    axis.legend(loc="lower left")


def live_lines(axis: Axes, curves: Mapping[str, Sequence[float]], label: str, levels: Mapping[str, float]) -> None:
    """A quantity of one machine before any pruning and after every one, a line a criterion."""
    for criterion, values in curves.items():
        style = CRITERION_STYLES[criterion] | {"ms": 5, "lw": 1, "label": CRITERION_NAMES[criterion]}
        axis.plot(range(len(values)), values, **style)
    _levels(axis, levels)
    axis.set_xticks(range(max(map(len, curves.values()))))
    axis.set(xlabel="prunings with retraining", ylabel=label)


def against_weights(
    axis: Axes, table: xr.Dataset | None, quantity: str, label: str, levels: Mapping[str, float]
) -> None:
    """Fig 4A, B: mean and standard deviation over machines of a quantity, against the mean number of weights left.

    Dimensions replica, criterion, iteration. Where a value is NaN, a line is missing or cut; the legend says how many
    machines there are. A cross is the unpruned machines, ``unpruned_`` variables.
    """
    if table is None:
        draw_not_run(axis, COMMAND)
        return
    unpruned = [table[f"unpruned_{name}"].mean().item() for name in ("n_weights", quantity)]
    for criterion in CRITERION_STYLES:
        if criterion not in table["criterion"]:
            continue
        own = table.sel(criterion=criterion).transpose("iteration", "replica", ...)
        n = int(own[quantity].notnull().any("iteration").sum())
        weights, values = own["n_weights"].where(own[quantity].notnull()), own[quantity]
        means = (weights.mean("replica").values, values.mean("replica").values, values.std("replica").values)
        look = CRITERION_STYLES[criterion] | {"ms": 4.5, "capsize": 2, "lw": 1}
        axis.errorbar(*means, **look, label=f"{CRITERION_NAMES[criterion]}, {n}")
    axis.plot(*unpruned, "P", ms=7, color=BLACK, label="unpruned")
    _levels(axis, levels)
    axis.set(xscale="log", xlabel="weights left", ylabel=label)
    axis.invert_xaxis()
    axis.xaxis.set_major_locator(LogLocator(subs=TICKS))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number / 1000:g}k"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def class_shares(axis: Axes, shares: np.ndarray | None) -> None:
    """Shares (machines, 10) of the classes of unpruned machines' digits: bars are means, dots are machines."""
    if shares is None:
        draw_not_run(axis, MACHINE_COMMAND)
        return
    axis.axhspan(*PUBLISHED_SHARES, color=ORANGE, alpha=0.25, lw=0, label="published range")
    axis.bar(range(shares.shape[1]), shares.mean(axis=0), color=BLUE, width=0.7)
    for own in shares:
        axis.plot(range(len(own)), own, ".", ms=5, color=BLACK)
    axis.axhline(1 / shares.shape[1], color=BLACK, ls="--", lw=1, label="balanced")
    axis.set_xticks(range(shares.shape[1]))
    axis.set(xlabel="digit", ylabel="share of the samples")
    axis.set_title(f"n = {len(shares)}", loc="right")
    axis.set_ylim(top=1.3 * PUBLISHED_SHARES[1])
    axis.legend(loc="upper right", ncols=2)


def codes_and_digits(axis: Axes, table: xr.Dataset | None) -> None:
    """Error of codes against quality of digits: a mark for every pruned machine at every iteration, larger the later.

    A cross is each unpruned machine; the dotted line is the error of the classifier of raw pictures.
    """
    if table is None:
        draw_not_run(axis, COMMAND)
        return
    for criterion in CRITERION_STYLES:
        if criterion not in table["criterion"]:
            continue
        own = table.sel(criterion=criterion).transpose("iteration", "replica", ...)
        style = CRITERION_STYLES[criterion]
        for iteration, machines in own.groupby("iteration"):
            size = 2 + 0.5 * float(iteration)
            axis.plot(machines["quality"].values.ravel(), machines["error"].values.ravel(), ls="", ms=size, **style)
        axis.plot([], [], ls="", ms=5, **style, label=CRITERION_NAMES[criterion])
    unpruned = (table[f"unpruned_{name}"].values.ravel() for name in ("quality", "error"))
    axis.plot(*unpruned, "P", ms=8, color=BLACK, ls="", label="unpruned")
    axis.axhline(table["unpruned_raw_error"].mean().item(), color=BLACK, ls=":", lw=1, label="raw pictures")
    axis.set(yscale="log", xlabel="quality of made-up digits", ylabel="error of codes")
    axis.yaxis.set_major_locator(LogLocator(subs=TICKS))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{error:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())


def rates(axis: Axes, target: np.ndarray, found: Mapping[str, np.ndarray], label: str) -> None:
    """Mean rates of a layer's units against those of the whole machine; on the grey line they agree."""
    axis.plot([0, 1], [0, 1], color=GREY, lw=1)
    for (name, values), colour, marker in zip(found.items(), (VERMILION, BLUE), "vo", strict=True):
        axis.plot(target, values, marker=marker, ms=4, ls="", color=colour, mfc="none", label=name)
    axis.set(xlabel="rate before, with v", ylabel=label, xlim=(0, 1), ylim=(0, 1))
    axis.legend(loc="upper left")


def bars(axis: Axes, values: Mapping[str, float], label: str, levels: Mapping[str, float]) -> None:
    """One bar a name, from top to bottom, and vertical lines."""
    places = np.arange(len(values))[::-1]
    axis.barh(places, list(values.values()), color=BLUE, height=0.6)
    axis.set_yticks(places, list(values))
    for (name, level), style in zip(levels.items(), LEVEL_STYLES, strict=False):
        axis.axvline(level, color=BLACK, ls=style, lw=1, label=name)
    axis.set(xlabel=label)
    axis.legend(loc="lower left", bbox_to_anchor=(0.1, 1), ncols=2, handlelength=1.5, columnspacing=1)


def _levels(axis: Axes, levels: Mapping[str, float]) -> None:
    for (name, level), style in zip(levels.items(), LEVEL_STYLES, strict=False):
        axis.axhline(level, color=BLACK, ls=style, lw=1, label=name)
