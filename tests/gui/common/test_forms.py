"""Forms: a dataclass says what is asked, and what is set is such a dataclass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QDoubleSpinBox, QLineEdit

from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.forms import Form, NativeControl
from napari_brainseg.gui.panel.threshold_section import CONTROLS
from napari_brainseg.pipeline.postprocess import MaskRules


class Named(PopupCombo):
    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setToolTip("its own")
        self.offer([("one", 1), ("two", 2)])


@dataclass(frozen=True, slots=True)
class Asked:
    amount: Annotated[float, {"min": 0.0, "max": 10.0, "step": 0.5}] = 1.0
    on: Annotated[bool, {"text": "On", "tooltip": "from the field"}] = False
    name: str = ""
    choice: Annotated[Any, {"widget_type": NativeControl, "native": Named}] = 1


@pytest.fixture
def form(qtbot):
    form = Form(Asked())
    for name in ("amount", "on", "name", "choice"):
        qtbot.addWidget(form.native(name))
    return form


def test_each_field_has_the_control_of_its_type(form):
    kinds = {"amount": QDoubleSpinBox, "on": QCheckBox, "name": QLineEdit, "choice": Named}
    for name, kind in kinds.items():
        assert isinstance(form.native(name), kind)
    assert form.values == Asked()


def test_what_the_user_sets_is_told_as_a_new_object(form):
    told = []
    form.changed.connect(told.append)
    form.native("amount").setValue(2.5)
    form.native("choice").setCurrentIndex(1)
    assert told == [Asked(amount=2.5), Asked(amount=2.5, choice=2)]
    assert form.values == told[-1]


def test_what_is_shown_is_told_to_nobody(form):
    told = []
    form.changed.connect(told.append)
    wanted = Asked(3.0, True, "AB", 2)
    form.show(wanted)
    assert form.values == wanted
    assert not told


def test_values_beyond_the_range_of_a_control_are_shown_as_near_as_can_be(form):
    form.show(replace(Asked(), amount=99.0))
    assert form.values.amount == 10.0


def test_tooltips_come_from_the_field_or_from_the_widget_itself(form):
    assert form.native("on").toolTip() == "from the field"
    assert form.native("choice").toolTip() == "its own"


def test_no_control_takes_the_focus_by_the_wheel(form):
    for name in ("amount", "choice"):
        policy = form.native(name).focusPolicy()
        assert policy & Qt.FocusPolicy.WheelFocus != Qt.FocusPolicy.WheelFocus


def test_the_rules_of_the_core_are_the_form_of_the_panel(qtbot):
    rules = MaskRules(0.37, smooth=1.5, fill_holes=True, largest=3, minimum=50.0)
    form = Form(MaskRules(0.5), CONTROLS)
    for name in CONTROLS:
        qtbot.addWidget(form.native(name))
    form.show(rules)
    assert form.values == rules
