"""Whether images that a model was not trained for are doubted, and the right ones are not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_brainseg.errors import ModelError
from napari_brainseg.input_check.check import check_input, measure_roles
from napari_brainseg.input_check.features import CONTRAST, SHAPE
from napari_brainseg.input_check.fingerprint import make_fingerprint
from napari_brainseg.intensity.brain import brain_intensity, mark_head
from napari_brainseg.io import read_scan
from napari_brainseg.models.card import CARD_NAME, InputRole, read_card
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.pipeline.assemble import assemble_channels
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.sample import phantom
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

ROLES = ("pre-contrast", "FLAIR", "post-contrast")
PRE, FLAIR, POST = range(3)


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_card(EMBEDDED_FOLDER / DEFAULT_MODEL / CARD_NAME)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Return the phantom's channels, slices from foot to head and the forehead up."""
    return phantom().data.astype(np.float32)


def scan_of(*channels: np.ndarray, spacing: tuple[float, float, float] = (5, 0.9, 0.9)) -> Scan:
    """Make a scan whose slices are seen as they are stored; one image stands in for all three."""
    z, y, x = spacing
    data = np.stack(channels * (3 if len(channels) == 1 else 1))
    return Scan(data, np.diag([-x, -y, z, 1.0]), ROLES, Source("scan"))


def test_the_sample_is_not_doubted(card: ModelCard, images: np.ndarray) -> None:
    assert check_input(phantom(), card) == ()
    assert check_input(scan_of(images[FLAIR]), card) == ()


@pytest.mark.parametrize("wrong", [PRE, POST])
def test_t1_given_as_flair_is_told_by_name(card: ModelCard, images: np.ndarray, wrong: int) -> None:
    (doubt,) = check_input(scan_of(images[wrong]), card)
    assert doubt.startswith("The image for FLAIR looks like ")
    assert "contrast" in doubt
    assert "choose the FLAIR image" in doubt


def test_exchanged_sequences_are_told(card: ModelCard, images: np.ndarray) -> None:
    doubts = check_input(scan_of(images[FLAIR], images[PRE], images[POST]), card)
    assert any(doubt.startswith("The image for FLAIR looks like") for doubt in doubts)


def test_a_stand_in_is_not_doubted_in_the_role_that_it_fills(
    card: ModelCard, images: np.ndarray
) -> None:
    scan = scan_of(images[FLAIR])
    stacked, _ = assemble_channels(scan, card, {"FLAIR": Channel(scan, FLAIR)})
    assert check_input(stacked, card) == ()


def inverted(image: np.ndarray) -> np.ndarray:
    return image.max() - image


def box(image: np.ndarray) -> np.ndarray:
    solid = np.zeros_like(image)
    solid[4:-4, 60:200, 70:190] = 100
    return solid + np.random.default_rng(0).random(image.shape, dtype=np.float32)


def ball(image: np.ndarray) -> np.ndarray:
    z, y, x = np.ogrid[-1:1:22j, -1.3:1.3:256j, -1.5:1.5:256j]
    noise = np.random.default_rng(0).random(image.shape, dtype=np.float32)
    return np.where(z**2 + y**2 + x**2 < 0.9, 100, 0) + noise


def noise(image: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).random(image.shape, dtype=np.float32)


def photograph(image: np.ndarray) -> np.ndarray:
    """Draw a gradient of light with edges in it: bright to its corners, as pictures are."""
    _, y, x = np.ogrid[:1, :256, :256]
    scene = 90 + 40 * np.sin(x / 30) + 60 * (y > 150) + 30 * ((x - y) % 97 > 60)
    return np.repeat(scene, len(image), axis=0).astype(np.float32)


def chest(image: np.ndarray) -> np.ndarray:
    """Draw the axial slices of a trunk: fat, lungs and spine."""
    y, x = np.ogrid[-1:1:256j, -1:1:256j]
    body = np.where((y / 0.6) ** 2 + (x / 0.85) ** 2 < 1, 100.0, 0)
    body[(y / 0.5) ** 2 + (x / 0.74) ** 2 < 1] = 45
    for side in (-0.35, 0.35):
        body[((y + 0.05) / 0.3) ** 2 + ((x - side) / 0.22) ** 2 < 1] = 8
    body[((y - 0.35) / 0.1) ** 2 + (x / 0.1) ** 2 < 1] = 70
    return np.repeat(body[None], len(image), axis=0) + noise(image)


@pytest.mark.parametrize(
    "make", [inverted, box, ball, noise, photograph, chest], ids=lambda f: f.__name__
)
def test_what_is_no_flair_of_a_head_is_doubted(
    card: ModelCard, images: np.ndarray, make: object
) -> None:
    (doubt,) = check_input(scan_of(make(images[FLAIR])), card)  # type: ignore[operator]
    assert "unlike the FLAIR" in doubt
    assert "unusually" in doubt
    assert "before you trust the mask" in doubt


