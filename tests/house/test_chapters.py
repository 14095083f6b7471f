"""Every chapter keeps the contract, and the contract notices a chapter that does not."""

import re
from collections import Counter

import contract
import nbformat
import pytest
from notebooks import BOOK, chapters, name, notebooks, read

v4 = nbformat.v4

GOOD_FRAME = """# A chapter

Why it is here."""
GOOD_OVERVIEW = """## Overview

- derive one thing
- compute another
- judge a third

**Time:** 25 minutes to read, 15 seconds to run

## Prerequisites

| concept | needed for |
|---|---|
| eigenvalues | the decay of a mode |"""
GOOD_EXERCISES = """## Exercises

```{exercise-start} easy · change the code
:label: ex-one
```

Is one less than two?

```{exercise-end}
```

```{solution-start} ex-one
:class: dropdown
```"""
GOOD_END = """```{solution-end}
```

:::{exercise} hard · argue
:label: ex-two
Is two less than three?
:::

:::{solution} ex-two
:class: dropdown
It is.
:::

## Summary

It holds.

## Further reading

Nothing yet."""


def quiz(right_letters):
    text = "## Check yourself"
    for number, right in enumerate(right_letters, start=1):
        text += f"\n\n**{number}.** What follows?\n"
        for letter in "ABC":
            verdict = "Right. It does." if letter == right else "Wrong. It does not."
            text += f"\n<details><summary>{letter}. This</summary>\n\n{verdict}\n\n</details>"
    return text


SENTENCE = "A line that rises from the origin to a plateau at one, within ten time constants."


def code(source, *tags, **mystnb):
    metadata = ({"tags": list(tags)} if tags else {}) | ({"mystnb": mystnb} if mystnb else {})
    return v4.new_code_cell(source, metadata=metadata)


def good_chapter():
    figure = {"name": "fig-rise", "caption": SENTENCE}
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell(GOOD_FRAME),
            v4.new_markdown_cell(GOOD_OVERVIEW),
            code('ADDRESS = ""\n' + "step()\n" * 20, "setup", "remove-cell"),
            code("import numpy as np\n\nrng = np.random.default_rng(1)", "imports"),
            code("assert rng.random() < 1"),
            code("assert rng.random() < 1"),
            code("fig, ax = plt.subplots()\nassert ax", figure=figure, image={"alt": SENTENCE}),
            v4.new_markdown_cell(GOOD_EXERCISES),
            code("assert 1 < 2"),
            v4.new_markdown_cell(GOOD_END),
            v4.new_markdown_cell(quiz("ABAC")),
        ]
    )


def with_source(index, old, new):
    def spoil(chapter):
        assert old in chapter.cells[index].source
        chapter.cells[index].source = chapter.cells[index].source.replace(old, new)

    return spoil


def with_metadata(index, **metadata):
    return lambda chapter: chapter.cells[index].metadata.update(metadata)


