"""Small deep Boltzmann machines by loops over all joint states, and plain training: oracles for the package."""

import itertools
import math

import numpy as np

from pruninglab.boltzmann import DBM, RBM

from .reference import sigmoid, states

FIELDS = ("W1", "W2", "b", "c1", "c2")


def deep_machine(n_v=4, n_h1=3, n_h2=3, leading=(), *, seed=0, scale=1.0, dtype=float):
    """Random machines; any leading axes. The one without arguments has 1024 joint states."""
    rng = np.random.default_rng(seed)
    own_shapes = ((n_v, n_h1), (n_h1, n_h2), (n_v,), (n_h1,), (n_h2,))
    return DBM(*((scale * rng.normal(size=(*leading, *shape))).astype(dtype) for shape in own_shapes))


def replaced(dbm, **fields):
    """The machine with other arrays in some of its fields."""
    return DBM(**({name: getattr(dbm, name) for name in FIELDS} | fields))


def numbers(dbm):
    return [array.tolist() for array in dbm.arrays()]


def energy(dbm, v, h1, h2):
    return energy_of(numbers(dbm), v, h1, h2)


def energy_of(fields, v, h1, h2):
    W1, W2, b, c1, c2 = fields
    total = 0.0
    for i, j in itertools.product(range(len(v)), range(len(h1))):
        total -= v[i] * W1[i][j] * h1[j]
    for j, k in itertools.product(range(len(h1)), range(len(h2))):
        total -= h1[j] * W2[j][k] * h2[k]
    for layer, biases in ((v, b), (h1, c1), (h2, c2)):
        for on, bias in zip(layer, biases, strict=True):
            total -= on * bias
    return total


def joint_states(dbm):
    return list(itertools.product(*(states(n) for n in dbm.n_units)))


def weights_of_states(dbm):
    fields = numbers(dbm)
    return {state: math.exp(-energy_of(fields, *state)) for state in joint_states(dbm)}


def log_partition(dbm):
    return math.log(math.fsum(weights_of_states(dbm).values()))


def joint(dbm):
    """Probability of every triple of a state of v, of h1 and of h2."""
    weights = weights_of_states(dbm)
    Z = math.fsum(weights.values())
    return {state: weight / Z for state, weight in weights.items()}


def visible_distribution(dbm):
    p = dict.fromkeys(states(dbm.n_units[0]), 0.0)
    for (v, _, _), of_state in joint(dbm).items():
        p[v] += of_state
    return np.array(list(p.values()))


def log_likelihood(dbm, patterns, counts):
    """Mean over patterns that occur so often."""
    p = dict(zip(states(dbm.n_units[0]), visible_distribution(dbm), strict=True))
    total = sum(n * math.log(p[tuple(int(on) for on in x)]) for x, n in zip(patterns, counts, strict=True))
    return total / sum(counts)


def rates(P, layer, known):
    """Rates of a layer's units, given the states of other layers: 0 is v, 1 is h1, 2 is h2."""
    given = {state: p for state, p in P.items() if all(state[other] == value for other, value in known.items())}
    total = math.fsum(given.values())
    return [sum(p * state[layer][j] for state, p in given.items()) / total for j in range(len(next(iter(P))[layer]))]


def layer_moments(probabilities):
    """Rates and co-firing of both pairs of layers, from the probabilities of joint states."""
    pairs = []
    for below, above in ((0, 1), (1, 2)):
        n, m = (len(next(iter(probabilities))[layer]) for layer in (below, above))
        both = np.zeros((n, m))
        rates = np.zeros(n), np.zeros(m)
        for state, p in probabilities.items():
            for i in range(n):
                rates[0][i] += p * state[below][i]
            for j in range(m):
                rates[1][j] += p * state[above][j]
            for i, j in itertools.product(range(n), range(m)):
                both[i, j] += p * state[below][i] * state[above][j]
        pairs.append((*rates, both))
    return tuple(pairs)


