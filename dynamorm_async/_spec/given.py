"""Conditions and fields as a query is given them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dynamorm_async._expr.conditions import Condition, all_of
from dynamorm_async._expr.face import Expr, SizeExpr
from dynamorm_async._expr.fluent import condition_for
from dynamorm_async._expr.path import Path
from dynamorm_async._spec.bind import bind
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.origin import own_paths
from dynamorm_async._spec.paths import resolve_path
from dynamorm_async.errors import InvalidRequestError

__all__ = ["conditions_from", "path_from", "paths_from"]


def conditions_from(spec: ModelSpec, given: tuple[Any, ...], verb: str = "query") -> Condition | None:
    """The condition for what ``query`` and ``where`` take: conditions, or a name, an operator and a value.

    Raises:
        UnknownFieldError: The name is no field, or a condition is on a field of another model.
        InvalidOperatorError: The operator is none.
        InvalidRequestError: Something else than a condition, such as the bool of a mistaken comparison.
    """
    if not given:
        return None
    if isinstance(given[0], str):
        if len(given) not in (2, 3, 4):
            raise InvalidRequestError(
                f"{len(given)} values are no condition.",
                op=f"{spec.name}.{verb}",
                model=spec.name,
                hint=f"Compare a field, as in {spec.name}.{next(iter(spec.by_name))} == value, or give a name, an "
                "operator and a value.",
            )
        # Bound as well, since the value may be a field.
        given = (condition_for(_named(spec, given[0]), given[1], *given[2:]),)
    return bind(spec, all_of(*given), verb)


def _named(spec: ModelSpec, name: str) -> Expr[Any] | SizeExpr:
    """A field by name, or the size of one: ``"age"``, ``"home.city"``, ``"size(tags)"``."""
    if name.startswith("size(") and name.endswith(")"):
        return SizeExpr(resolve_path(spec, name[5:-1]))
    return Expr(resolve_path(spec, name))


def path_from(spec: ModelSpec, field: Expr[Any] | str, verb: str) -> Path:
    """The path of a field, given by its name or reached through the class.

    Raises:
        UnknownFieldError: The name is no field, or it is a field of another model.
        InvalidRequestError: It is neither.
    """
    return resolve_path(spec, field) if isinstance(field, str) else paths_from(spec, [field], verb)[0]


def paths_from(spec: ModelSpec, fields: Sequence[Expr[Any]], verb: str) -> tuple[Path, ...]:
    """The paths of fields that are reached through the class.

    Raises:
        UnknownFieldError: One is a field of another model.
        InvalidRequestError: There is none, or one of them is no field.
    """
    if not fields:
        raise InvalidRequestError(f"{verb}() needs at least one field.", op=f"{spec.name}.{verb}", model=spec.name)
    for field in fields:
        if not isinstance(field, Expr):
            raise InvalidRequestError(
                f"a field was expected, not {type(field).__name__}.",
                op=f"{spec.name}.{verb}",
                model=spec.name,
                hint=f"Write {verb}({spec.name}.{next(iter(spec.by_name))}, ...); an index is chosen by index().",
            )
    return own_paths(spec, [field._path for field in fields], verb)
