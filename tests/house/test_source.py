"""Data flows one way through the package, and its source keeps a few other rules that a reader relies on."""

import ast
from pathlib import Path

import pytest
from notebooks import ROOT

PACKAGE = ROOT / "pruninglab"
MODELS = {"rnn", "boltzmann", "noiseprune"}
LAYERS = {"backend": 0} | dict.fromkeys(MODELS, 2)
LAYERS |= {"experiments": 3, "provenance": 4, "results": 4, "runner": 4}
LAYERS |= {"plotting": 5, "scorecard": 5, "__main__": 6}
SHARED = 1  # a module at the root of the package that several models need; also the subpackage datasets
READS_FILES = {"datasets"}
MAY_SHARE_A_LAYER = {SHARED, 4}
NOT_BELOW_EXPERIMENTS = {"matplotlib", "pathlib", "os", "xarray", "joblib"}
NOT_IN_PLOTTING = {"scipy", *(f"pruninglab.{model}" for model in MODELS)}
RANDOM_STATE_OBJECTS = {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox", "Random"}
UNPICKLERS = {"pickle", "cPickle", "cloudpickle", "dill", "shelve", "marshal"}


def imports(tree, module):
    """Absolute dotted names of everything that a module imports; `module` resolves relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*parts, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def starts_with(dotted, prefixes):
    return any(dotted == prefix or dotted.startswith(f"{prefix}.") for prefix in prefixes)


def unit(dotted):
    """The subpackage or root module of the package that a dotted name lies in."""
    return dotted.split(".")[1]


def calls(tree, names):
    return [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


def layer_problems(tree, module):
    own = unit(module)
    level = LAYERS.get(own, SHARED)
    for target in imports(tree, module):
        if not target.startswith("pruninglab.") or target == "pruninglab.__version__" or unit(target) == own:
            continue
        other = LAYERS.get(unit(target), SHARED)
        if other > level or (other == level and level not in MAY_SHARE_A_LAYER):
            yield f"{module} imports {target}, which is not below it"


def duty_problems(tree, module):
    """Computing modules neither read nor print nor plot; plotting modules compute nothing."""
    names = list(imports(tree, module))
    if LAYERS.get(unit(module), SHARED) < LAYERS["experiments"] and unit(module) not in READS_FILES:
        yield from (f"{module} imports {name}" for name in names if starts_with(name, NOT_BELOW_EXPERIMENTS))
        yield from (f"{module} calls {name}()" for name in calls(tree, {"print", "open"}))
    if unit(module) == "plotting":
        yield from (f"{module} imports {name}" for name in names if starts_with(name, NOT_IN_PLOTTING))


def cupy_problems(tree, module):
    if module == "pruninglab.backend":
        return
    yield from (f"{module} imports {name}" for name in imports(tree, module) if starts_with(name, {"cupy"}))
    for node in ast.walk(tree):
        text = ast.unparse(node) if isinstance(node, ast.Subscript | ast.Call | ast.Compare) else ""
        if "cupy" in text and any(way in text for way in ("sys.modules", "import_module", "find_spec")):
            yield f"{module} looks cupy up: {text}"


def random_problems(tree, module):
    """Uses of global random state: numpy.random.normal, random.seed and their like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr not in RANDOM_STATE_OBJECTS:
            if ast.unparse(node.value) in {"np.random", "numpy.random", "random"}:
                yield f"{module} uses {ast.unparse(node)}"
    for name in imports(tree, module):
        if starts_with(name, {"numpy.random"}) and name.split(".")[-1] not in RANDOM_STATE_OBJECTS | {"random"}:
            yield f"{module} imports {name}"


def pickle_problems(tree, module):
    yield from (f"{module} imports {name}" for name in imports(tree, module) if starts_with(name, UNPICKLERS))
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            yield f"{module} sets allow_pickle"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("joblib.load", "read_pickle")):
            yield f"{module} calls {ast.unparse(node.func)}"


def length_problems(tree, module):
    """Modules have at most 250 lines, functions at most 40 without their docstring."""
    last = max((node.end_lineno for node in tree.body), default=0)
    if last > 250:
        yield f"{module} has {last} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            has_docstring = ast.get_docstring(node) is not None
            docstring = first.end_lineno - first.lineno + 1 if has_docstring else 0
            length = node.end_lineno - node.lineno + 1 - docstring
            if length > 40:
                yield f"{module}.{node.name} has {length} lines without its docstring"


