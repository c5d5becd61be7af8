"""Options that several commands share: each is written once, as a field of a dataclass."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["taking"]


def taking(**groups: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hand a command the options of dataclasses, which it receives as instances.

    Parameters
    ----------
    **groups : type
        Dataclasses by the name of the command's parameter; each field is annotated with its
        ``typer.Option``, and has a default.

    Examples
    --------
    >>> @taking(place=Places)
    ... def fit(folder: Folder, *, place: Places) -> None:
    ...     print(place.models)
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters.values()
        kept = [each for each in own if each.name not in groups]
        added = [each for group in groups.values() for each in _parameters(group)]

        def called(**given: Any) -> None:
            made = {
                name: group(**{each.name: given.pop(each.name) for each in fields(group)})
                for name, group in groups.items()
            }
            command(**given, **made)

        called.__name__, called.__doc__ = command.__name__, command.__doc__
        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*kept, *added)]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return decorate


def _parameters(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    found = []
    for each in fields(group):
        if each.default is MISSING:
            raise TypeError(f"the option {each.name} has no default")
        found.append(
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=each.default,
                annotation=hints[each.name],
            )
        )
    return found
