"""Guards of the readers: against lying sizes, full memory and whatever decoders raise."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "MAX_DEFLATE_RATIO",
    "check_memory",
    "check_unpacked",
    "decoding",
    "likely_size",
]

MAX_DEFLATE_RATIO = 1032
"""Deflate cannot pack tighter than this, so a header that claims more is lying."""

LIKELY_RATIO, SMALL = 50, 2**29
"""What unpacks to more than so many times its size is a bomb, unless it is small: an empty mask."""


def likely_size(packed: int) -> int:
    """Return to how many bytes at most a whole file of so many unpacks."""
    return max(packed * LIKELY_RATIO, SMALL)


def check_unpacked(name: str, n_bytes: int, packed: int) -> None:
    """Refuse a file that unpacks to more than it is likely to, while that is found out.

    Raises
    ------
    ScanError
        If ``n_bytes``, so far, are more than :func:`likely_size`.
    """
    if n_bytes > likely_size(packed):
        raise ScanError(
            tr(
                "{name}: unpacks to more than {limit:,} bytes from {packed:,}, which no scan "
                "does; it is damaged. Get a fresh copy, or unpack it with another program.",
                name=name,
                limit=likely_size(packed),
                packed=packed,
            )
        )


def check_memory(name: str, n_bytes: int) -> None:
    """Refuse, before anything is allocated, what does not fit in memory twice.

    Twice, because decoding and rescaling each hold a copy for a moment.

    Raises
    ------
    ScanError
        If ``2 * n_bytes`` is more than the memory available now.
    """
    available = psutil.virtual_memory().available
    if 2 * n_bytes > available:
        raise ScanError(
            tr(
                "{name}: the header announces {needed:,.1f} GB of voxels, and opening them "
                "needs twice that, but {free:,.1f} GB of memory are free. Check that the "
                "header is right; else close other programs or crop the scan.",
                name=name,
                needed=n_bytes / 1e9,
                free=available / 1e9,
            )
        )


@contextmanager
def decoding(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a decoding library raises on a bad file into a :class:`ScanError`.

    Wrap library calls only: decoders meet hostile bytes with every exception there is, while an
    exception from our own code is a defect and must keep its traceback. The library's text is
    left to the exception chain because it may hold a full path.

    Raises
    ------
    ScanError
        For any exception inside the block.
    """
    try:
        yield
    except ScanError:
        raise
    except FileNotFoundError as error:
        raise ScanError(
            tr("{name}: there is no such file. Check the name.", name=path.name)
        ) from error
    except PermissionError as error:
        raise ScanError(
            tr(
                "{name}: reading is not permitted. Ask for read access, or copy the file to "
                "a place of your own.",
                name=path.name,
            )
        ) from error
    except MemoryError as error:
        raise ScanError(
            tr(
                "{name}: there is not enough memory to open it. Close other programs or crop "
                "the scan.",
                name=path.name,
            )
        ) from error
    except ImportError as error:
        raise ScanError(
            tr(
                "{name}: opening {kind} needs {library}, which cannot be loaded. Install "
                "napari-brainseg again, or run `brainseg doctor`.",
                name=path.name,
                kind=kind,
                library=error.name or tr("a library"),
            )
        ) from error
    except Exception as error:
        raise ScanError(
            tr(
                "{name}: could not be decoded as {kind} ({error}); the file is damaged, cut "
                "short, or of another kind. Get a fresh copy, or export it again.",
                name=path.name,
                kind=kind,
                error=type(error).__name__,
            )
        ) from error
