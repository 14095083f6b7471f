"""Data for Part II: binary patches of images, and handwritten digits.

Patches are cut from CIFAR-10, or from two photographs that come with scikit-learn. Digits are those of MNIST, or small
ones that come with scikit-learn.

Files are looked for in the folder that the environment variable ``PRUNINGLAB_DATA`` names. Without it they are
downloaded once, checked against a checksum, and kept in the user's cache.
"""

from pruninglab.datasets.digits import MNIST_HASHES, MNIST_URL, binary_digits, mnist, small_digits
from pruninglab.datasets.patches import (
    BLOCK,
    CENTRES,
    CIFAR10_BATCHES,
    CIFAR10_HASH,
    CIFAR10_RECORD,
    CIFAR10_URL,
    RADIUS,
    cifar10_images,
    cifar10_patches,
    disc,
    photograph_patches,
    photographs,
)

__all__ = [
    "BLOCK",
    "CENTRES",
    "CIFAR10_BATCHES",
    "CIFAR10_HASH",
    "CIFAR10_RECORD",
    "CIFAR10_URL",
    "MNIST_HASHES",
    "MNIST_URL",
    "RADIUS",
    "binary_digits",
    "cifar10_images",
    "cifar10_patches",
    "disc",
    "mnist",
    "photograph_patches",
    "photographs",
    "small_digits",
]
