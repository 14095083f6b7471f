"""An empty Axes for the tests of figures, and a stand-in for animations."""

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


@pytest.fixture
def film_class(monkeypatch):
    """A class that stands in for the animation of matplotlib; `shown` is the last one made, with what it would draw."""

    class Film:
        def __init__(self, figure, draw, frames, interval):
            self.figure, self.draw, self.frames = figure, draw, frames
            Film.shown = self

        def to_jshtml(self, default_mode):
            return default_mode

    monkeypatch.setattr("pruninglab.plotting.film.FuncAnimation", Film)
    return Film
