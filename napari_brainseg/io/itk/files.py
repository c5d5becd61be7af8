"""The formats of ITK and 3D Slicer: NRRD (.nrrd, .nhdr) and MetaImage (.mha, .mhd)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_brainseg.io.files import NRRD_SUFFIXES, channel_names, finite, has_suffix, scan_name
from napari_brainseg.io.itk import metaimage, nrrd
from napari_brainseg.io.itk.block import load
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["read", "write"]


def read(path: Path) -> Scan:
    """Read an image of two to four axes.

    Parameters
    ----------
    path : Path
        A ``.nrrd`` or ``.mha`` file; or a ``.nhdr`` or ``.mhd`` header, whose data file lies in
        the same folder or below it.

    Returns
    -------
    Scan
        Values as stored. Millimetres where the header states a spacing, else pixels;
        ``source.files`` are the header and, where there is one, the data file.

    Raises
    ------
    ScanError
        If the file is damaged, not what its header says, too large, or not a scalar image.
    """
    header = (nrrd if has_suffix(path, NRRD_SUFFIXES) else metaimage).parse(path)
    data, notes = load(header, path)
    data, not_finite = finite(data)
    name = scan_name(path)
    files = tuple(dict.fromkeys((path, header.block.file)))
    source = Source("itk", name, files, None, (*header.warnings, *notes, *not_finite))
    return Scan(data, header.affine, channel_names(name, len(data)), source, header.units)


def write(path: Path, labels: NDArray[Any], scan: Scan) -> None:
    """Write a mask on the grid of ``scan``, compressed; nothing else of the scan goes along.

    Parameters
    ----------
    path : Path
        File to write, ``.nrrd`` or ``.mha``.
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask.
    scan : Scan
        The scan it lies on.
    """
    (nrrd if has_suffix(path, NRRD_SUFFIXES) else metaimage).write(path, labels, scan)
