"""What a data set says of itself: name, licence, what is marked; for model cards."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from brainseg_train.errors import DataError
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DataDescription", "known_set", "read_description"]

UNSTATED = "not stated by the data set"


@dataclass(frozen=True, slots=True)
class DataDescription:
    """What a data set says of itself; empty where it says nothing.

    Parameters
    ----------
    name : str
        E.g. ``"LGG MRI set"``.
    licence : str
        As its authors name it.
    tumour : str
        What is marked, e.g. ``"lower-grade glioma"``.
    finding : str
        What of it is seen, e.g. ``"FLAIR abnormality"``.
    source : str
        Authors, paper or address.
    """

    name: str = ""
    licence: str = ""
    tumour: str = ""
    finding: str = ""
    source: str = ""

    def over(self, other: DataDescription) -> DataDescription:
        """Return this, completed by another where it says nothing."""
        mine = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        return replace(other, **mine)

    @property
    def title(self) -> str:
        """The data in words, for ``trained on 20 cases of …``."""
        where = f" ({self.source})" if self.source else ""
        return (self.name or "a data set that does not say its name") + where

    @property
    def subject(self) -> str:
        """What a model learns to find, in words."""
        return self.tumour or "what the masks of its data set mark"

    @property
    def licence_text(self) -> str:
        """What a card says under licence."""
        if not self.licence:
            return (
                f"Weights trained on data whose licence is {UNSTATED}: ask its owner before "
                "passing them on."
            )
        narrow = "NC" in self.licence.upper().replace("-", " ").split()
        use = ": research use, not commercial" if narrow else ""
        named = f" ({self.name})" if self.name else ""
        return f"Weights trained on {self.licence} data{named}{use}."


def known_set(name: str) -> DataDescription:
    """Return the description of a public set that brings none itself."""
    text = (files("brainseg_train.data") / "known" / f"{name}.toml").read_text(encoding="utf-8")
    return DataDescription(**tomllib.loads(text))


def read_description(folder: Path) -> DataDescription:
    """Read what the files of a data set say: ``dataset.json``, ``dataset_description.json``.

    Returns
    -------
    DataDescription
        Empty where there is no such file. What is in it and no text is left out.
    """
    found = DataDescription()
    for name in ("dataset_description.json", "dataset.json"):
        if (folder / name).is_file():
            found = found.over(_from(read_json(folder / name)))
    return found


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    DataError
        If the file cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path.name} cannot be read as JSON ({type(error).__name__}). Restore the file."
        ) from error
    if not isinstance(content, dict):
        raise DataError(f"{path.name} holds no JSON object. Restore the file.")
    return content


def _from(content: dict[str, Any]) -> DataDescription:
    """Take what BIDS, nnU-Net and the Medical Segmentation Decathlon write, in any case."""
    lower = {str(key).lower(): value for key, value in content.items()}

    def text(*keys: str) -> str:
        values = (lower.get(key) for key in keys)
        return next((_plain(value) for value in values if isinstance(value, str) and value), "")

    return DataDescription(
        name=text("name"),
        licence=text("license", "licence"),
        tumour=text("tumour", "tumor"),
        finding=text("finding"),
        source=text("reference", "howtoacknowledge", "datasetdoi"),
    )


def _plain(value: str) -> str:
    return printable(" ".join(value.split()))[:300]
