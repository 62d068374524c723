"""`access_pattern`: a query with a name, checked when its module is imported."""

from __future__ import annotations

import enum
import inspect
import sys
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, ParamSpec, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from dynamorm_async._handle import settings_of
from dynamorm_async._ops.explain import Explanation
from dynamorm_async._query import Query
from dynamorm_async._spec.build import bare
from dynamorm_async._spec.registry import AccessPattern, registry
from dynamorm_async.errors import DynamormError, InvalidRequestError, ModelDefinitionError

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
_SEVERAL: Mapping[Any, Callable[[list[Any]], Any]] = {
    **dict.fromkeys((list, Sequence, Collection, Iterable), list),
    **dict.fromkeys((set, AbstractSet), set),
    frozenset: frozenset,
    tuple: tuple,
}
"""Of these the sample has one element, as for ``in_``."""


def access_pattern(function: Callable[P, Q]) -> Callable[P, Q]:
    """Declare a function that makes a query as one of the application's access patterns.

    The function is called once, at import, with a sample for each argument without a default, and its query is
    planned: one that no key or index serves stops the import there, not the first request in production.
    `registry.access_patterns()` lists them, each with its plan. A query that only a session of a tenant can make, which
    adds the tenant, is planned as there.

    Args:
        function: Takes values, or lists of them, and returns a query; its parameters are annotated.

    Returns:
        The function itself.

    Raises:
        ModelDefinitionError: The query cannot be planned, it is none, or a parameter has a type without a sample.

    Example:
        >>> @access_pattern
        ... def adults_of(org: str) -> Query[User]:
        ...     return User.query(User.org == org, User.age >= 18)
    """
    name = f"{function.__module__}.{function.__qualname__}"
    query = _sampled(function, name, sys._getframe(1).f_locals)
    try:
        explanation = _explained(query)
    except DynamormError as error:
        raise _unplanned(function, error) from error
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


def _explained(query: Query[Any]) -> Explanation:
    try:
        return query.explain()
    except InvalidRequestError:
        if query._request.spec.tenant is None:
            raise
    # No session is open yet, so the tenant that a scoped one would add is given here.
    return query._explained(msgspec.structs.replace(settings_of(None), tenant=_SAMPLES[str]))


def _unplanned(function: Callable[..., Any], error: DynamormError) -> ModelDefinitionError:
    return ModelDefinitionError(
        f"access pattern {function.__name__}: {error}",
        hint="Declare the index that serves it, or change the query.",
    )


def _sampled(function: Callable[..., Any], name: str, names: Mapping[str, Any]) -> Query[Any]:
    """What the function makes of samples.

    Args:
        function: The pattern.
        name: Its name in messages.
        names: What is known where it stands, for annotations of local names.
    """
    if isinstance(function, classmethod):
        raise ModelDefinitionError(
            f"access pattern {name}: a class method needs its class, which does not stand yet.",
            hint="Write a function of the module, or put @staticmethod above @access_pattern.",
        )
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise ModelDefinitionError(
            f"access pattern {name}: it is `async def`, so it makes no query before it is awaited.",
            hint="Write `def`, and return the query; who calls it awaits that.",
        )
    given, by_name = _samples(function, name, names)
    try:
        found: Query[Any] = function(*given, **by_name)
    except DynamormError as error:
        raise _unplanned(function, error) from error
    except Exception as error:
        raise ModelDefinitionError(
            f"access pattern {name}: with a sample for each argument it raises {type(error).__name__}.",
            hint="Let it only build the query, or give the parameter that needs another value a default.",
        ) from error
    if not isinstance(found, Query):
        if inspect.iscoroutine(found):
            found.close()  # or Python would warn of it, too
        raise ModelDefinitionError(
            f"access pattern {name}: it returns {type(found).__name__}, and no query.",
            hint="Return the query itself, without page(), first() or another call that reads; a get by key needs no "
            "plan.",
        )
    return found


def _samples(function: Callable[..., Any], name: str, names: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Samples of the parameters without a default: those by position, ``*args`` included, and those by name."""
    needed = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    ]
    kinds = _annotations(function, {one.name: one.annotation for one in needed}, name, names)
    found = {one.name: _sample(kinds[one.name], f"{name}({one.name})") for one in needed}
    by_name = {one.name: found.pop(one.name) for one in needed if one.kind is one.KEYWORD_ONLY}
    return list(found.values()), by_name


def _annotations(
    function: Callable[..., Any], written: dict[str, Any], name: str, names: Mapping[str, Any]
) -> dict[str, Any]:
    """The types of parameters; what else the function is annotated with need not be known at run time."""
    stand_in = types.SimpleNamespace(__annotations__=written)
    try:
        return get_type_hints(stand_in, inspect.unwrap(function).__globals__, dict(names))
    except (NameError, AttributeError) as error:
        raise ModelDefinitionError(
            f"access pattern {name}: the type {error.name!r} of a parameter is not known at import.",
            hint="Import it outside `if TYPE_CHECKING:`, and above the pattern.",
        ) from None


def _sample(kind: Any, place: str) -> Any:
    kind = bare(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return arguments[0]
    if origin in _SEVERAL and arguments:
        return _SEVERAL[origin]([_sample(arguments[0], place)])
    try:
        return _SAMPLES[kind]
    except (KeyError, TypeError):  # of a type that cannot be hashed
        raise ModelDefinitionError(
            f"access pattern {place}: there is no sample for its type.",
            hint="Annotate it as str, int, Decimal, bytes, datetime, date, UUID, an Enum or a list of one of these, or "
            "give it a default.",
        ) from None
