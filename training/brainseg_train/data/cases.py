"""The cases of a data set, found and looked through before anything is trained on them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from brainseg_train.data.folder import open_data
from brainseg_train.data.inspection import digested, inspect_case
from brainseg_train.data.layouts.found import few, same_name
from brainseg_train.data.store import keep_case, known_case
from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from brainseg_train.data.case import Case
    from brainseg_train.data.data_folder import DataFolder
    from brainseg_train.data.inspection import Inspected
    from brainseg_train.data.options import DataOptions
    from brainseg_train.data.patients import PatientNaming
    from napari_brainseg.models.card import ModelCard

__all__ = [
    "DataReport",
    "checked_cases",
    "checked_data",
    "find_cases",
    "inspect",
    "inspect_data",
    "see_data",
]


ALL_NAMED = "(brainseg-train data names every case)"
MOST_FILES = 3
"""That are named one by one where the same is wrong with each."""
_FILE = re.compile(r"^[^:]+\.\w+: ")


@dataclass(frozen=True, slots=True)
class DataReport:
    """What a training folder holds.

    ``problems`` forbid any use, ``unfit`` forbids training alone; ``oddities`` are worth knowing.
    ``class_shares`` are the shares of voxels of each class, ``ct`` the channels that are CT.
    ``images`` holds, by name of the case, the digests of its images
    (:func:`~napari_brainseg.models.patients.voxels_sha256`).
    """

    cases: int
    patients: int
    slices: int
    tumour_slices: int
    tumour_share: float
    sha256: str
    problems: tuple[str, ...]
    oddities: tuple[str, ...]
    unfit: tuple[str, ...] = ()
    class_shares: tuple[float, ...] = ()
    ct: tuple[str, ...] = ()
    images: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)


def find_cases(root: Path, naming: PatientNaming | None = None) -> list[Case]:
    """List the cases of a data set in any layout, sorted by name.

    Parameters
    ----------
    root : Path
        The folder, or a table.
    naming : PatientNaming, optional
        Finds the patient of each case; by the layout, or its name, if not given.

    Raises
    ------
    DataError
        If there is no case, or a case of an unknown patient.
    """
    return list(open_data(root, naming=naming).cases)


def inspect(
    cases: Sequence[Case],
    progress: Callable[[int], None] | None = None,
    without: Collection[str] = (),
    *,
    keep: bool = False,
) -> DataReport:
    """Read every case once and report what is there and what is wrong, never stopping early.

    Parameters
    ----------
    cases : sequence of Case
        All cases.
    progress : callable, optional
        Called with the number of cases done.
    without : collection of str
        Cases that are kept out: their problems are oddities.
    keep : bool
        Whether to put the cases into the store, from where they are trained on.
    """
    found: list[Inspected] = []
    digest = hashlib.sha256()
    for done, case in enumerate(cases, start=1):
        each, made_of = _look(case, keep=keep)
        digest.update(made_of)
        found.append(each)
        if progress is not None:
            progress(done)
    return _summed_up(cases, found, set(without), digest.hexdigest())


def _summed_up(
    cases: Sequence[Case], found: Sequence[Inspected], out: set[str], sha256: str
) -> DataReport:
    patients = Counter(case.patient for case in cases)
    kept = [each for each in found if each.name not in out]
    left = [each for each in found if each.name in out]
    seen = {case.patient for case in cases if case.name not in out}
    return DataReport(
        cases=len(cases),
        patients=len(patients),
        slices=_total(found, "slices"),
        tumour_slices=_total(found, "tumour_slices"),
        tumour_share=_total(found, "tumour") / max(1, _total(found, "voxels")),
        sha256=sha256,
        problems=(
            *_joined(kept, "problems"),
            *_repeated(kept, {case.name: case.patient for case in cases}),
            *_spelt_alike(seen),
        ),
        oddities=(*_joined(left, "problems"), *_joined(found, "oddities"), *_several(patients)),
        unfit=tuple(_unfit(kept, len(seen))),
        class_shares=_shares(found),
        ct=tuple(dict.fromkeys(_joined(kept, "ct"))),
        images={each.name: each.images for each in found},
    )


def _several(patients: Counter[str]) -> Iterable[str]:
    return (f"{patient}: {count} cases" for patient, count in patients.items() if count > 1)


def _joined(found: Sequence[Inspected], key: str) -> Iterable[str]:
    return chain.from_iterable(getattr(each, key) for each in found)


def _look(case: Case, *, keep: bool) -> tuple[Inspected, bytes]:
    """Look a case through, or up in the store; return what the digest of the data is made of."""
    # What the names of files tell is looked at anew: a second mask changes no file that is kept.
    if not case.defects() and (known := known_case(case)) is not None:
        found = replace(known.inspected, name=case.name)
        return found, digested(case.name, found.content, known.read()[1])
    found, read = inspect_case(case)
    if keep and read is not None and not found.problems:
        keep_case(case, *read, found)
    return replace(found, digested=b""), found.digested


def _shares(found: Sequence[Inspected]) -> tuple[float, ...]:
    """Return the share of voxels of each class; none where no case was read."""
    counts = zip(*(each.classes for each in found if each.classes), strict=True)
    return tuple(sum(each) / max(1, _total(found, "voxels")) for each in counts)


def _unfit(found: Sequence[Inspected], patients: int) -> Iterable[str]:
    """Say why nothing can be learned from the data, though they can be read."""
    unread = any(each.problems for each in found)  # what they hold is not known
    tumour = _total(found, "tumour")
    if not tumour and not unread:
        yield "no mask holds any tumour: there is nothing to learn. Add cases with one"
    if tumour and tumour == _total(found, "voxels"):
        yield "every voxel of all masks is marked: there is nothing to tell apart. Correct them"
    if patients < 2 and not unread:
        said = ", or say whose the cases are (--patient-table, --patient-pattern)"
        yield (
            "there is one patient only: nobody is left to validate on. Add patients"
            f"{said if len(found) > 1 else ''}"
        )
    yield from chain.from_iterable(each.unfit for each in found)


def _total(found: Sequence[Inspected], key: str) -> int:
    return sum(getattr(each, key) for each in found)


def _repeated(found: Sequence[Inspected], owners: Mapping[str, str]) -> Iterable[str]:
    """Name the cases that hold all the images of another one, or one of another patient's."""
    seen: dict[tuple[str, ...], str] = {}
    firsts: dict[str, str] = {}
    for each in found:
        others = [firsts.setdefault(image, each.name) for image in each.images if image]
        strange = [name for name in others if owners[name] != owners[each.name]]
        if each.images in seen:
            yield f"{each.name}: the same images as {seen[each.images]}. Take one of them away"
        elif strange:
            yield (
                f"{each.name}: one of its images is {strange[0]}'s, another patient's. Correct "
                "the files, or say that these are one patient (--patient-table)"
            )
        if each.images:
            seen[each.images] = each.name


