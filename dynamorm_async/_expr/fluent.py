"""``where("age", ">", 18)``: operators by name, checked when the condition is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.face import Expr
from dynamorm_async.errors import InvalidOperatorError, InvalidRequestError
from dynamorm_async.types import UNSET

__all__ = ["OPERATORS", "condition_for"]


def _between(field: Expr[Any], value: Any) -> Condition:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise InvalidRequestError("between takes two values.", hint="Write where(name, 'between', (low, high)).")
    return field.between(value[0], value[1])


OPERATORS: dict[str, Callable[[Expr[Any], Any], Condition]] = {
    "=": lambda field, value: field == value,
    "!=": lambda field, value: field != value,
    "<": lambda field, value: field < value,
    "<=": lambda field, value: field <= value,
    ">": lambda field, value: field > value,
    ">=": lambda field, value: field >= value,
    "between": _between,
    "in": lambda field, value: field.in_(value),
    "begins_with": lambda field, value: field.begins_with(value),
    "contains": lambda field, value: field.contains(value),
    "not_contains": lambda field, value: ~field.contains(value),
    "attribute_type": lambda field, value: field.has_type(value),
    "exists": lambda field, _: field.exists(),
    "not_exists": lambda field, _: field.not_exists(),
}
_ALIASES = {
    "==": "=",
    "eq": "=",
    "<>": "!=",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "lte": "<=",
    "gt": ">",
    "ge": ">=",
    "gte": ">=",
    "attribute_exists": "exists",
    "attribute_not_exists": "not_exists",
}
_WITHOUT_VALUE = ("exists", "not_exists")


def condition_for(field: Expr[Any], operator: str, value: Any) -> Condition:
    """The condition ``field operator value``. Operators are case-insensitive; ``exists`` and ``not_exists`` take no value.

    Raises:
        InvalidOperatorError: DynamoDB has no such operator, or its value is missing or too many.
    """
    if not isinstance(operator, str):
        raise InvalidOperatorError(f"an operator is a text, not {type(operator).__name__}.", hint=_legal())
    key = operator.strip().lower()
    key = _ALIASES.get(key, key)
    build = OPERATORS.get(key)
    label = field._path.slot.label
    if build is None:
        raise InvalidOperatorError(f"{label}: there is no such operator.", hint=_legal())
    if (value is UNSET) is not (key in _WITHOUT_VALUE):
        problem = "takes no value" if key in _WITHOUT_VALUE else "needs a value"
        raise InvalidOperatorError(
            f"{label}: the operator {key!r} {problem}.", hint=f"Write where(name, {key!r}, ...)."
        )
    return build(field, value)


def _legal() -> str:
    return f"Legal operators: {', '.join(OPERATORS)}."
