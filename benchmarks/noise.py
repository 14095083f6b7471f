"""Speed and memory of Part III, noise-driven pruning: `python -m benchmarks.noise` measures and writes `noise.md`.

Everything is timed in one run, on one BLAS thread, in turn with its peer. No ratio is given before a check that both
give the same answer.
"""

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.linalg import solve_continuous_lyapunov
from threadpoolctl import threadpool_limits

from benchmarks import pygsp_sparsifier as pygsp
from benchmarks.timing import HEADINGS, Comparison, markdown_table, require_agreement, time_in_turn
from pruninglab.noiseprune import (
    clustered_network,
    diff_covariance,
    leverages,
    noise_covariance,
    preservation_probabilities,
    prune,
)
from pruninglab.provenance import current_record

FOLDER = Path(__file__).resolve().parent
EPSILON = 0.4
"""Accuracy that PyGSP's own example asks for; it sets the number of draws, and with it our density."""
SLACK = 0.01
LIMIT_BYTES = 8e9


def laplacian(n: int) -> sparse.csc_matrix:
    """The network of Fig 2 at size `n` with every weight made positive, as a Laplacian that can be inverted."""
    small = n // 30
    A = clustered_network([small, small, small, n - 3 * small], rng=np.random.default_rng(0))
    L = -np.abs(A)
    np.fill_diagonal(L, (1 + SLACK) * np.abs(np.diagonal(A)))
    return sparse.csc_matrix(L)


def our_resistances(L: sparse.csc_matrix) -> np.ndarray:
    """Effective resistance of every edge, zero elsewhere."""
    A = -L.toarray()
    return 2 * diff_covariance(A, noise_covariance(A))


def our_sparsifier(L: sparse.csc_matrix, density: float) -> sparse.csr_array:
    A = -L.toarray()
    P = preservation_probabilities(A, noise_covariance(A), density=density)
    return prune(A, P, rng=np.random.default_rng(1), sparse=True)


def compare_sparsifiers(n: int, required: float | None) -> list[Comparison]:
    """Against PyGSP: the effective resistances alone, and the whole way to a sparsified network."""
    L = laplacian(n)
    A = -L.toarray()
    resistance_times = time_in_turn(lambda: our_resistances(L), lambda: pygsp.effective_resistances(L))
    ours, theirs = resistance_times.answers
    difference = require_agreement("effective resistances", ours, np.where(ours > 0, theirs, 0), tolerance=1e-10)

    q = leverages(A, noise_covariance(A))
    p = q / np.tril(q).sum()
    n_draws = pygsp.number_of_draws(n, EPSILON)
    density = float(np.mean(-np.expm1(n_draws * np.log1p(-p[np.tril(p) > 0]))))
    sparsifier_times = time_in_turn(
        lambda: our_sparsifier(L, density), lambda: pygsp.graph_sparsify(L, epsilon=EPSILON, seed=1)
    )
    draws = pygsp.draws_per_edge(sparsifier_times.answers[1], A, p, n_draws)
    whole = require_agreement("draws of PyGSP with our probabilities", draws, np.rint(draws), tolerance=1e-10)
    require_agreement("number of draws", np.rint(draws).sum(), np.float64(n_draws), tolerance=0)
    return [
        Comparison("effective resistances", n, "PyGSP", difference, resistance_times),
        Comparison("Laplacian to sparsified network", n, "PyGSP", whole, sparsifier_times, required),
    ]


