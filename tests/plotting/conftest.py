"""An empty Axes for the tests of figures."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)
