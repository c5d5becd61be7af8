"""The brain reaches the network the same, whatever was done to its image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import ndimage

from napari_brainseg.frames import frame_for
from napari_brainseg.intensity import LEVEL, BrainMap, brain_intensity, mark_head
from napari_brainseg.io import read_scan
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.card import ModelCard
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.models.preprocessing import Preprocessing
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

AFFINE = np.diag([-1.5, -1.5, 6.0, 1])
OLD = Preprocessing(mean=(0.4,), std=(0.2,), size=96)
NEW = replace(OLD, scaling="brain")


def brain_and_head(tumour: float = 1.0) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Make a head: air with noise, bright scalp, dark skull, brain with ventricles and a lesion."""
    z, y, x = np.mgrid[-1:1:20j, -1.2:1.2:120j, -1.2:1.2:120j]
    radius = np.sqrt(x**2 / 0.7 + y**2 + z**2 / 1.5)
    chance = np.random.default_rng(4)
    brain = radius < 0.78
    head = np.where(radius < 1, 300.0, 0.0)
    head[radius < 0.92] = 15
    texture = ndimage.gaussian_filter(chance.normal(0, 1, brain.shape), (0, 2, 2))
    head[brain] = 100 + 40 * texture[brain]
    head[np.hypot(x, y) < 0.12] = 20
    head[(radius < 0.6) & (x > 0.15) & (y < -0.1)] *= tumour
    head += np.abs(chance.normal(0, 2, brain.shape))
    return brain, head.astype(np.float32)


BRAIN, HEAD = brain_and_head()


def mapped(volume: NDArray[np.generic]) -> NDArray[np.float32]:
    return brain_intensity(volume)(volume)


def bare(values: NDArray[np.float32], background: float = 0.0) -> NDArray[np.float32]:
    return np.where(BRAIN, values, np.float32(background))


def scored(values: NDArray[np.float32]) -> NDArray[np.float32]:
    inside = values[BRAIN]
    return (values - inside.mean()) / inside.std()


def test_the_brain_comes_to_its_level() -> None:
    assert np.median(mapped(HEAD)[BRAIN]) == pytest.approx(LEVEL, abs=0.01)


@pytest.mark.parametrize(
    ("what", "volume"),
    [
        ("skull removed", bare(HEAD)),
        ("other units", HEAD * np.float32(3e4)),
        ("an offset", HEAD + 1000),
        ("negative numbers", HEAD - 5000),
        ("z-scores of the head", scored(HEAD)),
        ("z-scores of the brain amid zeros", bare(scored(HEAD))),
        ("z-scores amid their lowest value", bare(scored(HEAD), float(scored(HEAD).min()) - 0.1)),
        ("z-scores amid no numbers", bare(scored(HEAD), np.nan)),
        ("whole numbers", HEAD.round().astype(np.int16)),
        ("fat suppressed", np.where(HEAD > 250, HEAD / 6, HEAD)),
        ("a clip as bright as can be", np.where(HEAD > 310, 32767, HEAD)),
        ("8-bit window", np.clip((HEAD - 10) * 255 / 350, 0, 255).astype(np.uint8)),
        ("cropped to the brain", bare(HEAD)[:, 18:102, 24:96]),
    ],
)
def test_the_same_brain_reaches_the_network_the_same(
    what: str, volume: NDArray[np.generic]
) -> None:
    inside = BRAIN[:, 18:102, 24:96] if volume.shape != HEAD.shape else BRAIN
    whole = mapped(HEAD)[BRAIN].reshape(-1)
    assert np.abs(mapped(volume)[inside] - whole).mean() < 0.03, what


@pytest.mark.parametrize("brightness", [0.5, 2.0])
def test_a_tumour_moves_the_rest_of_the_brain_little(brightness: float) -> None:
    _, ill = brain_and_head(brightness)
    healthy = BRAIN & (np.abs(ill - HEAD) < 10)
    assert np.median(mapped(ill)[healthy]) == pytest.approx(LEVEL, abs=0.03)


def test_what_surrounds_a_cut_out_brain_is_black_wherever_its_value_lies() -> None:
    for volume in (bare(HEAD), bare(scored(HEAD)), bare(HEAD, np.nan)):
        assert np.array_equal(mapped(volume)[~BRAIN], np.zeros((~BRAIN).sum()))


def test_air_is_black_though_its_noise_is_not_zero() -> None:
    assert np.median(mapped(HEAD)[:, :8]) < 0.03


@pytest.mark.parametrize(
    "volume",
    [
        np.zeros((3, 40, 40)),
        np.full((2, 30, 30), 7, dtype=np.uint8),
        np.full((2, 30, 30), np.nan),
        np.full((2, 3, 3), np.inf),
        np.zeros((1, 1, 1)),
        np.arange(6.0).reshape(1, 2, 3),
        np.indices((4, 40, 40)).sum(axis=0) % 2,
        np.random.default_rng(0).random((3, 50, 50)) * 1e300,
        np.random.default_rng(0).random((3, 50, 50)) * -1e-30,
        np.where(np.random.default_rng(0).random((3, 50, 50)) > 0.5, np.nan, 1e30),
        np.random.default_rng(0).normal(-1000, 5, (4, 64, 64)).astype(np.int16),
    ],
)
def test_odd_volumes_give_finite_numbers(volume: NDArray[np.generic]) -> None:
    values = mapped(volume)
    assert values.dtype == np.float32
    assert values.shape == volume.shape
    assert np.isfinite(values).all()
    assert values.min() >= 0
    assert values.max() <= 1


def test_a_mask_keeps_its_two_values() -> None:
    assert len(np.unique(mapped((HEAD > 50).astype(np.uint8)))) == 2


