"""A process that is killed while somebody paints loses no more than the last ten seconds."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from napari_brainseg.autosave import find_orphans, read_autosave
from napari_brainseg.frames import frame_for
from napari_brainseg.io import read_scan

pytestmark = pytest.mark.gui

LOST_S = 10.0
START_S = 240.0
AT_ONCE = 8


class Painter:
    """One process that paints, in a folder of its own."""

    def __init__(self, kind: str, scan: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder, self.scan = folder, scan
        folder.mkdir()
        monkeypatch.setenv("BRAINSEG_JOURNAL", str(folder / "journal"))
        monkeypatch.setenv("NAPARI_CONFIG", str(folder / "settings.yaml"))
        self.errors = (folder / "errors").open("wb")
        script = Path(__file__).with_name("painter.py")
        command = [sys.executable, str(script), kind, str(scan), str(folder / "log")]
        self.process = subprocess.Popen(command, stderr=self.errors, stdout=self.errors)

    def strokes(self) -> list[tuple[float, int]]:
        log = self.folder / "log"
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        whole = [line.split() for line in lines if line.endswith("\n")]
        return [(float(when), int(index)) for when, index in whole]

    def wait_for_a_stroke(self) -> None:
        end = time.monotonic() + START_S
        while not self.strokes():
            said = (self.folder / "errors").read_text()
            assert self.process.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.1)

    def kill(self) -> float:
        self.process.kill()
        when = time.monotonic()
        self.process.wait()
        self.errors.close()
        return when


def restored_of(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Return the mask that a new session would offer, as it is shown."""
    monkeypatch.setenv("BRAINSEG_JOURNAL", str(painter.folder / "journal"))
    (orphan,) = find_orphans()
    restored = read_autosave(orphan.path)
    orphan.release()
    scan = read_scan(painter.scan).scan
    return np.ascontiguousarray(frame_for(scan.affine).apply(restored.labels))


def lost_scribbles(painter: Painter, killed: float, monkeypatch: pytest.MonkeyPatch) -> float:
    """Age of the first mask after strokes that came later than the restored one."""
    drawn = painter.strokes()
    found = zlib.crc32(restored_of(painter, monkeypatch))
    known = [number for number, (_, checksum) in enumerate(drawn) if checksum == found]
    if not known:
        # Its line had not been written yet when the process was killed.
        assert np.count_nonzero(restored_of(painter, monkeypatch))
        return killed - drawn[-1][0]
    later = drawn[known[-1] + 1 :]
    return killed - later[0][0] if later else 0.0


def lost_seconds(painter: Painter, killed: float, monkeypatch: pytest.MonkeyPatch) -> float:
    """Age of the oldest stroke that a restored mask does not hold."""
    shown = restored_of(painter, monkeypatch)
    strokes = painter.strokes()
    held = shown.ravel()[[index for _, index in strokes]] > 0
    # Strokes follow each other, so a state of the mask holds all up to one of them.
    count = int(held.sum())
    assert held[:count].all()
    # One more may have been painted, but not yet logged.
    assert np.count_nonzero(shown) in (count, count + 1)
    return killed - strokes[count][0] if count < len(strokes) else 0.0


def check_kills(kinds, scan, tmp_path, monkeypatch, lost_of=lost_seconds):
    rng = random.Random(0)
    painters = []
    try:
        for number, kind in enumerate(kinds):
            painters.append(Painter(kind, scan, tmp_path / f"{kind}{number}", monkeypatch))
        for painter in painters:
            painter.wait_for_a_stroke()
        time.sleep(LOST_S)
        lost = []
        for painter in painters:
            time.sleep(rng.uniform(0, 6.0 / len(painters)))
            lost.append(lost_of(painter, painter.kill(), monkeypatch))
    finally:
        for painter in painters:
            painter.kill()
    print(f"lost, s: {', '.join(f'{seconds:.1f}' for seconds in lost)}")
    assert max(lost) <= LOST_S


def test_a_killed_process_loses_no_more_than_ten_seconds(oblique_file, tmp_path, monkeypatch):
    check_kills(["bare"] * 3, oblique_file, tmp_path, monkeypatch)


def test_a_finished_mask_that_nobody_edited_is_offered_after_a_kill(
    oblique_file, tmp_path, monkeypatch
):
    idle = Painter("idle", oblique_file, tmp_path / "idle", monkeypatch)
    end = time.monotonic() + START_S
    while not list((tmp_path / "idle" / "journal").glob("*.journal")):
        assert idle.process.poll() is None, (tmp_path / "idle" / "errors").read_text()
        assert time.monotonic() < end
        time.sleep(0.1)
    idle.kill()
    (orphan,) = find_orphans()
    restored = read_autosave(orphan.path)
    orphan.release()
    assert np.count_nonzero(restored.labels) == 200
    np.testing.assert_array_equal(restored.labels, restored.original)
    assert orphan.place.path == str(oblique_file)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(5))
def test_forty_killed_processes_lose_no_more_than_ten_seconds(
    batch, oblique_file, tmp_path, monkeypatch
):
    check_kills(["bare"] * AT_ONCE, oblique_file, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(5))
def test_ten_killed_viewers_lose_no_more_than_ten_seconds(
    batch, oblique_file, tmp_path, monkeypatch
):
    check_kills(["viewer"] * 2, oblique_file, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(10))
def test_fifty_kills_while_scribbling_lose_no_more_than_ten_seconds(
    batch, oblique_file, tmp_path, monkeypatch
):
    check_kills(["scribbler"] * 5, oblique_file, tmp_path, monkeypatch, lost_scribbles)
