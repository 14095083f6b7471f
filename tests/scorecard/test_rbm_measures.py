"""Each measure of pruned Boltzmann machines, chains and floors against hand-made results: no two numbers are equal."""

import statistics
from itertools import cycle, product

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments.boltzmann.chains import STARTS
from pruninglab.experiments.boltzmann.rbm import CONTROL, CRITERIA
from pruninglab.experiments.boltzmann.scores import SCORES, TARGETS
from pruninglab.scorecard.measures import MEASURES as JUDGED

N = 4
REPLICAS = [10, 11, 12, 13]
DATA = {"cifar10": 0, "photographs": 1}
RATES = {"as_run": 0, "nominal": 1}
CELLS = list(product(DATA, RATES))
CRITERION = {name: place for place, name in enumerate(CRITERIA)}
PAPERS = CRITERIA[:7]
PRUNING = [name for name in CRITERIA if name != CONTROL]
PAIRS = list(zip(CRITERIA, CRITERIA[3:] + CRITERIA[:3], strict=True))
"""Every criterion once as the first and once as the second."""
FIRST, SECOND, THIRD = range(3)
PRUNED, RETRAINED = 0, 1
SCORE = {name: place for place, name in enumerate(SCORES)}
TARGET = {name: place for place, name in enumerate(TARGETS)}
JOINT = 0
N_EIGENVALUES = 9
START = {name: place for place, name in enumerate(STARTS)}
STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
SIZES = [1, 2, 4, 9, 18, 35, 70]
PATTERNS = {"all": "log_error", "frequent": "log_error_frequent", "rare": "log_error_rare"}
AGREEMENTS = ("pearson", "spearman", "overlap")
NUMBERS_OF_A_MACHINE = (
    "small_entries",
    "few_units_share",
    "least_visible_bias",
    "diagonal_and_eigenvector",
    "heuristic_ratio",
    "log_odds_correlation",
)
"""Stored under the measure's own name."""


def counts(rng, *shape):
    """Different whole numbers, unsigned, so that a difference taken before they are made floats wraps around."""
    return rng.permutation(np.prod(shape)).reshape(shape).astype("uint16")


def random(rng, sizes, *dims):
    """Positive numbers with the replicas in front."""
    return (("replica", *dims), rng.uniform(0.1, 2, size=(N, *(sizes[dim] for dim in dims))))


CELL = {"data": list(DATA), "rates": list(RATES)}


@pytest.fixture(scope="module")
def rbm():
    """What a stored result tells of pruning."""
    rng = np.random.default_rng(0)
    sizes = {"data": 2, "rates": 2, "criterion": len(CRITERIA), "iteration": 3, "stage": 2}
    divergences = ("kl", *PATTERNS.values())
    variables = {name: random(rng, sizes, *sizes) for name in divergences}
    variables |= {f"unpruned_{name}": random(rng, sizes, *CELL) for name in divergences}
    variables |= {name: (("replica", *sizes), counts(rng, N, *sizes.values())) for name in ("n_weights", "n_hidden")}
    coordinates = {"criterion": list(CRITERIA), "iteration": [1, 2, 3], "stage": ["pruned", "retrained"]}
    return xr.Dataset(variables, coords={"replica": REPLICAS} | CELL | coordinates)


@pytest.fixture(scope="module")
def unpruned():
    """What a stored result tells of the unpruned machines' Fisher information."""
    rng = np.random.default_rng(3)
    sizes = {"data": 2, "rates": 2, "score": len(SCORES), "target": len(TARGETS)}
    variables = {name: random(rng, sizes, *sizes) for name in AGREEMENTS}
    variables |= {name: random(rng, sizes, *CELL) for name in ("heuristic_error", "mean_field_error")}
    variables |= {name: random(rng, sizes, *CELL) for name in NUMBERS_OF_A_MACHINE}
    spectra = np.exp(rng.normal(scale=4, size=(N, 2, 2, 2, N_EIGENVALUES)))
    variables["eigenvalues"] = (("replica", *CELL, "kind", "order"), -np.sort(-spectra, axis=-1))
    coordinates = {"score": list(SCORES), "target": list(TARGETS), "kind": ["joint", "marginal"]}
    return xr.Dataset(variables, coords={"replica": REPLICAS} | CELL | coordinates)


