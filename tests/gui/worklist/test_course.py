"""The ways through a work list, step by step, without a window: tests answer for disk and user."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from napari_brainseg.errors import MaskTakenError, SaveError, WorkListError
from napari_brainseg.gui.worklist.course import Course
from napari_brainseg.gui.worklist.steps import (
    Asking,
    Failed,
    Listing,
    Looking,
    Noting,
    Opening,
    Saving,
    TakingBack,
)
from napari_brainseg.worklist import Status, WorkItem, WorkList

FOLDER = Path("study")
ITEMS = tuple(WorkItem(f"{name}.nii.gz", name) for name in "abc")
TAKEN = MaskTakenError("a_mask.nii.gz lies beside the scan.")


def a_list(*items, **more):
    return WorkList(FOLDER, FOLDER, items or ITEMS, **more)


@dataclass(eq=False)
class FakeScreen:
    """Shows nothing, and remembers what it was told."""

    item: WorkItem | None = None
    is_touched: bool = False
    unsaved: list[str] = field(default_factory=list)  # masks, one after the other
    unseen: list[str] = field(default_factory=list)  # what happened to masks, likewise
    mask: str = ""
    ahead: bool = False
    saved: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def news(self):
        return {self: "how to look"} if self.unseen else {}

    def see(self, seen):
        self.unseen.remove(seen)

    def snapshot(self):
        assert not self.unseen, "it is not known what the mask holds"
        return SimpleNamespace(mask=self.mask, status=Status.CORRECTED, scan="scan")

    def needs_saving(self, snapshot):
        return snapshot.mask in self.unsaved

    def note_saved(self, item, snapshot):
        self.item = item
        self.saved.append(snapshot.mask)
        if snapshot.mask in self.unsaved:
            self.unsaved.remove(snapshot.mask)

    def note_item(self, item):
        self.item = item

    def show(self, prefetched):
        self.item = prefetched.item

    def clear(self):
        self.item = None

    def is_segmenting(self, key):
        return self.ahead

    def said_saved(self, item):
        return f"Saved {item.name}."

    def follow(self):
        pass

    def tell(self, text):
        self.said.append(text)

    def warn(self, text):
        self.said.append(f"warning: {text}")

    def fail(self, text):
        self.said.append(f"error: {text}")


@pytest.fixture
def screen():
    return FakeScreen()


@pytest.fixture
def course(screen):
    course = Course(screen, lambda: [] if course.worklist is None else list(course.worklist.items))
    return course


@pytest.fixture
def at_a(course, screen):
    course.worklist, screen.item = a_list(), ITEMS[0]
    return course


def prefetched(item, *, readable=True, remark="", saved=None):
    return SimpleNamespace(
        item=item,
        reading=object() if readable else None,
        remark=remark,
        saved=saved,
        brings_mask=saved is not None,
    )


def walk(way, *answers):
    """Go a way, and answer its steps one by one; returns the steps, and whether it got there."""
    steps, left = [], list(answers)
    answer = None
    while True:
        try:
            steps.append(way.send(answer))
        except StopIteration as stop:
            assert not left, "more was answered than asked"
            return steps, stop.value
        given = left.pop(0)
        answer = given(steps[-1]) if callable(given) else given


def opened(step):
    return prefetched(step.item)


def written(step):
    return step.worklist


def kinds(steps):
    return [type(step) for step in steps]


def test_a_folder_is_listed_and_its_first_scan_opened(course, screen):
    steps, done = walk(course.open(FOLDER), a_list(), opened)
    assert kinds(steps) == [Listing, Opening]
    assert done
    assert screen.item == ITEMS[0]
    assert course.current == ITEMS[0]


def test_a_folder_opens_where_it_was_left_off(course, screen):
    walk(course.open(FOLDER), a_list(current=ITEMS[2].key), opened)
    assert screen.item == ITEMS[2]


def test_a_folder_that_cannot_be_listed_leaves_all_as_it_is(at_a, screen):
    steps, done = walk(at_a.open(FOLDER), written, Failed(WorkListError("No access.")))
    assert kinds(steps) == [Saving, Listing]
    assert not done
    assert screen.item == ITEMS[0]
    assert screen.said[-2:] == ["error: No access.", "No access."]


def test_an_empty_folder_says_what_to_open(course, screen):
    _, done = walk(course.open(FOLDER), WorkList(FOLDER, FOLDER, ()))
    assert done
    assert "Open a folder that holds NIfTI" in screen.said[-1]


def test_what_a_list_has_to_say_is_said_once(course, screen):
    noted = a_list(notes=("Its mask is gone.",))
    walk(course.open(FOLDER), noted, opened)
    walk(course.go(course.later()), lambda step: step.worklist, opened)
    assert screen.said.count("warning: Its mask is gone.") == 1


def test_an_unsaved_mask_is_saved_on_the_way(at_a, screen):
    screen.mask, screen.unsaved = "strokes", ["strokes"]
    steps, done = walk(at_a.go(at_a.later()), written, opened)
    assert done
    assert kinds(steps) == [Saving, Opening]
    assert steps[0].snapshot.mask == "strokes"
    assert (steps[0].target, steps[0].status, steps[0].text) == (ITEMS[1].key, None, "Saving…")
    assert screen.saved == ["strokes"]
    assert screen.said == ["Saved a."]


def test_a_saved_mask_is_not_saved_again_but_the_place_is_noted(at_a, screen):
    steps, _ = walk(at_a.go(at_a.later()), written, opened)
    assert steps[0].snapshot is None
    assert (steps[0].target, steps[0].text) == (ITEMS[1].key, "Opening…")
    assert screen.saved == []


@pytest.mark.parametrize("taken", ["replace", "beside"])
def test_the_user_decides_on_a_file_in_the_way(at_a, screen, taken):
    screen.mask, screen.unsaved = "strokes", ["strokes"]
    steps, done = walk(at_a.go(at_a.later()), Failed(TAKEN), taken, written, opened)
    assert kinds(steps) == [Saving, Asking, Saving, Opening]
    assert steps[1].question == str(TAKEN)
    assert [steps[0].taken, steps[2].taken] == ["ask", taken]
    assert done


def test_who_cancels_stays_where_he_is(at_a, screen):
    screen.mask, screen.unsaved = "strokes", ["strokes"]
    _, done = walk(at_a.go(at_a.later()), Failed(TAKEN), None)
    assert not done
    assert screen.item == ITEMS[0]
    assert screen.said == ["Nothing was saved."]


def test_a_mask_that_cannot_be_saved_keeps_its_scan_on_screen(at_a, screen):
    screen.mask, screen.unsaved = "strokes", ["strokes"]
    _, done = walk(at_a.go(at_a.later()), Failed(SaveError("The disk is full.")))
    assert not done
    assert screen.item == ITEMS[0]
    assert screen.said == ["error: The disk is full.", "The disk is full."]


def test_strokes_made_while_the_next_scan_is_read_are_saved_first(at_a, screen):
    def read_while_painting(step):
        screen.mask, screen.unsaved = "later strokes", ["later strokes"]
        return opened(step)

    steps, done = walk(at_a.go(at_a.later()), written, read_while_painting, written)
    assert kinds(steps) == [Saving, Opening, Saving]
    assert screen.saved == ["later strokes"]
    assert done
    assert screen.item == ITEMS[1]


def test_masks_are_looked_at_off_the_gui_thread_until_they_rest(at_a, screen):
    screen.unseen = ["a stroke"]

    def look_while_painting(step):
        assert step.looks == ("how to look",)
        screen.unseen.append("another stroke")
        screen.mask, screen.unsaved = "both strokes", ["both strokes"]
        return ["a stroke"]

    answers = look_while_painting, ["another stroke"], written, opened
    steps, done = walk(at_a.go(at_a.later()), *answers)
    assert kinds(steps) == [Looking, Looking, Saving, Opening]
    assert screen.saved == ["both strokes"]
    assert done


def test_scans_that_cannot_be_read_are_passed_over_and_named(at_a, screen):
    broken = prefetched(ITEMS[1], readable=False, remark="It is damaged.")
    _, done = walk(at_a.go(at_a.later()), written, broken, opened)
    assert done
    assert screen.item == ITEMS[2]
    assert screen.said == ["b.nii.gz was passed over: it cannot be read."]
    assert at_a.worklist.items[1].status is Status.UNREADABLE
    assert at_a.earlier() == [ITEMS[0]]


def test_where_none_can_be_read_the_last_one_says_why(at_a, screen):
    broken = prefetched(ITEMS[1], readable=False, remark="It is damaged.")
    _, done = walk(at_a.go([ITEMS[1]]), written, broken)
    assert not done
    assert screen.item == ITEMS[0]
    assert screen.said == ["b.nii.gz cannot be read. It is damaged."]


def test_accept_saves_as_accepted_and_goes_to_what_is_not(at_a, screen):
    def accepted(step):
        return step.worklist.with_item(replace(step.item, status=step.status, mask="a_mask.nii"))

    steps, done = walk(at_a.accept(), accepted, opened)
    assert (steps[0].status, steps[0].target) == (Status.ACCEPTED, ITEMS[1].key)
    assert done
    assert screen.item == ITEMS[1]
    assert [item.name for item in at_a.to_do()] == ["c"]


def test_the_last_one_accepted_is_said(course, screen):
    only = ITEMS[0]
    course.worklist, screen.item = a_list(only), only

    def accepted(step):
        return step.worklist.with_item(replace(step.item, status=step.status))

    steps, done = walk(course.accept(), accepted)
    assert kinds(steps) == [Saving]
    assert done
    assert "That was the last one" in screen.said[-1]


def test_an_accepted_mask_is_taken_back(at_a, screen):
    corrected = replace(ITEMS[0], status=Status.CORRECTED)
    steps, done = walk(at_a.take_back(), lambda step: step.worklist.with_item(corrected))
    assert kinds(steps) == [TakingBack]
    assert done
    assert screen.item == corrected


@pytest.mark.parametrize(
    ("before", "touched", "after"),
    [
        (Status.NEW, True, Status.CORRECTED),
        (Status.ACCEPTED, False, Status.ACCEPTED),
        (Status.ACCEPTED, True, Status.CORRECTED),
    ],
)
def test_a_mask_that_the_panel_saved_is_noted(course, screen, before, touched, after):
    item = replace(ITEMS[0], status=before)
    course.worklist, screen.item, screen.is_touched = a_list(item), item, touched
    noted = replace(item, mask="a_mask.nii.gz", sha256="0" * 64)
    steps, done = walk(
        course.note(Path("a_mask.nii.gz")), lambda step: step.worklist.with_item(noted)
    )
    assert kinds(steps) == [Noting]
    assert (steps[0].path, steps[0].status) == (Path("a_mask.nii.gz"), after)
    assert done
    assert screen.item == noted


@pytest.mark.parametrize(
    ("arrival", "said"),
    [
        (prefetched(ITEMS[1], saved=SimpleNamespace(is_found=True, file="b_mask.nii")),
         "b_mask.nii was found beside the scan, and opened."),
        (prefetched(ITEMS[1], saved=SimpleNamespace(is_found=False, file="b_mask.nii")), ""),
        (prefetched(ITEMS[1], remark="Its mask cannot be read."), "Its mask cannot be read."),
        (prefetched(ITEMS[1]), "The model's mask is being made…"),
        (prefetched(replace(ITEMS[1], remark="Its mask is gone.")),
         "Its mask is gone.\nThe model's mask is being made…"),
    ],
    ids=["found", "own", "unreadable mask", "being made", "gone"],
)  # fmt: skip
def test_on_arrival_the_user_is_told_what_there_is(at_a, screen, arrival, said):
    screen.ahead = True
    walk(at_a.go([ITEMS[1]]), written, arrival)
    assert screen.said == [said]


def test_it_needs_neither_qt_nor_napari():
    code = (
        "import sys, napari_brainseg.gui.worklist.course; "
        "print([name for name in ('napari', 'qtpy', 'PyQt6', 'torch') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
