"""The CUDA engine without a GPU: its kernel, compiled by g++, with a thread for each of a block's and a barrier.

The engine itself runs as it stands, with a stand-in for CuPy that is NumPy and launches the compiled kernel.
"""

import ctypes
import itertools
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from pruninglab import rnn
from pruninglab.rnn import cuda
from pruninglab.rnn.arrays import ArrayEngine
from pruninglab.rnn.cuda import CudaEngine
from pruninglab.rnn.layout import flatten, views
from pruninglab.rnn.problem import TrainingProblem

pytestmark = pytest.mark.skipif(sys.platform != "linux" or shutil.which("g++") is None, reason="no g++ on Linux")

H100, NO_SHARED_MEMORY = 227 * 1024, 1024
RUNTIME = r"""
#include <algorithm>
#include <barrier>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

static std::barrier<> *block_barrier;

void __syncthreads() { block_barrier->arrive_and_wait(); }

/* One block after the other. Shared memory starts as NaN in each; returns whether one wrote more than it asked for. */
extern "C" int launch(void (*run_thread)(int, int, void **), double *shared, std::size_t size, int blocks, int threads,
                      std::size_t asked_for, void **arguments)
{
    bool overrun = asked_for > size;
    for (int block = 0; block < blocks && !overrun; ++block) {
        std::fill(shared, shared + size, std::numeric_limits<double>::quiet_NaN());
        std::barrier<> barrier(threads);
        block_barrier = &barrier;
        std::vector<std::thread> running;
        for (int thread = 0; thread < threads; ++thread)
            running.emplace_back(run_thread, block, thread, arguments);
        for (auto &thread : running)
            thread.join();
        overrun = std::any_of(shared + asked_for, shared + size, [](double x) { return !std::isnan(x); });
    }
    return overrun;
}
"""
BEFORE_KERNEL = r"""
#include <utility>

#define __global__
#define __device__
#define __shared__
#define __forceinline__ inline
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(threads)

static thread_local struct {
    int x;
} threadIdx, blockIdx;
using std::size_t;
extern "C" double tanh(double);
void __syncthreads();
"""
AFTER_KERNEL = r"""
double on_chip[227 * 1024 / sizeof(double)];

template <class... Parameters, size_t... I>
static void call(void (*kernel)(Parameters...), void **arguments, std::index_sequence<I...>)
{
    kernel(*static_cast<std::remove_const_t<Parameters> *>(arguments[I])...);
}

template <class... Parameters> static void call(void (*kernel)(Parameters...), void **arguments)
{
    call(kernel, arguments, std::index_sequence_for<Parameters...>());
}

extern "C" void run_thread(int block, int thread, void **arguments)
{
    blockIdx.x = block;
    threadIdx.x = thread;
    call(evaluate_networks, arguments);
}
"""


class Kernels:
    """Compiles sources as `cupy.RawKernel` does; each source once."""

    def __init__(self, folder):
        self.folder, self.compiled, self.launched = folder, {}, []
        self.launch = self.compile("runtime", RUNTIME, ctypes.RTLD_GLOBAL).launch

    def __call__(self, source, name):
        assert name == "evaluate_networks"
        if source not in self.compiled:
            whole = BEFORE_KERNEL + source + AFTER_KERNEL
            self.compiled[source] = self.compile(f"kernel{len(self.compiled)}", whole, ctypes.RTLD_LOCAL)
        return Kernel(self.launch, self.compiled[source], self.launched)

    def compile(self, name, source, visibility):
        path = self.folder / f"{name}.cpp"
        path.write_text(source)
        flags = ["-std=c++20", "-O1", "-Wall", "-Werror", "-Wno-unknown-pragmas", "-pthread", "-shared", "-fPIC"]
        subprocess.run(["g++", *flags, "-o", path.with_suffix(".so"), path], check=True)
        return ctypes.CDLL(str(path.with_suffix(".so")), mode=visibility)


