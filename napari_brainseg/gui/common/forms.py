"""Forms: a dataclass says what is asked, magicgui makes a control of each field."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_args, get_type_hints

from magicgui.widgets import create_widget
from magicgui.widgets.bases import RangedWidget, ValueWidget
from psygnal import Signal

from napari_brainseg.gui.common.decimals import take_both_signs
from napari_brainseg.gui.common.wheel import guard_wheel
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QWidget

__all__ = ["Form", "NativeControl"]

T = TypeVar("T")


class Form(Generic[T]):
    """The controls of a dataclass, to be laid out as the panel needs them.

    The dataclass is frozen: what the user sets is a new object, which the core is called with.

    Parameters
    ----------
    values : dataclass
        What is shown at first; its type says what is asked. Options of magicgui stand in its
        annotations, e.g. ``Annotated[float, {"min": 0.1, "max": 100.0}]``; texts among them are
        English, and shown in the language in use.
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
        self._controls: dict[str, ValueWidget[Any] | NativeControl] = {}
        for field in fields(values):  # type: ignore[arg-type]
            kind, *given = get_args(hints[field.name]) or (hints[field.name],)
            asked = {key: each for said in given for key, each in said.items()}
            asked |= (options or {}).get(field.name, {})
            control = _control(field.name, getattr(values, field.name), kind, _shown(asked))
            guard_wheel(control.native)
            take_both_signs(control.native)
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


class NativeControl:
    """Makes a control of a widget of Qt that has ``value()``, ``setValue()`` and ``valueChanged``.

    Parameters
    ----------
    native : type of QWidget
        Made without a parent.
    value : object
        Shown at first.

    Signals
    -------
    changed : object
        It shows another value.
    """

    changed = Signal(object)

    native: Any
    """The widget."""

    def __init__(self, native: type[QWidget], value: Any) -> None:
        self.native = native()
        self.value = value
        self.native.valueChanged.connect(self._on_changed)

    @property
    def value(self) -> Any:
        """What is shown."""
        return self.native.value()

    @value.setter
    def value(self, value: Any) -> None:
        self.native.setValue(value)

    def _on_changed(self) -> None:
        self.changed.emit(self.value)


def _shown(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of magicgui with their texts in the language in use."""
    shown = {key: tr(each) if key in ("text", "tooltip") else each for key, each in options.items()}
    if "choices" in shown:
        pairs = (each if isinstance(each, tuple) else (each, each) for each in shown["choices"])
        shown["choices"] = [(tr(text), value) for text, value in pairs]
    return shown


def _control(
    name: str, value: Any, kind: Any, options: dict[str, Any]
) -> ValueWidget[Any] | NativeControl:
    """Make the control of a field."""
    if options.get("widget_type") is NativeControl:
        return NativeControl(options["native"], value)
    control = create_widget(name=name, value=value, annotation=Annotated[kind, options])
    assert isinstance(control, ValueWidget), f"{name} has no control with a value"
    return control


def _within(control: ValueWidget[Any] | NativeControl, value: Any) -> Any:
    """Bring a value into the range of its control, which refuses others."""
    if isinstance(control, RangedWidget):
        return min(max(value, control.min), control.max)
    return value
