"""Where files of data come from: the folder that ``PRUNINGLAB_DATA`` names, or a download that is checked and kept."""

import gzip
import os
import zlib
from pathlib import Path


def local_folder() -> Path | None:
    """Folder that the environment variable ``PRUNINGLAB_DATA`` names; None if it is not set, or empty."""
    named = os.environ.get("PRUNINGLAB_DATA")
    return Path(named) if named else None


def download(url: str, checksum: str) -> Path:
    """A file from the network, downloaded once and then kept in the user's cache.

    Parameters
    ----------
    url : str
    checksum : str
        Of the file, such as ``md5:…``. A copy in the cache with another one is replaced.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        If the download fails.
    ValueError
        If the file has another checksum.
    """
    import pooch  # here, because it looks for a notebook's progress bar and warns readers who have none

    return Path(pooch.retrieve(url, checksum, progressbar=True))


def decompress(path: Path) -> bytes:
    """Content of a gzip file, read to its end for the sake of its checksum.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If the file is damaged, truncated or no gzip file, or cannot be read.
    """
    try:
        with gzip.open(path) as packed:
            return packed.read()
    except (zlib.error, EOFError, OSError) as error:
        raise ValueError(f"{path} is damaged or no archive: {error}") from error
