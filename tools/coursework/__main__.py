"""`python -m tools.coursework build` and `python -m tools.coursework grade`."""

import argparse
import sys
from pathlib import Path

from tools.coursework.build import BUILT, build
from tools.coursework.bundle import read_bundle
from tools.coursework.grading import GRADED, grade_folder
from tools.coursework.masters import ASSIGNMENTS, assignment_names
from tools.coursework.process import isolation
from tools.coursework.reports import number, write_reports
from tools.coursework.sandbox import Limits
from tools.coursework.submissions import other_files


def parser():
    main = argparse.ArgumentParser(prog="python -m tools.coursework", description=__doc__)
    commands = main.add_subparsers(dest="command", required=True)
    builds = commands.add_parser("build", help="student copies, autograders and solutions from the masters")
    builds.add_argument("names", nargs="*", metavar="assignment", help="all of them if none is named")
    builds.add_argument("--target", type=Path, default=BUILT, help="folder to write to (%(default)s)")
    grades = commands.add_parser("grade", help="points and feedback for a folder of submissions")
    grades.add_argument("name", metavar="assignment")
    grades.add_argument("submissions", type=Path, help="folder; notebooks anywhere below it")
    grades.add_argument("--target", type=Path, required=True, help="folder for the tables and the feedback")
    grades.add_argument("--seconds", type=float, default=Limits.submission, help="per submission (%(default)g)")
    grades.add_argument("--step-seconds", type=float, default=Limits.step, help="per cell or test (%(default)g)")
    grades.add_argument("--workers", type=int, default=1, help="submissions at the same time (%(default)d)")
    for command in (builds, grades):
        command.add_argument("--overlay", type=Path, help="private folder with other masters or tests")
    return main


def run_build(options):
    for name in options.names or assignment_names():
        place = build(name, options.target, options.overlay).parent.parent
        print(place)


def run_grade(options):
    if min(options.seconds, options.step_seconds) <= 0:
        raise ValueError("seconds and step-seconds must be above 0")
    bundle = read_bundle(build(options.name, BUILT, options.overlay))
    if not isolation():
        print("No network namespaces here: submissions can open no socket and start no program.", file=sys.stderr)
    limits = Limits(submission=options.seconds, step=options.step_seconds)
    private = [folder for folder in (ASSIGNMENTS, BUILT, options.target, options.overlay) if folder is not None]
    results = grade_folder(
        bundle, options.submissions, limits=limits, workers=options.workers, protected=private, tell=show
    )
    for path in other_files(options.submissions):
        print(f"Not graded, for it is not named .ipynb: {path.relative_to(options.submissions)}", file=sys.stderr)
    write_reports(bundle, results, options.target)
    print(options.target / "grades.csv")


def show(result):
    status = "" if result.status == GRADED else f"  ({result.status})"
    print(f"{number(result.total()):>6}  {result.submission}{status}", flush=True)


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        {"build": run_build, "grade": run_grade}[options.command](options)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
