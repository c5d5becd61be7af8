"""What models take on this machine, by its own runs; kept from one session to the next.

Two runs of each model and device are kept: the last one, of whatever scan it was, from which the
panel tells how long the next takes; and one of the bundled sample (``brainseg models --measure``),
which is the same for all models, so that they can be compared.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import platformdirs
from pydantic import TypeAdapter, ValidationError

from napari_brainseg.errors import SaveError
from napari_brainseg.io.atomic import replacing

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.segment import Segmentation

__all__ = ["Cost", "cost_of", "last_cost", "remember_cost"]

_log = logging.getLogger(__name__)

HELD_UP = 2.0
"""A run on a free computer passes less than this many times its processor time."""

Kind: TypeAlias = Literal["run", "sample"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took.

    Parameters
    ----------
    slices : int
        How many were run, 1 or more.
    seconds : float
        Wall-clock time, loading included.
    loading : float
        The part of it that making the model ready took.
    cpu_seconds : float or None
        Processor time; None where it was not measured.
    joules : float or None
        Energy of the processors and the memory; None where the machine does not tell.
    """

    slices: int
    seconds: float
    loading: float = 0.0
    cpu_seconds: float | None = None
    joules: float | None = None

    @property
    def seconds_per_slice(self) -> float:
        """Seconds that a slice takes once the model is ready."""
        return max(self.seconds - self.loading, 0.0) / self.slices

    @property
    def was_held_up(self) -> bool:
        """Whether other programs took the processor meanwhile: far more time passed than it got."""
        waited = self.seconds - self.loading
        return self.cpu_seconds is not None and waited > HELD_UP * self.cpu_seconds

    @property
    def cpu_seconds_per_slice(self) -> float | None:
        """Processor time that a slice takes."""
        return None if self.cpu_seconds is None else self.cpu_seconds / self.slices

    @property
    def joules_per_slice(self) -> float | None:
        """Energy that a slice takes."""
        return None if self.joules is None else self.joules / self.slices


_COST = TypeAdapter(Cost)


def cost_of(bundle: Bundle, device: str, kind: Kind = "sample") -> Cost | None:
    """Return what a run of a model took here.

    Parameters
    ----------
    bundle : Bundle
        The model.
    device : str
        As chosen, ``auto`` included.
    kind : {"sample", "run"}
        The run of the bundled sample, or the last one.

    Returns
    -------
    Cost or None
        None where this machine has not run it.
    """
    kept = _of_here(_read().get(_key(bundle.card.weights_sha256, device)))
    try:
        return _COST.validate_python(kept.get(kind))
    except ValidationError:
        return None


def last_cost(bundle: Bundle, device: str) -> Cost | None:
    """Return what the last run of a model took here; None where no run is known."""
    if (cost := cost_of(bundle, device, "run")) is not None:
        return cost
    # Earlier versions kept the seconds of a slice alone, loading included.
    kept = _read().get(_key(bundle.card.weights_sha256, device))
    return Cost(slices=1, seconds=kept) if isinstance(kept, (int, float)) else None


def remember_cost(result: Segmentation, device: str, kind: Kind = "run") -> None:
    """Keep what a finished run took; never raises."""
    if not result.complete or not result.slices:
        return
    spent = result.spent
    cost = Cost(
        slices=len(result.slices),
        seconds=result.seconds,
        loading=result.loading,
        cpu_seconds=None if spent is None else spent.cpu_seconds,
        joules=None if spent is None else spent.joules,
    )
    kept = _read()
    key = _key(result.card.weights_sha256, device)
    kept[key] = _of_here(kept.get(key)) | {"machine": this_machine(), kind: asdict(cost)}
    file = costs_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file, file.name) as aside:
            aside.write_text(json.dumps(kept), encoding="utf-8")
    except (OSError, SaveError):
        _log.debug("times are not kept", exc_info=True)


def costs_file() -> Path:
    """Return the file of the costs, of this user."""
    return platformdirs.user_state_path("napari-brainseg", appauthor=False) / "timings.json"


@cache
def this_machine() -> str:
    """Name the kind of machine that this is: a home folder may be shared with others."""
    name = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2] for line in lines if line.startswith("model name"))
    except (OSError, UnicodeDecodeError, StopIteration):
        pass
    return f"{platform.machine()}, {name.strip()}, {os.cpu_count()} threads"


def _of_here(entry: object) -> dict[str, Any]:
    """Return what was kept of a model if it is of this machine; earlier versions kept a number."""
    is_here = isinstance(entry, dict) and entry.get("machine") == this_machine()
    return entry if isinstance(entry, dict) and is_here else {}


def _read() -> dict[str, Any]:
    """Return all that is kept. The panel asks at each change of a layer: a file is parsed once."""
    try:
        file = costs_file()
        now = file.stat()
        return dict(_parsed(file, now.st_ino, now.st_mtime_ns, now.st_size))
    except (OSError, ValueError, RecursionError):
        return {}


@lru_cache(maxsize=1)
def _parsed(file: Path, *_as_it_is: int) -> dict[str, Any]:
    found = json.loads(file.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _key(weights: str, device: str) -> str:
    return f"{weights[:16]} {device}"
