"""Where tasks run side by side: workers on this machine, or those of a scheduler that is there.

A local cluster is bound to 127.0.0.1 and speaks TLS, by a certificate of its own that lives in
memory: whoever can connect to a scheduler can run code, and other people may use this machine.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import psutil

from napari_brainseg.errors import BrainsegError
from napari_brainseg.memory import address_room
from napari_brainseg.pipeline.backends.openvino_runtime import default_threads
from napari_brainseg.pipeline.devices import list_devices
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

__all__ = ["Workers", "existing_cluster", "have_room", "local_cluster", "plan_workers"]

LOOPBACK = "127.0.0.1"
ANY_PORT = f"{LOOPBACK}:0"

TASKS_A_WORKER = 2
"""While the network runs for one scan, another one is read, written or measured."""

BYTES_A_WORKER = 2e9
"""Memory that a worker needs: the program, the network, and two scans of usual size."""

CONNECT_S = 30
ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+")


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers this machine gets.

    Parameters
    ----------
    count : int
        Processes.
    threads : int or None
        Processor threads of the network in each; None for the usual number.
    cards : tuple of str
        Graphics cards, as ``CUDA_VISIBLE_DEVICES`` names them, one a worker; none on the CPU.
    tasks : int
        That each worker is at, at a time.
    """

    count: int
    threads: int | None = None
    cards: tuple[str, ...] = ()
    tasks: int = TASKS_A_WORKER


def plan_workers(scans: int, device: str = "auto", wanted: int | None = None) -> Workers:
    """Decide how many workers this machine has for a number of scans.

    Parameters
    ----------
    scans : int
        How many are to be segmented.
    device : str
        ``"auto"`` or a device name.
    wanted : int, optional
        Workers asked for. If not given one a graphics card; without one, one a core, fewer where
        memory is short.

    Examples
    --------
    >>> plan_workers(1000, "cpu", wanted=1).count
    1
    """
    if cards := _cards(device):
        count = min(wanted or len(cards), len(cards), max(1, scans))
        return Workers(count, None, cards[:count])
    cores = default_threads()
    room = int(psutil.virtual_memory().available // BYTES_A_WORKER)
    count = wanted or max(1, min(cores, scans, room))
    return Workers(count, max(1, cores // count))


def _cards(device: str) -> tuple[str, ...]:
    """Name the graphics cards that are each to have a worker."""
    if device not in ("auto", "cuda"):
        return ()
    count = sum(each.name.startswith("cuda") for each in list_devices())
    shown = [each for each in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if each]
    return tuple(shown[:count] or map(str, range(count)))


def have_room() -> bool:
    """Whether the limit on each process, if there is one, is wide enough for workers."""
    room = address_room()
    return room is None or room >= BYTES_A_WORKER


@contextmanager
def local_cluster(workers: Workers, *, dashboard: bool = False) -> Iterator[Client]:
    """Start workers on this machine, and end them with the block.

    Nothing of it listens on anything but 127.0.0.1. A worker that is killed is started anew.

    Parameters
    ----------
    workers : Workers
        How many.
    dashboard : bool
        Whether dask's dashboard is served, at ``client.dashboard_link``.

    Raises
    ------
    BrainsegError
        If dask.distributed, or Bokeh for the dashboard, is not installed.
    """
    check_installed(dashboard)
    import dask
    from distributed import Client, Nanny, Scheduler, Security
    from distributed.deploy.spec import SpecCluster

    security = Security.temporary()
    common = {"host": LOOPBACK, "security": security, "protocol": "tls://"}
    # Without an address of its own each web server would listen on all interfaces.
    web = {"dashboard": dashboard, "dashboard_address": ANY_PORT}
    spec = {
        index: {"cls": Nanny, "options": {**common, **_worker_options(workers, index)}}
        for index in range(workers.count)
    }
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_settings(dashboard)))
        stack.enter_context(_quiet())
        cluster = SpecCluster(
            workers=spec,
            scheduler={"cls": Scheduler, "options": {**common, **web, "port": 0}},
            security=security,
            silence_logs=logging.CRITICAL,
        )
        stack.enter_context(cluster)
        yield stack.enter_context(Client(cluster))


def _worker_options(workers: Workers, index: int) -> dict[str, Any]:
    env = {"CUDA_VISIBLE_DEVICES": workers.cards[index]} if workers.cards else {}
    return {
        "nthreads": workers.tasks,
        "memory_limit": None,  # a scan that is too large says so itself
        "dashboard": False,
        "dashboard_address": ANY_PORT,
        "env": env,
        "silence_logs": logging.CRITICAL,
    }


def _settings(dashboard: bool) -> dict[str, Any]:
    """Return dask's settings: without a dashboard its web servers have nothing to tell."""
    if dashboard:
        return {}
    return {
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }


@contextmanager
def existing_cluster(address: str) -> Iterator[Client]:
    """Connect to a scheduler that is there; it and its workers stay when the block ends.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.5:8786``; for ``tls://`` dask's own configuration names the files.

    Raises
    ------
    BrainsegError
        If dask.distributed is not installed, or there is no scheduler.
    """
    check_installed(False)
    if not ADDRESS.fullmatch(address):
        raise BrainsegError(
            f"{shortened(address)} is no address of a scheduler, expected tcp://HOST:PORT."
        )
    from distributed import Client

    with ExitStack() as stack:
        stack.enter_context(_quiet())
        try:
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise BrainsegError(
                f"There is no scheduler at {address} ({type(error).__name__}). Start one with "
                "`dask scheduler`, and workers with `dask worker ADDRESS`."
            ) from error
        yield stack.enter_context(client)


def check_installed(dashboard: bool) -> None:
    """See that what is needed to run side by side is installed.

    Raises
    ------
    BrainsegError
        Which says how to get it.
    """
    needed = ["distributed", "cryptography", *(["bokeh"] if dashboard else [])]
    if missing := [name for name in needed if find_spec(name) is None]:
        what = "The dashboard needs" if missing == ["bokeh"] else "Running side by side needs"
        raise BrainsegError(
            f"{what} {' and '.join(missing)}. Install with: pip install {' '.join(missing)}"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep dask's log out of the terminal: what matters of it is told in lines of our own."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
