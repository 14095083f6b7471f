"""The same numbers from CuPy as from NumPy, on the device and in the precision that was given."""

import numpy as np
import pytest

from pruninglab import backend
from pruninglab.noiseprune import (
    clustered_network,
    degree_probabilities,
    diff_covariance,
    euler_covariance,
    leverages,
    magnitude_prune,
    noise_covariance,
    preservation_probabilities,
    prune,
    simulate,
    uniform_probabilities,
    weight_probabilities,
)
from pruninglab.noiseprune.checks import is_symmetric

pytestmark = pytest.mark.gpu

RULES = {
    "water": lambda A, C: preservation_probabilities(A, C, density=0.2),
    "naive": lambda A, C: preservation_probabilities(A, C, density=0.2, clip="naive"),
    "kappa": lambda A, C: preservation_probabilities(A, C, kappa=1.5),
    "eps": lambda A, C: preservation_probabilities(A, C, eps=0.9),
    "weight": lambda A, C: weight_probabilities(A, density=0.2),
    "degree": lambda A, C: degree_probabilities(A, density=0.2),
    "uniform": lambda A, C: uniform_probabilities(A, density=0.2),
}


@pytest.fixture(scope="module", params=[True, False], ids=["symmetric", "directed"])
def case(request):
    A = clustered_network([50, 150], n_between=200, symmetric=request.param, rng=np.random.default_rng(0))
    return A, noise_covariance(A)


def assert_same(device, host, cupy, **tolerances):
    assert isinstance(device, cupy.ndarray)
    assert device.dtype == host.dtype
    np.testing.assert_allclose(backend.to_numpy(device), host, **tolerances)


def test_covariance(cupy, case):
    A, C = case
    assert_same(noise_covariance(cupy.asarray(A)), C, cupy, rtol=1e-8, atol=1e-10)
    assert_same(noise_covariance(cupy.asarray(A), sigma=0.5), 0.25 * C, cupy, rtol=1e-8, atol=1e-10)


def test_covariance_is_exactly_symmetric(cupy, case):
    assert is_symmetric(noise_covariance(cupy.asarray(case[0])))


def test_covariance_in_single_precision(cupy, case):
    A = case[0].astype(np.float32)
    assert_same(noise_covariance(cupy.asarray(A)), noise_covariance(A), cupy, rtol=5e-2, atol=2e-2)


@pytest.mark.parametrize("entry", [0.0, 0.5], ids=["symmetric", "directed"])
def test_an_unstable_network_is_refused(cupy, entry):
    A = np.array([[-3.0, entry], [0.0, 1.0]])
    with pytest.raises(ValueError, match="not stable"):
        noise_covariance(cupy.asarray(A))


def test_symmetry_is_judged_entry_by_entry(cupy):
    A = clustered_network([50, 150], n_between=200, rng=np.random.default_rng(0))
    assert is_symmetric(cupy.asarray(A))
    A[199, 198] += 1e-12
    assert not is_symmetric(cupy.asarray(A))


def test_euler_covariance(cupy):
    A = clustered_network([50, 150], n_between=200, rng=np.random.default_rng(0))
    expected = euler_covariance(A, dt=0.1)
    assert_same(euler_covariance(cupy.asarray(A), dt=0.1), expected, cupy, rtol=1e-8, atol=1e-10)


def test_diff_covariance_and_leverages(cupy, case):
    device = [cupy.asarray(matrix) for matrix in case]
    assert_same(diff_covariance(*device), diff_covariance(*case), cupy, rtol=1e-12, atol=1e-12)
    assert_same(leverages(*device), leverages(*case), cupy, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_probabilities(cupy, case, rule):
    device = [cupy.asarray(matrix) for matrix in case]
    assert_same(rule(*device), rule(*case), cupy, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", [RULES["eps"], RULES["water"], RULES["uniform"]], ids=["eps", "water", "uniform"])
def test_probabilities_in_single_precision(cupy, case, rule):
    single = [matrix.astype(np.float32) for matrix in case]
    assert_same(rule(*[cupy.asarray(matrix) for matrix in single]), rule(*single), cupy, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("diagonal", ["matched", "original", "zero"])
def test_pruning_takes_the_same_draws_from_the_host(cupy, case, diagonal):
    A = case[0]
    P = RULES["water"](*case)
    rng, same_rng = (np.random.default_rng(1) for _ in range(2))
    device = prune(cupy.asarray(A), cupy.asarray(P), diagonal=diagonal, rng=rng)
    host = prune(A, P, diagonal=diagonal, rng=same_rng)
    assert_same(device, host, cupy, rtol=1e-12, atol=1e-14)
    assert rng.random() == same_rng.random()


def test_pruning_keeps_single_precision(cupy, case):
    A, P = case[0].astype(np.float32), RULES["weight"](*case)
    device, host = (
        prune(xp.asarray(A), xp.asarray(P), diagonal="original", rng=np.random.default_rng(1)) for xp in (cupy, np)
    )
    assert_same(device, host, cupy, rtol=1e-6)


def test_the_whole_way_on_the_device(cupy, case):
    pruned = []
    for xp in (cupy, np):
        A = xp.asarray(case[0])
        P = preservation_probabilities(A, noise_covariance(A), density=0.2)
        pruned.append(prune(A, P, rng=np.random.default_rng(1)))
    assert_same(*pruned, cupy, rtol=1e-6, atol=1e-9)


def test_pruning_refuses_a_sparse_result(cupy, case):
    A, P = cupy.asarray(case[0]), cupy.asarray(RULES["weight"](*case))
    with pytest.raises(TypeError, match="NumPy"):
        prune(A, P, rng=np.random.default_rng(1), sparse=True)


@pytest.mark.parametrize("diagonal", ["matched", "original"])
def test_magnitude_pruning(cupy, case, diagonal):
    A = case[0]
    device = magnitude_prune(cupy.asarray(A), density=0.2, diagonal=diagonal)
    assert_same(device, magnitude_prune(A, density=0.2, diagonal=diagonal), cupy, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("shape", [(200,), (200, 3)], ids=["one run", "three runs"])
def test_simulation(cupy, case, shape, rectified):
    A = case[0]
    rng = np.random.default_rng(2)
    x0, b = rng.normal(size=shape), rng.normal(size=200)
    device, host = (
        simulate(
            xp.asarray(A),
            x0=xp.asarray(x0),
            b=xp.asarray(b),
            sigma=0.1,
            dt=0.05,
            n_steps=60,
            rng=np.random.default_rng(3),
            rectified=rectified,
            record_every=20,
        )
        for xp in (cupy, np)
    )
    assert_same(device, host, cupy, rtol=1e-9, atol=1e-10)


def test_simulation_with_one_generator_per_run(cupy, case):
    A = case[0]
    device, host = (
        simulate(
            xp.asarray(A),
            x0=xp.zeros((200, 3)),
            sigma=0.1,
            dt=0.05,
            n_steps=20,
            rng=[np.random.default_rng(seed) for seed in range(3)],
        )
        for xp in (cupy, np)
    )
    assert_same(device, host, cupy, rtol=1e-9, atol=1e-10)
