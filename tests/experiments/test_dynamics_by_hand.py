"""Every curve of the Fig 2c-f experiment, integrated again step by step from the documented stream addresses."""

import dataclasses
from functools import cache

import numpy as np
import pytest
import scipy.linalg

from pruninglab import noiseprune
from pruninglab.experiments.noise import dynamics, traces

REPLICA = 3
CONFIG = dataclasses.replace(
    dynamics.PRESETS["book"],
    sizes=(24, 10, 18),
    n_between=40,
    density=0.4,
    dt=0.1,
    duration=6.0,
    record_interval=0.5,
    sigma=0.05,
    background=0.03,
)
KINDS = ("symmetric", "non-symmetric")
INPUTS = ("random", "eigenvector")
RULES = ("noise-prune", "weight", "uniform", "degree", "magnitude")
NETWORK, PRUNING, ACTIVITY, INITIAL_STATE = 0, 1, 2, 4


def generator(purpose, arm, run=0):
    return np.random.default_rng(np.random.SeedSequence(CONFIG.seed, spawn_key=(REPLICA, arm, run, purpose)))


@cache
def network(kind):
    rng = generator(NETWORK, KINDS.index(kind))
    return noiseprune.clustered_network(
        CONFIG.sizes, n_between=CONFIG.n_between, symmetric=kind == "symmetric", rng=rng
    )


@cache
def pruned_by(rule, kind, run):
    A = network(kind)
    if rule == "magnitude":
        return noiseprune.magnitude_prune(A, density=CONFIG.density)
    P = {
        "noise-prune": lambda density: noiseprune.preservation_probabilities(
            A, noiseprune.noise_covariance(A), density=density
        ),
        "weight": lambda density: noiseprune.weight_probabilities(A, density=density),
        "uniform": lambda density: noiseprune.uniform_probabilities(A, density=density),
        "degree": lambda density: noiseprune.degree_probabilities(A, density=density),
    }[rule](CONFIG.density)
    arm = 5 * KINDS.index(kind) + RULES.index(rule)
    return noiseprune.prune(A, P, rng=generator(PRUNING, arm, run))


@cache
def slowest_modes(kind):
    A = network(kind)
    eigenvalues, vectors = np.linalg.eig(A)
    once = np.flatnonzero(eigenvalues.imag >= 0)
    slowest = once[np.argsort(-eigenvalues[once].real)][: CONFIG.n_runs]
    modes = []
    for vector in vectors[:, slowest].T:
        largest = vector[np.abs(vector).argmax()]
        mode = (vector * abs(largest) / largest).real
        modes.append(mode / np.linalg.norm(mode))
    return modes


def integrate(A, kind, drive, run):
    """States every 0.5 units of time, shape (13, N)."""
    arm = 2 * KINDS.index(kind) + INPUTS.index(drive)
    if drive == "random":
        x, b = generator(INITIAL_STATE, arm, run).random(len(A)), CONFIG.background
    else:
        x = b = slowest_modes(kind)[run]
    noise = generator(ACTIVITY, arm, run)
    states = [x]
    for _ in range(60):
        x = x + 0.1 * (A @ x + b) + CONFIG.sigma * np.sqrt(0.1) * noise.standard_normal(len(A))
        states.append(x)
    return np.array(states[::5])


@pytest.fixture(scope="module")
def raw():
    return dynamics.run(CONFIG, [REPLICA])


@pytest.fixture(scope="module")
def dataset(raw):
    return raw.isel(replica=0)


