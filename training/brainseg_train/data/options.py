"""What a person says of a data set beyond what its files say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003  # pydantic reads it
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

__all__ = ["DataOptions"]

Labels = int | tuple[int, ...]
Said = Annotated[str, Field(max_length=1000)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def _rising(window: tuple[float, float]) -> tuple[float, float]:
    if not window[0] < window[1]:
        raise ValueError("the second intensity should be above the first")
    return window


Window = Annotated[tuple[Finite, Finite], AfterValidator(_rising)]


@dataclass(frozen=True, slots=True)
class DataOptions:
    """The part ``[data]`` of a run's settings.

    Parameters
    ----------
    folder : Path, optional
        Of the data, or a table of paths.
    sequences : tuple of str
        Those to learn from, in the order of the network's channels; all that are found if empty.
        Where files hold several volumes that say nothing of themselves: what these are.
    required : str
        The sequence that every case has, and which stands in for others; found if empty.
    windows : dict of str to (float, float)
        Intensities that become 0 and 1, by sequence: for CT, in Hounsfield units. A name that is no
        sequence is another window of the required one, as a channel of its own.
    classes : dict of str to int or tuple of int
        Labels of the masks by class, the largest first where they overlap.
    ignore : tuple of int
        Labels that are neither learned from nor measured on.
    patient_table : Path, optional
        CSV with columns ``case`` and ``patient``.
    patient_pattern : str, optional
        Regular expression, whose group is the patient of a case's name.
    exclude : tuple of str
        Patients or cases kept out.
    split_file : Path, optional
        Who is learned from: our ``split.json``, or nnU-Net's ``splits_final.json``.
    split_fold : int
        Fold of nnU-Net's, from 1.
    name, licence, tumour, finding, source : str
        What the card says of the data, instead of their own description.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    folder: Path | None = None
    sequences: tuple[str, ...] = ()
    required: str = ""
    windows: dict[str, Window] = field(default_factory=dict)
    classes: dict[str, Labels] = field(default_factory=dict)
    ignore: tuple[int, ...] = ()
    patient_table: Path | None = None
    patient_pattern: str | None = None
    exclude: tuple[str, ...] = ()
    split_file: Path | None = None
    split_fold: Annotated[int, Field(ge=1)] = 1
    name: Said = ""
    licence: Said = ""
    tumour: Said = ""
    finding: Said = ""
    source: Said = ""
