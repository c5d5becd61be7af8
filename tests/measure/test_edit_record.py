"""The edit record: what it counts, and the file beside the mask."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.geometry import GEOMETRIES, oriented

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import MaskInfo, write_mask
from napari_brainseg.measure.edit_record import EditRecord, EditTime, count_edits
from napari_brainseg.measure.edit_record_file import (
    edit_record_path,
    read_edit_record,
    save_edit_record,
    with_origin,
)
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2024, 5, 1, 9, 0, 0, tzinfo=UTC)


@pytest.fixture
def scan() -> Scan:
    affine = oriented((0, 1, 2), (1, 1, 1), GEOMETRIES["anisotropic"])
    return Scan(np.zeros((1, 6, 20, 30), np.int16), affine, ("FLAIR",), Source("secret"))


def record_of(
    original: np.ndarray, final: np.ndarray, scan: Scan, against: str = "model"
) -> EditRecord:
    return count_edits(
        original,
        final,
        scan,
        against=against,
        model="tiny",
        weights="ab" * 32,
        rules={"threshold": 0.4},
        time=EditTime(),
    )


@pytest.fixture
def edited(scan: Scan) -> tuple[np.ndarray, np.ndarray]:
    original, final = np.zeros((2, *scan.grid), np.uint8)
    original[1:3, 5:10, 5:10] = 1
    final[:] = original
    final[2, 5:10, 5] = 0
    final[3, 0, :4] = 1
    final[1, 5, 6] = 2
    return original, final


def after(*seconds: float) -> EditTime:
    time = EditTime()
    for second in seconds:
        time = time.with_change(START + timedelta(seconds=second))
    return time


def test_what_was_changed_is_counted(scan: Scan, edited: tuple[np.ndarray, np.ndarray]) -> None:
    found = record_of(*edited, scan)
    assert (found.original_voxels, found.final_voxels) == (50, 49)
    assert (found.added_voxels, found.removed_voxels, found.relabelled_voxels) == (4, 5, 1)
    assert found.added_ml == pytest.approx(4 * 0.9 * 0.8 * 5.5 / 1000)
    assert found.removed_ml == pytest.approx(5 * 0.9 * 0.8 * 5.5 / 1000)
    assert found.dice == pytest.approx(2 * 45 / 99)
    assert (found.slices, found.slices_touched) == (6, 3)
    assert found.software.startswith("napari-brainseg ")


def test_a_mask_taken_as_it_is_has_an_edit_record_too(scan: Scan) -> None:
    mask = np.ones(scan.grid, np.uint8)
    found = record_of(mask, mask, scan)
    assert (found.dice, found.added_voxels, found.slices_touched) == (1.0, 0, 0)


def test_slices_are_those_of_the_acquisition_plane() -> None:
    affine = np.diag([6.0, 1.0, 1.0, 1.0])
    scan = Scan(np.zeros((1, 20, 20, 5), np.int16), affine, ("T1",), Source("s"))
    original = np.zeros(scan.grid, np.uint8)
    final = original.copy()
    final[2:9, 4, 3] = 1
    found = record_of(original, final, scan)
    assert (found.slices, found.slices_touched) == (5, 1)


def test_without_spacing_there_are_voxels_only(
    scan: Scan, edited: tuple[np.ndarray, np.ndarray]
) -> None:
    found = record_of(*edited, Scan(scan.data, np.eye(4), ("a",), scan.source, "pixel"))
    assert (found.added_voxels, found.added_ml, found.removed_ml) == (4, None, None)


def test_time_runs_from_change_to_change_but_not_through_a_break() -> None:
    assert after() == EditTime(0.0, 0, "", "")
    assert after(0).seconds == 0
    found = after(0, 10, 40, 40 + 3600, 40 + 3605)
    assert (found.seconds, found.steps) == (45.0, 5)
    assert (found.started, found.ended) == (
        "2024-05-01T09:00:00+00:00",
        "2024-05-01T10:00:45+00:00",
    )


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    assert after(100, 110, 20, 25).seconds == 15.0


@pytest.fixture
def mask(scan: Scan, edited: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> Path:
    return write_mask(edited[1], scan, tmp_path / "flair_mask.nii.gz")


@pytest.fixture
def record(scan: Scan, edited: tuple[np.ndarray, np.ndarray]) -> EditRecord:
    return record_of(*edited, scan)


def test_it_reads_back_as_it_was_written(mask: Path, record: EditRecord) -> None:
    assert save_edit_record(record, mask) == mask.with_name("flair_mask.edits.json")
    assert read_edit_record(mask) == record
    assert sorted(file.name for file in mask.parent.iterdir()) == [
        "flair_mask.edits.json",
        "flair_mask.nii.gz",
    ]


def test_nothing_in_it_tells_of_the_patient_or_the_folder(mask: Path, record: EditRecord) -> None:
    save_edit_record(record, mask)
    text = edit_record_path(mask).read_text(encoding="utf-8")
    assert "secret" not in text
    assert mask.parent.name not in text
    assert "/" not in text
    assert "\\" not in text


def test_a_mask_without_edit_record_has_none(mask: Path) -> None:
    assert read_edit_record(mask) is None
    assert save_edit_record(None, mask) is None
    assert not edit_record_path(mask).exists()


def test_the_edit_record_of_a_mask_that_was_replaced_goes_with_it(
    mask: Path, record: EditRecord
) -> None:
    save_edit_record(record, mask)
    save_edit_record(None, mask)
    assert not edit_record_path(mask).exists()


def steps(scan: Scan, count: int) -> list[np.ndarray]:
    """Give masks of which each holds one row more."""
    masks = [np.zeros(scan.grid, np.uint8) for _ in range(count)]
    for number, mask in enumerate(masks):
        mask[2, : 2 + number, 5:10] = 1
    return masks


def test_a_mask_corrected_again_later_keeps_the_edit_record_of_what_led_to_it(
    scan: Scan, mask: Path
) -> None:
    made, first, second, third = steps(scan, 4)
    save_edit_record(record_of(made, first, scan), mask)
    save_edit_record(record_of(first, second, scan, "file"), mask)
    found = read_edit_record(mask)
    assert (found.against, found.added_voxels) == ("file", 5)
    assert [(one.against, one.added_voxels) for one in found.earlier] == [("model", 5)]
    # Saved twice between opening and closing, the second record takes the place of the first.
    save_edit_record(record_of(first, third, scan, "file"), mask)
    found = read_edit_record(mask)
    assert (found.added_voxels, len(found.earlier)) == (10, 1)
    # Opened once more, the chain grows.
    save_edit_record(record_of(third, made, scan, "file"), mask)
    found = read_edit_record(mask)
    assert [one.added_voxels for one in (*found.earlier, found)] == [5, 10, 0]
    assert not any(one.earlier for one in found.earlier)


def test_a_corrected_mask_saved_as_it_was_opened_keeps_its_record(scan: Scan, mask: Path) -> None:
    made, first, *_ = steps(scan, 2)
    save_edit_record(record_of(made, first, scan), mask)
    before = read_edit_record(mask)
    save_edit_record(record_of(first, first, scan, "file"), mask)
    assert read_edit_record(mask) == before


def test_accounts_that_do_not_lead_to_the_mask_opened_are_not_carried_on(
    scan: Scan, mask: Path
) -> None:
    made, first, second, third = steps(scan, 4)
    save_edit_record(record_of(made, first, scan), mask)
    save_edit_record(record_of(second, third, scan, "file"), mask)
    assert read_edit_record(mask).earlier == ()
    save_edit_record(record_of(made, third, scan), mask)
    assert read_edit_record(mask).earlier == ()


def test_however_often_a_mask_is_opened_again_its_edit_record_can_be_read(
    scan: Scan, mask: Path
) -> None:
    one, other = steps(scan, 2)
    save_edit_record(record_of(one, other, scan), mask)
    for number in range(60):
        ends = (other, one) if number % 2 == 0 else (one, other)
        save_edit_record(record_of(*ends, scan, "file"), mask)
    assert len(read_edit_record(mask).earlier) == 50


def test_the_edit_record_tells_how_a_mask_came_about_where_its_file_does_not(
    scan: Scan, mask: Path
) -> None:
    made, first, second = steps(scan, 3)
    assert with_origin(MaskInfo(), mask).made == "MANUAL"
    save_edit_record(record_of(made, made, scan), mask)
    assert with_origin(MaskInfo(), mask).made == "AUTOMATIC"
    save_edit_record(record_of(made, first, scan), mask)
    info = with_origin(MaskInfo({1: "oedema"}), mask)
    assert (info.made, info.algorithm, info.version) == (
        "SEMIAUTOMATIC",
        "tiny",
        "weights " + "ab" * 8,
    )
    assert info.names == {1: "oedema"}
    save_edit_record(record_of(first, second, scan, "file"), mask)
    assert with_origin(MaskInfo(), mask).made == "SEMIAUTOMATIC"
    told = MaskInfo(made="AUTOMATIC", algorithm="another")
    assert with_origin(told, mask) == told
    mask.write_bytes(b"somebody else's")
    assert with_origin(MaskInfo(), mask).made == "MANUAL"


def test_a_mask_changed_elsewhere_is_not_given_the_old_edit_record(
    mask: Path, record: EditRecord, scan: Scan
) -> None:
    save_edit_record(record, mask)
    write_mask(np.zeros(scan.grid, np.uint8), scan, mask, overwrite=True)
    with pytest.raises(ScanError, match="was changed after"):
        read_edit_record(mask)
    save_edit_record(record, mask)
    assert read_edit_record(mask) == record


def test_the_edit_record_of_another_format_is_left_alone(mask: Path, record: EditRecord) -> None:
    save_edit_record(record, mask)
    other = mask.with_name("flair_mask.tif")
    shutil.copy(mask, other)
    before = edit_record_path(mask).read_bytes()
    with pytest.raises(SaveError, match=r"belongs to flair_mask\.nii\.gz"):
        save_edit_record(record, other)
    save_edit_record(None, other)
    assert edit_record_path(mask).read_bytes() == before
    assert read_edit_record(other) is None
    mask.unlink()
    save_edit_record(record, other)
    assert read_edit_record(other) == record


def test_a_file_that_is_no_edit_record_is_left_alone(mask: Path, record: EditRecord) -> None:
    path = edit_record_path(mask)
    path.write_text('{"mine": 1}', encoding="utf-8")
    with pytest.raises(SaveError, match="no edit record"):
        save_edit_record(record, mask)
    save_edit_record(None, mask)
    assert json.loads(path.read_text(encoding="utf-8")) == {"mine": 1}
    with pytest.raises(ScanError, match="not an edit record"):
        read_edit_record(mask)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b'{"schema_version": 2}', b"x" * 200_000]
)
def test_a_damaged_edit_record_is_one_sentence(mask: Path, content: bytes) -> None:
    edit_record_path(mask).write_bytes(content)
    with pytest.raises(ScanError, match=r"flair_mask\.edits\.json: "):
        read_edit_record(mask)


def test_a_write_that_fails_leaves_the_earlier_edit_record(
    mask: Path, record: EditRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_edit_record(record, mask)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(SaveError, match="No space left"):
        save_edit_record(record, mask)
    assert read_edit_record(mask) == record
    assert len(list(mask.parent.iterdir())) == 2
