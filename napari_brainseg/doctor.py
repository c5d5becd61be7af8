"""What runs on this computer and what does not, and why: to read, or to paste into a report.

Nothing personal goes into it: the home folder is written ``~``, no file of the user's is named.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from napari_brainseg.errors import without_path
from napari_brainseg.memory import address_room
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Finding", "State", "examine"]

PACKAGES = (
    "napari-brainseg",
    "napari",
    "npe2",
    "magicgui",
    "qtpy",
    "torch",
    "segmentation-models-pytorch",
    "timm",
    "openvino",
    "onnxruntime",
    "numpy",
    "scipy",
    "scikit-image",
    "nibabel",
    "pydicom",
    "highdicom",
    "tifffile",
    "imagecodecs",
    "pydantic",
    "safetensors",
)
OPTIONAL = {"openvino", "onnxruntime"}
BINDINGS = ("PyQt6", "PySide6", "PyQt5")
CODECS = ("jpeg8", "ljpeg", "jpegls", "jpeg2k", "lzw", "deflate", "zstd")
PLACES = (
    *("BRAINSEG_JOURNAL", "XDG_DATA_HOME", "XDG_STATE_HOME", "LOCALAPPDATA", "APPDATA"),
    *("TMPDIR", "TEMP", "TMP"),
)
"""Variables that name folders."""
LITTLE_BYTES = 1 << 30


class State(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    subject : str
        What, e.g. ``"torch"``.
    found : str
        What was found, in one printable line.
    state : State
        Whether it is as it should be.
    remedy : str
        What to do about it; empty where nothing is to be done.
    """

    subject: str
    found: str
    state: State = State.OK
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything that a run needs; what fails to be looked at is itself a finding.

    Loads torch, which takes seconds. Contacts no network and changes nothing but a file that it
    writes into each folder of ours and takes away again.

    Returns
    -------
    tuple of Finding
        In reading order.

    Examples
    --------
    >>> problems = [each for each in examine() if each.state is State.PROBLEM]
    """
    found: list[Finding] = []
    for name, look in _LOOKS.items():
        try:
            found += look()
        except Exception as error:  # one broken library must not hide what the others are like
            found.append(
                Finding(name, without_path(error), State.PROBLEM, "Install the package again.")
            )
    return tuple(
        Finding(each.subject, _impersonal(each.found), each.state, each.remedy) for each in found
    )


def _impersonal(text: str) -> str:
    return shortened(text.replace(str(Path.home()), "~"), 300)


def _system() -> Iterator[Finding]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield Finding("Python", python)
    yield Finding("system", f"{platform.system()} {platform.release()} {platform.machine()}")
    yield Finding("processor", f"{os.cpu_count()} cores, {_instructions()}")
    import psutil

    memory = psutil.virtual_memory()
    text = f"{memory.total / 1e9:.0f} GB, {memory.available / 1e9:.1f} GB free"
    room = address_room()
    if room is not None and room < memory.available:
        text += f", of which a limit leaves this process {room / 1e9:.1f} GB"
    if memory.available < LITTLE_BYTES:
        yield Finding("memory", text, State.PROBLEM, "Close other programs: a run takes 1 to 2 GB.")
    elif room is not None and room < LITTLE_BYTES:
        yield Finding(
            "memory", text, State.PROBLEM, "Raise the limit (ulimit -v): a run takes 1 to 2 GB."
        )
    else:
        yield Finding("memory", text)
    text = f"{sys.getfilesystemencoding()}, standard output {sys.stdout.encoding or 'unknown'}"
    yield Finding("text", text)


def _instructions() -> str:
    """Name what of the processor decides how fast a network runs."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return "instructions unknown"
    known = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    return ", ".join(name for name in known if f" {name} " in flags) or "no AVX2"


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield Finding(name, version(name))
        except PackageNotFoundError:
            if name in OPTIONAL:
                yield Finding(name, "not installed", State.NOTE)
            else:
                remedy = f"Run: pip install {name}"
                yield Finding(name, "not installed", State.PROBLEM, remedy)
    bindings = [name for name in BINDINGS if find_spec(name)]
    if bindings:
        yield Finding("Qt", ", ".join(bindings))
    else:
        yield Finding(
            "Qt", "no binding", State.NOTE, 'For napari, run: pip install "napari-brainseg[all]"'
        )


def _devices() -> Iterator[Finding]:
    from napari_brainseg.pipeline.devices import list_devices

    for device in list_devices():
        yield Finding("device", f"{device.name}: {device.label}")


def _codecs() -> Iterator[Finding]:
    import imagecodecs

    missing = [name for name in CODECS if not getattr(imagecodecs, name.upper()).available]
    if missing:
        text = f"without {', '.join(missing)}"
        remedy = "Run: pip install --upgrade imagecodecs"
        yield Finding("codecs", text, State.NOTE, remedy)
    else:
        yield Finding("codecs", ", ".join(CODECS))


def _folders() -> Iterator[Finding]:
    from napari_brainseg.autosave.files import autosave_folder
    from napari_brainseg.models.catalog import user_model_folder

    yield _folder("models folder", user_model_folder())
    yield _folder("autosave folder", autosave_folder())
    yield _folder("temporary folder", Path(tempfile.gettempdir()))


def _place(folder: Path) -> str:
    """Say where a folder lies without a name that its owner gave: that may be a patient's."""
    for name in PLACES:
        if (value := os.environ.get(name)) and folder.is_relative_to(value):
            return f"${name}/{folder.relative_to(value).as_posix()}".removesuffix("/.")
    ours = (platformdirs.user_data_path, platformdirs.user_state_path)
    usual = any(folder.is_relative_to(each("napari-brainseg", appauthor=False)) for each in ours)
    known = usual or folder in (Path("/tmp"), Path("/var/tmp"))
    return str(folder) if known else "a folder elsewhere"


def _folder(subject: str, folder: Path) -> Finding:
    """See whether a folder, or the nearest above it that is there, takes a file."""
    import psutil

    from napari_brainseg.io.files import nearest_folder

    there = nearest_folder(folder)
    if there is None:
        return Finding(
            subject, f"{_place(folder)}: no such place", State.PROBLEM, "Make the folder."
        )
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        text = f"{_place(folder)}: {error.strerror or type(error).__name__}"
        return Finding(subject, text, State.PROBLEM, "Let your account write there.")
    free = psutil.disk_usage(str(there)).free
    when = "there" if there == folder else "made when needed"
    text = f"{_place(folder)}: {when}, {free / 1e9:.0f} GB free"
    if free < LITTLE_BYTES:
        return Finding(subject, text, State.PROBLEM, "Make room: masks could not be saved.")
    return Finding(subject, text)


def _models() -> Iterator[Finding]:
    from napari_brainseg.models.catalog import EMBEDDED_FOLDER, find_models

    catalog = find_models()
    own = [name for name, each in catalog.bundles.items() if each.path.parent != EMBEDDED_FOLDER]
    names = [name for name in catalog.bundles if name not in own]
    names += [f"{len(own)} of other places"] if own else []
    if names:
        yield Finding("models", ", ".join(names))
    else:
        remedy = "Install napari-brainseg again: it brings one."
        yield Finding("models", "none", State.PROBLEM, remedy)
    if catalog.problems:
        text = f"{len(catalog.problems)} cannot be used"
        yield Finding("models", text, State.NOTE, "Run `brainseg models verify`: it says why.")


_LOOKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "system": _system,
    "packages": _packages,
    "devices": _devices,
    "codecs": _codecs,
    "folders": _folders,
    "models": _models,
}
