"""Graphs that run a model without torch, and what the faster ways of running it do to its masks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from brainseg_train.errors import DataError
from brainseg_train.evaluate.masks import class_overlaps, mask_bits
from brainseg_train.train.export import replace_card
from napari_brainseg.io.atomic import replacing
from napari_brainseg.models.bundle import Bundle, load_network, read_weights
from napari_brainseg.models.card import Proof, RuntimeRecord
from napari_brainseg.models.graph import GRAPH_NAME, INT8_GRAPH_NAME, pack_graph
from napari_brainseg.pipeline.backends.convert import convert, graph_of_model
from napari_brainseg.pipeline.backends.doubling import MOST_IN_INT8, convolve_before_doubling
from napari_brainseg.pipeline.backends.opened import open_network
from napari_brainseg.pipeline.backends.openvino_runtime import model_of
from napari_brainseg.pipeline.head import find_head
from napari_brainseg.pipeline.plan import REFERENCE, WAYS, has_way
from napari_brainseg.pipeline.predict import predict_slices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from brainseg_train.data.case import Case
    from brainseg_train.data.labels import ClassTable
    from napari_brainseg.models.graph import Graph
    from napari_brainseg.pipeline.head import Head
    from napari_brainseg.pipeline.plan import RunWay
    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["add_graph", "add_int8_graph", "prove"]

CALIBRATION = 12
"""Slices of each patient that int8 is calibrated on, most of them with a lesion. With 3 of each of
89 patients, five of them from elsewhere, these five lost 0.005 in Dice; with 12 of each of 21, the
five among them, 0.001."""


def add_graph(bundle: Bundle) -> Bundle:
    """Write a model's graph into its folder, and name it on the card; proofs of before are dropped.

    Raises
    ------
    Unsupported
        If OpenVINO cannot run the model.
    """
    card = bundle.card
    weights = read_weights(bundle)
    channels = card.preprocessing.in_channels
    graph = convert(load_network(bundle), channels, weights, card.weights_sha256)
    return _with_runtime(bundle, RuntimeRecord(graph_sha256=_write(bundle, GRAPH_NAME, graph)))


def add_int8_graph(bundle: Bundle, cases: Sequence[Case]) -> Bundle:
    """Write a graph in 8-bit integers, calibrated on slices of patients, beside that of the floats.

    Raises
    ------
    DataError
        If NNCF, which makes it, is not installed.
    """
    if find_spec("nncf") is None:
        raise DataError("A graph in int8 needs NNCF: pip install nncf")
    import nncf
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

    card, weights = bundle.card, read_weights(bundle)
    channels = card.preprocessing.in_channels
    graph = convert(load_network(bundle), channels, weights, card.weights_sha256)
    model = model_of(graph, weights)
    convolve_before_doubling(model, most=MOST_IN_INT8)
    slices = list(_calibration(bundle, cases))
    # Sums of 8-bit products overflow on processors without VNNI, unless weights take 7 bits.
    seven_bits = AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE)
    quantised = nncf.quantize(
        model,
        nncf.Dataset(slices),
        subset_size=len(slices),
        preset=nncf.QuantizationPreset.MIXED,
        advanced_parameters=seven_bits,
    )
    made = graph_of_model(quantised, weights, card.weights_sha256, half=True)
    digest = _write(bundle, INT8_GRAPH_NAME, made)
    return _with_runtime(bundle, card.runtime.model_copy(update={"int8_sha256": digest}))


def prove(
    bundle: Bundle, cases: Sequence[Case], measured_on: str, report: Callable[[int], None]
) -> Bundle:
    """Measure each faster way against the network whole and in float32, and write it on the card.

    A way that this machine cannot run is not measured: its proof would be of another one.

    Parameters
    ----------
    bundle : Bundle
        With its graphs.
    cases : sequence of Case
        Patients with reference masks.
    measured_on : str
        Who they are, for the card.
    report : callable
        Called with the number of patients done.
    """
    ways = {name: way for name, way in WAYS.items() if _concerns(way, bundle)}
    changes: dict[str, list[float]] = {name: [] for name in ways}
    for done, case in enumerate(cases, start=1):
        view = _view(bundle, case)
        whole = _dice(bundle, view, REFERENCE)
        for name, way in ways.items():
            changes[name].append(_dice(bundle, view, way) - whole)
        report(done)
    proofs = {name: _proof(np.array(change)) for name, change in changes.items()}
    update = {"proofs": proofs, "measured_on": measured_on}
    return _with_runtime(bundle, bundle.card.runtime.model_copy(update=update))


def _concerns(way: RunWay, bundle: Bundle) -> bool:
    if way.sparing and bundle.card.members == 1:
        return False
    return has_way(way, bundle, "openvino")


def _proof(changes: NDArray[np.float64]) -> Proof:
    worst = changes[np.abs(changes).argmax()]
    return Proof(
        patients=len(changes),
        mean_change=round(float(changes.mean()), 5),
        worst_change=round(float(worst), 5),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A patient as the network sees it, and the reference mask (Z, Y, X)."""

    prepared: PreparedSlices
    head: Head
    reference: NDArray[Any]
    table: ClassTable


def _view(bundle: Bundle, case: Case) -> _View:
    from napari_brainseg.pipeline.prepare import prepare_scan

    scan, reference = case.read()
    prepared = prepare_scan(scan, bundle.card.preprocessing, bundle.card.plane)
    return _View(prepared, find_head(prepared), reference, case.table)


def _dice(bundle: Bundle, view: _View, way: RunWay) -> float:
    card, prepared = bundle.card, view.prepared
    network = open_network(bundle, "openvino", precision=way.precision, sparing=way.sparing)
    wanted = np.flatnonzero(view.head.filled).tolist() if way.head_only else range(len(prepared))
    head = view.head if way.head_only else None
    stack = np.zeros((len(card.classes), *prepared.geometry.shape), dtype=np.float32)
    for batch, found in predict_slices(network, prepared, wanted, flip=card.flip, head=head):
        stack[:, list(batch)] = found.swapaxes(0, 1)
    probabilities = prepared.geometry.frame.invert(stack)
    found = probabilities[0] if len(card.classes) == 1 else probabilities
    mask = mask_bits(found, card.threshold, card.keep_fraction, view.table)
    return fmean(each.dice for each in class_overlaps(mask, view.reference, view.table))


def _calibration(bundle: Bundle, cases: Sequence[Case]) -> Iterator[NDArray[np.float32]]:
    random = np.random.default_rng(0)
    for case in cases:
        view = _view(bundle, case)
        filled = np.flatnonzero(view.head.filled)
        reference = view.prepared.geometry.frame.apply(view.reference)
        marked = [index for index in filled if reference[index].any()]
        lesion = random.permutation(marked)[: CALIBRATION - 1]
        others = random.permutation(filled)[: CALIBRATION - len(lesion)]
        for index in (*lesion, *others):
            yield view.prepared.batch([int(index)])[..., *view.head.boxes[index]]


def _write(bundle: Bundle, name: str, graph: Graph) -> str:
    content = pack_graph(graph)
    with replacing(bundle.path / name, name) as place:
        place.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _with_runtime(bundle: Bundle, runtime: RuntimeRecord) -> Bundle:
    return replace_card(bundle, bundle.card.model_copy(update={"runtime": runtime}))
