"""NIfTI-1 and NIfTI-2, in one file (.nii, .nii.gz) or in two (.hdr with .img).

Arrays are the transpose of nibabel's: ``(C, Z, Y, X)`` against ``(X, Y, Z, C)``.
"""

from __future__ import annotations

import gzip
import math
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io._shared import (
    MAX_DEFLATE_RATIO,
    PAIR_SUFFIXES,
    channel_names,
    check_memory,
    decoding,
    finite,
    grid_of,
    has_suffix,
    scan_name,
    shear,
)
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["read", "write", "write_image"]

# nibabel is typed, but its headers, images and proxies are not; they travel as Any here.

MAX_SHEAR = 1e-4
"""Above this the axes count as sheared: 0.025 mm across a head, less than cosines rounded to
four decimals already cost."""

MM_PER_UNIT = {"meter": 1000.0, "micron": 0.001}

MAGICS_1 = (b"ni1", b"n+1")
MAGICS_2 = (b"ni2", b"n+2")

FORM_FIELDS = (
    *("sform_code", "srow_x", "srow_y", "srow_z", "xyzt_units"),
    *("qform_code", "quatern_b", "quatern_c", "quatern_d"),
    *("qoffset_x", "qoffset_y", "qoffset_z"),
)


def read(path: Path) -> Scan:
    """Read a NIfTI file of two to four dimensions.

    Parameters
    ----------
    path : Path
        A ``.nii`` or ``.nii.gz`` file; or either of a ``.hdr`` and ``.img`` pair, the other one
        lying beside it.

    Returns
    -------
    Scan
        Integers stay as stored unless the header scales them (then float32); affine in mm even
        where the header counts metres or microns; ``source.header`` is a copy of the header, made
        that of a single file where it was one of a pair.

    Raises
    ------
    ScanError
        If the file is damaged, not what its header says, too large, or not a scalar image.
    """
    files = _pair(path) if has_suffix(path, PAIR_SUFFIXES) else (path,)
    image = _open(files[0], files[-1])
    x, y, z, channels = grid_of(image.shape, path.name)
    data, not_finite = finite(_voxels(files[-1], image))
    data = data.reshape((x, y, z, channels), order="F").T
    affine, notes = _affine(image)
    name = scan_name(path)
    header = _single_header(image.header)
    source = Source("nifti", name, files, header, (*notes, *not_finite))
    return Scan(data, affine, channel_names(name, channels), source)


def write(path: Path, labels: NDArray[Any], scan: Scan) -> None:
    """Write a mask on the grid of ``scan``.

    A NIfTI scan lends its header, so both forms, their codes and the units come out bit for bit;
    free text and extensions, which may hold names and dates, are dropped. Any other scan gets a
    NIfTI-1 header with its affine as sform and, unless sheared, as qform (code 1, "scanner").
    A NIfTI-1 header stores 32-bit floats: an affine from elsewhere is kept to about seven
    digits, that is 1e-6 mm on the axes and 3e-5 mm on an origin 500 mm away.

    Parameters
    ----------
    path : Path
        File to write, ``.nii`` or ``.nii.gz``.
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask.
    scan : Scan
        The scan it lies on.

    Raises
    ------
    SaveError
        If the header did not read back as written.
    """
    header = _plain_header(scan, labels)
    header["cal_min"], header["cal_max"] = 0, max(1, int(labels.max()))
    _save(path, labels, header)


def write_image(path: Path, image: NDArray[Any], scan: Scan) -> None:
    """Write intensities on the grid of ``scan``, its header lent as for a mask.

    Parameters
    ----------
    path : Path
        File to write, ``.nii`` or ``.nii.gz``.
    image : ndarray of a type that NIfTI stores, shape (Z, Y, X)
        Intensities; none of them is scaled.
    scan : Scan
        The scan it lies on.

    Raises
    ------
    SaveError
        If the header did not read back as written.
    """
    header = _plain_header(scan, image)
    header["cal_min"], header["cal_max"] = 0, 0  # unset
    _save(path, image, header)


def _save(path: Path, values: NDArray[Any], header: Any) -> None:
    kind: Any = nib.Nifti2Image if isinstance(header, nib.Nifti2Header) else nib.Nifti1Image
    # Without an affine nibabel leaves both forms alone; given one, it would reset their codes.
    nib.save(kind(values.T, None, header), path)
    written: Any = nib.load(path)
    back = written.header
    wrong = [field for field in FORM_FIELDS if not np.array_equal(back[field], header[field])]
    if wrong:
        raise SaveError(
            f"{path.name}: the header fields {', '.join(wrong)} did not read back as written. "
            "Save to another disk, and report this if it happens again."
        )


def _pair(path: Path) -> tuple[Path, Path]:
    """Find header and voxels of a pair, and refuse its elder kin.

    Analyze 7.5 looks alike and stores no orientation at all: programs disagree on which side is
    left, and in a tumour's mask that is no detail.
    """
    lower = path.suffix.islower()
    files = tuple(path.with_suffix(end if lower else end.upper()) for end in PAIR_SUFFIXES)
    header, voxels = files
    for file in files:
        if not file.is_file():
            raise ScanError(f"{path.name}: {file.name} is not beside it. Put both in one folder.")
    with decoding(header, "NIfTI"), header.open("rb") as stream:
        start = stream.read(348)
    if len(start) == 348 and start[344:347] not in MAGICS_1 and start[4:7] not in MAGICS_2:
        raise ScanError(
            f"{header.name}: the header is no NIfTI but maybe Analyze 7.5, which does not tell "
            "left from right. Convert the original DICOM files to NIfTI, or this pair with a "
            "program that knows how it was made."
        )
    return header, voxels