@pytest.mark.parametrize("drive", INPUTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_error_of_every_run(rule, kind, drive, dataset):
    arm = dataset.sel(rule=rule, kind=kind, input=drive)
    for pruning in ("per run", "single"):
        for run in range(CONFIG.n_runs):
            x = integrate(network(kind), kind, drive, run)
            pruned = pruned_by(rule, kind, run if pruning == "per run" else 0)
            difference = integrate(pruned, kind, drive, run) - x
            one = arm.sel(pruning=pruning, run=run)
            error = np.sqrt((difference**2).sum(axis=1) / (x**2).sum(axis=1))
            np.testing.assert_allclose(one["error"], error, rtol=1e-7, atol=1e-12)
            of_neurons = np.sqrt((difference**2).sum(axis=0) / (x**2).sum(axis=0))
            assert float(one["node_error"]) == pytest.approx(np.median(of_neurons))


@pytest.mark.parametrize("kind", KINDS)
def test_synapses_are_matrix_entries(kind, dataset):
    one = dataset.sel(kind=kind)
    assert int(one["n_synapses"]) == np.count_nonzero(network(kind)) - sum(CONFIG.sizes)
    for rule in RULES:
        for run in range(CONFIG.n_runs):
            pruned = pruned_by(rule, kind, run)
            kept = np.count_nonzero(pruned) - np.count_nonzero(np.diag(pruned))
            assert int(one["n_kept"].sel(rule=rule, run=run)) == kept


def test_traces_are_two_neurons_of_the_first_run():
    recorded = traces.run(traces.Config(dynamics=CONFIG, scale="book"), [REPLICA]).isel(replica=0)
    assert recorded["shown"].values.tolist() == ["original", "noise-prune", "weight"]
    for kind in KINDS:
        np.testing.assert_allclose(recorded["leak"].sel(kind=kind), -network(kind).diagonal()[[0, 24]])
        for drive in INPUTS:
            one = recorded["activity"].sel(kind=kind, input=drive)
            for name in one["shown"].values:
                A = network(kind) if name == "original" else pruned_by(name, kind, 0)
                expected = integrate(A, kind, drive, 0)[:, [0, 24]]
                np.testing.assert_allclose(one.sel(shown=name).transpose("time", "neuron"), expected, atol=1e-10)


def test_prunings_share_the_first_draw_and_no_other(dataset):
    per_run, single = (dataset["error"].sel(pruning=pruning).isel(time=-1) for pruning in ("per run", "single"))
    drawn = [rule for rule in RULES if rule != "magnitude"]
    np.testing.assert_array_equal(per_run.sel(run=0), single.sel(run=0))
    np.testing.assert_array_equal(per_run.sel(rule="magnitude"), single.sel(rule="magnitude"))
    assert (per_run.sel(run=[1, 2], rule=drawn) != single.sel(run=[1, 2], rule=drawn)).all()
    assert dataset["time"].values.tolist() == [0.5 * k for k in range(13)]


def test_what_is_not_pruned_is_not_changed():
    everything = dynamics.run(dataclasses.replace(CONFIG, density=1.0, n_runs=2, sigma=1.0), [0])
    assert everything["error"].max() < 1e-12
    assert everything["node_error"].max() < 1e-12
    assert (everything["n_kept"] == everything["n_synapses"]).all()


def test_summary_is_taken_over_runs(raw):
    summary = dynamics.summarise(raw)
    error = raw["error"]
    order = ("replica", "kind", "rule", "pruning", "input")
    mean = error.transpose(*order, "time", "run").values.sum(axis=-1) / 3
    deviation = np.sqrt(((error.transpose(*order, "time", "run").values - mean[..., None]) ** 2).sum(axis=-1) / 2)
    np.testing.assert_allclose(summary["error_mean"].transpose(*order, "time"), mean)
    np.testing.assert_allclose(summary["error_sd"].transpose(*order, "time"), deviation, atol=1e-12)
    records = [2, 10, 12, 12, 12]
    assert summary["at"].values.tolist() == [1, 5, 10, 20, 40]
    at = summary["error_at"].transpose(*order, "run", "at")
    np.testing.assert_array_equal(at, error.transpose(*order, "run", "time").values[..., records])
    assert "error" not in summary
    for name in ("node_error", "n_kept", "n_synapses"):
        np.testing.assert_array_equal(summary[name], raw[name].transpose(*summary[name].dims))


def test_early_draws_the_first_noise_prune_again(dataset):
    early = dynamics.early(CONFIG, REPLICA)
    where = {"rule": "noise-prune", "kind": "symmetric", "run": 0}
    assert {name: early[name].item() for name in early.coords} == where
    assert int(early["n_kept"]) == int(dataset["n_kept"].sel(where))


def test_slow_modes_of_a_symmetric_matrix():
    A = noiseprune.clustered_network([12, 14], n_between=10, rng=np.random.default_rng(0))
    modes = dynamics.slow_modes(A, 5)
    rates = np.sort(np.linalg.eigvals(A).real)[::-1][:5]
    assert len(np.unique(rates)) == 5
    np.testing.assert_allclose(A @ modes, modes * rates, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(modes, axis=0), 1)
    assert (modes.max(axis=0) == np.abs(modes).max(axis=0)).all()


def test_slow_modes_of_a_directed_matrix_take_one_of_each_pair():
    eigenvalues = [-4.0, -2 + 6j, -1.0, -5 + 1j, -9.0]
    blocks = [[[v.real, v.imag], [-v.imag, v.real]] if v.imag else v.real for v in map(complex, eigenvalues)]
    basis = np.random.default_rng(1).normal(size=(7, 7))
    A = basis @ scipy.linalg.block_diag(*blocks) @ np.linalg.inv(basis)
    modes = dynamics.slow_modes(A, 4)
    assert modes.shape == (7, 4)
    np.testing.assert_allclose(np.linalg.norm(modes, axis=0), 1)
    assert (modes.max(axis=0) == np.abs(modes).max(axis=0)).all()
    for mode, value in zip(modes.T, (-1.0, -2 + 6j, -4.0, -5 + 1j), strict=True):
        image = A @ mode
        if np.imag(value) == 0:
            np.testing.assert_allclose(image, value * mode, atol=1e-9)
        else:
            square = A @ image - 2 * value.real * image + abs(value) ** 2 * mode
            np.testing.assert_allclose(square, 0, atol=1e-9)
            assert np.linalg.norm(image - value.real * mode) > 0.1


def test_paper_preset_has_the_numbers_of_the_caption():
    config = dynamics.PRESETS["paper"]
    assert (config.sizes, config.n_between, config.density) == ((1000, 200, 800), 5000, 0.2)
    assert (config.dt, config.duration, config.sigma) == (0.005, 40.0, 0.01)
    assert (config.n_runs, config.background, config.scale) == (20, 0.0002, "paper")
