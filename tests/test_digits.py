"""MNIST from small files in its format, right ones and damaged ones, and the digits that are made binary."""

import functools
import gzip
import hashlib
import http.server
import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from pruninglab import datasets
from pruninglab.datasets import binary_digits, digits, mnist, small_digits

IMAGES, LABELS = "{}-images-idx3-ubyte", "{}-labels-idx1-ubyte"
PREFIX = {"train": "train", "test": "t10k"}


def rng(seed=0):
    return np.random.default_rng(seed)


def pictures(n=7, seed=0):
    return rng(seed).integers(0, 256, size=(n, 28, 28), dtype=np.uint8)


def names(n=7, seed=0):
    return rng(seed + 100).integers(0, 10, size=n, dtype=np.uint8)


def image_file(images, magic=0x803):
    return struct.pack(">IIII", magic, *images.shape) + images.tobytes()


def label_file(labels, magic=0x801):
    return struct.pack(">II", magic, len(labels)) + bytes(labels)


def write(folder, images=None, labels=None, part="train", packed=True):
    """Files of a part; `images` and `labels` are arrays or, where a file is to be wrong, bytes."""
    images = pictures() if images is None else images
    labels = names(len(images)) if labels is None else labels
    contents = {
        IMAGES: images if isinstance(images, bytes) else image_file(images),
        LABELS: labels if isinstance(labels, bytes) else label_file(labels),
    }
    for name, content in contents.items():
        path = folder / name.format(PREFIX[part])
        if packed:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, mtime=0))
        else:
            path.write_bytes(content)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PRUNINGLAB_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("part", ["train", "test"])
def test_images_and_labels_are_read_in_their_order(folder, part, packed):
    for seed, other in enumerate(("train", "test")):
        write(folder, pictures(seed=seed), names(seed=seed), part=other, packed=packed)
    images, labels = mnist(part)
    seed = ["train", "test"].index(part)
    np.testing.assert_array_equal(images, pictures(seed=seed))
    np.testing.assert_array_equal(labels, names(seed=seed))
    assert (images.dtype, labels.dtype) == (np.uint8, np.uint8)
    assert images.flags.writeable
    assert labels.flags.writeable


