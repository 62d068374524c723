"""Models from the modules that a command line names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from dynamorm_async import AnyModel, ConfigurationError, Model
from dynamorm_async._spec.fields import ModelSpec

__all__ = ["load", "models_in", "public"]


def load(names: Iterable[str]) -> list[ModuleType]:
    """Import modules as from the current folder, where Python itself would look if it were started there.

    Raises:
        ConfigurationError: There is no such module; the message says what to give instead of a file.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return [_module(name) for name in names]


def _module(name: str) -> ModuleType:
    if name.endswith(".py") or "/" in name:
        dotted = ".".join(Path(name).with_suffix("").parts)
        raise ConfigurationError(f"{name!r} is a file.", hint=f"Give the module's name: dynamorm shell {dotted}")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and something that it needs is not
        raise ConfigurationError(
            f"there is no module {name!r}.", hint="Run the shell in the folder that the module is imported from."
        ) from error


def public(module: ModuleType) -> dict[str, Any]:
    """What ``from module import *`` would give."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name in vars(module) if not name.startswith("_")]
    return {name: getattr(module, name) for name in names}


def models_in(names: Iterable[object]) -> list[type[AnyModel]]:
    """The models among these that can be read and written, each once."""
    return list(dict.fromkeys(one for one in names if _is_model(one)))


def _is_model(one: object) -> TypeGuard[type[AnyModel]]:
    return isinstance(one, type) and issubclass(one, Model) and isinstance(one.__dynamorm_spec__, ModelSpec)
