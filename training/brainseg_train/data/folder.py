"""From files to cases that all show a network the same: roles, classes, patients."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.data.case import Case, VolumeCase
from brainseg_train.data.data_folder import DataFolder
from brainseg_train.data.description import DataDescription, known_set, read_description
from brainseg_train.data.entries import table_of
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ONE_CLASS, ClassTable, classes_of
from brainseg_train.data.layouts import Found, FoundCase, find_layout
from brainseg_train.data.layouts.found import IMAGE
from brainseg_train.data.layouts.slices import find_slices
from brainseg_train.data.options import DataOptions
from brainseg_train.data.patients import PatientNaming, read_naming
from brainseg_train.data.roles import ROLES, roles_of, wanted_sequences
from brainseg_train.errors import DataError
from napari_brainseg.io.files import is_folder
from napari_brainseg.pipeline.channels import sequence_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from napari_brainseg.models.card import InputRole, ModelCard
    from napari_brainseg.models.patients import Split

__all__ = ["open_data"]

_PUBLIC = re.compile(r"TCGA_[A-Z0-9]+_[A-Z0-9]+_\d{8}")
"""Names of the cases of the public LGG set."""


def open_data(
    root: Path,
    options: DataOptions | None = None,
    naming: PatientNaming | None = None,
    like: ModelCard | None = None,
) -> DataFolder:
    """Find the cases of a data set, and what its files and the options say of them.

    No voxel is read.

    Parameters
    ----------
    root : Path
        A folder in any of the layouts of :mod:`brainseg_train.data.layouts`, or a table.
    options : DataOptions, optional
        What a person says of it.
    naming : PatientNaming, optional
        Finds the patient of each case; as the options say if not given.
    like : ModelCard, optional
        Of a model that is to be shown the cases: its channels are theirs, and its classes, where
        neither files nor options say what the labels are.

    Raises
    ------
    DataError
        If no case is found, no sequence is in all of them, or the options do not fit.
    """
    options = options or DataOptions()
    naming = naming or read_naming(options.patient_table, options.patient_pattern)
    if is_folder(root) and (slices := find_slices(root)):
        return _of_slices(root, Found("slices", tuple(slices)), options, naming, like)
    found = find_layout(root, patients_known=bool(naming.table or naming.pattern))
    return _of_volumes(found, options, naming, like)


def _of_slices(
    root: Path,
    found: Found,
    options: DataOptions,
    naming: PatientNaming,
    like: ModelCard | None,
) -> DataFolder:
    table = _table(options, table_of(like) if like else None)
    sequences = options.sequences
    names = sequences or tuple(role.name for role in ROLES)
    _see_windows(names, options)
    roles = roles_of(names, [set(names)], options)
    if like is not None:
        roles = _see_channels(roles, like)
    naming = _naming(naming, found)
    cases = tuple(
        Case(
            each.name,
            each.masks[0],
            naming=naming,
            sequences=sequences,
            table=table,
            roles=roles,
        )
        for each in found.cases
    )
    public = all(_PUBLIC.fullmatch(case.name) for case in cases)
    described = read_description(root).over(known_set("lgg") if public else DataDescription())
    _see_patients(cases)
    described = _described(options, described)
    parts = _parts(found.cases)
    return DataFolder(found.layout, cases, roles, table, described, parts=parts)


def _see_windows(names: Sequence[str], options: DataOptions) -> None:
    """See that windows are of the channels of slices, which have no others.

    Raises
    ------
    DataError
        If one is not.
    """
    if unknown := [name for name in options.windows if name not in names]:
        raise DataError(
            f"data.windows names {unknown[0]!r}, and the slices show {', '.join(names)}. Name one "
            "of these: other windows of a channel are made of images in files of their own."
        )


def _see_channels(found: Sequence[InputRole], card: ModelCard) -> tuple[InputRole, ...]:
    """See that slices, whose channels stand beside each other, have those of a model.

    Raises
    ------
    DataError
        If they do not.
    """
    ours, theirs = ([role.name for role in roles] for roles in (found, card.roles))
    if ours != theirs:
        raise DataError(
            f"The channels of the slices are taken for {', '.join(ours)}, and {card.name!r} is "
            f"shown {', '.join(theirs)}. Say what they are by data.sequences, or name the files of "
            "each sequence in a CSV of paths."
        )
    return card.roles


def _see_patients(cases: Sequence[Case]) -> None:
    """See that every case has a patient.

    Raises
    ------
    DataError
        If a table or pattern says nothing of one.
    """
    for case in cases:
        case.naming.patient_of(case.name)


def _described(options: DataOptions, found: DataDescription) -> DataDescription:
    said = DataDescription(
        options.name, options.licence, options.tumour, options.finding, options.source
    )
    return said.over(found)


def _of_volumes(
    found: Found, options: DataOptions, naming: PatientNaming, like: ModelCard | None
) -> DataFolder:
    found = _volumes_named(found, options)
    _see_names(found)
    names = _canonical(found)
    cases = [_renamed(each, names) for each in found.cases]
    wanted = wanted_sequences(cases, options)
    if like is None:
        roles, said = roles_of(wanted, _usable(cases), options), found.table
    else:
        roles, said = like.roles, found.table or table_of(like)
    table = _table(options, said)
    naming = _naming(naming, found)
    kept = [_volume_case(each, naming, table, roles, wanted) for each in cases]
    _see_patients(kept)
    return DataFolder(
        layout=found.layout,
        cases=tuple(sorted(kept, key=lambda case: case.name)),
        roles=roles,
        table=table,
        description=_described(options, found.description),
        windowed=set(options.windows) if like is None else {role.name for role in roles},
        parts=_parts(cases),
    )


def _parts(cases: Iterable[FoundCase]) -> dict[str, Split]:
    return {each.name: each.part for each in cases if each.part is not None}


def _usable(cases: Sequence[FoundCase]) -> list[set[str]]:
    """Return the sequences of each case of which one can learn."""
    return [set(each.images) for each in cases if each.images and each.masks]


def _volume_case(
    case: FoundCase,
    naming: PatientNaming,
    table: ClassTable,
    roles: tuple[InputRole, ...],
    sequences: tuple[str, ...],
) -> VolumeCase:
    return VolumeCase(
        case.name,
        _home(case),
        naming=naming,
        sequences=sequences,
        table=table,
        images=case.images,
        mask=case.masks[0] if case.masks else _home(case),
        roles=roles,
        notes=case.notes,
        problems=_problems(case, roles),
    )


def _home(case: FoundCase) -> Path:
    files = [*(image.path for image in case.images.values()), *case.masks]
    return files[0].parent


def _see_names(found: Found) -> None:
    counts = Counter(case.name for case in found.cases)
    if repeated := sorted(name for name, count in counts.items() if count > 1):
        raise DataError(f"Two cases are called {repeated[0]!r}. Give each a name of its own.")


def _volumes_named(found: Found, options: DataOptions) -> Found:
    """Take the volumes of single files, which say nothing of themselves, as the options name them.

    So does ``scan.nii.gz``, where no file of the data set is called as a sequence is.
    """
    if not options.sequences:
        return found
    names = {name for case in found.cases for name in case.images}
    unsaid = not (names & set(options.sequences) or any(map(sequence_role, names)))
    cases = (
        _volumes_of(case, options.sequences)
        if set(case.images) == {IMAGE} or (unsaid and len(case.images) == 1)
        else case
        for case in found.cases
    )
    return replace(found, cases=tuple(cases))


def _volumes_of(case: FoundCase, names: Sequence[str]) -> FoundCase:
    """Name the volumes of the only file of a case."""
    (image,) = case.images.values()
    single = len(names) == 1
    volumes = {
        name: ImageFile(image.path, None if single else place) for place, name in enumerate(names)
    }
    return replace(case, images=volumes)


def _canonical(found: Found) -> dict[str, str]:
    """Name sequences as the plugin does, but where a case has two of that name."""
    roles: dict[str, str] = {}
    unclear: set[str] = set()
    for case in found.cases:
        of_case = {name: sequence_role(name) or name for name in case.images}
        roles |= of_case
        unclear |= {role for role, count in Counter(of_case.values()).items() if count > 1}
    return {name: name if role in unclear else role for name, role in roles.items()}


def _renamed(case: FoundCase, names: Mapping[str, str]) -> FoundCase:
    return replace(case, images={names[name]: image for name, image in case.images.items()})


def _table(options: DataOptions, said: ClassTable | None) -> ClassTable:
    if not options.classes:
        table = said or ONE_CLASS
        return replace(table, ignored=options.ignore) if options.ignore else table
    named = [
        (name, (labels,) if isinstance(labels, int) else tuple(labels))
        for name, labels in options.classes.items()
    ]
    return ClassTable(classes_of(named), options.ignore or (said.ignored if said else ()))


def _naming(naming: PatientNaming, found: Found) -> PatientNaming:
    """Believe the layout where it says whose the cases are, unless the user does."""
    if naming.table or naming.pattern is not None:
        return naming
    if not any(case.patient for case in found.cases):
        return naming
    return PatientNaming(
        table={case.name: case.patient or naming.patient_of(case.name) for case in found.cases}
    )


def _problems(case: FoundCase, roles: Sequence[InputRole]) -> tuple[str, ...]:
    """Say why a case cannot be used, as far as its files tell."""
    found = []
    if not case.images:
        found.append(
            "there is no image for the mask; add it, take the mask away, or name both in a CSV of "
            "paths"
        )
    elif missing := [r.name for r in roles if r.fallback is None and r.name not in case.images]:
        found.append(f"there is no {missing[0]}, which every case needs")
    if not case.masks:
        found.append("there is no mask; add it, or leave the case out with --exclude")
    if len(case.masks) > 1:
        names = ", ".join(path.name for path in case.masks[:4])
        found.append(
            f"there are {len(case.masks)} masks ({names}); keep one, or name it in a CSV of paths"
        )
    return tuple(found)
