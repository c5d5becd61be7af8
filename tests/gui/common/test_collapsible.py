"""A part of the panel that collapses gives what is in it all the height that it needs."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from napari_brainseg.gui.common.collapsible import collapsible

pytestmark = pytest.mark.gui


def test_texts_that_wrap_are_whole_also_those_that_come_later(qtbot):
    first, later = QLabel("word " * 60), QLabel()
    content, inner, area = QWidget(), QWidget(), QScrollArea()
    texts, column = QVBoxLayout(content), QVBoxLayout(inner)
    for label in (first, later):
        label.setWordWrap(True)
        texts.addWidget(label)
    fold = collapsible("title", content)
    column.addWidget(fold)
    column.addStretch()
    area.setWidgetResizable(True)
    area.setWidget(inner)
    area.resize(250, 200)
    qtbot.addWidget(area)
    area.show()
    fold.expand(animate=False)
    later.setText("word " * 90)

    def are_whole() -> bool:
        return all(each.height() >= each.heightForWidth(each.width()) for each in (first, later))

    qtbot.waitUntil(are_whole)
    fold.collapse(animate=False)
    qtbot.waitUntil(lambda: fold.height() < 60)
