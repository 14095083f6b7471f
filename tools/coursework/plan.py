"""Which cells of a submission are run, in which order, and which text answers a written question."""

import re

HEADING = re.compile(r"^#+\s+(Question\s+\w+)", flags=re.MULTILINE)


def normal(source):
    """Source without the differences that editors make: line ends, trailing blanks, empty lines."""
    return "\n".join(line.rstrip() for line in source.splitlines() if line.strip())


def cells_to_run(bundle, cells):
    """Sources to run, and for each the number of its code cell, from 1; None for cells of the handout.

    What the handout gives (imports, say) goes first, so that a submission may have lost it. Its other cells go last, as
    spares: checks and figures define nothing that answers need, but a cell of the student's own may use their names.
    Untouched answers are left out: one that was pasted below a finished one must not replace it.
    """
    answers = {normal(question["answer"]) for question in bundle["questions"]}
    given = {normal(source) for source in bundle["given"]}
    spare = [source for source in bundle["code"] if normal(source) not in given | answers]
    untouched = answers | set(map(normal, spare))
    sources, numbers = list(bundle["given"]), [None] * len(bundle["given"])
    code = [cell for cell in cells if cell.kind == "code"]
    for number, cell in enumerate(code, start=1):
        if normal(cell.source) and normal(cell.source) not in untouched:
            sources.append(cell.source)
            numbers.append(number)
    return sources + spare, numbers + [None] * len(spare)


def written_answers(bundle, cells):
    """Text for each manual question: what stands between its heading and the next one and was not handed out.

    Where the heading is gone, all text that was not handed out is given, for a person to look through.
    """
    handed_out = {normal(source) for source in bundle["text"]}
    own, current = {None: []}, None
    for cell in cells:
        if cell.kind != "markdown":
            continue
        heading = HEADING.search(cell.source)
        current = heading[1] if heading else current
        if normal(cell.source) and normal(cell.source) not in handed_out:
            own.setdefault(current, []).append(cell.source.strip())
    headings = {heading[1] for cell in cells if cell.kind == "markdown" and (heading := HEADING.search(cell.source))}
    everything = [text for texts in own.values() for text in texts]
    answers = {}
    for question in bundle["questions"]:
        if question["manual"]:
            key = " ".join(question["title"].split()[:2]).rstrip(".:")
            answers[question["name"]] = "\n\n".join(own.get(key, []) if key in headings else everything)
    return answers
