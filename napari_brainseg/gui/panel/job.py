"""From what is set in the panel to a run: the one way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.frames import frame_for, plane_to_run
from napari_brainseg.gui.state.run import RunJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.gui.panel.run_options import RunOptions
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.channels import Channel

__all__ = ["job_of"]


def job_of(
    viewer: Viewer,
    layer: Image,
    handle: ScanHandle,
    bundle: Bundle,
    channels: Mapping[str, Channel | None],
    options: RunOptions,
) -> RunJob:
    """Put together what is chosen, as it is at this moment.

    Parameters
    ----------
    viewer : Viewer
        Says which slice is on the screen, and which layer is selected.
    layer : Image
        Stands for the scan.
    handle : ScanHandle
        The scan.
    bundle : Bundle
        The model.
    channels : mapping of str to Channel or None
        The image per role.
    options : RunOptions
        What is set for the run.
    """
    shown = _shown_slice(viewer, layer, handle)
    plane = plane_to_run(handle.scan.affine, handle.scan.grid, bundle.card.plane)
    return RunJob(
        layer=layer,
        handle=handle,
        bundle=bundle,
        channels=channels,
        device=options.device,
        plane=plane,
        slices=(shown,) if options.only_this_slice else None,
        replace=options.target,
        active=viewer.layers.selection.active,
        first=shown if plane == "axial" else None,
        point=tuple(viewer.dims.point),
    )


def _shown_slice(viewer: Viewer, layer: Image, handle: ScanHandle) -> int:
    """Return the number of the axial slice that the slider is at, the nearest there is."""
    if layer.ndim == 2:
        return 0
    grid, frame = handle.scan.grid, frame_for(handle.scan.affine)
    shown = np.array(layer.world_to_data(viewer.dims.point[-layer.ndim :])[-3:])
    position = frame.place(handle.frame.place_back(shown, grid), grid)[0]
    return int(np.clip(np.round(position), 0, grid[frame.order[0]] - 1))
