"""What the panel shows, from what is known: no viewer, no Qt."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from napari_brainseg.choice.costs import Cost
from napari_brainseg.gui.state.panel_facts import (
    Facts,
    Line,
    MaskFacts,
    MeasureFacts,
    Phase,
    RunFacts,
    ScanFacts,
    Unsaved,
    tell,
)
from napari_brainseg.gui.state.panel_state import resolve
from napari_brainseg.pipeline.devices import Device
from napari_brainseg.pipeline.plan import RunPlan
from napari_brainseg.pipeline.postprocess import MaskRules
from napari_brainseg.pipeline.warm import Estimate

PLAN = RunPlan("U-Net", Device("cpu", "CPU · 2 threads"), "openvino", "bf16", head_only=True)
A, B = ScanFacts(1, "first", slices=26), ScanFacts(2, "second", slices=12)
READY = Facts(scan=A, has_model=True)
MASK = MaskFacts("mask", "first · tumour", rules=MaskRules(0.5), own_rules=MaskRules(0.5))


def told(facts, text, scan=A, **more):
    return tell(facts, Line(text, scan.key, scan.name, **more))


def test_the_state_needs_neither_qt_nor_napari():
    code = (
        "import sys, napari_brainseg.gui.state.panel_state;"
        "sys.exit(any(name.split('.')[0] in ('qtpy', 'PyQt6', 'napari', 'magicgui') "
        "for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts(), "Open a scan first"),
        (Facts(scan_problem="65 volumes"), "65 volumes"),
        (Facts(scan=A), "No model was found"),
        (replace(READY, missing_role="FLAIR"), "Choose an image for FLAIR"),
    ],
)
def test_segment_is_disabled_for_a_reason_that_the_line_below_says_too(facts, reason):
    state = resolve(facts)
    assert not state.segment.enabled
    assert reason in state.segment.tip
    assert state.outlook == state.why_not_run == state.segment.tip


def test_a_run_says_how_much_where_and_how_long():
    assert resolve(READY).outlook == "26 slices on the fastest device"
    timed = replace(READY, device="CUDA", cost=Cost(1, 0.5))
    assert resolve(timed).outlook == "26 slices on CUDA · about 13 s, by the last run"
    one = replace(timed, only_this_slice=True)
    assert resolve(one).outlook == "1 slice on CUDA · about 1 s, by the last run"
    ahead = replace(READY, estimate=Estimate(PLAN, loading=2.0, per_slice=0.1))
    assert resolve(ahead).outlook == "U-Net · CPU (OpenVINO, bf16) · 26 slices · about 3 s"
    assert "about 5 s, by the last" in resolve(replace(ahead, cost=Cost(1, 2.2, 2.0))).outlook
    assert "about 4 min" in resolve(replace(timed, cost=Cost(1, 10.0))).outlook


def test_loading_is_told_apart_until_the_model_is_ready():
    timed = replace(READY, device="CPU", cost=Cost(1, 4.1, loading=4.0))
    said = "26 slices on CPU · about 3 s, about 4 s to load the model, by the last run"
    assert resolve(timed).outlook == said
    ready = replace(timed, estimate=Estimate(PLAN, loading=4.0, per_slice=0.1))
    assert "load" not in resolve(ready).outlook


@pytest.mark.parametrize(
    ("phase", "text", "enabled", "why"),
    [
        (Phase.IDLE, "Segment", True, ""),
        (Phase.RUNNING, "Cancel", True, "A run is under way."),
        (Phase.CANCELLING, "Cancelling…", False, "A run is under way."),
        (Phase.FAILED, "Segment", True, ""),
    ],
)
def test_each_phase_has_its_button(phase, text, enabled, why):
    state = resolve(replace(READY, run=RunFacts(phase, A.key, A.name, 3, 26)))
    assert (state.segment.text, state.segment.enabled) == (text, enabled)
    assert state.why_not_run == why
    assert (state.progress is not None) == (phase in (Phase.RUNNING, Phase.CANCELLING))


def test_one_slice_is_for_axial_scans():
    assert resolve(READY).why_not_one == ""
    assert "coronal" in resolve(Facts(scan=replace(A, plane="coronal"))).why_not_one


def test_what_was_told_of_a_scan_goes_with_it_and_comes_back():
    facts = told(READY, "Discarded.")
    assert resolve(facts).status == "Discarded."
    assert resolve(replace(facts, scan=B)).status == ""
    assert resolve(replace(facts, scan=None)).status == ""
    assert resolve(replace(facts, scan=A)).status == "Discarded."


def test_while_a_scan_is_run_another_one_is_told_which():
    run = RunFacts(Phase.RUNNING, A.key, A.name)
    facts = told(replace(READY, run=run), "Slice 3")
    assert resolve(facts).status == "Slice 3"
    assert resolve(replace(facts, scan=B)).status == "first: Slice 3"


def test_a_result_that_comes_under_another_scan_names_its_own_and_goes_with_the_next_choice():
    facts = told(replace(READY, scan=B), "12 slices in 0.5 s on CPU")
    assert resolve(facts).status == "first: 12 slices in 0.5 s on CPU"
    assert resolve(replace(facts, scan=None)).status == ""


def test_one_number_for_one_fact():
    """A stroke makes two lesions of one: no line of the panel says one any more."""
    facts = told(
        replace(READY, mask=MASK), "26 slices in 1 s", mask="mask", finding="1 lesion · 4.3 mL"
    )
    assert resolve(facts).status == "1 lesion · 4.3 mL · 26 slices in 1 s"
    measured = MeasureFacts("mask", "2 lesions · 4.4 mL", "2 lesions · 4.4 mL · 52 × 38 mm")
    edited = replace(facts, mask=replace(MASK, is_edited=True), measured=measured)
    state = resolve(edited)
    assert state.status == "2 lesions · 4.4 mL · 26 slices in 1 s · edited"
    assert state.measure.text == "Measure: 2 lesions · 4.4 mL · 52 × 38 mm"
    assert state.measure.tip.startswith("2 lesions · 4.4 mL · 52 × 38 mm\n")


def test_a_line_about_another_mask_has_no_numbers():
    facts = told(replace(READY, mask=replace(MASK, key="other")), "26 slices in 1 s", mask="mask")
    measured = MeasureFacts("other", "7 lesions · 1 mL")
    assert resolve(replace(facts, measured=measured)).status == "26 slices in 1 s"


def test_a_notice_stands_once():
    missing, odd = "post-contrast is missing: FLAIR stands in.", "The image looks like T1."
    before = replace(READY, said_elsewhere=(missing,), input_notes=(odd,))
    assert resolve(before).notices == (odd,)
    after = replace(before, run_notes=(missing, odd, odd))
    assert resolve(after).notices == (odd,)


def test_the_run_has_the_last_word_on_its_images():
    facts = replace(READY, input_notes=("odd",), run_notes=())
    assert resolve(facts).notices == ()


def test_without_a_mask_nothing_can_be_moved_measured_or_saved():
    state = resolve(READY)
    assert state.mask.why_not == "There is no mask yet."
    assert state.measure.text == "Measure: no mask"
    assert not state.save.enabled
    assert "no mask to save" in state.save.tip


def test_an_accepted_mask_can_be_released():
    view = resolve(replace(READY, mask=replace(MASK, why_fixed="accepted", is_accepted=True))).mask
    assert (view.why_not, view.accepted, view.can_accept) == ("accepted", True, True)
    fixed = resolve(replace(READY, mask=replace(MASK, why_fixed="edited"))).mask
    assert not fixed.can_accept


def test_measures_that_cannot_be_had_say_why():
    facts = replace(READY, mask=MASK, measured=MeasureFacts("mask", problem="4 dimensions"))
    assert resolve(facts).measure.text == "Measure: —"
    assert resolve(facts).measure.tip == "4 dimensions"


def test_the_same_facts_make_the_same_state():
    assert resolve(replace(READY, mask=MASK)) == resolve(replace(READY, mask=MASK))


def test_what_is_not_saved_is_said_by_the_button_and_the_title():
    mask, unsaved = replace(MASK, is_unsaved=True), (Unsaved("mask", MASK.name),)
    state = resolve(replace(READY, mask=mask, unsaved=unsaved))
    assert state.save.text == "● Save mask…"
    assert state.title == "● first · tumour, not saved"
    state = resolve(replace(READY, mask=MASK))
    assert (state.save.text, state.title) == ("Save mask…", "")


def test_the_title_tells_of_masks_that_are_not_the_one_at_work():
    another = Unsaved("another", "another")
    state = resolve(replace(READY, mask=MASK, unsaved=(another,)))
    assert (state.save.text, state.title) == ("Save mask…", "● another, not saved")
    state = resolve(replace(READY, mask=MASK, unsaved=(another, Unsaved("third", "third"))))
    assert state.title == "● 2 masks, not saved"


def test_saved_is_said_of_what_is_saved_alone():
    """Later strokes are not, whichever mask is at work by then; an undo makes it true again."""
    facts = told(replace(READY, mask=MASK), "Saved first_mask.nii.gz.", saved="mask")
    assert resolve(facts).status == "Saved first_mask.nii.gz."
    for mask in (MASK, replace(MASK, key="other"), None):
        stroked = replace(facts, mask=mask, unsaved=(Unsaved("mask", MASK.name),))
        assert resolve(stroked).status == "Saved first_mask.nii.gz. Later changes are not saved."
    other = replace(facts, unsaved=(Unsaved("other", "other"),))
    assert resolve(other).status == "Saved first_mask.nii.gz."


def test_a_run_says_which_scan_how_far_and_how_long_still():
    run = RunFacts(Phase.RUNNING, A.key, A.name)
    assert resolve(replace(READY, run=run)).progress.text == "first"
    run = replace(run, done=4, total=26, left=11.2)
    assert resolve(replace(READY, scan=B, run=run)).progress.text == (
        "first: 4 of 26 slices · about 11 s left"
    )
