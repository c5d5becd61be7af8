"""Which correction tools can be used, and why the others cannot: no viewer, no Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_brainseg.gui.domain.shortcuts import TOOLS
from napari_brainseg.gui.domain.tool_needs import Bench, why_not

BY_NAME = {tool.name: tool for tool in TOOLS}
FULL = Bench("mask", slices=9, has_other=True, has_scan=True)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_with_all_there_is_every_tool_can_be_used(tool):
    assert why_not(tool, FULL) == ""


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_without_a_mask_only_the_scope_and_the_keys_are_left(tool):
    assert (why_not(tool, Bench()) == "") == (tool.name in ("mode", "keys"))


@pytest.mark.parametrize(
    ("bench", "reason"),
    [
        (Bench(), "There is no mask yet"),
        (replace(FULL, is_plain=False), "mask is not a mask of 2 or 3 dimensions"),
        (replace(FULL, is_editable=False), "mask is not editable."),
        (replace(FULL, label=0), "The background is selected"),
        (replace(FULL, label=2, locked=frozenset({2})), "Label 2 is locked"),
    ],
)
def test_the_reason_is_the_first_that_hinders(bench, reason):
    assert why_not(BY_NAME["grow"], bench).startswith(reason)


@pytest.mark.parametrize("name", ["previous", "interpolate", "next"])
def test_tools_across_slices_need_several(name):
    assert why_not(BY_NAME[name], replace(FULL, slices=1)) == "mask has only one slice."


@pytest.mark.parametrize("name", ["add", "subtract", "intersect"])
def test_combining_needs_another_mask(name):
    assert "no other mask" in why_not(BY_NAME[name], replace(FULL, has_other=False))


@pytest.mark.parametrize("name", ["brush", "pick"])
def test_the_range_needs_a_scan(name):
    assert "no scan" in why_not(BY_NAME[name], replace(FULL, has_scan=False))
    assert why_not(BY_NAME["grow"], replace(FULL, has_scan=False)) == ""
