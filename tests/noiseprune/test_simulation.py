import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

from pruninglab.noiseprune import (
    clustered_network,
    diff_covariance,
    euler_covariance,
    noise_covariance,
    relative_sampling_error,
    sampled_diff_covariance,
    simulate,
    stationary_paths,
)
from pruninglab.noiseprune import simulation as simulation_module


@pytest.fixture(scope="module")
def A():
    return clustered_network([8, 12], n_between=8, rng=np.random.default_rng(0))


def test_noiseless_decay_converges_to_the_matrix_exponential(A):
    x0 = np.random.default_rng(1).normal(size=20)
    exact = scipy.linalg.expm(2 * A) @ x0
    errors = []
    for dt in (0.02, 0.01):
        x = simulate(A, x0=x0, dt=dt, n_steps=round(2 / dt), rng=np.random.default_rng(0))
        errors.append(np.linalg.norm(x[-1] - exact))
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.05)


def test_constant_input_leads_to_the_fixed_point(A):
    b = np.random.default_rng(2).normal(size=20)
    x = simulate(A, x0=np.zeros(20), b=b, dt=0.5, n_steps=4000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(x[-1], -np.linalg.solve(A, b), rtol=1e-6)


def test_stationary_covariance_is_that_of_the_recursion_and_not_the_exact_one(A):
    dt, copies = 0.8, 20_000
    start = stationary_paths(A, sigma=1.0, interval=1.0, n_records=1, n_copies=copies, rng=np.random.default_rng(3))[0]
    end = simulate(A, x0=start, sigma=1.0, dt=dt, n_steps=60, rng=np.random.default_rng(4))[-1]
    eigenvalues, V = np.linalg.eigh(A)
    variance = (V.T @ end).var(axis=1)
    predicted = np.diag(V.T @ euler_covariance(A, dt=dt) @ V)
    fast = -eigenvalues > 0.2
    np.testing.assert_allclose(variance[fast], predicted[fast], rtol=5 * np.sqrt(2 / copies))
    exact = -0.5 / eigenvalues
    assert (variance[fast] / exact[fast]).max() > 1.2


def test_same_generator_state_gives_the_same_noise_to_another_network(A):
    noisy = [
        simulate(M, x0=np.zeros(20), sigma=1.0, dt=0.1, n_steps=1, rng=np.random.default_rng(5)) for M in (A, 2 * A)
    ]
    np.testing.assert_array_equal(noisy[0][1], noisy[1][1])


def test_blocks_of_noise_do_not_change_the_result(A, monkeypatch):
    arguments = {"x0": np.zeros((20, 3)), "sigma": 1.0, "dt": 0.1, "n_steps": 50}
    whole = simulate(A, **arguments, rng=np.random.default_rng(6))
    monkeypatch.setattr(simulation_module, "NOISE_BLOCK", 7 * 60)
    np.testing.assert_array_equal(simulate(A, **arguments, rng=np.random.default_rng(6)), whole)


def test_sparse_and_dense_agree_and_records_are_thinned(A):
    arguments = {"x0": np.ones(20), "sigma": 0.5, "dt": 0.1, "n_steps": 20}
    dense = simulate(A, **arguments, rng=np.random.default_rng(7))
    sparse = simulate(scipy.sparse.csr_array(A), **arguments, rng=np.random.default_rng(7))
    thinned = simulate(A, **arguments, record_every=5, rng=np.random.default_rng(7))
    np.testing.assert_allclose(sparse, dense, rtol=1e-12)
    np.testing.assert_array_equal(thinned, dense[::5])


def test_rectified_network_has_its_own_fixed_point():
    A = np.array([[-1.0, 0.5], [-2.0, -1.0]])
    b = np.array([1.0, 0.2])
    x = simulate(A, x0=np.zeros(2), b=b, dt=0.01, n_steps=4000, rectified=True, rng=np.random.default_rng(0))[-1]
    W = A - np.diag(np.diag(A))
    np.testing.assert_allclose(x, np.maximum(W @ x + b, 0), atol=1e-9)
    assert x[1] == pytest.approx(0, abs=1e-9)
    linear = simulate(A, x0=np.zeros(2), b=b, dt=0.01, n_steps=4000, rng=np.random.default_rng(0))[-1]
    assert linear[1] < -0.5


def test_rectified_equals_linear_while_all_are_active(A):
    arguments = {"x0": np.full(20, 5.0), "b": 50.0, "dt": 0.01, "n_steps": 20}
    W_input = (A - np.diag(np.diag(A))) @ np.full(20, 5.0) + 50
    assert W_input.min() > 0
    linear, rectified = (
        simulate(A, **arguments, rectified=kind, rng=np.random.default_rng(0)) for kind in (False, True)
    )
    np.testing.assert_allclose(linear, rectified, rtol=1e-12)


def test_single_precision_stays_single(A):
    x = simulate(
        A.astype(np.float32), x0=np.zeros(20, np.float32), sigma=1.0, dt=0.1, n_steps=3, rng=np.random.default_rng(0)
    )
    assert x.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x0": np.zeros(3)}, "x0 must have shape"),
        ({"x0": np.full(20, np.nan)}, "x0 must be finite"),
        ({"dt": 0.0}, "dt"),
        ({"sigma": -1.0}, "sigma"),
        ({"n_steps": 0}, "n_steps"),
        ({"dt": 100.0, "n_steps": 1000}, "diverge"),
    ],
)
def test_bad_input_is_named(A, change, message):
    arguments = {"x0": np.ones(20), "dt": 0.1, "n_steps": 5} | change
    with pytest.raises(ValueError, match=message):
        simulate(A, **arguments, rng=np.random.default_rng(0))


