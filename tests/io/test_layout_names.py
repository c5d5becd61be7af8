"""What a name means in published data sets: said once, for the work list and for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from brainseg_train.data.folder import open_data
from napari_brainseg.errors import ScanError
from napari_brainseg.io import find_scans
from napari_brainseg.io.layouts.bids import read_bids_name
from napari_brainseg.io.layouts.mask_names import is_mask_name, mask_owner
from napari_brainseg.io.layouts.numbered import channels_said, split_channel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    ("stem", "case", "sequence"),
    [
        ("sub-01_T1w", "sub-01", "T1"),
        ("sub-01_ses-b_acq-3d_ce-gd_T1w", "sub-01_ses-b", "post-contrast"),
        ("sub-01_ses-b_FLAIR", "sub-01_ses-b", "FLAIR"),
        ("sub-01_PDw", "sub-01", "PDw"),
    ],
)
def test_a_bids_name_says_case_and_sequence(stem: str, case: str, sequence: str) -> None:
    named = read_bids_name(stem)
    assert named is not None
    assert (named.case, named.sequence, named.is_mask) == (case, sequence, False)


@pytest.mark.parametrize("stem", ["sub-01", "sub-01_ses-1", "T1w", "x_sub-01_T1w", "sub-_T1w", ""])
def test_other_names_are_none_of_bids(stem: str) -> None:
    assert read_bids_name(stem) is None


@pytest.mark.parametrize(
    ("stem", "marks", "may_mark"),
    [
        ("sub-1_label-lesion_mask", True, True),
        ("sub-1_dseg", False, True),
        ("sub-1_desc-brain_mask", False, False),
        ("sub-1_space-T1w_desc-tumor_dseg", True, True),
        ("sub-1_T1w", False, False),
    ],
)
def test_a_bids_mask_says_or_leaves_open_that_it_is_of_lesions(
    stem: str, marks: bool, may_mark: bool
) -> None:
    named = read_bids_name(stem)
    assert named is not None
    assert (named.marks_lesions, named.may_mark_lesions) == (marks, may_mark)


@pytest.mark.parametrize(
    ("stem", "owner"),
    [("p_seg", "p"), ("p-1.label", "p-1"), ("seg", ""), ("p_tumor", "p"), ("p_lesion2", "p")],
)
def test_a_mask_is_named_after_its_case(stem: str, owner: str) -> None:
    assert is_mask_name(stem)
    assert mask_owner(stem) == owner


@pytest.mark.parametrize("stem", ["p_brain_mask", "p_flair", "unsegmented", "plot"])
def test_what_only_looks_like_one_is_no_mask_of_lesions(stem: str) -> None:
    assert not is_mask_name(stem)


def test_channels_are_numbered_in_names_and_in_the_description() -> None:
    assert split_channel("a_0_0012") == ("a_0", 12)
    assert split_channel("a_12") is None
    assert channels_said({"channel_names": {"10": "c", "2": "b"}}) == ("b", "c")
    assert channels_said({"modality": ["FLAIR"]}) == ("FLAIR",)
    for said in ({}, {"channel_names": {"x": 1}}, {"modality": 5}):
        with pytest.raises(ScanError):
            channels_said(said)


def save(root: Path, names: Sequence[str]) -> None:
    for name in names:
        path = root / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (4, 4, 4, 3) if name.endswith("bold") else (4, 4, 4)
        nib.save(nib.Nifti1Image(np.ones(shape, np.int16), np.eye(4)), path)


def bids(root: Path) -> None:
    for subject in ("sub-1", "sub-2"):
        names = ("anat/{}_T1w", "anat/{}_ce-gd_T1w", "anat/{}_FLAIR", "func/{}_task-x_bold")
        save(root / subject, [each.format(subject) for each in names])
        save(root / "derivatives" / "hand" / subject, [f"anat/{subject}_desc-tumor_mask"])


def beside(root: Path) -> None:
    for case in ("p1", "p2"):
        save(root / case, [f"{case}_{each}" for each in ("t1", "t1ce", "flair", "lesion")])


@pytest.mark.parametrize("layout", [bids, beside])
def test_the_work_list_and_training_find_the_same_masks_and_images(
    tmp_path: Path, layout: object
) -> None:
    """Also below a folder that is itself called ``derivatives``."""
    root = tmp_path / "derivatives" / "data"
    assert callable(layout)
    layout(root)
    found = list(find_scans(root))
    cases = open_data(root).cases
    assert [each.mask for each in found] == [getattr(each, "mask", None) for each in cases]
    shown = [{each.path, *(other.path for other in each.companions)} for each in found]
    assert shown == [{image.path for image in each.images.values()} for each in cases]  # type: ignore[attr-defined]
    assert {role.name for role in open_data(root).roles} == {
        "pre-contrast",
        "post-contrast",
        "FLAIR",
    }
