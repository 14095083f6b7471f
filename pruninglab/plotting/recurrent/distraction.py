"""Figures of Part I: a distractor during the delay, seen in the output and in state space."""

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from pruninglab.plotting.film import film_html
from pruninglab.plotting.recurrent.lines import COMMAND, LINE_NAMES, LINE_STYLES
from pruninglab.plotting.recurrent.task import STEP
from pruninglab.plotting.style import BLUE, GREY, ORANGE, VERMILION, WIDTH, draw_not_run

TRIAL_STYLES = {
    "condition 1": {"color": ORANGE, "lw": 1.2, "ls": ":"},
    "condition 4": {"color": BLUE, "lw": 2.4, "ls": "-"},
    "condition 4, probed": {"color": VERMILION, "lw": 1.2, "ls": "--"},
}
PROBE_TRIALS = ("condition 4", "condition 4, probed")
EVENTS = {"C1": 13, "P": 20, "C2": 40, "R": 52}
"""First cue, probe, second cue and response, by the step at which they begin."""


def over_time(axis: Axes, values: xr.DataArray | None, trials: list[str], label: str) -> None:
    """Values (trial, step) of one network, for some trials, with the events marked on the time axis (Figs 2C-F, 3)."""
    if values is None:
        draw_not_run(axis, COMMAND)
        return
    for trial in trials:
        axis.plot(values["step"], values.sel(trial=trial), label=trial, **TRIAL_STYLES[trial])
    axis.axhline(0, color=GREY, lw=0.5)
    axis.set_xticks(list(EVENTS.values()), [f"{step}\n{name}" for name, step in EVENTS.items()])
    axis.set(xlabel=STEP, ylabel=label)


def responses(axis: Axes, strengths: np.ndarray, outputs: np.ndarray, names: list[str]) -> None:
    """Output during the response against the strength of the probe: unpruned, then pruned; the target is -1."""
    for values, name, line in zip(outputs, names, ("unpruned", "pruned"), strict=True):
        axis.plot(strengths, values, **LINE_STYLES[line], ms=4, label=name)
    axis.axhline(0, color=GREY, lw=0.8)
    axis.axhline(-1, color=GREY, lw=1, ls=":", label="target")
    axis.set(xlabel="strength of the probe", ylabel="output during the response")
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def twins(axis: Axes, summary: xr.Dataset | None) -> None:
    """Every network's response on the probed condition 4: unpruned across, its pruned twin upwards."""
    if summary is None:
        draw_not_run(axis, COMMAND)
        return
    response = summary["response"].sel(probed=True)
    axis.axhline(0, color=GREY, lw=0.8)
    axis.axvline(0, color=GREY, lw=0.8)
    for line in ("pruned", "corrected"):
        style = LINE_STYLES[line] | {"ms": 5, "mfc": "none", "ls": "", "label": LINE_NAMES[line]}
        axis.plot(response.sel(line="unpruned"), response.sel(line=line), **style)
    axis.set(xlabel="response of the unpruned twin", ylabel="response when pruned")
    axis.set_title(f"n = {summary.sizes['replica']}", loc="right")
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)


def two_paths(panels: dict[str, xr.Dataset], steps: range, alt: str) -> str:
    """An animation, as HTML: condition 4 with and without the probe, step by step in the plane of PC1 and PC2."""
    figure, axes = plt.subplots(1, len(panels), figsize=(WIDTH, 3.3), squeeze=False)
    moving = []
    for axis, (title, traces) in zip(axes[0], panels.items(), strict=True):
        state = traces["state"].sel(component=[1, 2], step=list(steps))
        for trial in PROBE_TRIALS:
            (path,) = axis.plot([], [], **TRIAL_STYLES[trial], label=trial)
            (head,) = axis.plot([], [], "o", ms=6, color=TRIAL_STYLES[trial]["color"])
            moving.append((path, head, state.sel(trial=trial).values))
        shown = state.sel(trial=list(PROBE_TRIALS))
        low, high = (getattr(shown, extreme)(["trial", "step"]).values for extreme in ("min", "max"))
        margin = 0.08 * (high - low)
        axis.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))
        axis.set(xlabel="PC1", ylabel="PC2", title=title)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    clock = figure.suptitle(f"step {steps[0]}")

    def draw(frame: int) -> None:
        events = [name for name, start in EVENTS.items() if steps[frame] in (start, start + 1)]
        clock.set_text(f"step {steps[frame]}  {' '.join(events)}")
        for path, head, points in moving:
            path.set_data(*points[: frame + 1].T)
            head.set_data(*points[frame : frame + 1].T)

    return film_html(figure, draw, len(steps), interval=150, alt=alt, dpi=80)
