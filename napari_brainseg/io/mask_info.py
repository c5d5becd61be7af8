"""What the labels of a mask stand for, how they are coloured, and what made them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MAX_LABEL", "MaskInfo"]

MAX_LABEL = 65535
"""Labels are saved in 16 bits at most."""

PALETTE = (
    *("#e6194b", "#4dd17b", "#ffd23f", "#b07cff"),
    *("#00c2b8", "#ff8fc7", "#c98b4b", "#a5d8ff"),
)
"""Colours of labels that come without one, easily told from each other and from grey."""


_WEIGHTS = "weights "
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class MaskInfo:
    """What the labels of a mask mean and how they came about, for formats that can say so.

    Parameters
    ----------
    names : mapping of int to str
        What a label stands for; a label without a name is called after its number.
    colors : mapping of int to str
        ``#rrggbb`` of a label, where one is recommended.
    made : {"AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"}
        By a program, by a program and corrected by hand, or by hand, in DICOM's words.
    algorithm, version : str
        The program, such as the name of the model card, and which state of it; empty for
        ``"MANUAL"``.
    slicer : mapping of int to tuple of (str, str)
        What 3D Slicer knows of a label beside that, e.g. its terminology under ``Tags``; carried
        along for its own format.
    """

    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({1: "tumour"}))
    colors: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    made: Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"] = "MANUAL"
    algorithm: str = ""
    version: str = ""
    slicer: Mapping[int, tuple[tuple[str, str], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def made_by(self, model: str, weights_sha256: str) -> MaskInfo:
        """Describe the same mask as a model's, whose weights say which state of it made it."""
        version = f"{_WEIGHTS}{weights_sha256[:_DIGITS]}"
        return replace(self, made="AUTOMATIC", algorithm=model, version=version)

    @property
    def weights(self) -> str:
        """The first digits of the SHA-256 of the model's weights, or what else its version is."""
        return self.version.removeprefix(_WEIGHTS)

    def corrected(self) -> MaskInfo:
        """Describe the same mask after a change by hand."""
        return replace(self, made="SEMIAUTOMATIC") if self.made == "AUTOMATIC" else self

    def looks_like(self, other: MaskInfo) -> bool:
        """Whether another one has the same names and colours of labels."""
        return self.names == other.names and self.colors == other.colors

    def says_more_than(self, other: MaskInfo, labels: Iterable[int]) -> bool:
        """Whether one of these labels, or one named here, is called or coloured otherwise."""
        told = {*labels, *self.names, *self.colors} - {0}
        return any(
            (self.name(label), self.color(label)) != (other.name(label), other.color(label))
            for label in told
        )

    def name(self, label: int) -> str:
        """Return what a label is called."""
        return self.names.get(label, f"label {label}")

    def color(self, label: int) -> str:
        """Return the ``#rrggbb`` to show a label in.

        A label without one gets a colour by its number, so that naming, adding and deleting others
        changes nothing: the first from its place in the palette on that no other label was given.
        """
        if label in self.colors:
            return self.colors[label]
        start, given = (label - 1) % len(PALETTE), set(self.colors.values())
        colors = (*PALETTE[start:], *PALETTE[:start])
        return next((color for color in colors if color not in given), colors[0])
