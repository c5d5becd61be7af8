"""Which cases are of one patient: from their names, by a pattern, or by a table.

A patient whose two visits land on two sides of a split makes every number look better than it is,
so what is read out of the names is shown before anything is trained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brainseg_train.data.csv_rows import read_rows
from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["PatientNaming", "is_visit", "read_naming"]

KNOWN = (
    re.compile(r"(?P<patient>sub-[A-Za-z0-9]+)(?:_[a-z]+-[A-Za-z0-9]+)*(?:_[A-Za-z0-9]+)?"),  # BIDS
    re.compile(r"(?P<patient>.+)_\d{8}"),  # a date, as in the LGG set
    re.compile(r"(?P<patient>.+)[_-](?:19|20)\d\d([-_.]?)[01]\d\2[0-3]\d"),  # and as elsewhere
    re.compile(r"(?P<patient>BraTS-[A-Za-z]+-\d+)-\d+"),  # a time point
    re.compile(r"(?P<patient>UPENN-GBM-\d+)_\d+"),
    re.compile(r"(?P<patient>UCSF-PDGM-\d+)(?:_FU\w+?)?(?:_nifti)?"),
    re.compile(  # a visit, in words
        r"(?P<patient>.+?)[\s_.\-]+(?:baseline|day|follow-?up|fu|month|post-?op|pre-?op|ses|session|"
        r"time-?point|tp|visit|week)[\s_.\-]*\d*[a-z]?(?:[\s_.\-]+\d+)?",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<patient>.+?)[\s_.\-]+(?:v|scan|exam)[_-]?\d{1,2}", re.IGNORECASE),
)
CASE_COLUMN, PATIENT_COLUMN = "case", "patient"


@dataclass(frozen=True, slots=True)
class PatientNaming:
    """How the patient of a case is found: by a table, a pattern, or what its name is known to hold.

    Parameters
    ----------
    table : mapping of str to str
        Patient by name of the case.
    pattern : re.Pattern, optional
        Matched with the whole name; its group ``patient``, or its first, is the patient.

    Examples
    --------
    >>> PatientNaming().patient_of("sub-03_ses-2")
    'sub-03'
    >>> PatientNaming().patient_of("TCGA_CS_4941_19960909")
    'TCGA_CS_4941'
    >>> PatientNaming().patient_of("anna-visit2")
    'anna'
    >>> PatientNaming(pattern=re.compile("[0-9]+-(.+)")).patient_of("2-anna")
    'anna'
    """

    table: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None

    def patient_of(self, name: str) -> str:
        """Return the patient of a case.

        Raises
        ------
        DataError
            If there is a pattern, or a table, that says nothing of this case.
        """
        if self.table:
            if name not in self.table:
                raise DataError(
                    f"The table of patients has no row for the case {name!r}. Add one, or leave "
                    "the case out of the folder."
                )
            return self.table[name]
        if self.pattern is not None:
            found = self.pattern.fullmatch(name)
            if found is None:
                raise DataError(
                    f"The pattern of patients {self.pattern.pattern!r} does not match the case "
                    f"{name!r}. It has to match every name as a whole."
                )
            patient = found["patient" if "patient" in self.pattern.groupindex else 1]
            if not patient:
                raise DataError(
                    f"The pattern of patients {self.pattern.pattern!r} matches the case {name!r}, "
                    "and its group is empty there. Let the group hold the patient of every case."
                )
            return patient
        matches = (pattern.fullmatch(name) for pattern in KNOWN)
        return next((match["patient"] for match in matches if match), name)


def is_visit(name: str) -> bool:
    """Whether a name says when a patient was seen, and not who that is: a date, a visit.

    Examples
    --------
    >>> is_visit("2019-01-02"), is_visit("ses-2"), is_visit("anna")
    (True, True, False)
    """
    return PatientNaming().patient_of(f"one_{name}") == "one"


def read_naming(table: Path | None, pattern: str | None) -> PatientNaming:
    """Read a table of patients, or a pattern; neither leaves it to the names of the cases.

    Parameters
    ----------
    table : Path, optional
        CSV or TSV with columns ``case`` and ``patient``.
    pattern : str, optional
        A regular expression with a group.

    Raises
    ------
    DataError
        If both are given, or one cannot be used.
    """
    if table is not None and pattern is not None:
        raise DataError("A table and a pattern of patients exclude each other. Leave one out.")
    if table is not None:
        return PatientNaming(table=_read_table(table))
    if pattern is None:
        return PatientNaming()
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataError(f"The pattern of patients {pattern!r} is not valid: {error}.") from error
    if not compiled.groups:
        raise DataError(
            f"The pattern of patients {pattern!r} has no group. Put what names the patient in "
            "parentheses, as in (.+)_visit[0-9]."
        )
    return PatientNaming(pattern=compiled)


def _read_table(path: Path) -> dict[str, str]:
    columns, rows = read_rows(path)
    if not {CASE_COLUMN, PATIENT_COLUMN} <= {name.strip().lower() for name in columns}:
        raise DataError(
            f"The table of patients {path.name!r} has the columns {', '.join(columns)}; expected "
            f"are {CASE_COLUMN!r} and {PATIENT_COLUMN!r}."
        )
    found: dict[str, str] = {}
    for number, row in rows:
        case, patient = row.said(CASE_COLUMN), row.said(PATIENT_COLUMN)
        if not case or not patient:
            raise DataError(f"{path.name}, line {number}: case or patient is missing.")
        if found.setdefault(case, patient) != patient:
            raise DataError(f"{path.name}, line {number}: {case!r} has two patients.")
    if not found:
        raise DataError(f"The table of patients {path.name!r} has no row.")
    return found
