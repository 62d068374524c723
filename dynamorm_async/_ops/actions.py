"""Update actions from what a caller writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamorm_async._expr.conditions import Condition, Value
from dynamorm_async._expr.face import Expr
from dynamorm_async._expr.updates import Action, Clause, Computed
from dynamorm_async._spec.build import field_names, nearest
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError

__all__ = ["actions_from"]


def actions_from(spec: ModelSpec, actions: tuple[Action, ...], fields: Mapping[str, Any]) -> tuple[Action, ...]:
    """Update actions and ``field=value`` pairs, as actions.

    Raises:
        UnknownFieldError: A name that is no field.
        InvalidRequestError: Something that is no plain value.
    """
    if not fields:
        return actions
    found = list(actions)
    for name, value in fields.items():
        field = spec.by_name.get(name)
        if field is None:
            raise UnknownFieldError(
                f"{spec.name} has no field {name!r}.",
                op=f"{spec.name}.update",
                model=spec.name,
                hint=nearest(name, spec.by_name) or f"Fields are: {field_names(spec)}.",
            )
        if isinstance(value, (Action, Computed, Condition, Expr)):
            raise InvalidRequestError(
                f"{name}= takes a plain value.",
                op=f"{spec.name}.update",
                model=spec.name,
                hint=f"Give what the service works out as an action: {spec.name}.{name}.set(...), .add(...).",
            )
        found.append(Action(Clause.SET, field.path, Value(value, field.slot)))
    return tuple(found)
