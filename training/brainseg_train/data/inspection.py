"""One case looked through: what it holds, and what is wrong with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.ct_window import is_ct
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.patients import voxels_sha256
from napari_brainseg.pipeline.channels import sequence_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from brainseg_train.data.case import Case
    from napari_brainseg.scan import Scan

__all__ = ["Inspected", "digested", "inspect_case", "inspect_read"]

SHOWN = 8
CT_NAMES = ("CT", "NCCT", "CTA")
MOST_MARKED = 0.5
"""Share of a scan's voxels beyond which a mask is worth a look."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What one case holds.

    Parameters
    ----------
    name : str
        Of the case.
    problems, unfit, oddities : tuple of str
        What forbids any use, what forbids training, and what is worth knowing.
    content : str
        Digest of its images; empty if they are unreadable.
    digested : bytes
        What the digest of the data is made of.
    images : tuple of str
        Digest of each image; empty of one value everywhere, which tells nobody apart.
    slices, tumour_slices, tumour, voxels : int
        Counts.
    classes : tuple of int
        Voxels of each class.
    ct : tuple of str
        Channels that are CT, in Hounsfield units.
    """

    name: str
    problems: tuple[str, ...]
    unfit: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    content: str = ""
    digested: bytes = b""
    images: tuple[str, ...] = ()
    slices: int = 0
    tumour_slices: int = 0
    tumour: int = 0
    voxels: int = 0
    classes: tuple[int, ...] = ()
    ct: tuple[str, ...] = ()


def inspect_case(
    case: Case,
) -> tuple[Inspected, tuple[Scan, NDArray[np.unsignedinteger]] | None]:
    """Read one case and look at all that can be wrong with it.

    Returns
    -------
    Inspected
        What was found.
    tuple of (Scan, ndarray), or None
        Scan and labels, if they could be read.
    """
    defects = case.defects()
    try:
        scan, labels = case.labels()
    except BrainsegError as error:
        said = [] if defects and _is_volumes(case) else [str(error)]
        return Inspected(case.name, _named(case, [*defects, *said])), None
    return inspect_read(case, scan, labels, defects), (scan, labels)


def inspect_read(
    case: Case,
    scan: Scan,
    labels: NDArray[np.unsignedinteger],
    defects: Sequence[str] = (),
) -> Inspected:
    """Look at all that can be wrong with a case that was read."""
    mask = case.table.bits(labels)
    found = (mask > 0) & (mask < 128)
    content = hashlib.sha256(scan.data.tobytes()).hexdigest()
    return Inspected(
        name=case.name,
        problems=_named(case, [*defects, *_label_problems(case, labels)]),
        unfit=_named(case, _unfit(case, scan)),
        oddities=_named(case, _oddities(case, scan, labels, found)),
        content=content,
        images=tuple("" if _is_even(each) else voxels_sha256(each) for each in scan.data),
        digested=digested(case.name, content, mask),
        slices=mask.shape[0],
        tumour_slices=int(found.any(axis=(1, 2)).sum()),
        tumour=int(found.sum()),
        voxels=mask.size,
        classes=tuple(int((mask & (1 << k) > 0).sum()) for k in range(len(case.table))),
        ct=_ct(scan),
    )


def _ct(scan: Scan) -> tuple[str, ...]:
    """Return the channels that are CT: by name or, of a single image, by what its file says."""
    if scan.data.dtype == np.uint8:
        return ()  # somebody has chosen a window
    alone = len(scan.channels) == 1 and is_ct(scan)
    unnamed = (name for name in scan.channels if sequence_role(name) is None)
    return tuple(name for name in unnamed if alone or name.upper() in CT_NAMES)


def _is_volumes(case: Case) -> bool:
    """Whether the files that are missing are named already."""
    return bool(getattr(case, "problems", ()))


def digested(name: str, content: str, mask: NDArray[np.uint8]) -> bytes:
    """Return what the digest of the data is made of."""
    return f"{name}:{content}:".encode() + _packed(mask)


def _packed(mask: NDArray[np.uint8]) -> bytes:
    """Return a mask in as few bytes as its bits need: eight voxels a byte where it is 0 and 1."""
    return (np.packbits(mask) if mask.max(initial=0) <= 1 else mask).tobytes()


def _named(case: Case, texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{case.name}: {text}" for text in texts)


def _label_problems(case: Case, labels: NDArray[np.unsignedinteger]) -> Iterable[str]:
    held = np.unique(labels).tolist()
    if unknown := case.table.unknown(held):
        known = ", ".join(
            f"{'+'.join(map(str, each.labels))} ({each.name})" for each in case.table.classes
        )
        shown = ", ".join(map(str, held[:SHOWN])) + (" …" if len(held) > SHOWN else "")
        yield f"the mask holds labels [{shown}], expected 0 and {known}. {_advice(case, unknown)}"


def _advice(case: Case, unknown: list[int]) -> str:
    if len(unknown) > SHOWN:
        return (
            "So many are the grey edges of a mask that was resampled with interpolation or saved "
            "as JPEG. Make it anew, with nearest neighbours, as PNG, TIFF or NIfTI"
        )
    named = " and ".join(map(str, unknown))
    labels = sorted({1, *unknown})
    return (
        f"Correct the mask, or say what {named} {'is' if len(unknown) == 1 else 'are'}, such as "
        f"--set 'data.classes={{tumour = {labels}}}'{_hint(case, unknown)}"
    )


def _hint(case: Case, unknown: list[int]) -> str:
    """Tell what BraTS has meant by a label, which depends on the year."""
    if unknown != [4] or not case.name.lower().startswith("brats"):
        return ""
    return (
        ". BraTS has the enhancing tumour as 4 until 2021 and as 3 since 2023; since 2024 4 is the "
        "resection cavity. To leave the case out: --exclude"
    )


def _unfit(case: Case, scan: Scan) -> Iterable[str]:
    """Say why a network cannot learn from the images, though they can be read."""
    expected = case.channels
    if all(map(_is_even, scan.data)):
        yield "the images have one value everywhere, so nothing is to be seen. Correct the files"
    if len(scan.channels) != len(expected):
        yield (
            f"{len(scan.channels)} channels, expected {len(expected)} ({', '.join(expected)}); "
            "repeat one where another is missing, or say what these are, such as "
            "--set 'data.sequences=[\"FLAIR\"]'"
        )
    elif scan.channels != expected:
        yield (
            f"the channels are {', '.join(scan.channels)}, expected {', '.join(expected)}. Say "
            'what they are, such as --set \'data.sequences=["T1", "FLAIR", "T1c"]\''
        )


def _is_even(values: NDArray[np.generic]) -> bool:
    """Whether there is one value everywhere."""
    return bool((values == values.flat[0]).all())


def _oddities(
    case: Case, scan: Scan, labels: NDArray[np.unsignedinteger], found: NDArray[np.bool_]
) -> Iterable[str]:
    yield from scan.source.warnings
    if not labels.any():
        yield "the mask is empty in every slice"
    if (share := found.mean()) > MOST_MARKED:
        yield f"the mask marks {share:.0%} of the voxels: see that it is not inverted"
    images = dict(zip(scan.channels, scan.data, strict=True))
    for role in case.roles:
        if role.name not in images or role.fallback not in images:
            continue
        if case.may_lack(role.name) and np.array_equal(images[role.name], images[role.fallback]):
            yield f"{role.fallback} stands in for {role.name}, which is missing"
