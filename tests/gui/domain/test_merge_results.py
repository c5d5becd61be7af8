"""What is known of a mask once its model was run again on a part; no viewer is needed for that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.merge_results import joined
from napari_brainseg.gui.domain.provenance import (
    Provenance,
    ScanHandle,
    info_of,
    made_by_run,
    segmented,
)
from napari_brainseg.gui.domain.rules import rules_followed, rules_of
from napari_brainseg.io import MaskInfo
from napari_brainseg.pipeline.segment import Segmentation
from napari_brainseg.scan import Scan, Source

GRID = (4, 5, 6)
AFFINE = np.diag([-1.0, 1.0, 2.0, 1.0])
ALL = (slice(0, 4), slice(0, 5), slice(0, 6))


@pytest.fixture
def handle() -> ScanHandle:
    scan = Scan(np.zeros((1, *GRID)), AFFINE, ("FLAIR",), Source("flair"))
    return ScanHandle(scan, 0, frame_for(AFFINE))


@pytest.fixture
def run(handle, tiny_bundle):
    """Make a run on some slices that found these voxels, with a probability of 0.9 or as said."""

    def make(*places, slices=range(4), probability=0.9) -> Segmentation:
        found = np.zeros((1, *GRID), np.float16)
        for place in places:
            found[(0, *place)] = probability
        labels = (found[0] >= tiny_bundle.card.threshold).astype(np.uint8)
        card = tiny_bundle.card
        return Segmentation(
            handle.scan, card, found, labels, "axial", tuple(slices), True, "CPU", 0.1, ()
        )

    return make


def box_of(index: int) -> tuple[slice, ...]:
    return (slice(index, index + 1), slice(0, 5), slice(0, 6))


def marked(*places) -> np.ndarray:
    labels = np.zeros(GRID, np.uint8)
    for place in places:
        labels[place] = 1
    return labels


def test_an_empty_mask_of_unknown_origin_becomes_the_model_s_of_that_part(handle, run):
    fresh = run((1, 2, 2), slices=(1,))
    labels, known = joined(None, handle, fresh, box_of(1), is_drawn=False)
    np.testing.assert_array_equal(labels, marked((1, 2, 2))[1:2])
    np.testing.assert_array_equal(known.original, marked((1, 2, 2)))
    assert known.info.made == "AUTOMATIC"
    assert known.result.slices == (1,)


def test_a_drawn_mask_of_unknown_origin_is_a_person_s_with_help(handle, run):
    labels, known = joined(None, handle, run((1, 2, 2), slices=(1,)), box_of(1), is_drawn=True)
    assert labels.any()
    assert known.result is None
    assert known.original is None
    assert known.info.made == "SEMIAUTOMATIC"
    assert known.info.algorithm == "tiny"


def test_new_slices_count_as_the_model_s_own(handle, run):
    before = made_by_run(handle, run((0, 2, 2), slices=(0,)))
    labels, known = joined(before, handle, run((1, 2, 2), slices=(1,)), box_of(1), is_drawn=True)
    np.testing.assert_array_equal(labels, marked((1, 2, 2))[1:2])
    np.testing.assert_array_equal(known.original, marked((0, 2, 2), (1, 2, 2)))
    np.testing.assert_array_equal(known.result.labels, known.original)
    assert known.result.slices == (0, 1)
    assert not before.original[1].any(), "what was known before is left as it was"


def test_new_slices_follow_the_rules_of_the_mask(handle, run):
    rules = replace(rules_of(run().card), threshold=0.2)
    before = replace(
        made_by_run(handle, run((0, 2, 2), slices=(0,))), rules=rules, original=marked((0, 2, 2))
    )
    fresh = run((1, 2, 2), slices=(1,), probability=0.3)
    labels, known = joined(before, handle, fresh, box_of(1), is_drawn=True)
    np.testing.assert_array_equal(labels, marked((1, 2, 2))[1:2])
    np.testing.assert_array_equal(known.original, marked((0, 2, 2), (1, 2, 2)))
    np.testing.assert_array_equal(known.result.labels, marked((0, 2, 2)))
    assert known.rules == rules


def test_the_same_result_once_more_is_nothing_new(handle, run):
    before = made_by_run(handle, run((1, 2, 2)))
    labels, known = joined(before, handle, run((1, 2, 2)), box_of(1), is_drawn=True)
    assert known is before
    np.testing.assert_array_equal(labels, marked((1, 2, 2))[1:2])


def test_other_probabilities_of_slices_known_are_a_correction(handle, run):
    before = made_by_run(handle, run((1, 2, 2)))
    labels, known = joined(before, handle, run((1, 3, 3)), box_of(1), is_drawn=True)
    np.testing.assert_array_equal(labels, marked((1, 3, 3))[1:2])
    assert known.original is before.original
    assert known.result.probabilities[0, 1, 3, 3] > 0.5
    assert before.result.probabilities[0, 1, 3, 3] == 0


def test_another_model_corrects_and_adds_the_names_of_its_classes(handle, run):
    other = run((1, 3, 3))
    classes = (other.card.classes[0].model_copy(update={"value": 4, "name": "enhancing"}),)
    card = other.card.model_copy(update={"classes": classes, "weights_sha256": "f" * 64})
    before = made_by_run(handle, run((1, 2, 2)))
    labels, known = joined(before, handle, replace(other, card=card), box_of(1), is_drawn=True)
    assert set(np.unique(labels)) == {0, 4}
    assert known.result is before.result
    assert known.original is before.original
    assert known.info.names == {1: "tumour", 4: "enhancing"}


def test_how_labels_came_about_depends_on_whether_they_are_the_original(handle, run):
    known = made_by_run(handle, run((1, 2, 2)))
    assert info_of(known, marked((1, 2, 2))).made == "AUTOMATIC"
    assert info_of(known, marked((1, 2, 3))).made == "SEMIAUTOMATIC"
    assert info_of(None, marked()) == MaskInfo()


def test_rules_are_the_model_s_own_unless_others_were_asked_for(handle, run):
    known = made_by_run(handle, run())
    assert rules_followed(known) == rules_of(run().card)
    moved = replace(known, rules=replace(rules_of(run().card), threshold=0.1))
    assert rules_followed(moved).threshold == 0.1
    assert rules_followed(Provenance(handle.scan, handle.frame)) is None


def test_the_slices_of_a_run_are_marked_on_the_grid_of_the_scan(run):
    done = segmented(run(slices=(0, 2)))
    assert done.any(axis=(1, 2)).tolist() == [True, False, True, False]
    assert done[0].all()
