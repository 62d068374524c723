"""What an instance is known to be after an update that returned no item."""

from __future__ import annotations

from typing import Any

from dynamorm_async._codec import Codec, missing
from dynamorm_async._expr.conditions import Value
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._ops.prepare import PreparedUpdate
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import FieldSpec
from dynamorm_async.types import UNSET

__all__ = ["apply_actions"]


def apply_actions(instance: Any, prepared: PreparedUpdate, codec: Codec) -> None:
    """Let an instance become what it is known to be.

    The service returned no item. What was set to a value is that value; what the service worked out, or changed
    inside, is not known here any more and must be read again: the old value, put back later, would undo the change.
    """
    values = instance.__dict__
    stored = dict(values[STORED]) if STORED in values else None
    for action in prepared.actions:
        field = prepared.spec.by_attribute.get(action.path.attribute)
        value = _known_value(field, action)
        if stored is not None and (action.clause is Clause.REMOVE or value is UNSET):
            stored.pop(action.path.attribute, None)
        elif stored is not None:
            stored[action.path.attribute] = codec.encode(action.path.slot, value)
        if field is None or field.template is not None:
            continue
        if value is UNSET:
            values.pop(field.name, None)
        else:
            values[field.name] = value
    if stored is not None:
        values[STORED] = stored


def _known_value(field: FieldSpec | None, action: Action) -> Any:
    if len(action.path.segments) > 1 or field is None:
        return UNSET
    if action.clause is Clause.REMOVE:
        return None if field.template is not None else missing(field)
    return action.operand.value if action.clause is Clause.SET and type(action.operand) is Value else UNSET
