"""Speed of Part II, Boltzmann machines: `python -m benchmarks.boltzmann` measures and writes `boltzmann.md`.

Everything is timed in one run, on one BLAS thread, in turn with its peer. No ratio is given before a check that both
give the same answer.
"""

import importlib.metadata
import sys
from pathlib import Path

import numpy as np
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits

from benchmarks.timing import HEADINGS, Comparison, markdown_table, require_agreement, time_in_turn
from pruninglab.boltzmann import (
    RBM,
    empirical_distribution,
    exact_moments,
    exact_samples,
    gibbs_samples,
    hidden_probability,
    initial_rbm,
    kl_divergence,
    log_probabilities,
    sample_moments,
    train_cd,
)
from pruninglab.datasets import photograph_patches
from pruninglab.provenance import current_record

FOLDER = Path(__file__).resolve().parent
N_HIDDEN = 70
RATE = 0.01


def ours(x: np.ndarray) -> RBM:
    """One pass of contrastive divergence, row by row, from the authors' start; float64, which is the peer's too."""
    rng = np.random.default_rng(1)
    start = initial_rbm(x, N_HIDDEN, rng)[0].astype(np.float64)
    return train_cd(start, x, epochs=1, learning_rate=RATE, momentum=0.0, rng=[rng])


def theirs(x: np.ndarray) -> BernoulliRBM:
    """One pass, row by row, with scikit-learn's persistent chains."""
    peer = BernoulliRBM(N_HIDDEN, learning_rate=RATE, batch_size=1, n_iter=1, random_state=1)
    return peer.fit(x)


def as_ours(peer: BernoulliRBM) -> RBM:
    return RBM(peer.components_.T.copy(), peer.intercept_visible_, peer.intercept_hidden_)


def compare_training(n_rows: int, required: float | None) -> tuple[Comparison, tuple[float, float, float]]:
    """Updates at batch size 1; also the exact divergences before, and after training by us and by the peer.

    The two draw differently. What must agree is what the trained machine computes.
    """
    x = photograph_patches(n_rows, np.random.default_rng(0)).astype(np.float64)
    ours(x[:10])
    times = time_in_turn(lambda: ours(x), lambda: theirs(x))
    machine, peer = times.answers
    copied = as_ours(peer)
    difference = require_agreement(
        "hidden probabilities", hidden_probability(copied, x), peer.transform(x), tolerance=1e-10
    )
    q = empirical_distribution(x)
    untrained = initial_rbm(x, N_HIDDEN, np.random.default_rng(1))[0].astype(np.float64)
    before, after, peers = (float(kl_divergence(q, log_probabilities(m))) for m in (untrained, machine, copied))
    if after > before / 2:
        raise ValueError(f"training does not halve the divergence, {before:.2f}: it becomes {after:.2f}")
    comparison = Comparison("a pass at batch size 1", n_rows, "BernoulliRBM", difference, times, required)
    return comparison, (before, after, peers)


def compare_statistics(n_chains: int, n_steps: int, required: float | None) -> Comparison:
    """Firing rates and co-firing, exact or from chains that start from exact samples, so that they have no bias."""
    x = photograph_patches(20_000, np.random.default_rng(0)).astype(np.float64)
    machine = ours(x)
    single = machine.astype(np.float32)

    def by_chains() -> np.ndarray:
        rng = np.random.default_rng(2)
        v, _ = exact_samples(single, n_chains, [rng])
        return sample_moments(*gibbs_samples(single, n_chains, n_steps, [rng], v=v))[2]

    times = time_in_turn(lambda: exact_moments(machine)[2], by_chains, repetitions=3, seconds=60)
    difference = require_agreement("co-firing", *times.answers, tolerance=6 / np.sqrt(n_chains))
    return Comparison(f"rates and co-firing, {n_steps} steps", n_chains, "Gibbs chains", difference, times, required)


TEMPLATE = """# Speed of Part II

Written by `make benchmarks` (`python -m benchmarks.boltzmann`). Do not edit.

How many times faster `pruninglab` is than the peer: the median over repetitions, and their range. Both run in turn in
one process on one BLAS thread. A ratio is given only if the answers agree; "difference" is the largest one, relative to
the largest value. Seconds are of processor time, for orientation: they belong to this machine, ratios travel better.

{comparisons}

- *A pass at batch size 1*: `train_cd` against scikit-learn's `BernoulliRBM`, 13 visible and {n_hidden} hidden units,
  N patches, one update each, float64. The peer keeps persistent chains where ours start from the data; an update costs
  as many multiplications. They draw differently, so the check is on what the trained machine computes, its hidden
  probabilities. In the last of these runs the exact divergence from the data fell from {before:.1f} nats to
  {after:.1f}; the peer's ended at {peers:.1f}. It has one persistent chain at this batch size, and the machine has two
  favourite patterns.
- *Rates and co-firing*: `exact_moments` against N chains of `gibbs_samples`, as many samples and steps as the
  paper takes. The chains start from exact samples here, so the two must agree but for the noise of sampling.

## Versions

{versions}. {machine}; one BLAS thread.
"""


def report(comparisons: list[Comparison], divergences: tuple[float, float, float], record: dict[str, object]) -> str:
    """The page `boltzmann.md`; `record` is where the code came from when the run began."""
    versions = record["versions"] | {name: importlib.metadata.version(name) for name in ("scikit-learn", "numba")}
    listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return TEMPLATE.format(
        comparisons=markdown_table(HEADINGS, [row.cells() for row in comparisons]),
        n_hidden=N_HIDDEN,
        **dict(zip(("before", "after", "peers"), divergences, strict=True)),
        versions=f"pruninglab {record['pruninglab']} (commit {record['commit'] or 'unknown'}), {listed}",
        machine=record["machine"],
    )


def main() -> None:
    record = current_record("numpy")
    with threadpool_limits(limits=1):
        short, _ = compare_training(2_000, None)
        long, divergences = compare_training(20_000, 10)
        comparisons = [short, long, compare_statistics(90_000, 200, 100)]
    text = report(comparisons, divergences, record)
    print(text)
    (FOLDER / "boltzmann.md").write_text(text, encoding="utf-8")
    unmet = [f"{row.task} at N = {row.size}" for row in comparisons if not row.met]
    if unmet:
        sys.exit(f"not as fast as required: {', '.join(unmet)}")


if __name__ == "__main__":
    main()
