"""The main path: a scan in, a mask on its grid out.

:func:`~napari_brainseg.pipeline.segment.segment_steps` walks it:

===========  ================================================  ====================================
channels     which image feeds which input role                guess_channels → ChannelMap
assemble     those images on the grid of the scan              assemble_channels → Scan
prepare      the scan as network input, and the way back       prepare_scan → PreparedSlices
feed         all of these at once, measured once a scan        feed_of → Feed
plan         device, library and precision, decided ahead      plan_run → RunPlan
runner       the plan run to its end, over the backends        Runner
predict      probabilities, batch by batch                     predict_slices
postprocess  probabilities to labels                           mark, label_map
segment      all of it, with progress, cancel and notes        segment_scan → Segmentation
===========  ================================================  ====================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.pipeline.assemble import assemble_channels, place_channels
    from napari_brainseg.pipeline.channels import (
        Channel,
        ChannelMap,
        accompanies,
        channels_of,
        guess_channels,
    )
    from napari_brainseg.pipeline.devices import Device, list_devices, resolve_device
    from napari_brainseg.pipeline.plan import RunPlan, plan_run
    from napari_brainseg.pipeline.postprocess import (
        MaskRules,
        calibrated,
        label_map,
        mark,
        strongest,
    )
    from napari_brainseg.pipeline.predict import predict_slices
    from napari_brainseg.pipeline.prepare import PreparedSlices, SliceGeometry, prepare_scan
    from napari_brainseg.pipeline.segment import Segmentation, Step, segment_scan, segment_steps

__all__ = [
    "Channel",
    "ChannelMap",
    "Device",
    "MaskRules",
    "PreparedSlices",
    "RunPlan",
    "Segmentation",
    "SliceGeometry",
    "Step",
    "accompanies",
    "assemble_channels",
    "calibrated",
    "channels_of",
    "guess_channels",
    "label_map",
    "list_devices",
    "mark",
    "place_channels",
    "plan_run",
    "predict_slices",
    "prepare_scan",
    "resolve_device",
    "segment_scan",
    "segment_steps",
    "strongest",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "assemble": ["assemble_channels", "place_channels"],
        "channels": ["Channel", "ChannelMap", "accompanies", "channels_of", "guess_channels"],
        "devices": ["Device", "list_devices", "resolve_device"],
        "plan": ["RunPlan", "plan_run"],
        "postprocess": ["MaskRules", "calibrated", "label_map", "mark", "strongest"],
        "predict": ["predict_slices"],
        "prepare": ["PreparedSlices", "SliceGeometry", "prepare_scan"],
        "segment": ["Segmentation", "Step", "segment_scan", "segment_steps"],
    },
)
