"""What the panel is made of: all that is known of scan, run and mask. No Qt and no napari."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

    from napari_brainseg.choice.costs import Cost
    from napari_brainseg.frames import Plane
    from napari_brainseg.pipeline.postprocess import MaskRules
    from napari_brainseg.pipeline.warm import Estimate

__all__ = [
    "Facts",
    "Line",
    "MaskFacts",
    "MeasureFacts",
    "Phase",
    "RunFacts",
    "ScanFacts",
    "Unsaved",
    "tell",
]


class Phase(Enum):
    """Where the latest run stands."""

    IDLE = "idle"
    RUNNING = "running"
    CANCELLING = "cancelling"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """The chosen scan.

    Parameters
    ----------
    key : hashable
        Tells scans apart.
    name : str
        What it is called.
    plane : Plane
        The plane of the slices that a model is given.
    slices : int
        How many there are in that plane.
    is_ct : bool
        Whether its grey levels are those of a CT.
    """

    key: Hashable
    name: str
    plane: Plane = "axial"
    slices: int = 1
    is_ct: bool = False


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The latest run: where it stands, of which scan it is, and how far it is.

    ``total`` is 0 as long as that is not known, ``left`` (seconds) is None likewise.
    """

    phase: Phase = Phase.IDLE
    scan: Hashable = None
    scan_name: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether it is still under way."""
        return self.phase in (Phase.RUNNING, Phase.CANCELLING)


@dataclass(frozen=True, slots=True)
class Line:
    """Something told to the user, and what it is about.

    Parameters
    ----------
    text : str
        What was told.
    scan : hashable
        The scan that it is about; None for what is about no scan.
    scan_name : str
        Its name.
    under : hashable
        The scan that was chosen when it was told.
    mask : hashable
        The mask whose lesions and volume belong in front; None for a line without numbers.
    finding : str
        These, as far as they are not measured yet.
    layer : hashable
        The layer that it goes with when that is deleted; None for what is true without it.
    saved : hashable
        The mask that it says is saved, as it was then.
    """

    text: str
    scan: Hashable = None
    scan_name: str = ""
    under: Hashable = None
    mask: Hashable = None
    finding: str = ""
    layer: Hashable = None
    saved: Hashable = None


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """The working mask.

    Parameters
    ----------
    key : hashable
        Tells masks apart.
    name : str
        What it is called.
    why_fixed : str
        Why threshold and rules do not move it; empty where they do.
    is_edited : bool
        Whether a person has changed it since a model made it.
    is_accepted : bool
        Whether the user has fixed it.
    is_unsaved : bool
        Whether there is more to it than what lies in a file.
    rules, own_rules : MaskRules, optional
        Those that it follows, and those of the model that made it.
    in_mm : bool
        Whether the size of its voxels is known.
    """

    key: Hashable
    name: str
    why_fixed: str = ""
    is_edited: bool = False
    is_accepted: bool = False
    is_unsaved: bool = False
    rules: MaskRules | None = None
    own_rules: MaskRules | None = None
    in_mm: bool = True


class Unsaved(NamedTuple):
    """A mask that is not saved: what tells it apart, and what it is called."""

    key: Hashable
    name: str


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """What a mask amounts to: the one measurement that every line of the panel takes from.

    Parameters
    ----------
    mask : hashable
        Which mask was measured.
    finding, headline : str
        Its lesions and their volume in short, and with the diameters.
    remark : str
        What is to be known of the numbers.
    problem : str
        Why there are none.
    """

    mask: Hashable
    finding: str = ""
    headline: str = ""
    remark: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the panel shows something of.

    Parameters
    ----------
    scan : ScanFacts, optional
        What is chosen; None where nothing is, or nothing that can be read.
    scan_problem : str
        Why what is chosen cannot be read.
    has_model : bool
        Whether a model is chosen.
    missing_role : str
        A required input without an image.
    only_this_slice : bool
        Whether one slice is to be run.
    device : str
        Where; empty for the fastest found.
    cost : Cost, optional
        Of the last run of this model there.
    estimate : Estimate, optional
        What will run and for how long, as measured when the model was made ready.
    said_elsewhere : tuple of str
        Notices that stand in their own place already.
    input_notes : tuple of str
        What is odd about the images chosen.
    run_notes : tuple of str, optional
        What the latest run had to say; it has looked at its images, too.
    run : RunFacts
        The latest run.
    line : Line
        What was told last.
    mask : MaskFacts, optional
        The working mask.
    unsaved : tuple of Unsaved
        All masks that are not saved, the working one or others.
    measured : MeasureFacts, optional
        The latest measurement.
    aligned, apart : tuple of str
        The scans that are shown resampled, and those that lie in a space of their own.
    aligned_to : str
        On which one.
    """

    scan: ScanFacts | None = None
    scan_problem: str = ""
    has_model: bool = False
    missing_role: str = ""
    only_this_slice: bool = False
    device: str = ""
    cost: Cost | None = None
    estimate: Estimate | None = None
    said_elsewhere: tuple[str, ...] = ()
    input_notes: tuple[str, ...] = ()
    run_notes: tuple[str, ...] | None = None
    run: RunFacts = RunFacts()
    line: Line = Line("")
    mask: MaskFacts | None = None
    unsaved: tuple[Unsaved, ...] = ()
    measured: MeasureFacts | None = None
    aligned: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    aligned_to: str = ""


def tell(facts: Facts, line: Line) -> Facts:
    """Return the facts with another line; it remembers under which scan it was told."""
    return replace(facts, line=replace(line, under=facts.scan.key if facts.scan else None))
