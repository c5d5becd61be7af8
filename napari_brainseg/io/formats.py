"""The registry of formats: which files are opened, what masks are saved as, and by which module.

To add a format, write a module with its reader or writer and put an entry here; nothing else
knows of formats. Readers raise :class:`~napari_brainseg.errors.ScanError`, writers
:class:`~napari_brainseg.errors.SaveError`. The modules behind the entries load on first use,
because the libraries that they need are slow to load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.sniff import is_dicom
from napari_brainseg.io.files import check_fetched, file_stem, has_suffix
from napari_brainseg.io.nifti_pair import HEADER_SIZES, PAIR_SUFFIXES, is_pair
from napari_brainseg.io.packed import unpacked_start
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.io.volumes import Pixels
    from napari_brainseg.scan import Scan

__all__ = [
    "DICOM",
    "FORMATS",
    "KINDS",
    "MASK_ENDING",
    "MASK_SUFFIXES",
    "NIFTI",
    "NRRD",
    "SEG_NRRD",
    "SLICE_SUFFIXES",
    "TIFF",
    "VOLUME_SUFFIXES",
    "Format",
    "check_content",
    "format_of",
    "is_known",
    "is_series_file",
    "is_slice_mask",
    "is_volume",
    "mask_format",
    "mask_suffix",
    "scan_name",
]


class MaskWriter(Protocol):
    """Write a mask of labels (Z, Y, X) on the grid of a scan."""

    def __call__(self, path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file.

    Parameters
    ----------
    name : str
        To show.
    suffixes : tuple of str
        Endings of its files, lower case, longest first; empty where content tells the format.
    starts : tuple of bytes
        What its files begin with, packed by gzip or not; empty where that is no sign.
    sniff : callable, optional
        Whether a file of that ending is of the format at all; quick, never raises. Given where
        other things end so too.
    read : callable, optional
        Read a file that holds a whole volume, under the name given.
    decode : callable, optional
        Decode a file that holds a slice or a stack; several of them may make a scan.
    is_stack : callable, optional
        Whether such a file holds several slices; quick, never raises.
    write : callable, optional
        Write a mask.
    why_no_mask : callable, optional
        Why the mask of a scan cannot be written; empty if it can. Quick.
    check_sources : callable, optional
        Looks at the files of a scan as writing its mask will; raises what writing would.
    mask_suffixes : tuple of str
        Endings of the masks written; the first is proposed.
    proposed : str
        Ending that is proposed for the mask of a scan of this format.
    data_suffixes : tuple of str
        Endings that hold only the data of a header beside them.
    name_decides : bool
        Whether the ending is believed even where the content looks like DICOM: the preamble of a
        DICOM file may be the header of another format.
    is_figure : bool
        Whether files that lie beside volumes are figures rather than scans.
    has_identity : bool
        Whether a mask carries the patient's name, ID and dates.
    has_names : bool
        Whether a mask carries what its labels stand for; else a colour table goes beside it.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    starts: tuple[bytes, ...] = ()
    sniff: Callable[[Path], bool] | None = None
    read: Callable[[Path, str], Scan] | None = None
    decode: Callable[[Path], Pixels] | None = None
    is_stack: Callable[[Path], bool] | None = None
    write: MaskWriter | None = None
    why_no_mask: Callable[[Scan], str] | None = None
    check_sources: Callable[[Scan], object] | None = None
    mask_suffixes: tuple[str, ...] = ()
    proposed: str = ".nii.gz"
    data_suffixes: tuple[str, ...] = ()
    name_decides: bool = False
    is_figure: bool = False
    has_identity: bool = False
    has_names: bool = False


# The modules, loaded on first use


def _read_nifti(path: Path, name: str) -> Scan:
    from napari_brainseg.io import nifti

    return nifti.read(path, name)


def _write_nifti(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    from napari_brainseg.io import nifti

    nifti.write(path, labels, scan)


def _read_mgh(path: Path, name: str) -> Scan:
    from napari_brainseg.io import mgh

    return mgh.read(path, name)


def _read_minc(path: Path, name: str) -> Scan:
    from napari_brainseg.io import minc

    return minc.read(path, name)


def _read_nrrd(path: Path, name: str) -> Scan:
    from napari_brainseg.io.itk import files, nrrd

    return files.read(path, nrrd.parse(path), name)


def _write_nrrd(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    from napari_brainseg.io.itk import seg_nrrd

    seg_nrrd.write_plain(path, labels, scan, info)


def _write_seg_nrrd(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    from napari_brainseg.io.itk import seg_nrrd

    seg_nrrd.write(path, labels, scan, info)


def _read_metaimage(path: Path, name: str) -> Scan:
    from napari_brainseg.io.itk import files, metaimage

    return files.read(path, metaimage.parse(path), name)


def _write_metaimage(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    from napari_brainseg.io.itk import metaimage

    metaimage.write(path, labels, scan)


def _decode_tiff(path: Path) -> Pixels:
    from napari_brainseg.io.pictures import tiff

    return tiff.load(path)


def _is_tiff_stack(path: Path) -> bool:
    from napari_brainseg.io.pictures import tiff

    return tiff.is_stack(path)


def _write_tiff(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    from napari_brainseg.io.pictures import tiff

    tiff.write(path, labels, scan)


def _decode_picture(path: Path) -> Pixels:
    from napari_brainseg.io.pictures import png_jpeg

    return png_jpeg.load(path)


def _write_seg(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    from napari_brainseg.io.dicom import seg_write

    seg_write.write_seg(labels, scan, info, path)


def _why_no_seg(scan: Scan) -> str:
    from napari_brainseg.io.dicom import references

    reason = references.why_unreferable(scan)
    return reason and tr(
        "a DICOM SEG refers to the images of its scan, but {reason}", reason=reason
    )


def _check_seg_sources(scan: Scan) -> None:
    from napari_brainseg.io.dicom import references

    references.source_images(scan)


SIZES_OF_NIFTI = tuple(n.to_bytes(4, way) for n in HEADER_SIZES for way in ("little", "big"))

NIFTI = Format(
    "NIfTI",
    (".nii.gz", ".nii"),
    SIZES_OF_NIFTI,
    read=_read_nifti,
    write=_write_nifti,
    mask_suffixes=(".nii.gz", ".nii"),
    name_decides=True,
)
NIFTI_PAIR = Format(
    "NIfTI pair",
    PAIR_SUFFIXES,
    SIZES_OF_NIFTI,
    is_pair,
    read=_read_nifti,
    data_suffixes=(".img",),
)
NRRD = Format(
    "NRRD",
    (".nrrd", ".nhdr"),
    (b"NRRD000",),
    read=_read_nrrd,
    write=_write_nrrd,
    mask_suffixes=(".nrrd",),
    proposed=".nrrd",
    has_names=True,
)
SEG_NRRD = Format(
    "3D Slicer segmentation",
    (".seg.nrrd",),
    NRRD.starts,
    write=_write_seg_nrrd,
    mask_suffixes=(".seg.nrrd",),
    has_names=True,
)
METAIMAGE = Format(
    "MetaImage",
    (".mha", ".mhd"),
    (b"ObjectType", b"NDims"),
    read=_read_metaimage,
    write=_write_metaimage,
    mask_suffixes=(".mha",),
    proposed=".mha",
)
MGH = Format("FreeSurfer", (".mgz", ".mgh"), read=_read_mgh)
MINC = Format(
    "MINC", (".mnc.gz", ".mnc"), (b"CDF\1", b"CDF\2", b"\x89HDF\r\n\x1a\n"), read=_read_minc
)
TIFF = Format(
    "TIFF",
    (".tiff", ".tif"),
    (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    decode=_decode_tiff,
    is_stack=_is_tiff_stack,
    write=_write_tiff,
    mask_suffixes=(".tif", ".tiff"),
    proposed=".tif",
    name_decides=True,
)
PICTURE = Format(
    "PNG or JPEG",
    (".png", ".jpg", ".jpeg"),
    (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"),
    decode=_decode_picture,
    proposed=".tif",
    name_decides=True,
    is_figure=True,
)
DICOM = Format(
    "DICOM",
    sniff=is_dicom,
    write=_write_seg,
    why_no_mask=_why_no_seg,
    check_sources=_check_seg_sources,
    mask_suffixes=(".dcm",),
    proposed=".dcm",
    has_identity=True,
    has_names=True,
)
FORMATS = (NIFTI, NIFTI_PAIR, SEG_NRRD, NRRD, METAIMAGE, MGH, MINC, TIFF, PICTURE, DICOM)

VOLUME_SUFFIXES = tuple(suffix for each in FORMATS if each.read for suffix in each.suffixes)
SLICE_SUFFIXES = tuple(suffix for each in FORMATS if each.decode for suffix in each.suffixes)
MASK_SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.mask_suffixes)
KINDS = tuple(f"{each.name} ({', '.join(each.suffixes)})" for each in FORMATS if each.suffixes)
"""The formats that a file is known to be of by its name, to show."""
DATA_SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.data_suffixes)
NAMED_SUFFIXES = tuple(s for each in FORMATS if each.name_decides for s in each.suffixes)

MASK_ENDING = "_mask"
"""What the name of a mask ends in, after that of the slice or scan that it is drawn on."""


def format_of(path: Path) -> Format | None:
    """Return the format that a file has by its name; None for DICOM and what is not known."""
    return next((each for each in FORMATS if has_suffix(path, each.suffixes)), None)


def check_content(path: Path) -> None:
    """Refuse a file that is not called as its first bytes say: its reader would find it damaged.

    Raises
    ------
    ScanError
        If it begins as files of another format do than that of its name, is empty, or was not
        fetched.
    """
    check_fetched(path)
    named, start, is_packed = format_of(path), *unpacked_start(path)
    if has_suffix(path, DATA_SUFFIXES) or (named and start.startswith(named.starts)):
        return
    found = _begun_as(start)
    endings = found.suffixes or found.mask_suffixes if found else ()
    fitting = [each for each in endings if each.endswith(".gz") == is_packed]
    if found and fitting:
        raise ScanError(
            tr(
                "{name}: is {kind} by its content, and not called so. Let its name end in "
                "{ending}.",
                name=path.name,
                kind=found.name,
                ending=fitting[0],
            )
        )


def _begun_as(start: bytes) -> Format | None:
    """Return the format that is read whose files begin so; None where that is not known."""
    if start[128:132] == b"DICM":
        return DICOM
    read = (each for each in FORMATS if each.read or each.decode)
    return next((each for each in read if start.startswith(each.starts)), None)


def is_volume(path: Path) -> bool:
    """Whether a file is by its name a volume of its own: no slice, and not the data of a header."""
    named = format_of(path)
    return bool(named and named.read) and not has_suffix(path, DATA_SUFFIXES)


def is_known(path: Path) -> bool:
    """Whether a file is of a format that is read, by name or by content; never raises."""
    named = format_of(path)
    if named is None:
        return is_dicom(path)
    return named.sniff is None or named.sniff(path)


def is_series_file(path: Path) -> bool:
    """Whether a file is DICOM by its content, and not another format by its name."""
    return not has_suffix(path, NAMED_SUFFIXES) and is_dicom(path)


def mask_format(path: Path) -> Format | None:
    """Return the format in which a mask is saved under a name; None where there is none."""
    return next((each for each in FORMATS if has_suffix(path, each.mask_suffixes)), None)


def mask_suffix(path: Path) -> str:
    """Return the ending under which a mask is saved, in lower case; empty where it is none."""
    return next((suffix for suffix in MASK_SUFFIXES if has_suffix(path, (suffix,))), "")


def scan_name(path: Path) -> str:
    """Return a file's name without the suffixes known here, e.g. ``flair`` of flair.nii.gz."""
    masks_only = (*SEG_NRRD.suffixes, *DICOM.mask_suffixes)
    return file_stem(path, (*masks_only, *VOLUME_SUFFIXES, *SLICE_SUFFIXES))


def is_slice_mask(path: Path) -> bool:
    """Whether a file is by its name the mask of a slice or scan rather than one itself."""
    return scan_name(path).lower().endswith(MASK_ENDING)
