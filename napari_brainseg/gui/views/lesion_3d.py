"""The lesion as a body in space, inside the scan like in glass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Image

if TYPE_CHECKING:
    from napari.layers import Labels, Layer
    from napari.viewer import Viewer

__all__ = ["SolidLesion"]

GLASS = {"opacity": 0.25, "blending": "translucent_no_depth", "rendering": "attenuated_mip"}
BODY = {
    "contour": 0,  # which napari cannot draw in 3-D, and warns of
    "blending": "translucent_no_depth",
    "rendering": "iso_categorical",
    "iso_gradient_mode": "smooth",
    "opacity": 1.0,
}
CAMERA = ("orientation", "center", "zoom", "angles")
ORIENTATION = ("away", "down", "right")
"""Where the layers' axes point on the screen: as napari has it, but for the first one. Ours grow
to the head, the back and the patient's left, and with the head towards the viewer the patient
would be a mirror image."""
LOOK = (-0.35, 0.85, 0.4)
"""Where the camera looks at first: at the face, from the patient's right and from above."""
HEAD = (1.0, 0.0, 0.0)


class SolidLesion:
    """Shows a mask in 3-D, and gives everything back as it was.

    Parameters
    ----------
    viewer : Viewer
        Whose main canvas is used.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._looks: list[tuple[Layer, dict[str, Any]]] = []
        self._camera: dict[str, Any] = {}

    @property
    def shown(self) -> bool:
        """Whether it is in 3-D now."""
        return bool(self._looks)

    def enter(self, mask: Labels) -> None:
        """Turn the viewer to 3-D: the mask as a surface, images translucent."""
        camera = self._viewer.scene.camera
        self._camera = {name: getattr(camera, name) for name in CAMERA}
        images = [layer for layer in self._viewer.layers if isinstance(layer, Image)]
        # The tool is kept first of all: napari drops it where it cannot be used.
        kept = {"mode": mask.mode} | {name: getattr(mask, name) for name in BODY}
        self._looks = [(mask, kept)]
        self._looks += [(layer, {n: getattr(layer, n) for n in GLASS}) for layer in images]
        for layer in images:
            _apply(layer, GLASS)
        _apply(mask, BODY)
        self._viewer.dims.ndisplay = 3
        camera.orientation = ORIENTATION
        camera.set_view_direction(LOOK, HEAD)

    def leave(self) -> None:
        """Turn the viewer back to slices; layers deleted meanwhile are left alone."""
        looks, self._looks = self._looks, []
        if not looks:
            return
        self._viewer.dims.ndisplay = 2
        _apply(self._viewer.scene.camera, self._camera)
        for layer, kept in looks:
            if layer in self._viewer.layers:
                _apply(layer, kept)


def _apply(target: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(target, name, value)