def test_stationary_paths_have_the_exact_covariance_and_memory(A):
    copies = 20_000
    x = stationary_paths(A, sigma=0.7, interval=1.5, n_records=2, n_copies=copies, rng=np.random.default_rng(8))
    C = noise_covariance(A, sigma=0.7)
    lagged = scipy.linalg.expm(1.5 * A) @ C
    error = 5 * np.sqrt(np.outer(np.diag(C), np.diag(C)) * 2 / copies)
    assert (np.abs(x[1] @ x[1].T / copies - C) < error).all()
    assert (np.abs(x[1] @ x[0].T / copies - lagged) < error).all()


def test_stationary_paths_refuse_directed_and_unstable_networks():
    arguments = {"sigma": 1.0, "interval": 1.0, "n_records": 1, "n_copies": 1, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match="symmetric"):
        stationary_paths(np.array([[-1.0, 1.0], [0.0, -1.0]]), **arguments)
    with pytest.raises(ValueError, match="not stable"):
        stationary_paths(np.array([[1.0]]), **arguments)


def test_error_of_a_recording_is_as_predicted(A):
    i, j = np.nonzero(np.triu(A, 1))
    sign = np.sign(A[i, j])
    exact = diff_covariance(A, noise_covariance(A))[i, j]
    interval, n_records, copies = 3.0, 400, 200
    rng = np.random.default_rng(9)
    x = stationary_paths(A, sigma=1.0, interval=interval, n_records=n_records, n_copies=copies, rng=rng)
    estimates = np.array([sampled_diff_covariance(x[:, :, copy], i, j, sign) for copy in range(copies)])
    predicted = relative_sampling_error(A, i, j, sign, duration=interval * n_records, interval=interval)
    measured = np.sqrt(np.mean((estimates / exact - 1) ** 2, axis=0))
    assert np.median(measured / predicted) == pytest.approx(1, abs=0.08)
    np.testing.assert_allclose(estimates.mean(axis=0), sampled_diff_covariance(x, i, j, sign), rtol=1e-10)


def test_sampled_diff_covariance_subtracts_the_mean_and_wants_records():
    x = np.array([[3.0, 1.0], [1.0, 3.0]])
    pair = np.array([0]), np.array([1]), np.array([-1.0])
    assert sampled_diff_covariance(x, *pair, mean=2.0) == pytest.approx(0)
    with pytest.raises(ValueError, match="at least one record"):
        sampled_diff_covariance(np.zeros((0, 2)), *pair)