def test_a_head_on_its_side_is_noticed(card: ModelCard, images: np.ndarray) -> None:
    for turns in (1, 3):
        turned = np.rot90(images[FLAIR], turns, axes=(1, 2))
        (doubt,) = check_input(scan_of(turned), card)
        assert "turned by 90 degrees" in doubt
        assert "orientation" in doubt


def test_another_orientation_that_the_affine_tells_of_is_none_of_the_guards_business(
    card: ModelCard, images: np.ndarray
) -> None:
    turned = scan_of(images[FLAIR].transpose(2, 1, 0)[:, ::-1])
    affine = np.array([[0, 0, -0.9, 0], [0, 0.9, 0, 0], [5.0, 0, 0, 0], [0, 0, 0, 1]])
    scan = Scan(turned.data, affine, ROLES, turned.source)
    assert check_input(scan, card) == ()


def put(image: np.ndarray, value: float, *places: object) -> np.ndarray:
    spoilt = image.copy()
    for place in places or ((3, 40, 50),):
        spoilt[place] = value
    return spoilt


NO_IMAGES = {
    "is the same everywhere": np.zeros_like,
    "has only 2 different values": lambda image: (image > 200).astype(np.uint8),
    "has only 4 different values": lambda image: np.digitize(image, (100, 200, 300)),
    "is empty but for": lambda image: put(image, 0, np.s_[:, :, :200], np.s_[:12], np.s_[16:]),
    "no numbers": lambda image: put(image, np.nan),
    "NaN or infinite": lambda image: put(image, -np.inf),
    "looks like CT": lambda image: np.where(image < 30, -1000, image / 10),
}


@pytest.mark.parametrize("found", NO_IMAGES)
@pytest.mark.parametrize("described", [True, False])
def test_what_no_model_can_use_is_told_even_by_a_card_without_fingerprint(
    card: ModelCard, images: np.ndarray, found: str, described: bool
) -> None:
    known = card if described else card.model_copy(update={"fingerprint": None})
    (doubt,) = check_input(scan_of(NO_IMAGES[found](images[FLAIR])), known)
    assert found in doubt
    assert doubt.startswith("The image for FLAIR ")


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (1, 5, 5), (2, 1, 300), (300, 1, 2), (1, 256, 256), (90, 7, 400)]
)
@pytest.mark.parametrize("scale", [1.0, -1.0, 1e300, 1e-300])
def test_odd_data_lead_to_doubts_and_never_to_an_error(
    card: ModelCard, shape: tuple[int, int, int], scale: float
) -> None:
    odd = np.random.default_rng(0).random(shape) * scale
    assert check_input(scan_of(odd), card)


@pytest.mark.parametrize("least", [1e4, 1e6, 1e7, 2.0**40])
def test_values_that_hardly_differ_lead_to_doubts_and_never_to_an_error(
    card: ModelCard, least: float
) -> None:
    values = least + np.random.default_rng(0).integers(0, 6, (5, 60, 70))
    assert check_input(scan_of(values), card)
    mark_head(values.astype(np.float32))
    brain_intensity(values)


def test_units_of_intensity_and_a_hot_voxel_change_nothing(
    card: ModelCard, images: np.ndarray
) -> None:
    scan = scan_of(*images)
    usual = measure_roles(scan, card.roles, 99.5, "axial")
    other = measure_roles(scan_of(*(images * 1e-3)), card.roles, 99.5, "axial")
    for role, name in itertools.product(ROLES, (*CONTRAST, *SHAPE)):
        assert other[role][name] == pytest.approx(usual[role][name], abs=1e-4)
    assert check_input(scan_of(*(put(image, 1e7) for image in images)), card) == ()


# The fingerprint of invented patients.


def patients(count: int, apart: float, seed: int = 0) -> list[dict[str, dict[str, float]]]:
    """Two roles whose images differ by so many spreads in two of the statistics."""
    random = np.random.default_rng(seed)
    names = [*CONTRAST, *SHAPE]
    found = []
    for _ in range(count):
        one, other = (dict(zip(names, random.normal(0, 1, 20), strict=True)) for _ in range(2))
        for name in names[:2]:
            other[name] += apart
        found.append({"one": one, "other": other})
    return found


def test_too_few_patients_give_no_fingerprint() -> None:
    assert make_fingerprint(patients(9, 3)) is None
    assert make_fingerprint(patients(10, 3)) is not None
    assert make_fingerprint([]) is None


def test_a_statistic_that_is_the_same_in_all_patients_does_no_harm() -> None:
    found = patients(30, 3)
    for each in found:
        each["one"]["dark"] = each["one"]["corner"] = 0.25
    fingerprint = make_fingerprint(found)
    assert fingerprint is not None
    assert not fingerprint.unusual(found[0]["one"], "one")
    assert fingerprint.unusual({**found[0]["one"], "dark": 3.0, "corner": 3.0}, "one")


def test_a_role_that_few_patients_have_is_left_out() -> None:
    found = patients(30, 3)
    for each in found[9:]:
        del each["other"]
    fingerprint = make_fingerprint(found)
    assert fingerprint is not None
    assert list(fingerprint.roles) == ["one"]
    assert fingerprint.patients == 30


