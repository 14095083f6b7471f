"""Files in the layout of CIFAR-10: unpacked, packed, downloaded or damaged; none is the real one."""

import contextlib
import hashlib
import http.server
import io
import socket
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest

from pruninglab import datasets
from pruninglab.datasets import cifar10_images, patches
from pruninglab.datasets.files import local_folder

MEMBER = "cifar-10-batches-bin/{}.bin"


def rng(seed=0):
    return np.random.default_rng(seed)


def images(n=3, seed=0):
    return rng(seed).integers(0, 256, size=(n, 3, 32, 32), dtype=np.uint8)


def content(images, label=9):
    """Bytes of a file: for each image its class, then red, green and blue row by row."""
    return b"".join(bytes([label]) + image.tobytes() for image in images)


def archive(**batches):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for batch, data in batches.items():
            entry = tarfile.TarInfo(MEMBER.format(batch))
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PRUNINGLAB_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("named", [None, "", "somewhere"])
def test_an_empty_name_is_no_folder(named, monkeypatch):
    monkeypatch.delenv("PRUNINGLAB_DATA", raising=False)
    if named is not None:
        monkeypatch.setenv("PRUNINGLAB_DATA", named)
    assert local_folder() == (Path(named) if named else None)


def unpack(folder, batch, data):
    path = folder / MEMBER.format(batch)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


def test_unpacked_batches_are_read_in_the_order_that_is_asked_for(folder):
    for number in (1, 2):
        unpack(folder, f"data_batch_{number}", content(images(number + 1, seed=number)))
    loaded = cifar10_images(["data_batch_2", "data_batch_1"])
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, np.concatenate([images(3, seed=2), images(2, seed=1)]))


@pytest.mark.parametrize("name", ["cifar-10-binary.tar.gz", "cifar-10-test-binary.tar.gz"])
def test_batches_are_read_from_an_archive(folder, name):
    (folder / name).write_bytes(archive(test_batch=content(images()), data_batch_1=content(images(seed=1))))
    np.testing.assert_array_equal(cifar10_images(["test_batch"]), images())


def test_batches_are_gathered_from_folder_and_archives(folder):
    (folder / "cifar-10-a.tar.gz").write_bytes(archive(data_batch_1=content(images(seed=1))))
    (folder / "cifar-10-b.tar.gz").write_bytes(archive(data_batch_2=content(images(seed=2))))
    unpack(folder, "test_batch", content(images()))
    loaded = cifar10_images(["data_batch_1", "data_batch_2", "test_batch"])
    np.testing.assert_array_equal(loaded, np.concatenate([images(seed=1), images(seed=2), images()]))


def test_all_six_batches_are_read_unless_told_otherwise(folder):
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    for seed, name in enumerate(names):
        unpack(folder, name, content(images(1, seed=seed)))
    np.testing.assert_array_equal(cifar10_images(), np.concatenate([images(1, seed=seed) for seed in range(6)]))


def test_a_batch_that_is_nowhere_is_missed_by_name(folder):
    with pytest.raises(FileNotFoundError, match=r"PRUNINGLAB_DATA.*test_batch"):
        cifar10_images(["test_batch"])
    (folder / "cifar-10-binary.tar.gz").write_bytes(archive(data_batch_1=content(images())))
    with pytest.raises(FileNotFoundError, match=r"PRUNINGLAB_DATA.*test_batch"):
        cifar10_images(["test_batch"])


def test_a_folder_that_does_not_exist_is_missed(folder, monkeypatch):
    monkeypatch.setenv("PRUNINGLAB_DATA", str(folder / "nowhere"))
    with pytest.raises(FileNotFoundError, match="PRUNINGLAB_DATA"):
        cifar10_images(["test_batch"])


