"""The chapter contract: what every chapter holds, as a function from a notebook to a list of problems."""

import re

HEADINGS = ["Overview", "Prerequisites", "Exercises", "Summary", "Further reading"]
TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes to read, (\d+) seconds to run")
OBJECTIVE = re.compile(r"^[-*] \S", flags=re.MULTILINE)
TABLE = re.compile(r"^\|.+\|[ \t]*\n\|[ :|-]+\|[ \t]*\n\|.+\|", flags=re.MULTILINE)
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*[ \t]*$", flags=re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(
    r"^[ \t]*(?:`{3,}|:{3,})\{(?P<kind>exercise|solution)(?P<half>-start|-end)?\}[ \t]*(?P<argument>.*)\n"
    r"(?P<options>(?:[ \t]*:[a-z-]+:.*\n)*)",
    flags=re.MULTILINE,
)
OPTION = re.compile(r"^[ \t]*:(?P<key>[a-z-]+):[ \t]*(?P<value>.*?)[ \t]*$", flags=re.MULTILINE)
DIFFICULTIES = ("easy", "medium", "hard")
KINDS = ("by hand", "change the code", "argue")
EVERY_CHAPTER_HAS = ("change the code", "argue")
DRAWS = re.compile(r"\bplt\.(subplots|figure)\b|\bplotting\.|\b\w+_figures\.")
IMPORT = re.compile(r"^\s*(import|from)\b.*$", flags=re.MULTILINE)
GLOBAL_RANDOM = re.compile(
    r"\b(?:np|numpy)\.random\.(?!(?:default_rng|Generator|SeedSequence|PCG64)\b)\w+|\brandom\.seed\("
)
QUESTION = re.compile(r"^\*\*(\d)\.\*\* \S", flags=re.MULTILINE)
OPTION_OF_QUIZ = re.compile(
    r"^<details><summary>([A-D])\. ([^\n$`]+)</summary>\n\n(Right|Wrong)\. \S.*?\n\n</details>$",
    flags=re.MULTILINE | re.DOTALL,
)
MOST_LINES = 15
SHORTEST_TEXT = 40


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def prose(notebook):
    return "".join(f"{cell.source}\n\n" for cell in cells(notebook, "markdown"))


def tags(cell):
    return cell.metadata.get("tags", [])


