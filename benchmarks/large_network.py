"""From network to pruned network at N = 10,000, in a process of its own: time and peak memory of each step, as JSON.

Linux and macOS only. The peak is that of the whole process, Python and its libraries included.
"""

import json
import resource
import sys
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from pruninglab.noiseprune import clustered_network, noise_covariance, preservation_probabilities, prune

SIZES = [100] * 10 + [9000]
DENSITY = 0.1


def peak_bytes() -> int:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def measure() -> dict[str, object]:
    """Run the four steps and keep every matrix, as a reader does in a notebook."""
    steps = []

    def step(name, work):
        begun = process_time()
        result = work()
        steps.append({"step": name, "seconds": process_time() - begun, "peak": peak_bytes()})
        return result

    A = step("`clustered_network`", lambda: clustered_network(SIZES, rng=np.random.default_rng(0)))
    C = step("`noise_covariance`", lambda: noise_covariance(A))
    P = step("`preservation_probabilities`", lambda: preservation_probabilities(A, C, density=DENSITY))
    pruned = step("`prune`", lambda: prune(A, P, rng=np.random.default_rng(1)))
    n_edges, n_kept = (int(np.count_nonzero(matrix) - len(A)) // 2 for matrix in (A, pruned))
    if not abs(n_kept / n_edges - DENSITY) < 0.001:
        raise ValueError(f"the pruned network keeps {n_kept} of {n_edges} synapses instead of {DENSITY:.0%}")
    return {"neurons": len(A), "edges": n_edges, "steps": steps}


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        print(json.dumps(measure()))
