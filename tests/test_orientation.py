"""The letters at the edges of a canvas."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from napari_brainseg.frames import frame_for
from napari_brainseg.orientation import (
    Letters,
    edge_letters,
    is_oriented,
    world_codes,
)
from napari_brainseg.scan import FileSource, Scan, SlicesSource, Source

AXES = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0)}
AXES |= {"S": (0, 0, 1), "I": (0, 0, -1)}


@pytest.mark.parametrize("flips", list(product((1, -1), repeat=3)))
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_step_towards_an_edge_leads_to_what_its_letter_says(order, flips, tmp_path):
    """For scans stored in any order: followed through frame and affine, not through the letters."""
    affine = np.eye(4)
    affine[:3, :3] = np.diag(flips)[:, order] * (0.9, 0.8, 5.0)
    frame, grid = frame_for(affine), (5, 6, 7)
    for displayed in permutations(range(3), 2):
        for way in product(("up", "down"), ("left", "right")):
            letters = edge_letters(world_codes(frame.codes, np.eye(3)), displayed, way)
            signs = {"down": 1, "up": -1, "right": 1, "left": -1}
            for axis, sign, edge in (
                (displayed[0], signs[way[0]], letters.bottom),
                (displayed[1], signs[way[1]], letters.right),
            ):
                start, end = np.zeros(3), np.eye(3)[axis] * sign
                here, there = (frame.place_back(at, grid)[::-1] for at in (start, end))
                moved = affine[:3, :3] @ (there - here)
                assert np.dot(moved, AXES[edge]) == pytest.approx(np.linalg.norm(moved))


def test_opposite_edges_have_opposite_letters():
    codes = {0: "S", 1: "P", 2: "L"}
    assert edge_letters(codes, (1, 2), ("down", "right")) == Letters("A", "P", "R", "L")
    assert edge_letters(codes, (0, 2), ("up", "right")) == Letters("S", "I", "R", "L")
    assert edge_letters(codes, (0, 1, 2), ("down", "right")) == Letters()
    assert edge_letters(codes, (1, 3), ("down", "right")) == Letters()


def test_a_layer_that_was_flipped_or_turned_says_so():
    assert world_codes("SPL", np.diag([5.0, 1.0, -1.0])) == {0: "S", 1: "P", 2: "R"}
    assert world_codes("SPL", np.eye(3)[[0, 2, 1]]) == {0: "S", 2: "P", 1: "L"}


def test_pictures_and_plain_layers_are_not_oriented(tmp_path):
    def scan(source, units="mm") -> Scan:
        return Scan(np.zeros((1, 2, 3, 4)), np.eye(4), ("FLAIR",), source, units)

    file = (tmp_path / "scan.nii",)
    assert is_oriented(scan(FileSource("scan", file)))
    assert not is_oriented(scan(FileSource("scan", file), "pixel"))
    assert not is_oriented(scan(SlicesSource("scan", file)))
    assert not is_oriented(scan(Source("made up")))