def _spelt_alike(patients: Collection[str]) -> Iterable[str]:
    """Name patients who may be one: their names differ by capitals alone, or by how é is coded."""
    seen: dict[str, str] = {}
    for patient in sorted(patients):
        other = seen.setdefault(same_name(patient), patient)
        if other != patient:
            yield f"two patients are called {other!r} and {patient!r}. Rename one of them"


def checked_cases(
    root: Path, use: str, naming: PatientNaming | None = None
) -> tuple[list[Case], DataReport]:
    """Find and inspect cases; see :func:`checked_data`."""
    data, report = checked_data(root, use, naming=naming)
    return list(data.cases), report


def inspect_data(
    data: DataFolder,
    options: DataOptions | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    keep: bool = False,
) -> DataReport:
    """Inspect the cases of a data set; problems of those that the options keep out do no harm."""
    out = set(options.exclude) if options else set()
    harmless = {case.name for case in data.cases if {case.name, case.patient} & out}
    report = inspect(data.cases, progress, harmless, keep=keep)
    return replace(report, unfit=(*report.unfit, *_unwindowed(report, data)))


def _unwindowed(report: DataReport, data: DataFolder) -> Iterable[str]:
    """Name the channels of CT of which nobody says which intensities are shown."""
    for name in report.ct:
        if name not in data.windowed:
            yield (
                f"{name} is CT, and nothing says which of its intensities are shown; from air to "
                "bone, a tumour is hardly seen. Give it a window in Hounsfield units: "
                f"--set 'data.windows={{{name} = [0, 80]}}'"
            )


def checked_data(
    root: Path,
    use: str,
    options: DataOptions | None = None,
    naming: PatientNaming | None = None,
    like: ModelCard | None = None,
) -> tuple[DataFolder, DataReport]:
    """Find and inspect the cases of a data set that is to be ``use``d on, e.g. ``"trained"``.

    Parameters
    ----------
    root : Path
        The folder, or a table.
    use : {"trained", "described", "measured"}
        What for; what cannot be learned from can still be measured on.
    options : DataOptions, optional
        What a person says of the data. Of cases that are kept out, problems do no harm.
    naming : PatientNaming, optional
        Finds the patient of each case; as the options say if not given.
    like : ModelCard, optional
        Of a model that is to be shown the cases; see :func:`~brainseg_train.data.folder.open_data`.

    Raises
    ------
    DataError
        If there is no case, or a problem; all are told.
    """
    data = open_data(root, options, naming, like)
    return data, see_data(data, use, options)


def see_data(
    data: DataFolder,
    use: str,
    options: DataOptions | None = None,
    tell: Callable[[str], None] | None = None,
) -> DataReport:
    """Inspect the cases of a data set that was opened; see :func:`checked_data`.

    What is odd is told in a line.

    Raises
    ------
    DataError
        If there is a problem; all are told.
    """
    report = inspect_data(data, options, keep=use == "trained")
    problems = (*report.problems, *(report.unfit if use == "trained" else ()))
    if problems:
        raise DataError(f"The data cannot be {use} on:\n" + "\n".join(_gathered(problems, data)))
    if tell is not None and report.oddities:
        tell(_odd(report.oddities))
    return report


def _odd(oddities: Sequence[str]) -> str:
    more = f", and {len(oddities) - 1} more oddities {ALL_NAMED}" if len(oddities) > 1 else ""
    return f"{oddities[0]}{more}"


def _gathered(problems: Sequence[str], data: DataFolder) -> list[str]:
    """Say once what is wrong with many cases, and with how many."""
    names = {case.name for case in data.cases}
    alike = Counter(_of_no_file(problem.partition(": ")[2]) for problem in problems)
    cases: dict[str, list[str]] = {}
    for problem in problems:
        name, _, text = problem.partition(": ")
        if name not in names:
            cases[problem] = []
            continue
        plain = _of_no_file(text)
        cases.setdefault(plain if alike[plain] > MOST_FILES else text, []).append(name)
    told = [f"{few(found)}: {text}" if found else text for text, found in cases.items()]
    return told if len(told) == len(problems) else [*told, ALL_NAMED]


def _of_no_file(text: str) -> str:
    """Return what is said of a file without its name."""
    return _FILE.sub("", text, count=1)
