"""The experiments beyond the theorem, computed again from public functions and the documented stream addresses."""

from functools import cache

import numpy as np
import pytest
from scipy.linalg import eigh

from pruninglab import noiseprune
from pruninglab.experiments.noise import approximation, directed, dominance, rectified, snapshots

REPLICA = 1


def generator(module, purpose, arm=0, level=0):
    seed = module.PRESETS["book"].seed
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(REPLICA, arm, level, purpose)))


@cache
def run(module):
    return module.summarise(module.run(module.PRESETS["book"], [REPLICA])).isel(replica=0)


def clustered(module, **options):
    config = module.PRESETS["book"]
    rng = generator(module, 0)
    return noiseprune.clustered_network(config.sizes, n_between=config.n_between, rng=rng, **options)


class TestApproximation:
    @pytest.fixture
    def summary(self):
        return run(approximation)

    @pytest.fixture
    def network(self):
        A = clustered(approximation)
        q = noiseprune.leverages(A, noiseprune.noise_covariance(A))
        score = 4 * np.log(len(A)) / approximation.PRESETS["book"].eps ** 2 * q
        i, j = np.nonzero(np.triu(A, 1))
        chosen = generator(approximation, 3).permutation(len(i))[: len(i) // 2]
        half = np.zeros_like(A)
        half[i[chosen], j[chosen]] = half[j[chosen], i[chosen]] = 1
        return A, score, half

    def epsilon(self, A, P, draw):
        return noiseprune.spectral_epsilon(A, noiseprune.prune(A, P, rng=generator(approximation, 1, level=draw)))

    def test_undersampling(self, summary, network):
        A, score, half = network
        for alpha in (1.0, 0.5, 0.25):
            for edges, factor in (("all", np.full_like(A, alpha)), ("half", 1 + (alpha - 1) * half)):
                P = np.minimum(factor * score, 1)
                expected = [self.epsilon(A, P, draw) for draw in (0, 1)]
                found = summary["spectral_epsilon"].sel(edges=edges, alpha=alpha)
                np.testing.assert_allclose(found, expected, rtol=1e-6)
        np.testing.assert_allclose(summary["promised_epsilon"], 0.9 * np.array([1, np.sqrt(2), 2]))

    def test_oversampling_and_protection(self, summary, network):
        A, score, half = network
        exact = np.minimum(score, 1)
        more = np.minimum((1 + half) * score, 1)
        protected = np.where(half == 1, 1, exact)
        assert summary["oversampled_epsilon"].values == pytest.approx([self.epsilon(A, more, d) for d in (0, 1)])
        assert summary["protected_epsilon"].values == pytest.approx([self.epsilon(A, protected, d) for d in (0, 1)])
        kept = [
            np.mean([(noiseprune.prune(A, P, rng=generator(approximation, 1, level=d)) != 0).sum() for d in (0, 1)])
            for P in (more, exact)
        ]
        assert float(summary["oversampling_growth"]) == (kept[0] - kept[1]) / 2
        assert float(summary["expected_growth"]) == pytest.approx((more - exact).sum() / 2)
        assert float(summary["expected_edges"]) == pytest.approx(exact.sum() / 2)
        assert int(summary["n_edges"]) == np.count_nonzero(np.triu(A, 1))


class TestSnapshots:
    @pytest.fixture
    def summary(self):
        return run(snapshots)

    def networks(self):
        bridged = noiseprune.bridge_network(
            n_clusters=6, cluster_size=50, mean_degree=20, n_bridges=2, rng=generator(snapshots, 0, arm=1)
        )
        return [("clustered", clustered(snapshots), None), ("bridges", *bridged)]

    def test_every_sketch(self, summary):
        options = {"plain": (False, False), "clamped": (False, True), "transmitted": (True, False)}
        for arm, (kind, A, bridges) in enumerate(self.networks()):
            x = noiseprune.noise_snapshots(A, n_snapshots=128, rng=generator(snapshots, 2, arm=arm))
            q = noiseprune.leverages(A, noiseprune.noise_covariance(A))
            edges = np.triu(A, 1) != 0
            for sketch, (transmitted_only, clamp) in options.items():
                found = noiseprune.sketched_leverages(A, x[:32], transmitted_only=transmitted_only, clamp=clamp)
                ratio = found[edges] / q[edges]
                row = summary.sel(network=kind, sketch=sketch, snapshots=32)
                assert float(row["median_error"]) == pytest.approx(np.median(np.abs(ratio - 1)), rel=1e-3)
                assert float(row["high_error"]) == pytest.approx(np.percentile(np.abs(ratio - 1), 99), rel=1e-3)
                assert float(row["rms_error"]) == pytest.approx(np.sqrt(np.mean((ratio - 1) ** 2)), rel=1e-3)
                assert float(row["smallest_ratio"]) == pytest.approx(ratio.min(), rel=1e-3)
                assert float(row["mean_ratio"]) == pytest.approx(ratio.mean(), rel=1e-3)
                if bridges is not None:
                    at_bridges = (found / np.where(q > 0, q, 1))[tuple(bridges.T)]
                    assert float(row["bridge_error"]) == pytest.approx(np.median(np.abs(at_bridges - 1)), rel=1e-3)

    def test_cost_of_a_sketch(self, summary):
        _, A, _ = self.networks()[0]
        x = noiseprune.noise_snapshots(A, n_snapshots=128, rng=generator(snapshots, 2))
        scores = noiseprune.leverages(A, noiseprune.noise_covariance(A)), noiseprune.sketched_leverages(A, x[:8])
        exact, sketched = (
            noiseprune.spectral_epsilon(
                A,
                noiseprune.prune(A, noiseprune.fill_to_density(A, q, density=0.2), rng=generator(snapshots, 1)),
            )
            for q in scores
        )
        row = summary.sel(network="clustered", sketch="clamped", snapshots=8)
        assert float(row["exact_epsilon"]) == pytest.approx(exact)
        assert float(row["epsilon_ratio"]) == pytest.approx(sketched / exact, rel=1e-3)


class TestDominance:
    @pytest.fixture
    def summary(self):
        return run(dominance)

    @pytest.mark.parametrize("step", [0.5, 0.9])
    def test_step(self, summary, step):
        A0 = clustered(dominance)
        D0 = -np.diag(np.diag(A0))
        critical = eigh(A0 + D0, D0, eigvals_only=True)[-1]
        A = A0 + step * (1 - critical) * D0
        N, weights = len(A), np.abs(A - np.diag(np.diag(A)))
        gamma = (weights.sum(axis=1) + np.diag(A)).max()
        row = summary.sel(step=step)
        assert float(row["gamma"]) == pytest.approx(gamma)
        rates = np.linalg.eigvalsh(-A)
        assert float(row["slowest_rate"]) == pytest.approx(rates[0])
        C = noiseprune.noise_covariance(A)
        q = noiseprune.leverages(A, C)
        g = weights.sum(axis=1) + np.diag(A)
        assert float(row["leverage_sum"]) == pytest.approx(q.sum() / 2)
        assert float(row["expected_sum"]) == pytest.approx(N + g @ np.diag(np.linalg.inv(-A)))
        assert float(row["expected_sum"]) > N + 1
        assert float(row["largest_leverage"]) == pytest.approx(q.max())
        P = noiseprune.preservation_probabilities(A, C, density=0.2)
        A_gamma = A - gamma * np.eye(N)
        q_gamma = noiseprune.leverages(A_gamma, noiseprune.noise_covariance(A_gamma))
        edges = weights > 0
        assert float(row["leverage_ratio"]) == pytest.approx((q_gamma[edges] / q[edges]).max())
        assert float(row["leverage_ratio"]) < 1
        P_own = noiseprune.fill_to_density(A, q_gamma, density=0.2)
        M, M_own = ((q_gamma / np.where(p > 0, p, 1))[edges & (p < 1)].max() for p in (P, P_own))
        assert float(row["norm_ratio"]) == pytest.approx(M / M_own)

    def test_draws(self, summary):
        A = dominance.network(dominance.PRESETS["book"], REPLICA, 0.9)
        gamma = float(summary["gamma"].sel(step=0.9))
        shift = gamma * np.eye(len(A))
        rates = np.linalg.eigvalsh(-A)
        C = noiseprune.noise_covariance(A)
        rules = {
            "noise-prune": noiseprune.preservation_probabilities(A, C, density=0.2),
            "weight": noiseprune.weight_probabilities(A, density=0.2),
            "degree": noiseprune.degree_probabilities(A, density=0.2),
        }
        for arm, (rule, P) in enumerate(rules.items()):
            pruned = noiseprune.prune(A, P, rng=generator(dominance, 1, arm=arm, level=1))
            found = summary.sel(step=0.9, rule=rule, draw=1)
            moved = np.linalg.eigvalsh(-pruned)
            epsilon = noiseprune.spectral_epsilon(A - shift, pruned - shift)
            assert float(found["stable"]) == (moved[0] > 0)
            assert float(found["shifted_epsilon"]) == pytest.approx(epsilon)
            bound = epsilon * (rates + gamma)
            assert float(found["bound_ratio"]) == pytest.approx((np.abs(moved - rates) / bound).max())
            assert int(found["n_destroyed"]) == (np.abs(moved / rates - 1) > 0.5).sum()
            assert int(found["n_unprotected"]) == (rates < epsilon * gamma).sum()


class TestDirected:
    @pytest.fixture
    def summary(self):
        return run(directed)

    def test_networks(self):
        config = directed.PRESETS["book"]
        chain = directed.chain(config, REPLICA)
        layer = np.repeat(np.arange(config.n_layers), config.layer_size)
        W = chain + np.eye(len(chain))
        ahead = (layer[:, None] - layer[None, :])[W != 0]
        assert ahead.min() == 1
        assert (ahead > 1).sum() == config.n_shortcuts
        np.testing.assert_allclose(W.sum(axis=1)[layer > 0], config.gain)
        one_way = directed.one_way_bridges(config, REPLICA)
        different = one_way != one_way.T
        assert np.tril(different & (one_way != 0)).sum() == 2 * (config.n_clusters - 1)
        assert not np.triu(different & (one_way != 0)).any()
        ring = directed.ring(config, REPLICA)
        assert np.abs(ring - ring.T).max() > 0.1
        np.testing.assert_allclose(ring @ ring.T, ring.T @ ring, atol=1e-10)

    def test_formula_errors(self, summary):
        A = noiseprune.clustered_network(
            (200, 40, 160), n_between=1000, symmetric=False, rng=generator(directed, 0, level=400)
        )
        C = noiseprune.noise_covariance(A)
        expected = np.linalg.norm(np.linalg.inv(-A - A.T) - C) / np.linalg.norm(C)
        assert float(summary["clustered_error"].sel(neurons=400)) == pytest.approx(expected)
        assert float(summary["normal_error"]) < 1e-12
        assert float(summary["chain_error"]) > 0.1

    @pytest.mark.parametrize(("arm", "kind", "density"), [(1, "chain", 0.5), (2, "bridges", 0.5)])
    def test_what_rules_cost(self, summary, arm, kind, density):
        config = directed.PRESETS["book"]
        A = directed.chain(config, REPLICA) if kind == "chain" else directed.one_way_bridges(config, REPLICA)
        C = noiseprune.noise_covariance(A)
        closed = np.linalg.inv(-A - A.T)
        rules = {
            "noise-prune": noiseprune.preservation_probabilities(A, C, density=density),
            "closed form": noiseprune.preservation_probabilities(A, (closed + closed.T) / 2, density=density),
            "degree": noiseprune.degree_probabilities(A, density=density),
            "weight": noiseprune.weight_probabilities(A, density=density),
        }
        edges = (A != 0) & ~np.eye(len(A), dtype=bool)
        for rule, P in rules.items():
            pruned = noiseprune.prune(A, P, rng=generator(directed, 1, arm=arm, level=1))
            found = summary.sel(network=kind, rule=rule)
            response = np.linalg.norm(np.linalg.inv(pruned) - np.linalg.inv(A)) / np.linalg.norm(np.linalg.inv(A))
            covariance = np.linalg.norm(noiseprune.noise_covariance(pruned) - C) / np.linalg.norm(C)
            assert float(found["response_error"].sel(draw=1)) == pytest.approx(response)
            assert float(found["covariance_error"].sel(draw=1)) == pytest.approx(covariance)
            correlation = np.corrcoef(P[edges], rules["noise-prune"][edges])[0, 1]
            assert float(found["correlation"]) == pytest.approx(correlation)


class TestRectified:
    @pytest.fixture
    def summary(self):
        return run(rectified)

    def test_active_sub_networks(self, summary):
        A = clustered(rectified)
        P = noiseprune.preservation_probabilities(A, noiseprune.noise_covariance(A), density=0.2)
        pruned = noiseprune.prune(A, P, rng=generator(rectified, 1))
        rng = generator(rectified, 3)
        for share in (0.1, 0.3, 0.5, 0.9):
            chosen = rng.choice(400, int(share * 400), replace=False)
            B, B_sparse = -A[np.ix_(chosen, chosen)], -pruned[np.ix_(chosen, chosen)]
            expected = np.abs(eigh(B_sparse, B, eigvals_only=True) - 1).max()
            assert float(summary["active_epsilon"].sel(share=share, set=0)) == pytest.approx(expected)

    def test_dynamics(self, summary):
        A = clustered(rectified)
        pruned = noiseprune.prune(
            A, noiseprune.weight_probabilities(A, density=0.2), rng=generator(rectified, 1, arm=1)
        )
        rng = generator(rectified, 4)
        b, x0 = rng.normal(size=(400, 3)), rng.uniform(size=(400, 3))
        states = []
        for matrix in (A, pruned):
            leak, x = -np.diag(matrix)[:, None], x0
            W = matrix + np.diag(leak[:, 0])
            for _ in range(400):
                x = x + 0.05 * (np.maximum(W @ x + b, 0) - leak * x)
            states.append((x, W @ x + b > 0))
        (x, on), (x_sparse, on_sparse) = states
        final = summary.sel(rule="weight").isel(time=-1)
        error = np.linalg.norm(x_sparse - x, axis=0) / np.linalg.norm(x, axis=0)
        overlap = (on & on_sparse).sum(axis=0) / (on | on_sparse).sum(axis=0)
        assert float(final["time"]) == pytest.approx(20)
        assert float(final["error"]) == pytest.approx(error.mean())
        assert float(final["overlap"]) == pytest.approx(overlap.mean())
        assert float(final["active_share"]) == pytest.approx(on.mean())

    def test_recordings(self, summary):
        A, bridges = noiseprune.bridge_network(
            n_clusters=4, cluster_size=15, mean_degree=8, rng=generator(rectified, 0, arm=1)
        )
        x = np.repeat(np.linalg.solve(-A, np.full(60, 4.0))[:, None], 16, axis=1)
        noise = generator(rectified, 2, level=2)
        leak = -np.diag(A)[:, None]
        records = []
        for step in range(1, 5001):
            drive = A @ x + leak * x + 4.0
            x = x + 0.01 * (np.maximum(drive, 0) - leak * x) + 0.1 * noise.standard_normal((60, 16))
            if step % 100 == 0:
                records.append(x)
        records = np.array(records[4:])
        records -= records.mean(axis=(0, 2), keepdims=True)
        i, j = np.nonzero(np.triu(A, 1))
        sampled = ((records[:, i] - records[:, j]) ** 2).mean(axis=(0, 2))
        exact = noiseprune.diff_covariance(A, noiseprune.euler_covariance(A, dt=0.01))[i, j]
        found = summary.sel(excitation=4.0)
        assert float(found["diff_cov_error"]) == pytest.approx(np.median(np.abs(sampled / exact - 1)))
        score = np.zeros_like(A)
        score[i, j] = score[j, i] = A[i, j] * sampled
        P = noiseprune.fill_to_density(A, score, density=0.2)
        P_exact = noiseprune.preservation_probabilities(A, noiseprune.noise_covariance(A), density=0.2)
        assert float(found["probability_correlation"]) == pytest.approx(np.corrcoef(P[i, j], P_exact[i, j])[0, 1])
        assert float(found["bridge_probability"]) == pytest.approx(P[tuple(bridges.T)].mean())
        assert float(summary["exact_bridge_probability"]) == pytest.approx(P_exact[tuple(bridges.T)].mean())
        degree = noiseprune.degree_probabilities(A, density=0.2)
        assert float(summary["degree_bridge_probability"]) == pytest.approx(degree[tuple(bridges.T)].mean())
        assert float(summary["silent_share"].sel(excitation=-4.0)) > 0.9
        assert float(found["silent_share"]) < 0.01

    def test_effect_of_silent_neurons(self, summary):
        A, _ = rectified.recorded_network(rectified.PRESETS["book"], REPLICA)
        rng = generator(rectified, 3, arm=1)
        on, off = np.split(rng.permutation(60), 2)
        x = rng.uniform(size=60)[off]
        mu = np.linalg.eigvalsh(-A[np.ix_(on, on)])[0]
        leak, coupling, y = np.diag(A)[off], A[np.ix_(on, off)], np.zeros(30)
        size = np.linalg.norm(coupling, 2) * np.linalg.norm(x)
        dt, tau = 1e-5, 0.1
        for _ in range(10_000):
            y, x = y + dt * (A[np.ix_(on, on)] @ y + coupling @ x), x + dt * leak * x
        d = -leak.max()
        bound = size * (np.exp(-mu * tau) - np.exp(-d * tau)) / (d - mu)
        assert float(summary["switch_ratio"].sel(switch_time=tau)) == pytest.approx(np.linalg.norm(y) / bound, rel=1e-3)