@pytest.fixture(scope="module")
def chains():
    rng = np.random.default_rng(1)
    sizes = {"data": 2, "start": len(STARTS), "steps": len(STEPS)}
    names = ("total_variation", "all_off", "all_on", "overlap", "pearson")
    variables = {name: random(rng, sizes, "data", "start", "steps") for name in names}
    variables["exact_all_off"] = random(rng, sizes, "data")
    return xr.Dataset(
        variables, coords={"replica": REPLICAS, "data": list(DATA), "start": list(STARTS), "steps": STEPS}
    )


@pytest.fixture(scope="module")
def floor():
    """Fewer replicas than machines, and of other numbers."""
    values = np.random.default_rng(2).uniform(0.1, 2, size=(3, 2, len(SIZES)))
    return xr.Dataset(
        {"kl": (("replica", "data", "size"), values)},
        coords={"replica": [0, 1, 10], "data": list(DATA), "size": SIZES},
    )


def of_cell(rbm, name, data, rates):
    """Values of one kind of machine, as (replica, ...)."""
    return rbm[name].values[:, DATA[data], RATES[rates]].astype(float)


def of_line(rbm, name, criterion, data, rates):
    """Values of one criterion, as (replica, iteration, stage)."""
    return of_cell(rbm, name, data, rates)[:, CRITERION[criterion]]


def check(found, expected):
    assert (found.dims, found.dtype) == (("replica",), float)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_divergence_after_three_prunings_over_that_before_any(data, rates, rbm):
    before = of_cell(rbm, "unpruned_kl", data, rates)
    for criterion in CRITERIA:
        after = of_line(rbm, "kl", criterion, data, rates)[:, THIRD, RETRAINED]
        check(JUDGED["kl_ratio"](rbm, criterion=criterion, data=data, rates=rates), after / before)


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_divergence_over_that_of_equal_training(data, rates, rbm):
    control = of_line(rbm, "kl", CONTROL, data, rates)[:, THIRD, RETRAINED]
    for criterion in PRUNING:
        pruned = of_line(rbm, "kl", criterion, data, rates)[:, THIRD, RETRAINED]
        check(JUDGED["kl_ratio_to_control"](rbm, criterion=criterion, data=data, rates=rates), pruned / control)


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_divergence_of_one_criterion_over_that_of_another(data, rates, rbm):
    for criterion, other in PAIRS:
        one, two = (of_line(rbm, "kl", name, data, rates)[:, THIRD, RETRAINED] for name in (criterion, other))
        found = JUDGED["kl_ratio_of_criteria"](rbm, criterion=criterion, other=other, data=data, rates=rates)
        check(found, one / two)


SEVERAL = [PAPERS, PRUNING, ["weighted_fi", "anti_fi"], ["random_units"]]


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize("criteria", SEVERAL)
def test_least_harm_is_that_of_the_third_pruning_by_the_criteria_named(criteria, data, rates, rbm):
    before = of_cell(rbm, "unpruned_kl", data, rates)
    harm = [of_line(rbm, "kl", name, data, rates)[:, THIRD, PRUNED] - before for name in criteria]
    found = JUDGED["least_harm_of_pruning"](rbm, criteria=criteria, data=data, rates=rates)
    check(found, np.min(harm, axis=0))


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize("criteria", SEVERAL)
def test_least_gain_is_a_share_of_the_divergence_right_after_the_third_pruning(criteria, data, rates, rbm):
    lines = [of_line(rbm, "kl", name, data, rates)[:, THIRD] for name in criteria]
    gain = [(line[:, PRUNED] - line[:, RETRAINED]) / line[:, PRUNED] for line in lines]
    found = JUDGED["least_gain_of_retraining"](rbm, criteria=criteria, data=data, rates=rates)
    check(found, np.min(gain, axis=0))


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize(("patterns", "name"), PATTERNS.items())
def test_log_probability_error_over_that_before_any_pruning(patterns, name, data, rates, rbm):
    before = of_cell(rbm, f"unpruned_{name}", data, rates)
    for criterion in PAPERS:
        after = of_line(rbm, name, criterion, data, rates)[:, THIRD, RETRAINED]
        found = JUDGED["log_error_ratio"](rbm, criterion=criterion, patterns=patterns, data=data, rates=rates)
        check(found, after / before)


