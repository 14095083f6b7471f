"""Every page of the built book, at desktop and at phone width, in the light and in the dark theme, network off."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from built_book import PAGES, READERS, SCREENSHOTS

HEAVIEST = 3_000_000

HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter(heading => heading.checkVisibility()).map(heading => +heading.tagName[1])"""
SILENT_IMAGES = """() => [...document.querySelectorAll("article img")]
    .filter(image => !image.complete || !image.naturalWidth || image.alt.trim().length < 10).map(image => image.src)"""
WIDER_THAN_SCREEN = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.querySelectorAll("main *")]
        .filter(part => part.getBoundingClientRect().right > window.innerWidth + 1)
        .slice(0, 5).map(part => part.outerHTML.slice(0, 80))"""
CUT_OFF = """() => [...document.querySelectorAll("article .math, article figure, article table, article pre")]
    .filter(part => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX == "hidden")
    .map(part => part.textContent.slice(0, 80))"""
BROKEN_FORMULAS = """() => [...document.querySelectorAll("mjx-merror, .math:not(:has(mjx-container))")]
    .map(formula => formula.textContent.slice(0, 80))"""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("path", [*PAGES, "genindex.html", "search.html"])
def test_page(read, path, reader):
    page = read(path, reader)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{path.removesuffix('.html').replace('/', '-')}-{reader}.png", full_page=True)
    assert page.troubles == []
    assert page.weight < HEAVIEST, f"the page and what it loads are {page.weight:,} bytes"
    assert page.evaluate(SILENT_IMAGES) == []
    assert page.evaluate(BROKEN_FORMULAS) == []
    assert page.evaluate(WIDER_THAN_SCREEN) == []
    assert page.evaluate(CUT_OFF) == []
    levels = page.evaluate(HEADINGS)
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert barriers(page) == []


def barriers(page):
    """What axe-core finds serious or critical, one line for each kind with the first place where it occurs."""
    quick = {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=quick).response["violations"]
    return [
        f"{entry['impact']} {entry['id']}, {len(entry['nodes'])} times: {entry['nodes'][0]['html'][:150]}"
        for entry in found
        if entry["impact"] in ("serious", "critical")
    ]
