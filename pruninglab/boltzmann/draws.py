"""Uniform random numbers for Gibbs chains: from the host's streams, or drawn on the GPU that holds the machines."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pruninglab.backend import get_array_module
from pruninglab.streams import generators

Draw = Callable[[tuple[int, ...]], Any]


def uniform_draws(rng: Any, leading_shape: tuple[int, ...], like: Any) -> Draw:
    """A function that draws uniform numbers of a given shape for all machines, each from its own stream.

    Numbers of arrays on the host come from the streams themselves. For arrays on a GPU every stream gives the seed of a
    generator there: moving the numbers would take longer than the steps of the chains. So a chain's path depends on
    the library, and its distribution does not.

    Parameters
    ----------
    rng : numpy.random.Generator or sequence of Generators, one per machine
    leading_shape : tuple of int
        Leading axes of the machines.
    like : ndarray
        Gives the library and the dtype.
    """
    xp = get_array_module(like)
    streams = generators(rng, int(np.prod(leading_shape)))
    if xp is not np:
        streams = [xp.random.default_rng(int(stream.integers(2**63))) for stream in streams]

    def draw(shape: tuple[int, ...]) -> Any:
        numbers = [stream.random(shape, dtype=like.dtype) for stream in streams]
        return xp.stack(numbers).reshape((*leading_shape, *shape))

    return draw


def bernoulli(probabilities: Any, uniforms: Any) -> Any:
    """1 where the uniform number lies below the probability, else 0, in the dtype of the probabilities."""
    return (uniforms < probabilities).astype(probabilities.dtype)
