"""MINC files, laid out as libminc does it."""

from __future__ import annotations

import h5py
import numpy as np
from scipy.io import netcdf_file

AXES = ("zspace", "yspace", "xspace")
COSINES = {"xspace": (1.0, 0, 0), "yspace": (0, 1.0, 0), "zspace": (0, 0, 1.0)}
SPACING = b"regular__"
STEPS = {"xspace": -0.9, "yspace": 0.8, "zspace": 5.0}


def write_minc1(
    path, voxels, axes=AXES, cosines=COSINES, steps=STEPS, start=3.0, top=1.0, units=()
):
    """Write voxels (in the order of ``axes``); the largest stored number stands for ``top``."""
    units = dict(units)
    with netcdf_file(str(path), "w") as file:
        for axis, length in zip(axes, voxels.shape, strict=True):
            file.createDimension(axis, length)
            made = file.createVariable(axis, "i", ())
            made.spacing = SPACING
            if axis in cosines:
                made.direction_cosines = np.array(cosines[axis], float)
                made.step, made.start = float(steps[axis]), start
            if axis in units:
                made.units = units[axis].encode()
        image = file.createVariable("image", voxels.dtype.char, axes)
        image[:] = voxels
        image.signtype = b"signed__"
        if voxels.dtype.kind == "i":
            image.valid_range = np.array((0, voxels.max()), float)
        for name, value in (("image-max", top * voxels.max()), ("image-min", 0.0)):
            file.createVariable(name, "d", ())[...] = value
    return path


def write_minc2(
    path, voxels, axes=AXES, cosines=COSINES, steps=STEPS, start=3.0, top=1.0, units=(), **how
):
    """Write the same as HDF5."""
    units = dict(units)
    with h5py.File(path, "w") as file:
        for axis, length in zip(axes, voxels.shape, strict=True):
            made = file.create_dataset(f"minc-2.0/dimensions/{axis}", data=np.int32(0))
            made.attrs["length"] = length
            made.attrs["spacing"] = np.bytes_(SPACING)
            if axis in cosines:
                made.attrs["direction_cosines"] = np.array(cosines[axis], float)
                made.attrs["step"], made.attrs["start"] = float(steps[axis]), start
            if axis in units:
                made.attrs["units"] = np.bytes_(units[axis].encode())
        image = file.create_dataset("minc-2.0/image/0/image", data=voxels, **how)
        image.attrs["dimorder"] = np.bytes_(",".join(axes).encode())
        if voxels.dtype.kind == "i":
            image.attrs["valid_range"] = np.array((0, voxels.max()), float)
        for name, value in (("image-max", top * voxels.max()), ("image-min", 0.0)):
            file.create_dataset(f"minc-2.0/image/0/{name}", data=float(value))
    return path
