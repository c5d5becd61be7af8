"""How much memory this process may still take, where a limit is set on it.

Under a limit on addresses (``ulimit -v``, as clusters set it) libraries of C++ that get none end
the process, or wait for ever for a thread that never began. So there is a look before they load.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["address_room", "require_room", "spare_addresses"]

_ARENAS = -8
"""The option of glibc's ``mallopt``: how many threads get addresses of their own set aside."""


def address_room() -> int | None:
    """Return how many bytes of addresses are left to this process; None where there is no limit."""
    if not sys.platform.startswith("linux"):  # macOS sets none, Windows has none
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return max(0, limit - pages * resource.getpagesize())


def require_room(what: str, n_bytes: int) -> None:
    """Refuse to begin what would not have the addresses that it needs.

    Parameters
    ----------
    what : str
        What needs them, as a sentence begins.
    n_bytes : int
        How many.

    Raises
    ------
    LittleMemory
        If this process is limited, and fewer are left.
    """
    room = address_room()
    if room is not None and room < n_bytes:
        from napari_brainseg.errors import LittleMemory
        from napari_brainseg.language import tr

        raise LittleMemory(
            tr(
                "{what} needs {needed:.2f} GB of memory, and the limit on this process leaves "
                "{room:.2f} GB. Raise the limit (ulimit -v), or ask the cluster for more.",
                what=what,
                needed=n_bytes / 1e9,
                room=room / 1e9,
            )
        )


def spare_addresses() -> None:
    """Where addresses are limited, have libraries set aside fewer; call before numpy is imported.

    What a library needs grows with the number of cores otherwise: 40 MB a core for each OpenBLAS,
    of which numpy and scipy have one each, and 128 MB for each thread that allocates.
    """
    if address_room() is None:
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENAS, 1)
