"""Several classes, overlapping or not, and ignored voxels: learned, measured, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
import torch
from small_runs import QUIET

from brainseg_train.data.cases import checked_data
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError
from brainseg_train.evaluate.compare_models import compare_models
from brainseg_train.evaluate.masks import class_overlaps, mask_bits
from brainseg_train.train.config import RunConfig
from brainseg_train.train.fit import FitResult, fit
from brainseg_train.train.loss import loss_for, planes_of
from napari_brainseg.io import read_scan
from napari_brainseg.pipeline.postprocess import strongest
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = RunConfig(
    name="several",
    encoder="timm-mobilenetv3_small_minimal_100",
    init="random",
    epochs=1,
    slices_per_epoch=8,
    batch_size=4,
    size=64,
    validation=0.25,
)
OPTIONS = DataOptions(classes={"whole tumour": (1, 2), "core": (2,)}, ignore=(3,), licence="CC0")
REGIONS = ClassTable(classes_of([("whole", (1, 2)), ("core", (2,))]))


@pytest.fixture
def regions(dataset: Path) -> Path:
    """Give each lesion of the dataset a core, and leave voxels beside it without a label."""
    for path in dataset.glob("*/*_mask.tif"):
        mask = (tifffile.imread(path) > 0).astype(np.uint8)
        rows, columns = np.nonzero(mask)
        if len(rows):
            mask[rows[columns > columns.mean()], columns[columns > columns.mean()]] = 2
        mask[:3, 60] = 3
        tifffile.imwrite(path, mask)
    return dataset


def trained(regions: Path, home: Path) -> FitResult:
    return fit(regions, CONFIG, home / "models", home / "runs", QUIET, OPTIONS, accelerator="cpu")


def test_a_model_of_several_classes_is_trained_measured_and_run(
    regions: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="the mask holds labels"):
        checked_data(regions, "trained")
    card = (fitted := trained(regions, tmp_path)).bundle.card
    assert [(each.name, each.value) for each in card.classes] == [("whole tumour", 1), ("core", 2)]
    assert card.overlapping
    assert {"dice_mean, whole tumour", "dice_mean, core"} <= card.metrics.keys()
    assert card.licence == "Weights trained on CC0 data (LGG MRI set)."
    scan = read_scan(sorted(regions.iterdir())[0]).scan
    found = segment_scan(scan, fitted.bundle, device="cpu")
    assert set(np.unique(found.labels)) <= {0, 1, 2}
    results = compare_models([fitted.bundle], regions, (), "cpu", lambda *_: None, OPTIONS)
    (row,) = results.rows
    assert row.by_class.keys() == {"whole tumour", "core"}
    assert row.patients[0].classes.keys() == {"whole tumour", "core"}
    one = DataOptions(classes={"t": (1, 2)}, ignore=(3,))
    with pytest.raises(DataError, match="finds whole tumour, core, but the reference masks have"):
        compare_models([fitted.bundle], regions, (), "cpu", lambda *_: None, one)


def test_of_nested_classes_the_last_that_is_probable_is_drawn() -> None:
    whole, core = np.array([[[0.9, 0.9, 0.4, 0.2]]]), np.array([[[0.6, 0.3, 0.45, 0.1]]])
    both = np.stack([whole, core])
    assert strongest(both, [1, 2], 0.5)[1].tolist() == [[[2, 1, 2, 1]]]
    assert strongest(both, [1, 2])[1].tolist() == [[[1, 1, 2, 1]]]
    assert mask_bits(both, 0.5, 0.0, REGIONS).tolist() == [[[3, 1, 0, 0]]]


def test_ignored_voxels_are_not_measured() -> None:
    table = ClassTable(REGIONS.classes, ignored=(3,))
    reference = table.bits(np.array([[[1, 2, 3, 0]]]))
    whole, core = class_overlaps(np.array([[[1, 3, 3, 0]]], np.uint8), reference, table)
    assert (whole.tp, whole.fp, core.tp, core.fp) == (2, 0, 1, 0)


def test_ignored_voxels_are_not_learned_from() -> None:
    table = ClassTable(REGIONS.classes, ignored=(3,))
    labels = np.zeros((2, 8, 8), np.int64)
    labels[:, :4], labels[:, 4:6], labels[:, 6:] = 1, 2, 3
    planes = planes_of(torch.from_numpy(table.bits(labels)), table)
    logits = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    changed = logits.clone()
    changed[:, :, 6:] += 5
    loss = loss_for(table)
    assert loss(logits, planes) == loss(changed, planes)
    changed[:, :, 5] += 5
    assert loss(logits, planes) != loss(changed, planes)


@pytest.mark.parametrize(
    ("classes", "ignored", "said"),
    [
        ([], (), "There are 0 classes"),
        ([(str(n), (n,)) for n in range(1, 9)], (), "There are 8 classes"),
        ([("a", (1,)), ("a", (2,))], (), "Two classes have one name"),
        ([("a", (1, 3))], (3,), "Label 3 is background or ignored"),
    ],
)
def test_classes_that_no_mask_could_show_are_refused(
    classes: list[tuple[str, tuple[int, ...]]], ignored: tuple[int, ...], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        ClassTable(classes_of(classes), ignored)
