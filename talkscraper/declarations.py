"""Declarations of formats and kinds: constants in the modules of a package, found without a list that names them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TypeVar

_T = TypeVar("_T")


def declared(package: str, kind: type[_T]) -> tuple[_T, ...]:
    """Return the module-level constants of type ``kind`` in a package, each once, in the order of the modules' names.

    A new module in the package is found by being there. Its imports run with those of every other module, so what is
    slow to import (lxml, pyarrow) belongs in the function that needs it.

    Args:
        package: The dotted name of the package.
        kind: The class of the declarations.
    """
    found: dict[int, _T] = {}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, kind):
                found.setdefault(id(value), value)
    return tuple(found.values())
