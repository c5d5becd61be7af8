"""A mask that is followed, and its autosave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.autosave.mask_autosave import MaskAutosave
from napari_brainseg.errors import AutosaveError
from napari_brainseg.gui.autosave.snapshots import take_snapshot
from napari_brainseg.gui.domain.mask_record import adopt

if TYPE_CHECKING:
    from concurrent.futures import Future

    from napari.layers import Labels

    from napari_brainseg.autosave.format import AutosaveHeader
    from napari_brainseg.autosave.mask_autosave import Snapshot
    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.mask_standing import Digests, Look, Seen, Standing
    from napari_brainseg.gui.domain.provenance import Provenance

__all__ = ["Followed", "Kept", "keep", "keep_at_last"]


@dataclass(slots=True, eq=False)
class Followed:
    """A mask and its autosave.

    Parameters
    ----------
    layer : Labels
        The mask.
    autosave : MaskAutosave
        Used in the thread of the disk alone.
    header : AutosaveHeader or None
        Of a restored mask whose scan is not open.
    touched : bool
        Whether something happened since it was handed to the disk.
    kept : Future or None
        What came, or will come, of that.
    """

    layer: Labels
    autosave: MaskAutosave = field(default_factory=MaskAutosave)
    header: AutosaveHeader | None = None
    touched: bool = True
    kept: Future[Kept] | None = None
    _state: tuple[Digests | None, Standing, Provenance | None] | None = None

    @property
    def record(self) -> MaskRecord:
        """All that is known of the mask."""
        return adopt(self.layer)

    @property
    def is_clean(self) -> bool:
        """Whether it was found to have nothing to lose when it was handed to the disk last."""
        kept = self._done()
        return kept is not None and not kept.is_unsaved

    def is_known(self) -> bool:
        """Whether the disk has it as it is; if not, it is taken to be handed over now."""
        record = self.record
        state = (record.digests, record.standing, record.provenance)
        known = record.is_settled and state == self._state and self._done() is not None
        self._state = state if record.is_settled else None
        return known

    def _done(self) -> Kept | None:
        done = self.kept is not None and self.kept.done() and self.kept.exception() is None
        return self.kept.result() if self.kept is not None and done else None

    def to_keep(self) -> tuple[MaskAutosave, Snapshot, Look, Standing]:
        """Return the mask, to be copied in another thread, with what it takes to judge it there."""
        snapshot = take_snapshot(self.layer, self.header.scan if self.header else None)
        record = self.record
        return self.autosave, snapshot, record.look_at_copy(snapshot.labels), record.standing


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a mask on disk."""

    seen: Seen
    is_unsaved: bool


def keep(autosave: MaskAutosave, snapshot: Snapshot, look: Look, standing: Standing) -> Kept:
    """Bring the autosave of a mask up to date, in the thread of the disk.

    The voxels are copied here, as the window would stand still for it: 0.1 s for 100 million. Who
    paints meanwhile touches the mask, and what half a stroke is in is kept anew.

    Raises
    ------
    AutosaveError
        If it cannot be written.
    """
    labels = np.array(snapshot.labels)
    seen = replace(look, data=labels).take()
    unsaved = standing.is_unsaved(seen)
    if unsaved:
        autosave.write(replace(snapshot, labels=labels))
    else:
        autosave.remove()
    return Kept(seen, unsaved)


def keep_at_last(
    autosave: MaskAutosave, snapshot: Snapshot, look: Look, standing: Standing
) -> Kept:
    """Keep a mask that is being deleted: where that fails, it can still be brought back."""
    try:
        return keep(autosave, snapshot, look, standing)
    except AutosaveError:
        return Kept(look.take(), True)
