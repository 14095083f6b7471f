"""The numbers of the worked example in the introduction of Part III, read from the page and computed again."""

import re
from pathlib import Path

import numpy as np
import pytest

from pruninglab.noiseprune import (
    degree_probabilities,
    diff_covariance,
    noise_covariance,
    preservation_probabilities,
    weight_probabilities,
)

PAGE = Path(__file__).parents[2] / "book" / "noise" / "introduction.md"


def two_rooms(bridge):
    W = np.kron(np.eye(2), np.ones((20, 20))) - np.eye(40)
    W[0, 20] = W[20, 0] = bridge
    return W - np.diag(W.sum(axis=1) + 0.01)


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def row(page, start):
    line = next(line for line in page.splitlines() if line.startswith(f"| {start}"))
    return [float(cell) for cell in line.strip(" |").split("|")[1:]]


def test_table(page):
    A = two_rooms(bridge=1.0)
    C = noise_covariance(A)
    inside, bridge = (1, 2), (0, 20)
    shown = {
        "variance of the difference": (diff_covariance(A, C), 3),
        "probability of being kept, by weight": (weight_probabilities(A, density=0.1), 2),
        "probability of being kept, by noise": (preservation_probabilities(A, C, density=0.1), 2),
    }
    for start, (matrix, digits) in shown.items():
        assert row(page, start) == [round(float(matrix[pair]), digits) for pair in (inside, bridge)]
    assert f"there are {np.count_nonzero(np.triu(A, 1))}" in page


def test_rates(page):
    with_bridge, without = (-np.linalg.eigvalsh(two_rooms(bridge))[-2] for bridge in (1.0, 0.0))
    stated = re.search(r"used to fade at a rate of ([0-9.]+),\s+fades at ([0-9.]+),", page)
    assert [float(number) for number in stated.groups()] == [round(with_bridge, 3), round(without, 3)]


def test_the_degree_rule_does_not_find_the_bridge():
    P = degree_probabilities(two_rooms(bridge=1.0), density=0.1)
    assert P[0, 20] < P[1, 2]
