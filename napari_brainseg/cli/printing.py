"""Printing: results on standard output, notes and errors on standard error, a line each."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from napari_brainseg.errors import BrainsegError
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment

__all__ = [
    "DISCLAIMER",
    "PlainConsole",
    "errors_in_one_line",
    "print_line",
    "print_result",
    "say",
    "say_error",
    "stderr",
]

DISCLAIMER = "research use only, not a medical device"


class PlainConsole(Console):
    """Prints whatever files say as text: in it nothing is markup, and nothing moves or colours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Make the text of everything printable, tables and bars too; rich's own codes stay."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else printable(segment.text, keep="\n\t")
            yield segment._replace(text=text)


stderr = PlainConsole(stderr=True, soft_wrap=True)


def print_result(text: str) -> None:
    """Print a result for programs, as it is."""
    sys.stdout.write(text)


def print_line(text: str) -> None:
    """Print a result for people, in one line."""
    sys.stdout.write(printable(text) + "\n")


def say(text: str) -> None:
    """Print a note in one line, its brackets not taken for markup."""
    stderr.print(printable(text))


def say_error(name: str, error: BrainsegError) -> None:
    """Print an error in one line, which names once what it is about."""
    text = " ".join(str(error).split())
    say("brainseg: " + (text if text.startswith((f"{name}: ", f"{name} ")) else f"{name}: {text}"))


@contextmanager
def errors_in_one_line(path: Path) -> Iterator[None]:
    """End the command with one line where the user can do something about it.

    Raises
    ------
    typer.Exit
        With status 1, for a :class:`~napari_brainseg.errors.BrainsegError` inside the block.
    """
    try:
        yield
    except BrainsegError as error:
        say_error(path.name, error)
        raise typer.Exit(1) from None
