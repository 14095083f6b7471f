"""An empty Axes for the tests of figures."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


@pytest.fixture
def says_not_run(axis):
    """Draws with a function and checks that the axis says "not run" and how to run it, and nothing else."""

    def check(draw, command):
        draw(axis)
        (text,) = axis.texts
        assert text.get_text().startswith("not run")
        assert f"python -m pruninglab {command}" in text.get_text()
        assert not axis.lines
        assert not axis.collections

    return check
