"""The patients of a search: learned from, validated on, and held out to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.cases import checked_data
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.options import DataOptions
from brainseg_train.data.split import fold_by_patient
from brainseg_train.train.preprocessing import params_for

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.data.case import Case
    from brainseg_train.data.dataset import Dataset
    from brainseg_train.train.config import RunConfig
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = ["SearchData"]


class SearchData:
    """A folder of data, divided once for all trials; what was prepared last is kept.

    Parameters
    ----------
    root : Path
        Of the data.
    folds : int
        Parts that the patients are divided into.
    seed : int
        Of the division.
    options : DataOptions, optional
        What is said of the data.

    Raises
    ------
    DataError
        If the folder has problems, or too few patients.
    """

    def __init__(
        self,
        root: Path,
        folds: int,
        seed: int,
        options: DataOptions | None = None,
    ) -> None:
        self.options = options or DataOptions()
        self.source, report = checked_data(root, "trained", self.options)
        self.sha256 = report.sha256
        self.fold = fold_by_patient(self.source.cases, folds, 0, seed, self.options.exclude)
        self._loaded: dict[tuple[Preprocessing, tuple[Case, ...]], Dataset] = {}

    def learned(self, config: RunConfig) -> Dataset:
        """Return what trials learn from."""
        return self._dataset(self.fold.train, config)

    def validated(self, config: RunConfig) -> Dataset:
        """Return what trials are validated on."""
        return self._dataset(self.fold.validation, config)

    def held_out(self, config: RunConfig) -> Dataset:
        """Return what no trial sees."""
        return self._dataset(self.fold.test, config)

    @property
    def owners(self) -> dict[str, str]:
        """The patient of each case that no trial sees."""
        return {case.name: case.patient for case in self.fold.test}

    def channels(self, config: RunConfig) -> int:
        """Return how many channels the network of a trial sees."""
        return params_for(config, self.source, self.options).in_channels

    @property
    def classes(self) -> int:
        """How many classes the network of a trial finds."""
        return len(self.source.table)

    def _dataset(self, cases: tuple[Case, ...], config: RunConfig) -> Dataset:
        params = params_for(config, self.source, self.options)
        if any(known != params for known, _ in self._loaded):
            self._loaded.clear()
        key = params, cases
        if key not in self._loaded:
            self._loaded[key] = load_dataset(
                cases, params, roles=self.source.roles, table=self.source.table
            )
        return self._loaded[key]
