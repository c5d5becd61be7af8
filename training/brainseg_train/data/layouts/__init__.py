"""The layouts in which people keep training data: which files make a case, and its name."""

from brainseg_train.data.layouts.found import Found, FoundCase
from brainseg_train.data.layouts.search import find_layout

__all__ = ["Found", "FoundCase", "find_layout"]
