"""Figures of Part III: networks, covariances and preservation probabilities."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, TwoSlopeNorm
from matplotlib.ticker import LogFormatterSciNotation, MaxNLocator

from pruninglab.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, draw_not_run

CLASS_COLOURS = {"ordinary": GREY, "strong": ORANGE, "bridge": VERMILION}


def matrix(axis: Axes, values: np.ndarray, label: str, *, signed: bool = False, log: bool = False) -> None:
    """Heat map of a matrix of neurons by neurons with its colour bar; zeros stay white."""
    norm = None
    if signed:
        limit = np.abs(values).max()
        norm = TwoSlopeNorm(0, -limit, limit)
    elif log:
        norm = LogNorm(values[values > 0].min(), values.max())
    shown = np.ma.masked_equal(values, 0)
    image = axis.imshow(shown, norm=norm, cmap="PuOr" if signed else "cividis")
    directed = label == "weight"
    axis.set(xlabel="from neuron" if directed else "neuron", ylabel="to neuron" if directed else "neuron")
    axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axis.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    bar = axis.figure.colorbar(image, ax=axis, shrink=0.85, label=label)
    if log:
        bar.ax.yaxis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(1.5, 0.4)))
        bar.ax.tick_params(which="minor", labelsize=8)


def cluster_graph(axis: Axes, n_clusters: int, pairs: dict[str, np.ndarray], n_neurons: int) -> None:
    """Neurons on circles, one circle per cluster, and the synapses (i, j) of each class as lines."""
    size = n_neurons // n_clusters
    place = np.arange(n_neurons)
    around = 2 * np.pi * (place % size) / size
    centre = 2 * np.pi * (place // size) / n_clusters + np.pi / 2
    x, y = 2.1 * np.cos(centre) + np.cos(around), 2.1 * np.sin(centre) + np.sin(around)
    widths = {"ordinary": 0.25, "strong": 2.2, "bridge": 1.6}
    for name, edges in pairs.items():
        lines = axis.plot(x[edges.T], y[edges.T], color=CLASS_COLOURS[name], lw=widths[name])
        lines[0].set_label(name)
    axis.plot(x, y, "o", ms=4, color=BLACK)
    axis.set_aspect("equal")
    axis.set_axis_off()
    axis.legend(loc="upper right", handlelength=1.2)


def synapse_classes(axis: Axes, values: dict[str, np.ndarray], ylabel: str, *, log: bool = False) -> None:
    """One factor of the probability for every synapse, by class, spread sideways; bars mark medians."""
    for position, (name, sample) in enumerate(values.items()):
        offsets = position + 0.3 * np.linspace(-1, 1, len(sample)) if len(sample) > 1 else [position]
        axis.plot(offsets, sample, ".", ms=4, color=CLASS_COLOURS[name], alpha=0.6)
        axis.plot([position - 0.35, position + 0.35], [np.median(sample)] * 2, color=BLACK, lw=1.5)
    axis.set_xticks(range(len(values)), list(values))
    axis.set(ylabel=ylabel, yscale="log" if log else "linear")


def ranking(axis: Axes, summary: xr.Dataset | None) -> None:
    """Chance that a bridge, or a strong synapse, is rated above an ordinary one; a dot per network."""
    if summary is None:
        draw_not_run(axis, "python -m pruninglab run illustration\n--preset paper --replicas 0:20")
        return
    ticks = []
    for name, variable in (("bridge", "bridges_above"), ("strong", "strong_above")):
        for kind in summary["synapses"].values:
            values = summary[variable].sel(synapses=kind).values
            offsets = len(ticks) + 0.25 * np.linspace(-1, 1, len(values))
            axis.plot(offsets, values, "o", ms=4, color=CLASS_COLOURS[name], alpha=0.7)
            axis.plot([len(ticks) - 0.3, len(ticks) + 0.3], [np.median(values)] * 2, color=BLACK, lw=1.5)
            ticks.append(f"{name}\n{kind}")
    axis.axhline(0.5, color=BLACK, lw=0.8, ls=":")
    axis.set_xticks(range(len(ticks)), ticks)
    axis.set(ylabel="chance to be rated above\nan ordinary synapse", ylim=(0, 1.02))


def fillings(axis: Axes, probabilities: dict[str, np.ndarray]) -> None:
    """Probabilities of all synapses in descending order, for several ways to reach a density."""
    for (name, values), colour, style in zip(probabilities.items(), (VERMILION, BLUE), ("-", "--"), strict=True):
        label = f"{name}: {values.sum():.0f} expected"
        axis.plot(np.arange(1, len(values) + 1), np.sort(values)[::-1], color=colour, ls=style, label=label)
    axis.set(xlabel="synapses in order of probability", ylabel="probability to be kept", xscale="log")
    axis.legend(loc="lower left")


def histogram(axis: Axes, samples: dict[str, np.ndarray], xlabel: str, *, bins: int = 40) -> None:
    """Overlaid histograms on common bins, in shares."""
    edges = np.histogram_bin_edges(np.concatenate(list(samples.values())), bins)
    for (name, values), colour, style in zip(samples.items(), (VERMILION, BLUE, GREEN), ("-", "--", ":"), strict=False):
        weights = np.full(len(values), 1 / len(values))
        axis.hist(values, edges, weights=weights, histtype="step", lw=1.5, color=colour, ls=style, label=name)
    axis.set(xlabel=xlabel, ylabel="share")
    axis.legend(loc="upper right")
