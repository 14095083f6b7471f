import dataclasses

import numpy as np
import pytest
import xarray as xr

from pruninglab.experiments import EXPERIMENTS
from pruninglab.experiments.configuration import config_hash
from pruninglab.experiments.noise import illustration, spectrum
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.results.sources import source_arguments


@pytest.fixture(scope="module")
def sources():
    """Keyword arguments of every experiment's run: what it starts from, if it does, for replicas 0 to 3."""
    return {name: source_arguments(name, "book", range(4)) for name in EXPERIMENTS}


@pytest.mark.parametrize("name", EXPERIMENTS)
class TestEveryExperiment:
    def test_replicas_can_be_computed_apart(self, name, sources):
        module = EXPERIMENTS[name]
        config = module.PRESETS["book"]
        together = module.run(config, [1, 2], **sources[name])
        apart = xr.concat([module.run(config, [replica], **sources[name]) for replica in (1, 2)], dim="replica")
        xr.testing.assert_allclose(together, apart, rtol=1e-9)
        assert together["replica"].values.tolist() == [1, 2]

    def test_every_variable_has_the_replica_first(self, name, sources):
        module = EXPERIMENTS[name]
        summary = module.summarise(module.run(module.PRESETS["book"], [0, 1], **sources[name]))
        assert {variable.dims[0] for variable in summary.data_vars.values()} == {"replica"}

    def test_early_quantities_are_those_of_the_summary(self, name, sources):
        module = EXPERIMENTS[name]
        config = module.PRESETS["book"]
        summary = module.summarise(module.run(config, [3], **sources[name]))
        early = module.early(config, 3, **sources[name])
        found = summary.isel(replica=0)[list(early.data_vars)]
        found = found.sel({coordinate: early[coordinate] for coordinate in early.coords if coordinate in found.dims})
        assert early.data_vars
        for name_ in early.data_vars:
            np.testing.assert_allclose(early[name_], found[name_], rtol=1e-9)

    def test_presets_say_their_scale(self, name):
        module = EXPERIMENTS[name]
        assert {"book", "paper"} <= set(module.PRESETS)
        assert module.PRESETS["book"].scale == "book"
        assert dataclasses.fields(module.Config)[-1].name == "version"


def test_paper_preset_has_the_sizes_of_the_caption():
    config = spectrum.PRESETS["paper"]
    assert config.sizes == (100, 100, 100, 2700)
    assert (config.within_density, config.n_between, config.density) == (0.6, 5000, 0.1)


def test_the_hash_covers_every_field():
    config = spectrum.PRESETS["book"]
    changes = {"density": 0.2, "seed": 1, "version": 99, "sizes": (10, 20)}
    hashes = {config_hash(dataclasses.replace(config, **{key: value})) for key, value in changes.items()}
    assert len(hashes | {config_hash(config)}) == len(changes) + 1
    assert config_hash(config) == config_hash(dataclasses.replace(config))


def test_streams_are_independent_of_each_other_and_of_the_order():
    addresses = [(s, r, p, a, n) for s in (1, 2) for r in (0, 1) for p in Purpose for a in (0, 1) for n in (0, 1)]
    first = [stream(s, r, p, arm=a, level=n).random() for s, r, p, a, n in addresses]
    again = [stream(s, r, p, arm=a, level=n).random() for s, r, p, a, n in reversed(addresses)]
    assert len(set(first)) == len(addresses)
    assert first == again[::-1]


def test_spectrum_prunes_the_same_synapses_with_either_diagonal():
    dataset = spectrum.run(spectrum.PRESETS["book"], [0])
    for variable in ("n_kept", "small_kept"):
        np.testing.assert_array_equal(
            dataset[variable].sel(diagonal="matched"), dataset[variable].sel(diagonal="original")
        )
    assert not dataset["leak_change_sd"].sel(diagonal="original").any()


def test_spectrum_compares_rules_at_the_same_density():
    config = spectrum.PRESETS["book"]
    dataset = spectrum.run(config, [0, 1, 2])
    expected = config.density * dataset["n_edges"]
    assert (np.abs(dataset["n_kept"] - expected) < 5 * np.sqrt(expected)).all()


def test_spectrum_errors_turn_the_cosine_round():
    summary = spectrum.summarise(spectrum.run(spectrum.PRESETS["book"], [0]))
    slow = spectrum.errors(summary, "slow")
    np.testing.assert_allclose(slow.sel(measure="cosine"), 1 - summary["slow_mean"].sel(measure="cosine"))
    np.testing.assert_allclose(spectrum.relative_to_weight(summary, "slow", "matched").sel(rule="weight"), 1)
    with pytest.raises(ValueError, match="statistic"):
        spectrum.errors(summary, "mean")


def test_summary_keeps_all_slow_modes_and_thins_the_fast_ones():
    dataset = spectrum.run(spectrum.PRESETS["book"], [0])
    summary = spectrum.summarise(dataset)
    n = dataset.sizes["mode"]
    assert summary["mode"].values[-spectrum.N_SLOW_STORED :].tolist() == list(range(n - spectrum.N_SLOW_STORED, n))
    full = dataset["values"].isel(mode=summary["mode"].values)
    np.testing.assert_array_equal(summary["drawn_values"].transpose(*full.dims), full)


def test_illustration_compares_the_two_kinds_of_network():
    config = illustration.PRESETS["book"]
    dataset = illustration.run(config, range(4))
    excitatory, signed = (illustration.network(config, 0, kind)[0] for kind in ("excitatory", "signed"))
    assert (np.triu(excitatory, 1) >= 0).all()
    assert (np.triu(signed, 1) < 0).any()
    assert (dataset["bridges_above"].sel(synapses="excitatory") > dataset["bridges_above"].sel(synapses="signed")).all()
