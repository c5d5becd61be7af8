"""Saving that is killed at any moment, or runs out of room, destroys no earlier file."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time

import numpy as np
import pytest
from dicom_series import write_slice
from saving import PRELOAD, labels_of, save_for_ever, save_without_room

from napari_brainseg.io import MASK_SUFFIXES, read_mask, read_scan, write_contours, write_mask

ENDINGS = [
    getattr(signal, name)
    for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
    if hasattr(signal, name) and os.name == "posix"
] or [signal.SIGTERM]
"""How a process is ended: by the system, by another program, by Ctrl-C, with its terminal."""

METHODS = multiprocessing.get_all_start_methods()
START_S = 120


@pytest.fixture(scope="module")
def processes():
    """Start processes that have imported everything already, where the system can."""
    context = multiprocessing.get_context("forkserver" if "forkserver" in METHODS else "spawn")
    if "forkserver" in METHODS:
        context.set_forkserver_preload(PRELOAD)
    return context


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    rng = np.random.default_rng(0)
    for z in range(12):
        write_slice(folder / f"{z}", rng.integers(0, 1000, (128, 128)), (0.0, 0.0, 4.5 * z))
    return folder


def visible(folder):
    return [file for file in folder.iterdir() if not file.name.startswith(".")]


def start(processes, target, *args):
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=target, args=(*args, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def kill_while_saving(processes, series, target, rng):
    """Kill a process in the middle of a save; give the turns that may be in the file."""
    process, told = start(processes, save_for_ever, series, target)
    assert told.poll(START_S), "the first save did not come to an end"
    turn, began = told.recv(), time.monotonic()
    assert told.poll(START_S)
    turn, took = told.recv(), time.monotonic() - began
    time.sleep(rng.uniform(0, 2 * took))
    os.kill(process.pid, rng.choice(ENDINGS))
    process.join()
    try:
        while told.poll():
            turn = told.recv()
    except EOFError:
        pass
    return turn, turn + 1


def check_kills(processes, series, folder, suffix, kills):
    scan = read_scan(series).scan
    target = folder / f"mask{suffix}"
    rng = random.Random(suffix)
    for _ in range(kills):
        possible = kill_while_saving(processes, series, target, rng)
        assert visible(folder) == [target]
        found, affine = read_mask(target)
        assert any(np.array_equal(found, labels_of(turn, scan)) for turn in possible)
        np.testing.assert_allclose(affine, scan.affine, atol=1e-6)


@pytest.mark.parametrize("suffix", MASK_SUFFIXES)
def test_a_kill_while_saving_leaves_the_earlier_mask_or_the_new_one(
    processes, series, tmp_path, suffix
):
    check_kills(processes, series, tmp_path, suffix, 2)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", MASK_SUFFIXES)
def test_twenty_kills_while_saving_leave_the_earlier_mask_or_the_new_one(
    processes, series, tmp_path, suffix
):
    check_kills(processes, series, tmp_path, suffix, 20)


@pytest.mark.skipif("forkserver" not in METHODS, reason="this system cannot limit a file's size")
@pytest.mark.parametrize("suffix", MASK_SUFFIXES)
def test_a_disk_without_room_leaves_the_earlier_mask(processes, series, tmp_path, suffix):
    scan = read_scan(series).scan
    target = write_mask(labels_of(0, scan), scan, tmp_path / f"mask{suffix}")
    before = target.read_bytes()
    for share in (0.0, 0.3, 0.9):
        room = int(share * len(before))
        process, told = start(processes, save_without_room, series, target, room)
        assert told.poll(START_S)
        assert told.recv().startswith(f"{target.name}: could not be written")
        process.join()
        assert target.read_bytes() == before
        assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif("forkserver" not in METHODS, reason="this system cannot limit a file's size")
def test_a_disk_without_room_leaves_the_earlier_outlines(processes, series, tmp_path):
    scan = read_scan(series).scan
    labels = np.zeros(scan.grid, np.uint8)
    labels[3:6, 20:40, 30:60] = 1
    target = write_contours(labels, scan, tmp_path / "outlines.dcm")
    before = target.read_bytes()
    process, told = start(processes, save_without_room, series, target, len(before) // 2)
    assert told.poll(START_S)
    assert told.recv().startswith("outlines.dcm: could not be written")
    process.join()
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif("forkserver" not in METHODS, reason="this system cannot limit a file's size")
def test_a_disk_without_room_leaves_no_half_of_a_folder_of_pictures(processes, series, tmp_path):
    process, told = start(processes, save_without_room, series, tmp_path / "pictures", 1000)
    assert told.poll(START_S)
    assert told.recv().startswith("pictures: could not be written")
    process.join()
    assert list(tmp_path.iterdir()) == []
