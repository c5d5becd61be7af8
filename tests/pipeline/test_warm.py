"""A model is made ready ahead, and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from napari_brainseg.errors import DeviceError
from napari_brainseg.pipeline import runner, warm
from napari_brainseg.pipeline.warm import estimate_of, warm_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle


class Slow:
    """Notes the batches that it is given."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.shapes.append(batch.shape)
        return batch[:, :1]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "_known", {})


def test_it_is_opened_once_and_what_a_run_takes_is_known(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    network = Slow()
    monkeypatch.setattr(
        runner, "open_network", lambda *args, **_: (opened.append(args), network)[1]
    )
    assert estimate_of(tiny_bundle, "cpu") is None
    estimate = warm_up(tiny_bundle, "cpu")
    assert warm_up(tiny_bundle, "cpu") is estimate_of(tiny_bundle, "cpu") is estimate
    assert len(opened) == 1
    assert network.shapes == [(warm.TRIED, 3, 64, 64)] * 2
    assert estimate.loading >= 0
    assert estimate.seconds(10) == pytest.approx(10 * estimate.per_slice)
    assert estimate.plan.device.name == "cpu"


def test_a_device_that_is_not_there_is_said(tiny_bundle: Bundle) -> None:
    with pytest.raises(DeviceError, match="abacus"):
        warm_up(tiny_bundle, "abacus")
