"""NIfTI-1 and NIfTI-2, in one file (.nii, .nii.gz) or in two (.hdr with .img).

Arrays are the transpose of nibabel's: ``(C, Z, Y, X)`` against ``(X, Y, Z, C)``.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io.files import archive_of, has_suffix
from napari_brainseg.io.guards import MAX_DEFLATE_RATIO, check_memory, decoding
from napari_brainseg.io.nifti_header import (
    AGAIN,
    HeaderError,
    image_kind,
    load_image,
    plain_header,
    stated_affine,
)
from napari_brainseg.io.nifti_pair import PAIR_SUFFIXES, find_pair
from napari_brainseg.io.packed import is_packed, open_unpacked, spare_of
from napari_brainseg.io.volumes import (
    COLOUR_NOTE,
    channel_names,
    colour_names,
    finite,
    grid_of,
    shear,
)
from napari_brainseg.language import tr
from napari_brainseg.scan import NiftiSource, Scan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["read", "says_labels", "write", "write_nifti_image"]

# nibabel is typed, but its headers, images and proxies are not; they travel as Any here.

MAX_SHEAR = 1e-4
"""Above this the axes count as sheared: 0.025 mm across a head, less than cosines rounded to
four decimals already cost."""

LONGEST_HEADER = 544
"""Bytes of a header of NIfTI-2, and the 4 after it."""

LABELS = 1002
"""Intent of voxels that are labels, ``NIFTI_INTENT_LABEL``."""


MAX_SPARE = 2**20
"""More bytes than that behind the voxels are no padding."""

FORM_CODES = {"scanner": 1, "display": 2, "nobody": 0}
"""What the standard calls scanner anatomical, aligned to another file, and unknown."""

FORM_FIELDS = (
    *("sform_code", "srow_x", "srow_y", "srow_z", "xyzt_units"),
    *("qform_code", "quatern_b", "quatern_c", "quatern_d"),
    *("qoffset_x", "qoffset_y", "qoffset_z"),
)


def read(path: Path, name: str) -> Scan:
    """Read a NIfTI file of two to four dimensions.

    Parameters
    ----------
    path : Path
        A ``.nii`` or ``.nii.gz`` file; or either of a ``.hdr`` and ``.img`` pair, the other one
        lying beside it.
    name : str
        Name for the scan.

    Returns
    -------
    Scan
        Integers stay as stored unless the header scales them (then float32); colours become three
        channels; affine in mm even where the header counts metres or microns. Its source is a
        :class:`~napari_brainseg.scan.NiftiSource` with a copy of the header, made that of a
        single file where it was one of a pair.

    Raises
    ------
    ScanError
        If the file is damaged, not what its header says, too large, or of complex numbers.
    """
    files = find_pair(path) if has_suffix(path, PAIR_SUFFIXES) else (path,)
    image = _open(files[0], files[-1])
    x, y, z, volumes = grid_of(image.shape, path.name)
    stored, spare = _voxels(files[-1], image)
    data, is_colour = _scalar(stored.reshape((x, y, z, volumes), order="F").T)
    data, not_finite = finite(data)
    affine, notes = stated_affine(image)
    notes = (*notes, *((tr(COLOUR_NOTE),) if is_colour else ()), *spare, *not_finite)
    channels = colour_names(volumes) if is_colour else channel_names(name, volumes)
    source = NiftiSource(name, files, notes, header=plain_header(image.header))
    return Scan(data, affine, channels, source)


def write(path: Path, labels: NDArray[Any], scan: Scan) -> None:
    """Write a mask on the grid of ``scan``.

    A NIfTI scan lends its header, so both forms, their codes and the units come out bit for bit;
    free text and extensions, which may hold names and dates, are dropped. Any other scan gets a
    NIfTI-1 header with its affine as sform and, unless sheared, as qform: code 1, "scanner", where
    its file states it, code 2, "aligned", where it is how the scan is shown. Of voxels that belong
    to no scan only the size is written, under the codes 0.
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
    header["intent_code"] = LABELS
    header["cal_min"], header["cal_max"] = 0, max(1, int(labels.max()))
    _save(path, labels, header)


def says_labels(path: Path) -> bool:
    """Whether the header of a NIfTI file says that its voxels are labels (intent 1002).

    Of a file that cannot be read it is not known.
    """
    try:
        with decoding(path, "NIfTI"):
            return int(_load_placed(path).header["intent_code"]) == LABELS
    except ScanError:
        return False


def write_nifti_image(path: Path, image: NDArray[Any], scan: Scan) -> None:
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
    pairs = {field: (back[field], header[field]) for field in FORM_FIELDS}
    wrong = [field for field, pair in pairs.items() if not np.array_equal(*pair, equal_nan=True)]
    if wrong:
        raise SaveError(
            tr(
                "{name}: the header fields {fields} did not read back as written. Save to "
                "another disk, and report this if it happens again.",
                name=path.name,
                fields=", ".join(wrong),
            )
        )


def _open(path: Path, voxels: Path) -> Any:
    """Read the header and check it against the file of the voxels, which stay untouched."""
    with decoding(path, "NIfTI"):
        image = _load_placed(path)
        size = voxels.stat().st_size
        _check_kind(image, path)
        declared = math.prod(image.shape) * image.get_data_dtype().itemsize
        capacity = size * MAX_DEFLATE_RATIO if is_packed(voxels) else size
        if (start := image.dataobj.offset) + declared > capacity:
            raise ScanError(
                tr(
                    "{voxels}: the header announces {declared:,} bytes of voxels from byte "
                    "{start:,} on, but the file has {size:,} bytes; it is cut short or its "
                    "header is wrong. Get a fresh copy.",
                    voxels=voxels.name,
                    declared=declared,
                    start=start,
                    size=size,
                )
            )
    check_memory(path.name, declared)
    return image


