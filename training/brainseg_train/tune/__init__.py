"""Searching for a recipe: trials of training, those that promise little ended early.

What is searched is a TOML file (:mod:`~brainseg_train.tune.space`); trials are kept in a file that
several processes share (:mod:`~brainseg_train.tune.study`); at the end the recipe that did best on
validation is compared with the one to beat on patients that no trial has seen
(:mod:`~brainseg_train.tune.held_out`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from brainseg_train.tune.run import tune
    from brainseg_train.tune.space import SearchSpace, read_space

__all__ = ["SearchSpace", "read_space", "tune"]

__getattr__, __dir__ = lazy_exports(
    __name__, {"run": ["tune"], "space": ["SearchSpace", "read_space"]}
)
