"""Whether a type can be stored at all: what needs only the annotation is checked while the class is made."""

from __future__ import annotations

import types
from typing import Any, ForwardRef, TypeVar, Union, get_args, get_origin

from dynamorm_async.errors import ModelDefinitionError

__all__ = ["check_type"]


def check_type(kind: Any, label: str, model: str, owner: type[Any]) -> None:
    """Refuse what can never be stored.

    Raises:
        ModelDefinitionError: A recursive type, an unresolved name, a map with other than text keys.
    """
    problem = _problem(kind, owner)
    if problem:
        raise ModelDefinitionError(f"{label}: {problem[0]}", model=model, hint=problem[1])


def _problem(kind: Any, owner: type[Any]) -> tuple[str, str] | None:
    if kind is owner:
        return (
            f"{owner.__name__} contains itself.",
            "DynamoDB nests 32 levels at most: store the children as items of their own and refer to them by key.",
        )
    if isinstance(kind, (str, ForwardRef)):
        return ("its type refers to a name that is not defined yet.", "Define that class above this one.")
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict and arguments and arguments[0] is not str:
        return ("a stored map has text keys only.", "Annotate it as dict[str, ...] and convert the keys.")
    if origin in (Union, types.UnionType, list, dict, set, frozenset, tuple):
        for argument in arguments:
            if argument is not Ellipsis and (found := _problem(argument, owner)):
                return found
    return (
        None if not isinstance(kind, TypeVar) else ("its type is a free type variable.", "Subclass with a real type.")
    )