@pytest.mark.parametrize("batches", [(), ["data_batch_6"], ["test_batch", "train"], "test_batch"])
def test_unknown_batches_are_refused(batches):
    with pytest.raises(ValueError, match="batches must be some of"):
        cifar10_images(batches)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "test_batch is truncated"),
        (content(images())[:-1], "test_batch is truncated"),
        (content(images()) + b"\0", "test_batch is truncated"),
        (content(images(), label=10), "test_batch is no CIFAR-10 file"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files_that_are_no_batch_are_refused(folder, packed, data, message):
    if packed:
        (folder / "cifar-10-binary.tar.gz").write_bytes(archive(test_batch=data))
    else:
        unpack(folder, "test_batch", data)
    with pytest.raises(ValueError, match=message):
        cifar10_images(["test_batch"])


@pytest.mark.parametrize("smooth", [False, True])
def test_truncated_archives_are_refused(folder, smooth):
    whole = archive(test_batch=content(images() * (not smooth)))
    for length in (0, 5, len(whole) // 2, len(whole) - 200):
        (folder / "cifar-10-binary.tar.gz").write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz is damaged"):
            cifar10_images(["test_batch"])


def test_what_is_no_archive_is_refused(folder):
    (folder / "cifar-10-binary.tar.gz").write_bytes(b"<html>not found</html>" * 100)
    with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz is damaged"):
        cifar10_images(["test_batch"])


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_byte_that_is_wrong_is_noticed(folder, share):
    whole = archive(test_batch=content(images()))
    (folder / "cifar-10-binary.tar.gz").write_bytes(flipped(whole, int(share * len(whole))))
    with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz is damaged"):
        cifar10_images(["test_batch"])


@pytest.mark.parametrize("place", [0, 1, 3, 30])
def test_a_wrong_head_of_an_archive_is_noticed(folder, place):
    whole = archive(test_batch=content(images() // 128))
    (folder / "cifar-10-binary.tar.gz").write_bytes(flipped(whole, place))
    with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz is damaged"):
        cifar10_images(["test_batch"])


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_an_archive_that_ends_in_garbage_is_refused(folder, share):
    whole = archive(test_batch=content(images(60)))
    good = int(share * len(whole))
    (folder / "cifar-10-binary.tar.gz").write_bytes(whole[:good] + b"\xff" * (len(whole) - good))
    with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz is damaged"):
        cifar10_images(["test_batch"])


@contextlib.contextmanager
def serving(data, status=200):
    """Address of a file on this machine, and the list of requests for it."""
    requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/cifar-10-binary.tar.gz", requests
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of downloads, no local folder, no proxy."""
    monkeypatch.delenv("PRUNINGLAB_DATA", raising=False)
    monkeypatch.setattr("pooch.core.os_cache", lambda project: tmp_path / "cache" / project)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    return tmp_path / "cache"


def from_address(monkeypatch, url, data):
    monkeypatch.setattr(patches, "CIFAR10_URL", url)
    monkeypatch.setattr(patches, "CIFAR10_HASH", f"md5:{hashlib.md5(data).hexdigest()}")


def cached(cache):
    return [path for path in cache.rglob("*") if path.is_file()]


def test_the_archive_is_downloaded_once_and_kept(cache, monkeypatch):
    data = archive(data_batch_1=content(images(seed=1)), test_batch=content(images()))
    with serving(data) as (url, requests):
        from_address(monkeypatch, url, data)
        np.testing.assert_array_equal(cifar10_images(["test_batch"]), images())
        np.testing.assert_array_equal(cifar10_images(["data_batch_1"]), images(seed=1))
    assert len(requests) == 1
    assert [path.read_bytes() for path in cached(cache)] == [data]
    np.testing.assert_array_equal(cifar10_images(["test_batch"]), images())


def test_a_damaged_copy_in_the_cache_is_replaced(cache, monkeypatch):
    data = archive(test_batch=content(images()))
    with serving(data) as (url, requests):
        from_address(monkeypatch, url, data)
        cifar10_images(["test_batch"])
        cached(cache)[0].write_bytes(flipped(data, 500))
        np.testing.assert_array_equal(cifar10_images(["test_batch"]), images())
    assert len(requests) == 2


def test_a_download_with_another_checksum_is_refused_and_not_kept(cache, monkeypatch):
    data = archive(test_batch=content(images()))
    with serving(data) as (url, _):
        from_address(monkeypatch, url, data + b"other")
        with pytest.raises(ValueError, match="hash"):
            cifar10_images(["test_batch"])
    assert cached(cache) == []


def test_a_failing_download_is_an_os_error(cache, monkeypatch):
    with serving(b"not found", status=404) as (url, _):
        from_address(monkeypatch, url, b"not found")
        with pytest.raises(OSError, match="404"):
            cifar10_images(["test_batch"])
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        from_address(monkeypatch, f"http://127.0.0.1:{unused.getsockname()[1]}/cifar.tar.gz", b"")
        with pytest.raises(OSError, match=r"127\.0\.0\.1"):
            cifar10_images(["test_batch"])
    assert cached(cache) == []


def test_the_official_archive_is_what_is_downloaded():
    assert datasets.CIFAR10_URL == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert datasets.CIFAR10_HASH == "md5:c32a1d4ab5d03f1284b67883e8d87530"
