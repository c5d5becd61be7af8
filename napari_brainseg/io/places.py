"""Where a mask may go: never on its scan, never into a pipe, never over what must stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.errors import FileTakenError, SaveError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.scan import Scan

__all__ = ["check_place", "resolved"]


def resolved(path: Path) -> Path:
    """Follow the links of a path.

    Raises
    ------
    SaveError
        If they run in a circle, or the path cannot be one.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SaveError(
            tr(
                "{name}: the path cannot be followed ({error}). Choose another name or folder.",
                name=path.name[:80],
                error=type(error).__name__,
            )
        ) from error


def check_place(target: Path, name: str, scan: Scan, overwrite: bool) -> None:
    """Refuse places where a mask must not go.

    Raises
    ------
    SaveError
        If the folder is missing, or the place is taken by the scan itself, by a folder, a device
        or a pipe, or by a file that may not be overwritten or is write-protected.
    """
    try:
        if not target.parent.is_dir():
            raise SaveError(
                tr(
                    "{name}: its folder does not exist. Create it, or choose another one.",
                    name=name,
                )
            )
        if not target.exists():
            return
        _check_taken(target, name, scan, overwrite)
    except (OSError, ValueError) as error:  # a name that the disk does not take
        reason = getattr(error, "strerror", None) or tr("not a name of a file")
        raise SaveError(
            tr(
                "{name}: cannot be a file here ({reason}). Choose another name or folder.",
                name=name[:80],
                reason=reason,
            )
        ) from error


def _check_taken(target: Path, name: str, scan: Scan, overwrite: bool) -> None:
    if any(file.exists() and target.samefile(file) for file in scan.source.files):
        raise SaveError(tr("{name}: this is the scan itself. Choose another name.", name=name))
    if target.is_dir():
        raise SaveError(tr("{name}: a folder has this name. Choose another name.", name=name))
    if not target.is_file():
        raise SaveError(
            tr("{name}: a device or a pipe has this name. Choose another name.", name=name)
        )
    if not overwrite:
        raise FileTakenError(
            tr(
                "{name}: a file of this name exists. Choose another name, or allow to "
                "overwrite it.",
                name=name,
            )
        )
    if not target.stat().st_mode & 0o222:
        raise SaveError(
            tr(
                "{name}: the file is write-protected. Choose another name, or allow writing to it.",
                name=name,
            )
        )
