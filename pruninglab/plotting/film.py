"""Films: animations as HTML that ask nothing of the network, for figures in which time matters."""

import re
from collections.abc import Callable

from matplotlib import pyplot as plt
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

NO_LAYOUT = {"figure.constrained_layout.use": False}
"""For a film: a figure without a layout engine of its own gets the default one whenever it has been saved."""
SIGNS = {
    "fa-minus": "−",
    "fa-fast-backward": "⏮",
    "fa-step-backward": "‹",
    "fa-play fa-flip-horizontal": "◀",
    "fa-pause": "‖",
    "fa-play": "▶",
    "fa-step-forward": "›",
    "fa-fast-forward": "⏭",
    "fa-plus": "+",
}
"""What stands on the buttons in the place of matplotlib's icons, which come from another host."""


def film_html(
    figure: Figure, draw: Callable[[int], None], n_frames: int, *, interval: int, alt: str, dpi: int = 64
) -> str:
    """A film as HTML, with buttons and a slider; closes the figure.

    Parameters
    ----------
    figure : Figure
        With all that moves already in it.
    draw : callable
        Changes the figure so that it shows the frame of the given number.
    n_frames, interval : int
        Number of frames; milliseconds from one to the next.
    alt : str
        What there is to see, for readers who do not see it.
    dpi : int
        Coarser than in other figures, because a film holds many.

    Examples
    --------
    >>> figure, axis = plt.subplots(figsize=(1, 1))
    >>> film = film_html(figure, lambda frame: axis.set_title(frame), 2, interval=100, alt="A number that grows.")
    >>> film.count('alt="A number that grows."'), film.count('aria-label="Frame"'), "https://" in film
    (1, 1, False)
    """
    figure.canvas.draw_idle = lambda: None  # every frame would be drawn twice
    with plt.rc_context({"savefig.dpi": dpi, **NO_LAYOUT}):
        html = FuncAnimation(figure, draw, frames=n_frames, interval=interval).to_jshtml(default_mode="once")
    plt.close(figure)
    html = re.sub(r"<link[^>]*>", "", html)
    html = re.sub(r'<i class="fa (.*?)"></i>', lambda icon: SIGNS[icon[1]], html)
    html = html.replace("<img ", f'<img alt="{alt}" ')
    return html.replace('<input id="_anim_slider', '<input aria-label="Frame" id="_anim_slider')