OF_THE_PACKAGE = (layer_problems, duty_problems, cupy_problems, pickle_problems, length_problems)


def dotted(path):
    """`pruninglab/noiseprune/__init__.py` as `pruninglab.noiseprune.__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def problems(checks, source, module):
    tree = ast.parse(source)
    return [problem for check in checks for problem in check(tree, module)]


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


MODULES = [path for path in sources("pruninglab") if path != PACKAGE / "__init__.py"]
VIOLATIONS = [
    (layer_problems, "pruninglab.backend", "from pruninglab.noiseprune import prune"),
    (layer_problems, "pruninglab.backend", "from pruninglab import streams"),
    (layer_problems, "pruninglab.noiseprune.rule", "from pruninglab import rnn"),
    (layer_problems, "pruninglab.noiseprune.rule", "from ..boltzmann.model import RBM"),
    (layer_problems, "pruninglab.streams", "import pruninglab.rnn.training"),
    (layer_problems, "pruninglab.experiments.noise.spectrum", "from pruninglab.runner import shards"),
    (layer_problems, "pruninglab.experiments.__init__", "from ..results import load"),
    (layer_problems, "pruninglab.results.__init__", "from pruninglab.plotting import noise"),
    (layer_problems, "pruninglab.scorecard.measures", "from pruninglab.plotting import noise"),
    (duty_problems, "pruninglab.noiseprune.rule", "import matplotlib.pyplot as plt"),
    (duty_problems, "pruninglab.backend", "from pathlib import Path"),
    (duty_problems, "pruninglab.streams", "def f():\n    import os"),
    (duty_problems, "pruninglab.noiseprune.rule", "print(1)"),
    (duty_problems, "pruninglab.noiseprune.rule", "with open('x') as f: pass"),
    (duty_problems, "pruninglab.plotting.noise", "from scipy import linalg"),
    (duty_problems, "pruninglab.plotting.noise", "from pruninglab import noiseprune"),
    (cupy_problems, "pruninglab.runner", "import cupy as cp"),
    (cupy_problems, "pruninglab.runner", "xp = sys.modules.get('cupy')"),
    (cupy_problems, "pruninglab.runner", "importlib.import_module('cupy')"),
    (random_problems, "pruninglab.runner", "np.random.seed(1)"),
    (random_problems, "pruninglab.runner", "from numpy.random import normal"),
    (random_problems, "pruninglab.runner", "random.seed(1)"),
    (pickle_problems, "pruninglab.runner", "import pickle"),
    (pickle_problems, "pruninglab.runner", "np.load('x', allow_pickle=True)"),
    (length_problems, "pruninglab.runner", "x = 1\n" * 251),
    (length_problems, "pruninglab.runner", "def f():\n    '''Doc.'''\n" + "    x = 1\n" * 40),
]
ALLOWED = [
    ("pruninglab.noiseprune.rule", "from pruninglab.backend import asarray\nfrom .covariance import noise_covariance"),
    ("pruninglab.runner", "from pruninglab import experiments, results\nchoices = ['numpy', 'cupy']"),
    ("pruninglab.runner", "rng = np.random.default_rng(np.random.SeedSequence(1))"),
    ("pruninglab.datasets.files", "from pathlib import Path"),
    ("pruninglab.plotting.noise", "import numpy as np\nfrom pruninglab.results import load"),
    ("pruninglab.runner", "def f():\n    '''" + "Doc.\n" * 60 + "'''\n" + "    x = 1\n" * 39),
]


@pytest.mark.parametrize(("check", "module", "source"), VIOLATIONS)
def test_violation_is_noticed(check, module, source):
    assert problems([check], source, module)


@pytest.mark.parametrize(("module", "source"), ALLOWED)
def test_what_is_allowed_passes(module, source):
    assert problems([*OF_THE_PACKAGE, random_problems], source, module) == []


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_module_of_the_package(path: Path):
    assert problems(OF_THE_PACKAGE, path.read_text(encoding="utf-8"), dotted(path)) == []


@pytest.mark.parametrize("path", sources("pruninglab", "tests", "tools", "benchmarks"), ids=dotted)
def test_no_global_random_state(path: Path):
    assert problems([random_problems], path.read_text(encoding="utf-8"), dotted(path)) == []
