"""Derived index keys: whatever an update touches, the templated attributes fed by it change in the same write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynamorm_async._expr.conditions import Comparator, Compare, Condition, NotExists, Value
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import Key

__all__ = ["derived_actions"]


def derived_actions(
    spec: ModelSpec, key: Key, actions: Sequence[Action], instance: Any
) -> tuple[list[Action], list[Condition]]:
    """The actions that keep computed attributes right, and the conditions under which they are right.

    A computed attribute needs the new value of each field that feeds it. What the update does not set is taken
    from the instance, under the condition that it is still so; from the key, which cannot change; or, if it is
    known from neither, the update is refused rather than leaving the index stale.

    Raises:
        InvalidRequestError: A value that is needed is not known.
    """
    found: list[Action] = []
    touched = {action.path.attribute: action for action in actions}
    assumed: dict[str, Condition] = {}
    for field in spec.computed:
        template = field.template
        assert template is not None  # noqa: S101  it is computed
        feeding = [spec.by_name[name] for name in template.fields]
        if not any(part.attribute in touched for part in feeding):
            continue
        from_key, values = _values_in_key(spec, key), dict[str, Any]()
        for part in feeding:
            if part.attribute in touched:
                values[part.name] = _new_value(spec, field, touched[part.attribute])
            elif part.name in from_key:
                values[part.name] = from_key[part.name]
            else:
                values[part.name] = _known(spec, field, part, instance, assumed)
        text = template.render(values)
        operand = None if text is None else Value(text, field.slot)
        found.append(Action(Clause.REMOVE if operand is None else Clause.SET, field.path, operand))
    return found, list(assumed.values())


def _new_value(spec: ModelSpec, field: FieldSpec, action: Action) -> Any:
    if action.clause is Clause.REMOVE:
        return None
    if action.clause is Clause.SET and isinstance(action.operand, Value) and len(action.path.segments) == 1:
        return action.operand.value
    raise InvalidRequestError(
        f"{action.path} feeds {field.name}, and its new value is worked out by the service.",
        op=f"{spec.name}.update",
        model=spec.name,
        hint=f"Set {action.path} to a value, so that {field.name} can be computed with it.",
    )


def _known(spec: ModelSpec, field: FieldSpec, part: FieldSpec, instance: Any, assumed: dict[str, Condition]) -> Any:
    if instance is None or part.name not in instance.__dict__:
        raise InvalidRequestError(
            f"the update changes {field.name}, which is also made of {part.name}, and {part.name} is not known.",
            op=f"{spec.name}.update",
            model=spec.name,
            hint=f"Set {part.name} too, or read the item and update the instance.",
        )
    value = instance.__dict__[part.name]
    same = Compare(Comparator.EQ, part.path, Value(value, part.slot))
    assumed[part.name] = NotExists(part.path) if value is None else same
    return value


def _values_in_key(spec: ModelSpec, key: Key) -> Mapping[str, Any]:
    """What the primary key says of the fields that feed it; as text for what is stored as text."""
    values: dict[str, Any] = {}
    for field in (*spec.primary.partition, *spec.primary.sort):
        raw = key.attributes[field.attribute]
        if field.template is not None:
            values.update(field.template.parse(raw["S"]))
        elif field.type is str and field.converter is None:
            values[field.name] = raw["S"]
    return values
