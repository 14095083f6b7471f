"""Direct pruning, new cues and other regularisers, one replica each, against the same steps written out."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from pruninglab import rnn
from pruninglab.experiments.recurrent import direct, dms, new_cues, regularisers
from pruninglab.experiments.streams import Purpose, stream

REPLICA = 1


@pytest.fixture(scope="module")
def source():
    config = dms.PRESETS["book"]
    return dms.summarise(dms.run(config, [0, REPLICA]))


def stored_network(source, line):
    found = source.sel(replica=REPLICA, line=line)
    return rnn.Weights(*(found[name].values[None].astype(float) for name in "ABC"))


def trained(weights, inputs, targets, n_outer, mask=None, masked=False, **options):
    """One episode of fixed length."""
    results = []

    def walk():
        results.append((yield rnn.Episode(weights, targets, mask, masked, n_outer, **options)))

    rnn.walk_episodes([walk()], inputs, stop=rnn.dms_stop if options.get("fixed_length") else None)
    return results[0]


@pytest.mark.parametrize("line", direct.LINES)
def test_direct_pruning(line):
    config = direct.PRESETS["book"]
    found = direct.run(config, [REPLICA]).sel(replica=REPLICA, line=line)
    arm = 0 if line == "unpruned" else 1
    rng = stream(config.seed, REPLICA, Purpose.INITIAL_WEIGHTS, arm=arm)
    weights, mask = rnn.initial_weights(1, "dms", [rng], n_units=10), None
    if line != "unpruned":
        mask = np.abs(weights.A) > np.sort(np.abs(weights.A).ravel())[69]
        weights = replace(weights, A=weights.A * mask)
    noise = stream(config.seed, REPLICA, Purpose.TARGET_NOISE, arm=arm)
    inputs, targets = rnn.dms_trials(n_repeats=5, noise=0.1, rng=noise)
    result = trained(weights, inputs, targets, 10, mask, line == "corrected", fixed_length=True)
    np.testing.assert_allclose(found["logged_loss"], result.logged_loss[0], rtol=1e-9)
    np.testing.assert_allclose(found["untrained_loss"], result.logged_loss[0, 0], rtol=1e-12)
    np.testing.assert_allclose(found["final_loss"], result.final_loss[0], rtol=1e-9)
    assert np.count_nonzero(result.weights.A) == (100 if line == "unpruned" else 30)


@pytest.mark.parametrize("line", dms.LINES)
@pytest.mark.parametrize("reading", ["reversed and new", "new only"])
def test_new_cues(line, reading, source):
    config = new_cues.PRESETS["book"]
    found = new_cues.run(config, [REPLICA], source=source).sel(replica=REPLICA, line=line, reading=reading)
    weights = stored_network(source, line)
    mask = None if line == "unpruned" else weights.A != 0
    arm = ["reversed and new", "new only"].index(reading)
    noise = stream(config.seed, REPLICA, Purpose.TARGET_NOISE, arm=arm)
    inputs, targets = rnn.new_cue_trials(reading, n_repeats=5, noise=0.1, rng=noise)
    result = trained(weights, inputs, targets, 6, mask, line == "corrected", fixed_length=True)
    np.testing.assert_allclose(found["logged_loss"], result.logged_loss[0], rtol=1e-9)
    np.testing.assert_allclose(found["start_loss"], result.logged_loss[0, 0], rtol=1e-12)
    conditions, clean = rnn.new_cue_conditions(reading)
    _, outputs = rnn.forward(result.weights, conditions)
    right = np.sign(outputs[0, :, 51:53, 0].mean(axis=1)) == clean[:, 52, 0]
    assert float(found["share_correct"]) == right.mean()
    old = rnn.dms_correct(rnn.forward(result.weights, rnn.dms_conditions()[0])[1])
    assert float(found["share_correct_old"]) == old.mean()


@pytest.mark.parametrize("arm", regularisers.ARMS)
def test_regularisers(arm, source):
    config = regularisers.PRESETS["book"]
    dataset = regularisers.run(config, [REPLICA], source=source).sel(replica=REPLICA, arm=arm, repeats=20)
    weights, mask, decay = stored_network(source, "unpruned"), None, 0.0
    cut = np.abs(weights.A) <= np.sort(np.abs(weights.A).ravel())[69]
    if arm == "pruned":
        weights, mask = replace(weights, A=np.where(cut, 0, weights.A)), ~cut
    if arm == "jolt":
        jolt = stream(config.seed, REPLICA, Purpose.JOLT).normal(size=(1, 10, 10))
        size = np.sqrt((weights.A[cut] ** 2).sum())
        expected = weights.A + jolt * size / np.sqrt((jolt**2).sum())
        weights, _ = regularisers.start(config, REPLICA, arm, source)
        np.testing.assert_allclose(weights.A, expected, rtol=1e-12)
    if "decay" in arm:
        decay = {"weak decay": 1e-5, "strong decay": 1e-4}[arm]
    networks = []
    for number in range(2):
        noise = stream(config.seed, REPLICA, Purpose.TARGET_NOISE, arm=20, level=number)
        inputs, targets = rnn.dms_trials(n_repeats=20, noise=0.1, rng=noise)
        draw = stream(config.seed, REPLICA, Purpose.WEIGHT_NOISE, arm=20, level=number)
        network = weights
        for _ in range(2):
            noisy = {}
            if "noise" in arm:
                deviation = {"weak noise": 1e-4, "strong noise": 1e-3}[arm]
                noisy = {"weight_noise": draw.normal(scale=deviation, size=(2, 170))}
            network = trained(network, inputs, targets, 1, mask, True, weight_decay=decay, **noisy).weights
        networks.append(network)
    conditions, clean = rnn.dms_conditions()
    one, two = (rnn.forward(network, conditions)[1][0] for network in networks)
    variance = ((one - two) ** 2).mean() / 2
    np.testing.assert_allclose(dataset["output_variance"], variance, rtol=1e-6)
    squared_bias = (((one + two) / 2 - clean) ** 2).mean() - variance / 2
    np.testing.assert_allclose(dataset["squared_bias"], squared_bias, rtol=1e-6)
    losses = [((y - clean) ** 2).mean() for y in (one, two)]
    np.testing.assert_allclose(dataset["true_loss"], losses, rtol=1e-6)
    np.testing.assert_allclose(squared_bias + variance, np.mean(losses), rtol=1e-9)
    start = ((rnn.forward(weights, conditions)[1][0] - clean) ** 2).mean()
    np.testing.assert_allclose(dataset["start_loss"], start, rtol=1e-9)


def test_a_variance_needs_two_sets():
    with pytest.raises(ValueError, match="n_sets"):
        replace(regularisers.PRESETS["book"], n_sets=1)


def test_noise_needs_a_draw():
    with pytest.raises(ValueError, match="n_draws"):
        replace(regularisers.PRESETS["book"], n_draws=0)


def test_starts_that_are_not_stored_are_refused(source):
    with pytest.raises(ValueError, match="replica"):
        new_cues.run(new_cues.PRESETS["book"], [7], source=source)
    without = source.copy()
    without["A"] = xr.full_like(source["A"], np.nan)
    with pytest.raises(ValueError, match="weights are stored"):
        new_cues.run(new_cues.PRESETS["book"], [REPLICA], source=without)
