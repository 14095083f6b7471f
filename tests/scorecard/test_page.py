"""The scorecard as HTML: complete, escaped, and labelled for those who do not see it."""

import json
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
import xarray as xr

from pruninglab.scorecard import PAPERS, claims
from pruninglab.scorecard.origin import origin
from pruninglab.scorecard.page import FILTERS, PAPER_NAMES, claims_table, count_table, filter_form, filtered

VOID = {"input"}


def row(**changed):
    return {
        "paper": "averbeck2022",
        "figure": "1H",
        "claim": 'Losses are < 1 & "small"',
        "quantity": "Loss <b>now</b>.",
        "published": "P < 0.01",
        "chapter": "recurrent/pruning",
        "own_test": False,
        "ours": "0.5",
        "spread": "0 to 1",
        "n": 12,
        "scale": "paper",
        "verdict": "not reproduced",
        "rule": "reproduced if <rule>",
        "stored": ["dms-paper.nc; replicas 0 to 3"],
        "command": "python -m pruninglab run dms",
    } | changed


ROWS = [
    row(),
    row(figure="6C, 6E", verdict="partly"),
    row(paper="moore2020", figure="2a", own_test=True, scale="book", chapter="noise/rule"),
    row(paper="moore2020", figure="1a", verdict="drawn", ours="", n=0, spread="", scale="", command="", stored=[]),
]


class Elements(HTMLParser):
    """Every element with its attributes, the tags around it, and the text directly in it."""

    def __init__(self, text):
        super().__init__()
        self.all, self.open = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", "around": [other["tag"] for other in self.open]} | dict(attributes)
        self.all.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        self.open[-1]["text"] += data

    def of(self, *tags, **attributes):
        return [e for e in self.all if e["tag"] in tags and attributes.items() <= e.items()]


def test_every_control_has_a_label():
    found = Elements(filter_form(ROWS))
    controls = found.of("input", "select")
    assert [control["name"] for control in controls] == ["words", *FILTERS]
    assert {label["for"] for label in found.of("label")} == {control["id"] for control in controls}
    assert all(label["text"] for label in found.of("label"))
    (count,) = found.of("p", role="status")
    assert count["text"] == "4 of 4 rows"
    assert "hidden" in found.of("form")[0]


def test_the_controls_offer_what_occurs_and_all():
    options = [e["value"] for e in Elements(filter_form(ROWS)).of("option")]
    expected = [
        "",
        "averbeck2022",
        "moore2020",
        "",
        "claim",
        "test",
        "",
        "1H",
        "6C, 6E",
        "2a",
        "1a",
        "",
        "paper",
        "book",
    ]
    assert options == [*expected, "", "partly", "not reproduced", "drawn"]


def test_counts_are_right_and_lead_to_what_they_count():
    found = Elements(count_table(ROWS))
    numbers = [int(e["text"]) for e in found.of("td", "a") if e["text"]]
    assert numbers == [1, 1, 0, 2, 0, 1, 0, 1, 0, 0, 1, 1, 1, 2, 1, 4]
    wanted = [parse_qs(urlsplit(link["href"]).query) for link in found.of("a")]
    assert {"paper": ["averbeck2022"], "kind": ["claim"], "verdict": ["not reproduced"]} in wanted
    assert all(head["scope"] in ("col", "row") for head in found.of("th"))


def test_rows_are_complete_and_escaped():
    found = Elements(claims_table(ROWS, "Claims & tests"))
    rows = found.of("tr", **{"class": "scorecard-row"})
    assert [tuple(e[f"data-{name}"] for name in FILTERS) for e in rows] == [
        ("averbeck2022", "claim", "1H", "paper", "not reproduced"),
        ("averbeck2022", "claim", "6C, 6E", "paper", "partly"),
        ("moore2020", "test", "2a", "book", "not reproduced"),
        ("moore2020", "claim", "1a", "", "drawn"),
    ]
    assert found.of("b") == []
    texts = [e["text"] for e in found.all]
    for text in (ROWS[0]["claim"], "Loss <b>now</b>.", "P < 0.01", "0.5 (0 to 1)", "12", "reproduced if <rule>"):
        assert text in texts
    assert [e["text"] for e in found.of("strong")] == [r["verdict"] for r in ROWS]
    assert [e["href"] for e in found.of("a")][:3:2] == ["recurrent/pruning.html", "noise/rule.html"]
    assert found.of("caption")[0]["text"] == "Claims & tests: "


def test_a_folded_part_has_rule_result_and_command_or_is_left_out():
    found = Elements(claims_table(ROWS, "Claims"))
    assert len(found.of("details")) == len(found.of("summary")) == 3
    commands = found.of("pre")
    assert {command["text"] for command in commands} == {"python -m pruninglab run dms"}
    assert all({"details", "div"} <= set(command["around"]) for command in commands)
    not_run = claims_table([row(verdict="not run", stored=[])], "Claims")
    assert "<dd>none</dd><dt>To run it</dt>" in not_run


def test_heads_of_columns_and_rows():
    found = Elements(claims_table(ROWS, "Claims"))
    heads = found.of("th")
    assert [head["scope"] for head in heads] == ["col"] * 7 + ["row"] * 4
    assert len(found.of("td")) == 4 * 6


def test_addresses_of_filtered_views():
    query, fragment = filtered(paper="averbeck2022", figure="6C, 6E", words="a&b").removeprefix("?").split("#")
    assert parse_qs(query) == {"paper": ["averbeck2022"], "figure": ["6C, 6E"], "words": ["a&b"]}
    assert fragment == "find-rows"
    with pytest.raises(ValueError, match="filters must be among"):
        filtered(q="lyapunov")


def test_every_source_has_a_name():
    assert tuple(PAPER_NAMES) == PAPERS


@pytest.mark.parametrize("paper", PAPERS)
def test_claims_are_plain_text(paper):
    """The page shows them as they are: marks of Markdown or mathematics would be shown too."""
    for claim in claims(paper):
        for text in (claim["figure"], claim["claim"], claim["published"], claim.get("drawn", "")):
            assert not set("$*`\\{}") & set(text), text


def test_origin_joins_the_records_of_a_result():
    records = [
        {"replicas": [4, 5], "pruninglab": "0.1.0", "commit": "a" * 40},
        {"replicas": [0, 1, 2, 8], "pruninglab": "0.2.0", "commit": "b" * 40 + "+changes"},
        {"replicas": [9], "pruninglab": "0.2.0", "commit": ""},
    ]
    stored = xr.Dataset(attrs={"provenance": json.dumps(records)})
    expected = (
        "x-paper.nc; replicas 0 to 2, 4 to 5, 8 to 9; pruninglab 0.1.0, 0.2.0; commits aaaaaaa, bbbbbbb with changes"
    )
    assert origin("x", "paper", stored) == expected
    assert origin("x", "paper", xr.Dataset()) == "x-paper.nc"
