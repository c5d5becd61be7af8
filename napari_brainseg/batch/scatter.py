"""Tasks handed to workers, some ahead of each, and taken back as they end."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dask.typing import Key
    from distributed import Client, Future

__all__ = ["is_lost", "scatter"]

Item = TypeVar("Item")


def scatter(
    client: Client, task: Callable[[Item], Any], items: Iterable[Item], ahead: int
) -> Iterator[tuple[Item, Future[Any]]]:
    """Run a task for each item, and yield the items as they end.

    Parameters
    ----------
    client : Client
        Of the cluster.
    task : callable
        What is run in a worker; it is called with an item.
    items : iterable
        What to run it for.
    ahead : int
        How many are in the scheduler's hands at a time: a million at once would be slow to hold.

    Yields
    ------
    item, Future
        One that ended, well or not.
    """
    from distributed import as_completed

    waiting, going = iter(items), dict["Key", Item]()

    def submit(count: int) -> list[Future[Any]]:
        futures = []
        for item in islice(waiting, count):
            # Keys are seen by whoever sees the scheduler: no name of a file is in them.
            future = client.submit(task, item, pure=False, key=f"task-{uuid4().hex}")
            going[future.key] = item
            futures.append(future)
        return futures

    ending = as_completed(submit(ahead))
    for future in ending:
        yield going.pop(future.key), future
        ending.update(submit(1))


def is_lost(future: Future[Any]) -> bool:
    """Whether a task ended every worker that tried it."""
    from distributed import KilledWorker

    return future.status == "error" and isinstance(future.exception(), KilledWorker)
