"""How an experiment offers steps of a long replica to whoever keeps what is finished."""

from collections.abc import Callable

import xarray as xr

Checkpoint = Callable[[str, Callable[[], xr.Dataset]], xr.Dataset]
"""Takes a name and a function without arguments; gives what was kept under the name, or what the function gives."""


def uninterrupted(name: str, compute: Callable[[], xr.Dataset]) -> xr.Dataset:
    """Keep nothing: compute the step."""
    return compute()
