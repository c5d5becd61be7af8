"""What ``corpora.py`` does with one file, in a process of its own."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import highdicom
import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk
import tifffile
from PIL import Image
from pydicom.pixels import apply_modality_lut

from napari_brainseg.errors import BrainsegError
from napari_brainseg.io import can_read, is_seg, read_mask, read_scan, write_mask
from napari_brainseg.io.files import has_suffix
from napari_brainseg.scan import DicomSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

NIBABEL = (".nii", ".nii.gz", ".hdr", ".img", ".mgh", ".mgz", ".mnc", ".mnc.gz")
ITK = (".nrrd", ".nhdr", ".mha", ".mhd")

MASKS = (".dcm", ".nii.gz", ".nrrd", ".seg.nrrd", ".mha", ".tif")

ROUNDING_MM = 0.1
"""Some programs round places to that."""

POINTS = 500
"""How many voxels are compared at the place where they lie."""


class Differs(Exception):
    """What another program reads is something else."""


def check(path: Path, scratch: Path) -> Iterator[dict[str, Any]]:
    """Open a folder, or a file alone in one; then compare it, and save masks of it."""
    folder = scratch / "one"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    alone = path if path.is_dir() else _copied(path, folder)
    if not can_read(alone) or is_seg(alone):
        yield _mask_of(alone)
        return
    try:
        scan = read_scan(alone).scan
    except BrainsegError as error:
        yield _refused(error, alone.parent)
        return
    yield {"outcome": "opened", "said": "", "more": True}
    try:
        compared = compare(alone, scan)
        masks = sum(save(scan, folder / f"a_mask{suffix}") for suffix in MASKS)
    except Differs as error:
        yield {"outcome": "wrong", "said": str(error)}
    else:
        yield {"outcome": "opened", "said": "", "compared": int(compared), "masks": masks}


def _copied(path: Path, folder: Path) -> Path:
    files = [path]
    if has_suffix(path, (".hdr", ".img", ".nhdr", ".mhd")):  # the voxels lie in another file
        files = [each for each in path.parent.iterdir() if each.stem == path.stem]
    for each in files:
        shutil.copy(each, folder)
    return folder / path.name


def _mask_of(path: Path) -> dict[str, Any]:
    """Read a file that is a mask, if it is one."""
    if not is_seg(path):
        return {"outcome": "unknown", "said": ""}
    try:
        read_mask(path)
    except BrainsegError as error:
        return _refused(error, path.parent)
    return {"outcome": "opened", "said": ""}


def _refused(error: BrainsegError, folder: Path) -> dict[str, str]:
    said = str(error)
    if "\n" in said or str(folder) in said:
        return {"outcome": "wrong", "said": f"not one line without a folder: {said!r}"}
    return {"outcome": "refused", "said": said if "could not be decoded" in said else ""}


def compare(path: Path, scan: Scan) -> bool:
    """Whether there was something to compare with, and it is the same.

    Raises
    ------
    Differs
        If it is not.
    """
    if isinstance(scan.source, DicomSource):
        return _compare_dicom(scan)
    if has_suffix(path, NIBABEL):
        try:
            image: Any = nib.load(path)
            values = np.asanyarray(image.dataobj)
        except Exception:  # what nibabel does not read is no reference
            return False
        if not np.linalg.det(image.affine[:3, :3]):  # it believes rows of zeros
            return False
        if has_suffix(path, (".mnc", ".mnc.gz")) and values.ndim == 4:
            values = np.moveaxis(values, 0, -1)  # time is their first axis
        is_nifti = isinstance(image, nib.Nifti1Image | nib.nifti1.Nifti1Pair)
        if values.dtype.names is not None or (
            is_nifti and image.header["xyzt_units"] & 7 in (1, 3)
        ):
            return False  # colours; units that nibabel does not look at
        data = values.reshape(*(*values.shape, 1, 1)[:3], -1, order="F")
        _at_places(scan, image.affine, lambda c, x, y, z: data[x, y, z, c])
    elif has_suffix(path, ITK):
        affine, voxels = _itk(path)
        data = voxels[np.newaxis] if voxels.ndim == 3 else np.moveaxis(voxels, -1, 0)
        _at_places(scan, affine, lambda c, x, y, z: data[c, z, y, x])
    else:
        return _compare_picture(path, scan)
    return True


def _at_places(
    scan: Scan, affine: NDArray[np.float64], value: Callable[[Any, Any, Any, Any], Any]
) -> None:
    """Compare values of voxels that lie at the same places, whatever the order of axes."""
    random = np.random.default_rng(0)
    c, z, y, x = (random.integers(0, n, POINTS) for n in scan.data.shape)
    places = np.stack([x, y, z, np.ones(POINTS)])
    found = np.linalg.inv(affine) @ scan.affine @ places if scan.units == "mm" else places
    at = np.rint(found).astype(int)
    if np.abs(found - at).max() > 0.01:
        raise Differs("voxels lie elsewhere")
    try:
        theirs = np.asarray(value(c, *at[:3]))
    except IndexError as error:
        raise Differs("voxels lie outside") from error
    ours = scan.data[c, z, y, x]
    if theirs.dtype.names is None and not np.allclose(
        ours, np.nan_to_num(theirs, posinf=0, neginf=0), rtol=1e-5
    ):
        raise Differs(f"values {ours[:4].tolist()}, expected {theirs[:4].tolist()}")


def _compare_dicom(scan: Scan) -> bool:
    """Compare every frame with pydicom, and its corner with where the header places it."""
    source = scan.source
    assert isinstance(source, DicomSource)
    for z, (file, number) in enumerate(source.frames):
        dataset = pydicom.dcmread(file, force=True)
        try:
            frames = dataset.pixel_array
        except Exception:  # pydicom lacks the decoder
            return False
        stored = frames[number] if int(dataset.get("NumberOfFrames") or 1) > 1 else frames
        groups = _groups(dataset, number)
        if rescale := groups.get("PixelValueTransformationSequence"):
            slope, shift = rescale[0].RescaleSlope, rescale[0].RescaleIntercept
            expected = stored * float(slope) + float(shift)
        else:
            expected = (
                apply_modality_lut(stored, dataset) if dataset.get("RescaleSlope", 1) else stored
            )
        ours = scan.data[0, z]
        if not np.allclose(ours, expected, rtol=1e-5):
            top = ours.astype(float) + expected
            if dataset.PhotometricInterpretation != "MONOCHROME1" or np.ptp(top) > 1e-3:
                raise Differs(f"slice {z} has other values")
        place = groups.get("PlanePositionSequence")
        position = (place[0] if place else dataset).get("ImagePositionPatient")
        if position is not None and scan.units == "mm":
            corner = (LPS @ scan.affine @ [0, 0, z, 1])[:3]
            if np.abs(corner - np.array(position, float)).max() > 0.05 * max(scan.spacing):
                raise Differs(f"slice {z} lies at {corner}, expected {position}")
    return True


def _groups(dataset: Any, number: int) -> dict[str, Any]:
    """Return the functional groups of a frame by their names."""
    found: dict[str, Any] = {}
    for item in (
        *(dataset.get("SharedFunctionalGroupsSequence") or ()),
        *(dataset.get("PerFrameFunctionalGroupsSequence") or ())[number : number + 1],
    ):
        found |= {element.keyword: element.value for element in item}
    return found


def _compare_picture(path: Path, scan: Scan) -> bool:
    """Compare a picture with what tifffile or Pillow make of it, where the axes say themselves."""
    data = scan.data
    if has_suffix(path, (".tif", ".tiff")):
        with tifffile.TiffFile(path) as file:
            tags = file.pages.first.tags
            if "ColorMap" in tags or tags.valueof(274, 1) != 1 or len(file.series) > 1:
                return False
            theirs = file.asarray()
            axes = file.series[0].axes
    else:
        with Image.open(path) as picture:
            if picture.mode not in ("L", "RGB", "I;16"):
                return False
            theirs = np.asarray(picture)
            if (picture.format, picture.mode) == ("PNG", "RGB"):  # Pillow keeps eight of 16 bits
                theirs = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
        axes = "YXS" if theirs.ndim == 3 else "YX"
    if axes == "YXS":
        theirs = np.moveaxis(theirs, -1, 0)[:, np.newaxis]
    elif axes in ("ZYX", "IYX", "QYX", "YX"):
        theirs = theirs.reshape(1, -1, *theirs.shape[-2:])
    else:
        return False
    if theirs.shape[0] == 3 and data.shape[0] == 1:  # a grey picture in three channels
        theirs = theirs[:1]
    if theirs.dtype == bool:
        theirs = theirs.astype(np.uint8)
    if theirs.shape[0] == data.shape[0] and not np.array_equal(theirs, data):
        raise Differs("the picture has other values")
    return theirs.shape[0] == data.shape[0]


def save(scan: Scan, path: Path) -> int:
    """Save a mask, if the scan can have one of that format, and read it with another program.

    Returns
    -------
    int
        How many masks were saved: 0 or 1.

    Raises
    ------
    Differs
        If the other program reads another mask, or elsewhere.
    """
    labels = np.zeros(scan.grid, np.uint8)
    z, y, x = (np.array(scan.grid) - 1) // 2
    labels[: z + 1, : y + 1, : x + 1] = 1
    labels[-1, 0, -1] = 2
    try:
        write_mask(labels, scan, path, overwrite=True)
    except BrainsegError as error:
        if "\n" in str(error) or "Traceback" in str(error):
            raise Differs(f"{path.suffix}: {error!r}") from error
        return 0
    if path.suffix == ".dcm":
        _check_seg(path, labels, scan)
        return 1
    if path.suffix == ".tif":
        found, affine = tifffile.imread(path).reshape(scan.grid), scan.affine
    else:
        affine, found = _nibabel_or_itk(path)
    if not np.array_equal(np.squeeze(found), np.squeeze(labels)):
        raise Differs(f"the mask {path.name} holds other labels")
    if scan.units == "mm" and np.abs(affine - scan.affine).max() > 1e-3 * (
        1 + np.abs(scan.affine).max()
    ):
        raise Differs(f"the mask {path.name} lies elsewhere: {affine.tolist()}")
    return 1


def _nibabel_or_itk(path: Path) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Read a mask with SimpleITK, or with nibabel what ITK has no way for: shears, NIfTI-2."""
    try:
        return _itk(path)
    except RuntimeError:
        if not has_suffix(path, NIBABEL):
            raise
    image: Any = nib.load(path)
    return image.affine, np.asanyarray(image.dataobj).T