def transition(dbm, v, h2):
    """Probabilities of all joint states after a Gibbs step from v and h2: h1 given both, then v and h2 given h1."""
    P = joint(dbm)
    before, of_h1 = {}, {}
    for h1 in states(dbm.n_units[1]):
        before[h1] = P[v, h1, h2]
        of_h1[h1] = sum(p for state, p in P.items() if state[1] == h1)
    total = sum(before.values())
    return {state: before[state[1]] / total * p / of_h1[state[1]] for state, p in P.items()}


def mean_field(dbm, rows, *, tolerance, max_iterations):
    """Mean field of rows, number by number; also how many rounds each has taken."""
    W1, W2, _, c1, c2 = numbers(dbm)
    n_v, n_h1, n_h2 = dbm.n_units

    def below(x, j):
        return sum(x[i] * W1[i][j] for i in range(n_v))

    def second(mu1):
        return [sigmoid(c2[k] + sum(mu1[j] * W2[j][k] for j in range(n_h1))) for k in range(n_h2)]

    mu1, mu2, rounds = [], [], []
    for x in rows:
        rates1 = [sigmoid(c1[j] + 2 * below(x, j)) for j in range(n_h1)]
        rates2, n_rounds, change = second(rates1), 0, math.inf
        while n_rounds < max_iterations and change > tolerance:
            before = rates1 + rates2
            above = [sum(W2[j][k] * rates2[k] for k in range(n_h2)) for j in range(n_h1)]
            rates1 = [sigmoid(c1[j] + below(x, j) + above[j]) for j in range(n_h1)]
            rates2, n_rounds = second(rates1), n_rounds + 1
            change = max(abs(a - b) for a, b in zip(rates1 + rates2, before, strict=True))
        mu1.append(rates1), mu2.append(rates2), rounds.append(n_rounds)
    return mu1, mu2, rounds


def draw(probability, rng):
    return float(rng.random() < probability)


def first_particles(dbm, patterns, rng):
    """Particles above patterns; all of h1 are drawn before all of h2, particle by particle."""
    W1, W2, _, c1, c2 = numbers(dbm)
    n_v, n_h1, n_h2 = dbm.n_units
    v, h1 = [list(map(float, x)) for x in patterns], []
    for x in v:
        h1.append([draw(sigmoid(c1[j] + 2 * sum(x[i] * W1[i][j] for i in range(n_v))), rng) for j in range(n_h1)])
    h2 = [[draw(sigmoid(c2[k] + sum(a[j] * W2[j][k] for j in range(n_h1))), rng) for k in range(n_h2)] for a in h1]
    return v, h1, h2


def gibbs_step(dbm, particles, rng):
    """One step of every particle; all of h1 are drawn, then all of v, then all of h2."""
    W1, W2, b, c1, c2 = numbers(dbm)
    n_v, n_h1, n_h2 = dbm.n_units
    v, _, h2 = particles
    h1, new_v, new_h2 = [], [], []
    for x, top in zip(v, h2, strict=True):
        inputs = [sum(x[i] * W1[i][j] for i in range(n_v)) for j in range(n_h1)]
        inputs = [inputs[j] + sum(W2[j][k] * top[k] for k in range(n_h2)) for j in range(n_h1)]
        h1.append([draw(sigmoid(c1[j] + inputs[j]), rng) for j in range(n_h1)])
    for a in h1:
        new_v.append([draw(sigmoid(b[i] + sum(W1[i][j] * a[j] for j in range(n_h1))), rng) for i in range(n_v)])
    for a in h1:
        new_h2.append([draw(sigmoid(c2[k] + sum(a[j] * W2[j][k] for j in range(n_h1))), rng) for k in range(n_h2)])
    return new_v, h1, new_h2


