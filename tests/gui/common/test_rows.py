"""Rows keep to one line where there is room, and take more where there is not."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QLabel, QPushButton, QWidget

from napari_brainseg.gui.common.rows import SPACING, row_of, shared


class Block(QPushButton):
    """A button of a known size."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.setMinimumWidth(width)
        self.setFixedHeight(20)


@pytest.fixture
def laid_out(qtbot):
    holders = []

    def lay(width: int, *widgets: QWidget, **options) -> QWidget:
        holder = QWidget()
        qtbot.addWidget(holder)
        row = row_of(*widgets, **options)
        holder.setLayout(row)
        holder.resize(width, row.heightForWidth(width))
        holder.show()
        holders.append(holder)
        return holder

    return lay


def test_one_line_fills_the_width(laid_out):
    blocks = [Block(50), Block(120), Block(60)]
    holder = laid_out(400, *blocks)
    assert holder.height() == 20
    assert {block.y() for block in blocks} == {0}
    assert [block.width() for block in blocks] == [130, 131, 131]
    assert blocks[-1].geometry().right() == 399


def test_what_has_no_room_stands_below(laid_out):
    blocks = [Block(50), Block(120), Block(60)]
    holder = laid_out(50 + SPACING + 120, *blocks)
    assert [block.y() for block in blocks] == [0, 0, 20 + SPACING]
    assert holder.layout().minimumSize().width() == 120
    holder.resize(120, holder.layout().heightForWidth(120))
    assert [block.y() for block in blocks] == [0, 20 + SPACING, 2 * (20 + SPACING)]
    assert all(block.geometry().right() < 120 for block in blocks)


def test_a_label_stays_with_what_it_is_of(laid_out):
    first, label, last = Block(100), QLabel("below"), Block(60)
    needed = label.minimumSizeHint().width() + SPACING + 60
    laid_out(100 + SPACING + needed - 1, first, label, last)
    assert label.y() > first.geometry().bottom()
    assert last.y() > first.geometry().bottom()


def test_the_stretch_takes_what_is_left(laid_out):
    blocks = [Block(50), Block(60)]
    laid_out(300, *blocks, stretch=(1,))
    assert [block.width() for block in blocks] == [300 - 60 - SPACING, 60]


def test_what_is_hidden_takes_no_room(laid_out):
    blocks = [Block(100), Block(100), Block(100)]
    blocks[1].hide()
    laid_out(200 + SPACING, *blocks)
    assert blocks[2].x() == 100 + SPACING
    assert blocks[2].y() == 0


@pytest.mark.parametrize(
    ("room", "least", "most", "expected"),
    [
        (90, (10, 10, 10), (99, 99, 99), [30, 30, 30]),
        (91, (10, 10, 10), (99, 99, 99), [30, 30, 31]),
        (100, (10, 70), (99, 99), [30, 70]),
        (100, (10, 10), (20, 99), [20, 80]),
        (100, (10, 10), (20, 20), [20, 20]),
    ],
)
def test_sharing(room, least, most, expected):
    assert shared(room, least, most) == expected
