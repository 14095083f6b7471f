"""Each measure of activity, growth and bridges against a hand-made summary in which no two numbers are equal."""

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.noise import bridges as bridges_experiment
from pruninglab.experiments.noise import dynamics as dynamics_experiment
from pruninglab.experiments.noise import spectrum as spectrum_experiment
from pruninglab.scorecard.measures import MEASURES as JUDGED

PANELS = {
    "c": ("symmetric", "random"),
    "d": ("symmetric", "eigenvector"),
    "e": ("non-symmetric", "random"),
    "f": ("non-symmetric", "eigenvector"),
}


def filled(rng, coords, **variables):
    """A Dataset of random numbers between 0.1 and 0.9, with the named dimensions for each variable."""
    sizes = {name: len(values) for name, values in coords.items()}
    shapes = {name: [sizes[dim] for dim in dims] for name, dims in variables.items()}
    data = {name: (dims, rng.uniform(0.1, 0.9, size=shapes[name])) for name, dims in variables.items()}
    return xr.Dataset(data, coords=coords)


@pytest.fixture(scope="module")
def dynamics():
    coords = {
        "replica": [0, 1],
        "kind": list(dynamics_experiment.NETWORKS),
        "rule": list(dynamics_experiment.RULES),
        "pruning": list(dynamics_experiment.PRUNINGS),
        "input": list(dynamics_experiment.INPUTS),
        "run": [0, 1, 2],
        "time": [0.0, 20.0, 40.0],
    }
    arm = ("replica", "kind", "rule", "pruning", "input")
    return filled(np.random.default_rng(0), coords, error_mean=(*arm, "time"), node_error=(*arm, "run"))


def final_error(dynamics, panel, rule, pruning="per run"):
    kind, drive = PANELS[panel]
    arm = dynamics["error_mean"].sel(kind=kind, rule=rule, pruning=pruning, input=drive)
    return arm.transpose("replica", "time").values[:, 2]


def neuron_error(dynamics, panel, rule):
    kind, drive = PANELS[panel]
    arm = dynamics["node_error"].sel(kind=kind, rule=rule, pruning="per run", input=drive)
    return arm.transpose("replica", "run").values.sum(axis=1) / 3


@pytest.mark.parametrize("panel", PANELS)
def test_final_error_of_every_panel(panel, dynamics):
    own, control = (final_error(dynamics, panel, rule) for rule in ("noise-prune", "weight"))
    np.testing.assert_allclose(JUDGED[f"final_error_{panel}"](dynamics), own)
    np.testing.assert_allclose(JUDGED[f"error_over_weight_{panel}"](dynamics), own / control)


def test_errors_of_neurons(dynamics):
    np.testing.assert_allclose(JUDGED["neuron_error_c"](dynamics), neuron_error(dynamics, "c", "noise-prune"))
    ratios = [
        neuron_error(dynamics, panel, "noise-prune") / neuron_error(dynamics, panel, "weight") for panel in PANELS
    ]
    np.testing.assert_allclose(JUDGED["worst_neuron_ratio"](dynamics), np.max(ratios, axis=0))


def test_comparisons_across_panels(dynamics):
    own = {panel: final_error(dynamics, panel, "noise-prune") for panel in PANELS}
    degree = {panel: final_error(dynamics, panel, "degree") for panel in PANELS}
    single = {panel: final_error(dynamics, panel, "noise-prune", "single") for panel in PANELS}
    worse = np.maximum(own["e"] / own["c"], own["f"] / own["d"])
    np.testing.assert_allclose(JUDGED["non_symmetric_over_symmetric"](dynamics), worse)
    of_degree = sum(degree[panel] / own[panel] for panel in PANELS) / 4
    np.testing.assert_allclose(JUDGED["degree_over_noise_prune_dynamics"](dynamics), of_degree)
    of_single = sum(single[panel] / own[panel] for panel in PANELS) / 4
    np.testing.assert_allclose(JUDGED["single_over_per_run"](dynamics), of_single)


def spectrum_summary(seed, replicas):
    coords = {
        "replica": replicas,
        "rule": list(spectrum_experiment.RULES),
        "diagonal": list(spectrum_experiment.DIAGONALS),
        "measure": list(spectrum_experiment.MEASURES),
        "quantile": spectrum_experiment.QUANTILES,
    }
    arm = ("replica", "rule", "diagonal", "measure")
    return filled(np.random.default_rng(seed), coords, quantiles=(*arm, "quantile"), slow_mean=arm)


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("large_over_small_eigenvalue_error", "eigenvalue_error"),
        ("large_over_small_quadratic_error", "quadratic_error"),
        ("large_over_small_cosine_deficit", "cosine"),
    ],
)
def test_large_over_the_mean_of_the_small_networks(name, measure):
    large, small = spectrum_summary(1, [0, 1]), spectrum_summary(2, [0, 1, 2])
    medians = []
    for summary in (large, small):
        arm = summary["quantiles"].sel(rule="noise-prune", diagonal="matched", measure=measure)
        medians.append(arm.transpose("replica", "quantile").values[:, 50])
    if measure == "cosine":
        medians = [1 - values for values in medians]
    found = JUDGED[name](large, small)
    assert found.dims == ("replica",)
    np.testing.assert_allclose(found, medians[0] / np.mean(medians[1]))


