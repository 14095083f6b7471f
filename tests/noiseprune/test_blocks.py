import numpy as np
import pytest

from pruninglab.noiseprune.blocks import BLOCK_ROWS, absolute_row_sums, mirror_upper_triangle, row_blocks
from pruninglab.noiseprune.checks import is_symmetric

SEVERAL_BLOCKS = 2 * BLOCK_ROWS + 44


@pytest.mark.parametrize("n", [1, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, SEVERAL_BLOCKS])
def test_blocks_cover_every_row_once_in_order(n):
    assert [row for rows in row_blocks(n) for row in range(rows.start, rows.stop)] == list(range(n))
    assert max(rows.stop - rows.start for rows in row_blocks(n)) <= BLOCK_ROWS


@pytest.mark.parametrize("n", [1, 2, BLOCK_ROWS, BLOCK_ROWS + 1, SEVERAL_BLOCKS])
def test_mirroring_keeps_the_upper_triangle_and_the_diagonal(n):
    matrix = np.random.default_rng(0).random((n, n))
    expected = np.triu(matrix) + np.triu(matrix, 1).T
    mirror_upper_triangle(matrix)
    np.testing.assert_array_equal(matrix, expected)


def test_row_sums_are_those_of_the_whole_matrix():
    matrix = np.random.default_rng(1).normal(size=(SEVERAL_BLOCKS, SEVERAL_BLOCKS))
    np.testing.assert_allclose(absolute_row_sums(matrix), np.abs(matrix).sum(axis=1), rtol=1e-14)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (0, 1),
        (0, SEVERAL_BLOCKS - 1),
        (BLOCK_ROWS - 1, BLOCK_ROWS),
        (BLOCK_ROWS + 3, 2 * BLOCK_ROWS + 1),
        (SEVERAL_BLOCKS - 2, SEVERAL_BLOCKS - 1),
    ],
)
def test_one_odd_entry_in_any_block_breaks_symmetry(row, column):
    matrix = np.random.default_rng(2).random((SEVERAL_BLOCKS, SEVERAL_BLOCKS))
    matrix = matrix + matrix.T
    assert is_symmetric(matrix)
    for odd in ((row, column), (column, row)):
        changed = matrix.copy()
        changed[odd] += 1e-12
        assert not is_symmetric(changed)
