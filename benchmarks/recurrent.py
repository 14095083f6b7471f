"""Speed of Part I, recurrent networks: `python -m benchmarks.recurrent` measures and writes `recurrent.md`.

Everything is timed in one run, in one process on one core, in turn with its peer. No ratio is given before a check that
both give the same answer. `main` alone imports the peers, so the tests do without them.
"""

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import HEADINGS, Comparison, Timings, markdown_table, require_agreement, time_in_turn, timed
from pruninglab.backend import gpu_available, load_backend, to_numpy
from pruninglab.provenance import current_record
from pruninglab.rnn import Weights, bandit_blocks, dms_trials, initial_weights, merge_repeats, scg
from pruninglab.rnn.arrays import ArrayEngine
from pruninglab.rnn.layout import flatten, views
from pruninglab.rnn.problem import TrainingProblem

FOLDER = Path(__file__).resolve().parent
TOLERANCE = 1e-9
PASSES_COMPARED = 5
SECONDS = 0.1
"""Processor time of the calls that are timed together."""
ENSEMBLES = (1, 8, 32)
GPU_ENSEMBLES = (32, 1024)
FOUR, TWENTY, MEANS = "4 sequences", "20 sequences", "20 sequences, ours as 4 means"
BLOCKS = "24 blocks of its own"
REQUIRED = {
    (FOUR, "JAX"): 1.3,
    (FOUR, "JAX by hand"): 1.3,
    (FOUR, "PyTorch"): 3.0,
    (MEANS, "JAX"): 4.0,
    (MEANS, "JAX by hand"): 4.0,
}
"""How many times faster the gradient of the largest ensemble has to be, by data and peer."""

Answer = tuple[Any, Any]
"""Losses (E,), and what is as large as the weights: (E, …) for A, B and C, or all three in rows (E, W)."""


class Data(NamedTuple):
    """Networks and what they are trained on; `offset` is added to the loss on mean targets."""

    weights: Weights
    inputs: np.ndarray
    targets: np.ndarray
    offset: Any = 0.0

    @property
    def matrices(self) -> tuple[Any, Any, Any]:
        return self.weights.A, self.weights.B, self.weights.C


def training_data(n_networks: int) -> tuple[Data, Data]:
    """An ensemble with the 20 trials of a training set, and with the mean target of each of the 4 conditions."""
    rng = np.random.default_rng(0)
    weights = initial_weights(n_networks, "dms", rng)
    trials = dms_trials(rng=rng)
    return Data(weights, *trials), Data(weights, *merge_repeats(*trials))


def bandit_data(n_networks: int) -> Data:
    """An ensemble of the bandit task, each network with the training batch that it has played itself."""
    rng = np.random.default_rng(0)
    weights = initial_weights(n_networks, "bandit", rng)
    blocks = bandit_blocks(weights, n_blocks=24, epsilon=0.15, noise=0.1, rng=rng)
    return Data(weights, blocks.inputs, blocks.targets)


def our_problem(data: Data, *, engine: type | None = None, shared: bool = True) -> TrainingProblem:
    """With `shared` False the inputs count as each network's own, so that no state stands for several sequences."""
    inputs = data.inputs if shared else np.tile(data.inputs, (data.weights.n_networks, 1, 1, 1))
    problem = TrainingProblem(data.weights, inputs, engine)
    problem.set_targets(slice(None), data.targets)
    problem.offset += float(data.offset)
    return problem


def our_gradient(data: Data, **how: Any) -> Callable[[], Answer]:
    """Losses and gradients of `our_problem`."""
    problem, theta = our_problem(data, **how), flatten(data.weights)
    gradient = theta.copy()
    return lambda: (problem.evaluate(theta, gradient), by_matrix(gradient, problem))


