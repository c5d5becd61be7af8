"""Opening scans and saving masks.

:func:`read_scan` is the one way in, :func:`write_mask` the one way out. To add a format, see
:mod:`napari_brainseg.io.formats`.

A name is loaded from its module when it is first used: importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.io.atomic import filling, replacing
    from napari_brainseg.io.contours import write_contours
    from napari_brainseg.io.dicom.sniff import is_seg
    from napari_brainseg.io.discover import FoundScan, case_in, find_scans
    from napari_brainseg.io.files import natural_key
    from napari_brainseg.io.formats import MASK_SUFFIXES, scan_name
    from napari_brainseg.io.guards import check_memory
    from napari_brainseg.io.laying import laid_on, lies_on
    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.io.mask_pictures import write_mask_pictures
    from napari_brainseg.io.masks import (
        FileMask,
        has_color_table,
        is_named_mask,
        is_segmentation,
        read_mask,
        read_mask_info,
        read_mask_on,
        read_masks,
    )
    from napari_brainseg.io.open import can_read, list_series, read_scan, read_series
    from napari_brainseg.io.overlapping import write_overlapping
    from napari_brainseg.io.save import (
        carries_identity,
        check_mask_format,
        default_mask_path,
        keep_mask,
        nifti_instead,
        why_no_seg,
        write_image,
        write_mask,
    )
    from napari_brainseg.io.sequences import guess_sequence, split_sequence
    from napari_brainseg.io.studies import cases_of_studies, of_one_case, study_below
    from napari_brainseg.io.volumes import (
        COLOUR_NOTE,
        MM_PER_UNIT,
        Reading,
        check_channels,
        finite,
    )

__all__ = [
    "COLOUR_NOTE",
    "MASK_SUFFIXES",
    "MM_PER_UNIT",
    "FileMask",
    "FoundScan",
    "MaskInfo",
    "Reading",
    "can_read",
    "carries_identity",
    "case_in",
    "cases_of_studies",
    "check_channels",
    "check_mask_format",
    "check_memory",
    "default_mask_path",
    "filling",
    "find_scans",
    "finite",
    "guess_sequence",
    "has_color_table",
    "is_named_mask",
    "is_seg",
    "is_segmentation",
    "keep_mask",
    "laid_on",
    "lies_on",
    "list_series",
    "natural_key",
    "nifti_instead",
    "of_one_case",
    "read_mask",
    "read_mask_info",
    "read_mask_on",
    "read_masks",
    "read_scan",
    "read_series",
    "replacing",
    "scan_name",
    "split_sequence",
    "study_below",
    "why_no_seg",
    "write_contours",
    "write_image",
    "write_mask",
    "write_mask_pictures",
    "write_overlapping",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "atomic": ["filling", "replacing"],
        "contours": ["write_contours"],
        "dicom.sniff": ["is_seg"],
        "discover": ["FoundScan", "case_in", "find_scans"],
        "studies": ["cases_of_studies", "of_one_case", "study_below"],
        "files": ["natural_key"],
        "formats": ["MASK_SUFFIXES", "scan_name"],
        "guards": ["check_memory"],
        "mask_info": ["MaskInfo"],
        "mask_pictures": ["write_mask_pictures"],
        "laying": ["laid_on", "lies_on"],
        "masks": [
            "FileMask",
            "has_color_table",
            "is_named_mask",
            "is_segmentation",
            "read_mask",
            "read_mask_info",
            "read_mask_on",
            "read_masks",
        ],
        "open": ["can_read", "list_series", "read_scan", "read_series"],
        "overlapping": ["write_overlapping"],
        "save": [
            "carries_identity",
            "check_mask_format",
            "default_mask_path",
            "keep_mask",
            "nifti_instead",
            "why_no_seg",
            "write_image",
            "write_mask",
        ],
        "sequences": ["guess_sequence", "split_sequence"],
        "volumes": ["COLOUR_NOTE", "MM_PER_UNIT", "Reading", "check_channels", "finite"],
    },
)
