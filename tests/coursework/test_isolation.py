"""A submission reaches neither the network nor other submissions, leaves nothing running, and cannot bend the tests."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest
from handing_in import notebook_of

from tools.coursework.process import isolation

ONE = "noise-prune"
BENT = "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True"
FAKE = """
import sys, types
fake = types.ModuleType("numpy")
vars(fake).update(vars(np))
fake.allclose = fake.isclose = fake.array_equal = lambda *a, **k: True
sys.modules["numpy"] = fake
"""


@pytest.mark.parametrize("bent", [BENT, FAKE])
def test_a_test_cannot_be_bent(grade, bent):
    """A submission that replaces what tests compare with earns nothing by it."""
    zeros = "def two_neuron_covariance(leak, weight, sigma=1.0):\n    return np.zeros((2, 2))"
    assert grade(ONE, notebook_of(bent, zeros)).points("q1") == 0


CONNECT = """
import socket
try:
    socket.create_connection(("{host}", {port}), timeout=3)
    reached = True
except OSError:
    reached = False
"""
SHELL = "import subprocess, sys\nreached = subprocess.run([sys.executable, '-c', {code!r}]).returncode == 0"
TELL = "\nif reached:\n    raise RuntimeError('reached')"


@pytest.fixture
def server():
    """A server on this machine, and how often it was reached."""
    reached = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    reached.append(listening.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield listening.getsockname()[1], reached
        done.set()
        thread.join()


def test_there_is_no_network(grade, server):
    port, reached = server
    source = CONNECT.format(host="127.0.0.1", port=port)
    assert grade(ONE, notebook_of(source + TELL)).notes == []
    notes = grade(ONE, notebook_of(SHELL.format(code=source + "\nassert reached") + TELL)).notes
    refused = "code cell 1: PermissionError: no other program can be started while grading"
    assert notes == ([] if isolation() else [refused])
    assert reached == []


def test_there_is_no_network_without_namespaces_either(grade, server, monkeypatch):
    monkeypatch.setattr("tools.coursework.sandbox.isolation", lambda: ())
    monkeypatch.setitem(globals(), "isolation", lambda: ())
    test_there_is_no_network(grade, server)


def test_other_submissions_and_masters_are_closed(grade, tmp_path):
    other = tmp_path / "other.ipynb"
    other.write_text("mine", encoding="utf-8")
    sources = [f"open({str(other)!r}).read()", f"import os\nos.listdir({str(tmp_path)!r})"]
    sources += [f"open({str(other)!r}, 'w').write('yours')", f"import os\nos.remove({str(other)!r})"]
    sources += [f"from pathlib import Path\nPath({str(other)!r}).{action}()" for action in ("read_text", "unlink")]
    sources += [f"import numpy as np\nnp.save({str(tmp_path / 'new')!r}, np.ones(3))"]
    result = grade(ONE, notebook_of(*sources))
    assert [note.partition(": ")[2] for note in result.notes] == [
        "PermissionError: this folder is closed while grading"
    ] * len(sources)
    assert other.read_text(encoding="utf-8") == "mine"


def running(argument):
    """Whether a process on this machine has `argument` on its command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if argument.encode() in path.read_bytes():
                return True
        except OSError:
            continue
    return False


@pytest.mark.skipif(not isolation(), reason="no process namespaces here")
def test_nothing_goes_on_after_grading(grade):
    argument = f"98765.{os.getpid()}"
    source = f"import subprocess\nsubprocess.Popen(['sleep', {argument!r}], start_new_session=True)"
    assert grade(ONE, notebook_of(source)).notes == []
    deadline = time.monotonic() + 5
    while running(argument) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running(argument)
