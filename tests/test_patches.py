"""Round patches of images against loops over pixels, and the statistics that the protocol expects of them."""

import itertools
import os

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from pruninglab.datasets import cifar10_patches, disc, photograph_patches, photographs

DIAMOND = [
    (-2, 0),
    (-1, -1),
    (-1, 0),
    (-1, 1),
    (0, -2),
    (0, -1),
    (0, 0),
    (0, 1),
    (0, 2),
    (1, -1),
    (1, 0),
    (1, 1),
    (2, 0),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def images(n):
    return rng(n).integers(0, 256, size=(n, 3, 32, 32), dtype=np.uint8)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Make some images the batch of test images."""
    monkeypatch.setenv("PRUNINGLAB_DATA", str(tmp_path))
    path = tmp_path / "cifar-10-batches-bin" / "test_batch.bin"
    path.parent.mkdir()
    return lambda images: path.write_bytes(b"".join(b"\0" + image.tobytes() for image in images))


def test_pixels_of_a_patch_are_a_diamond_row_by_row():
    assert [tuple(offset) for offset in disc().tolist()] == DIAMOND
    assert disc(0).tolist() == [[0, 0]]
    assert disc(1).tolist() == [[-1, 0], [0, -1], [0, 0], [0, 1], [1, 0]]
    assert [len(disc(radius)) for radius in (1.5, 2.3, 3)] == [9, 21, 29]


@pytest.mark.parametrize("radius", [-0.1, 3.1, np.nan])
def test_radii_that_leave_the_image_are_refused(radius):
    with pytest.raises(ValueError, match="radius must lie between 0 and 3"):
        disc(radius)


def cut(binary, places):
    return [tuple(int(binary[y + dy, x + dx]) for dy, dx in DIAMOND) for y, x in places]


def test_patches_are_cut_at_36_centres_of_every_image_without_replacement(write):
    write(images(4))
    grey = images(4).astype(int).sum(axis=1)
    centres = list(itertools.product((3, 8, 13, 18, 23, 28), repeat=2))
    expected = [patch for one in grey >= np.median(grey) for patch in cut(one, centres)]
    drawn = cifar10_patches(144, rng(), batches=["test_batch"])
    assert (drawn.shape, drawn.dtype) == ((144, 13), np.uint8)
    drawn = [tuple(patch) for patch in drawn.tolist()]
    assert sorted(drawn) == sorted(expected)
    assert drawn != expected
    few = [tuple(patch) for patch in cifar10_patches(20, rng(1), batches=["test_batch"]).tolist()]
    assert all(few.count(patch) <= expected.count(patch) for patch in few)


def test_the_median_is_that_of_all_images_and_reaching_it_is_enough(write):
    shades = np.array([80, 90, 90], dtype=np.uint8)
    write(np.broadcast_to(shades[:, None, None, None], (3, 3, 32, 32)))
    patches = cifar10_patches(108, rng(), batches=["test_batch"])
    assert sorted(patches.sum(axis=1).tolist()) == [0] * 36 + [13] * 72


@pytest.mark.parametrize("n_patches", [0, 109])
def test_numbers_of_patches_that_there_are_not_are_refused(write, n_patches):
    write(images(3))
    with pytest.raises(ValueError, match="n_patches must lie between 1 and 108"):
        cifar10_patches(n_patches, rng(), batches=["test_batch"])


def test_photographs_are_means_of_blocks_of_summed_channels():
    for reduced, original in zip(photographs(), load_sample_images().images, strict=True):
        for y, x in ((0, 0), (52, 79), (17, 40)):
            block = original[8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
            assert reduced[y, x] == pytest.approx(3 * block.mean())


def test_patches_of_photographs_come_from_every_place_alike():
    grey = photographs()
    places = list(itertools.product(range(2, 51), range(2, 78)))
    everywhere = [patch for one in grey >= np.median(grey) for patch in cut(one, places)]
    patches = photograph_patches(90_000, rng(42))
    assert (patches.shape, patches.dtype) == ((90_000, 13), np.uint8)
    assert {tuple(patch) for patch in np.unique(patches, axis=0).tolist()} == set(everywhere)
    np.testing.assert_allclose(patches.mean(axis=0), np.mean(everywhere, axis=0), atol=5 * 0.5 / np.sqrt(90_000))


def shares(patches):
    """Of all off and of all on, and the number of patterns that occur."""
    on = patches.sum(axis=1)
    return (on == 0).mean(), (on == 13).mean(), len(np.unique(patches, axis=0))


def test_patches_of_photographs_are_those_of_the_protocol():
    off, on, n_patterns = shares(photograph_patches(90_000, rng(42)))
    assert off == pytest.approx(0.36, abs=0.005)
    assert on == pytest.approx(0.36, abs=0.005)
    assert n_patterns == 762


def test_at_least_one_patch_of_photographs_must_be_asked_for():
    with pytest.raises(ValueError, match="n_patches must be at least 1"):
        photograph_patches(0, rng())


@pytest.mark.skipif("PRUNINGLAB_DATA" not in os.environ, reason="needs the files of CIFAR-10")
def test_patches_of_the_real_images_are_those_of_the_protocol():
    off, on, n_patterns = shares(cifar10_patches(90_000, rng(42), batches=["test_batch"]))
    assert off == pytest.approx(0.26, abs=0.02)
    assert on == pytest.approx(0.26, abs=0.02)
    assert 3000 <= n_patterns <= 3500