def _itk(path: Path) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Read affine (RAS+ mm) and voxels (Z, Y, X) with SimpleITK."""
    image = sitk.ReadImage(str(path))
    n = image.GetDimension()
    affine = np.eye(4)
    steps = np.array(image.GetDirection()).reshape(n, n) * image.GetSpacing()
    affine[: min(n, 3), : min(n, 3)] = steps[:3, :3]
    affine[: min(n, 3), 3] = image.GetOrigin()[:3]
    return LPS @ affine, sitk.GetArrayFromImage(image)


def _check_seg(path: Path, labels: NDArray[np.uint8], scan: Scan) -> None:
    """Read a DICOM SEG with highdicom, and lay its segments on the scan."""
    volume = highdicom.seg.segread(path).get_volume(combine_segments=True, atol=ROUNDING_MM)
    voxels = np.argwhere(volume.array)
    places = volume.affine @ np.c_[voxels, np.ones(len(voxels))].T
    at = np.rint(np.linalg.inv(LPS @ scan.affine) @ places)[:3].astype(int)
    found = np.zeros_like(labels)
    if ((at < 0) | (at >= np.array(labels.shape)[::-1, np.newaxis])).any():
        raise Differs(f"the mask {path.name} lies elsewhere")
    found[at[2], at[1], at[0]] = volume.array[tuple(voxels.T)]
    if not np.array_equal(found, labels):
        raise Differs(f"the mask {path.name} holds other labels")


def main() -> None:
    """Answer for each path on standard input."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    answers = sys.stdout
    sys.stdout = sys.stderr
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        try:
            for answer in check(Path(json.loads(line)), Path(sys.argv[1])):
                print(json.dumps(answer), file=answers, flush=True)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
            print(json.dumps({"outcome": "traceback", "said": said}), file=answers, flush=True)


if __name__ == "__main__":
    main()
