"""Lines of the deep machines' figures: one machine under one criterion, numbered so that a run can add line by line."""

from collections.abc import Sequence

import xarray as xr

from pruninglab.experiments.boltzmann.rbm import CONTROL

CRITERIA = (
    "variance_fi",
    "heuristic_fi",
    "weight_magnitude",
    "random_weights",
    "random_units",
    "anti_fi",
    "weighted_fi",
    CONTROL,
)
"""The paper's six; weight squared times variance FI, which older code of the authors used; and a control."""


def lines_of(machines: Sequence[int]) -> list[int]:
    """The lines of machines, under all criteria."""
    return [len(CRITERIA) * machine + k for machine in machines for k in range(len(CRITERIA))]


def machine_of(replica: int) -> int:
    """The machine that a line prunes."""
    return replica // len(CRITERIA)


def criterion_of(replica: int) -> str:
    """The criterion of a line."""
    return CRITERIA[replica % len(CRITERIA)]


def by_criterion(dataset: xr.Dataset) -> xr.Dataset:
    """Lines as a table: dimensions ``replica`` for the machines and ``criterion``; NaN where a line is missing."""
    lines = dataset["replica"].values
    labels = {
        "machine": ("replica", [machine_of(line) for line in lines]),
        "criterion": ("replica", [criterion_of(line) for line in lines]),
    }
    table = dataset.drop_vars("replica").assign_coords(labels).set_index(replica=["machine", "criterion"])
    return table.unstack("replica").rename(machine="replica").transpose("replica", "criterion", ...)


def of_lines(dataset: xr.Dataset, name: str, criterion: str) -> xr.DataArray:
    """A variable of the lines of one criterion; dimension ``replica`` for the machines that have this line."""
    lines = [line for line in dataset["replica"].values if criterion_of(line) == criterion]
    return dataset[name].sel(replica=lines).assign_coords(replica=[machine_of(line) for line in lines])
