"""Writing a trained network as a bundle that the plugin discovers."""

from __future__ import annotations

import re
import shutil
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from brainseg_train.files import filling, make_folder, write_text
from brainseg_train.train.settings import SETTINGS_NAME
from napari_brainseg.errors import SaveError
from napari_brainseg.io.files import nearest_folder
from napari_brainseg.models.bundle import WEIGHTS_NAME, Bundle, file_sha256, open_bundle
from napari_brainseg.models.card import CARD_NAME, NAME_PATTERN, ModelCard
from napari_brainseg.models.graph import GRAPH_NAME, INT8_GRAPH_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import nn

__all__ = [
    "copy_bundle",
    "replace_card",
    "see_room",
    "see_writable",
    "target_for",
    "write_bundle",
]


def target_for(models: Path, name: str, overwrite: bool) -> Path:
    """Return where a bundle goes, after checking that it may be written there.

    Raises
    ------
    DataError
        If a model cannot be called so, or one of that name may not be replaced.
    SaveError
        If the folder of models cannot be written to.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise DataError(
            f"A model cannot be called {name!r}. Choose a --name of lower-case letters, digits, "
            "dots, dashes and underscores."
        )
    _check_free(models / name, overwrite)
    see_writable(models)
    return models / name


def see_writable(folder: Path) -> None:
    """See that a folder, or the one that it is to be made in, can be written to.

    Raises
    ------
    SaveError
        If it cannot.
    """
    try:
        with TemporaryFile(dir=nearest_folder(folder) or folder):
            pass
    except OSError as error:
        raise SaveError(
            f"The folder {folder} cannot be written to ({error.strerror}). Choose another one, "
            "make room on the disk, or ask for write access."
        ) from error


def see_room(folder: Path, n_bytes: float, what: str, option: str) -> None:
    """See that the disk of a folder, made or to be made, has room.

    Parameters
    ----------
    folder : Path
        The folder.
    n_bytes : float
        How many bytes are needed.
    what, option : str
        What needs them, and the option that chooses another folder, for the message.

    Raises
    ------
    DataError
        If it has not.
    SaveError
        If it cannot be written to.
    """
    there = nearest_folder(folder)
    if there is None:
        see_writable(folder)  # says why not
        return
    free = shutil.disk_usage(there).free
    if n_bytes > free:
        raise DataError(
            f"{what} need {n_bytes / 1e6:.0f} MB, and the disk of {folder} has {free / 1e6:.0f} "
            f"MB. Free space, or choose another {option}."
        )


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
        If a folder is there and may not be replaced, or a weight is not finite in half precision.
    SaveError
        If it cannot be written.
    """
    from safetensors.torch import save_file

    weights = {
        key: (tensor.half() if tensor.is_floating_point() else tensor).cpu().contiguous()
        for key, tensor in network.state_dict().items()
    }
    if broken := [key for key, tensor in weights.items() if not tensor.isfinite().all()]:
        raise DataError(
            f"The network of {card.name!r} holds numbers that are not finite ({broken[0]} and "
            f"{len(broken) - 1} more), so it is not exported. Train anew with a lower learning "
            "rate, or in precision 32-true."
        )
    return _place(lambda path: save_file(weights, path), card, folder, overwrite)


def copy_bundle(bundle: Bundle, card: ModelCard, folder: Path, *, overwrite: bool) -> Bundle:
    """Write weights, graphs and settings with another card, as one folder that appears whole.

    Raises
    ------
    DataError
        If a folder is there and may not be replaced.
    SaveError
        If it cannot be written.
    """

    def copy(weights: Path) -> None:
        for name in (WEIGHTS_NAME, GRAPH_NAME, INT8_GRAPH_NAME, SETTINGS_NAME):
            if (bundle.path / name).is_file():
                shutil.copyfile(bundle.path / name, weights.with_name(name))

    return _place(copy, card, folder, overwrite)


def replace_card(bundle: Bundle, card: ModelCard) -> Bundle:
    """Change the card of a bundle; its weights are not touched.

    Raises
    ------
    SaveError
        If the card cannot be written.
    """
    card = card.model_copy(update={"weights_sha256": bundle.card.weights_sha256})
    write_text(bundle.path / CARD_NAME, _text(card))
    return open_bundle(bundle.path)


def _text(card: ModelCard) -> str:
    return card.model_dump_json(indent=2) + "\n"


def _place(
    write: Callable[[Path], object], card: ModelCard, folder: Path, overwrite: bool
) -> Bundle:
    _check_free(folder, overwrite)
    make_folder(folder.parent)
    with filling(folder, f"The model {folder.name!r}") as aside:
        write(aside / WEIGHTS_NAME)
        card = card.model_copy(update={"weights_sha256": file_sha256(aside / WEIGHTS_NAME)})
        (aside / CARD_NAME).write_text(_text(card), encoding="utf-8")
        for path in aside.iterdir():
            path.chmod(0o644)  # safetensors lets nobody else read what it writes
        if folder.exists():
            shutil.rmtree(folder)
    return open_bundle(folder)