def test_pixels_are_row_by_row_and_sizes_big_endian(folder):
    images = np.zeros((258, 28, 28), dtype=np.uint8)
    images[1, 2, 3] = 200
    content = bytearray([0, 0, 8, 3, 0, 0, 1, 2, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(258 * 784)
    content[16 + 784 + 2 * 28 + 3] = 200
    write(folder, bytes(content), bytes([0, 0, 8, 1, 0, 0, 1, 2]) + bytes([9] * 258))
    loaded, labels = mnist("train")
    np.testing.assert_array_equal(loaded, images)
    assert labels.tolist() == [9] * 258


def test_one_file_may_be_packed_and_the_other_not(folder):
    write(folder)
    path = folder / LABELS.format("train")
    path.write_bytes(gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()))
    path.with_name(f"{path.name}.gz").unlink()
    np.testing.assert_array_equal(mnist("train")[1], names())


@pytest.mark.parametrize("missing", [IMAGES, LABELS])
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_file_that_is_nowhere_is_missed_by_name(folder, part, missing):
    for other in ("train", "test"):
        write(folder, part=other)
    name = missing.format(PREFIX[part])
    (folder / f"{name}.gz").unlink()
    with pytest.raises(FileNotFoundError, match=rf"PRUNINGLAB_DATA: neither {name} nor {name}\.gz"):
        mnist(part)


def test_a_folder_that_does_not_exist_is_missed(folder, monkeypatch):
    monkeypatch.setenv("PRUNINGLAB_DATA", str(folder / "nowhere"))
    with pytest.raises(FileNotFoundError, match="PRUNINGLAB_DATA"):
        mnist("test")


@pytest.mark.parametrize("part", ["t10k", "", None])
@pytest.mark.parametrize("load", [mnist, binary_digits])
def test_unknown_parts_are_refused(load, part):
    with pytest.raises(ValueError, match="part must be one of"):
        load(part)


WRONG_IMAGES = {
    "empty": (b"", "is truncated"),
    "head cut": (image_file(pictures())[:15], "is truncated"),
    "magic cut": (image_file(pictures())[:3], "is truncated"),
    "only a head": (image_file(pictures())[:16], "is truncated"),
    "a byte too few": (image_file(pictures())[:-1], "is truncated or too long"),
    "a byte too many": (image_file(pictures()) + b"\0", "is truncated or too long"),
    "labels": (label_file(names()), "is another file: it starts with 0x00000801 instead of 0x00000803"),
    "little-endian": (struct.pack("<I", 0x803) + image_file(pictures())[4:], "is another file"),
    "floats": (image_file(pictures(), magic=0xD03), "is another file"),
    "a page": (b"<html>not found</html>" * 100, "is another file"),
    "no images": (image_file(pictures()[:0]), "must hold images of 28 x 28"),
    "flat images": (image_file(pictures().reshape(7, 14, 56)), "must hold images of 28 x 28"),
}
WRONG_LABELS = {
    "empty": (b"", "is truncated"),
    "head cut": (label_file(names())[:7], "is truncated"),
    "a byte too few": (label_file(names())[:-1], "is truncated or too long"),
    "a byte too many": (label_file(names()) + b"\0", "is truncated or too long"),
    "images": (image_file(pictures()), "is another file: it starts with 0x00000803 instead of 0x00000801"),
    "too few": (label_file(names(6)), "holds 6 labels, but .*train-images-idx3-ubyte.* holds 7 images"),
    "too many": (label_file(names(8)), "holds 8 labels, but .*train-images-idx3-ubyte.* holds 7 images"),
    "one": (label_file(names(1)), "holds 1 labels, but"),
    "no digit": (label_file([0, 1, 2, 3, 10, 5, 6]), "holds the label 10"),
    "far from a digit": (label_file([255, 1, 2, 3, 4, 5, 6]), "holds the label 255"),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("content", "message"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_files_that_are_no_images_are_refused(folder, packed, content, message):
    write(folder, content, names(), packed=packed)
    with pytest.raises(ValueError, match=rf"train-images-idx3-ubyte\S* {message}"):
        mnist("train")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("content", "message"), WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_files_that_are_no_labels_are_refused(folder, packed, content, message):
    write(folder, pictures(), content, packed=packed)
    with pytest.raises(ValueError, match=rf"train-labels-idx1-ubyte\S* {message}"):
        mnist("train")


def damaged(whole):
    """A gzip file cut, with a wrong byte in its head, body or checksum, with garbage in or behind it, or unpacked."""
    places = (0, 1, 2, len(whole) // 2, len(whole) - 8, len(whole) - 1)
    yield from (whole[:length] for length in (5, len(whole) // 2, len(whole) - 1))
    yield from (whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :] for place in places)
    yield whole[:10] + b"\xff" * (len(whole) - 10)
    yield whole + b"garbage"
    yield gzip.decompress(whole)


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_damaged_archives_are_refused(folder, name):
    write(folder)
    path = folder / f"{name.format('train')}.gz"
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"{path.name} is damaged"):
            mnist("train")


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Files of MNIST at an address on this machine, an empty cache, and the list of requests."""
    files, requests = tmp_path / "served", []
    files.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, code="-", size="-"):
            requests.append(self.path)

        def log_message(self, *_):
            pass

    monkeypatch.delenv("PRUNINGLAB_DATA", raising=False)
    monkeypatch.setattr("pooch.core.os_cache", lambda project: tmp_path / "cache" / project)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    handler = functools.partial(Handler, directory=files)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(digits, "MNIST_URL", f"http://127.0.0.1:{server.server_port}/mnist/")
        (files / "mnist").mkdir()
        yield files / "mnist", requests
        server.shutdown()
        thread.join()


def checksums(folder):
    return {path.name: f"md5:{hashlib.md5(path.read_bytes()).hexdigest()}" for path in folder.iterdir()}


def test_the_files_of_a_part_are_downloaded_once(served, monkeypatch):
    files, requests = served
    for seed, part in enumerate(PREFIX):
        write(files, pictures(seed=seed), names(seed=seed), part=part)
    monkeypatch.setattr(digits, "MNIST_HASHES", checksums(files))
    for _ in range(2):
        images, labels = mnist("test")
        np.testing.assert_array_equal(images, pictures(seed=1))
        np.testing.assert_array_equal(labels, names(seed=1))
    assert requests == ["/mnist/t10k-images-idx3-ubyte.gz", "/mnist/t10k-labels-idx1-ubyte.gz"]
    np.testing.assert_array_equal(mnist("train")[0], pictures())


@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_a_download_with_another_checksum_is_refused(served, monkeypatch, name):
    files, _ = served
    write(files)
    other = {f"{name.format('train')}.gz": f"md5:{hashlib.md5(b'other').hexdigest()}"}
    monkeypatch.setattr(digits, "MNIST_HASHES", checksums(files) | other)
    with pytest.raises(ValueError, match="hash"):
        mnist("train")


def test_a_failing_download_is_an_os_error(served):
    with pytest.raises(OSError, match="404"):
        mnist("train")


def test_the_original_files_are_what_is_downloaded():
    assert datasets.MNIST_URL == "https://ossci-datasets.s3.amazonaws.com/mnist/"
    assert datasets.MNIST_HASHES == {
        "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
    }


def binary(image, mean):
    """Pixels of an image by a loop over the rows and columns that are kept."""
    return [int(int(image[row, column]) > mean) for row in range(4, 24) for column in range(4, 24)]


def mean_of_crops(images):
    kept = [int(image[row, column]) for image in images for row in range(4, 24) for column in range(4, 24)]
    return sum(kept) / len(kept)


def test_binary_digits_are_the_cropped_images_shuffled_by_the_seed(folder):
    images = pictures(12)
    images[:, :4] = 255  # bright outside the crop: the mean of whole images is another one
    write(folder, images, names(12))
    mean = mean_of_crops(images)
    for options, seed in (({}, 42), ({"seed": 42}, 42), ({"seed": 7}, 7)):
        order = rng(seed).permutation(12)
        x, labels = binary_digits("train", **options)
        assert x.tolist() == [binary(images[one], mean) for one in order]
        assert labels.tolist() == names(12)[order].tolist()
        assert (x.shape, x.dtype, labels.dtype) == ((12, 400), np.uint8, np.uint8)


def test_the_part_that_is_asked_for_is_made_binary(folder):
    write(folder, pictures(3), [1, 2, 3])
    write(folder, pictures(4, seed=1), [5, 6, 7, 8], part="test")
    x, labels = binary_digits("test")
    mean = mean_of_crops(pictures(4, seed=1))
    assert {label: row for label, row in zip(labels.tolist(), x.tolist(), strict=True)} == {
        5 + one: binary(image, mean) for one, image in enumerate(pictures(4, seed=1))
    }


def test_images_keep_their_labels_when_shuffled(folder):
    images = np.zeros((10, 28, 28), dtype=np.uint8)
    for digit in range(10):
        images[digit, 4, 4 + digit] = 100
    write(folder, images, list(range(10)))
    x, labels = binary_digits("train")
    assert labels.tolist() != list(range(10))
    assert sorted(labels.tolist()) == list(range(10))
    assert x.argmax(axis=1).tolist() == labels.tolist()
    assert x.sum(axis=1).tolist() == [1] * 10


def test_corners_of_the_crop_are_kept_and_their_neighbours_outside_are_not(folder):
    corners = [(4, 4), (4, 23), (23, 4), (23, 23)]
    outside = [(3, 4), (4, 3), (3, 23), (4, 24), (24, 4), (23, 3), (24, 23), (23, 24)]
    images = np.zeros((12, 28, 28), dtype=np.uint8)
    for image, place in zip(images, corners + outside, strict=True):
        image[place] = 255
    write(folder, images, [0, 1, 2, 3, *[9] * 8])
    x, labels = binary_digits("train")
    for corner, index in enumerate((0, 19, 380, 399)):
        (row,) = x[labels == corner]
        assert np.flatnonzero(row).tolist() == [index]
    assert not x[labels == 9].any()


def test_a_pixel_at_the_mean_is_off(folder):
    grey = np.full((3, 28, 28), 90, dtype=np.uint8)
    write(folder, grey, [0, 1, 2])
    assert not binary_digits("train")[0].any()
    grey[0], grey[2] = 89, 91
    write(folder, grey, [0, 1, 2])
    x, labels = binary_digits("train")
    assert x.mean(axis=1)[np.argsort(labels)].tolist() == [0, 0, 1]


def test_the_mean_is_that_of_the_whole_part_whatever_n(folder):
    shades = np.array([0, 10, 20, 250], dtype=np.uint8)
    write(folder, np.broadcast_to(shades[:, None, None], (4, 28, 28)), [0, 1, 2, 3])
    for seed in range(4):
        whole, labels = binary_digits("train", seed=seed)
        assert whole.all(axis=1).tolist() == (labels == 3).tolist()
        for n in (1, 2, 3, np.int64(4)):
            x, few = binary_digits("train", n=n, seed=seed)
            np.testing.assert_array_equal(x, whole[:n])
            np.testing.assert_array_equal(few, labels[:n])


@pytest.mark.parametrize("n", [0, -1, 8])
def test_numbers_of_digits_that_there_are_not_are_refused(folder, n):
    write(folder)
    with pytest.raises(ValueError, match=rf"n must lie between 1 and 7, all that there are, got {n}"):
        binary_digits("train", n=n)


@pytest.mark.parametrize("n", [2.0, "2", True, np.array([1])])
def test_what_is_no_number_of_digits_is_refused(folder, n):
    write(folder)
    with pytest.raises(TypeError, match="n must be a whole number or None"):
        binary_digits("train", n=n)


def test_small_digits_are_those_of_scikit_learn_above_their_mean(monkeypatch):
    monkeypatch.setenv("PRUNINGLAB_DATA", "nowhere")
    original = load_digits()
    x, labels = small_digits()
    assert (x.shape, x.dtype, labels.shape, labels.dtype) == ((1797, 64), np.uint8, (1797,), np.uint8)
    mean = original.data.sum() / original.data.size
    assert 4 < mean < 5
    np.testing.assert_array_equal(x, original.data >= 5)
    np.testing.assert_array_equal(labels, original.target)


def local(part):
    folder = Path(os.environ.get("PRUNINGLAB_DATA", "nowhere"))
    names = [name.format(PREFIX[part]) for name in (IMAGES, LABELS)]
    return all((folder / name).exists() or (folder / f"{name}.gz").exists() for name in names)


REAL = {  # digits of each kind, the first labels, mean and deviation of the pixels as a share of 255
    "train": ([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], [5, 0, 4, 1, 9], 0.1307, 0.3081),
    "test": ([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], [7, 2, 1, 0, 4], 0.1325, 0.3105),
}


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.skipif(not local(part), reason="needs MNIST")) for part in REAL]
)
def test_the_real_digits(part):
    counts, first, mean, deviation = REAL[part]
    images, labels = mnist(part)
    assert np.bincount(labels).tolist() == counts
    assert labels[:5].tolist() == first
    assert images.shape == (sum(counts), 28, 28)
    assert images.mean() / 255 == pytest.approx(mean, abs=5e-5)
    assert images.std() / 255 == pytest.approx(deviation, abs=5e-5)
    kept = images[:, 4:24, 4:24]
    x, shuffled = binary_digits(part, n=1000)
    order = rng(42).permutation(len(images))[:1000]
    np.testing.assert_array_equal(x, (kept[order] > kept.sum() / kept.size).reshape(1000, 400))
    np.testing.assert_array_equal(shuffled, labels[order])
