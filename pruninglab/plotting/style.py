"""House style: sizes legible at page width, colours that colour-blind readers can tell apart, and "not run"."""

import string

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 7.0
"""Page width in inches; the pages show a figure 700 pixels wide."""
RESOLUTION = 150
"""Dots per inch: more than the pages show, so that figures are sharp on fine screens."""

BLACK, GREY = "#000000", "#8a8a8a"
ORANGE, GREEN, BLUE, VERMILION, PURPLE = "#E69F00", "#009E73", "#0072B2", "#D55E00", "#CC79A7"
"""From the palette of Okabe and Ito."""


def use_house_style() -> None:
    """Set matplotlib's defaults for the chapters."""
    plt.rcParams.update(
        {
            "figure.dpi": RESOLUTION,
            "savefig.dpi": RESOLUTION,
            "figure.figsize": (WIDTH, 3.0),
            "figure.constrained_layout.use": True,
            "font.size": 9,
            "axes.titlesize": 9.5,
            "axes.labelsize": 9,
            "xtick.labelsize": 8.5,
            "ytick.labelsize": 8.5,
            "legend.fontsize": 8.5,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "image.interpolation": "nearest",
        }
    )


def page_figure(n_columns: int = 1, n_rows: int = 1, *, height: float = 3.0, **keywords) -> tuple[Figure, list[Axes]]:
    """A figure as wide as the page, its panels row by row, lettered if there are several.

    Examples
    --------
    >>> figure, axes = page_figure(2)
    >>> [axis.get_title(loc="left") for axis in axes]
    ['A', 'B']
    >>> plt.close(figure)
    """
    figure, axes = plt.subplots(n_rows, n_columns, figsize=(WIDTH, height), squeeze=False, **keywords)
    panels = list(axes.ravel())
    if len(panels) > 1:
        for letter, axis in zip(string.ascii_uppercase, panels, strict=False):
            axis.set_title(letter, loc="left", fontweight="bold")
    return figure, panels


def draw_not_run(axis: Axes, command: str) -> None:
    """Say in an empty panel that its result has not been run, and how to run it."""
    axis.set_axis_off()
    axis.text(0.5, 0.5, f"not run\n\n{command}", ha="center", va="center", wrap=True, transform=axis.transAxes)