def means(v, h1, h2):
    """Means over rows of the statistics that go with each of the machine's fields."""
    fields = {"W1": (v, h1), "W2": (h1, h2), "b": (v, None), "c1": (h1, None), "c2": (h2, None)}
    found = []
    for name in FIELDS:
        below, above = fields[name]
        if above is None:
            found.append(np.array([sum(row[i] for row in below) / len(below) for i in range(len(below[0]))]))
        else:
            shape = range(len(below[0])), range(len(above[0]))
            pairs = list(zip(below, above, strict=True))
            found.append(
                np.array([[sum(x[i] * y[j] for x, y in pairs) / len(pairs) for j in shape[1]] for i in shape[0]])
            )
    return found


def limited(W, max_norm):
    """Columns that are longer than the maximum, shortened to it."""
    W = W.copy()
    for j in range(W.shape[1]):
        norm = math.sqrt(sum(w * w for w in W[:, j]))
        if norm > max_norm:
            W[:, j] *= max_norm / norm
    return W


def training(
    dbm,
    patterns,
    first_rng,
    rng,
    *,
    rates,
    momenta,
    batch_size,
    n_particles,
    max_norm,
    masks,
    tolerance,
    max_iterations,
):
    """Joint training of one machine; the first particles and the steps may come from different streams."""
    particles = first_particles(dbm, patterns[:n_particles], first_rng)
    changes = [np.zeros_like(array) for array in dbm.arrays()]
    for rate, momentum in zip(rates, momenta, strict=True):
        for first in range(0, len(patterns), batch_size):
            rows = [list(map(float, x)) for x in patterns[first : first + batch_size]]
            mu1, mu2, _ = mean_field(dbm, rows, tolerance=tolerance, max_iterations=max_iterations)
            particles = gibbs_step(dbm, particles, rng)
            gradients = [a - b for a, b in zip(means(rows, mu1, mu2), means(*particles), strict=True)]
            gradients[:2] = [gradient * mask for gradient, mask in zip(gradients[:2], masks, strict=True)]
            changes = [rate * (momentum * old + new) for old, new in zip(changes, gradients, strict=True)]
            W1, W2, *biases = (array + change for array, change in zip(dbm.arrays(), changes, strict=True))
            dbm = DBM(limited(W1, max_norm) * masks[0], limited(W2, max_norm) * masks[1], *biases)
    return dbm, particles


def contrastive_divergence(rbm, patterns, uniforms, *, rates, momenta, batch_size, bottom_up, top_down, mask):
    """CD-1 of a pair of layers whose inputs are multiplied; momenta one per epoch, a row of uniforms for every row."""
    n_v, n_h = rbm.n_visible, rbm.n_hidden
    W, b, c = (array.astype(float).copy() for array in (rbm.W, rbm.b, rbm.c))
    changes = [np.zeros_like(array) for array in (W, b, c)]
    drawn = iter(uniforms)

    def hidden(x):
        return [sigmoid(bottom_up * (c[j] + sum(x[i] * W[i, j] for i in range(n_v)))) for j in range(n_h)]

    for rate, momentum in zip(rates, momenta, strict=True):
        for first in range(0, len(patterns), batch_size):
            batch = patterns[first : first + batch_size]
            gradients = [np.zeros_like(array) for array in (W, b, c)]
            for x in batch:
                u, h0 = next(drawn), hidden(x)
                h = [float(u[j] < h0[j]) for j in range(n_h)]
                up = [b[i] + sum(W[i, j] * h[j] for j in range(n_h)) for i in range(n_v)]
                v1 = [float(u[n_h + i] < sigmoid(top_down * up[i])) for i in range(n_v)]
                h1 = hidden(v1)
                for i, j in itertools.product(range(n_v), range(n_h)):
                    gradients[0][i, j] += mask[i, j] * (x[i] * h0[j] - v1[i] * h1[j]) / len(batch)
                for i in range(n_v):
                    gradients[1][i] += (x[i] - v1[i]) / len(batch)
                for j in range(n_h):
                    gradients[2][j] += (h0[j] - h1[j]) / len(batch)
            changes = [rate * (momentum * old + new) for old, new in zip(changes, gradients, strict=True)]
            W, b, c = (array + change for array, change in zip((W, b, c), changes, strict=True))
    return RBM(W, b, c)
