"""`access_pattern`: a query with a name, checked when its module is imported."""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

from dynamorm_async._query import Query
from dynamorm_async._spec.build import bare
from dynamorm_async._spec.registry import AccessPattern, registry
from dynamorm_async.errors import DynamormError, ModelDefinitionError

__all__ = ["access_pattern"]

P = ParamSpec("P")
Q = TypeVar("Q", bound=Query[Any])

_SAMPLES: Mapping[type, Any] = {
    str: "sample",
    int: 1,
    float: 1.0,
    Decimal: Decimal(1),
    bytes: b"sample",
    bool: True,
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
    date: date(2026, 1, 1),
    timedelta: timedelta(days=1),
    UUID: UUID(int=0),
}


def access_pattern(function: Callable[P, Q]) -> Callable[P, Q]:
    """Declare a function that makes a query as one of the application's access patterns.

    The function is called once, at import, with a sample for each argument without a default, and its query is
    planned: one that no key or index serves stops the import there, not the first request in production.
    `registry.access_patterns()` lists them, each with its plan.

    Args:
        function: Takes values and returns a query; its parameters are annotated.

    Returns:
        The function itself.

    Raises:
        ModelDefinitionError: The query cannot be planned, or a parameter has a type without a sample.

    Example:
        >>> @access_pattern
        ... def adults_of(org: str) -> Query[User]:
        ...     return User.query(User.org == org, User.age >= 18)
    """
    name = f"{function.__module__}.{function.__qualname__}"
    samples = _samples(function, name)
    try:
        query = function(**samples)  # type: ignore[call-arg]  # by name, from its own signature
        explanation = query.explain()
    except DynamormError as error:
        raise ModelDefinitionError(
            f"access pattern {function.__name__}: {error}",
            hint="Declare the index that serves it, or change the query.",
        ) from error
    registry.add_pattern(
        AccessPattern(
            name=name,
            model=query._request.spec.name,
            signature=str(inspect.signature(function)),
            operation=explanation.operation,
            index=explanation.index,
            plan=str(explanation),
        )
    )
    return function


def _samples(function: Callable[..., Any], name: str) -> dict[str, Any]:
    names = sys._getframe(2).f_locals  # where the function stands, for annotations of local names
    hints = get_type_hints(function, localns=dict(names))
    needed = [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    return {one.name: _sample(hints.get(one.name), f"{name}({one.name})") for one in needed}


def _sample(kind: Any, place: str) -> Any:
    kind = bare(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if kind in _SAMPLES:
        return _SAMPLES[kind]
    raise ModelDefinitionError(
        f"access pattern {place}: there is no sample for its type.",
        hint="Annotate it as str, int, Decimal, bytes, datetime, date, UUID or an Enum, or give it a default.",
    )
