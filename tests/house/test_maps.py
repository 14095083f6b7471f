"""The introductions open with the thread of the book and end with a map that agrees with the claims."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from notebooks import BOOK, ROOT, listed

from pruninglab.scorecard import PAPERS, claims
from pruninglab.scorecard.page import FILTERS, filtered

PARTS = {"recurrent": "averbeck2022", "boltzmann": "scholl2021", "noise": "moore2020", "synthesis": "pruninglab"}
TITLE = "## Map: which figure is made where"
ROW = re.compile(
    r'^\| <a href="(?P<address>[^"]+)">(?P<figure>[^<]+)</a> \| (?P<shows>[^|]+) \| (?P<chapters>[^|]+) \|$'
)
CHAPTER = re.compile(r"\{doc\}`([^`]+)`")


def introduction(part):
    return (BOOK / part / "introduction.md").read_text(encoding="utf-8")


def map_of(text):
    """The address that each figure of a map opens, and the chapters that it names; no figure occurs twice."""
    _, table = text.split(TITLE)
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    rows = [ROW.match(line) for line in lines]
    assert None not in rows, f"not a row of a map: {lines[rows.index(None)]}"
    figures = [row["figure"] for row in rows]
    assert len(set(figures)) == len(figures)
    return {row["figure"]: (unescape(row["address"]), CHAPTER.findall(row["chapters"])) for row in rows}


def map_wanted(part, stated):
    wanted = {}
    for claim in stated:
        folder, chapter = claim["chapter"].split("/")
        assert folder == part
        address = "../scorecard.html" + filtered(paper=PARTS[part], figure=claim["figure"])
        _, chapters = wanted.setdefault(claim["figure"], (address, []))
        if chapter not in chapters:
            chapters.append(chapter)
    return wanted


@pytest.mark.parametrize("part", PARTS)
def test_the_map_agrees_with_the_claims(part):
    assert map_of(introduction(part)) == map_wanted(part, claims(PARTS[part]))


def test_a_map_that_lacks_something_is_noticed():
    text = introduction("noise")
    stated = claims("moore2020")
    for old, new in (("{doc}`benchmark`, ", ""), ("figure=2b", "figure=2c"), (">2b<", ">2z<")):
        start = text.index(TITLE)
        assert text.count(old, start) == 1
        assert map_of(text[:start] + text[start:].replace(old, new)) != map_wanted("noise", stated)


@pytest.mark.parametrize("part", PARTS)
def test_the_map_ends_the_page_and_the_thread_opens_it(part):
    text = introduction(part)
    assert re.findall("^## .*", text, flags=re.MULTILINE)[-1] == TITLE
    opening = text.split("\n\n", 1)[1].split("```")[1]
    assert opening.startswith("{admonition} The thread\n")
    said = re.findall(r"^\*\*(.+?)\.\*\*", opening, flags=re.MULTILINE)
    assert [said[0], said[2]] == ["The question of this part", "What it hands on"]
    assert re.fullmatch(r"What (the Foundations|Part I{1,3}) left open", said[1])
    assert len(said) == 3


def test_every_claim_belongs_to_a_page():
    assert set(PARTS.values()) == set(PAPERS)
    assert {f"book/{claim['chapter']}" for paper in PAPERS for claim in claims(paper)} <= set(listed())


def test_links_into_the_scorecard_find_rows():
    """Wherever a page opens a filtered scorecard, at least one claim has what it asks for."""
    stated = [{"paper": paper} | claim for paper in PAPERS for claim in claims(paper)]
    pages = [path.read_text(encoding="utf-8") for path in BOOK.rglob("*") if path.suffix in (".md", ".ipynb")]
    found = {unescape(link) for page in pages for link in re.findall(r'scorecard\.html\?[^"\\]+', page)}
    assert len(found) > 50
    for link in found:
        asked = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
        assert asked
        assert set(asked) <= {*FILTERS, "words"}
        known = {name: value for name, value in asked.items() if name in ("paper", "figure")}
        assert any(known.items() <= claim.items() for claim in stated), link


def test_the_script_and_the_form_know_the_same_filters():
    script = (ROOT / "_static" / "scorecard.js").read_text(encoding="utf-8")
    assert json.loads(re.search(r"const FIELDS = (\[.*?\]);", script)[1]) == list(FILTERS)
