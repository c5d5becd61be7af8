"""Brains without their skulls: which sequence they show, whatever their unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import ndimage

from brainseg_train.data.brains import measure_brains
from brainseg_train.data.skull import brain_depth
from napari_brainseg.input_check.check import check_input
from napari_brainseg.input_check.features import coarse
from napari_brainseg.input_check.tissue import tissue
from napari_brainseg.input_check.tissue_print import (
    FEWEST,
    INVERTED,
    TISSUE,
    make_tissue_print,
)
from napari_brainseg.intensity import brain_intensity
from napari_brainseg.io import read_scan
from napari_brainseg.models.card import CARD_NAME, InputRole, ModelCard, read_card
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.sample import phantom
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Volume = NDArray[np.float64]

ROLES = ("pre-contrast", "FLAIR", "post-contrast")
PRE, FLAIR, POST = range(3)
LIKE_T1 = "The image for FLAIR looks like"
INVERSE = "In the image for FLAIR light and dark are exchanged"


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_card(EMBEDDED_FOLDER / DEFAULT_MODEL / CARD_NAME)


@pytest.fixture(scope="module")
def brains() -> Volume:
    """Return the sample's brain in its three sequences, slices from foot to head; 0 around it."""
    data = phantom().data.astype(np.float64)
    inside = brain_depth(brain_intensity(data[FLAIR])(data[FLAIR])) > 0
    return np.where(inside, data + 1, 0)


def doubts(image: Volume, card: ModelCard) -> tuple[str, ...]:
    scan = Scan(np.stack([image] * 3), np.diag([-0.9, -0.9, 5, 1]), ROLES, Source("scan"))
    return check_input(scan, card)


def inverted(brain: Volume) -> Volume:
    return np.where(brain != 0, np.percentile(brain[brain != 0], 99.5) - brain, 0).clip(0)


def z_scored(brain: Volume, around: float = 0) -> Volume:
    inside = brain != 0
    return np.where(inside, (brain - brain[inside].mean()) / brain[inside].std(), around)


def brightened(brain: Volume) -> Volume:
    return np.sqrt(brain / brain.max())


def eroded(brain: Volume) -> Volume:
    inside = [ndimage.binary_erosion(each, iterations=3) for each in brain != 0]
    return np.where(np.stack(inside), brain, 0)


RIGHT: dict[str, Callable[[Volume], Volume]] = {
    "as it is": lambda brain: brain,
    "z-scores": z_scored,
    "z-scores amid -10": lambda brain: z_scored(brain, -10),
    "tiny unit": lambda brain: 1e-6 * brain,
    "offset": lambda brain: brain + 1000,
    "gamma of a half": brightened,
    "cut deeper": eroded,
}


@pytest.mark.parametrize("change", RIGHT.values(), ids=RIGHT)
def test_flair_without_its_skull_is_not_doubted(
    card: ModelCard, brains: Volume, change: Callable[[Volume], Volume]
) -> None:
    assert doubts(change(brains[FLAIR]), card) == ()


@pytest.mark.parametrize("change", [lambda brain: brain, z_scored, lambda b: z_scored(b, -10)])
@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda brains: brains[PRE], LIKE_T1),
        (lambda brains: brains[POST], LIKE_T1),
        (lambda brains: inverted(brains[FLAIR]), INVERSE),
    ],
    ids=["pre", "post", "inverted"],
)
def test_another_sequence_without_its_skull_is_told(
    card: ModelCard,
    brains: Volume,
    change: Callable[[Volume], Volume],
    make: Callable[[Volume], Volume],
    found: str,
) -> None:
    (doubt,) = doubts(change(make(brains)), card)
    assert doubt.startswith(found)
    assert "choose the FLAIR image" in doubt


def test_statistics_know_no_unit(brains: Volume) -> None:
    brain = coarse(brains[FLAIR])[0]
    known = tissue(brain, (1.0, 1.0))
    assert known is not None
    assert list(known) == list(TISSUE)
    for other in (z_scored(brain), 1e5 * brain, np.where(brain != 0, brain - 3000, 0)):
        assert tissue(other, (2.0, 2.0)) == pytest.approx(known, abs=2e-3)


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_nothing_is_measured_where_there_is_no_brain(value: float) -> None:
    assert tissue(np.full((20, 64, 64), value), (1.0, 1.0)) is None
    speck = np.zeros((20, 64, 64))
    speck[10, 30, 30] = 1
    assert tissue(speck, (1.0, 1.0)) is None


# What a card knows of brains


def made_up(shift: float, rng: np.random.Generator) -> dict[str, float]:
    return dict(zip(TISSUE, rng.normal(shift, 0.3, len(TISSUE)).tolist(), strict=True))


def patients(count: int) -> list[dict[str, dict[str, float]]]:
    rng = np.random.default_rng(0)
    shifts = {"FLAIR": 0.0, "T1": -1.0, INVERTED: 1.0}
    found = [{kind: made_up(shift, rng) for kind, shift in shifts.items()} for _ in range(count)]
    for each in found[:3]:
        del each["T1"]
    return found


