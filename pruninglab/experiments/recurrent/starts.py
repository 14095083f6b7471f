"""Networks that another experiment has trained, as the start of the next one."""

import numpy as np
import xarray as xr

from pruninglab.rnn import Weights


def example_network(source: xr.Dataset, replica: int, line: str) -> Weights:
    """The network, E = 1, that a summary of the experiment ``dms`` holds for its example level.

    Raises
    ------
    ValueError
        If the summary does not hold this replica's weights.
    """
    if replica not in source["replica"]:
        raise ValueError(f"replica must be one of those of the source, got {replica}")
    found = source.sel(replica=replica, line=line)
    if found["A"].isnull().any():
        raise ValueError(f"replica must be one whose weights are stored, got {replica}")
    return Weights(*(found[name].values[None].astype(np.float64) for name in ("A", "B", "C")))
