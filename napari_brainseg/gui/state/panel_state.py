"""What the panel shows, worked out from what is known: no Qt and no napari in it.

The panel gathers :class:`~napari_brainseg.gui.state.panel_facts.Facts`, :func:`resolve` makes a
:class:`PanelState` of them, and the widgets draw what differs from the state before. So no part of
the panel asks another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.gui.state.panel_facts import Phase
from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.language import marked, tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Hashable

    from napari_brainseg.choice.costs import Cost
    from napari_brainseg.gui.state.panel_facts import (
        Facts,
        MaskFacts,
        RunFacts,
        ScanFacts,
        Unsaved,
    )
    from napari_brainseg.pipeline.postprocess import MaskRules

__all__ = [
    "NO_MASK_TO_MEASURE",
    "Button",
    "MaskView",
    "PanelState",
    "Progress",
    "resolve",
]

OPEN_FIRST = marked("Open a scan first: drop it on the window, or press Open… above.")
NO_MODEL = marked("No model was found: install one, or train one with brainseg-train.")
NO_MASK_TO_SAVE = marked("There is no mask to save yet.")
NO_MASK_TO_MEASURE = marked("There is no mask to measure yet.")
UNSAVED = "●"
PLANES = (marked("axial"), marked("coronal"), marked("sagittal"))
"""Stands before what is not saved."""

FASTEST = marked("the fastest device")


@dataclass(frozen=True, slots=True)
class Button:
    """Text and tooltip of a button, and whether it can be pressed."""

    text: str
    tip: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, and the same in words; a ``total`` of 0 is not known yet."""

    done: int
    total: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class MaskView:
    """What the controls of threshold and rules show.

    Parameters
    ----------
    why_not : str
        Why they are disabled; empty where they are not.
    rules : MaskRules, optional
        What they show.
    small : float
        The share of the largest component below which the model drops others; 0 for none.
    in_mm : bool
        The unit of sizes.
    accepted, can_accept : bool
        Whether *Accept* is down, and whether it can be pressed.
    """

    why_not: str
    rules: MaskRules | None = None
    small: float = 0.0
    in_mm: bool = True
    accepted: bool = False
    can_accept: bool = False


@dataclass(frozen=True, slots=True)
class PanelState:
    """What the panel shows.

    Parameters
    ----------
    shows_window : bool
        Whether the presets of CT are offered.
    why_not_one : str
        Why a single slice cannot be run; empty where it can.
    why_not_run : str
        Why nothing can be run now, a run under way included; empty where it can.
    segment, save : Button
        The large buttons.
    empty : Button
        What makes a mask to draw by hand.
    outlook : str
        What will run, where, and how long it takes.
    aligned : tuple of str
        That images of other scans are shown resampled, or where they are not why; a line each.
    progress : Progress, optional
        Of the run under way.
    status : str
        What was told last of this scan.
    notices : tuple of str
        What the user must know before the mask is trusted, each once.
    mask : MaskView
        Threshold and rules.
    measure : Button
        The title of the measures: the live line, and where it comes from.
    title : str
        What the title of the window says of masks that are not saved.
    """

    shows_window: bool
    why_not_one: str
    why_not_run: str
    segment: Button
    empty: Button
    outlook: str
    aligned: tuple[str, ...]
    progress: Progress | None
    status: str
    notices: tuple[str, ...]
    mask: MaskView
    measure: Button
    save: Button
    title: str


def resolve(facts: Facts) -> PanelState:
    """Work out what the panel shows.

    Examples
    --------
    >>> state = resolve(Facts())
    >>> state.segment.enabled, state.segment.tip
    (False, 'Open a scan first: drop it on the window, or press Open… above.')
    """
    why_not = _why_not(facts)
    run = facts.run
    return PanelState(
        shows_window=facts.scan is not None and facts.scan.is_ct,
        why_not_one=_why_not_one(facts.scan),
        why_not_run=tr("A run is under way.") if run.is_running else why_not,
        segment=_segment(run, why_not),
        empty=_empty(facts),
        outlook=why_not or _outlook(facts),
        aligned=_aligned(facts),
        progress=_progress(run) if run.is_running else None,
        status=_status(facts),
        notices=_notices(facts),
        mask=_mask(facts.mask),
        measure=_measure(facts),
        save=_save(facts.mask),
        title=_title(facts.unsaved),
    )


