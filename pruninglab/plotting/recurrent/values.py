"""Figures of Part I: values in the output and in state space (Fig 6), and what a Mahalanobis distance measures."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pruninglab.plotting.film import NO_LAYOUT, film_html
from pruninglab.plotting.recurrent.bandit import ACTION_COLOURS, ACTIONS, MARKERS
from pruninglab.plotting.recurrent.lines import BANDIT_COMMAND, LINE_DASHES, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.style import BLACK, BLUE, GREY, ORANGE, VERMILION, WIDTH, draw_not_run

ACTION_STYLES = [{"color": colour, "marker": marker} for colour, marker in zip(ACTION_COLOURS, MARKERS, strict=True)]
STEP_STYLES = {"fixation": {"color": GREY, "marker": "o"}, "choice": {"color": BLUE, "marker": "s"}}
BINS = np.arange(1.5, 7.1, 0.5)
"""Of log10 of the squared distance in untrained networks."""
PUBLISHED = {"unpruned": 5200, "pruned": 39_261}
"""Squared Mahalanobis distances of the paper's example pair."""


def weight_shares(axis: Axes, histogram: xr.DataArray | None) -> None:
    """Fig 6A: share of the remaining weights in each bin, from counts (line, bin) of one pair."""
    if histogram is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line in ("unpruned", "pruned"):
        counts = histogram.sel(line=line).astype(float)
        share = counts / counts.sum()
        look = {"color": LINE_STYLES[line]["color"], "ls": LINE_DASHES[line], "label": LINE_NAMES[line]}
        axis.step(share["bin"], share, where="mid", **look)
    axis.set(xlabel="recurrent weight $a_{ij}$", ylabel="share of synapses")


def cumulative(axis: Axes, curves: Mapping[str, np.ndarray] | None, xlabel: str, ylabel: str) -> None:
    """Cumulative shares by rank, one curve a line: singular values (Fig 6B) or variances of components (Fig 6G)."""
    if curves is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line, values in curves.items():
        axis.plot(np.arange(1, len(values) + 1), values, **LINE_STYLES[line], ms=3.5, lw=1, label=LINE_NAMES[line])
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, 1.03))


def outputs_and_values(axis: Axes, outputs: np.ndarray | None, values: np.ndarray | None, title: str) -> None:
    """Fig 6C-F: outputs (lines with markers) and teacher's values (thick pale lines), (T, 4), over the trials."""
    if outputs is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    t = np.arange(1, len(outputs) + 1)
    for action, style in enumerate(ACTION_STYLES):
        axis.plot(t, values[:, action], color=style["color"], lw=4, alpha=0.35, label=f"$Q_{action}$")
        axis.plot(t, outputs[:, action], **style, ms=3, lw=0.8, label=f"$y_{action}$")
    axis.set(xlabel="trial", ylabel="value", title=title)


def error_parts(axis: Axes, parts: Mapping[str, tuple[np.ndarray, np.ndarray]] | None, title: str) -> None:
    """Squared error of every action's value, (offset, scatter) for each line: plain and hatched parts of a bar."""
    if parts is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for place, (line, (offset, scatter)) in zip((-0.2, 0.2), parts.items(), strict=True):
        x = np.arange(len(offset)) + place
        colour = LINE_STYLES[line]["color"]
        look = {"width": 0.36, "edgecolor": colour}
        axis.bar(x, offset, color=colour, **look, label=f"{LINE_NAMES[line]}, offset")
        scattered = look | {"color": "white", "hatch": "///", "label": f"{LINE_NAMES[line]}, scatter"}
        axis.bar(x, scatter, bottom=offset, **scattered)
    axis.set_xticks(range(len(ACTIONS)), ACTIONS)
    axis.set(ylabel="mean squared error", title=title)


def plane(axis: Axes, points: np.ndarray | None, rewards: np.ndarray | None, title: str) -> None:
    """Fig 6H-I: states (K, 2) of one block in the plane of PC1 and PC2; S is the first, rewarded choices have a plus.

    `rewards` (K,) is what the action of each step was paid; even places are fixation steps.
    """
    if points is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    _clouds(axis, points)
    paid = points[1::2][rewards[1::2] > 0]
    axis.plot(*paid.T, "+", ms=9, mew=1.4, color=BLACK, ls="", label="rewarded choice")
    axis.annotate("S", points[0], textcoords="offset points", xytext=(6, 4), fontweight="bold")
    axis.set(xlabel="PC1", ylabel="PC2", title=title)


