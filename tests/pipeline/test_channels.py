"""Which image feeds which role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom import Dataset

from napari_brainseg.pipeline.channels import Channel, accompanies, guess_channels
from napari_brainseg.scan import DicomSource, Scan, Source

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle


def make_scan(
    *channels: str,
    affine: np.ndarray | None = None,
    folder: str = "p1",
    name: str = "scan",
    study: str = "",
) -> Scan:
    data = np.random.default_rng(1).random((len(channels), 4, 6, 8)).astype(np.float32)
    files = (Path(folder) / f"{channels[0]}.nii",)
    source: Source = Source(name, files)
    if study:
        header = Dataset()
        header.StudyInstanceUID, header.PatientID = study, "P1"
        source = DicomSource(name, files, dataset=header)
    return Scan(data, np.diag([-1.0, -1, 3, 1]) if affine is None else affine, channels, source)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("t2_flair", "FLAIR"),
        ("Ax FLAIR", "FLAIR"),
        ("T1ce", "post-contrast"),
        ("t1_gd", "post-contrast"),
        ("AX T1 POST", "post-contrast"),
        ("t1_pre", "pre-contrast"),
        ("T1w", "pre-contrast"),
    ],
)
def test_names_of_the_field_are_understood(tiny_bundle: Bundle, name: str, role: str) -> None:
    flair = "fluid FLAIR" if role != "FLAIR" else name
    scan = make_scan(flair, *([] if role == "FLAIR" else [name]))
    guess = guess_channels(tiny_bundle.card, scan, ())
    assert guess.sure
    chosen = guess.by_role[role]
    assert chosen is not None
    assert chosen.name == name


def test_a_t2_is_not_taken_for_flair_in_silence(tiny_bundle: Bundle) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("T2"), ())
    assert not guess.sure
    assert guess.notes == ("The model expects FLAIR; this image looks like T2.",)


def test_a_free_channel_is_taken_before_one_that_has_a_role(tiny_bundle: Bundle) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("T1", "T1ce", "T2"), ())
    assert [c and c.name for c in guess.by_role.values()] == ["T1", "T2", "T1ce"]
    assert not guess.sure


@pytest.mark.parametrize(("name", "fed"), [("T2", "FLAIR"), ("image", "image")])
def test_an_image_beside_stands_in_only_for_one_that_says_what_it_is(
    tiny_bundle: Bundle, name: str, fed: str
) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan(name), [Channel(make_scan("FLAIR"), 0)])
    chosen = guess.by_role["FLAIR"]
    assert chosen is not None
    assert chosen.name == fed
    assert not guess.sure
    assert any(f" {name}" in note for note in guess.notes)


@pytest.mark.parametrize("name", ["patient1", "visit2", "post-op", "posterior", "compressed"])
def test_a_name_that_only_looks_like_a_sequence_feeds_nothing(
    tiny_bundle: Bundle, name: str
) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("FLAIR"), [Channel(make_scan(name), 0)])
    assert guess.by_role["pre-contrast"] is None
    assert guess.by_role["post-contrast"] is None


def test_a_t1_flair_is_a_t1(tiny_bundle: Bundle) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("Ax T1 FLAIR", "Ax T2 FLAIR"), ())
    assert [c and c.index for c in guess.by_role.values()] == [0, 1, None]


def test_unnamed_channels_are_taken_in_order_and_said(tiny_bundle: Bundle) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("red", "green", "blue"), ())
    assert not guess.sure
    assert [c and c.name for c in guess.by_role.values()] == ["red", "green", "blue"]


def test_sequences_of_the_same_folder_are_found_but_not_of_another_patient(
    tiny_bundle: Bundle,
) -> None:
    flair = make_scan("FLAIR")
    mine, theirs = make_scan("T1"), make_scan("T1", folder="p2")
    near = guess_channels(tiny_bundle.card, flair, [Channel(theirs, 0), Channel(mine, 0)])
    chosen = near.by_role["pre-contrast"]
    assert chosen is not None
    assert chosen.scan is mine
    far = guess_channels(tiny_bundle.card, flair, [Channel(theirs, 0)])
    assert far.by_role["pre-contrast"] is None


@pytest.mark.parametrize(
    ("main", "other", "is_taken"),
    [
        ({"name": "a_flair"}, {"name": "a_t1"}, True),
        ({"name": "a_flair"}, {"name": "b_t1"}, False),  # two patients in one folder
        ({"name": "flair"}, {"name": "t1_post"}, True),
        ({"name": "AX_FLAIR"}, {"name": "SAG_T1"}, True),
        ({"name": "FLAIR"}, {"name": "p1_T1"}, True),  # in the folder of p1
        ({"name": "FLAIR"}, {"name": "p2_T1"}, False),
        ({"name": "own_001"}, {"name": "own_001 T1w"}, True),  # as a work list calls them
        ({"study": "1.2", "folder": "s1"}, {"study": "1.2", "folder": "s2"}, True),
        ({"study": "1.2"}, {"study": "1.3"}, False),
    ],
)
def test_images_of_another_patient_or_exam_feed_nothing(
    tiny_bundle: Bundle, main: dict[str, str], other: dict[str, str], is_taken: bool
) -> None:
    t1 = Channel(make_scan("T1", **other), 0)
    guess = guess_channels(tiny_bundle.card, make_scan("FLAIR", **main), [t1])
    assert (guess.by_role["pre-contrast"] is not None) == is_taken


@pytest.mark.parametrize(
    ("scan", "main", "expected"),
    [
        (make_scan("T1ce"), make_scan("FLAIR"), True),
        (make_scan("T2"), make_scan("T1", "FLAIR"), True),
        (make_scan("T1ce", folder="p2"), make_scan("FLAIR"), False),
        (make_scan("FLAIR fs"), make_scan("FLAIR"), False),
        (make_scan("T2"), make_scan("T1ce"), False),
        (make_scan("image"), make_scan("FLAIR"), False),
    ],
    ids=["T1", "T2", "another patient", "another FLAIR", "beside a T1", "unnamed"],
)
def test_a_scan_beside_the_one_that_the_model_needs_only_accompanies_it(
    tiny_bundle: Bundle, scan: Scan, main: Scan, expected: bool
) -> None:
    assert accompanies(tiny_bundle.card, scan, main) is expected
