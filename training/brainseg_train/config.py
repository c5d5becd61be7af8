"""The configuration of one training run, kept with its checkpoint and its card."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from napari_brainseg.models.architectures import Architecture

__all__ = ["RunConfig"]


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides the outcome of a run, apart from the data.

    Parameters
    ----------
    name : str
        Name of the exported model.
    architecture : Architecture
        Decoder.
    encoder : str
        Encoder name of segmentation_models_pytorch.
    init : str
        ``"imagenet"``, ``"random"`` or a file of encoder weights.
    epochs : int
        Passes of ``slices_per_epoch`` slices.
    slices_per_epoch : int
        Slices drawn per epoch, half of them with tumour.
    batch_size : int
        Slices per step.
    learning_rate : float
        Peak of the one-cycle schedule.
    weight_decay : float
        Of AdamW.
    average : float
        Decay of the moving average of the weights, which is what is exported.
    validation : float
        Share of patients held out.
    precision : str
        Precision of training as Lightning Fabric names it, e.g. ``"bf16-mixed"``.
    seed : int
        Of the split, the initial weights and the drawing of batches.
    """

    name: str
    architecture: Architecture = Architecture.UNET
    encoder: str = "resnet18"
    init: str = "imagenet"
    epochs: int = 20
    slices_per_epoch: int = 1600
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    average: float = 0.99
    validation: float = 0.2
    precision: str = "32-true"
    seed: int = 0

    def plain(self) -> dict[str, str | int | float | bool | None]:
        """For JSON; a weights file is named without its folder."""
        values = asdict(self)
        values["architecture"] = self.architecture.value
        values["init"] = self.init.replace("\\", "/").rpartition("/")[2]
        return values