def test_noise_acts_on_the_state_and_not_inside_the_rectifier():
    A = -np.eye(3)
    arguments = {"x0": np.zeros(3), "b": -100.0, "sigma": 1.0, "dt": 0.1, "n_steps": 200}
    x = simulate(A, **arguments, rectified=True, rng=np.random.default_rng(0))
    assert x.min() < -0.5
    assert x.max() > 0.5


def test_input_per_neuron_is_the_same_in_all_runs(A):
    b = np.arange(20.0)
    arguments = {"dt": 0.1, "n_steps": 5}
    one = simulate(A, x0=np.ones(20), b=b, **arguments, rng=np.random.default_rng(0))
    many = simulate(A, x0=np.ones((20, 20)), b=b, **arguments, rng=np.random.default_rng(0))
    np.testing.assert_allclose(many, np.repeat(one[:, :, None], 20, axis=2))


@pytest.mark.parametrize("b", [np.ones(3), np.full(20, np.nan), np.ones((20, 3))])
def test_bad_input_current_is_named(A, b):
    with pytest.raises(ValueError, match="b must be"):
        simulate(A, x0=np.ones(20), b=b, dt=0.1, n_steps=5, rng=np.random.default_rng(0))


@pytest.mark.parametrize("function", [sampled_diff_covariance, relative_sampling_error])
def test_host_functions_say_so(function):
    with pytest.raises(TypeError, match="must be a NumPy array"):
        function(
            [[1.0]], [0], [0], [1.0], **({} if function is sampled_diff_covariance else {"duration": 1, "interval": 1})
        )


def generators(n):
    return [np.random.default_rng(column) for column in range(n)]


@pytest.mark.parametrize("block", [simulation_module.NOISE_BLOCK, 7 * 60, 1])
@pytest.mark.parametrize("rectified", [False, True])
def test_a_column_with_a_generator_of_its_own_runs_as_if_alone(monkeypatch, block, rectified):
    """In a ring whose weights are powers of two no product is rounded, so that runs agree to the last bit."""
    monkeypatch.setattr(simulation_module, "NOISE_BLOCK", block)
    ring = np.roll(np.eye(20), 1, axis=0) / 2 - np.eye(20)
    x0, b = np.random.default_rng(10).normal(size=(2, 20, 3))
    arguments = {"sigma": 0.3, "dt": 0.1, "n_steps": 50, "rectified": rectified, "record_every": 3}
    shared = generators(3)
    together = simulate(ring, x0=x0, b=b, **arguments, rng=shared)
    for column, own in enumerate(generators(3)):
        alone = simulate(ring, x0=x0[:, column], b=b[:, column], **arguments, rng=own)
        np.testing.assert_array_equal(together[..., column], alone)
        assert own.random() == shared[column].random()
    some = simulate(ring, x0=x0[:, [2, 0]], b=b[:, [2, 0]], **arguments, rng=[generators(3)[k] for k in (2, 0)])
    np.testing.assert_array_equal(some, together[..., [2, 0]])


def test_columns_with_generators_of_their_own_get_different_noise_of_the_same_strength():
    no_network = np.zeros((400, 400))
    x = simulate(no_network, x0=np.zeros((400, 3)), sigma=2.0, dt=0.25, n_steps=4, rng=tuple(generators(3)))[-1]
    correlation = np.corrcoef(x.T)
    np.testing.assert_allclose(x.std(axis=0), 2, atol=5 * 2 / np.sqrt(800))
    assert np.abs(correlation[np.triu_indices(3, 1)]).max() < 5 / np.sqrt(400)


def test_generators_are_left_alone_without_noise(A):
    own = generators(2)
    simulate(A, x0=np.ones((20, 2)), dt=0.1, n_steps=5, rng=own)
    assert [rng.random() for rng in own] == [rng.random() for rng in generators(2)]


@pytest.mark.parametrize(
    ("x0", "n"), [(np.ones((20, 3)), 2), (np.ones((20, 3)), 4), (np.ones(20), 1), (np.ones(20), 20)]
)
def test_one_generator_per_column_or_one_for_all(A, x0, n):
    with pytest.raises(ValueError, match="rng must be one Generator, or one per column"):
        simulate(A, x0=x0, sigma=1.0, dt=0.1, n_steps=5, rng=generators(n))
