"""What a reader does: follows links, reads on, searches, unfolds a solution, answers a quiz, plays an animation."""

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from built_book import HTML, PAGES, READERS

ANIMATED = ("book/recurrent/distraction.html", "book/recurrent/values.html", "book/boltzmann/imagination.html")
WITH_SOLUTIONS = [f"book/{chapter}.html" for chapter in ("foundations/importance", "recurrent/pruning", "noise/rule")]


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.targets, self.names = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.targets += [found[key] for key in ("href", "src") if found.get(key)]
        self.names |= {found[key] for key in ("id", "name") if found.get(key)}


@cache
def parsed(path):
    return _Page(path.read_text(encoding="utf-8"))


def internal_links(path):
    """Targets of a page's links within the book, as a path from its root and the name of a place, if any."""
    here = path.relative_to(HTML).as_posix()
    for target in parsed(path).targets:
        if not urlsplit(target).scheme and not target.startswith("//"):
            address, place = urldefrag(urljoin(here, target))
            yield unquote(urlsplit(address).path) or here, unquote(place)


@pytest.mark.parametrize("path", [*PAGES, "genindex.html", "py-modindex.html", "search.html", "index.html"])
def test_links_lead_somewhere(path):
    lost = set()
    for target, place in internal_links(HTML / path):
        goal = HTML / target
        if not goal.is_file() or (place and goal.suffix == ".html" and place not in parsed(goal).names):
            lost.add(f"{target}#{place}")
    assert lost == set()


def test_reading_on_passes_every_page(read):
    page = read("book/index.html")
    passed = []
    while (following := page.locator("a.right-next")).count():
        page.goto(urljoin(page.url, following.get_attribute("href")))
        passed.append(urlsplit(page.url).path.removeprefix("/"))
        assert len(passed) == len(set(passed)), "reading on goes in a circle"
    assert set(PAGES) - set(passed) == {"book/index.html"}


@pytest.mark.parametrize("reader", READERS)
def test_search_finds_and_leads_there(read, reader):
    page = read("search.html?q=leverage", reader)
    results = page.locator("ul.search li a")
    results.first.wait_for()
    assert results.count() >= 5
    results.first.click()
    page.wait_for_load_state()
    assert "/book/" in page.url
    assert "leverage" in page.locator("article").inner_text().lower()
    assert page.troubles == []


@pytest.mark.parametrize("path", WITH_SOLUTIONS)
def test_solutions_unfold(read, path):
    page = read(path)
    solutions = page.locator("div.solution")
    assert solutions.count() == page.locator("div.exercise").count() >= 2
    for solution in solutions.all():
        content = solution.locator("section, div.section").first
        assert not content.is_visible()
        solution.locator("button.toggle-button").first.press("Enter")
        content.wait_for(state="visible")


def test_a_quiz_answers_by_keyboard(read):
    page = read("book/noise/rule.html")
    option = page.locator("#check-yourself details").first
    assert not option.locator("p").first.is_visible()
    option.locator("summary").press("Enter")
    assert re.match(r"(Right|Wrong)\.", option.locator("p").first.inner_text())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("path", ANIMATED)
def test_animations_play(read, path, reader):
    page = read(path, reader)
    film = page.locator("div.animation").first
    before = film.locator("img").get_attribute("src")
    film.get_by_title("Play", exact=True).click()
    page.wait_for_function(
        "([image, before]) => image.src !== before", arg=[film.locator("img").element_handle(), before]
    )
    assert page.troubles == []


def test_the_skip_link_comes_first_and_leads_to_the_text(read):
    page = read("book/noise/rule.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


def test_a_saved_copy_reads_from_the_disk(browser):
    page = browser.new_context(offline=True).new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((HTML / "book/noise/proof.html").as_uri())
    page.evaluate("window.MathJax.startup.promise.then(() => true)")
    assert page.locator("mjx-container").count() > 100
    assert errors == []
    page.goto((HTML / "search.html").as_uri() + "?q=leverage")  # finds pages, but browsers let it fetch no excerpts
    page.locator("ul.search li a").first.wait_for()


@pytest.mark.parametrize("reader", READERS)
def test_the_scorecard_is_filtered_by_its_address_and_by_hand(read, reader):
    page = read("book/scorecard.html?paper=moore2020&verdict=not+reproduced", reader)
    rows, status = page.locator("tr.scorecard-row"), page.locator(".scorecard-status")
    chosen = page.locator('tr.scorecard-row[data-paper="moore2020"][data-verdict="not reproduced"]')
    assert 0 < chosen.count() == rows.filter(visible=True).count() < rows.count()
    assert status.inner_text() == f"{chosen.count()} of {rows.count()} rows"
    page.get_by_label("Verdict").select_option("reproduced")
    page.get_by_label("Words").fill("cosine")
    page.wait_for_function("location.search.includes('words=cosine')")
    assert "verdict=reproduced" in page.url
    shown = rows.filter(visible=True)
    assert shown.count() > 0
    assert all("cosine" in text.lower() for text in shown.all_inner_texts())
    page.get_by_role("button", name="Show all rows").click()
    page.wait_for_function("!location.search")
    assert rows.filter(visible=True).count() == rows.count()
    assert page.troubles == []
