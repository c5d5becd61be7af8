"""What a run's network is shown: its encoder's statistics, at the size that is asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from napari_brainseg.models.architectures import short_encoder_name
from napari_brainseg.models.preprocessing import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data.data_folder import DataFolder
    from brainseg_train.data.options import DataOptions
    from brainseg_train.train.config import RunConfig

__all__ = ["encoder_statistics", "params_for", "preprocessing_for"]

FULL_SIZE = 256
"""Pixels per side at which a pixel has the size that the plugin prepares by default."""
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def encoder_statistics(encoder: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel that an encoder's ImageNet weights expect."""
    # smp asks the model hub for these, timm carries them; its names lack smp's prefix.
    from timm.models import get_pretrained_cfg

    known = get_pretrained_cfg(short_encoder_name(encoder))
    if known is None:
        return IMAGENET_MEAN, IMAGENET_STD
    return tuple(known.mean), tuple(known.std)


def params_for(config: RunConfig, data: DataFolder, options: DataOptions) -> Preprocessing:
    """Choose the preprocessing of a run on a data set; see :func:`preprocessing_for`."""
    windows = [options.windows.get(role.name) for role in data.roles]
    return preprocessing_for(config, len(data.roles), windows)


def preprocessing_for(
    config: RunConfig,
    roles: int = 3,
    windows: Sequence[tuple[float, float] | None] = (),
) -> Preprocessing:
    """Choose the preprocessing of a run: its encoder's statistics, at its size.

    Parameters
    ----------
    config : RunConfig
        The run.
    roles : int
        Channels of a slice; the statistics of red, green and blue are gone through in turn.
    windows : sequence of (float, float) or None
        Intensities of each channel that become 0 and 1, where they are fixed, as for CT.

    Raises
    ------
    DataError
        If it asks for tiles, or for changes of other scanners, that cannot be trained on.
    """
    known = encoder_statistics(config.encoder)
    mean, std = (tuple(islice(cycle(each), roles)) for each in known)
    params = Preprocessing(
        mean=mean,
        std=std,
        tile=config.tile,
        scaling=config.scaling,
        windows=tuple(windows) if any(windows) else (),
    )
    if config.tile % params.stride or (config.tile and not config.augment):
        raise DataError(
            f"{config.name}: tiles of {config.tile} px cannot be trained on: they are cut by "
            f"augmentation ({'on' if config.augment else 'off'} here) and have to be a multiple of "
            f"{params.stride} px."
        )
    if config.tile > config.size:
        raise DataError(
            f"{config.name}: tiles of {config.tile} px are larger than the slices of "
            f"{config.size} px. Choose a smaller tile, or 0 for none."
        )
    if config.scanners and config.scaling != "brain":
        raise DataError(
            f"{config.name}: the changes of other scanners (scanners = {config.scanners:g}) are "
            'made on the scale of the brain: set scaling = "brain", or scanners = 0.'
        )
    pixel = params.pixel_mm * FULL_SIZE / config.size
    return replace(params, size=config.size, pixel_mm=pixel, neighbours=config.neighbours)
