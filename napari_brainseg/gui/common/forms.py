"""Forms: a dataclass says what is asked, magicgui makes a control of each field."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_type_hints

from magicgui.backends._qtpy.widgets import QBaseValueWidget
from magicgui.widgets import create_widget
from magicgui.widgets.bases import RangedWidget, ValueWidget
from psygnal import Signal

from napari_brainseg.gui.common.wheel import guard_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QWidget

__all__ = ["Form", "NativeControl"]

T = TypeVar("T")

TIP = "own tooltip"
"""A property of a widget of Qt: what its tooltip was when it was made."""


class Form(Generic[T]):
    """The controls of a dataclass, to be laid out as the panel needs them.

    The dataclass is frozen: what the user sets is a new object, which the core is called with.

    Parameters
    ----------
    values : dataclass
        What is shown at first; its type says what is asked. Options of magicgui stand in its
        annotations, e.g. ``Annotated[float, {"min": 0.1, "max": 100.0}]``.
    options : mapping of str to mapping, optional
        Options by field, for dataclasses of the core, which know nothing of controls.

    Signals
    -------
    changed : dataclass
        The user has set other values.

    Examples
    --------
    >>> form = Form(MaskRules(0.5), {"largest": {"max": 99}})  # doctest: +SKIP
    >>> layout.addRow("Keep largest", form.native("largest"))  # doctest: +SKIP
    >>> form.changed.connect(live.ask)  # doctest: +SKIP
    """

    changed = Signal(object)

    def __init__(self, values: T, options: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._kind = type(values)
        hints = get_type_hints(self._kind, include_extras=True)
        self._controls: dict[str, ValueWidget[Any]] = {}
        for field in fields(values):  # type: ignore[arg-type]
            hint, more = hints[field.name], (options or {}).get(field.name)
            control = create_widget(
                name=field.name,
                value=getattr(values, field.name),
                annotation=Annotated[hint, dict(more)] if more else hint,
            )
            assert isinstance(control, ValueWidget), f"{field.name} has no control with a value"
            guard_wheel(control.native)
            control.changed.connect(self._on_changed)
            self._controls[field.name] = control

    @property
    def values(self) -> T:
        """What is set now."""
        return self._kind(**{name: control.value for name, control in self._controls.items()})

    def show(self, values: T) -> None:
        """Show other values, told by no signal; what is just being typed is left alone."""
        for name, control in self._controls.items():
            value = _within(control, getattr(values, name))
            if control.value != value:
                with control.changed.blocked():
                    control.value = value

    def native(self, name: str) -> Any:
        """Return the widget of Qt for a field."""
        return self._controls[name].native

    def _on_changed(self) -> None:
        self.changed.emit(self.values)


class NativeControl(ValueWidget[Any]):
    """Makes a widget of Qt with ``value()``, ``setValue()`` and ``valueChanged`` one of magicgui.

    Parameters
    ----------
    native : type of QWidget
        Made with its parent.
    """

    def __init__(self, native: type[QWidget], **keywords: Any) -> None:
        keywords |= {"nullable": True, "backend_kwargs": {"native": native}}
        super().__init__(widget_type=_Native, **keywords)
        # magicgui has just taken the one away that the widget brought.
        self.tooltip = self.native.property(TIP)


class _Native(QBaseValueWidget):
    def __init__(self, native: type[QWidget], **keywords: Any) -> None:
        super().__init__(native, "value", "setValue", "valueChanged", **keywords)
        self._qwidget.setProperty(TIP, self._qwidget.toolTip())


def _within(control: ValueWidget[Any], value: Any) -> Any:
    """Bring a value into the range of its control, which refuses others."""
    if isinstance(control, RangedWidget):
        return min(max(value, control.min), control.max)
    return value
