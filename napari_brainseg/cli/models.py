"""``brainseg models``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from napari_brainseg.cli.printing import say
from napari_brainseg.text import printable

__all__ = ["models"]


def models() -> None:
    """List the models found, and the folders that could not be used."""
    from napari_brainseg.models.catalog import find_models

    catalog = find_models()
    table = Table("model", "what it is", "trained on")
    for name, bundle in catalog.bundles.items():
        said = (name, bundle.card.summary, bundle.card.trained_on)
        table.add_row(*(Text(printable(text)) for text in said))
    Console().print(table)
    for problem in catalog.problems:
        say(problem)
