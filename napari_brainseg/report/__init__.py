"""Reports of one page: what a mask amounts to, to read, print and keep with the patient's papers.

:func:`make_page` puts together what is known of a mask, :func:`render` writes it as HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.report.folder import FolderReport, report_folder
    from napari_brainseg.report.html import render
    from napari_brainseg.report.page import ReportPage, make_page

__all__ = ["FolderReport", "ReportPage", "make_page", "render", "report_folder"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "folder": ["FolderReport", "report_folder"],
        "page": ["ReportPage", "make_page"],
        "html": ["render"],
    },
)