def _load_placed(path: Path) -> Any:
    try:
        return _load(path)
    except HeaderError as error:
        raise ScanError(f"{path.name}: {error}") from error


def _check_kind(image: Any, path: Path) -> None:
    """Refuse what is no NIfTI, and voxels that are no numbers or colours."""
    if not isinstance(image, nib.nifti1.Nifti1Pair):  # base of single files and NIfTI-2
        raise ScanError(
            tr(
                "{name}: the header is {kind}, expected a NIfTI-1 or NIfTI-2 image. Convert "
                "it to NIfTI first.",
                name=path.name,
                kind=type(image).__name__,
            )
        )
    dtype = image.get_data_dtype()
    if dtype.kind not in "uif" and dtype.names is None:
        raise ScanError(
            tr(
                "{name}: voxels are of type {dtype}, expected whole or real numbers. Split "
                "complex images into scalar ones first.",
                name=path.name,
                dtype=dtype,
            )
        )


def _load(path: Path) -> Any:
    """Read the header of what a file is, whatever its name says.

    Browsers and mail programs unpack a ``.nii.gz`` and leave its name as it was.
    """
    packed, is_named_packed = is_packed(path), has_suffix(path, (".gz",))
    if has_suffix(path, PAIR_SUFFIXES) or not (packed or is_named_packed):
        return load_image(path)
    with open_unpacked(path) as stream:
        start = stream.read(LONGEST_HEADER)
    if (kind := archive_of(start)) or start.startswith(b"\x1f\x8b"):
        if not kind:
            raise HeaderError(
                tr(
                    "what is packed in it is packed by gzip once more. Unpack it, and open "
                    "what is in it."
                )
            )
        raise HeaderError(
            tr(
                "what is packed in it is an archive ({kind}). Unpack it, and open what is in it.",
                kind=kind,
            )
        )
    kind = image_kind(start[:4])
    if packed == is_named_packed and not kind.header_class.may_contain_header(start):
        return load_image(path)  # says what else it is
    return kind.from_stream(io.BytesIO(start))


def _voxels(path: Path, image: Any) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Load the voxels, rescaled as the header says, in native byte order; tell of bytes to spare.

    Raises
    ------
    ScanError
        If packed voxels go on long after those that the header announces.
    """
    end = math.prod(image.shape) * image.get_data_dtype().itemsize + image.dataobj.offset
    spare, after, proxy = path.stat().st_size - end, 0, image.dataobj
    with decoding(path, "NIfTI"):
        if is_packed(path) or has_suffix(path, (".gz",)):
            # Reading past the voxels to the end is what compares the checksum.
            with open_unpacked(path) as stream:
                content = stream.read(end + MAX_SPARE + 1)
                spare, after = len(content) - end, spare_of(stream)
            stated = proxy.shape, proxy.dtype, proxy.offset, proxy.slope, proxy.inter
            proxy = nib.arrayproxy.ArrayProxy(io.BytesIO(content), stated)
        # The standard rescales no colours.
        if (proxy.slope, proxy.inter) == (1.0, 0.0) or image.get_data_dtype().names is not None:
            data = np.asarray(proxy.get_unscaled())
        else:
            with np.errstate(over="ignore"):
                data = np.asarray(proxy, dtype=np.float32)
            _check_range(data, proxy, path.name)
    if spare > MAX_SPARE:
        raise ScanError(
            tr(
                "{name}: the header announces {end:,} bytes, and the file goes on for more "
                "than {max_spare:,} after them; its header is wrong. Get a fresh copy.",
                name=path.name,
                end=end,
                max_spare=MAX_SPARE,
            )
        )
    if data.dtype.itemsize > 8:
        data = data.astype(np.float64)
    notes = (
        tr(
            "{name} holds {spare:,} bytes more than the header announces.",
            name=path.name,
            spare=max(spare, 0) + after,
        ),
    )
    has_more = spare > 0 or after > 0
    return data.astype(data.dtype.newbyteorder("="), copy=False), notes if has_more else ()


def _check_range(data: NDArray[Any], proxy: Any, name: str) -> None:
    """Refuse whole numbers that become infinite when they are rescaled: zeros would be shown."""
    if np.dtype(proxy.dtype).kind in "iu" and not np.isfinite(data).all():
        raise ScanError(
            tr(
                "{name}: its values are rescaled by slope {slope:g}, intercept "
                "{intercept:g}, which makes them larger than 3e38. {again}",
                name=name,
                slope=proxy.slope,
                intercept=proxy.inter,
                again=tr(AGAIN),
            )
        )


def _scalar(data: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    """Make three channels of colours (C, Z, Y, X), their transparency dropped."""
    if data.dtype.names is None:
        return data, False
    return np.concatenate([data[colour] for colour in "RGB"]), True


def _plain_header(scan: Scan, values: NDArray[Any]) -> Any:
    """Header for a mask or an image: geometry of the scan, nothing else of it."""
    source = scan.source
    header: Any = source.header.copy() if isinstance(source, NiftiSource) else _new_header(scan)
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
    header.set_xyzt_units("mm" if scan.units == "mm" else "unknown")
    code = FORM_CODES[scan.source.placed_by]
    if not code:
        header.set_zooms(scan.spacing[::-1])
        return header
    header.set_sform(scan.affine, code=code)
    # The qform is a rotation and a spacing; it cannot hold a shear and must then not be believed.
    header.set_qform(scan.affine, code=0 if shear(scan.affine) > MAX_SHEAR else code)
    return header
