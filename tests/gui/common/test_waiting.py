"""The window lives while a scan is read."""

from __future__ import annotations

from threading import Event

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QProgressDialog, QPushButton, QWidget

from napari_brainseg.errors import ScanError

pytestmark = pytest.mark.gui


class SlowReading:
    """Stands in for a disk: reads when told to."""

    def __init__(self, read) -> None:
        self._read = read
        self.go_on = Event()
        self.began = Event()
        self.ended = Event()

    def __call__(self, path):
        self.began.set()
        assert self.go_on.wait(20)
        try:
            return self._read(path)
        finally:
            self.ended.set()


@pytest.fixture
def slow(monkeypatch):
    from napari_brainseg import io

    reading = SlowReading(io.read_scan)
    monkeypatch.setattr(io, "read_scan", reading)
    yield reading
    reading.go_on.set()


@pytest.fixture
def window(qtbot):
    """Give a window to look at; the viewer's own is not shown in tests."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isVisible)
    return window


@pytest.fixture
def open_in_loop(viewer, qtbot, window):
    """Open a file from within the event loop; the list gets what went wrong, or None."""

    def run(path, meanwhile) -> list[Exception | None]:
        done: list[Exception | None] = []

        def start():
            QTimer.singleShot(0, meanwhile)
            try:
                viewer.open(str(path), plugin="napari-brainseg")
                done.append(None)
            except Exception as error:
                done.append(error)

        QTimer.singleShot(0, start)
        qtbot.waitUntil(lambda: bool(done), timeout=20_000)
        return done

    return run


def dialog():
    found = QApplication.activeModalWidget()
    return found if isinstance(found, QProgressDialog) else None


def poll(condition, then):
    if condition():
        then()
    else:
        QTimer.singleShot(20, lambda: poll(condition, then))


def test_the_event_loop_turns_while_a_scan_is_read(open_in_loop, viewer, slow, oblique_file):
    # Only the event loop can let the reading go on: were it blocked, nothing would be opened.
    open_in_loop(oblique_file, lambda: poll(slow.began.is_set, slow.go_on.set))
    assert [layer.name for layer in viewer.layers] == ["flair"]


def test_a_dialog_names_what_takes_long(open_in_loop, viewer, slow, oblique_file):
    seen = []

    def look():
        seen.append(dialog().labelText())
        slow.go_on.set()

    open_in_loop(oblique_file, lambda: poll(dialog, look))
    assert seen == ["Reading flair.nii.gz…"]
    assert [layer.name for layer in viewer.layers] == ["flair"]
    assert dialog() is None


def test_cancelling_opens_nothing_and_is_no_error(
    open_in_loop, viewer, slow, oblique_file, notes, qtbot
):
    def cancel():
        dialog().findChild(QPushButton).click()

    assert open_in_loop(oblique_file, lambda: poll(dialog, cancel)) == [None]
    slow.go_on.set()
    qtbot.waitUntil(slow.ended.is_set)
    qtbot.wait(100)
    assert not viewer.layers
    assert not notes


def test_what_is_wrong_with_a_file_is_said_as_ever(open_in_loop, viewer, tmp_path):
    broken = tmp_path / "broken.nii"
    broken.write_bytes(b"not a scan")
    (error,) = open_in_loop(broken, lambda: None)
    assert isinstance(error, ScanError)
    assert "broken.nii" in str(error)
    assert not viewer.layers
