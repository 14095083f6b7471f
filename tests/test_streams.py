import numpy as np
import pytest

from pruninglab.streams import generators


def rng(seed=0):
    return np.random.default_rng(seed)


def first_numbers(streams):
    return [float(stream.random()) for stream in streams]


def test_a_single_generator_spawns_one_per_replica():
    streams = generators(rng(), 4)
    assert len(streams) == 4
    numbers = first_numbers(streams)
    assert len(set(numbers)) == 4
    assert numbers == first_numbers(rng().spawn(4))


def test_a_replica_does_not_depend_on_how_many_there_are():
    assert first_numbers(generators(rng(), 2)) == first_numbers(generators(rng(), 7))[:2]


def test_a_generator_gives_new_streams_every_time_and_keeps_its_own_numbers():
    generator = rng()
    assert first_numbers(generators(generator, 2)) != first_numbers(generators(generator, 2))
    assert generator.random() == rng().random()


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_sequence_is_taken_as_it_is(kind):
    given = kind(rng(seed) for seed in (5, 6))
    assert generators(given, 2) is given


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_sequence_of_another_length_is_refused(n):
    with pytest.raises(ValueError, match=rf"rng must be a Generator or 2 of them, one per replica, got {n}"):
        generators([rng()] * n, 2)


@pytest.mark.parametrize("bad", [0, None, np.random.SeedSequence(0), np.random.PCG64(0)])
def test_what_is_no_generator_is_refused(bad):
    with pytest.raises(TypeError, match=rf"rng must be a Generator or 2 of them.*{type(bad).__name__}"):
        generators(bad, 2)