def film(points: np.ndarray, outputs: np.ndarray, values: np.ndarray, actions: np.ndarray, rewards: np.ndarray,
         alt: str) -> str:  # fmt: skip
    """An animation, as HTML: the states (K, 2) of one block, step by step, and beside them the values (K, 4)."""
    with plt.rc_context(NO_LAYOUT):
        figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.0), width_ratios=(1.2, 1))
    figure.subplots_adjust(left=0.05, right=0.99, bottom=0.21, top=0.9, wspace=0.2)
    _clouds(left, points, alpha=0.25)
    (trail,) = left.plot([], [], color=BLACK, lw=0.8)
    (head,) = left.plot([], [], marker="o", ms=9, color=BLACK)
    left.set(xlabel="PC1", ylabel="PC2", xticks=[], yticks=[])
    left.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=2)
    places = np.arange(len(ACTIONS))
    bars = right.bar(places, outputs[0], color=[style["color"] for style in ACTION_STYLES], alpha=0.6)
    (teacher,) = right.plot(places, values[0], "_", ms=26, mew=2, color=BLACK, label="teacher's value")
    (chosen,) = right.plot([], [], "v", ms=7, color=BLACK, label="action")
    everything = np.concatenate([outputs, values])
    top = everything.max() + 0.25
    right.set(ylim=(everything.min() - 0.1, top + 0.12), ylabel="value", yticks=[-1, 0, 1])
    right.set_xticks(places, ACTIONS)
    right.axhline(0, color=GREY, lw=0.6)
    right.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=2)
    clock = figure.text(0.5, 0.03, "", ha="center", fontsize=10)

    def draw(frame: int) -> None:
        kind = "choice" if frame % 2 else "fixation"
        clock.set_text(f"trial {frame // 2 + 1}, {kind}: {ACTIONS[actions[frame]]}, reward {rewards[frame]:.0f}")
        trail.set_data(*points[max(frame - 3, 0) : frame + 1].T)
        head.set_data(*points[frame : frame + 1].T)
        head.set(marker=STEP_STYLES[kind]["marker"], color=VERMILION if rewards[frame] > 0 else BLACK)
        for bar, value in zip(bars, outputs[frame], strict=True):
            bar.set_height(value)
        teacher.set_ydata(values[frame])
        chosen.set_data([actions[frame]], [top])

    return film_html(figure, draw, len(points), interval=450, alt=alt)


def two_clouds(axis: Axes, first: np.ndarray, second: np.ndarray, squared: float, title: str) -> None:
    """Two clouds of states (S, 2) with their means joined, and their squared Mahalanobis distance in the title."""
    for cloud, style in zip((first, second), STEP_STYLES.values(), strict=True):
        axis.plot(*cloud.T, ls="", ms=3, alpha=0.6, **style)
    axis.plot(*np.stack([first.mean(axis=0), second.mean(axis=0)]).T, color=VERMILION, lw=2)
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_title(f"{title}\n$D^2$ = {squared:.1f}")


def chance(axis: Axes, dimensions: np.ndarray, expected: np.ndarray, simulated: dict[int, float]) -> None:
    """Expected squared distance of two samples with the same mean, by the number of dimensions, and simulations."""
    axis.semilogy(dimensions, expected, color=BLACK, lw=1, label="formula")
    axis.semilogy(list(simulated), list(simulated.values()), "o", ms=5, color=ORANGE, label="simulation")
    axis.axvline(20, color=GREY, ls=":", lw=1)
    axis.set(xlabel="dimensions $p$", ylabel="mean of $D^2$, equal means")
    axis.legend()


