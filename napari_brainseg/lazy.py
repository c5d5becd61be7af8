"""Names of a package that are loaded when first used, so that importing it costs nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["lazy_exports"]


def lazy_exports(
    package: str, homes: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` for a package that only says what is public.

    Parameters
    ----------
    package : str
        Its name.
    homes : mapping of str to iterable of str
        Its public names, by the module of it that defines them. None may be called like one of
        its modules: importing the module would put the module in the name's place.

    Returns
    -------
    tuple of callable
        The two functions, to be called so in the package.

    Examples
    --------
    >>> __getattr__, __dir__ = lazy_exports("napari_brainseg", {"scan": ["Scan", "Source"]})
    >>> __getattr__("Scan").__module__
    'napari_brainseg.scan'
    """
    home = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home})

    return load, names
