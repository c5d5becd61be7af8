"""Scans from NRRD and MetaImage files: a parsed header and its block of voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.io.itk.block import load
from napari_brainseg.io.volumes import channel_names, finite
from napari_brainseg.scan import FileSource, Scan

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.io.itk.block import VolumeHeader

__all__ = ["read"]


def read(path: Path, header: VolumeHeader, name: str) -> Scan:
    """Read an image of two to four axes.

    Parameters
    ----------
    path : Path
        The file of the header.
    header : VolumeHeader
        As parsed; its data file lies in the same folder or below it.
    name : str
        Name for the scan.

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
    data, notes = load(header, path)
    data, not_finite = finite(data)
    files = tuple(dict.fromkeys((path, header.block.file)))
    source = FileSource(name, files, (*header.warnings, *notes, *not_finite))
    channels = header.names or channel_names(name, len(data))
    return Scan(data, header.affine, channels, source, header.units)
