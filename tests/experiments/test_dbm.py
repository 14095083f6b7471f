"""The experiments on deep machines, step by step against what their parts give."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from pruninglab import boltzmann as bm
from pruninglab.experiments.boltzmann import dbm, dbm_pruning, digits, lines, machine
from pruninglab.experiments.configuration import differences

START = replace(dbm.PRESETS["book"], n_train=200, n_test=100, n_epochs=1, n_samples=70)
CONFIG = replace(dbm_pruning.PRESETS["book"], start=START, n_prunings=3, n_samples=70, n_other_samples=40)


@cache
def source():
    return dbm.summarise(dbm.run(START, [0, 1]))


@cache
def line(number):
    return dbm_pruning.run(CONFIG, [number], source=source()).isel(replica=0)


def number_of(criterion, machine_number=0):
    return lines.lines_of([machine_number])[lines.CRITERIA.index(criterion)]


def stored_machine(number=0):
    return bm.DBM(*(source()[name].sel(replica=number).values for name in machine.FIELDS))


def test_lines_are_numbered_machine_by_machine():
    assert lines.lines_of([1]) == list(range(8, 16))
    assert [lines.machine_of(n) for n in (0, 7, 8, 15)] == [0, 0, 1, 1]
    assert lines.criterion_of(9) == lines.CRITERIA[1]


def test_the_stored_machine_is_in_single_precision_and_masked():
    found = stored_machine()
    assert all(array.dtype == np.float32 for array in found.arrays())
    assert (found.W1[~bm.receptive_fields(8, 1)] == 0).all()
    assert (found.W1[bm.receptive_fields(8, 1)] != 0).mean() > 0.9


def test_coincidences_count_what_the_chains_visit():
    found = stored_machine()
    known = digits.digits("small_digits", 200, 100)
    start = bm.initial_particles(found, known.x[:30], [np.random.default_rng(1)])
    sampling = machine.Sampling(n_samples=70, steps_between=2)
    counts, v = machine.coincidences(found, start, sampling, [np.random.default_rng(2)])
    rng, particles, samples = [np.random.default_rng(2)], start, []
    for _ in range(3):
        particles = bm.gibbs_steps(found, particles, 2, rng)
        samples.append(particles)
    v_all, h1, h2 = (np.concatenate([np.asarray(s[k]) for s in samples])[:70] for k in range(3))
    np.testing.assert_array_equal(v, v_all)
    np.testing.assert_array_equal(counts["count_h1h2"], np.einsum("sj,sk->jk", h1, h2))
    np.testing.assert_array_equal(counts["count_vh1"], np.einsum("si,sj->ij", v_all, h1))
    assert float(counts["n_samples"]) == 70
    expected = bm.layer_moments(bm.Particles(v_all, h1, h2))
    for own, other in zip(sum(machine.moments(counts), ()), sum(expected, ()), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-6)


@pytest.mark.parametrize("criterion", ["weight_magnitude", "variance_fi"])
def test_the_first_pruning_is_that_of_the_stored_machine_and_samples(criterion):
    found, counts = stored_machine(), source().sel(replica=0)
    masks = bm.receptive_fields(8, 1), np.ones(found.W2.shape, dtype=bool)
    pruned = bm.prune_dbm(found, criterion, (0.10, 0.25), masks=masks, statistics=machine.moments(counts))
    pruned = bm.remove_dead_ends(pruned)
    own = line(number_of(criterion))
    assert int(own["n_weights"].sel(iteration=1)) == sum(int(mask.sum()) for mask in pruned)
    assert int(own["left_n_weights"]) == int(own["n_weights"].sel(iteration=1))
    np.testing.assert_array_equal(own["pixels"].sel(iteration=1).astype(bool), pruned[0].any(axis=1))


def test_weight_magnitude_removes_the_percentages():
    own, first, second = line(number_of("weight_magnitude")), 484, 64 * 60
    for iteration in (1, 2, 3):
        first, second = (n - (n - 1) * percent // 100 - 1 for n, percent in ((first, 10), (second, 25)))
        assert int(own["n_first_weights"].sel(iteration=iteration)) == first
        assert int(own["n_weights"].sel(iteration=iteration)) == first + second


def test_units_and_weights_only_ever_go():
    for criterion in lines.CRITERIA:
        own = line(number_of(criterion))
        for name in ("n_weights", "n_first", "n_second", "n_pixels"):
            assert (own[name].diff("iteration") <= 0).all()
        less = int(own["n_weights"].isel(iteration=-1)) < int(own["unpruned_n_weights"])
        assert less == (criterion != lines.CONTROL)


def test_the_control_is_retrained_and_loses_nothing():
    own = line(number_of(lines.CONTROL))
    for name in ("n_weights", "n_first", "n_second", "n_pixels"):
        assert (own[name] == own[f"unpruned_{name}"]).all()
    np.testing.assert_array_equal(own["error_before"].isel(iteration=0), own["unpruned_error"])
    assert len(np.unique(own["rate_second"])) == 3


def test_a_line_carries_what_was_measured_of_its_machine():
    own = dbm_pruning.run(CONFIG, [number_of("random_units", 1)], source=source()).isel(replica=0)
    for name in ("error", "quality", "raw_error", "rate_second"):
        assert float(own[f"unpruned_{name}"]) == float(source()[name].sel(replica=1))
    assert int(own["unpruned_n_second"]) == 60


def test_a_line_goes_on_from_its_checkpoints():
    kept = {}

    def checkpoint(name, compute):
        if name not in kept:
            if len(kept) == stop:
                raise KeyboardInterrupt
            kept[name] = compute()
        return kept[name]

    stop = 2
    with pytest.raises(KeyboardInterrupt):
        dbm_pruning.run(CONFIG, [2], source=source(), checkpoint=checkpoint)
    assert list(kept) == ["2-1", "2-2"]
    stop = 3
    resumed = dbm_pruning.run(CONFIG, [2], source=source(), checkpoint=checkpoint)
    xr.testing.assert_identical(resumed.isel(replica=0), line(2))


def test_a_line_ends_when_a_layer_has_lost_all_its_units(monkeypatch):
    def nothing_left(dbm, criterion, fractions, *, masks, statistics, rng):
        return masks if next(calls) < 1 else (masks[0], np.zeros_like(masks[1]))

    calls = iter(range(9))
    monkeypatch.setattr(dbm_pruning, "prune_dbm", nothing_left)
    lost = dbm_pruning.run(CONFIG, [3], source=source()).isel(replica=0)
    assert np.isfinite(lost["error"].values).tolist() == [True, False, False]
    assert lost["iteration"].values.tolist() == [1, 2, 3]


def test_a_table_of_lines_has_gaps_where_lines_are_missing():
    some = xr.concat([line(0), line(2)], dim="replica").assign_coords(replica=[0, 10])
    table = lines.by_criterion(some)
    assert table["replica"].values.tolist() == [0, 1]
    there = np.isfinite(table["error"].sel(iteration=1)).to_pandas()
    assert there.loc[0, "variance_fi"]
    assert there.loc[1, "weight_magnitude"]
    assert there.to_numpy().sum() == 2
    of = lines.of_lines(some, "error", "weight_magnitude")
    assert of["replica"].values.tolist() == [1]
    np.testing.assert_array_equal(of.sel(replica=1), line(2)["error"])


def test_quality_and_diversity_of_known_probabilities():
    class Judge:
        def predict_proba(self, v):
            p = np.full((4, 10), 0.01)
            p[[0, 1, 2, 3], [3, 3, 3, 7]] = [0.9, 0.8, 0.7, 0.5]
            return p

    found = digits.quality(Judge(), np.zeros((4, 5)))
    assert found["quality"] == pytest.approx((0.9 + 0.8 + 0.7 + 0.5) / 4)
    assert found["quality_by_class"] == pytest.approx((0.8 + 0.5) / 2)
    assert found["diversity"] == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert found["class_share"][1].tolist() == [0, 0, 0, 0.75, 0, 0, 0, 0.25, 0, 0]


def test_chains_are_followed_from_one_digit_to_the_next():
    class Judge:
        def predict(self, v):
            return v[:, 0]

    of_three_chains = np.array([[3], [5], [0], [3], [4], [0], [3], [4]])
    assert digits.same_digit(Judge(), of_three_chains, 3) == pytest.approx(4 / 5)


def test_noise_is_judged_over_pictures_and_over_classes():
    known = digits.baselines("small_digits", 200, 100, np.random.default_rng(0))
    assert set(known) == set(digits.BASELINES)
    assert known["noise_quality_by_class"] != known["noise_quality"]
    assert 0.1 < known["noise_quality_by_class"] < 1


def test_the_classifiers_have_the_authors_strengths():
    assert digits.raw_classifier("small_digits", 200, 100).C == 0.1
    known = digits.digits("small_digits", 200, 100)
    rng = np.random.default_rng(0)
    telling = np.eye(10)[known.labels] + 0.01 * rng.normal(size=(200, 10))
    assert digits.encoding_error(telling, np.eye(10)[known.labels_test], known) == 0
    assert digits.encoding_error(0 * telling, np.zeros((100, 10)), known) > 0.7


def test_codes_are_mean_field_rates_in_any_portion(monkeypatch):
    found, x = stored_machine(), digits.digits("small_digits", 200, 100).x
    expected = bm.mean_field(found, x[:37], tolerance=1e-7)[1]
    monkeypatch.setattr(digits, "ROWS_AT_A_TIME", 10)
    np.testing.assert_allclose(digits.codes(found, x[:37], 1e-7, 50), expected, atol=1e-5)


def test_differences_reach_into_nested_settings():
    @dataclass(frozen=True)
    class Inner:
        n: int = 20

    @dataclass(frozen=True)
    class Outer:
        scale: str
        inner: Inner
        rate: float = 0.1

    paper = Outer("paper", Inner())
    assert differences(paper, paper) == []
    assert differences(Outer("reduced", Inner(5), 0.3), paper) == ["inner.n = 5 (paper: 20)", "rate = 0.3 (paper: 0.1)"]
