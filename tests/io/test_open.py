"""What kind of path is what, and what is said about paths that are nothing."""

from __future__ import annotations

import re
from itertools import permutations

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import write_slice
from PIL import Image

from napari_brainseg.errors import ScanError
from napari_brainseg.io import can_read, read_scan


def picture(path):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((6, 7), np.uint8)).save(path)
    return path


def test_a_missing_path_is_said_to_be_missing(tmp_path):
    with pytest.raises(ScanError, match=r"^gone\.nii: there is no such file") as error:
        read_scan(tmp_path / "gone.nii")
    assert str(tmp_path) not in str(error.value)
    assert not can_read(tmp_path / "gone.nii")


@pytest.mark.parametrize("name", ["scan.xyz", "notes.txt", "I10"])
def test_an_unknown_kind_is_refused_with_what_is_known(tmp_path, name):
    (tmp_path / name).write_bytes(b"hello")
    assert not can_read(tmp_path / name)
    with pytest.raises(ScanError, match=r"expected NIfTI"):
        read_scan(tmp_path / name)


def test_a_folder_without_a_scan_is_refused(tmp_path):
    assert not can_read(tmp_path)
    with pytest.raises(ScanError, match="no scan was found"):
        read_scan(tmp_path)


def test_a_folder_of_nifti_files_says_to_open_one(tmp_path):
    for name in ("flair.nii.gz", "t1.nii.gz"):
        (tmp_path / name).touch()
    assert can_read(tmp_path)
    with pytest.raises(ScanError, match=r"2 volumes.*flair\.nii\.gz"):
        read_scan(tmp_path)


def test_a_folder_of_folders_is_recognised_so_that_it_can_be_explained(tmp_path):
    picture(tmp_path / "patient" / "1.png")
    assert can_read(tmp_path)
    with pytest.raises(ScanError, match="such as patient"):
        read_scan(tmp_path)


def test_files_of_different_kinds_are_not_one_scan(tmp_path):
    (tmp_path / "a.nii").touch()
    with pytest.raises(ScanError, match="one at a time"):
        read_scan([tmp_path / "a.nii", picture(tmp_path / "b.png")])
    with pytest.raises(ScanError, match="one at a time"):
        read_scan([])


def test_one_path_in_a_list_is_that_path(tmp_path):
    path = picture(tmp_path / "head" / "1.png")
    assert read_scan([path]).scan.source.name == "1"
    assert read_scan([path.parent]).scan.source.name == "head"


def test_suffixes_are_known_in_any_case(tmp_path):
    path = picture(tmp_path / "a.png").rename(tmp_path / "A.PNG")
    assert can_read(path)
    assert read_scan(path).scan.source.name == "A"


def test_a_relative_path_is_read_from_here(tmp_path, monkeypatch):
    picture(tmp_path / "head" / "1.png")
    monkeypatch.chdir(tmp_path / "head")
    assert read_scan(".").scan.source.name == "head"


FOREIGN = {
    "a+orig.HEAD": "a scan of AFNI.*3dAFNItoNIFTI",
    "a+orig.BRIK.gz": "a scan of AFNI",
    "a.mif.gz": "a scan of MRtrix.*mrconvert",
    "a.PAR": "Philips or Bruker.*dcm2niix",
    "2dseq": "Philips or Bruker.*brkraw",
    "a.svs": "a picture of a microscope.*OME-TIFF",
    "a.gipl": "a volume of another program.*ITK-SNAP",
    "a.npy": "numbers that do not say where",
    "a.jp2": "a picture, a film or a page.*PNG",
    "a.gii": "a surface, fibres or a transform",
}


@pytest.mark.parametrize(("name", "reason"), FOREIGN.items())
def test_files_of_other_programs_are_called_what_they_are(tmp_path, name, reason):
    (tmp_path / name).write_bytes(b"some bytes")
    with pytest.raises(ScanError, match=f"^{re.escape(name)}: is by its name .*{reason}"):
        read_scan(tmp_path / name)


def test_a_folder_of_zarr_is_called_so(tmp_path):
    chunks = tmp_path / "a.ome.zarr" / "0"
    chunks.mkdir(parents=True)
    (chunks / "0.0.0").write_bytes(bytes(64))
    with pytest.raises(ScanError, match=r"^a\.ome\.zarr: is by its name a folder of Zarr .*TIFF"):
        read_scan(tmp_path / "a.ome.zarr")


def test_a_header_of_another_program_is_no_half_of_a_pair(tmp_path):
    (tmp_path / "a.hdr").write_text("!INTERFILE :=\n!imaging modality := nucmed\n")
    for beside in (False, True):
        if beside:
            (tmp_path / "a.img").write_bytes(bytes(100))
        with pytest.raises(ScanError, match=r"^a\.hdr: is no header of NIfTI"):
            read_scan(tmp_path / "a.hdr")


def files_of_every_kind(folder):
    """Write a small file of each format, named after its content; return their ways to end."""
    image = nib.Nifti1Image(np.zeros((5, 6, 7), np.int16), np.eye(4))
    nib.save(image, folder / "nifti.nii")
    nib.save(image, folder / "nifti.nii.gz")
    for name in ("nrrd.nrrd", "metaimage.mha", "tiff.tif"):
        sitk.WriteImage(sitk.Image(5, 6, 7, sitk.sitkInt16), str(folder / name))
    Image.fromarray(np.zeros((6, 7), np.uint8)).save(folder / "picture.png")
    write_slice(folder / "dicom.dcm", np.zeros((6, 7)))
    (folder / "minc.mnc").write_bytes(b"CDF\1" + bytes(1000))
    return sorted(folder.iterdir())


def test_a_file_under_a_name_of_another_kind_is_called_what_it_is(tmp_path):
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    files = files_of_every_kind(tmp_path / "right")
    for file, other in permutations(files, 2):
        known = {file.stem.split(".")[0], other.stem.split(".")[0]}
        is_packed = file.suffix == ".gz"
        # DICOM is read under most names, and NIfTI may be packed under any of its own.
        if len(known) == 1 or (file.stem == "dicom" and other.stem not in ("picture", "tiff")):
            continue
        path = tmp_path / "wrong" / f"a{''.join(other.suffixes)}"
        path.write_bytes(file.read_bytes())
        with pytest.raises(ScanError, match=r"^a\.\S+: is .* by its content") as caught:
            read_scan(path)
        expected = ".nii.gz" if is_packed else file.suffix.replace(".tif", ".tiff")
        assert str(caught.value).endswith(f"Let its name end in {expected}.")
        path.unlink()