def training(axis: Axes, values: np.ndarray, label: str) -> None:
    """Values (B, M) of M blocks before and after every batch: median and middle half, logarithmic."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=1)
    batches = np.arange(len(values))
    axis.fill_between(batches, low, high, color=BLUE, alpha=0.2, lw=0)
    axis.semilogy(batches, middle, "o-", ms=4, lw=1, color=BLUE)
    axis.set_xticks(batches)
    axis.set(xlabel="batches of training", ylabel=label)


def untrained(axis: Axes, squared: np.ndarray) -> None:
    """Histogram of log10 of the squared distance in untrained networks, with the paper's two numbers.

    The last bin also holds everything beyond.
    """
    logs = np.clip(np.log10(squared), BINS[0], BINS[-1] - 1e-9)
    axis.hist(logs, bins=BINS, color=GREY, edgecolor=BLACK, lw=0.6)
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    for (line, squared), style in zip(PUBLISHED.items(), ("--", "-"), strict=True):
        axis.axvline(np.log10(squared), ymax=0.7, color=LINE_STYLES[line]["color"], ls=style, label=f"paper, {line}")
    axis.set(xlabel="$\\log_{10}D^2$, untrained", ylabel="networks", ylim=(0, 1.4 * axis.get_ylim()[1]))
    axis.legend(loc="upper right")


def by_condition(axis: Axes, records: Mapping[str, xr.Dataset] | None) -> None:
    """Squared distance of every block against the condition number of its covariance; dashes are means."""
    if records is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line, record in records.items():
        style = LINE_STYLES[line]
        look = {"ls": "", "ms": 4, "mfc": "none", "label": LINE_NAMES[line]} | style
        axis.semilogy(record["condition"], record["separation"], **look)
        axis.axhline(float(record["separation"].mean()), color=style["color"], ls="--", lw=1)
    axis.set(xlabel="condition number", ylabel="$D^2$ of a block")


def by_direction(axis: Axes, shares: Mapping[str, np.ndarray] | None) -> None:
    """Median over blocks of the share of the squared distance (M, N) that the first directions hold."""
    if shares is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line, own in shares.items():
        ranks = np.arange(1, own.shape[1] + 1)
        axis.plot(ranks, np.median(own, axis=0), **LINE_STYLES[line], ms=3.5, lw=1, label=LINE_NAMES[line])
    axis.set(xlabel="directions, by variance", ylabel="share of $D^2$", ylim=(0, 1.03))


def with_noise(axis: Axes, sigmas: np.ndarray, squared: Mapping[str, np.ndarray] | None) -> None:
    """Median over blocks of the squared distance (S, M) when every unit has its own noise of these deviations."""
    if squared is None:
        draw_not_run(axis, BANDIT_COMMAND)
        return
    for line, own in squared.items():
        axis.loglog(sigmas, np.median(own, axis=1), **LINE_STYLES[line], ms=3.5, lw=1, label=LINE_NAMES[line])
    axis.set(xlabel="SD of each unit's noise", ylabel="$D^2$, median of blocks")


def flips(axis: Axes, sizes: np.ndarray, shares: np.ndarray) -> None:
    """Share of blocks in which a push changes an action, against its size; the thin line has the slope 1."""
    axis.loglog(sizes, np.where(shares > 0, shares, np.nan), "o-", ms=4, lw=1, color=VERMILION)
    middle = len(sizes) // 2
    axis.loglog(sizes, shares[middle] * sizes / sizes[middle], color=GREY, lw=0.8, ls=":", label="slope 1")
    axis.set(xlabel="size of the push", ylabel="blocks with another action", ylim=(None, 1.3))
    axis.legend()


def after_push(axis: Axes, distances: Mapping[str, np.ndarray], step: int) -> None:
    """Distances (M, T) from the unpushed states, from the pushed step on: geometric mean of each kind of block."""
    for (name, own), colour, marker in zip(distances.items(), (BLUE, ORANGE, VERMILION), "os^", strict=False):
        steps = step + np.arange(own.shape[1])
        mean = np.exp(np.log(np.maximum(own, 1e-16)).mean(axis=0))
        axis.semilogy(steps, mean, marker, ls="-", ms=3, lw=1, color=colour, label=name)
    axis.set(xlabel="step", ylabel="distance of the states")
    axis.legend()


def _clouds(axis: Axes, points: np.ndarray, **look: float) -> None:
    for number, (kind, style) in enumerate(STEP_STYLES.items()):
        axis.plot(*points[number::2].T, ls="", ms=5, **style, **look, label=kind)
