"""What a run takes of this machine: processor time, and energy where the machine counts it.

Intel and AMD processors count the energy that they use (RAPL, running average power limit); Linux
shows the counters under ``/sys/class/powercap``. They are of whole processor packages and of the
memory, so that whatever else ran meanwhile counts too; graphics cards do not. Since 2020 most
systems let only root read them. Where there are none, or they cannot be read, there is no number.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from napari_brainseg.language import marked, tr

__all__ = ["NO_COUNTERS", "UNREADABLE", "EnergyCounter", "Meter", "Spent", "find_counters"]

POWERCAP = Path("/sys/class/powercap")

NO_COUNTERS = marked("this machine shows no energy counters")
UNREADABLE = marked(
    "the energy counters of this machine cannot be read (most systems let only root)"
)

PARTS = ("package", "dram")
"""Zones that count. Cores and graphics are parts of their package, ``psys`` holds them all."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took.

    Parameters
    ----------
    cpu_seconds : float
        Processor time of this process, all its threads together.
    joules : float or None
        Energy of the processor packages and the memory meanwhile, all processes together.
    why_no_joules : str
        Why that is not known; empty where it is.
    """

    cpu_seconds: float
    joules: float | None
    why_no_joules: str = ""


@dataclass(frozen=True, slots=True)
class EnergyCounter:
    """A counter of micro-joules that starts again from 0 when it is full.

    Parameters
    ----------
    path : Path
        The file that shows it.
    full : int
        The highest count, in micro-joules.
    """

    path: Path
    full: int

    def read(self) -> int:
        """Return the count, in micro-joules.

        Raises
        ------
        OSError, ValueError
            If it cannot be read, or is no number.
        """
        return int(self.path.read_text(encoding="ascii"))

    def between(self, before: int, after: int) -> int:
        """Return the micro-joules between two counts, if it was full at most once meanwhile.

        Examples
        --------
        >>> EnergyCounter(Path("energy_uj"), full=1000).between(990, 15)
        26
        """
        return after - before if after >= before else after - before + self.full + 1


def find_counters(root: Path = POWERCAP) -> tuple[EnergyCounter, ...]:
    """Find the counters of processor packages and memory.

    Parameters
    ----------
    root : Path
        Where the system shows them.

    Returns
    -------
    tuple of EnergyCounter
        Each package and each memory once; ``intel-rapl-mmio`` shows the same again. Whether they
        can be read is seen when they are.
    """
    counters = []
    try:
        zones = sorted(root.glob("intel-rapl:*"))
    except OSError:
        return ()
    for zone in zones:
        try:
            name = (zone / "name").read_text(encoding="ascii").strip()
            full = int((zone / "max_energy_range_uj").read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if name.startswith(PARTS):
            counters.append(EnergyCounter(zone / "energy_uj", full))
    return tuple(counters)


class Meter:
    """Measures from its making on.

    Call :meth:`tick` now and then: a counter that was full twice in between says too little. The
    fullest ones last a quarter of an hour at full load.

    Parameters
    ----------
    root : Path, optional
        Where the system shows its energy counters.

    Examples
    --------
    >>> meter = Meter()
    >>> meter.spent.cpu_seconds >= 0
    True
    """

    def __init__(self, root: Path | None = None) -> None:
        self._start = time.process_time()
        self._counters = find_counters(POWERCAP if root is None else root)
        self._joules = 0.0
        self._why_not = "" if self._counters else tr(NO_COUNTERS)
        self._last = self._read()

    def tick(self) -> None:
        """Take the counters down."""
        now = self._read()
        for counter, before, after in zip(self._counters, self._last, now, strict=False):
            self._joules += counter.between(before, after) / 1e6
        self._last = now

    @property
    def spent(self) -> Spent:
        """What was taken until now."""
        self.tick()
        joules = None if self._why_not else self._joules
        return Spent(time.process_time() - self._start, joules, self._why_not)

    def _read(self) -> list[int]:
        """Read all counters, or none: a part of the energy would pass for all of it."""
        if self._why_not:
            return []
        try:
            return [counter.read() for counter in self._counters]
        except (OSError, ValueError):
            self._why_not = tr(UNREADABLE)
            return []
