"""MINC volumes: MINC 1 (netCDF 3) through scipy, MINC 2 (HDF5) through h5py, both by nibabel.

nibabel turns what is stored into intensities and places them. What it believes is checked here
before: HDF5 fills in what a file lacks, and can fetch voxels from other files.
"""

from __future__ import annotations

import io
import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import (
    MAX_DEFLATE_RATIO,
    check_memory,
    check_unpacked,
    decoding,
    likely_size,
)
from napari_brainseg.io.packed import is_packed, open_unpacked
from napari_brainseg.io.volumes import MM_PER_UNIT, channel_names, check_channels, finite
from napari_brainseg.language import tr
from napari_brainseg.scan import FileSource, Scan
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO
__all__ = ["read"]

NETCDF, HDF5 = b"CDF", b"\x89HDF"
SPACE = ("xspace", "yspace", "zspace")
IMAGE = "minc-2.0/image/0/image"
PARTS = ("minc-2.0", "minc-2.0/dimensions", "minc-2.0/image", "minc-2.0/image/0")
"""Groups that are read; nothing in them may lead into another file."""


@dataclass(frozen=True, slots=True)
class _Volume:
    """An opened file.

    Parameters
    ----------
    minc : nibabel.minc1.Minc1File
        Reads it.
    axes : tuple of str
        Names of its axes, the slowest first.
    units : tuple of str
        Units of length of the axes of space, in lower case; empty where none is stated.
    """

    minc: Any
    axes: tuple[str, ...]
    units: tuple[str, ...]


def read(path: Path, name: str) -> Scan:
    """Read a MINC file of three spatial axes, and perhaps one of time.

    Parameters
    ----------
    path : Path
        A ``.mnc`` file, or one packed by gzip.
    name : str
        Name for the scan.

    Returns
    -------
    Scan
        Real values as float32 (float64 where they are stored so), affine in mm.

    Raises
    ------
    ScanError
        If the file is damaged, not what its header says, too large, of axes that a scan has not,
        or needs a library that is not installed.
    """
    with decoding(path, "MINC"), _opened(path) as volume:
        shape = tuple(int(length) for length in volume.minc.get_data_shape())
        order = _order(volume.axes, shape, path.name)
        check_memory(path.name, math.prod(shape) * 8)
        factor, told = _millimetres(volume.units, path.name)
        affine = np.diag([factor] * 3 + [1]) @ volume.minc.get_affine()[:, [2, 1, 0, 3]]
        values = np.asarray(volume.minc.get_scaled_data())
    kept = values.dtype.newbyteorder("=") if volume.minc.get_data_dtype().kind == "f" else "f4"
    with np.errstate(over="ignore"):  # beyond float32 becomes inf, which is reported
        stored = values.astype(kept, copy=False)
    data, notes = finite(stored.transpose(order).reshape(-1, *(shape[i] for i in order[-3:])))
    return Scan(
        data, affine, channel_names(name, len(data)), FileSource(name, (path,), (*told, *notes))
    )


def _millimetres(units: tuple[str, ...], name: str) -> tuple[float, tuple[str, ...]]:
    """Return the mm of the unit of length, which nibabel takes for one, and what to tell of it."""
    factors = {MM_PER_UNIT.get(unit, 1.0) for unit in units}
    if len(factors) > 1:
        raise ScanError(
            tr(
                "{name}: its axes count in {units}, expected one unit of length for all. Repair "
                "the header, or convert it to NIfTI (mnc2nii).",
                name=name,
                units=", ".join(map(shortened, units)),
            )
        )
    (factor,) = factors
    if factor == 1:
        return factor, ()
    return factor, (tr("The header counts in {unit}; shown in millimetres.", unit=units[0]),)


def _unit(stored: Any) -> str:
    text = stored.decode(errors="replace") if isinstance(stored, bytes) else str(stored)
    return text.strip("\0 ").lower()


