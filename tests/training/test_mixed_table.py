"""A table whose rows are of several data sets, in the files that each has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
from small_data import write_case

from brainseg_train.data.cases import checked_data
from brainseg_train.data.folder import open_data
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = DataOptions(classes={"tumour": (1, 2, 4)})


def mixed(root: Path, columns: str = "case,patient,folder,FLAIR,T1ce,mask") -> Path:
    """Write two folders of slices, two cases of volumes in a folder each, and a table of them."""
    rows = [columns]
    for seed in range(2):
        name = f"TCGA_AX_100{seed}_20000101"
        write_case(root / "slices", name, seed)
        rows.append(f"{name},,slices/{name},,,")
    for number in range(2):
        random = np.random.default_rng(number)
        mask = np.zeros((20, 24, 5), np.uint8)
        mask[8:14, 8:14, 1:4] = np.array([1, 2, 4], np.uint8)
        for name, data in {
            "flair": random.normal(50, 9, mask.shape) + 60 * (mask > 0),
            "t1ce": random.normal(50, 9, mask.shape),
            "seg": mask,
        }.items():
            image = nib.Nifti1Image(data.astype(np.uint8), np.diag([1.0, 1, 3, 1]))
            nib.save(image, root / f"b{number}_{name}.nii.gz")
        contrast = f"b{number}_t1ce.nii.gz" if number else ""
        rows.append(f"b{number},same,,b{number}_flair.nii.gz,{contrast},b{number}_seg.nii.gz")
    (root / "all.csv").write_text("\n".join(rows))
    return root / "all.csv"


def test_slices_and_volumes_are_learned_from_together(tmp_path: Path) -> None:
    data, report = checked_data(mixed(tmp_path), "trained", WHOLE)
    assert [role.name for role in data.roles] == ["pre-contrast", "FLAIR", "post-contrast"]
    assert [case.patient for case in data.cases] == ["TCGA_AX_1000", "TCGA_AX_1001", "same", "same"]
    masks = {case.name: case.read()[1] for case in data.cases}
    assert masks["TCGA_AX_1000_20000101"].max() == 1
    assert int(masks["b0"].sum()) == 6 * 6 * 3  # labels 1, 2 and 4
    assert any("b0: FLAIR stands in for post-contrast" in each for each in report.oddities)


def test_a_folder_of_slices_says_what_is_missing_in_it(tmp_path: Path) -> None:
    table = mixed(tmp_path)
    (tmp_path / "slices/TCGA_AX_1000_20000101/TCGA_AX_1000_20000101_2_mask.tif").unlink()
    with pytest.raises(DataError, match="TCGA_AX_1000_20000101: no mask for slice 2"):
        checked_data(table, "trained", WHOLE)


def test_a_row_of_a_folder_and_a_mask_is_refused(tmp_path: Path) -> None:
    table = mixed(tmp_path)
    table.write_text(table.read_text() + "\nc,,slices,b0_flair.nii.gz,,b0_seg.nii.gz")
    with pytest.raises(DataError, match="line 6: there is a folder, and an image or a mask"):
        open_data(table)
