"""The process in which a submission runs, seen from outside: without network, killed with all that it started."""

import functools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

WORKER = Path(__file__).with_name("worker.py")
ISOLATE = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "NUMBA_CACHE_DIR")


@functools.cache
def isolation():
    """Command that starts a process without network, whose children die with it; empty where there is none."""
    if shutil.which(ISOLATE[0]) is None:
        return ()
    done = subprocess.run([*ISOLATE, "true"], capture_output=True, stdin=subprocess.DEVNULL)
    return ISOLATE if done.returncode == 0 else ()


def closable(folders):
    """Those of `folders` that a process can do without: they do not hold Python or its packages."""
    needed = [Path(place).resolve() for place in [sys.prefix, sys.base_prefix, *filter(None, sys.path[1:])]]
    paths = [Path(folder).resolve() for folder in folders]
    return [str(path) for path in paths if not any(place.is_relative_to(path) for place in needed)]


@functools.cache
def font_lists():
    """matplotlib's lists of fonts, which take it seconds to make and which a process with an empty home lacks."""
    import matplotlib.font_manager

    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


class Worker:
    """One process, started by the command `prefix` in `folder`, and the lines that it reports."""

    def __init__(self, job, folder, prefix):
        environment = {key: os.environ[key] for key in KEPT if key in os.environ} | ONE_THREAD
        environment |= {"HOME": folder, "TMPDIR": folder, "IPYTHONDIR": folder, "MPLCONFIGDIR": folder}
        environment |= {"MPLBACKEND": "agg", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
        for path in font_lists():
            shutil.copy(path, folder)
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-s", "-P", "-B", str(WORKER)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.send(job)

    def _listen(self):
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.put(line)
        self.lines.put(None)

    def send(self, value):
        """Send one line, from a thread: a process that does not read must not stop the grader."""
        threading.Thread(target=self._write, args=(json.dumps(value).encode() + b"\n",), daemon=True).start()

    def _write(self, line):
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except (OSError, ValueError):
            pass  # it has ended, which shows when its next line is awaited

    def event(self, seconds):
        """Its next event, None if it has ended, or `queue.Empty` raised after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            if line is None:
                return None
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                return event

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (AttributeError, OSError):
            self.process.kill()
        self.process.wait()
        try:
            self.process.stdin.close()
        except OSError:
            pass