def test_log_probability_errors_are_of_three_sets_of_patterns(rbm):
    with pytest.raises(KeyError):
        JUDGED["log_error_ratio"](rbm, criterion="anti_fi", patterns="common", data="cifar10", rates="as_run")


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_error_of_rare_patterns_over_that_of_frequent_ones_before_pruning(data, rates, rbm):
    rare, frequent = (of_cell(rbm, f"unpruned_log_error_{name}", data, rates) for name in ("rare", "frequent"))
    check(JUDGED["rare_over_frequent_error"](rbm, data=data, rates=rates), rare / frequent)


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize(("iteration", "place"), [(1, FIRST), (2, SECOND), (3, THIRD)])
def test_hidden_units_right_after_a_pruning(iteration, place, data, rates, rbm):
    for criterion in PAPERS:
        expected = of_line(rbm, "n_hidden", criterion, data, rates)[:, place, PRUNED]
        options = {"criterion": criterion, "iteration": iteration, "data": data, "rates": rates}
        check(JUDGED["hidden_units"](rbm, **options), expected)


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_hidden_units_that_another_criterion_leaves_more(data, rates, rbm):
    for criterion, other in PAIRS:
        own, others = (of_line(rbm, "n_hidden", name, data, rates)[:, THIRD, PRUNED] for name in (criterion, other))
        found = JUDGED["hidden_units_more"](rbm, criterion=criterion, other=other, data=data, rates=rates)
        check(found, others - own)


def farthest_from_median(numbers):
    middle = statistics.median(numbers)
    return max(numbers, key=lambda number: abs(number - middle))


@pytest.mark.parametrize(("iteration", "place"), [(1, FIRST), (2, SECOND), (3, THIRD)])
@pytest.mark.parametrize("criteria", SEVERAL)
def test_weights_left_of_one_replica_is_the_number_farthest_from_the_median(criteria, iteration, place, rbm):
    for replica in range(N):
        numbers = rbm["n_weights"].values[replica, :, :, [CRITERION[name] for name in criteria], place, PRUNED]
        found = JUDGED["weights_left"](rbm.isel(replica=[replica]), criteria=criteria, iteration=iteration)
        check(found, [farthest_from_median(numbers.ravel().tolist())])


def test_weights_left_names_the_one_odd_number_of_any_data_rates_and_criterion(rbm):
    numbers = np.full(rbm["n_weights"].shape, 455)
    numbers[:, :, :, CRITERION["random_units"]] = 468
    numbers[..., SECOND, :] = 227
    numbers[..., RETRAINED] = 454
    numbers[0, 0, 1, CRITERION["variance_fi"], FIRST, PRUNED] = 456
    numbers[1, 1, 0, CRITERION["weight_magnitude"], FIRST, PRUNED] = 450
    numbers[2, 1, 1, CRITERION["anti_fi"], FIRST, PRUNED] = 400
    numbers[3, 0, 0, CRITERION["variance_fi"], SECOND, PRUNED] = 228
    odd = rbm.assign(n_weights=(rbm["n_weights"].dims, numbers))
    two = ["variance_fi", "weight_magnitude"]
    for stored in (odd, odd.transpose(..., "replica")):
        check(JUDGED["weights_left"](stored, criteria=two, iteration=1), [456, 450, 455, 455])
    check(JUDGED["weights_left"](odd, criteria=two, iteration=2), [227, 227, 227, 228])
    check(JUDGED["weights_left"](odd, criteria=[*two, "anti_fi"], iteration=1), [456, 450, 400, 455])


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_eigenvalues_are_those_of_the_joint_matrix(data, rates, unpruned):
    spectrum = of_cell(unpruned, "eigenvalues", data, rates)[:, JOINT]
    for order in range(N_EIGENVALUES):
        check(JUDGED["eigenvalue"](unpruned, order=order, data=data, rates=rates), spectrum[:, order])
    check(JUDGED["eigenvalue"](unpruned, order=0, data=data, rates=rates), spectrum.max(axis=1))
    check(JUDGED["eigenvalue_ratio"](unpruned, data=data, rates=rates), spectrum[:, 0] / spectrum[:, 1])


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_decades_from_the_median_eigenvalue_to_the_largest(data, rates, unpruned):
    spectrum = of_cell(unpruned, "eigenvalues", data, rates)[:, JOINT]
    expected = np.log10(spectrum.max(axis=1)) - np.log10(np.median(spectrum, axis=1))
    check(JUDGED["decades"](unpruned, data=data, rates=rates), expected)


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize("name", NUMBERS_OF_A_MACHINE)
def test_numbers_of_an_unpruned_machine(name, data, rates, unpruned):
    check(JUDGED[name](unpruned, data=data, rates=rates), of_cell(unpruned, name, data, rates))


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize("kind", AGREEMENTS)
def test_agreement_of_a_score_with_a_target(kind, data, rates, unpruned):
    values = of_cell(unpruned, kind, data, rates)
    for score, target in zip(SCORES, cycle(TARGETS), strict=False):
        options = {"kind": kind, "score": score, "target": target, "data": data, "rates": rates}
        check(JUDGED["agreement"](unpruned, **options), values[:, SCORE[score], TARGET[target]])


