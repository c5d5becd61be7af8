"""A mask has one owner, and it answers: changed? saved? No viewer is needed for that."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Labels

from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.mask_record import (
    MaskRecord,
    adopt,
    provenance_of,
    record_in,
    record_of,
)
from napari_brainseg.gui.domain.mask_standing import Saved
from napari_brainseg.gui.domain.metadata import METADATA_KEY
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.io import MaskInfo
from napari_brainseg.measure.edit_record import EditTime
from napari_brainseg.scan import Scan, Source

GRID = (3, 4, 5)
AFFINE = np.diag([-1.0, 1.0, 2.0, 1.0])
BY_MODEL = MaskInfo(made="AUTOMATIC")


def known(original=None, info=BY_MODEL) -> Provenance:
    scan = Scan(np.zeros((1, *GRID)), AFFINE, ("FLAIR",), Source("flair"))
    return Provenance(scan, frame_for(AFFINE), info, original)


def labels(*places, label=1) -> np.ndarray:
    made = np.zeros(GRID, np.uint8)
    for place in places:
        made[place] = label
    return made


def look(record, grid) -> None:
    """Let something happen, and look at what the layer then shows."""
    record.touch()
    turn = record.provenance.frame.apply if record.provenance is not None else np.asarray
    record.see(record.look_at(turn(grid)).take())


def layer_of(provenance, saved=None) -> Labels:
    data, keywords, _ = mask_layer_data(labels(), provenance, "mask", saved)
    return Labels(data, **keywords)


# Changed?


def test_the_revision_grows_with_every_change_and_with_nothing_else():
    record = MaskRecord(known(labels((1, 1, 1))))
    told = []
    record.revised.connect(lambda record: told.append(record.revision))
    record.see(record.look_at(labels()).take())
    assert (record.revision, told) == (0, []), "what is seen first is no change"
    for step, grid in enumerate((labels((0, 0, 0)), labels((0, 0, 1)), labels()), start=1):
        look(record, grid)
        assert record.revision == step
    look(record, labels())
    assert told == [1, 2, 3]


def test_what_happened_is_not_seen_before_it_is_looked_at():
    record = MaskRecord(known())
    look(record, labels())
    assert record.is_settled
    record.touch()
    assert not record.is_settled
    assert record.seen is None
    late = record.look_at(labels((1, 1, 1)))
    record.touch()
    record.see(late.take())
    assert not record.is_settled, "it was looked at before the last touch"
    assert record.digests is not None


def test_an_older_look_does_not_take_the_place_of_a_newer_one():
    record = MaskRecord(known())
    old = record.look_at(labels()).take()
    look(record, labels((1, 1, 1)))
    newer = record.digests
    record.see(old)
    assert record.digests == newer


def test_it_is_original_until_it_is_edited_and_again_once_that_is_undone():
    made = labels((1, 1, 1))
    record = MaskRecord(known(made))
    look(record, made)
    assert record.is_original
    look(record, labels((1, 1, 1), (1, 1, 2)))
    assert not record.is_original
    look(record, made)
    assert record.is_original


def test_labels_of_another_type_are_the_same_labels():
    record = MaskRecord(known(labels((1, 2, 3))))
    look(record, labels((1, 2, 3)).astype(np.int64))
    assert record.is_original
    # 257 is 1 in eight bits.
    look(record, labels((1, 2, 3)).astype(np.uint16) * 257)
    assert not record.is_original


def test_a_new_origin_is_what_it_is_compared_with_and_work_begins_anew():
    record = MaskRecord(known(labels()))
    look(record, labels((1, 1, 1)))
    record.time = EditTime(3.0, 2)
    record.carry_on(known(labels((1, 1, 1))))
    assert record.time == EditTime(3.0, 2)
    look(record, labels((1, 1, 1)))
    assert record.is_original
    record.begin(known(labels((2, 2, 2))))
    assert record.time is None
    assert not record.is_settled
    look(record, labels((1, 1, 1)))
    assert not record.is_original


def test_who_listens_is_told_of_each_fact_once():
    record = MaskRecord(known())
    told = []
    record.provenance_changed.connect(lambda _: told.append("provenance"))
    record.saved_changed.connect(lambda _: told.append("saved"))
    record.change(accepted=True)
    assert record.provenance.accepted
    record.note_saved(())
    assert told == ["provenance", "saved"]
    with pytest.raises(ValueError, match="begin"):
        MaskRecord().change(accepted=True)


# Saved?


def test_a_model_s_mask_is_unsaved_before_anybody_edits_it():
    made = labels((1, 1, 1))
    record = MaskRecord(known(made))
    assert record.is_unsaved
    look(record, made)
    assert record.is_unsaved
    assert MaskRecord(known(labels())).is_unsaved, "that nothing was found is a finding"


def test_a_mask_drawn_by_hand_is_unsaved_once_it_holds_something():
    for record in (MaskRecord(), MaskRecord(known(info=MaskInfo()))):
        look(record, labels())
        assert not record.is_unsaved
        look(record, labels((1, 1, 1)))
        assert record.is_unsaved
        look(record, labels())
        assert not record.is_unsaved


def test_a_mask_is_unsaved_from_the_first_change_to_the_next_save(tmp_path):
    record = MaskRecord(known(labels()))
    look(record, labels((1, 1, 1)))
    record.note_saved(record.digests, tmp_path / "a.nii")
    assert not record.is_unsaved
    assert record.saved.path == tmp_path / "a.nii"
    assert record.saved.revision == record.revision
    look(record, labels((1, 1, 1), (1, 1, 2)))
    assert record.is_unsaved
    look(record, labels((1, 1, 1)))
    assert not record.is_unsaved
    # What is in the file counts now, not what was there before.
    look(record, labels())
    assert record.is_unsaved


def test_a_mask_that_changed_while_it_was_being_saved_stays_unsaved():
    record = MaskRecord(known(labels()))
    look(record, labels((1, 1, 1)))
    being_saved = record.digests
    look(record, labels((2, 2, 2)))
    record.note_saved(being_saved)
    assert record.is_unsaved


@pytest.mark.parametrize("changes", [{"names": {1: "core"}}, {"colors": {1: "#00ff00"}}])
def test_other_names_and_colours_alone_are_something_to_save(changes, tmp_path):
    record = record_of(layer_of(known(labels((0, 0, 0))), Saved()))
    look(record, labels((0, 0, 0)))
    assert not record.is_unsaved
    before = record.provenance.info
    record.change(info=replace(before, **changes))
    assert record.has_news
    assert record.is_unsaved
    record.change(info=before)
    assert not record.is_unsaved
    # Renamed while it is written: the file has the names from before.
    record.change(info=replace(before, **changes))
    record.note_saved(record.digests, tmp_path / "mask.seg.nrrd", before)
    assert record.is_unsaved
    record.note_saved(record.digests, tmp_path / "mask.seg.nrrd")
    assert not record.is_unsaved


def test_a_mask_opened_from_a_file_is_saved_until_it_is_changed(tmp_path):
    found = labels((1, 1, 1))
    record = MaskRecord(known(found), Saved(path=tmp_path / "a.nii"))
    assert not record.is_unsaved
    look(record, found)
    assert not record.is_unsaved
    look(record, labels())
    assert record.is_unsaved


def test_a_mask_painted_on_before_it_is_first_seen_is_unsaved_all_the_same():
    record = MaskRecord(known(labels((1, 1, 1))), Saved())
    look(record, labels((2, 2, 2)))
    assert record.is_unsaved


def test_a_file_holds_one_mask(tmp_path):
    first, second = layer_of(known(labels())), layer_of(known(labels()))
    for layer in (first, second):
        record = record_of(layer)
        record.see(record.look_at(layer.data).take())
        record.note_saved(record.digests, tmp_path / "mask.nii")
    assert record_of(first).is_unsaved
    assert not record_of(second).is_unsaved


# Finding it


def test_metadata_holds_a_key_and_nothing_else():
    layer = layer_of(known())
    assert layer.metadata.keys() == {METADATA_KEY}
    key = layer.metadata[METADATA_KEY]
    assert not hasattr(key, "__dict__")
    assert copy.deepcopy(key) is key
    record = record_of(layer)
    assert record_in({METADATA_KEY: copy.copy(key)}) is record
    assert provenance_of(layer) is record.provenance


def test_a_key_that_another_process_made_says_nothing():
    layer = layer_of(known())
    other = pickle.loads(pickle.dumps(layer.metadata))
    assert record_in(other) is None
    assert record_in({}) is None
    assert record_in({METADATA_KEY: "text"}) is None


def test_layer_data_that_no_viewer_has_yet_and_those_of_writers_find_it():
    data, keywords, _ = mask_layer_data(labels(), known(), "mask")
    record = record_in(keywords["metadata"])
    layer = Labels(data, **keywords)
    assert record_of(layer) is record
    _, again, _ = layer.as_layer_data_tuple()
    assert record_in(again["metadata"]) is record


def test_a_duplicate_has_a_life_of_its_own():
    layer = layer_of(known(labels()), Saved())
    record = record_of(layer)
    record.see(record.look_at(layer.data).take())
    data, keywords, kind = layer.as_layer_data_tuple()
    twin = Labels.create(data.copy(), keywords, kind)
    other = record_of(twin)
    assert other is not record
    assert record_of(layer) is record
    assert record_of(twin) is other
    other.change(accepted=True)
    look(other, labels((1, 1, 1)))
    assert not record.provenance.accepted
    assert other.is_unsaved
    assert not record.is_unsaved


def test_a_layer_that_comes_back_still_has_its_record():
    layer = layer_of(known())
    record = record_of(layer)
    layers = [layer]
    layers.clear()
    gc.collect()
    layers.append(layer)
    assert record_of(layers[0]) is record


def test_a_layer_of_unknown_origin_is_adopted_and_told_of_its_scan_later():
    layer = Labels(np.zeros(GRID, np.uint8))
    assert record_of(layer) is None
    assert provenance_of(layer) is None
    record = adopt(layer)
    assert adopt(layer) is record
    assert record.provenance is None
    place = known()
    assert adopt(layer, place) is record
    assert record.provenance is place
    assert adopt(layer, known()).provenance is place


def test_records_and_scans_go_with_their_layers():
    layer = layer_of(known(labels()))
    record = record_of(layer)
    look(record, labels())
    gone = [weakref.ref(record), weakref.ref(record.provenance.scan.data)]
    del record, layer
    gc.collect()
    assert [each() for each in gone] == [None, None]