def _why_not(facts: Facts) -> str:
    if facts.scan_problem:
        return facts.scan_problem
    if facts.scan is None:
        return tr(OPEN_FIRST)
    if not facts.has_model:
        return tr(NO_MODEL)
    if facts.missing_role:
        return tr(
            "Choose an image for {role} under Channels.", role=sequence_text(facts.missing_role)
        )
    return ""


def _why_not_one(scan: ScanFacts | None) -> str:
    if scan is None or scan.plane == "axial":
        return ""
    return tr(
        "The scan was acquired in {plane} slices; the viewer shows axial ones.",
        plane=tr(scan.plane),
    )


def _segment(run: RunFacts, why_not: str) -> Button:
    if run.phase is Phase.RUNNING:
        return Button(tr("Cancel"), tr("Stop after the slices under way; those that are done stay"))
    if run.phase is Phase.CANCELLING:
        return Button(tr("Cancelling…"), tr("The slices under way are being finished."), False)
    return Button(
        tr("Segment"), why_not or tr("Segment the chosen scan in the background"), not why_not
    )


def _empty(facts: Facts) -> Button:
    why_not = facts.scan_problem or (tr(OPEN_FIRST) if facts.scan is None else "")
    return Button(
        tr("New empty mask"), why_not or tr("Draw a mask of your own on the scan"), not why_not
    )


def _outlook(facts: Facts) -> str:
    count = 1 if facts.only_this_slice or facts.scan is None else facts.scan.slices
    slices = tr_n("{n} slice", "{n} slices", count)
    if facts.estimate is None:
        where = facts.device or tr(FASTEST)
        told = tr("{slices} on {device}", slices=slices, device=where)
        return told + _by_the_last_run(facts.cost, count)
    # It is loaded by then, and no run takes that time again.
    text = f"{facts.estimate.plan.line} · {slices}"
    if facts.cost is not None:
        return tr(
            "{what} · {time}, by the last run",
            what=text,
            time=_in_words(count * facts.cost.seconds_per_slice),
        )
    return f"{text} · {_in_words(facts.estimate.seconds(count))}"


def _by_the_last_run(cost: Cost | None, count: int) -> str:
    if cost is None:
        return ""
    loading = tr(", {time} to load the model", time=_in_words(cost.loading)) if cost.loading else ""
    return tr(
        " · {time}{loading}, by the last run",
        time=_in_words(count * cost.seconds_per_slice),
        loading=loading,
    )


def _aligned(facts: Facts) -> tuple[str, ...]:
    lines = []
    if facts.aligned:
        names = ", ".join(facts.aligned)
        lines.append(
            tr(
                "Shown resampled on {aligned_to}: {names}. Runs and files use their voxels.",
                aligned_to=facts.aligned_to,
                names=names,
            )
        )
    if facts.apart:
        lines.append(
            tr(
                "Not aligned, since no common space is stated: {apart}.",
                apart=", ".join(facts.apart),
            )
        )
    return tuple(lines)


def _in_words(seconds: float) -> str:
    if seconds < 1.5:
        return tr("about 1 s")
    return (
        tr("about {seconds:.0f} s", seconds=seconds)
        if seconds < 90
        else tr("about {minutes:.0f} min", minutes=seconds / 60)
    )


def _progress(run: RunFacts) -> Progress:
    """Say of which scan the run is, how far it is, and how long it will still take."""
    left = "" if run.left is None else tr(" · {time} left", time=_in_words(run.left))
    far = tr(": {done} of {total} slices", done=run.done, total=run.total) if run.total else ""
    return Progress(run.done, run.total, f"{run.scan_name}{far}{left}")