@pytest.mark.parametrize(("data", "rates"), CELLS)
@pytest.mark.parametrize("kind", AGREEMENTS)
def test_agreement_gained_by_a_score_over_another(kind, data, rates, unpruned):
    pairs = [("weighted_fi", "variance_fi"), ("variance_fi", "weighted_fi"), ("marginal_fi", "eigenvector")]
    for target, (score, other) in product(TARGETS, pairs):
        values = of_cell(unpruned, kind, data, rates)[:, :, TARGET[target]]
        options = {"kind": kind, "score": score, "other": other, "target": target, "data": data, "rates": rates}
        check(JUDGED["agreement_gain"](unpruned, **options), values[:, SCORE[score]] - values[:, SCORE[other]])


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_error_of_the_observed_rate_over_that_of_the_mean_field_sum(data, rates, unpruned):
    heuristic, mean_field = (of_cell(unpruned, f"{name}_error", data, rates) for name in ("heuristic", "mean_field"))
    check(JUDGED["heuristic_over_mean_field_error"](unpruned, data=data, rates=rates), heuristic / mean_field)


def of_chain(chains, name, start, steps, data):
    return chains[name].values[:, DATA[data], START[start], STEPS.index(steps)]


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("start", STARTS)
def test_samples_of_chains(start, data, chains):
    exact = chains["exact_all_off"].values[:, DATA[data]]
    for steps in STEPS:
        options = {"start": start, "steps": steps, "data": data}
        check(JUDGED["chain_error"](chains, **options), of_chain(chains, "total_variation", **options))
        check(JUDGED["chain_overlap"](chains, **options), of_chain(chains, "overlap", **options))
        check(JUDGED["chain_all_off_excess"](chains, **options), of_chain(chains, "all_off", **options) - exact)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("start", ["random", "data"])
def test_error_of_chains_over_that_of_exact_samples_of_as_many_steps(start, data, chains):
    for steps in STEPS:
        error, noise = (of_chain(chains, "total_variation", name, steps, data) for name in (start, "exact"))
        check(JUDGED["chain_error_over_noise"](chains, start=start, steps=steps, data=data), error / noise)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("size", "other"), [(9, 70), (70, 9), (1, 35)])
def test_floor_of_one_size_over_that_of_another(size, other, data, floor):
    lowest = floor["kl"].values[:, DATA[data]]
    expected = lowest[:, SIZES.index(size)] / lowest[:, SIZES.index(other)]
    check(JUDGED["floor_ratio"](floor, size=size, other=other, data=data), expected)


@pytest.mark.parametrize(("data", "rates"), CELLS)
def test_unpruned_machines_over_the_mean_floor_of_all_fits(data, rates, rbm, floor):
    trained = of_cell(rbm, "unpruned_kl", data, rates)
    for place, size in enumerate(SIZES):
        lowest = floor["kl"].values[:, DATA[data], place].mean()
        found = JUDGED["unpruned_over_floor"](rbm, floor, size=size, data=data, rates=rates)
        check(found, trained / lowest)
