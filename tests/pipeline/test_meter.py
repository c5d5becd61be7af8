"""What a run takes: counters as Linux shows them, made in a folder; never a number made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_brainseg.pipeline import segment
from napari_brainseg.pipeline.meter import NO_COUNTERS, UNREADABLE, Meter, find_counters
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

FULL = 262_143_328_850
"""As Intel's processors have it."""


def zone(root: Path, path: str, name: str, count: int, full: int = FULL) -> Path:
    folder = root / path
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    (folder / "max_energy_range_uj").write_text(f"{full}\n")
    (folder / "energy_uj").write_text(f"{count}\n")
    return folder / "energy_uj"


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """Two packages with cores and memory, a zone over all, and the same again by another way."""
    zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    zone(tmp_path, "intel-rapl:0:0", "core", 500_000)
    zone(tmp_path, "intel-rapl:0:1", "dram", 2_000_000)
    zone(tmp_path, "intel-rapl:1", "package-1", FULL - 999_999)
    zone(tmp_path, "intel-rapl:2", "psys", 7)
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", 1_000_000)
    (tmp_path / "intel-rapl").mkdir()
    return tmp_path


def test_each_package_and_memory_counts_once_and_a_full_counter_starts_again(
    powercap: Path,
) -> None:
    assert len(find_counters(powercap)) == 3
    meter = Meter(powercap)
    (powercap / "intel-rapl:0" / "energy_uj").write_text("4000000\n")  # 3 J
    (powercap / "intel-rapl:0:0" / "energy_uj").write_text("90000000\n")
    (powercap / "intel-rapl:0:1" / "energy_uj").write_text("2500000\n")  # 0.5 J
    (powercap / "intel-rapl:1" / "energy_uj").write_text("1000000\n")  # 2 J, over the end
    assert meter.spent.joules == pytest.approx(5.5)
    assert meter.spent.why_no_joules == ""
    (powercap / "intel-rapl:1" / "energy_uj").write_text("1500000\n")
    assert meter.spent.joules == pytest.approx(6.0)


def test_a_counter_that_is_full_between_two_ticks_each_time_counts_each_time(
    tmp_path: Path,
) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 900_000, full=999_999)
    meter = Meter(tmp_path)
    for _ in range(3):
        counter.write_text("800000")
        meter.tick()
        counter.write_text("900000")
        meter.tick()
    assert meter.spent.joules == pytest.approx(3.0)


@pytest.mark.parametrize("spoil", ["gone", "no number"])
def test_what_cannot_be_read_is_said_and_a_part_never_passes_for_all(
    powercap: Path, spoil: str
) -> None:
    counter = powercap / "intel-rapl:1" / "energy_uj"
    if spoil == "gone":
        counter.unlink()
    else:
        counter.write_text("much")
    spent = Meter(powercap).spent
    assert (spent.joules, spent.why_no_joules) == (None, UNREADABLE)


def test_a_counter_that_goes_away_during_a_run_takes_the_number_with_it(powercap: Path) -> None:
    meter = Meter(powercap)
    (powercap / "intel-rapl:0" / "energy_uj").unlink()
    assert meter.spent.joules is None
    (powercap / "intel-rapl:0" / "energy_uj").write_text("9000000")
    assert meter.spent.joules is None


def test_a_machine_without_counters_says_so(tmp_path: Path) -> None:
    spent = Meter(tmp_path / "nothing").spent
    assert (spent.joules, spent.why_no_joules) == (None, NO_COUNTERS)
    assert spent.cpu_seconds >= 0


def test_a_run_says_what_it_took(
    tiny_bundle: Bundle, powercap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_brainseg.pipeline.meter.POWERCAP", powercap)
    found = segment.segment_scan(phantom(), tiny_bundle, device="cpu", slices=[10])
    assert found.spent.cpu_seconds > 0
    assert found.spent.joules == 0.0