def test_kinds_of_images_are_told_apart() -> None:
    known = make_tissue_print(patients(40), "FLAIR")
    assert known is not None
    rng = np.random.default_rng(1)
    for kind, shift in {"T1": -1.0, INVERTED: 1.0}.items():
        nearest, lead = known.taken_for(made_up(shift, rng), "FLAIR") or ("", 0)
        assert (nearest, lead > 1) == (kind, True)
    own = known.taken_for(made_up(0, rng), "FLAIR")
    assert own is None or own[1] < 0
    assert known.taken_for(dict.fromkeys(TISSUE, 90.0), "FLAIR") is None  # like none of them


def test_too_few_patients_tell_nothing() -> None:
    assert make_tissue_print(patients(FEWEST - 1), "FLAIR") is None
    assert make_tissue_print([{"FLAIR": each["FLAIR"]} for each in patients(20)], "FLAIR") is None
    assert make_tissue_print(patients(20), "T2") is None
    rare = make_tissue_print(patients(FEWEST + 2), "FLAIR")
    assert rare is not None
    assert set(rare.kinds) == {"FLAIR", INVERTED}  # T1 is of nine


@pytest.mark.parametrize(
    "spoilt",
    [
        {"middle": {}},
        {"spread": dict.fromkeys(TISSUE, 0.0)},
        {"spread": dict.fromkeys(TISSUE, np.nan)},
        {"kinds": {"FLAIR": (1.0,)}},
        {"chance": np.nan},
        {"limit": np.inf},
        {"covariance": ((1.0,) * len(TISSUE),) * len(TISSUE)},
    ],
    ids=str,
)
def test_a_damaged_print_is_refused(spoilt: dict[str, object]) -> None:
    known = make_tissue_print(patients(20), "FLAIR")
    assert known is not None
    with pytest.raises(ValueError, match=r"statistics|spreads|kinds|covariance"):
        replace(known, **spoilt)  # type: ignore[arg-type]


def test_a_card_keeps_what_it_knows_and_an_older_one_does_without(
    card: ModelCard, brains: Volume
) -> None:
    content = card.model_dump(mode="json")
    assert ModelCard.model_validate(content).fingerprint == card.fingerprint
    del content["fingerprint"]["brains"]
    old = ModelCard.model_validate(content)
    assert old.fingerprint is not None
    assert old.fingerprint.brains == {}
    assert doubts(brains[FLAIR], old) == ()
    assert doubts(inverted(brains[FLAIR]), old) == ()  # which is why cards know brains now


def test_brains_of_training_heads_are_measured_in_every_kind_of_image(brains: Volume) -> None:
    roles = tuple(
        InputRole(name=name, fallback=None if name == "FLAIR" else "FLAIR") for name in ROLES
    )
    affine = np.diag([-0.9, -0.9, 5, 1])
    whole = Scan(phantom().data, affine, ROLES, Source("whole"))
    bare = Scan(brains, affine, ROLES, Source("bare"))
    alone = Scan(brains[[FLAIR] * 3], affine, ROLES, Source("alone"))
    measured = measure_brains([whole, bare, alone], roles, 99.5, "axial")
    assert list(measured) == ["FLAIR"]
    of_whole, of_bare, of_one = measured["FLAIR"]
    assert set(of_whole) == set(of_bare) == {*ROLES, INVERTED}
    assert set(of_one) == {"FLAIR", INVERTED}  # others are stand-ins
    for name in TISSUE:
        assert of_whole["FLAIR"][name] == pytest.approx(of_bare["FLAIR"][name], abs=0.35)


# Real scans, where they are at hand


@pytest.mark.parametrize("change", [lambda brain: brain, z_scored], ids=["raw", "z-scores"])
@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("brats18/*/*_flair.nii.gz", ""),
        ("brats13_zscored/*/Flair*.nii.gz", ""),
        ("stripped/*flair_stripped.nii.gz", ""),
        ("brats18/*CBICA*/*_t1.nii.gz", LIKE_T1),
        ("stripped/*t1_*_stripped.nii.gz", LIKE_T1),
        ("brats18/*/*_t2.nii.gz", INVERSE),
    ],
)
def test_real_brains_are_told_by_their_sequence(
    shared: Path, card: ModelCard, pattern: str, found: str, change: Callable[[Volume], Volume]
) -> None:
    paths = sorted((shared / "outside").glob(pattern))
    if not paths:
        pytest.skip(f"no {pattern} in the folder of real scans")
    for path in paths:
        scan = read_scan(path).scan
        image = scan.data[0].astype(np.float64)
        if change is z_scored and "zscored" in pattern:
            continue
        taken = Scan(np.stack([change(image)] * 3), scan.affine, ROLES, scan.source)
        told = check_input(taken, card)
        assert [each[: len(found)] for each in told] == ([found] if found else []), path.name