FIGURE = {"name": "fig-rise", "caption": SENTENCE}
VIOLATIONS = {
    "title": (with_source(0, "# A chapter", "A chapter"), "starts with a title"),
    "second title": (with_source(1, "## Overview", "# Another\n\n## Overview"), "one heading of level 1"),
    "missing heading": (with_source(-2, "## Summary", "## Sum"), "the headings are"),
    "order of headings": (
        lambda chapter: chapter.cells.insert(1, v4.new_markdown_cell("## Summary")),
        "the headings are",
    ),
    "objectives": (with_source(1, "- judge a third", "judge a third"), "fewer than 3 objectives"),
    "prerequisites": (with_source(1, "|---|---|\n", ""), "no table"),
    "time": (with_source(1, "**Time:** 25 minutes", "**Time:** some minutes"), "does not state"),
    "setup tag": (with_metadata(2, tags=["setup"]), "not tagged setup and remove-cell"),
    "setup address": (with_source(2, 'ADDRESS = ""', "pass"), "no line ADDRESS"),
    "imports tag": (with_metadata(3, tags=[]), "not tagged imports"),
    "long cell": (with_source(4, "assert", "step()\n" * 15 + "assert"), "16 lines"),
    "few asserts": (with_source(4, "assert ", ""), "fewer than 4"),
    "empty assert": (with_source(4, "rng.random() < 1", "True"), "cannot fail"),
    "second generator": (with_source(4, "rng.random()", "np.random.default_rng(2).random()"), "2 times"),
    "global random state": (with_source(4, "rng.random()", "np.random.rand()"), "np.random.rand"),
    "global seed": (with_source(4, "assert", "np.random.seed(1)\nassert"), "np.random.seed"),
    "no alt text": (with_metadata(6, mystnb={"figure": FIGURE}), "alt text"),
    "alt text without a full stop": (
        with_metadata(6, mystnb={"figure": FIGURE, "image": {"alt": SENTENCE[:-1]}}),
        "alt text",
    ),
    "short caption": (
        with_metadata(6, mystnb={"figure": FIGURE | {"caption": "A rise."}, "image": {"alt": SENTENCE}}),
        "caption is shorter",
    ),
    "figure name": (
        with_metadata(6, mystnb={"figure": FIGURE | {"name": "rise"}, "image": {"alt": SENTENCE}}),
        "start with fig-",
    ),
    "figure without metadata": (with_source(4, "assert", "noise_figures.rise(ax)\nassert"), "alt text"),
    "no title": (
        with_source(7, "{exercise-start} easy · change the code", "{exercise-start}"),
        "title of ex-one is ''",
    ),
    "unknown difficulty": (with_source(7, "easy · change", "trivial · change"), "title of ex-one is 'trivial ·"),
    "unknown kind": (with_source(-2, "hard · argue", "hard · guess"), "title of ex-two is 'hard · guess'"),
    "difficulty without a kind": (with_source(-2, "hard · argue", "hard"), "title of ex-two is 'hard'"),
    "a hyphen in a title": (with_source(-2, "hard · argue", "hard - argue"), "title of ex-two is 'hard - argue'"),
    "nothing to change": (with_source(7, "easy · change the code", "easy · by hand"), "has the kind 'change the code'"),
    "nothing to argue": (with_source(-2, "hard · argue", "hard · by hand"), "has the kind 'argue'"),
    "exercise label": (with_source(7, ":label: ex-one\n", ""), "labels of the exercises"),
    "solution label": (with_source(-2, "{solution} ex-two", "{solution} ex-three"), "do not belong together"),
    "no dropdown": (with_source(-2, ":class: dropdown\n", ""), "not a dropdown"),
    "one exercise": (lambda chapter: chapter.cells.pop(7), "1 exercises"),
    "open solution": (with_source(-2, "```{solution-end}\n```", ""), "do not alternate"),
    "no quiz": (lambda chapter: chapter.cells.pop(), "no quiz"),
    "quiz numbers": (with_source(-1, "**2.**", "**5.**"), "not 3 to 5 in order"),
    "short quiz": (lambda chapter: chapter.cells[-1].update(source=quiz("AB")), "not 3 to 5 in order"),
    "no right option": (with_source(-1, "Right. It does.", "Wrong. It does."), "0 right options"),
    "option without a verdict": (with_source(-1, "Right. It does.", "It does."), "in the right form"),
    "mathematics in an option": (with_source(-1, "C. This", "C. $x$"), "options AB in the right form"),
    "same letter": (lambda chapter: chapter.cells[-1].update(source=quiz("ABAA")), "right more than twice"),
}


def test_a_good_chapter_has_no_problems():
    assert contract.problems(good_chapter()) == []


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_the_contract_notices(violation):
    spoil, expected = VIOLATIONS[violation]
    chapter = good_chapter()
    spoil(chapter)
    assert any(expected in problem for problem in contract.problems(chapter))


def test_there_are_chapters():
    assert chapters()


@pytest.mark.parametrize("path", chapters(), ids=name)
def test_chapter_keeps_the_contract(path):
    assert contract.problems(read(path)) == []


@pytest.mark.parametrize("path", chapters(), ids=name)
def test_how_to_use_states_the_times_of_the_chapter(path):
    minutes, seconds = contract.times(read(path))
    target = re.escape(path.relative_to(BOOK).as_posix())
    row = rf"^\|.*\]\({target}\)[^|]*\|(?:.*\|)?\s*{minutes} min\s*\|\s*{seconds} s\s*\|"
    page = (BOOK / "how-to-use.md").read_text(encoding="utf-8")
    assert re.search(row, page, flags=re.MULTILINE), f"no row for {name(path)} with | {minutes} min | {seconds} s |"


def test_figure_names_are_unique_in_the_book():
    drawn = [cell for path in notebooks() for cell in read(path).cells if contract.draws(cell)]
    names = Counter(contract.figure(cell).get("name") for cell in drawn)
    assert [figure for figure, count in names.items() if count > 1] == []