def compare_covariances(n: int, *, symmetric: bool, required: float | None) -> Comparison:
    """Against SciPy's Bartels-Stewart solver."""
    sizes = [n // 2, n // 10, 2 * n // 5]
    A = clustered_network(sizes, symmetric=symmetric, rng=np.random.default_rng(0))
    noise = -np.eye(n)
    times = time_in_turn(lambda: noise_covariance(A), lambda: solve_continuous_lyapunov(A, noise))
    difference = require_agreement("covariance", *times.answers, tolerance=1e-10)
    kind = "symmetric" if symmetric else "directed"
    return Comparison(f"covariance, {kind} network", n, "SciPy", difference, times, required)


def cells_of_draws(n: int, n_edges: int) -> list[str]:
    """What PyGSP allocates at once."""
    size = pygsp.table_of_draws(n, n_edges, EPSILON)
    return [f"{n:,}", f"{n_edges:,}", f"{pygsp.number_of_draws(n, EPSILON):,}", f"{size:,.1f}"]


def measure_large_network() -> dict[str, object]:
    """What `large_network` prints, run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large_network"]
    done = subprocess.run(command, cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def report(comparisons: list[Comparison], large: dict[str, object], record: dict[str, object]) -> str:
    """The page `noise.md`; `record` is where the code came from when the run began."""
    versions = record["versions"] | {name: importlib.metadata.version(name) for name in ("pygsp", "threadpoolctl")}
    listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    memory = [[step["step"], f"{step['peak'] / 2**30:.2f}", f"{step['seconds']:.1f}"] for step in large["steps"]]
    edges = {n: sparse.tril(laplacian(n), -1).nnz for n in (1000, 2000, 3000)} | {large["neurons"]: large["edges"]}
    return TEMPLATE.format(
        comparisons=markdown_table(HEADINGS, [row.cells() for row in comparisons]),
        sizes=markdown_table(("N", "edges", "draws", "GiB"), [cells_of_draws(*item) for item in edges.items()]),
        memory=markdown_table(("step", "peak so far, GiB", "seconds"), memory),
        limit=f"{LIMIT_BYTES / 2**30:.2f}",
        versions=f"pruninglab {record['pruninglab']} (commit {record['commit'] or 'unknown'}), {listed}",
        machine=record["machine"],
        epsilon=EPSILON,
        slack=f"{SLACK:.0%}",
    )


TEMPLATE = """# Speed and memory of Part III

Written by `make benchmarks` (`python -m benchmarks.noise`). Do not edit.

## Times

How many times faster `pruninglab` is than the peer: the median over repetitions, and their range. Both run in turn in
one process on one BLAS thread. A ratio is given only if the answers agree; "difference" is the largest one, relative to
the largest value. Seconds are of processor time, for orientation: they belong to this machine, ratios travel better.

{comparisons}

- *Covariance*: `noise_covariance` against `scipy.linalg.solve_continuous_lyapunov`. A symmetric network takes one
  Cholesky factorisation, a directed one squared Smith.
- *Laplacian to sparsified network*: `noise_covariance`, `preservation_probabilities` and `prune` against
  `pygsp.reduction.graph_sparsify` with epsilon {epsilon}, from the same sparse matrix to a sparse result. Both
  draw, so the check is on what they draw with: PyGSP's weights have to be whole numbers of draws with our leverages
  divided by their sum. It draws with replacement; our density is the share of edges that it is expected to keep.
- Both can treat the network: that of Fig 2 with every weight positive and a leak {slack} above the total input. PyGSP
  cannot treat negative weights. Without the slack the Laplacian has a null vector, and PyGSP, which then inverts a
  singular matrix, may return wrong resistances without a word.
- *Effective resistances*: the part of that work which does not draw, `pygsp.utils.resistance_distance`.

## Where PyGSP cannot go

To draw, `graph_sparsify` makes SciPy compare every draw with every edge, one byte each, in one array. Its size for the
networks above, and for that of Fig 2b at N = 10,000, computed:

{sizes}

## Memory at N = 10,000

Ten clusters of 100 neurons and one of 9000, as in Fig 2b, symmetric, pruned to a density of 0.1. A process of its own
holds the network, its covariance, the probabilities and the pruned network, all dense. Its peak has to stay below 8 GB,
which is {limit} GiB.

{memory}

## Versions

{versions}. {machine}; one BLAS thread.
"""


def compare_all() -> Iterator[Comparison]:
    for n in (250, 500, 1000):
        yield from compare_sparsifiers(n, required=15 if n == 1000 else None)
    for symmetric in (True, False):
        for n in (500, 1000, 2000):
            yield compare_covariances(n, symmetric=symmetric, required=40 if symmetric and n == 2000 else None)


def main() -> None:
    record = current_record("numpy")
    # The memory first, because a child process starts with the peak of the one that starts it.
    large = measure_large_network()
    comparisons = []
    with threadpool_limits(limits=1):
        for row in compare_all():
            comparisons.append(row)
            print(" | ".join(row.cells()), flush=True)
        text = report(comparisons, large, record)
    (FOLDER / "noise.md").write_text(text, encoding="utf-8")
    print(text)
    unmet = [f"{row.task} at N = {row.size}" for row in comparisons if not row.met]
    if large["steps"][-1]["peak"] >= LIMIT_BYTES:
        unmet.append("memory at N = 10,000")
    if unmet:
        sys.exit(f"not as fast or as small as required: {', '.join(unmet)}")


if __name__ == "__main__":
    main()