def _open(path: Path, voxels: Path) -> Any:
    """Read the header and check it against the file of the voxels, which stay untouched."""
    with decoding(path, "NIfTI"):
        image: Any = nib.load(path, mmap=False)
        size = voxels.stat().st_size
        is_nifti = isinstance(image, nib.nifti1.Nifti1Pair)  # base of single files and NIfTI-2
        if not is_nifti:
            raise ScanError(
                f"{path.name}: the header is {type(image).__name__}, expected a NIfTI-1 or "
                "NIfTI-2 image. Convert it to NIfTI first."
            )
        dtype = image.get_data_dtype()
        if dtype.kind not in "uif":
            raise ScanError(
                f"{path.name}: voxels are of type {dtype}, expected whole or real numbers. Split "
                "colour or complex images into scalar ones first."
            )
        declared = math.prod(image.shape) * dtype.itemsize
        capacity = size
        if has_suffix(path, (".gz",)):
            capacity = size * MAX_DEFLATE_RATIO
        if declared + image.dataobj.offset > capacity:
            raise ScanError(
                f"{voxels.name}: the header announces {declared:,} bytes of voxels, but the file "
                f"has {size:,} bytes; it is cut short or its header is wrong. Get a fresh copy."
            )
    check_memory(path.name, declared)
    return image


def _voxels(path: Path, image: Any) -> NDArray[Any]:
    """Load the voxels, rescaled as the header says, in native byte order."""
    with decoding(path, "NIfTI"):
        if has_suffix(path, (".gz",)):
            # Reading past the voxels to the end is what makes gzip compare its checksum.
            with gzip.open(path) as stream:
                size = math.prod(image.shape) * image.get_data_dtype().itemsize
                content = stream.read(size + image.dataobj.offset + 2**20)
            image = type(image).from_bytes(content)
        proxy = image.dataobj
        if (proxy.slope, proxy.inter) == (1.0, 0.0):
            data = np.asarray(proxy.get_unscaled())
        else:
            with np.errstate(over="ignore"):  # beyond float32 becomes inf, which is reported
                data = np.asarray(proxy, dtype=np.float32)
    if data.dtype.itemsize > 8:
        data = data.astype(np.float64)
    return data.astype(data.dtype.newbyteorder("="), copy=False)


def _single_header(stored: Any) -> Any:
    """Copy a header; that of a pair as one for a single file, in which masks are saved."""
    if not isinstance(stored, nib.nifti1.Nifti1PairHeader):
        return stored.copy()
    is_second = isinstance(stored, nib.nifti2.Nifti2PairHeader)
    kind: Any = nib.Nifti2Header if is_second else nib.Nifti1Header
    header = kind(stored.binaryblock, stored.endianness, check=False)
    header["magic"] = kind.single_magic
    return header


def _affine(image: Any) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Affine in RAS+ mm, and what to tell about it."""
    header, notes = image.header, []
    affine = np.array(image.affine, dtype=np.float64)
    if header["sform_code"] <= 0 and header["qform_code"] <= 0:
        notes.append(
            "Orientation is not stored in the file (sform and qform are unset): left and right "
            "are a guess, check them."
        )
    try:
        unit = header.get_xyzt_units()[0]
    except KeyError:  # a code that the standard does not know
        unit = "unknown"
    if unit in MM_PER_UNIT:
        factor = MM_PER_UNIT[unit]
        affine[:3] *= factor
        notes.append(f"The header counts in {unit}s; shown in millimetres.")
    return affine, tuple(notes)


def _plain_header(scan: Scan, values: NDArray[Any]) -> Any:
    """Header for a mask or an image: geometry of the scan, nothing else of it."""
    stored: Any = scan.source.header
    from_nifti = isinstance(stored, nib.Nifti1Header)
    header = stored.copy() if from_nifti else _new_header(scan)
    header.extensions.clear()
    for field in ("descrip", "aux_file", "db_name", "intent_name"):
        if field in header:  # NIfTI-2 has no db_name
            header[field] = b""
    header.set_data_dtype(values.dtype)
    header.set_data_shape(values.T.shape)
    header["vox_offset"] = 0  # nibabel then places the voxels right after the header
    header["intent_code"] = 0
    return header


def _new_header(scan: Scan) -> Any:
    header: Any = nib.Nifti1Header()
    header.set_data_shape(scan.grid[::-1])
    header.set_sform(scan.affine, code=1)
    # The qform is a rotation and a spacing; it cannot hold a shear and must then not be believed.
    header.set_qform(scan.affine, code=0 if shear(scan.affine) > MAX_SHEAR else 1)
    header.set_xyzt_units("mm" if scan.units == "mm" else "unknown")
    return header
