"""The bench of Boltzmann machines, against sums over all joint states of machines of 4 and 3 units."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import xarray as xr

from pruninglab.boltzmann import RBM
from pruninglab.experiments.boltzmann import rbm
from pruninglab.experiments.streams import Purpose, stream
from pruninglab.experiments.synthesis import machines
from pruninglab.local_rules import RULES

DATA = ("cifar10", "photographs")
N_VISIBLE, N_HIDDEN = 4, 3
CONFIG = machines.Config(
    scale="book", start=replace(rbm.PRESETS["book"], n_epochs=2), data=DATA, densities=(0.5, 0.25), seed=5
)
CELLS = list(product(RULES, machines.USES, CONFIG.densities))


def patches(config, data):
    rng = np.random.default_rng(DATA.index(data))
    return (rng.random((80, N_VISIBLE)) < [0.2, 0.4, 0.6, 0.8]).astype(float)


def random_machine(seed, size=1.0):
    rng = np.random.default_rng(seed)
    return RBM(*(size * rng.normal(size=shape) for shape in ((N_VISIBLE, N_HIDDEN), N_VISIBLE, N_HIDDEN)))


@pytest.fixture(scope="module")
def source():
    """Machines of three replicas, two kinds of data and two learning rates, and counts of the patterns."""
    rng = np.random.default_rng(0)
    place = {"replica": [0, 1, 2], "data": list(DATA), "rates": ["as_run", "nominal"]}
    units = {"W": ("visible", "hidden"), "b": ("visible",), "c": ("hidden",)}
    sizes = {"visible": N_VISIBLE, "hidden": N_HIDDEN}
    variables = {
        f"unpruned_{name}": (
            (*place, *dims),
            rng.normal(size=(3, 2, 2, *(sizes[dim] for dim in dims))).astype(np.float32),
        )
        for name, dims in units.items()
    }
    variables["data_counts"] = (("replica", "data", "pattern"), rng.integers(0, 9, size=(3, 2, 2**N_VISIBLE)))
    return xr.Dataset(variables, coords=place)


@pytest.fixture(scope="module")
def ran(source):
    """The result, and every call of the training with what it gave."""
    calls = []
    train = rbm.train

    def recorded(*arguments):
        calls.append((arguments, train(*arguments)))
        return calls[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rbm, "patches", patches)
        patch.setattr(rbm, "train", recorded)
        return machines.summarise(machines.run(CONFIG, [0, 2], source=source)), calls


@pytest.fixture(scope="module")
def found(ran):
    return ran[0]


def stored_machine(source, replica, data):
    own = source.sel(replica=replica, data=data, rates="as_run")
    return RBM(*(own[f"unpruned_{name}"].values.astype(float) for name in "Wbc"))


def joint_law(machine):
    """All states of the two layers, and the probability of every pair."""
    v = np.array(list(product([0, 1], repeat=machine.n_visible)))
    h = np.array(list(product([0, 1], repeat=machine.n_hidden)))
    weights = np.array(
        [[np.exp(one @ machine.b + other @ machine.c + one @ machine.W @ other) for other in h] for one in v]
    )
    return v, h, weights / weights.sum()


def from_data(counts, machine):
    q, p = counts / counts.sum(), joint_law(machine)[2].sum(axis=1)
    return sum(a * np.log(a / b) for a, b in zip(q, p, strict=True) if a > 0)


def from_joint(machine, other):
    p, own = joint_law(machine)[2], joint_law(other)[2]
    return (p * np.log(p / own)).sum()


def test_statistics_are_those_of_the_joint_law():
    machine = random_machine(3)
    v, h, p = joint_law(machine)
    pairs = v[:, None, :, None] * h[None, :, None, :]
    found = machines.machine_statistics(machine)

    def mean(values):
        return (p[(..., *[None] * (values.ndim - 2))] * values).sum(axis=(0, 1))

    rates = mean(np.broadcast_to(v[:, None], (*p.shape, N_VISIBLE))), mean(np.broadcast_to(h, (*p.shape, N_HIDDEN)))
    np.testing.assert_allclose(found.receiver_variance, mean((v[:, None] - rates[0]) ** 2 + 0 * p[..., None]))
    np.testing.assert_allclose(found.sender_variance, mean((h[None] - rates[1]) ** 2 + 0 * p[..., None]))
    deviations = (v[:, None] - rates[0])[..., None] * (h[None] - rates[1])[..., None, :]
    np.testing.assert_allclose(found.covariance, mean(deviations), atol=1e-15)
    np.testing.assert_allclose(found.product_variance, mean((pairs - mean(pairs)) ** 2))


def test_joint_divergence_is_a_sum_over_all_states():
    machine, other = random_machine(1), random_machine(2, 0.5)
    for first, second in ((machine, other), (other, machine)):
        assert machines.joint_divergence(first, second) == pytest.approx(from_joint(first, second), rel=1e-10)
        assert machines.joint_divergence(first, second) > 0.1
    assert machines.joint_divergence(machine, machine) == pytest.approx(0, abs=1e-12)


def score_by_hand(rule, machine):
    if rule == "random":
        return stream(5, 2, Purpose.SELECTION, arm=RULES.index(rule)).random(machine.W.shape)
    v, h, p = joint_law(machine)
    together = np.einsum("vh,vi,hj->ij", p, v, h)
    if rule == "magnitude":
        return np.abs(machine.W)
    if rule == "saliency_original":
        return machine.W**2 * together * (1 - together)
    a, b = p.sum(axis=1) @ v, p.sum(axis=0) @ h
    difference = np.add.outer(a * (1 - a), b * (1 - b)) - 2 * np.sign(machine.W) * (together - np.outer(a, b))
    return np.abs(machine.W) * difference


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("density", CONFIG.densities)
@pytest.mark.parametrize("rule", ["magnitude", "saliency_original", "leverage", "random"])
def test_a_cell_by_hand(rule, density, data, source, found):
    machine, counts = stored_machine(source, 2, data), source["data_counts"].sel(replica=2, data=data).values
    score, n_kept = score_by_hand(rule, machine), {0.25: 3, 0.5: 6}[density]
    kept = {"threshold": score >= np.sort(score, axis=None)[-n_kept]}
    level = np.geomspace(1e-3, 1e5, 2_000_000)
    totals = sum(np.minimum(1, level * one) for one in score.ravel())
    p = np.minimum(1, level[np.searchsorted(totals, n_kept)] * score)
    if rule == "random":
        p = np.full(score.shape, density)
    rng = stream(5, 2, Purpose.PRUNING, arm=RULES.index(rule), level=CONFIG.densities.index(density))
    kept["strengthen"] = rng.random(p.shape) < p
    for use, mask in kept.items():
        W = np.where(mask, machine.W / (p if use == "strengthen" else 1), 0)
        pruned = RBM(W, machine.b, machine.c)
        own = found.sel(replica=2, data=data, rule=rule, use=use, density=density)
        assert own["kl"].sel(stage="pruned") == pytest.approx(from_data(counts, pruned), rel=1e-4)
        assert own["joint_divergence"].sel(stage="pruned") == pytest.approx(from_joint(machine, pruned), rel=1e-4)
        assert (own["n_hidden"] == mask.any(axis=0).sum()).all()
        assert own["share_kept"].values == pytest.approx([mask.sum() / 12] * 2)


def contrastive_divergence(machine, mask, x, rng):
    """Two epochs, row by row."""
    state = [machine.W.copy(), machine.b.copy(), machine.c.copy()]
    steps = [np.zeros_like(part) for part in state]
    W, b, c = state

    def on(total):
        return 1 / (1 + np.exp(-total))

    for _ in range(2):
        for row, u in zip(x, rng.random((len(x), N_HIDDEN + N_VISIBLE)), strict=True):
            h0 = on(c + row @ W)
            v1 = 1.0 * (u[N_HIDDEN:] < on(b + W @ (u[:N_HIDDEN] < h0)))
            h1 = on(c + v1 @ W)
            gradients = (mask * (np.outer(row, h0) - np.outer(v1, h1)), row - v1, h0 - h1)
            for part, step, gradient in zip(state, steps, gradients, strict=True):
                step[...] = 0.01 * (0.9 * step + gradient)
                part += step
    return RBM(*state)


@pytest.mark.parametrize("use", machines.USES)
@pytest.mark.parametrize("data", DATA)
def test_retraining_by_hand(use, data, source, found):
    machine, counts = stored_machine(source, 0, data), source["data_counts"].sel(replica=0, data=data).values
    mask, pruned = machines.pruned_machine(CONFIG, 0, machine, "degree", use, 0.5)
    everything, x = np.ones(mask.shape, dtype=bool), patches(CONFIG.start, data)
    after, control = (
        contrastive_divergence(start, free, x, stream(2021, 0, Purpose.CONTRASTIVE_DIVERGENCE, level=1))
        for start, free in ((pruned, mask), (machine, everything))
    )
    own = found.sel(replica=0, data=data)
    assert own["unpruned_kl"] == pytest.approx(from_data(counts, machine), rel=1e-9)
    assert own["control_kl"] == pytest.approx(from_data(counts, control), rel=1e-9)
    own = own.sel(rule="degree", use=use, density=0.5, stage="retrained")
    assert own["kl"] == pytest.approx(from_data(counts, after), rel=1e-9)
    assert own["joint_divergence"] == pytest.approx(from_joint(machine, after), rel=1e-9)


def test_pruned_weights_stay_0_and_others_are_trained(ran):
    _, calls = ran
    assert len(calls) == 2 * 2 * (len(CELLS) + 1)
    for (_, _, rates, before, mask, *_, period), after in calls:
        assert (rates, period) == ("as_run", 1)
        assert not after.W[~mask].any()
        assert (after.W[mask] != before.W[mask]).all()
    assert sum(mask.all() for (_, _, _, _, mask, *_), _ in calls) >= 4


def test_shares_are_what_was_asked_for(source, found):
    share = found["share_kept"]
    for density in CONFIG.densities:
        np.testing.assert_allclose(share.sel(use="threshold", density=density), density)
    machine = stored_machine(source, 0, "cifar10")
    for density in CONFIG.densities:
        masks = [machines.pruned_machine(CONFIG, k, machine, "variance", "strengthen", density)[0] for k in range(400)]
        assert np.mean(masks) == pytest.approx(density, abs=0.03)
        assert len({mask.tobytes() for mask in masks}) > 50


def test_a_cell_does_not_depend_on_what_else_is_run(source, found, monkeypatch):
    monkeypatch.setattr(rbm, "patches", patches)
    xr.testing.assert_identical(machines.run(CONFIG, [2], source=source), found.sel(replica=[2]))
    alone = machines.run(replace(CONFIG, data=("photographs",)), [2, 0], source=source)
    xr.testing.assert_identical(alone.sel(replica=[0, 2]), found.sel(data=["photographs"]))
    assert [found[name].values.tolist() for name in ("rule", "use", "density", "stage")] == [
        list(names) for names in (RULES, machines.USES, CONFIG.densities, machines.STAGES)
    ]


def test_it_runs_on_the_host_alone(source):
    with pytest.raises(ValueError, match="backend must be 'numpy'"):
        machines.run(CONFIG, [0], source=source, xp=xr)
