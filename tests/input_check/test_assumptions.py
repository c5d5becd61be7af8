"""What preprocessing takes for granted is looked at before the run: units, scalp, whole heads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import ndimage
from skimage.exposure import equalize_hist

from napari_brainseg.input_check.check import check_input, measure_roles
from napari_brainseg.input_check.evenness import is_equalised
from napari_brainseg.input_check.fingerprint import BARE, LEVEL, UsualPlacing, make_fingerprint
from napari_brainseg.io import read_scan
from napari_brainseg.models.card import CARD_NAME, ModelCard, read_card
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.sample import phantom
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Change = Callable[[NDArray[np.float64]], NDArray[np.generic]]

ROLES = ("pre-contrast", "FLAIR", "post-contrast")


@pytest.fixture(scope="module")
def by_brain() -> ModelCard:
    """Read a card of a model that scales by the brain."""
    return read_card(EMBEDDED_FOLDER / DEFAULT_MODEL / CARD_NAME)


@pytest.fixture(scope="module")
def by_scalp(by_brain: ModelCard) -> ModelCard:
    """Make one that scales by the brightest tissue, and knows where brains lie in training."""
    assert by_brain.fingerprint is not None
    usual = {"FLAIR": UsualPlacing(low=0.15, high=0.6, bare=0.0)}
    params = replace(by_brain.preprocessing, scaling="foreground")
    fingerprint = replace(by_brain.fingerprint, placings=usual)
    return by_brain.model_copy(update={"preprocessing": params, "fingerprint": fingerprint})


@pytest.fixture(scope="module")
def flair() -> NDArray[np.float64]:
    """Return the phantom's FLAIR: slices from foot to head, forehead up, right on the left."""
    return phantom().data[1].astype(np.float64)


def doubts(image: NDArray[np.generic], card: ModelCard) -> tuple[str, ...]:
    scan = Scan(np.stack([image] * 3), np.diag([-0.9, -0.9, 5, 1]), ROLES, Source("scan"))
    return check_input(scan, card)


def head_of(image: NDArray[np.float64]) -> NDArray[np.bool_]:
    bright = ndimage.gaussian_filter(image, (0, 2, 2)) > 60
    return np.stack([ndimage.binary_fill_holes(each) for each in bright])


