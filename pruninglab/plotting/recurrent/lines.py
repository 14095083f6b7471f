"""Figures of Part I: the lines of networks in their colours, and two lines compared."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pruninglab.plotting.style import BLACK, DARK_ORANGE, RULE_COLOURS, draw_not_run
from pruninglab.statistics import detectable_difference, paired_p_values

LINE_STYLES = {
    "unpruned": {"color": BLACK, "marker": "s"},
    "pruned": {"color": RULE_COLOURS["magnitude"], "marker": "o"},
    "corrected": {"color": DARK_ORANGE, "marker": "^"},
}
LINE_DASHES = {"unpruned": "-", "pruned": "--", "corrected": ":"}
"""Line styles where there are no markers."""
LINE_NAMES = {"unpruned": "unpruned", "pruned": "pruned", "corrected": "pruned, residual masked"}
COMMAND = "python -m pruninglab run dms\n--preset paper --replicas 0:16"
BANDIT_COMMAND = "python -m pruninglab run bandit\n--preset paper --replicas 0:16"
THRESHOLD = 0.01
"""Of the paired t-tests, as in the paper."""


def compare(
    axis: Axes,
    values: xr.DataArray | None,
    label: str,
    *,
    lines: Sequence[str] = ("unpruned", "pruned"),
    tested: tuple[str, str] = ("pruned", "unpruned"),
    command: str = COMMAND,
) -> None:
    """Mean and standard error of values (replica, line, x) for each line; a bar where two lines differ, P < 0.01.

    The title says how many networks there are, and the smallest mean difference of the two tested lines that a paired
    test with so many finds in 80 % of the cases. `command` is what is drawn if there are no values.
    """
    if values is None:
        draw_not_run(axis, command)
        return
    values = values.transpose("replica", "line", ...)
    (x_name,) = values.dims[2:]
    x, n = values[x_name].values, values.sizes["replica"]
    for line in lines:
        own = values.sel(line=line).values
        style = LINE_STYLES[line] | {"ms": 4, "capsize": 2, "lw": 1, "label": LINE_NAMES[line]}
        axis.errorbar(x, own.mean(axis=0), own.std(axis=0) / np.sqrt(n), **style)
    first, second = (values.sel(line=line).values for line in tested)
    differs = paired_p_values(first, second) < THRESHOLD
    width = 0.5 * np.diff(x).min()
    top = axis.get_ylim()[1]
    for place in x[differs]:
        axis.plot([place - width, place + width], [top, top], color=BLACK, lw=3, solid_capstyle="butt")
    power = float(np.median([detectable_difference(column, alpha=THRESHOLD) for column in (first - second).T]))
    axis.set_title(f"n = {n}, finds {power:.2g}", loc="right")
    axis.set(ylabel=label)
