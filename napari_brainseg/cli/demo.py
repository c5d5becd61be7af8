"""``brainseg demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    output: Annotated[Path, typer.Option(help="Folder for the mask and the picture.")] = Path(
        "demo"
    ),
    screenshot: Annotated[
        bool, typer.Option("--screenshot", help="Write a picture and end, for no display.")
    ] = False,
) -> None:
    """Segment the bundled sample in napari with the default model."""
    from napari_brainseg.gui.demo import run_demo

    raise typer.Exit(run_demo(output, screenshot))
