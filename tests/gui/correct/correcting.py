"""Using the correction tools of a panel, as its buttons do."""

from __future__ import annotations

import numpy as np

__all__ = ["is_one_step", "lock", "settle", "use"]


def use(bench, name: str, whole: bool | None = None) -> None:
    """Use a tool on this slice or all, and wait for what it does."""
    section = bench.section
    if whole is not None:
        (section.all if whole else section.one).setChecked(True)
    section.use(name)
    if not section.click.waiting and not section.drawing.waiting:
        settle(bench)


def settle(bench) -> None:
    """Wait until no tool is at work."""
    section = bench.section
    bench.qtbot.waitUntil(
        lambda: not section.rerun.run.running and not section.runner.busy, timeout=20_000
    )


def is_one_step(bench, before: np.ndarray) -> None:
    """Undo takes it all back, redo brings it all again."""
    after = bench.mask.data.copy()
    assert not np.array_equal(after, before)
    bench.mask.undo()
    np.testing.assert_array_equal(bench.mask.data, before)
    bench.mask.redo()
    np.testing.assert_array_equal(bench.mask.data, after)


def lock(section, label: int, on: bool = True) -> None:
    """Lock a label, or no longer."""
    section.protection.locks._offer({label: ""})
    section.protection.locks._entries[label].setChecked(on)
