"""Folders as public data sets have them, of a few voxels."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from making_layouts import PATIENTS, cases, image, layout, mask, rings, save, say

if TYPE_CHECKING:
    from collections.abc import Iterable

# BIDS


@layout()
def bids_masks_deep_below_derivatives(root: Path) -> None:
    for number in PATIENTS:
        stem = f"sub-{number:02d}_ses-1"
        place = f"sub-{number:02d}/ses-1/anat"
        save(root / place / f"{stem}_FLAIR.nii.gz", image(number))
        made = root / "derivatives/pipeline/v2.1/masks" / place
        save(made / f"{stem}_space-FLAIR_desc-tumor_mask.nii.gz", mask())


@layout()
def bids_with_rawdata_beside_derivatives(root: Path) -> None:
    stem = "sub-#/anat/sub-#"
    cases(root, [f"rawdata/{stem}_FLAIR.nii.gz"], f"derivatives/seg/{stem}_label-lesion_mask.nii")
    say(root / "rawdata/dataset_description.json", {"Name": "R", "BIDSVersion": "1.8.0"})


@layout()
def bids_with_source_data_and_code(root: Path) -> None:
    stem = "sub-#/anat/sub-#"
    cases(root, [f"{stem}_T1w.nii.gz"], f"derivatives/seg/{stem}_label-lesion_mask.nii.gz")
    shutil.copytree(root / "sub-0", root / "sourcedata/sub-0")
    (root / "code").mkdir()
    (root / "code/run.py").write_text("print()\n")
    (root / "participants.tsv").write_text("participant_id\tage\nsub-0\t50\n")


@layout()
def bids_without_modality_folders(root: Path) -> None:
    cases(root, ["sub-#/sub-#_FLAIR.nii.gz", "sub-#/sub-#_T1w.nii.gz"], "sub-#/sub-#_mask.nii.gz")


@layout(refused="no mask")
def bids_with_masks_of_one_session(root: Path) -> None:
    cases(root, ["sub-#/ses-1/anat/sub-#_ses-1_FLAIR.nii"], "sub-#/ses-1/anat/sub-#_ses-1_mask.nii")
    for number in PATIENTS:
        save(root / f"sub-{number}/ses-2/anat/sub-{number}_ses-2_FLAIR.nii", image(number + 50))


@layout("--set 'data.classes={oedema=[2],core=[1,3]}'")
def bids_labels_without_a_table_of_them(root: Path) -> None:
    for number in PATIENTS:
        stem = f"sub-{number}/anat/sub-{number}"
        save(root / f"{stem}_FLAIR.nii.gz", image(number))
        save(root / f"{stem}_ce-gadolinium_T1w.nii.gz", image(number + 20))
        save(root / f"derivatives/manual/{stem}_label-lesion_dseg.nii.gz", rings(1, 2, 3))


@layout()
def bids_with_images_registered_in_derivatives(root: Path) -> None:
    stem = "sub-#/anat/sub-#"
    cases(root, [f"{stem}_T2w.nii.gz"], f"derivatives/lesions/{stem}_label-lesion_mask.nii.gz")
    for number in PATIENTS:
        place = root / f"derivatives/fmriprep/sub-{number}/anat/sub-{number}_space-MNI152"
        save(Path(f"{place}_T2w.nii.gz"), image(number, (30, 30, 6)))
        save(Path(f"{place}_desc-brain_mask.nii.gz"), mask((30, 30, 6)))


@layout()
def atlas_of_strokes(root: Path) -> None:
    for number in PATIENTS:
        name = f"sub-r001s{number:03d}"
        stem = f"Training/R001/{name}/ses-1/anat/{name}_ses-1_space-MNI152NLin2009aSym"
        save(root / f"{stem}_T1w.nii.gz", image(number))
        save(root / f"{stem}_label-L_desc-T1lesion_mask.nii.gz", mask())


# nnU-Net and the Decathlon


def nnunet(root: Path, labels: object, values: Iterable[int] = (1,), **said: object) -> None:
    """Write a data set of nnU-Net with two channels."""
    for number in PATIENTS:
        for channel in range(2):
            name = f"imagesTr/case_{number:03d}_{channel:04d}.nii.gz"
            save(root / name, image(10 * number + channel))
        save(root / f"labelsTr/case_{number:03d}.nii.gz", rings(*values))
    content = {"channel_names": {"0": "FLAIR", "1": "T1"}, "labels": labels, "numTraining": 3}
    say(root / "dataset.json", {**content, "file_ending": ".nii.gz", **said})


@layout()
def nnunet_regions_and_ignored_label(root: Path) -> None:
    labels = {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}
    nnunet(root, labels, (1, 2, 3, 4), regions_class_order=[1, 2, 3])


@layout()
def nnunet_version_1(root: Path) -> None:
    nnunet(root, {"0": "background", "1": "tumour"})
    content = json.loads((root / "dataset.json").read_text())
    content["modality"] = content.pop("channel_names")
    names = [{"image": f"./imagesTr/case_{n:03d}.nii.gz"} for n in PATIENTS]
    say(root / "dataset.json", {**content, "training": names})


@layout()
def nnunet_with_test_images_and_splits(root: Path) -> None:
    nnunet(root / "Dataset007_Own", {"background": 0, "tumour": 1})
    save(root / "Dataset007_Own/imagesTs/case_099_0000.nii.gz", image(99))
    say(root / "Dataset007_Own/splits_final.json", [{"train": ["case_000"], "val": ["case_001"]}])


@layout(refused="dataset.json says that files end in '.nii', and in labelsTr none does")
def nnunet_of_another_ending_than_it_says(root: Path) -> None:
    nnunet(root, {"background": 0, "tumour": 1}, file_ending=".nii")


@layout(refused="holds 2 data sets")
def nnunet_raw_of_two_data_sets(root: Path) -> None:
    for name in ("Dataset001_A", "Dataset002_B"):
        nnunet(root / "nnUNet_raw" / name, {"background": 0, "tumour": 1})


@layout()
def nnunet_without_a_channel_of_one_case(root: Path) -> None:
    nnunet(root, {"background": 0, "tumour": 1})
    (root / "imagesTr/case_001_0001.nii.gz").unlink()


@layout(refused="arrays as nnU-Net has preprocessed them")
def nnunet_preprocessed(root: Path) -> None:
    say(root / "dataset.json", {"channel_names": {"0": "FLAIR"}, "labels": {"background": 0}})
    (root / "nnUNetPlans_2d").mkdir()
    for number in PATIENTS:
        np.savez(root / f"nnUNetPlans_2d/case_{number:03d}.npz", data=image(number))


@layout()
def decathlon_of_four_volumes(root: Path) -> None:
    home = root / "Task01_BrainTumour"
    for number in PATIENTS:
        volumes = np.stack([image(10 * number + place) for place in range(4)], axis=-1)
        save(home / f"imagesTr/BRATS_{number:03d}.nii.gz", volumes)
        save(home / f"labelsTr/BRATS_{number:03d}.nii.gz", rings(1, 2, 3))
        (home / f"imagesTr/._BRATS_{number:03d}.nii.gz").write_bytes(b"\0\5\x16\7")
    labels = {"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "enhancing tumour"}
    content = {"modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"}, "labels": labels}
    names = [{"image": f"./imagesTr/BRATS_{n:03d}.nii.gz"} for n in PATIENTS]
    say(home / "dataset.json", {**content, "licence": "CC-BY-SA 4.0", "training": names})


@layout(refused="a dataset.json and no imagesTr")
def list_of_files_of_monai(root: Path) -> None:
    cases(root, ["scans/#/flair.nii.gz"], "scans/#/truth.nii.gz")
    listed = [
        {"image": f"scans/{n}/flair.nii.gz", "label": f"scans/{n}/truth.nii.gz"} for n in PATIENTS
    ]
    say(root / "dataset.json", {"training": listed, "labels": {"0": "background", "1": "tumour"}})


# BraTS


@layout()
def brats_2018_by_grade(root: Path) -> None:
    for number, grade in zip(PATIENTS, ("HGG", "HGG", "LGG"), strict=True):
        stem = root / grade / f"Brats18_2013_{number}_1" / f"Brats18_2013_{number}_1"
        for place, name in enumerate(("flair", "t1", "t1ce", "t2")):
            save(Path(f"{stem}_{name}.nii.gz"), image(10 * number + place))
        save(Path(f"{stem}_seg.nii.gz"), rings(1, 2, 4))
    (root / "survival_data.csv").write_text("Brats18ID,Age,Survival\nBrats18_2013_0_1,60,300\n")


@layout()
def brats_2020_with_the_mask_of_another_name(root: Path) -> None:
    home = root / "MICCAI_BraTS2020_TrainingData"
    for number in (353, 354, 355):
        stem = home / f"BraTS20_Training_{number}" / f"BraTS20_Training_{number}"
        for place, name in enumerate(("flair", "t1", "t1ce", "t2")):
            save(Path(f"{stem}_{name}.nii"), image(10 * number + place))
        name = f"{stem}_seg.nii" if number < 355 else stem.with_name("W39_1998.09.19_Segm.nii")
        save(Path(name), rings(1, 2, 4))
    for name in ("name_mapping.csv", "survival_info.csv"):
        (home / name).write_text("Grade,BraTS_2020_subject_ID\nHGG,BraTS20_Training_353\n")


@layout()
def brats_2021(root: Path) -> None:
    for number in PATIENTS:
        stem = root / f"BraTS2021_{number:05d}" / f"BraTS2021_{number:05d}"
        for place, name in enumerate(("flair", "t1", "t1ce", "t2")):
            save(Path(f"{stem}_{name}.nii.gz"), image(10 * number + place))
        save(Path(f"{stem}_seg.nii.gz"), rings(1, 2, 4))


@layout("--set 'data.classes={whole=[1,2,3],cavity=[4]}'")
def brats_2024_after_treatment(root: Path) -> None:
    for number in PATIENTS:
        name = f"BraTS-GLI-{2000 + number // 2:05d}-10{number}"
        for place, ending in enumerate(("t1n", "t1c", "t2f", "t2w")):
            save(root / f"train/{name}/{name}-{ending}.nii.gz", image(10 * number + place))
        save(root / f"train/{name}/{name}-seg.nii.gz", rings(1, 2, 3, 4))


# Other public sets


@layout()
def ucsf_pdgm(root: Path) -> None:
    for number in PATIENTS:
        home = root / f"UCSF-PDGM-000{number}_nifti"
        stem = home / f"UCSF-PDGM-000{number}"
        for place, name in enumerate(("FLAIR", "T1", "T1c", "T2", "ADC", "SWI")):
            save(Path(f"{stem}_{name}.nii.gz"), image(10 * number + place))
        for name in ("brain_segmentation", "brain_parenchyma_segmentation"):
            save(Path(f"{stem}_{name}.nii.gz"), mask())
        save(Path(f"{stem}_tumor_segmentation.nii.gz"), mask())


@layout(refused="name both in a CSV of paths")
def upenn_gbm(root: Path) -> None:
    for number in PATIENTS:
        name = f"UPENN-GBM-0000{number}_11"
        for place, ending in enumerate(("FLAIR", "T1", "T1GD", "T2")):
            path = root / f"images_structural/{name}/{name}_{ending}.nii.gz"
            save(path, image(10 * number + place))
        save(root / f"images_segm/{name}_segm.nii.gz", rings(1, 2, 4))


@layout(refused="none that is by its name a mask")
def tcga_lgg_of_brats(root: Path) -> None:
    for number in PATIENTS:
        stem = root / f"TCGA-CS-493{number}" / f"TCGA-CS-493{number}_1999.01.0{number + 1}"
        for place, name in enumerate(("flair", "t1", "t1Gd", "t2")):
            save(Path(f"{stem}_{name}.nii.gz"), image(10 * number + place))
        for name in ("GlistrBoost", "GlistrBoost_ManuallyCorrected"):
            save(Path(f"{stem}_{name}.nii.gz"), rings(1, 2, 4))


@layout()
def lumiere(root: Path) -> None:
    for number in PATIENTS:
        for week in ("week-000-1", "week-044"):
            home = root / f"Imaging/Patient-00{number}/{week}"
            for place, name in enumerate(("CT1", "FLAIR", "T1", "T2")):
                save(home / f"{name}.nii.gz", image(100 * number + 10 * len(week) + place))
            save(home / "segmentation.nii.gz", mask())


@layout(refused="name both in a CSV of paths")
def erasmus_glioma(root: Path) -> None:
    for number in PATIENTS:
        home = root / f"SUBJECTS/EGD-000{number}"
        for place, name in enumerate(("1_T1/NIFTI/T1", "2_T1GD/NIFTI/T1GD", "4_FLAIR/NIFTI/FLAIR")):
            save(home / f"{name}.nii.gz", image(10 * number + place))
        save(home / "5_MASK/NIFTI/MASK.nii.gz", mask())


@layout()
def parts_of_two_folders_each(root: Path) -> None:
    for number, part in enumerate(("train", "train", "train", "val", "test")):
        stem = root / part
        save(stem / f"images/p{number}.nii.gz", image(number))
        save(stem / f"labels/p{number}.nii.gz", mask())
