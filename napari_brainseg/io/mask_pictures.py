"""Masks as pictures, one PNG per slice, for programs that read nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import SaveError
from napari_brainseg.io.atomic import filling
from napari_brainseg.io.formats import scan_name
from napari_brainseg.io.save import compact
from napari_brainseg.language import tr
from napari_brainseg.scan import FileSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["write_mask_pictures"]


def write_mask_pictures(labels: NDArray[Any], scan: Scan, folder: Path | str) -> list[Path]:
    """Write a mask as a folder of PNG pictures, one per slice of the scan.

    Rows and columns are those of the scan's file, so that each picture lies pixel on pixel on its
    slice; position and spacing are lost. A picture is called after its slice's file, as
    ``<file>_mask.png``; of a scan in one file, ``<name>_<slice, from 0>_mask.png``.

    The folder is filled aside, read back and compared, and put in place in one step.

    Parameters
    ----------
    labels : ndarray of int or bool, shape (Z, Y, X)
        The mask on the scan's grid. One label becomes 0 and 255; several keep their values, in
        8 bits, or in 16 where that is not enough.
    scan : Scan
        The scan that the mask was made on.
    folder : path
        A folder that does not exist yet.

    Returns
    -------
    list of Path
        The pictures, in slice order.

    Raises
    ------
    SaveError
        If the mask does not fit the scan, the folder exists or cannot be written.
    """
    folder = Path(folder)
    values = compact(labels, scan)
    if values.max() <= 1:
        values = values * np.uint8(255)
    if folder.exists():
        raise SaveError(
            tr("{name}: exists already. Choose the name of a new folder.", name=folder.name)
        )
    if not folder.resolve().parent.is_dir():
        raise SaveError(tr("{name}: its folder does not exist. Create it first.", name=folder.name))
    names = _names(scan)
    with filling(folder.resolve(), folder.name) as aside:
        for name, slice_ in zip(names, values, strict=True):
            _write(aside / name, slice_)
    return [folder / name for name in names]


def _names(scan: Scan) -> list[str]:
    count = scan.grid[0]
    stems = [scan_name(file) for file in scan.source.files]
    if len(set(stems)) != count or isinstance(scan.source, FileSource):
        digits = len(str(count - 1))
        stems = [f"{scan.source.name}_{z:0{digits}}" for z in range(count)]
    return [f"{stem}_mask.png" for stem in stems]


def _write(path: Path, values: NDArray[np.uint8 | np.uint16]) -> None:
    from PIL import Image

    Image.fromarray(values).save(path)
    with Image.open(path) as image:
        same = np.array_equal(np.asarray(image), values)
    if not same:
        raise SaveError(
            tr(
                "{name}: did not read back as written, so nothing was kept. Save to another disk.",
                name=path.name,
            )
        )