@contextmanager
def _opened(path: Path) -> Iterator[_Volume]:
    with _unpacked(path) as stream:
        kind = stream.read(4)
        stream.seek(0)
        if kind.startswith(HDF5):
            with _hdf5(stream, path) as volume:
                yield volume
        elif kind.startswith(NETCDF):
            yield _netcdf(stream, path.name)
        else:
            raise ScanError(
                tr(
                    "{name}: neither MINC 1 (netCDF) nor MINC 2 (HDF5) by its first bytes. Get a "
                    "fresh copy, or give the file the ending of its format.",
                    name=path.name,
                )
            )


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    """Open a file, packed or not, whatever its name says; what is packed is read at once."""
    if not is_packed(path):
        with path.open("rb") as stream:
            yield stream
        return
    size = path.stat().st_size
    limit = min(psutil.virtual_memory().available // 4, likely_size(size))
    with open_unpacked(path) as unpacking:
        content = unpacking.read(limit)
        spare = len(unpacking.read(1))
        check_unpacked(path.name, len(content) + spare, size)
        check_memory(path.name, 2 * len(content) + spare * limit)
    yield io.BytesIO(content)


def _netcdf(stream: BinaryIO, name: str) -> _Volume:
    from nibabel.minc1 import Minc1File
    from scipy.io import netcdf_file

    content = netcdf_file(stream, mmap=False)
    axes = tuple(content.variables["image"].dimensions)
    places = (content.variables[axis] for axis in axes if axis in SPACE)
    units = tuple(_unit(getattr(place, "units", "")) for place in places)
    return _Volume(_even(Minc1File, content, name), axes, units or ("",))


def _even(kind: Any, content: Any, name: str) -> Any:
    """Let nibabel look at a file, all of whose distances have to be even."""
    try:
        return kind(content)
    except ValueError as error:
        raise ScanError(
            tr(
                "{name}: says that its slices lie at uneven distances, expected even ones. "
                "Resample it (mincresample), or convert it to NIfTI (mnc2nii).",
                name=name,
            )
        ) from error


@contextmanager
def _hdf5(stream: BinaryIO, path: Path) -> Iterator[_Volume]:
    try:
        import h5py
    except ImportError as error:
        raise ScanError(
            tr(
                "{name}: MINC 2 is read with h5py, which is not installed. Run: pip install "
                '"napari-brainseg[minc]", or convert the file to NIfTI (mnc2nii).',
                name=path.name,
            )
        ) from error
    from nibabel.minc2 import Minc2File

    with h5py.File(stream, "r") as content:
        _check_within(content, path.name)
        image = content[IMAGE]
        _check_complete(image, path)
        axes = image.attrs["dimorder"]
        text = axes.decode() if isinstance(axes, bytes) else str(axes)
        names = tuple(text.split(",")[: image.ndim])
        places = (content[PARTS[1]][axis] for axis in names if axis in SPACE)
        units = tuple(_unit(place.attrs.get("units", "")) for place in places)
        yield _Volume(_even(Minc2File, content, path.name), names, units or ("",))


def _check_within(content: Any, name: str) -> None:
    """Refuse links and voxels that lie in other files, which a header could choose."""
    if not all(_is_whole(content[part]) for part in ("/", *PARTS)):
        raise ScanError(
            tr(
                "{name}: parts of it are said to lie elsewhere or in other files. Save the "
                "scan whole in one file.",
                name=name,
            )
        )


def _is_whole(group: Any) -> bool:
    """Whether what a group holds lies in it: no link is followed to see that."""
    import h5py

    if not all(isinstance(group.get(key, getlink=True), h5py.HardLink) for key in group):
        return False
    stored = [each for each in group.values() if isinstance(each, h5py.Dataset)]
    return not any(each.external or each.is_virtual for each in stored)


def _check_complete(image: Any, path: Path) -> None:
    """Refuse voxels that are not stored: HDF5 would fill in zeros."""
    declared, size = image.size * image.dtype.itemsize, path.stat().st_size
    if image.chunks is None:
        complete = image.id.get_storage_size() == declared <= size * MAX_DEFLATE_RATIO
    else:
        steps = zip(image.shape, image.chunks, strict=True)
        needed = math.prod(-(-length // step) for length, step in steps)
        stored = image.id.get_num_chunks()
        complete = stored == needed and declared <= size * MAX_DEFLATE_RATIO**2
    if not complete:
        raise ScanError(
            tr(
                "{name}: the header announces {declared:,} bytes of voxels, and the file "
                "does not hold them all; it is cut short or its header is wrong. Get a fresh "
                "copy.",
                name=path.name,
                declared=declared,
            )
        )


def _order(axes: tuple[str, ...], shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    """Return the axes in the order (time, Z, Y, X), those of space as the file has them."""
    are_apart = len(set(axes)) == len(axes) == len(shape) <= len(SPACE) + 1
    if not are_apart or not set(SPACE) <= set(axes) or "vector_dimension" in axes:
        raise ScanError(
            tr(
                "{name}: the axes are {axes}, expected xspace, yspace and zspace, and "
                "perhaps time. Extract a volume of these axes first.",
                name=name,
                axes=shortened(", ".join(axes)),
            )
        )
    space = sorted(map(axes.index, SPACE))
    other = [index for index in range(len(axes)) if index not in space]
    check_channels(math.prod(shape[index] for index in other), name)
    return (*other, *space)
