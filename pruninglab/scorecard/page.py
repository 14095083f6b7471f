"""The scorecard as HTML that readers can filter: a form, a table of counts, and tables of rows.

Without JavaScript everything is shown. `_static/scorecard.js` in the book's repository works the form, and
`_static/scorecard.css` lays the rows out as cards on a narrow screen.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from pruninglab.scorecard.verdicts import VERDICTS

PAPER_NAMES = {
    "averbeck2022": "Averbeck 2022",
    "scholl2021": "Scholl, Rule & Hennig 2021",
    "moore2020": "Moore & Chaudhuri 2020",
    "pruninglab": "This book",
}
KINDS = {"claim": "claims", "test": "tests of our own"}
"""A row is a claim of its source, or a test that the source does not claim."""
COLUMNS = ("Figure", "Claim, and what we measure", "Published", "Ours (spread)", "n", "Scale", "Verdict")
FILTERS = {
    "paper": "Paper",
    "kind": "Claims or tests",
    "figure": "Figure, as printed",
    "scale": "Scale",
    "verdict": "Verdict",
}
"""Names of the fields in the address, and their labels; ``words`` holds free text, since Sphinx itself reads ``q``."""


def filtered(**chosen: str) -> str:
    """The query of an address that opens the page with a filter set.

    Examples
    --------
    >>> "scorecard.html" + filtered(paper="averbeck2022", verdict="not reproduced")
    'scorecard.html?paper=averbeck2022&verdict=not+reproduced#find-rows'
    """
    unknown = set(chosen) - {*FILTERS, "words"}
    if unknown:
        raise ValueError(f"filters must be among {[*FILTERS, 'words']}, got {sorted(unknown)}")
    return f"?{urlencode(chosen)}#find-rows"


def filter_form(rows: Iterable[dict[str, Any]]) -> str:
    """The controls, with the values that occur in the rows; hidden until the script shows them. And the count of rows.

    Examples
    --------
    >>> form = filter_form([{"paper": "moore2020", "figure": "2a", "own_test": False, "scale": "", "verdict": "drawn"}])
    >>> '<option value="drawn">drawn</option>' in form, "1 of 1 rows" in form
    (True, True)
    """
    rows = list(rows)
    options = {name: dict.fromkeys(_facts(row)[name] for row in rows) for name in FILTERS}
    options["verdict"] = dict.fromkeys(verdict for verdict in VERDICTS if verdict in options["verdict"])
    words = _element("input", id="scorecard-words", name="words", type="search")
    fields = [_field("words", "Words", words)]
    for name, label in FILTERS.items():
        shown = {"paper": PAPER_NAMES, "kind": KINDS}.get(name, {})
        choices = [_element("option", shown.get(v, v), value=v) for v in options[name] if v]
        select = _element("select", _element("option", "all", value=""), *choices, id=f"scorecard-{name}", name=name)
        fields.append(_field(name, label, select))
    reset = _element("div", _element("button", "Show all rows", type="reset"), class_="scorecard-field")
    attributes = {"role": "search", "aria-label": "Filter the rows", "autocomplete": "off", "hidden": ""}
    form = _element("form", *fields, reset, class_="scorecard-filter", **attributes)
    count = _element("p", f"{len(rows)} of {len(rows)} rows", class_="scorecard-status", role="status")
    without = _element("noscript", _element("p", "The filter needs JavaScript. All rows are shown below."))
    return _written(_element("div", form, count, without, class_="scorecard"))


def count_table(rows: Iterable[dict[str, Any]]) -> str:
    """How many rows of each source have which verdict; every number but 0 opens the page with that filter.

    Examples
    --------
    >>> row = {"paper": "moore2020", "figure": "2a", "own_test": False, "scale": "paper", "verdict": "partly"}
    >>> '<a href="?paper=moore2020&amp;kind=claim&amp;verdict=partly#find-rows">1</a>' in count_table([row])
    True
    """
    facts = [_facts(row) for row in rows]
    verdicts = [verdict for verdict in VERDICTS if any(fact["verdict"] == verdict for fact in facts)]
    lines = []
    for paper, kind in dict.fromkeys((fact["paper"], fact["kind"]) for fact in facts):
        own = {"paper": paper, "kind": kind}
        name = PAPER_NAMES[paper] + (", tests of our own" if kind == "test" else "")
        cells = [_count(facts, **own, verdict=verdict) for verdict in verdicts]
        lines.append(_element("tr", _element("th", name, scope="row"), *cells, _count(facts, **own)))
    cells = [_count(facts, verdict=verdict) for verdict in verdicts]
    lines.append(_element("tr", _element("th", "All", scope="row"), *cells, _element("td", str(len(facts)))))
    head = [_element("th", name, scope="col") for name in ("Source", *verdicts, "all")]
    caption = _element("caption", "Number of rows. Each number opens the rows that it counts.")
    body = _element("tbody", *lines)
    table = _element("table", caption, _element("thead", _element("tr", *head)), body, class_="scorecard-counts")
    return _written(_element("div", table, class_="scorecard"))


def claims_table(rows: Iterable[dict[str, Any]], caption: str) -> str:
    """Rows of `pruninglab.scorecard.score`; rule, stored result and command are folded.

    The roles repeat what the elements mean, because some browsers forget it where a table is laid out as cards.

    Examples
    --------
    >>> row = {key: "" for key in ("chapter", "ours", "spread", "scale", "command", "rule", "published")}
    >>> row |= {"paper": "moore2020", "figure": "1c", "claim": "a < b", "quantity": "q", "own_test": False, "n": 0}
    >>> "a &lt; b" in claims_table([row | {"stored": [], "verdict": "not run"}], "Claims")
    True
    """
    rows = list(rows)
    shown = _element("span", _number_of_rows(len(rows)), class_="scorecard-shown")
    head = [_element("th", name, scope="col", role="columnheader") for name in COLUMNS]
    table = _element(
        "table",
        _element("caption", f"{caption}: ", shown),
        _element("thead", _element("tr", *head, role="row"), role="rowgroup"),
        _element("tbody", *map(_row, rows), role="rowgroup"),
        class_="scorecard-claims",
        role="table",
    )
    return _written(_element("div", table, class_="scorecard"))


def _facts(row: Mapping[str, Any]) -> dict[str, str]:
    """What a row can be filtered by."""
    kind = "test" if row["own_test"] else "claim"
    return {"kind": kind} | {key: row[key] for key in ("paper", "figure", "scale", "verdict")}


def _count(facts: list[dict[str, str]], **chosen: str) -> ElementTree.Element:
    number = sum(chosen.items() <= fact.items() for fact in facts)
    text = str(number)
    return _element("td", _element("a", text, href=filtered(**chosen)) if number else text)


def _number_of_rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def _field(name: str, label: str, control: ElementTree.Element) -> ElementTree.Element:
    return _element("div", _element("label", label, for_=f"scorecard-{name}"), control, class_="scorecard-field")


def _row(row: Mapping[str, Any]) -> ElementTree.Element:
    ours = f"{row['ours']} ({row['spread']})" if row["spread"] else row["ours"]
    n = str(row["n"]) if row["ours"] else ""
    rest = [row["published"], ours, n, row["scale"], _element("strong", row["verdict"])]
    figure = _element("th", row["figure"], scope="row", role="rowheader", **{"data-name": COLUMNS[0]})
    cells = [figure, _element("td", *_claim(row), role="cell")]
    cells += [
        _element("td", content, role="cell", **{"data-name": name})
        for name, content in zip(COLUMNS[2:], rest, strict=True)
    ]
    data = {f"data-{name}": value for name, value in _facts(row).items()}
    return _element("tr", *cells, class_="scorecard-row", role="row", **data)


def _claim(row: Mapping[str, Any]) -> list[ElementTree.Element]:
    measured = _element("p", row["quantity"], class_="scorecard-quantity")
    chapter = _element("p", "Chapter ", _element("a", row["chapter"], href=f"{row['chapter']}.html"))
    return [_element("p", row["claim"]), measured, chapter, *_folded(row)]


def _folded(row: Mapping[str, Any]) -> list[ElementTree.Element]:
    """Rule, stored result and command; a schematic has none of them."""
    if not row["command"]:
        return []
    command = _element("div", _element("pre", row["command"]), class_="highlight")
    told = {
        "Rule": [row["rule"]],
        "Stored result": [_element("div", text) for text in row["stored"]] or ["none"],
        "To run it" if row["verdict"] == "not run" else "To repeat it": [command],
    }
    terms = [
        _element(tag, *content) for name, texts in told.items() for tag, content in (("dt", [name]), ("dd", texts))
    ]
    summary = _element("summary", "Rule, result, command")
    return [_element("details", summary, _element("dl", *terms))]


def _element(tag: str, *content: ElementTree.Element | str, **attributes: str) -> ElementTree.Element:
    """An element with text and elements in it; ``class_`` and ``for_`` stand for the words of Python."""
    element = ElementTree.Element(tag, {name.removesuffix("_"): value for name, value in attributes.items()})
    for item in content:
        if not isinstance(item, str):
            element.append(item)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + item
        else:
            element.text = (element.text or "") + item
    return element


def _written(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, encoding="unicode", method="html")
