"""Images of other scans, shown on the grid of one: sequences of a patient lie on each other.

What is shown is resampled; the layer still stands for its own scan, whose voxels are measured,
segmented and saved. Masks are never resampled to be edited: of one that lies on another grid, a
copy that cannot be painted on is shown.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.gui.domain.metadata import scan_handle_of
from napari_brainseg.gui.layers.geometry import placement
from napari_brainseg.resample import on_one_grid, resampled
from napari_brainseg.scan import DicomSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.layers import Image, Layer
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.registration import Match
    from napari_brainseg.scan import Scan

__all__ = [
    "MATCH",
    "Alignment",
    "alignment_of",
    "at_one_point",
    "keep_point",
    "moved_point",
    "resample_image",
    "share_space",
    "show_on",
    "show_own",
]

ALIGNED_KEY = "brainseg aligned"
MATCH = "brainseg match"
"""In the metadata of a copy of a mask: how its scan was matched."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """What a layer shows of its scan on the grid of another.

    Parameters
    ----------
    reference : Scan
        The other scan.
    data : ndarray, shape (a, b, c)
        The resampled image, in the frame that the other scan is shown in.
    match : Match, optional
        How the images lie to each other, where that is not what the files state.
    """

    reference: Scan
    data: NDArray[Any]
    match: Match | None = None


def alignment_of(layer: Layer) -> Alignment | None:
    """Return what a layer shows resampled; None where it shows its own voxels, or others."""
    found = layer.metadata.get(ALIGNED_KEY)
    is_shown = isinstance(found, Alignment) and np.may_share_memory(layer.data, found.data)
    return found if is_shown else None


def share_space(scan: Scan, reference: Scan) -> bool:
    """Whether two scans state where they lie in the same patient, on grids that differ."""
    if on_one_grid(scan, reference):
        return False
    known = all(
        each.units == "mm" and each.source.placed_by == "scanner" for each in (scan, reference)
    )
    frames = {_frame_of_reference(each) for each in (scan, reference)} - {""}
    return known and len(frames) < 2


def _frame_of_reference(scan: Scan) -> str:
    source = scan.source
    if not isinstance(source, DicomSource):
        return ""
    return str(source.dataset.get("FrameOfReferenceUID", ""))


def resample_image(
    handle: ScanHandle, reference: ScanHandle, match: Match | None = None
) -> NDArray[Any] | None:
    """Resample an image onto a reference, in its frame and the image's own type; slow.

    Returns
    -------
    ndarray, shape (a, b, c), or None
        None where they do not overlap.
    """
    scan = handle.scan
    image = scan.data[handle.channel]
    to_image = None if match is None else match.matrix
    found = resampled(image, scan.affine, reference.scan, to_image=to_image)
    if found is None:
        return None
    if image.dtype.kind in "iu":
        found = np.rint(found)
    return reference.frame.apply(found.astype(image.dtype, copy=False))


def show_on(
    layer: Image, reference: ScanHandle, data: NDArray[Any], match: Match | None = None
) -> None:
    """Show resampled data in the place of a layer's own, where the reference lies."""
    layer.metadata[ALIGNED_KEY] = Alignment(reference.scan, data, match)
    layer.data = data
    _place(layer, reference)


def show_own(layer: Image) -> None:
    """Show a layer's own voxels again."""
    handle = scan_handle_of(layer.metadata)
    if handle is None or alignment_of(layer) is None:
        return
    layer.data = handle.frame.apply(handle.scan.data[handle.channel])
    del layer.metadata[ALIGNED_KEY]
    _place(layer, handle)


def _place(layer: Image, handle: ScanHandle) -> None:
    for name, value in placement(handle.scan, handle.frame).items():
        if not np.array_equal(getattr(layer, name), value):
            setattr(layer, name, value)


@contextmanager
def at_one_point(viewer: Viewer) -> Iterator[None]:
    """Leave the slider at its place: napari takes it to the end where it is given fewer slices."""
    point = viewer.dims.point
    yield
    if viewer.dims.ndim == len(point):
        viewer.dims.point = point


def keep_point(viewer: Viewer, before: ScanHandle, after: ScanHandle, match: Match | None) -> None:
    """Stay at the same place of the patient, where both scans state where they lie.

    Parameters
    ----------
    viewer : Viewer
    before, after : ScanHandle
        The scan that was shown as it is, and that which is from now on.
    match : Match, optional
        From the scan before to that after.
    """
    dims, camera = viewer.dims, viewer.scene.camera
    if dims.ndim != 3 or on_one_grid(before.scan, after.scan):
        return
    if match is None and not share_space(before.scan, after.scan):
        return
    point, shown = np.array(dims.point, dtype=np.float64), list(dims.displayed)
    centre = point.copy()
    centre[shown] = camera.center[-len(shown) :]
    dims.point = tuple(_held_point(moved_point(point, before, after, match), after))
    camera.center = (
        *camera.center[: 3 - len(shown)],
        *moved_point(centre, before, after, match)[shown],
    )


def moved_point(
    point: NDArray[np.float64], before: ScanHandle, after: ScanHandle, match: Match | None = None
) -> NDArray[np.float64]:
    """Find a point of the patient again, where another scan is the one that is shown as it is.

    Parameters
    ----------
    point : ndarray of float64, shape (3,)
        In the viewer's millimetres, on the layers of the scan before.
    before, after : ScanHandle
        The scans.
    match : Match, optional
        From the scan before to that after.
    """
    shown = point / before.frame.reorder(before.scan.spacing)
    z, y, x = before.frame.place_back(shown, before.scan.grid)
    world = before.scan.affine @ (x, y, z, 1.0)
    if match is not None:
        world = match.matrix @ world
    x, y, z, _ = np.linalg.inv(after.scan.affine) @ world
    turned = after.frame.place(np.array((z, y, x)), after.scan.grid)
    return np.asarray(turned * after.frame.reorder(after.scan.spacing))


def _held_point(point: NDArray[np.float64], handle: ScanHandle) -> NDArray[np.float64]:
    """Return a point of the viewer; where a scan does not reach to it, that of its middle.

    Parts of a series lie behind each other: the place of one is no place of the other.
    """
    sizes = np.array(handle.frame.apply(handle.scan.data[0]).shape)
    steps = np.array(handle.frame.reorder(handle.scan.spacing))
    at = point / steps
    beyond = (at < -0.5) | (at > sizes - 0.5)
    return np.where(beyond, sizes // 2 * steps, point)