def test_the_map_is_monotone() -> None:
    values = np.linspace(-50, 400, 1000)
    assert (np.diff(BrainMap(100, 0.002, 0.0035)(values)) >= 0).all()


def test_no_head_is_found_where_all_is_the_same() -> None:
    assert not mark_head(np.ones((2, 20, 20), dtype=np.float32)).any()


def scan_of(volume: NDArray[np.generic]) -> Scan:
    return Scan(volume[None], AFFINE, ("FLAIR",), Source("nifti", "scan"))


def test_slices_of_other_planes_get_the_same_intensities() -> None:
    maps = [
        prepare_scan(scan_of(HEAD), NEW, plane).maps for plane in ("axial", "coronal", "sagittal")
    ]
    assert maps[0] == maps[1] == maps[2]
    assert maps[0] == (brain_intensity(frame_for(AFFINE).apply(HEAD)),)


def test_a_slice_does_not_depend_on_its_batch() -> None:
    prepared = prepare_scan(scan_of(HEAD), NEW)
    assert np.array_equal(prepared.batch([3])[0], prepared.batch(range(20))[3])


@pytest.mark.parametrize(
    ("volume", "is_bare"),
    [
        (bare(HEAD), True),
        (bare(scored(HEAD)), True),
        (bare(HEAD, np.nan), True),
        (bare(HEAD, -7.7).astype(np.float64) / 3, True),
        (ndimage.zoom(bare(HEAD, -7.7), (1, 2.4, 2.4), order=0), True),
        (HEAD, False),
        (np.where(HEAD < 10, 0, HEAD), False),
        (HEAD[:, 18:102, 24:96], False),
        (np.zeros((3, 40, 40)), False),
    ],
    ids=[
        "bare",
        "z-scores",
        "amid no numbers",
        "doubles",
        "large",
        "head",
        "air cut out",
        "cropped",
        "nothing",
    ],
)
def test_a_brain_without_its_skull_is_told_from_a_head(
    volume: NDArray[np.generic], is_bare: bool
) -> None:
    assert (brain_intensity(volume, bare_contrast=2.0).contrast == 2) is is_bare


def test_contrast_leaves_a_bare_brain_s_level_and_draws_the_rest_apart() -> None:
    bolder = replace(NEW, bare_contrast=1.5)
    plain, drawn = (prepare_scan(scan_of(bare(HEAD)), each).maps[0] for each in (NEW, bolder))
    before, after = plain(HEAD), drawn(HEAD)
    assert np.allclose(after, np.clip(LEVEL + 1.5 * (before - LEVEL), 0, 1), atol=1e-6)
    spread = [np.subtract(*np.percentile(each[BRAIN], (75, 25))) for each in (before, after)]
    assert spread[1] == pytest.approx(1.5 * spread[0], rel=1e-3)
    assert np.array_equal(plain.exceeds(HEAD, 0.2), drawn.exceeds(HEAD, 0.2))


def test_a_head_is_shown_as_it_was_whatever_the_contrast_of_bare_brains() -> None:
    plain, bolder = (
        prepare_scan(scan_of(HEAD), replace(NEW, bare_contrast=contrast)).batch(range(20))
        for contrast in (1.0, 1.5)
    )
    assert np.array_equal(plain, bolder)


def test_each_channel_has_its_own_map() -> None:
    both = np.stack([HEAD, 500 - HEAD])
    scan = Scan(both, AFFINE, ("FLAIR", "T1"), Source("nifti", "scan"))
    two = prepare_scan(scan, replace(NEW, mean=(0.4, 0.4), std=(0.2, 0.2)))
    alone = prepare_scan(scan_of(HEAD), NEW)
    assert np.array_equal(two.batch([5])[:, :1], alone.batch([5]))


def test_a_card_that_says_nothing_of_scaling_keeps_the_old_one_bit_for_bit() -> None:
    path = EMBEDDED_FOLDER / DEFAULT_MODEL / "card.json"
    stored = ModelCard.model_validate_json(path.read_text(encoding="utf-8"))
    said = stored.model_dump()
    for later in ("scaling", "bare_contrast"):
        said["preprocessing"].pop(later)
    old = ModelCard.model_validate(said).preprocessing
    assert (old.scaling, old.bare_contrast) == ("foreground", 1.0)
    values = HEAD.astype(np.float32)
    foreground = values[values > values.mean(dtype=np.float64)]
    scale = np.float32(np.percentile(foreground, OLD.foreground_percentile))
    turned = frame_for(AFFINE).apply(values)
    expected = (np.clip(turned / scale, 0.0, 1.0) - np.float32(0.4)) / np.float32(0.2)
    shown = prepare_scan(scan_of(HEAD), replace(OLD, pixel_mm=1.5)).batch(range(20))[
        :, 0, 4:124, 4:124
    ]
    assert np.array_equal(shown, expected)


def test_a_card_keeps_its_scaling() -> None:
    card = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL).card
    card = card.model_copy(update={"preprocessing": replace(card.preprocessing, scaling="brain")})
    again = ModelCard.model_validate_json(card.model_dump_json())
    assert again.preprocessing.scaling == "brain"


def test_a_real_head_without_its_skull_gets_the_intensities_of_the_whole(shared: Path) -> None:
    stripped, whole = shared / "outside" / "stripped", shared / "scans" / "mr_clinical"
    if not stripped.is_dir():
        pytest.skip("no scans from elsewhere at hand")
    for name in ("flair", "t1_pre", "t1_post"):
        with_skull = read_scan(whole / f"{name}.nii.gz").scan.data[0]
        without = read_scan(stripped / f"mr_clinical_{name}_stripped.nii.gz").scan.data[0]
        brain = without > 0
        difference = np.abs(mapped(with_skull)[brain] - mapped(without)[brain])
        assert difference.mean() < 0.05, name