def test_hardly_a_patient_of_the_same_kind_is_unusual() -> None:
    fingerprint = make_fingerprint(patients(60, 3))
    assert fingerprint is not None
    unusual = [fingerprint.unusual(each["one"], "one") for each in patients(300, 3, seed=1)]
    assert np.mean(unusual) < 0.02
    strange = dict.fromkeys((*CONTRAST, *SHAPE), 6.0)
    assert fingerprint.unusual(strange, "one")


def test_roles_that_differ_are_told_apart_and_those_that_do_not_lead_by_chance() -> None:
    different, alike = make_fingerprint(patients(60, 8)), make_fingerprint(patients(60, 0.5))
    assert different is not None
    assert alike is not None
    assert different.roles["one"].rivals["other"] < 0 < alike.roles["one"].rivals["other"]
    for each in patients(50, 8, seed=1):
        assert different.cost(each["other"], "one") > different.cost(each["other"], "other")


def test_a_card_keeps_its_fingerprint(card: ModelCard, tmp_path: Path) -> None:
    path = tmp_path / CARD_NAME
    path.write_text(card.model_dump_json(), encoding="utf-8")
    assert card.fingerprint is not None
    assert read_card(path).fingerprint == card.fingerprint


def test_a_damaged_fingerprint_is_refused_with_the_card(card: ModelCard, tmp_path: Path) -> None:
    path = tmp_path / CARD_NAME
    whole = card.model_dump(mode="json")
    spoilt = [
        ("roles", {"FLAIR": whole["fingerprint"]["roles"]["FLAIR"]}),
        ("correlation", [[1.0]]),
        ("correlation", [[1.0] * len(CONTRAST)] * len(CONTRAST)),
    ]
    for field, value in spoilt:
        changed = card.model_copy(update={"fingerprint": {**whole["fingerprint"], field: value}})
        with pytest.warns(UserWarning, match="[Ss]erializ"):
            path.write_text(changed.model_dump_json(), encoding="utf-8")
        with pytest.raises(ModelError, match="fingerprint"):
            read_card(path)


def test_an_old_card_has_neither_fingerprint_nor_temperature(
    tiny_bundle: Bundle, images: np.ndarray
) -> None:
    assert tiny_bundle.card.fingerprint is None
    assert tiny_bundle.card.temperature == 1.0
    assert check_input(scan_of(images[PRE]), tiny_bundle.card) == ()


# Real scans, where they are at hand.


def alone(path: Path, card: ModelCard) -> tuple[str, ...]:
    scan = read_scan(path).scan
    return check_input(assemble_channels(scan, card, {"FLAIR": Channel(scan, 0)})[0], card)


@pytest.mark.parametrize("name", ["mr_clinical/flair.nii.gz", "FLAIR.nrrd"])
def test_a_real_flair_is_not_doubted(shared: Path, card: ModelCard, name: str) -> None:
    assert alone(shared / "scans" / name, card) == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mr_clinical/t1_pre.nii.gz", "looks like pre-contrast"),
        ("mr_clinical/t1_post.nii.gz", "looks like post-contrast or pre-contrast"),
        ("mr_clinical/t2.nii.gz", "unlike the FLAIR"),
        ("ct_head_philips", "looks like CT"),
    ],
)
def test_a_real_scan_of_another_kind_is_doubted(
    shared: Path, card: ModelCard, name: str, found: str
) -> None:
    (doubt,) = alone(shared / "scans" / name, card)
    assert found in doubt


def test_a_patient_with_all_three_sequences_is_not_doubted(shared: Path, card: ModelCard) -> None:
    folder = shared / "scans" / "mr_clinical"
    files = {"pre-contrast": "t1_pre", "FLAIR": "flair", "post-contrast": "t1_post"}
    chosen = {role: Channel(read_scan(folder / f"{f}.nii.gz").scan, 0) for role, f in files.items()}
    reference = chosen["FLAIR"].scan
    assert check_input(assemble_channels(reference, card, chosen)[0], card) == ()
    exchanged = {**chosen, "FLAIR": chosen["pre-contrast"], "pre-contrast": chosen["FLAIR"]}
    doubts = check_input(assemble_channels(reference, card, exchanged)[0], card)
    assert any("The image for FLAIR looks like" in doubt for doubt in doubts)


def test_roles_are_measured_but_for_stand_ins(images: np.ndarray) -> None:
    roles = (InputRole(name="pre-contrast", fallback="FLAIR"), InputRole(name="FLAIR"))
    both = np.stack([images[PRE], images[FLAIR]])
    scan = Scan(both, np.diag([-0.9, -0.9, 5, 1]), ROLES[:2], Source("scan"))
    assert list(measure_roles(scan, roles, 99.5, "axial")) == ["pre-contrast", "FLAIR"]
    copy = Scan(both[[1, 1]], scan.affine, ROLES[:2], scan.source)
    assert list(measure_roles(copy, roles, 99.5, "axial")) == ["FLAIR"]
