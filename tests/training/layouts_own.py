"""Folders and tables as labs have them, of a few voxels, clean and odd."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import nibabel as nib
import nrrd
import numpy as np
from making_layouts import AFFINE, GRID, PATIENTS, cases, image, layout, mask, save, slices, table

if TYPE_CHECKING:
    from pathlib import Path

# Slices


@layout()
def slices_below_train_and_test(root: Path) -> None:
    for number in range(6):
        slices(root / ("train" if number < 4 else "test") / f"TCGA_CS_{4940 + number}_1999", number)


@layout()
def slices_below_institutions(root: Path) -> None:
    for number in range(4):
        slices(root / ("berlin" if number < 2 else "lyon") / f"p{number}", number)


@layout()
def slices_with_capital_endings(root: Path) -> None:
    for number in PATIENTS:
        slices(root / f"p{number}", number, ".TIF")


@layout()
def slices_beside_a_table_of_patients(root: Path) -> None:
    for number in PATIENTS:
        slices(root / f"kaggle_3m/TCGA_DU_{5850 + number}_19950709", number)
    (root / "kaggle_3m/data.csv").write_text("Patient,RNASeqCluster\nTCGA_DU_5850,2\n")
    (root / "kaggle_3m/README.md").write_text("# LGG\n")


# Tables


PATHS = ["scans/#/flair.nii.gz", "scans/#/t1.nii.gz"]


def paths(number: int, before: str = "") -> list[str]:
    """Return a row of a table: name, two images, mask."""
    named = (each.replace("#", str(number)) for each in (*PATHS, "scans/#/truth.nii.gz"))
    return [f"p{number}", *(f"{before}{each}" for each in named)]


HEAD = ["case", "FLAIR", "T1", "mask"]


@layout()
def table_of_absolute_paths(root: Path) -> None:
    cases(root / "far away", PATHS, "scans/#/truth.nii.gz")
    rows = [paths(number, f"{root.resolve()}/far away/") for number in PATIENTS]
    table(root, "own.csv", [HEAD, *rows])


@layout()
def table_in_quotes_with_semicolons(root: Path) -> None:
    cases(root, PATHS, "scans/#/truth.nii.gz")
    rows = [HEAD, *map(paths, PATIENTS)]
    table(root, "own.csv", rows, delimiter=";", quoting=csv.QUOTE_ALL, encoding="utf-8-sig")


@layout()
def table_of_a_spreadsheet_in_utf_16(root: Path) -> None:
    cases(root, PATHS, "scans/#/truth.nii.gz")
    rows = [[each.capitalize() for each in HEAD], *map(paths, PATIENTS)]
    table(root, "own.tsv", rows, delimiter="\t", encoding="utf-16")


@layout(refused="UTF-8")
def table_in_latin_1(root: Path) -> None:
    cases(root, ["müller #/flair.nii.gz"], "müller #/truth.nii.gz")
    rows = [[f"müller {n}/flair.nii.gz", f"müller {n}/truth.nii.gz"] for n in PATIENTS]
    table(root, "own.csv", [["FLAIR", "mask"], *rows], encoding="latin-1")


@layout(refused="columns")
def table_with_other_names_of_columns(root: Path) -> None:
    cases(root, PATHS, "scans/#/truth.nii.gz")
    table(root, "own.csv", [["id", "image_path", "t1_path", "mask_path"], *map(paths, PATIENTS)])


@layout(refused="line 3: there is no truth.nii.gz")
def table_that_names_what_is_not_there(root: Path) -> None:
    cases(root, PATHS, "scans/#/truth.nii.gz")
    (root / "scans/1/truth.nii.gz").unlink()
    table(root, "own.csv", [HEAD, *map(paths, PATIENTS)])


@layout()
def table_of_mixed_formats(root: Path) -> None:
    from napari_brainseg.io import read_scan, write_mask

    rows = []
    for number in PATIENTS:
        flair = save(root / f"{number}/flair.nii", image(number))
        scan = read_scan(flair).scan
        ending = ("seg.nrrd", "mha", "nii.gz")[number]
        write_mask(np.asarray(mask().T), scan, root / f"{number}/truth.{ending}")
        nib.save(
            nib.MGHImage(image(number + 9), AFFINE.astype(np.float32)), root / f"{number}/t1.mgz"
        )
        rows.append([f"{number}/flair.nii", f"{number}/t1.mgz", f"{number}/truth.{ending}"])
    table(root, "own.csv", [["FLAIR", "T1", "mask"], *rows])


# What is odd with the files


@layout(refused="the mask does not lie on the voxels of p1_FLAIR")
def masks_of_other_grids(root: Path) -> None:
    cases(root, ["p#/p#_FLAIR.nii.gz"], "p#/p#_seg.nii.gz")
    save(root / "p1/p1_seg.nii.gz", mask((12, 10, 5)), AFFINE * [2, 2, 1, 1])


@layout(refused="no mask")
def masks_of_two_of_three(root: Path) -> None:
    cases(root, ["p#/p#_FLAIR.nii.gz"], "p#/p#_seg.nii.gz")
    (root / "p2/p2_seg.nii.gz").unlink()


@layout()
def links_to_files_elsewhere(root: Path) -> None:
    cases(root / ".annex", ["p#/p#_FLAIR.nii.gz"], "p#/p#_seg.nii.gz")
    for path in sorted((root / ".annex").rglob("*.nii.gz")):
        link = root / path.relative_to(root / ".annex")
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(path)


@layout(refused="links that lead nowhere (p0_FLAIR.nii.gz, p0_seg.nii.gz, p1_FLAIR.nii.gz")
def links_to_files_that_are_not_fetched(root: Path) -> None:
    for number in PATIENTS:
        for name in ("FLAIR", "seg"):
            link = root / f"p{number}/p{number}_{name}.nii.gz"
            link.parent.mkdir(exist_ok=True, parents=True)
            link.symlink_to(f"../.git/annex/objects/{number}{name}")


@layout()
def capital_endings(root: Path) -> None:
    cases(root, ["P#/P#_FLAIR.NII.GZ", "P#/P#_T1.NII"], "P#/P#_SEG.NII.GZ")


@layout(refused="the same images as")
def one_patient_under_two_names(root: Path) -> None:
    cases(root, ["p#/flair.nii.gz"], "p#/seg.nii.gz")
    save(root / "p3/flair.nii.gz", image(0).astype(np.float32))
    save(root / "p3/seg.nii.gz", mask())


@layout()
def names_with_blanks_and_brackets(root: Path) -> None:
    cases(root, ["Müller, A. (#) [x]/FLAIR 1.nii.gz"], "Müller, A. (#) [x]/Maske_seg.nii.gz")


@layout()
def masks_of_other_number_types(root: Path) -> None:
    cases(root, ["p#/flair.nii.gz"], "p#/seg.nii.gz")
    save(root / "p1/seg.nii.gz", mask().astype(np.float64))
    save(root / "p2/seg.nii.gz", mask(label=255))


@layout()
def segmentations_of_slicer(root: Path) -> None:
    lps = {"space": "left-posterior-superior", "space directions": np.eye(3)}
    segment = {"Segment0_ID": "a", "Segment0_Name": "tumour", "Segment0_LabelValue": "1"}
    for number in PATIENTS:
        name = "Segmentation" if number else "anna"  # Slicer's own, or the case's
        (root / f"p{number}").mkdir(parents=True)
        header = {**lps, **segment, "Segment0_Layer": "0"}
        nrrd.write(str(root / f"p{number}" / "FLAIR.nrrd"), image(number), lps)
        nrrd.write(str(root / f"p{number}" / f"{name}.seg.nrrd"), mask(), header)


@layout(refused="2 masks")
def masks_of_two_raters(root: Path) -> None:
    cases(root, ["p#/flair.nii.gz"], "p#/rater1_seg.nii.gz")
    for number in PATIENTS:
        save(root / f"p{number}/rater2_seg.nii.gz", mask())


@layout()
def pairs_of_header_and_voxels(root: Path) -> None:
    for number in PATIENTS:
        for name, data in (("flair", image(number)), ("seg", mask())):
            path = root / f"p{number}/{name}.hdr"
            path.parent.mkdir(parents=True, exist_ok=True)
            nib.save(nib.Nifti1Pair(data, AFFINE), path)


@layout()
def sites_patients_and_dates(root: Path) -> None:
    for number in PATIENTS:
        for date in ("2019-01-03", "2020-05-17"):
            home = root / f"site{number % 2}/p{number}/{date}"
            save(home / "FLAIR.nii.gz", image(10 * number + int(date[3])))
            save(home / "roi.nii.gz", mask())


@layout(refused="seg.nii.gz")
def a_file_of_no_bytes(root: Path) -> None:
    cases(root, ["p#/flair.nii.gz"], "p#/seg.nii.gz")
    (root / "p1/seg.nii.gz").write_bytes(b"")


@layout("--set 'data.windows={CT=[0,80]}'")
def ct_with_a_window(root: Path) -> None:
    cases(root, ["p#/CT.nii.gz"], "p#/seg.nii.gz")


@layout(refused="CT is CT, and nothing says")
def ct_without_a_window(root: Path) -> None:
    for number in PATIENTS:
        shown = image(number) - 1000 * (np.indices(GRID)[0] < 4)
        save(root / f"p{number}/CT.nii.gz", shown.astype(np.int16))
        save(root / f"p{number}/seg.nii.gz", mask())


@layout(refused="it holds archives (BraTS2021.zip)")
def an_archive_that_is_not_unpacked(root: Path) -> None:
    cases(root / "x", ["p#/flair.nii.gz"], "p#/seg.nii.gz")
    shutil.make_archive(str(root / "BraTS2021"), "zip", root / "x")
    shutil.rmtree(root / "x")