class Kernel:
    """What the engine sees of a `cupy.RawKernel`."""

    def __init__(self, launch, library, launched):
        self.launch, self.library, self.launched = launch, library, launched
        self.max_dynamic_shared_size_bytes = 48 * 1024

    def __call__(self, grid, block, arguments, *, shared_mem):
        assert shared_mem <= self.max_dynamic_shared_size_bytes
        self.launched.append((block[0], shared_mem))
        values = [
            ctypes.c_void_p(x.ctypes.data) if isinstance(x, np.ndarray) else ctypes.c_int(int(x)) for x in arguments
        ]
        pointers = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
        shared = (ctypes.c_double * (H100 // 8)).in_dll(self.library, "on_chip")
        sizes = (ctypes.c_size_t(len(shared)), *grid, *block, ctypes.c_size_t(shared_mem // 8))
        assert self.launch(self.library.run_thread, shared, *sizes, pointers) == 0


class Cupy:
    """NumPy, and what the engine uses of CuPy beyond it."""

    def __init__(self, kernels):
        self.RawKernel, self.shared_memory = kernels, H100
        self.cuda = SimpleNamespace(Device=self._device)

    def _device(self):
        return SimpleNamespace(attributes={"MaxSharedMemoryPerBlockOptin": self.shared_memory})

    def empty(self, shape):
        return np.full(shape, np.nan)

    def __getattr__(self, name):
        return getattr(np, name)


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    return Kernels(tmp_path_factory.mktemp("kernels"))


@pytest.fixture
def cupy(kernels, monkeypatch):
    kernels.launched.clear()
    stand_in = Cupy(kernels)
    monkeypatch.setattr(cuda, "get_array_module", lambda *arrays: stand_in)
    monkeypatch.setattr(cuda, "LEAST_THREADS", 64)
    monkeypatch.setattr(cuda, "MOST_THREADS", 64)
    return stand_in


def dms(n_networks, n_units=30):
    rng = np.random.default_rng(1)
    inputs, _ = rnn.dms_trials(n_repeats=2, rng=rng)
    targets = np.stack([rnn.dms_trials(n_repeats=2, rng=rng)[1] for _ in range(n_networks)])
    return rnn.initial_weights(n_networks, "dms", rng, n_units=n_units), inputs, targets


def bandit(n_networks, n_steps=12):
    """Sequences of random inputs, other ones for each network; 20 units, 10 inputs, 4 outputs with bias."""
    rng = np.random.default_rng(2)
    inputs = rng.standard_normal((n_networks, 5, n_steps, 10))
    targets = rng.standard_normal((n_networks, 5, n_steps, 4))
    return rnn.initial_weights(n_networks, "bandit", rng), inputs, targets


def played(n_networks=2, n_units=20, n_blocks=2):
    """Blocks of the task itself, their first steps: 20 units, 10 inputs, 4 outputs with bias."""
    rng = np.random.default_rng(4)
    weights = rnn.initial_weights(n_networks, "bandit", rng, n_units=n_units)
    blocks = rnn.bandit_blocks(weights, n_blocks=n_blocks, epsilon=0.15, noise=0.1, rng=rng)
    return weights, blocks.inputs[:, :, :15], blocks.targets[:, :, :15]


def results(engine, weights, inputs, targets):
    """Loss and gradient; the gradient starts as NaN, so that every entry must be written."""
    problem = TrainingProblem(weights, inputs, engine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = np.full_like(theta, np.nan)
    return problem.evaluate(theta, gradient), gradient


def assert_same(weights, inputs, targets):
    loss, gradient = results(CudaEngine, weights, inputs, targets)
    expected_loss, expected = results(ArrayEngine, weights, inputs, targets)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-13)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("shared_memory", [H100, NO_SHARED_MEMORY], ids=["shared", "global"])
@pytest.mark.parametrize("case", [dms(2), dms(2, n_units=7), bandit(2)], ids=["dms", "small", "bandit"])
def test_loss_and_gradient_equal_those_of_whole_arrays(cupy, case, shared_memory):
    cupy.shared_memory = shared_memory
    assert_same(*case)
    (_, asked_for) = cupy.RawKernel.launched[-1]
    assert asked_for <= shared_memory
    assert (asked_for > 10_000) == (shared_memory == H100)


@pytest.mark.parametrize("shared_memory", [H100, NO_SHARED_MEMORY], ids=["shared", "global"])
def test_blocks_of_the_bandit_task(cupy, shared_memory):
    cupy.shared_memory = shared_memory
    weights, inputs, targets = played()
    assert weights.n_weights == 684
    assert_same(weights, inputs, targets)
    _, gradient = results(CudaEngine, weights, inputs, targets)
    recurrent, _ = views(gradient, TrainingProblem(weights, inputs, CudaEngine).shape)
    assert (recurrent[:, :, 20 + 4] == 0).all()


@pytest.mark.parametrize("shared_memory", [H100, NO_SHARED_MEMORY], ids=["shared", "global"])
def test_new_inputs_of_one_network(cupy, shared_memory):
    """After an evaluation; its neighbours keep theirs, and no array that was given is written to."""
    cupy.shared_memory = shared_memory
    weights, inputs, targets = played(n_networks=3)
    given, other = inputs.copy(), np.random.default_rng(5).normal(size=inputs.shape[1:])
    problem = TrainingProblem(weights, inputs, CudaEngine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = np.empty_like(theta)
    before = problem.evaluate(theta, gradient)
    problem.set_inputs(1, other)
    loss = problem.evaluate(theta, gradient)
    np.testing.assert_array_equal(inputs, given)
    inputs[1] = other
    expected_loss, expected = results(CudaEngine, weights, inputs, targets)
    np.testing.assert_array_equal(loss, expected_loss)
    np.testing.assert_array_equal(gradient, expected)
    assert (loss == before).tolist() == [True, False, True]
    assert_same(weights, inputs, targets)


@pytest.mark.parametrize("n_steps", [1, 2])
def test_shortest_sequences(cupy, n_steps):
    assert_same(*bandit(1, n_steps))


def test_rows_that_branch_and_more_rows_than_a_block_computes_at_a_time(cupy):
    """Binary inputs: eight sequences that split again and again, in no order."""
    rng = np.random.default_rng(3)
    order = rng.permutation(8)
    inputs = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))[order][:, :, None] * np.ones(6)
    weights = rnn.initial_weights(2, "dms", rng, n_units=30)
    assert_same(weights, inputs, rng.standard_normal((2, 8, 3, 1)))
    assert cupy.RawKernel.launched[-1][0] == 64


def test_threads_that_have_no_unit(cupy, monkeypatch):
    monkeypatch.setattr(cuda, "LEAST_THREADS", 1)
    assert_same(*dms(1, n_units=7))
    assert cupy.RawKernel.launched[-1][0] == 32


@pytest.mark.parametrize("shared_memory", [H100, NO_SHARED_MEMORY], ids=["shared", "global"])
def test_a_network_does_not_depend_on_its_neighbours(cupy, shared_memory):
    cupy.shared_memory = shared_memory
    weights, inputs, targets = dms(3, n_units=7)
    together = results(CudaEngine, weights, inputs, targets)
    for e in range(3):
        for one, all_of_them in zip(
            results(CudaEngine, weights[e : e + 1], inputs, targets[e : e + 1]), together, strict=True
        ):
            np.testing.assert_array_equal(one[0], all_of_them[e])


@pytest.mark.parametrize("place", [(0, 0), (2, 3)], ids=["first weight", "another"])
def test_a_network_with_nan_is_noticed_and_harms_no_other(cupy, place):
    """The search asks for the gradient at NaN where it needs none: with the first weight NaN a network is not run."""
    weights, inputs, targets = dms(3, n_units=7)
    problem = TrainingProblem(weights, inputs, CudaEngine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = np.zeros_like(theta)
    expected = problem.evaluate(theta, gradient), gradient.copy()
    views(theta, problem.shape)[0][1][place] = np.nan
    gradient[:] = 0
    loss = problem.evaluate(theta, gradient)
    assert np.isnan(loss[1])
    assert np.isnan(gradient[1]).any()
    assert np.isnan(gradient[1]).all() or place != (0, 0)
    np.testing.assert_array_equal(loss[::2], expected[0][::2])
    np.testing.assert_array_equal(gradient[::2], expected[1][::2])


def test_infinite_weights_give_no_finite_loss(cupy):
    weights, inputs, targets = dms(1, n_units=7)
    problem = TrainingProblem(weights, inputs, CudaEngine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    theta[0, -1] = np.inf
    assert not np.isfinite(problem.evaluate(theta, np.zeros_like(theta)))


def test_weights_that_are_a_view_are_copied_and_such_a_gradient_is_refused(cupy):
    weights, inputs, targets = dms(2, n_units=7)
    problem = TrainingProblem(weights, inputs, CudaEngine)
    problem.set_targets(slice(None), targets)
    theta = flatten(weights)
    gradient = np.zeros_like(theta)
    loss = problem.evaluate(np.asfortranarray(theta), gradient)
    np.testing.assert_array_equal(loss, problem.evaluate(theta, gradient))
    with pytest.raises(ValueError, match="gradient"):
        problem.evaluate(theta, np.asfortranarray(gradient))


def test_both_tasks_fit_the_memory_they_are_meant_for():
    """142 states of 30 units fit into shared memory; 1440 of 20 do not and go to global memory."""
    kernel = SimpleNamespace()
    stand_in = Cupy(lambda source, name: kernel)
    for case, on_chip in ((dms(1), True), (bandit_of_the_paper(), False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cuda, "get_array_module", lambda *arrays: stand_in)
            engine = TrainingProblem(*case[:2], CudaEngine).engine
        assert (engine.fixed[-1].size == 0) == on_chip
        assert engine.shared_bytes <= H100
        assert engine.threads == (128 if on_chip else 480)


def bandit_of_the_paper():
    return rnn.initial_weights(1, "bandit", np.random.default_rng(0)), np.zeros((1, 24, 60, 10)), None


def test_too_many_units_are_refused():
    weights, inputs, _ = dms(1, n_units=129)
    with pytest.raises(ValueError, match="128 units"):
        TrainingProblem(weights, inputs, CudaEngine)
