"""Colour tables of 3D Slicer: names and colours of labels, for formats that only hold numbers.

A table lies beside its mask, as ``<mask>_colors.ctbl``. It is text, one label a line::

    # Color table file
    1 enhancing_tumour 230 25 75 255

Spaces separate, so names have underscores in their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io.files import file_text, first_bytes, is_file
from napari_brainseg.io.formats import scan_name
from napari_brainseg.io.mask_info import MAX_LABEL, MaskInfo
from napari_brainseg.language import tr
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["color_table_of", "format_table", "is_ours", "lies_beside", "read", "says"]

SUFFIXES = (".ctbl", ".txt")
HEADER = "# Color table file"
OURS = f"{HEADER} by napari-brainseg"
MAX_BYTES = 1_000_000


def color_table_of(mask: Path) -> Path:
    """Return the place of the colour table of a mask file; whether there is one or not.

    ``<mask>_colors.txt``, the other suffix that 3D Slicer knows, if only that is there.
    """
    places = [mask.with_name(f"{scan_name(mask)}_colors{suffix}") for suffix in SUFFIXES]
    return next((place for place in places if is_file(place)), places[0])


def lies_beside(mask: Path) -> bool:
    """Whether a colour table lies beside a file, which makes the file a mask; never raises."""
    return first_bytes(color_table_of(mask)).startswith(HEADER.encode())


def is_ours(table: Path) -> bool:
    """Whether a colour table is there that this package wrote, and nobody saved again since."""
    return first_bytes(table).startswith(OURS.encode())


def format_table(info: MaskInfo, labels: Iterable[int]) -> str:
    """Write the names and colours of labels, and of all that a mask's description names."""
    lines = [OURS, "# label name red green blue opacity", "0 background 0 0 0 0"]
    for label in sorted({*labels, *info.names} - {0}):
        name = "_".join(info.name(label).split()) or f"label_{label}"
        red, green, blue = bytes.fromhex(info.color(label)[1:])
        lines.append(f"{label} {name} {red} {green} {blue} 255")
    return "\n".join(lines) + "\n"


def read(table: Path) -> MaskInfo:
    """Read a colour table.

    Parameters
    ----------
    table : Path
        A ``.ctbl`` or ``.txt`` file of 3D Slicer.

    Returns
    -------
    MaskInfo
        Names, with spaces again, and colours of its labels; who made the mask, it does not tell.

    Raises
    ------
    ScanError
        If it cannot be read, or a line is not a label, a name and three or four numbers from 0 to
        255.
    """
    try:
        if table.stat().st_size > MAX_BYTES:
            raise ScanError(
                tr("{table}: too large for a colour table. Move it elsewhere.", table=table.name)
            )
        text = file_text(table)
    except (OSError, UnicodeDecodeError) as error:
        raise ScanError(
            tr(
                "{table}: this colour table cannot be read ({error}). Move it elsewhere to "
                "open the mask without names.",
                table=table.name,
                error=type(error).__name__,
            )
        ) from error
    return _parse(text, table.name)


def says(table: Path, text: str) -> bool:
    """Whether a colour table that is there says all that another one would."""
    try:
        there = read(table)
    except ScanError:
        return False
    wanted = _parse(text, table.name)
    same_names = wanted.names.items() <= there.names.items()
    return same_names and wanted.colors.items() <= there.colors.items()


def _parse(text: str, name: str) -> MaskInfo:
    names: dict[int, str] = {}
    colors: dict[int, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        label, called, color = _entry(line, f"{name}, line {number}")
        if label:
            names[label], colors[label] = called, color
    if not names:
        raise ScanError(
            tr("{name}: this colour table names no label. Move it elsewhere.", name=name)
        )
    return MaskInfo(names=names, colors=colors)


def _entry(line: str, where: str) -> tuple[int, str, str]:
    """Take a line apart: label, name, ``#rrggbb``; what follows the opacity is a remark."""
    try:
        label, name, *rest = line.split()
        number, color = int(label), bytes(int(part) for part in rest[:3])
    except ValueError:
        number, name, color = -1, "", b""
    if not 0 <= number <= MAX_LABEL or len(color) != 3:
        raise ScanError(
            tr(
                "{where}: found {line!r}, expected a label, a name without spaces, and red, "
                "green and blue from 0 to 255. Repair it, or move the colour table elsewhere.",
                where=where,
                line=line[:40],
            )
        )
    return number, printable(name).replace("_", " "), f"#{color.hex()}"
