"""The command ``brainseg-train``."""

from brainseg_train.cli.commands import app

__all__ = ["app"]
