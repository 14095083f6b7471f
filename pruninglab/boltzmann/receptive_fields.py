"""Receptive fields: which pixels of a square picture a unit of the first hidden layer sees."""

import numpy as np


def receptive_fields(side: int, reach: int) -> np.ndarray:
    """Mask of units that each see the pixels around their own place, clipped at the border of the picture.

    Unit and pixel (row, column) are number ``side * row + column``. A unit sees the pixels whose row and column are
    both at most `reach` away: 5 x 5 pixels for a reach of 2, as in Scholl, Rule & Hennig (2021), Fig 3A.

    Parameters
    ----------
    side : int
        Pixels of a row.
    reach : int

    Returns
    -------
    ndarray of bool, shape (side**2, side**2)

    Raises
    ------
    ValueError
        If there is no pixel or the reach is negative.

    Examples
    --------
    >>> int(receptive_fields(20, 2).sum())
    8836
    """
    if side < 1 or reach < 0:
        raise ValueError(f"side must be at least 1 and reach at least 0, got {side} and {reach}")
    places = np.arange(side)
    near = abs(places[:, None] - places) <= reach
    return np.kron(near, near)