def stripped(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut scalp and skull away, at a depth that leaves some of the fluid around the brain."""
    head = head_of(image)
    depth = np.stack([ndimage.distance_transform_edt(each) for each in head])
    return np.where(depth > 21, image, 0)


def z_scored(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make z-scores of what is not 0, amid exact zeros."""
    inside = image != 0
    return np.where(inside, (image - image[inside].mean()) / image[inside].std(), 0)


def cut_out(image: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(head_of(image), image, 0)


def windowed(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    low, high = np.percentile(image[head_of(image)], (2, 99.8))
    return (255 * np.clip((image - low) / (high - low), 0, 1)).round().astype(np.uint8)


def biased(image: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, columns = (np.linspace(-1, 1, length) for length in image.shape[1:])
    return np.asarray(image * (1 + 0.4 * (rows[:, None] + columns) / 2))


RIGHT: dict[str, Change] = {
    "16 bit": lambda image: (image * 60).astype(np.uint16),
    "offset of 1000": lambda image: image + 1000,
    "negative air": lambda image: image - 500,
    "8-bit window": windowed,
    "bias field": biased,
    "skull removed": stripped,
    "z-scores of the brain": lambda image: z_scored(stripped(image)),
    "z-scores of the head": lambda image: z_scored(cut_out(image)),
    "z-scores of all": lambda image: (image - image.mean()) / image.std(),
    "without the chin": lambda image: image[6:],
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_model_that_scales_by_the_brain_takes_any_unit_and_bare_heads(
    by_brain: ModelCard, flair: NDArray[np.float64], name: str
) -> None:
    assert doubts(RIGHT[name](flair), by_brain) == ()


def clip_above(image: NDArray[np.float64], percentile: float) -> NDArray[np.float64]:
    """Clip intensities at a percentile of the brain, as too narrow a window does."""
    return np.minimum(image, np.percentile(image[stripped(image) > 0], percentile))


@pytest.mark.parametrize("change", [lambda image: image, stripped, lambda i: z_scored(stripped(i))])
def test_bright_tissue_clipped_to_one_value_is_told(
    by_brain: ModelCard, by_scalp: ModelCard, flair: NDArray[np.float64], change: Change
) -> None:
    image = change(clip_above(flair, 90))
    (doubt,) = doubts(image, by_brain)
    assert "The image for FLAIR is clipped" in doubt
    assert "wider window" in doubt
    assert doubts(image, by_scalp)


def test_a_range_that_ends_above_lesions_is_not_doubted(
    by_brain: ModelCard, flair: NDArray[np.float64]
) -> None:
    """Fat is often clipped; the lesion of the phantom is what counts."""
    assert doubts(np.minimum(flair, np.percentile(flair, 99)), by_brain) == ()


def equalised(image: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(inside, equalize_hist(image, 256, mask=inside), 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: equalize_hist(image, 256),
        lambda image: equalised(image, head_of(image)),
        lambda image: equalised(image, stripped(image) > 0),
        lambda image: (255 * equalize_hist(image, 256)).astype(np.uint8),
    ],
)
def test_an_equalised_image_is_told_and_nothing_that_follows_from_it(
    by_brain: ModelCard, by_scalp: ModelCard, flair: NDArray[np.float64], change: Change
) -> None:
    image = change(flair)
    for card in (by_brain, by_scalp):
        (doubt,) = doubts(image, card)
        assert "All values of the image for FLAIR are equally frequent" in doubt
        assert "as the scanner made it" in doubt


@pytest.mark.parametrize("percent", [0.5, 2, 5])
def test_a_window_does_not_make_an_image_an_equalised_one(
    flair: NDArray[np.float64], percent: float
) -> None:
    for image in (flair, stripped(flair)):
        low, high = np.percentile(image[image > image.mean() / 4], (percent, 100 - percent))
        assert not is_equalised(np.clip(image, low, high))


@pytest.mark.parametrize(
    "odd", [np.zeros((3, 4, 4)), np.full((3, 4, 4), np.nan), np.eye(9, dtype=np.uint8)[None]]
)
def test_an_image_of_few_values_was_not_equalised(odd: NDArray[np.generic]) -> None:
    assert not is_equalised(odd)


BELOW = "brain below its background"
FOREGROUND: dict[str, tuple[Change, str]] = {
    "skull removed": (stripped, "without a bright scalp, as after skull removal"),
    "z-scores of the brain": (lambda image: z_scored(stripped(image)), BELOW),
    "z-scores of the head": (lambda image: z_scored(cut_out(image)), BELOW),
    "dark scalp": (lambda image: np.minimum(image, 400), "that of the training patients lies at"),
    "offset of 1000": (lambda image: image + 1000, "has its air at 0.6"),
}


@pytest.mark.parametrize("name", FOREGROUND)
def test_a_model_that_scales_by_the_scalp_says_what_it_cannot_do(
    by_scalp: ModelCard, flair: NDArray[np.float64], name: str
) -> None:
    change, found = FOREGROUND[name]
    assert doubts(flair, by_scalp) == ()
    (doubt,) = doubts(change(flair), by_scalp)
    assert found in doubt
    assert "Choose a model that scales by the brain" in doubt


def test_a_model_that_learned_from_bare_heads_takes_them(
    by_scalp: ModelCard, flair: NDArray[np.float64]
) -> None:
    assert by_scalp.fingerprint is not None
    usual = {"FLAIR": UsualPlacing(low=0.1, high=0.9, bare=1.0)}
    learned = replace(by_scalp.fingerprint, placings=usual)
    card = by_scalp.model_copy(update={"fingerprint": learned})
    assert doubts(stripped(flair), card) == ()


def half(axis: int, *, first: bool, crop: bool) -> Change:
    def change(image: NDArray[np.float64]) -> NDArray[np.float64]:
        middle = image.shape[axis] // 2
        kept = [slice(None)] * 3
        kept[axis] = slice(middle) if first else slice(middle, None)
        if crop:
            return image[tuple(kept)]
        emptied = np.zeros_like(image)
        emptied[tuple(kept)] = image[tuple(kept)]
        return emptied

    return change


CUT: dict[str, tuple[Change, str]] = {
    "right half": (half(2, first=True, crop=True), "at its left side"),
    "left half": (half(2, first=False, crop=True), "at its right side"),
    "right half, the other black": (half(2, first=True, crop=False), "at its left side"),
    "front half": (half(1, first=True, crop=True), "at the back"),
    "back half": (half(1, first=False, crop=True), "at the forehead"),
    "without the crown": (lambda image: image[:13], "below the crown"),
    "three slices": (lambda image: image[10:13], "below the crown"),
    "one slice": (lambda image: image[11:12], "below the crown"),
    "half of a bare head": (
        lambda image: half(2, first=True, crop=True)(stripped(image)),
        "at its left side",
    ),
    "half of z-scores": (
        lambda image: half(2, first=True, crop=True)(z_scored(stripped(image))),
        "at its left side",
    ),
}


@pytest.mark.parametrize("name", CUT)
def test_a_head_that_is_cut_off_is_called_so_and_not_turned(
    by_brain: ModelCard, flair: NDArray[np.float64], name: str
) -> None:
    change, where = CUT[name]
    (doubt,) = doubts(change(flair), by_brain)
    assert f"cut off {where}: nothing can be found beyond the cut" in doubt


def test_a_background_amid_the_brains_values_that_is_not_exact_is_told(
    by_brain: ModelCard, by_scalp: ModelCard, flair: NDArray[np.float64]
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, flair.shape)
    for card in (by_brain, by_scalp):
        (doubt,) = doubts(z_scored(stripped(flair)) + noise, card)
        assert "set all that lies outside of the head to one value" in doubt


def test_an_inverted_head_is_doubted_with_and_without_its_skull(
    by_brain: ModelCard, flair: NDArray[np.float64]
) -> None:
    for image in (flair, stripped(flair)):
        assert doubts(image.max() - image, by_brain)


def test_where_brains_lie_is_measured_and_summed_up(flair: NDArray[np.float64]) -> None:
    card = read_card(EMBEDDED_FOLDER / DEFAULT_MODEL / CARD_NAME)
    patients = []
    for index in range(12):
        image = flair if index else stripped(flair)
        scan = Scan(np.stack([image] * 3), np.diag([-0.9, -0.9, 5, 1]), ROLES, Source("scan"))
        patients.append(measure_roles(scan, card.roles, 99.5, "axial"))
    assert patients[0]["FLAIR"][BARE] == 1.0
    assert patients[1]["FLAIR"][BARE] == 0.0
    assert patients[0]["FLAIR"][LEVEL] > patients[1]["FLAIR"][LEVEL]
    made = make_fingerprint(patients)
    assert made is not None
    usual = made.placings["FLAIR"]
    assert usual.low <= patients[1]["FLAIR"][LEVEL] <= usual.high
    assert usual.bare == pytest.approx(1 / 12, abs=1e-3)
    kept = card.model_copy(update={"fingerprint": made}).model_dump_json()
    assert ModelCard.model_validate_json(kept).fingerprint == made


def test_a_card_from_before_knows_nothing_of_it_and_opens(by_brain: ModelCard) -> None:
    content = by_brain.model_dump(mode="json")
    del content["fingerprint"]["placings"]
    old = ModelCard.model_validate(content)
    assert old.fingerprint is not None
    assert old.fingerprint.placings == {}


# Real scans, where they are at hand.


@pytest.mark.parametrize("pattern", ["stripped/*_flair_*", "brats18/*/*_flair*", "brats13*/*/Fl*"])
def test_real_bare_heads_are_taken_by_the_brain_and_doubted_by_the_scalp(
    shared: Path, by_brain: ModelCard, by_scalp: ModelCard, pattern: str
) -> None:
    paths = sorted((shared / "outside").glob(pattern))
    if not paths:
        pytest.skip(f"no {pattern} in the folder of real scans")
    image = read_scan(paths[0]).scan
    scan = Scan(np.stack([image.data[0]] * 3), image.affine, ROLES, image.source)
    assert check_input(scan, by_brain) == ()
    (doubt,) = check_input(scan, by_scalp)
    assert "Choose a model that scales by the brain" in doubt
