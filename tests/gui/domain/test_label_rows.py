"""Names, colours and volumes of the labels of a mask."""

from __future__ import annotations

from napari_brainseg.gui.domain.label_rows import (
    called,
    coloured,
    free_label,
    info_without,
    label_rows,
)
from napari_brainseg.io import MaskInfo

INFO = MaskInfo(names={1: "core", 2: "oedema", 5: "cyst"}, colors={2: "#112233"})


def test_there_is_a_row_for_each_label_that_is_named_or_found():
    rows = label_rows(INFO, {1: 500, 7: 1500}, 2.0, locked={2}, hidden={7})
    assert [(row.label, row.name, row.millilitres) for row in rows] == [
        (1, "core", 1.0),
        (2, "oedema", 0.0),
        (5, "cyst", 0.0),
        (7, "label 7", 3.0),
    ]
    assert [row.label for row in rows if row.is_locked] == [2]
    assert [row.label for row in rows if not row.is_shown] == [7]
    assert {row.millilitres for row in label_rows(INFO, None, 2.0)} == {None}


def test_naming_colouring_and_forgetting_leave_the_other_labels_as_they_look():
    before = {label: INFO.color(label) for label in INFO.names}
    for info in (called(INFO, 3, "necrosis"), coloured(INFO, 3, "#445566"), info_without(INFO, 1)):
        assert {each: info.color(each) for each in before if each in info.names} == {
            each: color for each, color in before.items() if each in info.names
        }
    assert called(INFO, 3, " necrosis ").name(3) == "necrosis"
    assert coloured(INFO, 1, "#445566").color(1) == "#445566"
    assert coloured(INFO, 1, "#445566").name(1) == "core"
    assert set(info_without(INFO, 1).names) == {2, 5}


def test_labels_that_are_added_one_after_the_other_differ_in_colour():
    info = MaskInfo()
    for label in (2, 3, 4):
        info = called(info, label, f"label {label}")
    assert len({info.color(label) for label in range(1, 7)}) == 6


def test_a_name_fits_into_a_file_and_an_empty_one_changes_nothing():
    assert called(INFO, 1, "  ").name(1) == "core"
    assert len(called(INFO, 1, "x" * 500).name(1)) <= 64
    assert "\x1b" not in called(INFO, 1, "a\x1b[31m").name(1)


def test_the_next_label_is_the_smallest_that_is_free():
    assert free_label({1, 2, 5}) == 3
    assert free_label(range(1, 70000)) is None