def section(text, heading):
    """What stands between `## heading` and the next heading of level 2."""
    parts = re.split(r"^## (.*?)[ \t]*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).get(heading, "")


def figure(cell):
    return cell.metadata.get("mystnb", {}).get("figure", {})


def draws(cell):
    return "figure" in cell.metadata.get("mystnb", {}) or bool(DRAWS.search(IMPORT.sub("", cell.source)))


def times(notebook):
    """Minutes to read and seconds to run, as the overview states them; None where it does not."""
    overview = [cell for cell in cells(notebook, "markdown") if "## Overview" in cell.source.splitlines()]
    found = [match for cell in overview for match in TIME.finditer(cell.source)]
    return tuple(int(number) for number in found[0].groups()) if len(found) == 1 else None


def frame_problems(notebook):
    first = notebook.cells[0]
    text = FENCED.sub("", prose(notebook))
    if first.cell_type != "markdown" or not re.match(r"# \S", first.source):
        yield "the first cell is not a markdown cell that starts with a title"
    if len(re.findall(r"^# \S", text, flags=re.MULTILINE)) != 1:
        yield "there is not exactly one heading of level 1"
    titles = re.findall(r"^## (.*?)[ \t]*$", text, flags=re.MULTILINE)
    found = [title for title in titles if title in HEADINGS]
    if found != HEADINGS:
        yield f"the headings are {found}; expected {HEADINGS}, each once and in this order"
    if len(OBJECTIVE.findall(section(text, "Overview"))) < 3:
        yield "the overview has fewer than 3 objectives"
    if not TABLE.search(section(text, "Prerequisites")):
        yield "the prerequisites hold no table"
    if times(notebook) is None:
        yield "the overview cell does not state once '**Time:** … minutes to read, … seconds to run'"


def code_problems(notebook):
    code = cells(notebook, "code")
    if not code or not {"setup", "remove-cell"} <= set(tags(code[0])):
        yield "the first code cell is not tagged setup and remove-cell"
    elif not re.search(r'^ADDRESS = ".*"$', code[0].source, flags=re.MULTILINE):
        yield 'the setup cell has no line ADDRESS = "…"'
    if len(code) < 2 or "imports" not in tags(code[1]):
        yield "the second code cell is not tagged imports"
    for cell in code:
        length = len(cell.source.splitlines())
        if "setup" not in tags(cell) and length > MOST_LINES:
            yield f"a code cell has {length} lines, more than {MOST_LINES}: {cell.source.splitlines()[0]!r}"
    source = "\n".join(cell.source for cell in code)
    asserting = [cell for cell in code if re.search(r"^\s*assert\b", cell.source, flags=re.MULTILINE)]
    if len(asserting) < 4:
        yield f"{len(asserting)} code cells assert something, fewer than 4"
    if re.search(r"\bassert\s*\(?\s*(True|1)\b\s*\)?\s*(,|$|#)", source, flags=re.MULTILINE):
        yield "an assert cannot fail"
    if source.count("default_rng(") != 1:
        yield f"default_rng( is called {source.count('default_rng(')} times, not once"
    for use in sorted(set(GLOBAL_RANDOM.findall(source))):
        yield f"global random state: {use}"


def figure_problems(notebook):
    for cell in cells(notebook, "code"):
        if not draws(cell):
            continue
        where = figure(cell).get("name") or repr(cell.source.splitlines()[0])
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if len(alt) < SHORTEST_TEXT or not alt.endswith("."):
            yield f"figure {where}: the alt text is not a sentence of at least {SHORTEST_TEXT} characters"
        if len(figure(cell).get("caption", "")) < SHORTEST_TEXT:
            yield f"figure {where}: the caption is shorter than {SHORTEST_TEXT} characters"
        if not figure(cell).get("name", "").startswith("fig-"):
            yield f"figure {where}: the name does not start with fig-"


def title_problems(titles):
    """Of the (label, title) of every exercise; a title is `DIFFICULTY · KIND`."""
    kinds = set()
    for label, title in titles:
        difficulty, _, kind = title.partition(" · ")
        if difficulty not in DIFFICULTIES or kind not in KINDS:
            yield f"the title of {label} is {title!r}, not 'DIFFICULTY · KIND' with {DIFFICULTIES} and {KINDS}"
        kinds.add(kind)
    for kind in EVERY_CHAPTER_HAS:
        if kind not in kinds:
            yield f"no exercise has the kind {kind!r}"


def exercise_problems(notebook):
    found = [
        (match["kind"], match["half"], match["argument"].strip(), dict(OPTION.findall(match["options"])))
        for match in DIRECTIVE.finditer(prose(notebook))
    ]
    opened = [entry for entry in found if entry[1] != "-end"]
    titles = [(options.get("label"), title) for kind, _, title, options in opened if kind == "exercise"]
    labels = [label for label, _ in titles]
    solutions = [(argument, options) for kind, _, argument, options in opened if kind == "solution"]
    if not 2 <= len(labels) <= 4:
        yield f"{len(labels)} exercises, not 2 to 4"
    if None in labels or len(set(labels)) != len(labels):
        yield f"the labels of the exercises are missing or not unique: {labels}"
    if sorted(filter(None, labels)) != sorted(label for label, _ in solutions):
        yield f"exercises {labels} and solutions {[label for label, _ in solutions]} do not belong together"
    yield from title_problems(titles)
    for label, options in solutions:
        if "dropdown" not in options.get("class", "").split():
            yield f"the solution of {label} is not a dropdown"
    for kind in ("exercise", "solution"):
        halves = [half for other, half, _, _ in found if other == kind and half]
        if halves != ["-start", "-end"] * (len(halves) // 2):
            yield f"{kind}-start and {kind}-end do not alternate"


def quiz_problems(notebook):
    text = notebook.cells[-1].source
    if not text.startswith("## Check yourself\n"):
        yield "the last cell is no quiz: it does not begin with '## Check yourself'"
        return
    numbers = QUESTION.findall(text)
    if numbers != [str(n + 1) for n in range(len(numbers))] or not 3 <= len(numbers) <= 5:
        yield f"the questions of the quiz are {numbers}, not 3 to 5 in order"
    answers = []
    for number, question in enumerate(QUESTION.split(text)[2::2], start=1):
        options = OPTION_OF_QUIZ.findall(question)
        letters = "".join(letter for letter, _, _ in options)
        right = [letter for letter, _, verdict in options if verdict == "Right"]
        if letters not in ("ABC", "ABCD") or question.count("<details>") != len(options):
            yield f"question {number} of the quiz has the options {letters or 'none'} in the right form"
        if len(right) != 1:
            yield f"question {number} of the quiz has {len(right)} right options"
        answers += right
    if any(answers.count(letter) > 2 for letter in answers):
        yield f"one letter is right more than twice in the quiz: {''.join(answers)}"


def problems(notebook):
    """Every way in which a chapter breaks the contract; an empty list for a good one."""
    checks = (frame_problems, code_problems, figure_problems, exercise_problems, quiz_problems)
    return [problem for check in checks for problem in check(notebook)]
