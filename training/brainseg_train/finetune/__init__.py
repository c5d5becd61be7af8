"""Going on from a bundle with corrected masks."""

from brainseg_train.finetune.config import finetune_config
from brainseg_train.finetune.run import Compared, Finetuned, finetune

__all__ = ["Compared", "Finetuned", "finetune", "finetune_config"]
