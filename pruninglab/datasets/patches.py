"""Binary patches of images: round ones, cut from CIFAR-10 or from two photographs that come with scikit-learn."""

import io
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.datasets import load_sample_images

from pruninglab.datasets.files import decompress, download, local_folder

CIFAR10_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_HASH = "md5:c32a1d4ab5d03f1284b67883e8d87530"
CIFAR10_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
CIFAR10_RECORD = 1 + 3 * 32 * 32
"""Bytes of an image, which is its class and then the three colour channels."""
CENTRES = np.arange(3, 29, 5)
"""Rows and columns of the patches' centres in a CIFAR-10 image; 36 patches that do not overlap."""
RADIUS = 2.1
BLOCK = 8
"""The photographs are reduced by the mean of blocks of so many pixels."""


def disc(radius: float = RADIUS) -> np.ndarray:
    """Offsets of the pixels of a round patch, shape (n, 2), row by row: those no farther than the radius.

    Raises
    ------
    ValueError
        If the radius is negative, or above 3, where patches would leave the image.

    Examples
    --------
    >>> [len(disc(radius)) for radius in (1, 1.5, 2.1, 2.3)]
    [5, 9, 13, 21]
    """
    if not 0 <= radius <= 3:
        raise ValueError(f"radius must lie between 0 and 3, got {radius!r}")
    reach = np.arange(-3, 4)
    y, x = np.meshgrid(reach, reach, indexing="ij")
    inside = x**2 + y**2 <= radius**2
    return np.stack([y[inside], x[inside]], axis=1)


def cifar10_images(batches: Sequence[str] = CIFAR10_BATCHES) -> np.ndarray:
    """Images of CIFAR-10, from a local folder or downloaded.

    The folder may hold the official archive ``cifar-10-binary.tar.gz``, the unpacked ``cifar-10-batches-bin``, or any
    ``cifar-10*.tar.gz`` with files of that layout.

    Parameters
    ----------
    batches : sequence of str
        Any of ``data_batch_1`` to ``data_batch_5`` and ``test_batch``, each of 10,000 images.

    Returns
    -------
    ndarray of uint8, shape (n, 3, 32, 32)

    Raises
    ------
    FileNotFoundError
        If the folder does not hold a batch.
    OSError
        If the download fails.
    ValueError
        For an unknown batch, or a file that is not what it should be.
    """
    unknown = [batch for batch in batches if batch not in CIFAR10_BATCHES]
    if unknown or not batches:
        raise ValueError(f"batches must be some of {CIFAR10_BATCHES}, got {tuple(batches)}")
    return np.concatenate([_decode(batch, _read_batch(batch)) for batch in batches])


def photographs() -> np.ndarray:
    """The two photographs of scikit-learn as grey images, reduced eightfold: sums of channels, means of blocks.

    Returns
    -------
    ndarray of float64, shape (2, 53, 80)

    Examples
    --------
    >>> photographs().shape
    (2, 53, 80)
    """
    images = np.stack(load_sample_images().images).astype(float).sum(axis=-1)
    n_rows, n_columns = (size // BLOCK for size in images.shape[1:])
    blocks = images[:, : n_rows * BLOCK, : n_columns * BLOCK].reshape(-1, n_rows, BLOCK, n_columns, BLOCK)
    return blocks.mean(axis=(2, 4))


def cifar10_patches(
    n_patches: int, rng: np.random.Generator, *, batches: Sequence[str] = CIFAR10_BATCHES
) -> np.ndarray:
    """Round binary patches of CIFAR-10 images, drawn without replacement.

    The channels of an image are summed; a pixel is on if it reaches the median of all pixels of all images.

    Parameters
    ----------
    n_patches : int
        At most 36 per image.
    rng : numpy.random.Generator
    batches : sequence of str
        See `cifar10_images`.

    Returns
    -------
    ndarray of uint8, shape (n_patches, 13)

    Raises
    ------
    FileNotFoundError, OSError, ValueError
        See `cifar10_images`; a ValueError also if there are not so many patches.
    """
    grey = cifar10_images(batches).sum(axis=1, dtype=np.uint16)
    binary = (grey >= np.median(grey)).astype(np.uint8)
    offsets = disc()
    rows, columns = (CENTRES[:, None] + offsets[:, axis] for axis in (0, 1))
    patches = binary[:, rows[:, None, :], columns[None, :, :]].reshape(-1, len(offsets))
    if not 1 <= n_patches <= len(patches):
        raise ValueError(f"n_patches must lie between 1 and {len(patches)}, all that there are, got {n_patches}")
    return patches[rng.choice(len(patches), n_patches, replace=False)]


def photograph_patches(n_patches: int, rng: np.random.Generator) -> np.ndarray:
    """Round binary patches of the bundled photographs, at random places; neither file nor network is needed.

    A pixel is on if it reaches the median of all pixels of both images.

    Parameters
    ----------
    n_patches : int
        At least 1. There are about 7,400 places, so patches repeat.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (n_patches, 13)

    Raises
    ------
    ValueError
        If the number is below 1.

    Examples
    --------
    >>> patches = photograph_patches(1000, np.random.default_rng(0))
    >>> patches.shape, bool(0.4 < patches.mean() < 0.6)
    ((1000, 13), True)
    """
    if n_patches < 1:
        raise ValueError(f"n_patches must be at least 1, got {n_patches}")
    grey = photographs()
    binary = (grey >= np.median(grey)).astype(np.uint8)
    offsets = disc()
    reach = offsets.max()
    image = rng.integers(len(binary), size=n_patches)
    row, column = (rng.integers(reach, size - reach, size=n_patches) for size in binary.shape[1:])
    return binary[image[:, None], row[:, None] + offsets[:, 0], column[:, None] + offsets[:, 1]]


def _read_batch(batch: str) -> bytes:
    member = f"cifar-10-batches-bin/{batch}.bin"
    folder = local_folder()
    if folder is None:
        return _unpack(download(CIFAR10_URL, CIFAR10_HASH), member)
    if (folder / member).exists():
        return (folder / member).read_bytes()
    for archive in sorted(folder.glob("cifar-10*.tar.gz")):
        try:
            return _unpack(archive, member)
        except KeyError:
            continue
    raise FileNotFoundError(
        f"PRUNINGLAB_DATA: neither {member} nor an archive cifar-10*.tar.gz that contains it is in {folder}"
    )


def _unpack(archive: Path, member: str) -> bytes:
    """A file from an archive; KeyError if it does not contain it."""
    content = decompress(archive)
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            file = tar.extractfile(member)
            return file.read() if file else b""
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ValueError(f"{archive} is damaged or no archive: {error}") from error


def _decode(batch: str, content: bytes) -> np.ndarray:
    if not content or len(content) % CIFAR10_RECORD:
        raise ValueError(f"{batch} is truncated or another file: {len(content)} bytes are not whole images")
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, CIFAR10_RECORD)
    if records[:, 0].max() > 9:
        raise ValueError(f"{batch} is no CIFAR-10 file: it holds a class above 9")
    return records[:, 1:].reshape(-1, 3, 32, 32)
