"""Where the headers of NRRD say that an image lies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.itk.block import LPS_TO_RAS, PIXEL, numbers, to_affine
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.io.itk.block import Units

__all__ = ["VECTOR", "needed_field", "space_of"]

SPACES = {
    **dict.fromkeys(("right-anterior-superior", "ras"), np.eye(3)),
    **dict.fromkeys(("left-anterior-superior", "las"), np.diag([-1.0, 1.0, 1.0])),
    **dict.fromkeys(("left-posterior-superior", "lps"), LPS_TO_RAS),
}
"""From each space that names the patient's sides to RAS+."""

SIDELESS = ("scanner-xyz", "3d-right-handed", "3d-left-handed")

MM_PER_UNIT = {
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "", "???"), 1.0),
    **dict.fromkeys(("um", "\u00b5m", "\u03bcm", "micron", "microns"), 1e-3),
    "cm": 10.0,
    "m": 1000.0,
}
"""Millimetres are what everyone means who states no unit."""

VECTOR = re.compile(r"none|\([^()]*\)")

UNSURE = marked(
    "Orientation is not stored in the file (it names no anatomical space): left "
    "and right are a guess, check them."
)


def space_of(
    fields: dict[str, str], axes: list[int], lengths: tuple[int, ...], name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Affine in RAS+, units, and what to tell about them, of axes so many samples long."""
    n = len(lengths)
    if "spacedirections" in fields:
        return _placed(fields, axes, n, name)
    sizes = _distances(fields, axes, lengths, name)
    if not len(sizes):
        affine = to_affine(np.eye(len(axes)), np.zeros(len(axes)), name)
        return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, PIXEL, ()
    if (sizes <= 0).any():
        raise ScanError(
            tr(
                "{name}: the spacings are {spacings}, expected positive numbers. Repair the "
                "header.",
                name=name,
                spacings=" ".join(f"{size:g}" for size in sizes),
            )
        )
    stated = re.findall(r'"([^"]*)"', fields.get("units", ""))
    used = [stated[axis] for axis in axes] if len(stated) == n else []
    factors, units, notes = _units(used, len(axes), name)
    start = _least(fields, axes, n, sizes, name) * factors
    affine = to_affine(np.diag(sizes * factors), start, name)
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, units, (tr(UNSURE), *notes)


def _distances(
    fields: dict[str, str], axes: list[int], lengths: tuple[int, ...], name: str
) -> NDArray[np.float64]:
    """Distances of the samples along the axes; none where the header does not tell them.

    As stated, or by the least and greatest positions along each axis, as Teem has it: of the edges
    of the voxels, unless the samples are said to lie at nodes.
    """
    n = len(lengths)
    if "spacings" in fields:
        stated = _along(fields["spacings"], axes, n)
        return np.array(numbers(" ".join(stated), len(axes), "spacings", name))
    ends = [_along(fields.get(f"axis{end}", ""), axes, n) for end in ("mins", "maxs")]
    if not all(ends) or "nan" in str(ends).lower():
        return np.zeros(0)
    least, most = (np.array(numbers(" ".join(end), len(axes), "axis maxs", name)) for end in ends)
    steps = [max(lengths[axis] - _is_node(fields, axis, n), 1) for axis in axes]
    return np.array((most - least) / steps)


def _along(text: str, axes: list[int], n: int) -> list[str]:
    """Pick what a field says of some of all ``n`` axes; nothing where it says too little."""
    words = text.split()
    return [words[axis] for axis in axes] if len(words) == n else []


def _is_node(fields: dict[str, str], axis: int, n: int) -> bool:
    """Whether the samples along an axis lie at nodes, and not amid cells."""
    return _along(fields.get("centerings", fields.get("centers", "")), [axis], n) == ["node"]


def _least(
    fields: dict[str, str], axes: list[int], n: int, sizes: NDArray[np.float64], name: str
) -> NDArray[np.float64]:
    """Centre of the first voxel by the least positions along the axes; 0 where none is stated.

    These are those of the edge of the voxel, unless the samples are said to lie at nodes.
    """
    stated = fields.get("axismins", "").split()
    start = np.zeros(len(axes))
    for i, axis in enumerate(axes):
        if len(stated) == n and stated[axis].lower() != "nan":
            (least,) = numbers(stated[axis], 1, "axis mins", name)
            start[i] = least if _is_node(fields, axis, n) else least + sizes[i] / 2
    return start


def _placed(
    fields: dict[str, str], axes: list[int], n: int, name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Affine where the header places the axes in a space."""
    text = fields["spacedirections"]
    vectors = VECTOR.findall(text)
    to_ras, dimension = _space(fields, name)
    if len(vectors) != n or VECTOR.sub("", text).strip():
        raise ScanError(
            tr(
                "{name}: the header's 'space directions' is '{text}', expected {n} vectors "
                "or 'none'. Repair the header, or save the scan again from the program that "
                "made it.",
                name=name,
                text=text[:60],
                n=n,
            )
        )
    steps = np.array(
        [numbers(vectors[axis][1:-1], dimension, "space directions", name) for axis in axes]
    )
    start = fields.get("spaceorigin", "(" + ",".join(dimension * ["0"]) + ")")
    origin = np.array(numbers(start.strip("()"), dimension, "space origin", name))
    stated = re.findall(r'"([^"]*)"', fields.get("spaceunits", ""))
    factors, units, notes = _units(stated[: min(dimension, 3)], min(dimension, 3), name)
    affine = to_affine(steps, origin, name)
    scale = np.ones(3)
    scale[: len(factors)] = factors
    affine[:3] *= scale[:, np.newaxis]
    if to_ras is None:
        notes = (tr(UNSURE), *notes)
    affine[:3] = (LPS_TO_RAS if to_ras is None else to_ras) @ affine[:3]
    return affine, units, notes


def _space(fields: dict[str, str], name: str) -> tuple[NDArray[np.float64] | None, int]:
    """How the header's space lies to RAS+, None where it does not say, and its dimension.

    Spaces without anatomical sides are taken for LPS, as ITK does, and the user is told.
    """
    if "space" in fields:
        space, with_time = re.subn(r"-time$", "", fields["space"].lower())
        if len(space) == 4 and space.endswith("t"):  # RAST, LAST, LPST
            space, with_time = space[:3], 1
        if space not in SPACES and space not in SIDELESS:
            raise ScanError(
                tr(
                    "{name}: the space is '{space}', expected one of the format's, such as "
                    "left-posterior-superior. Repair the header, or get a fresh copy.",
                    name=name,
                    space=space[:40],
                )
            )
        return SPACES.get(space), 3 + with_time
    (dimension,) = numbers(needed_field(fields, "spacedimension", name), 1, "space dimension", name)
    if dimension not in (2, 3, 4):
        raise ScanError(
            tr(
                "{name}: the space has {dimension:g} dimensions, expected two to four. "
                "Repair the header, or save the scan again from the program that made it.",
                name=name,
                dimension=dimension,
            )
        )
    return None, int(dimension)


def _units(
    stated: list[str], n: int, name: str
) -> tuple[NDArray[np.float64], Units, tuple[str, ...]]:
    """Millimetres per stated unit along each direction."""
    names = [unit.strip().lower() for unit in stated] or n * [""]
    if names == n * [PIXEL]:
        return np.ones(n), PIXEL, ()
    if len(names) != n or not set(names) <= MM_PER_UNIT.keys():
        raise ScanError(
            tr(
                "{name}: the units of length are '{units}', expected one of mm, um, cm, m "
                "for each direction. Correct the units in the header.",
                name=name,
                units=" ".join(names)[:60],
            )
        )
    factors = np.array([MM_PER_UNIT[unit] for unit in names])
    if (factors == 1).all():
        return factors, "mm", ()
    other = ", ".join(dict.fromkeys(name for name in names if MM_PER_UNIT[name] != 1))
    return factors, "mm", (tr("The header counts in {unit}; shown in millimetres.", unit=other),)


def needed_field(fields: dict[str, str], field: str, name: str) -> str:
    """Return a field that every header has; raises ScanError where it is not there."""
    if field not in fields:
        raise ScanError(
            tr(
                "{name}: the header has no field '{field}'; it is cut short or damaged. Get "
                "a fresh copy.",
                name=name,
                field=field,
            )
        )
    return fields[field]
