"""House style: sizes legible at page width, colours that colour-blind readers can tell apart, and "not run"."""

import string

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

WIDTH = 7.0
"""Page width in inches; the pages show a figure 700 pixels wide."""
RESOLUTION = 150
"""In dots per inch; more than the pages show, so that figures are sharp on fine screens."""

BLACK, GREY = "#000000", "#8a8a8a"
ORANGE, GREEN, BLUE, VERMILION, PURPLE = "#E69F00", "#009E73", "#0072B2", "#D55E00", "#CC79A7"
"""From the palette of Okabe and Ito."""
DARK_ORANGE, DARK_GREEN, DARK_BLUE = "#8F5F00", "#00523C", "#003B5C"
"""For relatives of a rule; they differ from it in lightness, and have a contrast of more than 4.5 with white."""

RULE_COLOURS = {
    "magnitude": ORANGE,
    "noise": BLUE,
    "fisher": GREEN,
    "random": GREY,
    "anti": VERMILION,
    "degree": PURPLE,
}
"""Colour of every kind of rule for pruning; a rule has the same colour throughout the book.

Its relatives have the same colour or the darker shade. Colour is never all that tells two rules apart: they also differ
in their markers, line styles or places.
"""


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


def text_colour(background: str | tuple) -> str:
    """Black or white, whichever has more contrast with the background, by the relative luminance of WCAG 2.

    Examples
    --------
    >>> text_colour(BLUE), text_colour(VERMILION)
    ('white', '#000000')
    """
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(background)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else BLACK


def draw_not_run(axis: Axes, command: str) -> None:
    """Say in an empty panel that its result has not been run, and how to run it."""
    axis.set_axis_off()
    axis.text(0.5, 0.5, f"not run\n\n{command}", ha="center", va="center", wrap=True, transform=axis.transAxes)