@pytest.fixture(scope="module")
def growth():
    coords = {
        "n_neurons": [100, 300, 500, 2000],
        "replica": [0, 1],
        "rule": ["noise-prune", "weight"],
        "measure": list(spectrum_experiment.MEASURES),
        "quantile": spectrum_experiment.QUANTILES,
    }
    arm = ("replica", "n_neurons", "rule")
    return filled(
        np.random.default_rng(3),
        coords,
        quantiles=(*arm, "measure", "quantile"),
        spectral_epsilon=arm,
        needed_density=arm[:2],
    )


def test_median_of_the_largest_network_over_the_smallest(growth):
    medians = growth["quantiles"].sel(rule="noise-prune", measure="eigenvalue_error").isel(quantile=50)
    first, last = medians.sel(n_neurons=100).values, medians.sel(n_neurons=2000).values
    np.testing.assert_allclose(JUDGED["median_error_growth"](growth), last / first)


def least_squares_slope(growth, values):
    x = np.log(growth["n_neurons"].values)
    return ((x - x.mean()) * np.log(values)).sum(axis=1) / ((x - x.mean()) ** 2).sum()


def test_slopes_on_logarithmic_axes(growth):
    epsilon = growth["spectral_epsilon"].sel(rule="noise-prune").transpose("replica", "n_neurons").values
    np.testing.assert_allclose(JUDGED["epsilon_slope"](growth), least_squares_slope(growth, epsilon))
    needed = growth["needed_density"].transpose("replica", "n_neurons").values
    np.testing.assert_allclose(JUDGED["needed_density_slope"](growth), least_squares_slope(growth, needed))


def test_slope_of_a_power_law_is_its_exponent(growth):
    n = growth["n_neurons"]
    law = growth.assign(needed_density=n**-0.75 * xr.DataArray([2.0, 3.0], dims="replica"))
    np.testing.assert_allclose(JUDGED["needed_density_slope"](law), [-0.75, -0.75])


@pytest.fixture(scope="module")
def bridges():
    coords = {
        "replica": [0, 1],
        "rule": list(bridges_experiment.RULES),
        "draw": [0, 1, 2],
        "measure": ["eigenvalue_error", "quadratic_error", "cosine_deficit"],
        "mode": [0, 1, 2, 3],
    }
    arm = ("replica", "rule", "draw")
    return filled(
        np.random.default_rng(4),
        coords,
        slow_error=(*arm, "measure", "mode"),
        spectral_epsilon=arm,
        bridges_kept=arm,
        bridge_ratio=arm[:2],
        bridge_probability=arm[:2],
    )


def of_rule(bridges, name, rule):
    """Mean over everything but replicas."""
    values = bridges[name].sel(rule=rule)
    return values.transpose("replica", ...).values.reshape(2, -1).mean(axis=1)


def test_bridges(bridges):
    own = of_rule(bridges, "spectral_epsilon", "noise-prune") / of_rule(bridges, "spectral_epsilon", "degree")
    np.testing.assert_allclose(JUDGED["bridge_epsilon_over_degree"](bridges), own)
    np.testing.assert_allclose(JUDGED["bridges_kept"](bridges), of_rule(bridges, "bridges_kept", "noise-prune"))
    np.testing.assert_allclose(JUDGED["degree_rating_of_bridges"](bridges), of_rule(bridges, "bridge_ratio", "degree"))


@pytest.mark.parametrize("control", ["degree", "weight"])
def test_slow_modes_over_bridges(control, bridges):
    errors = bridges.sel(measure="eigenvalue_error")
    expected = of_rule(errors, "slow_error", "noise-prune") / of_rule(errors, "slow_error", control)
    np.testing.assert_allclose(JUDGED[f"bridge_slow_error_over_{control}"](bridges), expected)


@pytest.mark.parametrize(
    ("fixture", "names"),
    [
        ("dynamics", [f"{stem}_{panel}" for stem in ("final_error", "error_over_weight") for panel in PANELS]),
        ("dynamics", ["worst_neuron_ratio", "non_symmetric_over_symmetric", "single_over_per_run"]),
        ("growth", ["median_error_growth", "epsilon_slope", "needed_density_slope"]),
        ("bridges", ["degree_rating_of_bridges", "bridges_kept", "bridge_slow_error_over_weight"]),
    ],
)
def test_one_number_per_replica(fixture, names, request):
    for name in names:
        found = JUDGED[name](request.getfixturevalue(fixture))
        assert found.dims == ("replica",)
        assert found["replica"].values.tolist() == [0, 1]