def _is_here(facts: Facts, scan: Hashable) -> bool:
    """Whether something is about the chosen scan, or about none."""
    return scan is None or (facts.scan is not None and scan == facts.scan.key)


def _belongs(facts: Facts, scan: Hashable) -> bool:
    """Whether the line, or what comes with it, is shown: under its scan, or where it was told."""
    chosen = facts.scan.key if facts.scan is not None else None
    return facts.run.is_running or _is_here(facts, scan) or facts.line.under == chosen


def _status(facts: Facts) -> str:
    """Show the line where it belongs; a result with its mask as it is now."""
    line = facts.line
    if not line.text or not _belongs(facts, line.scan):
        return ""
    whose = "" if _is_here(facts, line.scan) else f"{line.scan_name}: "
    since = line.saved is not None and any(mask.key == line.saved for mask in facts.unsaved)
    text = f"{line.text} {tr('Later changes are not saved.')}" if since else line.text
    parts = (*_numbers(facts), text, _edited(facts))
    return whose + " · ".join(part for part in parts if part)


def _numbers(facts: Facts) -> tuple[str, ...]:
    line, measured = facts.line, facts.measured
    if line.mask is None or facts.mask is None or facts.mask.key != line.mask:
        return ()
    is_measured = measured is not None and measured.mask == line.mask and measured.finding
    return (measured.finding if measured is not None and is_measured else line.finding,)


def _edited(facts: Facts) -> str:
    is_result = bool(_numbers(facts)) and facts.mask is not None
    return tr("edited") if is_result and facts.mask is not None and facts.mask.is_edited else ""


def _notices(facts: Facts) -> tuple[str, ...]:
    """Take what the run found out, or else the check before it, but what stands elsewhere."""
    notes = facts.input_notes if facts.run_notes is None else facts.run_notes
    return tuple(dict.fromkeys(note for note in notes if note not in facts.said_elsewhere))


def _mask(mask: MaskFacts | None) -> MaskView:
    if mask is None:
        return MaskView(tr("There is no mask yet."))
    return MaskView(
        mask.why_fixed,
        mask.rules,
        mask.own_rules.keep_fraction if mask.own_rules is not None else 0.0,
        mask.in_mm,
        mask.is_accepted,
        mask.is_accepted or not mask.why_fixed,
    )


def _measure(facts: Facts) -> Button:
    mask, found = facts.mask, facts.measured
    if mask is None:
        return Button(tr("Measure: no mask"), tr(NO_MASK_TO_MEASURE))
    if found is None or found.mask != mask.key or found.problem:
        problem = found.problem if found is not None and found.mask == mask.key else ""
        return Button(tr("Measure: —"), problem or tr("Being measured…"))
    tip = tr("{name}: measured anew after every change", name=mask.name)
    # With several labels the title may be longer than the panel is wide.
    whole = f"{found.headline}\n{tip}"
    return Button(
        tr("Measure: {headline}", headline=found.headline),
        f"{whole}. {found.remark}" if found.remark else whole,
    )


def _save(mask: MaskFacts | None) -> Button:
    if mask is None:
        return Button(tr("Save mask…"), tr(NO_MASK_TO_SAVE), False)
    if mask.is_unsaved:
        return Button(
            f"{UNSAVED} {tr('Save mask…')}",
            tr("{name} is not saved yet: save it", name=mask.name),
        )
    return Button(tr("Save mask…"), tr("Save {name} on the grid of its scan", name=mask.name))


def _title(unsaved: tuple[Unsaved, ...]) -> str:
    if not unsaved:
        return ""
    if len(unsaved) == 1:
        return f"{UNSAVED} {tr('{name}, not saved', name=unsaved[0].name)}"
    return f"{UNSAVED} {tr('{count} masks, not saved', count=len(unsaved))}"
