"""What the work list needs of its surroundings: of the screen, and of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari.layers import Labels

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.mask_standing import Look
    from napari_brainseg.gui.state.run import Outcome
    from napari_brainseg.gui.worklist.current_scan import MaskToSave
    from napari_brainseg.gui.worklist.prefetch import Prefetched
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan
    from napari_brainseg.worklist.items import Key, WorkItem

__all__ = ["Panel", "Screen"]


class Screen(Protocol):
    """What a way sees of the screen, and changes there at once."""

    @property
    def item(self) -> WorkItem | None:
        """The item on screen, as it was when its mask was opened or saved last."""

    @property
    def is_touched(self) -> bool:
        """Whether the mask on screen was edited since it was opened or saved."""

    def news(self) -> dict[MaskRecord, Look]:
        """Return the masks of the scan on screen that have to be looked at, and how."""

    def snapshot(self) -> MaskToSave | None:
        """Copy the mask on screen, if there is one; it was looked at."""

    def needs_saving(self, snapshot: MaskToSave) -> bool:
        """Whether there is more to a mask than what the list has of it on disk."""

    def note_saved(self, item: WorkItem, snapshot: MaskToSave) -> None:
        """Take note that the mask on screen is saved, and what became of its item."""

    def note_item(self, item: WorkItem) -> None:
        """Take note of what became of the item on screen."""

    def show(self, prefetched: Prefetched) -> None:
        """Put a scan, and its mask if there is one, in the place of what is on screen."""

    def clear(self) -> None:
        """Take the scan off the screen."""

    def is_segmenting(self, key: Key) -> bool:
        """Whether the mask of a scan is being made ahead."""

    def said_saved(self, item: WorkItem) -> str:
        """Say where a mask was saved."""

    def follow(self) -> None:
        """Show what became of the list; only then is known which items are shown."""

    def tell(self, text: str) -> None:
        """Show a text in the status line."""

    def warn(self, text: str) -> None:
        """Show a warning."""

    def fail(self, text: str) -> None:
        """Show an error."""


class Panel(Protocol):
    """What the work list needs of the panel: see :class:`PanelLink`."""

    run_started: Any
    run_ended: Any
    model_changed: Any
    mask_edited: Any
    mask_switched: Any
    mask_saved: Any

    @property
    def mask(self) -> Labels | None:
        """The mask that is worked on."""

    @property
    def is_running(self) -> bool:
        """Whether Segment was pressed, and its result is yet to come."""

    @property
    def bundle(self) -> Bundle | None:
        """The model that is chosen."""

    @property
    def device(self) -> str:
        """Name of the device that is chosen."""

    def channels_of(self, scan: Scan) -> Mapping[str, Channel | None] | None:
        """Return the images chosen for the roles of the model."""

    def deliver(self, outcome: Outcome) -> None:
        """Show a mask that was made ahead."""
