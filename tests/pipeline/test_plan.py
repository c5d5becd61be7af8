"""What will run is decided from facts, before anything is loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_brainseg.errors import DeviceError
from napari_brainseg.models.card import Proof, RuntimeRecord
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline import devices, plan, runner
from napari_brainseg.pipeline.backends import DeviceLost, OutOfMemory, Unsupported
from napari_brainseg.pipeline.backends import openvino_runtime as runtime
from napari_brainseg.pipeline.devices import Device, has_kernels, list_devices, resolve_device
from napari_brainseg.pipeline.plan import plan_run
from napari_brainseg.pipeline.segment import Step, segment_steps
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import WayName
    from napari_brainseg.pipeline.segment import Segmentation

GOOD = Proof(patients=20, mean_change=-0.0015, worst_change=0.011)
BAD = Proof(patients=20, mean_change=-0.0005, worst_change=-0.021)
OLD_CARD = Device("cuda:0", "CUDA · Old", "Old (compute capability 6.1) is not used: too old.")
CARD = Device("cuda:0", "CUDA · New")
APPLE = Device("mps", "MPS · Apple GPU")


def proven(bundle: Bundle, **fields: Any) -> Bundle:
    card = bundle.card.model_copy(update={"runtime": RuntimeRecord(**fields)})
    return replace(bundle, card=card)


def here(monkeypatch: pytest.MonkeyPatch, *found: Device) -> None:
    """Put devices into this machine."""
    for module in (devices, plan):
        monkeypatch.setattr(module, "find_devices", lambda: (*found, devices.cpu()))


@pytest.fixture(autouse=True)
def with_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "is_there", lambda: True)
    monkeypatch.setattr(runtime, "has_bf16", lambda: True)


# Precision


def test_a_model_without_proofs_is_run_whole_and_in_fp32(tiny_bundle: Bundle) -> None:
    found = plan_run(tiny_bundle, "cpu")
    assert (found.backend, found.precision, found.head_only) == ("openvino", "fp32", False)
    assert found.line.endswith("CPU (OpenVINO, fp32)")


@pytest.mark.parametrize(
    ("proofs", "precision", "head_only"),
    [
        ({"fp32": GOOD}, "fp32", True),
        ({"fp32": GOOD, "bf16": GOOD}, "bf16", True),
        ({"fp32": GOOD, "bf16": BAD}, "fp32", True),
        ({"fp32": BAD, "bf16": BAD, "int8": BAD}, "fp32", False),
        ({"fp32": GOOD, "bf16": GOOD, "int8": GOOD}, "bf16", True),
        ({"fp32": GOOD, "bf16": BAD, "bf16-whole": GOOD, "int8": GOOD}, "int8", True),
        ({"fp32": BAD, "bf16": BAD, "bf16-whole": GOOD}, "bf16", False),
        ({"fp32": GOOD, "bf16": GOOD, "bf16-whole": GOOD}, "bf16", True),
        ({"bf16": BAD, "bf16-whole": GOOD, "fp32": GOOD}, "bf16", False),
    ],
)
def test_what_is_faster_is_used_where_the_card_proves_it(
    tiny_bundle: Bundle, proofs: dict[str, Proof], precision: str, head_only: bool
) -> None:
    bundle = proven(tiny_bundle, proofs=proofs, int8_sha256="0" * 64)
    found = plan_run(bundle, "cpu")
    assert (found.precision, found.head_only) == (precision, head_only)


@pytest.mark.parametrize(
    ("proofs", "precision", "sparing"),
    [
        ({"bf16": GOOD, "bf16-sparing": GOOD}, "bf16", True),
        ({"bf16": GOOD, "bf16-sparing": BAD}, "bf16", False),
        ({"fp32": GOOD, "fp32-sparing": GOOD}, "fp32", True),
        ({"fp32-sparing": GOOD, "bf16": GOOD}, "bf16", False),
    ],
)
def test_a_second_network_is_spared_where_the_card_proves_it(
    tiny_bundle: Bundle, proofs: dict[WayName, Proof], precision: str, sparing: bool
) -> None:
    found = plan_run(proven(tiny_bundle, proofs=proofs), "cpu")
    assert (found.precision, found.head_only, found.sparing) == (precision, True, sparing)


def test_bf16_is_for_processors_that_compute_in_it(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "has_bf16", lambda: False)
    bundle = proven(tiny_bundle, proofs={"fp32": GOOD, "bf16": GOOD})
    assert plan_run(bundle, "cpu").precision == "fp32"
    with_int8 = {"fp32": GOOD, "bf16": GOOD, "int8": GOOD}
    bundle = proven(tiny_bundle, proofs=with_int8, int8_sha256="0" * 64)
    assert plan_run(bundle, "cpu").precision == "int8"


def test_without_openvino_torch_runs_it_and_how_to_get_it_is_said(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "is_there", lambda: False)
    found = plan_run(proven(tiny_bundle, proofs={"bf16": GOOD}), "cpu")
    assert (found.backend, found.precision) == ("torch", "fp32")
    assert "pip install openvino" in found.hint


def test_a_model_that_sees_tiles_is_run_by_torch(tiny_bundle: Bundle) -> None:
    params = replace(tiny_bundle.card.preprocessing, tile=64)
    card = tiny_bundle.card.model_copy(update={"preprocessing": params})
    assert plan_run(replace(tiny_bundle, card=card), "cpu").backend == "torch"


# Devices


@pytest.mark.parametrize(
    ("capability", "built_for", "can"),
    [
        ((7, 5), ["sm_75", "sm_80"], True),
        ((8, 9), ["sm_80", "sm_86"], True),
        ((6, 1), ["sm_75", "sm_80", "sm_120", "compute_120"], False),  # Pascal
        ((7, 0), ["sm_75", "sm_80"], False),  # Volta
        ((9, 0), ["sm_80", "sm_86"], False),  # no code of another major number
        ((9, 0), ["sm_80", "compute_80"], True),  # compiled when it is loaded
        ((12, 1), ["sm_120"], True),
        ((10, 0), ["sm_90a", "compute_90a"], False),
        ((8, 0), ["sm_86"], False),
        ((8, 0), ["gfx90a"], False),
        ((8, 0), [], False),
    ],
)
def test_a_card_needs_kernels_in_this_torch(
    capability: tuple[int, int], built_for: list[str], can: bool
) -> None:
    assert has_kernels(capability, built_for) == can


def test_a_card_without_kernels_is_not_chosen_and_why_is_said(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(monkeypatch, OLD_CARD)
    assert [device.name for device in list_devices()] == ["cpu"]
    found = plan_run(tiny_bundle, "auto")
    assert found.device.name == "cpu"
    assert found.notes == (OLD_CARD.unusable,)
    with pytest.raises(DeviceError, match=r"capability 6\.1"):
        resolve_device("cuda:0")


def test_the_facts_of_a_card_are_asked_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", ["Tesla V100", "RTX 4090"].__getitem__)
    monkeypatch.setattr(torch.cuda, "get_device_capability", [(7, 0), (8, 9)].__getitem__)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_86"])
    old, new, _ = devices.find_devices()
    assert "Tesla V100 (compute capability 7.0) is not used" in old.unusable
    assert "sm_75, sm_86" in old.unusable
    assert not new.unusable


# What happens on the way


class Stub:
    """A network that answers the same everywhere, or fails after some slices."""

    def __init__(self, answer: float = 0.9, fails: Exception | None = None, after: int = 0) -> None:
        self.answer, self.fails, self.after, self.sizes = answer, fails, after, list[int]()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.fails is not None and sum(self.sizes) >= self.after:
            raise self.fails
        self.sizes.append(len(batch))
        return np.full((len(batch), 1, *batch.shape[2:]), self.answer, dtype=np.float32)


def scan(slices: int = 20) -> Scan:
    data = np.random.default_rng(0).gamma(2.0, 30.0, (1, slices, 40, 48)).astype(np.float32)
    return Scan(data, np.diag([-0.9, -0.9, 5.0, 1.0]), ("FLAIR",), Source("nifti", "scan"))


def run(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, networks: dict[str, Any], **options: Any
) -> tuple[list[Step], Segmentation]:
    """Segment with stubs, by name of the device; an exception is raised at opening."""

    def opened(bundle: Bundle, backend: str, device: str, *_: object, **__: object) -> Any:
        found = networks[device]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(runner, "open_network", opened)
    generator, steps = segment_steps(scan(), bundle, **options), []
    while True:
        try:
            steps.append(next(generator))
        except StopIteration as stop:
            return steps, stop.value


@pytest.mark.parametrize("after", [0, 8])
def test_a_card_that_vanishes_ends_in_the_cpu_with_a_note(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    here(monkeypatch, CARD)
    card, processor = Stub(fails=DeviceLost("CUDA error: unknown error"), after=after), Stub()
    _, result = run(tiny_bundle, monkeypatch, {"cuda:0": card, "cpu": processor})
    assert result.complete
    assert sum(card.sizes) == after
    assert sum(processor.sizes) == 20 - after
    assert result.device.startswith("CPU")
    assert any("CUDA · New is not used (CUDA error" in note for note in result.notes)


def test_a_card_that_cannot_be_opened_ends_in_the_cpu_too(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(monkeypatch, CARD)
    _, result = run(tiny_bundle, monkeypatch, {"cuda:0": DeviceLost("no device"), "cpu": Stub()})
    assert result.complete
    assert "no device" in result.notes[-1]


def test_what_openvino_cannot_run_torch_does(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(bundle: Bundle, backend: str, *_: object, **__: object) -> Stub:
        if backend == "openvino":
            raise Unsupported("its graph takes slices of one size only")
        return Stub()

    monkeypatch.setattr(runner, "open_network", opened)
    *_, last = segment_of(tiny_bundle)
    assert last.device == "CPU (PyTorch, fp32)"


@pytest.mark.skipif(not runtime.is_there(), reason="OpenVINO is not installed")
@pytest.mark.parametrize("after", [0, 8])
def test_what_openvino_opens_and_cannot_run_torch_goes_on_with(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    opens, goes_on = Stub(fails=Unsupported("no such convolution"), after=after), Stub()
    monkeypatch.setattr(
        runner,
        "open_network",
        lambda bundle, backend, *_, **__: opens if backend == "openvino" else goes_on,
    )
    *_, last = segment_of(tiny_bundle)
    assert last.complete
    assert sum(opens.sizes) == after
    assert last.device == "CPU (PyTorch, fp32)"
    assert "is not used (no such convolution): CPU (PyTorch, fp32) is instead." in last.notes[-1]


@pytest.mark.skipif(not runtime.is_there(), reason="OpenVINO is not installed")
def test_without_its_graph_in_int8_a_model_runs_in_floats_by_the_same_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def opened(
        bundle: Bundle, backend: str, device: str, precision: str, *_: Any, **__: Any
    ) -> Stub:
        if precision == "int8":
            raise Unsupported("the model has no graph in int8")
        return Stub()

    monkeypatch.setattr(runner, "open_network", opened)
    monkeypatch.setattr(runtime, "has_bf16", lambda: False)
    bundle = find_models().default
    planned = plan_run(bundle, "cpu")
    assert (planned.backend, planned.precision) == ("openvino", "int8")
    run = runner.Runner(bundle, planned)
    run.load()
    assert run.plan.backend == "openvino"
    assert run.plan.precision == "fp32"
    assert run.plan.sparing


def segment_of(bundle: Bundle) -> list[Any]:
    generator, found = segment_steps(scan(), bundle, device="cpu"), []
    while True:
        try:
            found.append(next(generator))
        except StopIteration as stop:
            return [*found, stop.value]


@pytest.mark.parametrize(("answer", "where"), [(0.895, "MPS"), (0.5, "CPU"), (np.nan, "CPU")])
def test_an_apple_gpu_is_used_where_it_answers_as_the_cpu_does(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, answer: float, where: str
) -> None:
    here(monkeypatch, APPLE)
    monkeypatch.setattr(runner, "_trusted", set())
    networks = {"mps": Stub(answer), "cpu": Stub()}
    _, result = run(tiny_bundle, monkeypatch, networks)
    assert result.complete
    assert result.device.startswith(where)
    assert any("differ from the CPU's" in note for note in result.notes) == (where == "CPU")


def test_too_little_memory_for_the_model_ends_in_the_cpu(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(monkeypatch, CARD)
    _, result = run(tiny_bundle, monkeypatch, {"cuda:0": OutOfMemory(), "cpu": Stub()})
    assert result.device.startswith("CPU")
    assert "too little free memory" in result.notes[-1]


# Seen while it runs


def test_the_slice_on_screen_comes_first_and_alone_then_outward(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, result = run(tiny_bundle, monkeypatch, {"cpu": Stub()}, device="cpu", first=5)
    assert [step.slices for step in steps[:4]] == [(), (), (5,), (4, 6, 3, 7, 2, 8, 1, 9)]
    assert result.slices == tuple(range(20))
    assert steps[-1].done == steps[-1].total == 20


def test_each_step_brings_the_mask_of_its_slices(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, result = run(tiny_bundle, monkeypatch, {"cpu": Stub()}, device="cpu", first=5)
    assert [step.ready for step in steps[:2]] == [False, True]
    assert steps[0].labels is steps[1].labels is None
    for step in steps[2:]:
        assert step.labels is not None
        assert step.labels.dtype == np.uint8
        turned = result.labels[:, ::1]
        assert step.labels.shape == (len(step.slices), *turned.shape[1:])
        assert (step.labels == 1).all()


def test_loading_and_running_are_told_apart(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, result = run(tiny_bundle, monkeypatch, {"cpu": Stub()}, device="cpu")
    assert 0 <= result.loading <= result.seconds
    assert result.precision == "fp32"
