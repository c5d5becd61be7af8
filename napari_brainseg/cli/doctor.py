"""``brainseg doctor``."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from napari_brainseg.cli.printing import PlainConsole

__all__ = ["doctor"]


def doctor() -> None:
    """Show what runs on this computer and what does not, and why, to paste into a report."""
    from napari_brainseg.doctor import State, examine

    styles = {State.OK: "green", State.NOTE: "yellow", State.PROBLEM: "bold red"}
    table = Table("", "subject", "found", "what to do", box=None)
    findings = examine()
    for each in findings:
        state = Text(each.state.value, style=styles[each.state])
        table.add_row(state, each.subject, Text(each.found), Text(each.remedy))
    PlainConsole().print(table)
    if any(each.state is State.PROBLEM for each in findings):
        raise typer.Exit(1)
