"""Figures of Part I: a network that finds out which option pays, without a change of its weights.

Steps and trials are counted from 1; arrays start at 0.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, draw_not_run, text_colour

COMMAND = "python -m pruninglab run bandit-start\n--preset paper --replicas 0:4"
CHANNELS = (
    "bias",
    "fixation point on",
    "option 1 on",
    "option 2 on",
    "option 3 on",
    "last: fixated",
    "last: option 1",
    "last: option 2",
    "last: option 3",
    "last reward",
)
ACTIONS = ("fixate", "option 1", "option 2", "option 3")
ACTION_COLOURS = (GREY, BLUE, VERMILION, GREEN)
DASHES = ("-", "--", ":")
MARKERS = "os^D"


def trials(axis: Axes, inputs: np.ndarray, actions: np.ndarray, rewards: np.ndarray) -> None:
    """Fig S3: every input channel (K, 10) of some steps, and below them the action that follows and what it pays."""
    n_steps, n_channels = inputs.shape
    for k in range(0, n_steps, 2):
        axis.axvspan(k + 0.5, k + 1.5, color=GREY, alpha=0.12, lw=0)
    for row in range(n_channels + 2):
        axis.axhline(-row - 0.5, color=GREY, lw=0.4)
    for k, channel in np.argwhere(inputs != 0):
        value = inputs[k, channel]
        colour = BLUE if value > 0 else VERMILION
        axis.broken_barh([(k + 0.6, 0.8)], (-channel - 0.4, 0.8), color=colour)
        ink = text_colour(colour)
        axis.text(k + 1, -channel, f"{value:+.0f}", ha="center", va="center", fontsize=8, color=ink)
    for k, (action, reward) in enumerate(zip(actions, rewards, strict=True)):
        axis.text(k + 1, -n_channels, str(action), ha="center", va="center", fontsize=8.5, fontweight="bold")
        axis.text(k + 1, -n_channels - 1, f"{reward:+.0f}" if reward else "0", ha="center", va="center", fontsize=8.5)
    axis.set_yticks(-np.arange(n_channels + 2), [*CHANNELS, "action", "its reward"])
    axis.tick_params(axis="y", length=0)
    axis.set_xticks(np.arange(1, n_steps + 1))
    axis.set(xlabel="step", xlim=(0.4, n_steps + 0.6), ylim=(-n_channels - 1.6, 0.6))
    axis.spines["left"].set_visible(False)


def memory_weights(axis: Axes, weights: dict[float, np.ndarray]) -> None:
    """Weight of an outcome in the value, against the number of choices since, for several learning rates."""
    for (rate, values), colour, marker in zip(weights.items(), (ORANGE, BLUE, VERMILION), MARKERS, strict=False):
        axis.plot(np.arange(len(values)), values, marker, ls="-", lw=1, ms=4, color=colour, label=rf"$\rho={rate:g}$")
    axis.set(xlabel="choices of the option since", ylabel="weight of the outcome", ylim=(0, None))
    axis.legend()


def running_values(axis: Axes, values: dict[float, np.ndarray], bands: dict[float, np.ndarray], mean: float) -> None:
    """Values of an option choice by choice for several learning rates, with mean value minus and plus one deviation.

    `bands` holds lower and upper ends, (2, T).
    """
    for (rate, own), colour, style in zip(values.items(), (ORANGE, BLUE, VERMILION), ("-", "--", ":"), strict=False):
        n = np.arange(len(own))
        axis.fill_between(n, *bands[rate], color=colour, alpha=0.2, lw=0)
        axis.plot(n, own, color=colour, ls=style, label=rf"$\rho={rate:g}$")
    axis.axhline(mean, color=BLACK, lw=0.8)
    axis.set(xlabel="choices of the option", ylabel="value $Q$", ylim=(0, 1.15))
    axis.legend(loc="lower right")


def same_number(axis: Axes, probabilities: dict[str, np.ndarray], agreeing: Sequence[tuple[float, float]]) -> None:
    """Actions that a uniform number stands for, one row per policy, and below where both policies do the same."""
    names = list(probabilities)
    for row, values in enumerate(probabilities.values()):
        left = 0.0
        for action, (width, colour) in enumerate(zip(values, ACTION_COLOURS, strict=True)):
            axis.barh(-row, width, left=left, height=0.7, color=colour, alpha=0.6, edgecolor=BLACK, lw=0.6)
            axis.text(left + width / 2, -row, str(action), ha="center", va="center")
            left += width
    for start, stop in agreeing:
        axis.barh(-len(names), stop - start, left=start, height=0.35, color=BLACK)
    axis.set_yticks(-np.arange(len(names) + 1), [*names, "both do the same"])
    axis.tick_params(axis="y", length=0)
    axis.set(xlabel="uniform number $v$", xlim=(0, 1), ylim=(-len(names) - 0.5, 0.6))
    axis.spines["left"].set_visible(False)


def losses(axis: Axes, batches: Sequence[np.ndarray]) -> None:
    """Loss before every outer iteration, batch by batch, and at the end of each; dotted lines are fresh batches."""
    first = 0
    for number, values in enumerate(batches):
        own = first + np.arange(len(values))
        axis.semilogy(own, values, "o-", ms=3.5, lw=1.2, color=(BLUE, ORANGE)[number % 2])
        if number:
            axis.axvline(first, color=GREY, ls=":", lw=0.8)
        first = own[-1]
    axis.set(xlabel="outer iterations done", ylabel="loss on the batch")


def forged(axis: Axes, outputs: dict[str, np.ndarray]) -> None:
    """Outputs (T, 2) for options 1 (solid) and 2 (dashed) under several series of outcomes."""
    for (name, pair), colour, marker in zip(outputs.items(), (BLUE, VERMILION), MARKERS, strict=False):
        for option, (values, style) in enumerate(zip(pair.T, DASHES, strict=False), start=1):
            label = f"{name}: $y_{option}$"
            axis.plot(np.arange(1, len(values) + 1), values, marker, ls=style, ms=3, lw=1.2, color=colour, label=label)
    axis.set(xlabel="trial", ylabel="output at the choice")
    axis.legend(fontsize=8)


def block(axis: Axes, outputs: np.ndarray, values: np.ndarray, actions: np.ndarray, rewards: np.ndarray) -> None:
    """Fig 6D: outputs (lines) and teacher's values (markers), both (T, 4), for options 1 and 2 at the choices.

    Above the axes, the option that was chosen stands in a row of ticks: tall ones paid.
    """
    t = np.arange(1, len(outputs) + 1)
    for option, marker, style in ((1, "o", "-"), (2, "s", "--")):
        colour = ACTION_COLOURS[option]
        axis.plot(t, outputs[:, option], ls=style, lw=1.2, color=colour, label=f"$y_{option}$")
        axis.plot(t, values[:, option], marker, ms=4, mfc="white", color=colour, label=f"$Q_{option}$")
        chosen = actions == option
        for paid, height in ((True, 1.28), (False, 1.19)):
            own = t[chosen & ((rewards > 0) == paid)]
            axis.vlines(own, 1.14, height, color=colour, ls=style, lw=1.6)
    axis.set(xlabel="trial", ylabel="value at the choice", ylim=(-0.5, 1.3))
    axis.legend(loc="lower right", ncols=2, fontsize=8)


def influence(axis: Axes, changes: dict[str, np.ndarray], teacher: np.ndarray) -> None:
    """Change of a value by one past reward against the choices since, (histories, n): mean and standard deviation."""
    for (name, values), colour, marker in zip(changes.items(), (BLUE, VERMILION), MARKERS, strict=False):
        n = np.arange(values.shape[1])
        style = {"marker": marker, "ls": "-", "ms": 4, "lw": 1, "capsize": 2, "color": colour}
        axis.errorbar(n, values.mean(axis=0), values.std(axis=0), label=name, **style)
    axis.plot(np.arange(len(teacher)), teacher, "_", ms=14, mew=1.5, color=BLACK, label="teacher")
    axis.axhline(0, color=GREY, lw=0.6)
    axis.set(xlabel="choices since", ylabel="change of the value of option 1")
    axis.legend()


def pilot(axis: Axes, dataset: xr.Dataset | None, measure: str, label: str) -> None:
    """A measure of the networks under both rules, before (open) and after (filled) a first retraining on noisy values.

    Lines join a network's two points; a bar is their mean.
    """
    if dataset is None:
        draw_not_run(axis, COMMAND)
        return
    starts = list(dataset["start"].values)
    for place, start in enumerate(starts):
        pair = [dataset[f"{stage}_{measure}"].sel(start=start).values for stage in ("initial", "retrained")]
        x = (place - 0.2, place + 0.2)
        for marker, before, after in zip(MARKERS, *pair, strict=False):
            axis.plot(x, (before, after), color=GREY, lw=0.8)
            axis.plot(x[0], before, marker, ms=5, color=BLUE, mfc="white")
            axis.plot(x[1], after, marker, ms=5, color=BLUE)
        for middle, values in zip(x, pair, strict=True):
            axis.hlines(values.mean(), middle - 0.12, middle + 0.12, color=BLACK, lw=2)
    axis.set_xticks(range(len(starts)), starts)
    axis.set(ylabel=label, xlim=(-0.5, len(starts) - 0.5))
    axis.set_title(f"n = {dataset.sizes['replica']}", loc="right")
