"""Where the built book lies, and as whom it is read."""

from pathlib import Path

HTML = Path(__file__).parents[2] / "_build" / "html"
SCREENSHOTS = HTML.parent / "screenshots"
READERS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "is_mobile": True,
        "has_touch": True,
    },
}
"""Two kinds of readers. Between them both widths and both themes are seen on every page."""

PAGES = sorted(path.relative_to(HTML).as_posix() for path in HTML.glob("book/**/*.html"))
"""The pages in the table of contents."""
