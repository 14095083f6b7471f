"""Handwritten digits: MNIST in the format that its publishers use, and the small digits that scikit-learn brings."""

import math
from numbers import Integral
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from pruninglab.checks import require_choice
from pruninglab.datasets.files import decompress, download, local_folder

MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_HASHES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}
MNIST_PREFIXES = {"train": "train", "test": "t10k"}
"""What the names of a part's files start with."""
CROP = slice(4, 24)
"""Rows and columns of an MNIST image that `binary_digits` keeps: the 20 x 20 pixels that digits are fitted into."""
UNSIGNED_BYTES = 0x0800
"""An IDX file of unsigned bytes starts with this number plus the number of its axes."""


def mnist(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of MNIST in their original order, from a local folder or downloaded.

    Collected by LeCun, Cortes & Burges from forms that NIST had people fill in (LeCun et al., Proceedings of the IEEE
    86, 2278–2324, 1998). The files are downloaded from a mirror, that of PyTorch.

    The folder may hold the publishers' files, ``train-images-idx3-ubyte.gz`` and its like, or the same files unpacked,
    without ``.gz``.

    Parameters
    ----------
    part : {"train", "test"}
        60,000 images to learn from, or 10,000 others.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
        From 0, paper, to 255, ink.
    labels : ndarray of uint8, shape (n,)
        The digits, 0 to 9.

    Raises
    ------
    FileNotFoundError
        If the folder does not hold a file.
    OSError
        If the download fails.
    ValueError
        For an unknown part, or a file that is not what it should be.
    """
    require_choice("part", part, tuple(MNIST_PREFIXES))
    prefix = MNIST_PREFIXES[part]
    images_path, images = _read_idx(f"{prefix}-images-idx3-ubyte", n_axes=3)
    labels_path, labels = _read_idx(f"{prefix}-labels-idx1-ubyte", n_axes=1)
    if images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(f"{images_path} must hold images of 28 x 28 pixels, but its sizes are {images.shape}")
    if len(labels) != len(images):
        raise ValueError(f"{labels_path} holds {len(labels)} labels, but {images_path} holds {len(images)} images")
    if labels.max() > 9:
        raise ValueError(f"{labels_path} holds the label {labels.max()}; no digit is above 9")
    return images, labels


def binary_digits(part: str, *, n: int | None = None, seed: int = 42) -> tuple[np.ndarray, np.ndarray]:
    """Digits of MNIST, shuffled, cropped and made binary.

    Scholl, Rule & Hennig (PLOS Comput Biol 2021) give such digits to deep machines. Rows and columns 4 to 23 are kept.
    A pixel is on if it is above the mean of all kept pixels of all images of the part, whatever `n`.

    Parameters
    ----------
    part : {"train", "test"}
    n : int, optional
        Keep only so many, the first after the shuffle; all unless given.
    seed : int
        Of the generator that shuffles.

    Returns
    -------
    x : ndarray of uint8, shape (n, 400)
        0 and 1, row by row of the 20 x 20 pixels.
    labels : ndarray of uint8, shape (n,)
        The digits, shuffled alike.

    Raises
    ------
    FileNotFoundError, OSError, ValueError
        See `mnist`; a ValueError also if `n` is below 1 or there are not so many images.
    TypeError
        If `n` is not a whole number.
    """
    if n is not None and (isinstance(n, bool) or not isinstance(n, Integral)):
        raise TypeError(f"n must be a whole number or None, got {n!r}")
    images, labels = mnist(part)
    if n is not None and not 1 <= n <= len(images):
        raise ValueError(f"n must lie between 1 and {len(images)}, all that there are, got {n}")
    chosen = np.random.default_rng(seed).permutation(len(images))[:n]
    return _above_mean(images[:, CROP, CROP])[chosen], labels[chosen]


def small_digits() -> tuple[np.ndarray, np.ndarray]:
    """Binary digits of 8 x 8 pixels that come with scikit-learn, in their order; neither file nor network is needed.

    They are the test set of Alpaydin & Kaynak, Optical Recognition of Handwritten Digits (UCI Machine Learning
    Repository 1998, doi:10.24432/C50P49). A pixel is on if it is above the mean of all pixels of all images.

    Returns
    -------
    x : ndarray of uint8, shape (1797, 64)
        0 and 1, row by row.
    labels : ndarray of uint8, shape (1797,)
        The digits, 0 to 9.

    Examples
    --------
    >>> x, labels = small_digits()
    >>> x.shape, labels[:5].tolist(), bool(0.39 < x.mean() < 0.4)
    ((1797, 64), [0, 1, 2, 3, 4], True)
    >>> for row in x[0].reshape(8, 8):
    ...     print("".join("-#"[pixel] for pixel in row))
    --###---
    --#####-
    --#--##-
    --#--##-
    -##--##-
    --#--##-
    --####--
    --###---
    """
    digits = load_digits()
    return _above_mean(digits.images), digits.target.astype(np.uint8)


def _above_mean(images: np.ndarray) -> np.ndarray:
    """Which pixels are above the mean of them all, shape (n, pixels), 0 and 1."""
    return (images > images.mean()).astype(np.uint8).reshape(len(images), -1)


def _read_idx(name: str, n_axes: int) -> tuple[Path, np.ndarray]:
    """A file of MNIST, and the array in it."""
    path = _locate(name)
    content = decompress(path) if path.suffix == ".gz" else path.read_bytes()
    return path, _parse_idx(path, content, n_axes)


def _locate(name: str) -> Path:
    """A file of MNIST in the local folder, unpacked or packed, or downloaded."""
    packed = f"{name}.gz"
    folder = local_folder()
    if folder is None:
        return download(MNIST_URL + packed, MNIST_HASHES[packed])
    for path in (folder / name, folder / packed):
        if path.exists():
            return path
    raise FileNotFoundError(f"PRUNINGLAB_DATA: neither {name} nor {packed} is in {folder}")


def _parse_idx(path: Path, content: bytes, n_axes: int) -> np.ndarray:
    """Array of unsigned bytes after a head of big-endian numbers: what and how many axes, and the size of each."""
    expected = UNSIGNED_BYTES + n_axes
    head = 4 * (1 + n_axes)
    if len(content) >= 4 and (magic := int.from_bytes(content[:4], "big")) != expected:
        raise ValueError(f"{path} is another file: it starts with {magic:#010x} instead of {expected:#010x}")
    if len(content) < head:
        raise ValueError(f"{path} is truncated: its head has {len(content)} bytes instead of {head}")
    sizes = np.frombuffer(content, dtype=">u4", count=1 + n_axes)[1:].tolist()
    if len(content) - head != math.prod(sizes):
        raise ValueError(
            f"{path} is truncated or too long: sizes {tuple(sizes)} need {math.prod(sizes)} bytes after the head, "
            f"but {len(content) - head} follow"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=head).reshape(sizes).copy()
