"""Grade submissions: one file at a time, and no file stops the others."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tools.coursework import sandbox
from tools.coursework.plan import cells_to_run, written_answers
from tools.coursework.process import isolation
from tools.coursework.submissions import find_submissions, read_cells

GRADED = "graded"


@dataclass
class Test:
    question: str
    name: str
    hint: str
    points: float
    error: str | None  # None if it passed


@dataclass
class Result:
    submission: str
    status: str = GRADED
    tests: list[Test] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    def points(self, question):
        return sum(test.points for test in self.tests if test.question == question and test.error is None)

    def total(self):
        return sum(test.points for test in self.tests if test.error is None)


def grade_file(bundle, path, submission, limits, protected=()):
    """Grade one file; whatever goes wrong becomes the status of the result."""
    result = Result(submission)
    try:
        cells = read_cells(path)
        result.written = written_answers(bundle, cells)
        sources, numbers = cells_to_run(bundle, cells)
        tests = [(question["name"], test) for question in bundle["questions"] for test in question["tests"]]
        outcome = sandbox.run(
            sources,
            [(name, test["source"]) for name, test in tests],
            limits,
            n_given=len(bundle["given"]),
            spare={index for index, number in enumerate(numbers) if number is None} - set(range(len(bundle["given"]))),
            protected=protected,
        )
    except Exception as error:
        result.status = f"not graded: {error}"
        return result
    for index, (name, test) in enumerate(tests):
        result.tests.append(Test(name, test["name"], test["hint"], test["points"], outcome.tests[index]))
    for index, error in sorted(outcome.cells.items()):
        if error is not None and numbers[index] is not None:
            result.notes.append(f"code cell {numbers[index]}: {error}")
    return result


def grade_folder(bundle, folder, *, limits=None, workers=1, protected=(), tell=lambda result: None):
    """Grade every notebook below `folder`; results in the order of their paths.

    Parameters
    ----------
    bundle : dict
        From `bundle.read_bundle`.
    folder : path
    limits : sandbox.Limits, optional
    workers : int
        Submissions that run at the same time.
    protected : sequence of paths
        Folders that submissions can neither read nor write.
    tell : function, optional
        Called with each result, in order, as soon as it is there.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    found = find_submissions(folder)
    isolation()

    def grade(path):
        name = path.relative_to(folder).as_posix()
        return grade_file(bundle, path, name, limits or sandbox.Limits(), [folder, *protected])

    results = []
    with ThreadPoolExecutor(workers) as pool:
        for result in pool.map(grade, found):
            results.append(result)
            tell(result)
    return results
