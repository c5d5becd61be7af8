"""From scan to mask, without a window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from contracts.geometry import GEOMETRIES, ORIENTATIONS, oriented

from napari_brainseg.errors import ChannelError, DeviceError, ModelError
from napari_brainseg.language import use
from napari_brainseg.models.bundle import load_network
from napari_brainseg.pipeline import runner
from napari_brainseg.pipeline.backends import OutOfMemory, TorchNetwork
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.pipeline.feed import feed_of
from napari_brainseg.pipeline.predict import predict_slices
from napari_brainseg.pipeline.segment import Segmentation, Step, Steps, segment_scan, segment_steps
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from napari_brainseg.models.bundle import Bundle

CHANNELS = ("pre-contrast", "FLAIR", "post-contrast")


def make_scan(channels: tuple[str, ...] = CHANNELS) -> Scan:
    random = np.random.default_rng(0)
    data = random.gamma(2.0, 30.0, (len(channels), 5, 40, 48)).astype(np.float32)
    affine = np.diag([-0.9, -0.9, 5.0, 1.0])
    return Scan(data, affine, channels, Source("scan"))


def run(scan: Scan, bundle: Bundle, **options: object) -> Segmentation:
    return segment_scan(scan, bundle, device="cpu", **options)  # type: ignore[arg-type]


def test_the_mask_lies_on_the_scan_grid(tiny_bundle: Bundle) -> None:
    scan = make_scan()
    result = run(scan, tiny_bundle)
    assert result.labels.shape == scan.grid
    assert result.probabilities.shape == (1, *scan.grid)
    assert result.complete
    assert result.slices == tuple(range(5))
    assert set(np.unique(result.labels)) <= {0, 1}
    assert result.notes == ()


def test_one_slice_alone_gets_the_mask_it_has_in_the_whole(tiny_bundle: Bundle) -> None:
    scan = make_scan()
    whole, alone = run(scan, tiny_bundle), run(scan, tiny_bundle, slices=[3])
    assert np.allclose(alone.probabilities[:, 3], whole.probabilities[:, 3], atol=2e-3)
    assert not alone.probabilities[:, [0, 1, 2, 4]].any()


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_copy_in_any_of_48_orientations_gets_the_same_mask(
    tiny_bundle: Bundle, geometry: str
) -> None:
    data = make_scan().data
    # Its slices run head to foot with the geometry's largest spacing, as those of a scanner do.
    affine = oriented((0, 1, 2), (-1, -1, 1), GEOMETRIES[geometry])
    expected = run(Scan(data, affine, CHANNELS, Source("scan")), tiny_bundle)
    for order, signs in ORIENTATIONS:
        to_new = np.zeros((4, 4))
        to_new[3, 3] = 1
        for new, (old, sign) in enumerate(zip(order, signs, strict=True)):
            size = data.shape[1:][2 - old]
            to_new[old, new], to_new[old, 3] = sign, 0 if sign > 0 else size - 1
        axes = tuple(2 - order[2 - axis] for axis in range(3))
        flips = tuple(slice(None, None, signs[2 - axis]) for axis in range(3))
        copy = Scan(
            data.transpose(0, *(1 + axis for axis in axes))[(slice(None), *flips)],
            affine @ to_new,
            CHANNELS,
            Source("copy"),
        )
        found = run(copy, tiny_bundle)
        np.testing.assert_array_equal(found.labels, expected.labels.transpose(axes)[flips])
        wanted = expected.probabilities[0].transpose(axes)[flips]
        np.testing.assert_array_equal(found.probabilities[0], wanted)


def test_cancel_keeps_what_is_done(tiny_bundle: Bundle) -> None:
    results = []

    def drain() -> Generator[Step, None, None]:
        stop = {"cancelled": lambda: True}
        results.append((yield from segment_steps(make_scan(), tiny_bundle, device="cpu", **stop)))

    steps = list(drain())
    result = results[0]
    assert [step.message for step in steps] == ["Loading the model"]
    assert not result.complete
    assert result.slices == ()


def test_the_steps_are_told_in_the_language_in_use(tiny_bundle: Bundle) -> None:
    use("fr")
    try:
        told = {step.message for step in segment_steps(make_scan(), tiny_bundle, device="cpu")}
    finally:
        use("en")
    assert told == {"Chargement du modèle", "Segmentation en cours"}


def test_cancel_after_a_batch_leaves_the_other_slices_empty(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BATCH_SIZE", 2)
    answers = iter([False, False, False, True])
    steps = segment_steps(make_scan(), tiny_bundle, device="cpu", cancelled=lambda: next(answers))
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as stop:
            result: Segmentation = stop.value
            break
    assert [step.done for step in seen] == [0, 0, 2, 4]
    assert [step.ready for step in seen] == [False, True, True, True]
    assert [step.slices for step in seen] == [(), (), (0, 1), (2, 3)]
    assert not result.complete
    assert result.slices == (0, 1, 2, 3)
    assert result.probabilities[0, :4].any(axis=(1, 2)).all()
    assert not result.probabilities[0, 4].any()


def test_cancel_while_the_model_is_loaded_runs_no_slice(tiny_bundle: Bundle) -> None:
    answers = iter([False, True])
    steps = segment_steps(make_scan(), tiny_bundle, device="cpu", cancelled=lambda: next(answers))
    passed = Steps(steps)
    assert [(step.ready, step.slices) for step in passed] == [(False, ()), (True, ())]
    assert (passed.result.slices, passed.result.complete) == ((), False)


def short_of_memory(limit: int) -> Callable[..., Iterator[object]]:
    """Predict as ever, on a device that holds no more than ``limit`` slices."""

    def predict(*args: Any, **options: Any) -> Iterator[object]:
        for batch, values in predict_slices(*args, **options):
            # The first slice still fits at any size: what is done must not be done again.
            if len(batch) > limit and batch[0]:
                raise OutOfMemory
            yield batch, values

    return predict


def test_short_memory_halves_the_batch_and_changes_nothing_else(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(make_scan(), tiny_bundle)
    monkeypatch.setattr(runner, "BATCH_SIZE", 2)
    monkeypatch.setattr(runner, "predict_slices", short_of_memory(1))
    result = run(make_scan(), tiny_bundle)
    assert result.complete
    assert result.slices == tuple(range(5))
    assert np.allclose(result.probabilities, expected.probabilities, atol=2e-3)


def test_memory_too_short_for_one_slice_is_said(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BATCH_SIZE", 2)
    monkeypatch.setattr(runner, "predict_slices", short_of_memory(0))
    with pytest.raises(DeviceError, match="choose the CPU"):
        run(make_scan(), tiny_bundle)


def test_numbers_that_are_none_never_become_a_mask(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(bundle: Bundle, *_: object, **__: object) -> TorchNetwork:
        network = load_network(bundle)
        with torch.no_grad():
            list(network.parameters())[-1].fill_(float("nan"))
        return TorchNetwork(network, "cpu")

    monkeypatch.setattr(runner, "open_network", spoil)
    with pytest.raises(ModelError, match="not finite"):
        run(make_scan(), tiny_bundle)


def test_a_missing_sequence_is_filled_as_the_card_says_and_said(tiny_bundle: Bundle) -> None:
    result = run(make_scan(("FLAIR",)), tiny_bundle)
    assert any("post-contrast is missing: FLAIR stands in" in note for note in result.notes)


def test_the_notes_come_with_the_first_step_before_there_is_a_mask(tiny_bundle: Bundle) -> None:
    scan = make_scan(("FLAIR",))
    mask = Scan((scan.data > 50).astype(np.uint8), scan.affine, scan.channels, scan.source)
    step = next(segment_steps(mask, tiny_bundle, device="cpu"))
    assert step.done == 0
    assert any("as a mask has" in note for note in step.notes)
    assert any("post-contrast is missing" in note for note in step.notes)
    assert run(mask, tiny_bundle).notes == step.notes


def test_a_temperature_changes_neither_mask_nor_probabilities(tiny_bundle: Bundle) -> None:
    warm = replace(tiny_bundle, card=tiny_bundle.card.model_copy(update={"temperature": 3.0}))
    expected, result = (run(make_scan(), each) for each in (tiny_bundle, warm))
    assert np.array_equal(result.probabilities, expected.probabilities)
    assert np.array_equal(result.labels, expected.labels)


def test_a_required_sequence_cannot_be_missing(tiny_bundle: Bundle) -> None:
    scan = make_scan()
    with pytest.raises(ChannelError, match="needs FLAIR"):
        run(scan, tiny_bundle, channels={"pre-contrast": Channel(scan, 0)})


def test_slices_of_another_plane_are_said(tiny_bundle: Bundle) -> None:
    result = run(make_scan(), tiny_bundle, plane="coronal")
    assert any("coronal" in note for note in result.notes)


def _sagittal(count: int, thick: float = 4.0) -> Scan:
    """Thick sagittal slices, 24 x 32 pixels of 2 mm."""
    data = np.random.default_rng(0).integers(0, 100, (1, 24, 32, count), dtype=np.int16)
    source = Source("nifti", "sagittal")
    return Scan(data, np.diag([-thick, -2.0, 2.0, 1.0]), ("FLAIR",), source, "mm")


def test_thick_slices_of_another_plane_are_given_as_the_model_knows_them(
    tiny_bundle: Bundle,
) -> None:
    result = run(_sagittal(count=20), tiny_bundle)
    assert result.plane == "axial"
    assert result.slices == tuple(range(24))
    # Before the run, and with the mask.
    said = feed_of(result.scan, tiny_bundle.card, {"FLAIR": Channel(result.scan, 0)}).doubts
    assert "acquired in sagittal slices" in said[0]
    assert said[0] in result.notes


@pytest.mark.parametrize(("count", "thick"), [(3, 4.0), (12, 8.0)])
def test_slices_too_few_or_too_thick_are_given_as_they_were_acquired(
    tiny_bundle: Bundle, count: int, thick: float
) -> None:
    result = run(_sagittal(count, thick), tiny_bundle)
    assert (result.plane, result.slices) == ("sagittal", tuple(range(count)))
    assert any("trained on axial slices and is given sagittal" in note for note in result.notes)


def test_a_missing_device_is_named_with_those_there_are(tiny_bundle: Bundle) -> None:
    with pytest.raises(DeviceError, match="cpu"):
        segment_scan(make_scan(), tiny_bundle, device="cuda:77")


def test_a_slice_out_of_range_is_refused(tiny_bundle: Bundle) -> None:
    with pytest.raises(ValueError, match="range of 5"):
        run(make_scan(), tiny_bundle, slices=[5])
