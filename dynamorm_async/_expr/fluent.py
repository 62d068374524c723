"""``where("age", ">", 18)``: operators by name, checked when the condition is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, cast

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.face import Expr, SizeExpr
from dynamorm_async.errors import InvalidOperatorError, InvalidRequestError

__all__ = ["OPERATORS", "AmpersandNeeded", "Operator", "Presence", "condition_for"]

Operator: TypeAlias = Literal[
    "=", "==", "!=", "<>", "<", "<=", ">", ">=",
    "eq", "ne", "lt", "le", "lte", "gt", "ge", "gte",
    "between", "in", "begins_with", "contains", "not_contains", "attribute_type",
    "EQ", "NE", "LT", "LE", "LTE", "GT", "GE", "GTE",
    "BETWEEN", "IN", "BEGINS_WITH", "CONTAINS", "NOT_CONTAINS", "ATTRIBUTE_TYPE",
]  # fmt: skip
"""The operators that take a value, as type checkers know them; at run time in any mixture of cases."""
Presence: TypeAlias = Literal[
    "exists", "not_exists", "attribute_exists", "attribute_not_exists",
    "EXISTS", "NOT_EXISTS", "ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS",
]  # fmt: skip
"""The operators that take none."""


class AmpersandNeeded:
    """What type checkers see of ``query(a and b)``: nothing that can be awaited. Write ``query(a & b)``.

    A condition's ``__bool__`` never returns, so ``a and b`` is a `Never` to mypy, which only this accepts.
    """


def _between(field: Any, value: Any) -> Condition:
    ends = list(cast("Sequence[Any]", value)) if isinstance(value, (list, tuple)) else []
    if len(ends) != 2:
        raise InvalidRequestError("between takes two values.", hint="Write where(name, 'between', (low, high)).")
    return field.between(*ends)  # type: ignore[no-any-return]  # of an expression of any type


OPERATORS: dict[str, Callable[[Any, Any], Condition]] = {
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
_OF_NUMBERS = ("=", "!=", "<", "<=", ">", ">=", "between", "in")
"""What can be asked of a size."""


def condition_for(field: Expr[Any] | SizeExpr, operator: str, *values: Any) -> Condition:
    """The condition ``field operator value``. Operators are case-insensitive.

    Args:
        field: What is tested.
        operator: One of `OPERATORS`, or another spelling of it.
        values: One value; none for ``exists`` and ``not_exists``; for ``between`` a pair, or two.

    Raises:
        InvalidOperatorError: DynamoDB has no such operator, or its value is missing or too many.
    """
    if not isinstance(operator, str):
        raise InvalidOperatorError(f"an operator is a text, not {type(operator).__name__}.", hint=_legal())
    key = " ".join(operator.lower().split())
    key = _ALIASES.get(key, key)
    build = OPERATORS.get(key)
    label = field._path.slot.label
    if build is None or (isinstance(field, SizeExpr) and key not in _OF_NUMBERS):
        raise InvalidOperatorError(f"{label}: there is no such operator.", hint=_legal())
    if key == "between" and len(values) == 2:
        values = (values,)
    if len(values) != (key not in _WITHOUT_VALUE):
        needs = "no value" if key in _WITHOUT_VALUE else "one value"
        raise InvalidOperatorError(f"{label}: the operator {key!r} takes {needs}.", hint=_legal())
    return build(field, values[0] if values else None)


def _legal() -> str:
    return f"Legal operators: {', '.join(OPERATORS)}."