def our_pass(data: Data) -> Callable[[], Answer]:
    """One `scg_pass` at each call, from steepest descent at the first one on; the answer is losses and weights."""
    problem = our_problem(data)
    search = scg.new_search(data.weights.n_networks, data.weights.n_weights, np)
    search.theta[:], search.mask[:], search.residual_mask[:] = flatten(data.weights), 1, 1

    def advance():
        if not search.running.all():
            scg.restart(search, ~search.running, problem)
        scg.scg_pass(search, problem, None)
        return search.loss, by_matrix(search.theta, problem)

    return advance


def by_matrix(theta: Any, problem: TrainingProblem) -> tuple[Any, Any, Any]:
    """A, B and C as views of (E, W)."""
    AB, C = views(theta, problem.shape)
    return AB[:, :, : problem.shape.N], AB[:, :, problem.shape.N :], C


def peer_gradient(peer: Any, data: Data) -> Callable[[], Answer]:
    """`our_gradient` by a `recurrent_peers.Peer`."""
    matrices = tuple(map(peer.asarray, data.matrices))
    inputs, targets = peer.asarray(data.inputs), peer.asarray(data.targets)
    work = peer.ready(peer.gradient)
    return lambda: work(matrices, inputs, targets)


def peer_pass(peer: Any, data: Data) -> Callable[[], Answer]:
    """`our_pass` by a `recurrent_peers.Peer`."""
    shapes = [matrix.shape for matrix in data.matrices]
    ends = np.cumsum([np.prod(shape[1:]) for shape in shapes]).tolist()
    inputs, targets = peer.asarray(data.inputs), peer.asarray(data.targets)

    def gradient(theta):
        parts = theta[:, : ends[0]], theta[:, ends[0] : ends[1]], theta[:, ends[1] :]
        matrices = tuple(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
        loss, gradients = peer.gradient(matrices, inputs, targets)
        return loss, peer.xp.concatenate([matrix.reshape(len(theta), -1) for matrix in gradients], 1)

    start = peer.ready(lambda theta: first_point(peer.xp, gradient, theta))
    work = peer.ready(lambda point: next_point(peer.xp, gradient, point))
    point = start(peer.asarray(in_rows(data.matrices)))

    def advance():
        nonlocal point
        point = work(point)
        return point.loss, point.theta

    return advance


class Point(NamedTuple):
    """Where E searches are: the arrays of `pruninglab.rnn.scg.Search` that a pass cannot do without."""

    theta: Any
    mask: Any
    residual_mask: Any
    gradient: Any
    direction: Any
    residual: Any
    loss: Any
    previous_loss: Any
    scale: Any
    curvature: Any
    curvature_needed: Any
    failures: Any
    accepted: Any
    decreases: Any


def first_point(xp: Any, gradient: Callable, theta: Any) -> Point:
    """Steepest descent from the weights `theta`, shape (E, W), of which none is pruned."""
    loss, g = gradient(theta)
    ones, zeros, none = xp.ones_like(theta), xp.zeros_like(loss), xp.zeros_like(loss, dtype=int)
    n_decreases = min(scg.FULL_BUFFER, -(-4 * theta.shape[1] // 5))
    return Point(
        theta=theta,
        mask=ones,
        residual_mask=ones,
        gradient=g,
        direction=-g,
        residual=-g,
        loss=loss,
        previous_loss=loss,
        scale=zeros + scg.LAMBDA_0,
        curvature=zeros,
        curvature_needed=zeros == 0,
        failures=none,
        accepted=none,
        decreases=scg.BUFFER_START * ones[:, :n_decreases],
    )


def next_point(xp: Any, gradient: Callable, s: Point) -> Point:
    """`pruninglab.rnn.scg.array_pass` without assignments, for any array library; all networks run."""
    p = s.direction
    square, mu = _dot(p, p), _dot(p, s.residual)
    step = scg.SIGMA_0 / xp.sqrt(square)
    _, ahead = gradient(s.theta + step[:, None] * p)
    delta = xp.where(s.curvature_needed, _dot(p, ahead - s.gradient) / step, s.curvature) + s.scale * square
    negative = delta < 0
    scale = xp.where(negative, 2 * (s.scale - delta / square), s.scale)
    delta = xp.where(negative, delta + scale * square, delta)
    theta = s.theta + (mu / delta)[:, None] * p
    loss, g = gradient(theta)
    agreement = 2 * delta * (s.loss - loss) / mu**2
    accept = agreement >= 0
    scale = xp.where(accept & (agreement > 0.75), scale / 4, scale)
    scale = xp.where(agreement < 0.25, scale + delta * (1 - agreement) / square, scale)
    residual = -g * s.residual_mask
    beta = (_dot(residual, residual) - _dot(residual, s.residual)) / mu
    direction = (residual + beta[:, None] * p) * s.mask
    failures = xp.where(accept, 1, s.failures + 1)
    fall_back = failures > scg.MOST_FAILURES
    rows, back, downhill = accept[:, None], fall_back[:, None], s.residual * s.mask
    slots = s.decreases.shape[1]
    latest = rows & (xp.arange(slots) == (s.accepted % slots)[:, None])
    return s._replace(
        theta=xp.where(rows, theta, xp.where(back, s.theta + scg.FALLBACK_STEP * downhill, s.theta)),
        gradient=xp.where(rows, g, s.gradient),
        direction=xp.where(rows, direction, xp.where(back, downhill, p)),
        residual=xp.where(rows, residual, s.residual),
        loss=xp.where(accept, loss, s.loss),
        previous_loss=xp.where(accept, s.loss, s.previous_loss),
        scale=scale,
        curvature=delta,
        curvature_needed=accept,
        failures=xp.where(fall_back, 1, failures),
        accepted=s.accepted + accept,
        decreases=xp.where(latest, (s.loss - loss)[:, None], s.decreases),
    )


def _dot(a: Any, b: Any) -> Any:
    return (a * b).sum(-1)


def in_rows(matrices: Any) -> np.ndarray:
    """A, B and C of each network in one row, shape (E, W), on the host; what is in rows already stays so."""
    if not isinstance(matrices, tuple):
        return to_numpy(matrices)
    return np.concatenate([to_numpy(matrix).reshape(len(matrix), -1) for matrix in matrices], axis=1)


def difference(ours: Callable[[], Answer], theirs: Callable[[], Answer], *, calls: int = 1) -> float:
    """Largest relative difference after so many calls, of the losses or of what is as large as the weights.

    Raises
    ------
    ValueError
        If it exceeds `TOLERANCE`.
    """
    (our_loss, ours_), (their_loss, theirs_) = ([work() for _ in range(calls)][-1] for work in (ours, theirs))
    return max(
        require_agreement("losses", to_numpy(our_loss), to_numpy(their_loss), tolerance=TOLERANCE),
        require_agreement("gradients or weights", in_rows(ours_), in_rows(theirs_), tolerance=TOLERANCE),
    )


def time_calls(ours: Callable[[], Answer], theirs: Callable[[], Answer], *, seconds: float = SECONDS) -> Timings:
    """Processor seconds of one call, each from as many calls in a row as take either side about `seconds`."""
    counts = [max(1, round(seconds / max(timed(work)[0], 1e-6))) for work in (ours, theirs)]
    times = time_in_turn(*(_repeated(work, count) for work, count in zip((ours, theirs), counts, strict=True)))
    return Timings(times.ours / counts[0], times.theirs / counts[1], times.answers)


def _repeated(work: Callable[[], Answer], count: int) -> Callable[[], Answer]:
    def repeated():
        for _ in range(count):
            answer = work()
        return answer

    return repeated


def fastest(peers: list[Any], data: Data) -> Any:
    """The peer with the fastest gradient: the smallest median of calls in turn, after a first one that compiles."""
    works = [peer_gradient(peer, data) for peer in peers]
    for work in works:
        work()
    seconds = [[timed(work)[0] for work in works] for _ in range(15)]
    return peers[int(np.argmin(np.median(seconds, axis=0)))]


def compare(
    task: str,
    peer: str,
    data: Data,
    sides: tuple[Callable[[], Answer], Callable[[], Answer]],
    *,
    required: float | None = None,
    calls: int = 1,
) -> Comparison:
    """Check the answers after `calls` calls, then time both sides."""
    found = difference(*sides, calls=calls)
    return Comparison(task, data.weights.n_networks, peer, found, time_calls(*sides), required)


def compare_engines(n_networks: int) -> Iterator[Comparison]:
    """The compiled engine against what NumPy makes of the same gradient, with the same shared pasts."""
    _, means = training_data(n_networks)
    sides = our_gradient(means), our_gradient(means, engine=ArrayEngine)
    yield compare(f"gradient, {FOUR}", "our array engine", means, sides)
    blocks = bandit_data(n_networks)
    sides = our_gradient(blocks), our_gradient(blocks, engine=ArrayEngine)
    yield compare(f"gradient, {BLOCKS}", "our array engine", blocks, sides)


def compare_library(library: str, peers: list[Any], n_networks: int, *, largest: bool) -> Iterator[Comparison]:
    """The gradient against one library; for the largest ensemble also without shared pasts, on means, and in a pass."""
    twenty, means = training_data(n_networks)
    four = means._replace(offset=0.0)
    for label, data in ((FOUR, four), (TWENTY, twenty)):
        peer = fastest(peers, data)
        theirs = peer_gradient(peer, data)
        required = REQUIRED.get((label, library)) if largest else None
        yield compare(f"gradient, {label}", peer.name, data, (our_gradient(data), theirs), required=required)
        if not largest:
            continue
        sides = our_gradient(data, shared=False), theirs
        yield compare(f"gradient, {label}, no shared pasts", peer.name, data, sides)
        if label == TWENTY:
            sides = our_gradient(means), theirs
            yield compare(f"gradient, {MEANS}", peer.name, data, sides, required=REQUIRED.get((MEANS, library)))
        ours, passes = (four, FOUR) if label == FOUR else (means, MEANS)
        sides = our_pass(ours), peer_pass(peer, data)
        yield compare(f"SCG pass, {passes}", peer.name, data, sides, calls=PASSES_COMPARED)
    blocks = bandit_data(n_networks)
    peer = fastest(peers, blocks)
    yield compare(f"gradient, {BLOCKS}", peer.name, blocks, (our_gradient(blocks), peer_gradient(peer, blocks)))


def compare_all(libraries: dict[str, list[Any]]) -> Iterator[Comparison]:
    for n_networks in ENSEMBLES:
        yield from compare_engines(n_networks)
        for library, peers in libraries.items():
            yield from compare_library(library, peers, n_networks, largest=n_networks == ENSEMBLES[-1])


def gpu_rows(xp: Any, ensembles: tuple[int, ...] = GPU_ENSEMBLES) -> Iterator[list[str]]:
    """The gradient on the GPU against the host's: networks, difference, milliseconds that pass, ratio."""
    for n_networks in ensembles:
        _, host = training_data(n_networks)
        device = host._replace(weights=Weights(*map(xp.asarray, host.matrices)))
        sides = our_gradient(host), our_gradient(device)
        found = difference(*sides)
        on_host, on_device = (1000 * _seconds_that_pass(work) for work in sides)
        yield [
            f"{n_networks:,}",
            f"{found:.0e}",
            f"{on_host:.3g}",
            f"{on_device:.3g}",
            f"**{on_host / on_device:.3g}**",
        ]


def _seconds_that_pass(work: Callable[[], Answer], repetitions: int = 7, calls: int = 20) -> float:
    """Seconds of one call; the loss on the host tells that a GPU has finished."""
    seconds = []
    for _ in range(repetitions):
        begun = perf_counter()
        to_numpy(_repeated(work, calls)()[0])
        seconds.append((perf_counter() - begun) / calls)
    return float(np.median(seconds))


def gpu_section() -> str:
    if not gpu_available():
        return "No GPU was at hand."
    headings = ("networks", "difference", "one core, ms", "GPU, ms", "times faster")
    return markdown_table(headings, gpu_rows(load_backend("cupy")))


def report(comparisons: list[Comparison], gpu: str, record: dict[str, Any]) -> str:
    """The page `recurrent.md`; `record` is where the code came from when the run began."""
    libraries = ("numba", "jax", "jaxlib", "torch", "threadpoolctl")
    versions = record["versions"] | {name: importlib.metadata.version(name) for name in libraries}
    listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    tasks = list(dict.fromkeys(row.task for row in comparisons))
    rows = sorted(comparisons, key=lambda row: (tasks.index(row.task), row.size))
    headings = ["networks" if heading == "N" else heading for heading in HEADINGS]
    return TEMPLATE.format(
        comparisons=markdown_table(headings, [row.cells() for row in rows]),
        gpu=gpu,
        tolerance=f"{TOLERANCE:.0e}",
        passes=PASSES_COMPARED,
        versions=f"pruninglab {record['pruninglab']} (commit {record['commit'] or 'unknown'}), {listed}",
        machine=record["machine"],
    )


TEMPLATE = """# Speed of Part I

Written by `make benchmarks` (`python -m benchmarks.recurrent`). Do not edit.

## Times

How many times faster `pruninglab` is than the peer on recurrent networks in float64, those of the working-memory task
with 30 units and 58 steps if nothing else is said: the median over repetitions, and their range. Both run in turn in
one process on one core. A ratio is given only if the answers agree to {tolerance}: losses and gradients, or losses and
weights after {passes} passes. "Difference" is the largest one, relative to the largest value. Seconds are of processor
time and for one gradient or one pass of the whole ensemble, for orientation: they belong to this machine, ratios travel
better.

{comparisons}

- *Gradient*: the loss and the exact gradient of every network. Ours is `TrainingProblem.evaluate`. JAX is `jax.jit` of
  `jax.value_and_grad` through `lax.scan`, over the networks by `vmap` or by `lax.map`, whichever is faster; *by hand*
  is the same with the backward pass written out. PyTorch is `baddbmm` over the ensemble with autograd.
  `benchmarks/recurrent_peers.py` tells what else was tried.
- *4 sequences* are the four conditions, *20 sequences* five repeats of them, whose targets differ by noise. The peers
  run every sequence from its first step. Ours runs a state once for all sequences that have had the same inputs so far,
  so repeats cost it nothing.
- *No shared pasts*: ours runs every sequence from its first step too. The ratio is that of the code alone.
- *Ours as 4 means*: as `train_scg` does it, the repeats of a condition are put together by `merge_repeats`, once per
  training set, while the peer computes all 20. Both give the loss and the gradient of all 20.
- *24 blocks of its own*: the bandit task, 20 units and 60 steps. Every network has played its batch itself, so no
  state is shared between sequences and none between networks.
- *SCG pass*: `scg_pass`, two gradients and the vector algebra of scaled conjugate gradient, against the same pass on
  the peer's gradient and arrays, compiled as one function on JAX.
- *Our array engine* computes the same gradient with NumPy, shared pasts included.

## On a GPU

{gpu}

## Versions

{versions}. {machine}; one core.
"""


def main() -> None:
    from benchmarks import recurrent_peers as peers

    record = current_record("numpy")
    peers.use_one_thread()
    comparisons = []
    with threadpool_limits(limits=1):
        for row in compare_all(peers.LIBRARIES):
            comparisons.append(row)
            print(" | ".join(row.cells()), flush=True)
        text = report(comparisons, gpu_section(), record)
    (FOLDER / "recurrent.md").write_text(text, encoding="utf-8")
    print(text)
    unmet = [f"{row.task}, {row.size} networks, against {row.peer}" for row in comparisons if not row.met]
    if unmet:
        sys.exit(f"not as fast as required: {'; '.join(unmet)}")


if __name__ == "__main__":
    main()
