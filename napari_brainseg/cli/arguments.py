"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["MaskArgument", "ScanArgument", "choose_channels", "parse_channels"]

MaskArgument = Annotated[Path, typer.Argument(help="A saved mask: NIfTI, TIFF or DICOM SEG.")]
ScanArgument = Annotated[Path, typer.Argument(help="The scan that the mask was made on.")]


def parse_channels(texts: list[str], inputs: list[Path]) -> dict[str, Path]:
    """Take ``ROLE=PATH`` options apart.

    Raises
    ------
    typer.BadParameter
        If one has no ``=``, or there are several scans.
    """
    if texts and len(inputs) > 1:
        raise typer.BadParameter("--channel goes with a single scan")
    pairs = [text.partition("=") for text in texts]
    if bad := [text for text, (_, sign, _) in zip(texts, pairs, strict=True) if not sign]:
        raise typer.BadParameter(f"--channel {bad[0]}: expected ROLE=PATH")
    return {role: Path(path) for role, _, path in pairs}


def choose_channels(
    scan: Scan, card: ModelCard, named: Mapping[str, Path]
) -> dict[str, Channel | None]:
    """Lay the sequences named by the user over what the scan itself brings.

    Raises
    ------
    BrainsegError
        If the model has no such input, or a sequence cannot be read.
    """
    from napari_brainseg.io import read_scan
    from napari_brainseg.pipeline.channels import Channel, guess_channels

    chosen = dict(guess_channels(card, scan, ()).by_role)
    for role, path in named.items():
        if role not in chosen:
            roles = ", ".join(chosen)
            raise BrainsegError(f"The model has no input {role!r}; its inputs are {roles}.")
        chosen[role] = Channel(read_scan(path).scan, 0)
    return chosen
