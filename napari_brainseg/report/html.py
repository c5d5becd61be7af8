"""A page as HTML: one file, pictures in it, no script; every text from a file is escaped."""

from __future__ import annotations

from base64 import b64encode
from importlib.resources import files
from typing import TYPE_CHECKING

from napari_brainseg import __version__
from napari_brainseg.language import current_language, tr
from napari_brainseg.report.page import DISCLAIMER

if TYPE_CHECKING:
    from napari_brainseg.report.page import ReportPage

__all__ = ["render"]


def render(page: ReportPage) -> str:
    """Return a page as an HTML document that stands alone, on screen and in print (A4)."""
    from jinja2 import Environment, StrictUndefined

    engine = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    engine.filters["base64"] = lambda png: b64encode(png).decode("ascii")
    source = files("napari_brainseg.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    return engine.from_string(source).render(
        page=page,
        language=current_language(),
        disclaimer=tr(DISCLAIMER),
        software=f"napari-brainseg {__version__}",
    )
