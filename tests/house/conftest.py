"""Clean environments for the tests that install something."""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

INHERITED = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "JUPYTER_PATH", "PRUNINGLAB_RESULTS"}


@dataclass(frozen=True)
class CleanEnvironment:
    folder: Path

    def run(self, *command, cwd):
        """Run a command with the environment's programs first on the path; fail with what it printed."""
        programs = self.folder / ("Scripts" if sys.platform == "win32" else "bin")
        environment = {key: value for key, value in os.environ.items() if key not in INHERITED}
        environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"
        environment["PYTHONNOUSERSITE"] = "1"
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def execute(self, notebook):
        """Run every cell of a notebook from its folder; the outputs are thrown away."""
        self.run("jupyter", "execute", notebook.name, cwd=notebook.parent)


@pytest.fixture
def clean_environment(tmp_path):
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=True)
    return CleanEnvironment(folder)
