"""The process in which a submission runs. It gets cells, then tests, and reports each before and after it ran.

It is started as a script, knows nothing of the other modules, and is expected to be killed. One line of JSON in, many
lines out: `{"start": "cell 3"}`, `{"done": "cell 3", "error": null}`. The tests are sent only after all cells have run.
"""

import ast
import json
import os
import sys

NETWORK = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
NETWORK |= {"socket.gethostbyname", "socket.gethostbyaddr"}
FILES = {"open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate"}
FILES |= {"os.chmod", "os.link", "os.symlink", "shutil.rmtree"}
PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "pty.spawn"}
GUARDED = {"builtins", "numpy", "pruninglab"}
LONGEST_MESSAGE = 300


def private_channels():
    """The pipes to the grader. What the submission reads and prints goes nowhere."""
    incoming = os.fdopen(os.dup(0), "r", encoding="utf-8")
    outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return incoming, outgoing


def limit_resources(memory):
    try:
        import resource
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 10**8), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (limit, limit))


def forbid(protected, processes):
    """Refuse the network and the folders in `protected`, and new processes if `processes`, from now on."""
    roots = tuple(os.path.join(os.path.realpath(folder), "") for folder in protected)

    def refuse(event, arguments):
        if event in NETWORK:
            raise PermissionError("there is no network while grading")
        if processes and event in PROCESSES:
            raise PermissionError("no other program can be started while grading")
        if event in FILES:
            for argument in arguments[: 1 if event == "open" else 2]:
                if isinstance(argument, str | bytes | os.PathLike) and _lies_in(os.fsdecode(argument), roots):
                    raise PermissionError("this folder is closed while grading")

    sys.addaudithook(refuse)


def _lies_in(path, roots):
    return os.path.join(os.path.realpath(path), "").startswith(roots)


def new_shell():
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    return InteractiveShell.instance(config=config)


def message(error):
    if error is None:
        return None
    try:
        return f"{type(error).__name__}: {error}"[:LONGEST_MESSAGE]
    except Exception:
        return type(error).__name__


def definitions(tree, missing_from=None):
    """The functions, classes, imports and constants of a cell; with `missing_from`, only names not yet in it."""
    kept = []
    for node in tree.body:
        names = [getattr(node, "name", None)]
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.Assign) and (isinstance(node.value, ast.Lambda) or _is_constant(node.value)):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if missing_from is None or any(name not in missing_from for name in names):
            kept.append(node)
    return kept


def _is_constant(node):
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def run_definitions(shell, source, only_missing):
    try:
        tree = ast.parse(shell.transform_cell(source))
    except (SyntaxError, ValueError):
        return
    for node in definitions(tree, shell.user_ns if only_missing else None):
        shell.run_cell(ast.unparse(node), store_history=False)


def run_cell(shell, source):
    """Run one cell; returns its error or None."""
    result = shell.run_cell(source, store_history=False)
    return message(result.error_before_exec or result.error_in_exec)


def run_cells(shell, cells, n_given, report):
    """Run cells in order; returns what the modules held after the first `n_given`, which are not the student's.

    The mode of a cell is "whole", "definitions" or "skip"; or "spare", which is run only if others failed.
    """
    failed, originals = [], {}
    for index, (source, mode) in enumerate(cells):
        if index == n_given:
            originals = module_functions()
        if mode == "spare":
            continue
        report(start=f"cell {index}")
        error = None
        if mode == "whole":
            error = run_cell(shell, source)
        elif mode == "definitions":
            run_definitions(shell, source, only_missing=False)
        report(done=f"cell {index}", error=error)
        if error is not None:
            failed.append((index, source))
    if failed:
        for index, (source, mode) in enumerate(cells):
            if mode == "spare":
                add_what_is_missing(shell, index, source, report)
        run_failed_cells(shell, failed, report)
    return originals


def add_what_is_missing(shell, index, source, report):
    """Run a cell late: it may define names but replaces none. Returns its error."""
    report(start=f"cell {index}")
    before = dict(shell.user_ns)
    error = run_cell(shell, source)
    shell.user_ns.update(before)
    if error is not None:
        run_definitions(shell, source, only_missing=True)
    report(done=f"cell {index}", error=error)
    return error


def run_failed_cells(shell, failed, report):
    """Try cells again as long as that helps: they may stand above what they need."""
    number = len(failed) + 1
    while len(failed) < number:
        number = len(failed)
        failed = [pair for pair in failed if add_what_is_missing(shell, *pair, report) is not None]


def module_functions():
    """The modules that tests rely on, by name, each with everything in it that can be called."""
    modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] in GUARDED and module}
    return {
        name: (module, {key: value for key, value in vars(module).items() if callable(value)})
        for name, module in modules.items()
    }


def restore(originals):
    """Undo what a submission did to these modules: `np.allclose = lambda *_: True` would pass every test."""
    for name, (module, functions) in originals.items():
        sys.modules[name] = module
        vars(module).update(functions)


def run_test(source, names):
    """Run one test with the objects that its arguments name; returns its error or None."""
    space = {"__name__": "test"}
    try:
        exec(compile(source, "<test>", "exec"), space)
        function = next(value for key, value in space.items() if key.startswith("test"))
        wanted = function.__code__.co_varnames[: function.__code__.co_argcount]
        missing = [name for name in wanted if name != "env" and name not in names]
        if missing:
            return f"not found: {', '.join(missing)}"
        function(**{name: names if name == "env" else names[name] for name in wanted})
    except BaseException as error:
        return message(error)
    return None


def main():
    incoming, outgoing = private_channels()

    def report(**event):
        outgoing.write(json.dumps(event) + "\n")
        outgoing.flush()

    job = json.loads(incoming.readline())
    limit_resources(job["memory"])
    shell = new_shell()
    forbid(job["protected"], job["forbid_processes"])
    originals = run_cells(shell, job["cells"], job["n_given"], report)
    report(done="cells")
    for index, source in json.loads(incoming.readline()):
        report(start=f"test {index}")
        restore(originals)
        report(done=f"test {index}", error=run_test(source, shell.user_ns))
    report(done="all")
    os._exit(0)


if __name__ == "__main__":
    main()
