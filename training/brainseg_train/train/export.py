"""Writing a trained network as a bundle that the plugin discovers."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import napari_brainseg
from brainseg_train.errors import DataError
from napari_brainseg.models.bundle import WEIGHTS_NAME, Bundle, file_sha256, open_bundle
from napari_brainseg.models.card import CARD_NAME, NAME_PATTERN, ModelCard, TargetClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import nn

    from brainseg_train.data.cases import Patient
    from brainseg_train.train.config import RunConfig
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.models.patients import PatientRecord
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = [
    "LAYOUT",
    "copy_bundle",
    "describe_run",
    "record_patients",
    "target_for",
    "versions",
    "write_bundle",
]

LAYOUT = "the LGG MRI set (Buda et al. 2019) or a folder in its layout"
LICENCE = (
    "Weights trained on CC BY-NC-SA 4.0 data (lgg-mri-segmentation): research use, not commercial."
)
INTENDED_USE = (
    "Research on lower-grade glioma in MRI: a first mask of FLAIR abnormality for a person to "
    "correct. Not a medical device; not for diagnosis or treatment."
)


def describe_run(
    config: RunConfig,
    params: Preprocessing,
    roles: tuple[InputRole, ...],
    initialisation: str,
    *,
    trained_on: str,
    validation: str,
    data_sha256: str,
    patients: PatientRecord,
) -> ModelCard:
    """Make the card of a run, but for what is measured afterwards."""
    return ModelCard(
        name=config.name,
        title=config.network,
        description="Lower-grade glioma: FLAIR abnormality, slice by slice.",
        architecture=config.architecture,
        encoder=config.encoder,
        members=config.members,
        roles=roles,
        classes=(TargetClass(name="tumour", value=1, color="#e6194b"),),
        preprocessing=params,
        threshold=0.5,
        trained_on=trained_on,
        validation=validation,
        metrics={},
        training=config.plain(),
        data_sha256=data_sha256,
        patients=patients,
        initialisation=initialisation,
        versions=versions(),
        licence=LICENCE,
        intended_use=INTENDED_USE,
        weights_sha256="0" * 64,
    )


def record_patients(
    record: PatientRecord, learned: Iterable[Patient], held_out: Iterable[Patient]
) -> PatientRecord:
    """Add to a card's record whom a run learned from, and whom it kept to measure on."""
    return record.extended(
        [trace for patient in learned for trace in patient.traces],
        [trace for patient in held_out for trace in patient.traces],
    )


def versions() -> dict[str, str]:
    """Versions of what decides the outcome of a run."""
    return {
        "python": platform.python_version(),
        "napari-brainseg": napari_brainseg.__version__,
        **{name: version(name) for name in ("torch", "segmentation-models-pytorch", "numpy")},
    }


def target_for(models: Path, name: str, overwrite: bool) -> Path:
    """Say where a bundle goes, and see, before hours of training, that it may be written there.

    Raises
    ------
    DataError
        If a model cannot be called so, or one of that name may not be replaced.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise DataError(
            f"A model cannot be called {name!r}. Choose a --name of lower-case letters, digits, "
            "dots, dashes and underscores."
        )
    _check_free(models / name, overwrite)
    return models / name


def _check_free(folder: Path, overwrite: bool) -> None:
    if folder.exists() and not overwrite:
        raise DataError(
            f"There is a model {folder.name!r} in that folder already. Choose another --name, or "
            "pass --overwrite to replace it."
        )


def write_bundle(network: nn.Module, card: ModelCard, folder: Path, *, overwrite: bool) -> Bundle:
    """Write weights in half precision and the card, as one folder that appears whole.

    Parameters
    ----------
    network : nn.Module
        Trained network.
    card : ModelCard
        Its ``weights_sha256`` is replaced by that of the file written.
    folder : Path
        The bundle's folder.
    overwrite : bool
        Whether a bundle that is there may be replaced.

    Raises
    ------
    DataError
        If a folder is there and may not be replaced.
    """
    from safetensors.torch import save_file

    weights = {
        key: (tensor.half() if tensor.is_floating_point() else tensor).cpu().contiguous()
        for key, tensor in network.state_dict().items()
    }
    return _place(lambda path: save_file(weights, path), card, folder, overwrite)


def copy_bundle(bundle: Bundle, card: ModelCard, folder: Path, *, overwrite: bool) -> Bundle:
    """Write the weights of a bundle with another card, as one folder that appears whole.

    Raises
    ------
    DataError
        If a folder is there and may not be replaced.
    """
    source = bundle.path / WEIGHTS_NAME
    return _place(lambda path: shutil.copyfile(source, path), card, folder, overwrite)


def _place(
    write: Callable[[Path], object], card: ModelCard, folder: Path, overwrite: bool
) -> Bundle:
    _check_free(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        write(aside / WEIGHTS_NAME)
        card = card.model_copy(update={"weights_sha256": file_sha256(aside / WEIGHTS_NAME)})
        text = card.model_dump_json(indent=2) + "\n"
        (aside / CARD_NAME).write_text(text, encoding="utf-8")
        aside.chmod(0o755)
        for path in aside.iterdir():
            path.chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return open_bundle(folder)
