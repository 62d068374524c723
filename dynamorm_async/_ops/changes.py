"""What changed in an instance since it was read, as an update that changes that and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dynamorm_async._expr.conditions import Condition, Value
from dynamorm_async._expr.updates import Action, Clause
from dynamorm_async._ops.keys import Place, key_of_item, target_of
from dynamorm_async._ops.prepare import PreparedUpdate, prepare_update
from dynamorm_async._ops.validation import validate
from dynamorm_async._ops.writes import same_item
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async.errors import KeyChangeError
from dynamorm_async.types import Item

__all__ = ["prepare_save"]


def prepare_save(
    instance: Any, place: Place, now: datetime, *, condition: Condition | None = None
) -> PreparedUpdate | None:
    """The update that stores what changed, or None if nothing did.

    Args:
        instance: One that remembers what is stored.
        place: Where it goes.
        now: The session's time.
        condition: The caller's own condition.

    Raises:
        KeyChangeError: The primary key changed.
        ValidationError: A value does not fit.
    """
    spec: ModelSpec = instance.__dynamorm_spec__
    validate(spec, instance)
    stored: Item = instance.__dict__[STORED]
    wanted = place.codec.model(spec).encode(instance)
    own = (spec.version, spec.created_at, spec.updated_at)
    changed = [field for field in spec.fields if field not in own and _differs(field, stored, wanted)]
    if not changed:
        return None
    _check_key(spec, changed)
    plain = [_action(field, instance, wanted) for field in changed if field.template is None]
    # Computed attributes follow in there, with the condition that what else feeds them is still as it was read.
    target = target_of(key_of_item(spec, place.table, stored))
    return prepare_update(target, plain, now, instance=instance, condition=condition)


def _differs(field: FieldSpec, stored: Item, wanted: Item) -> bool:
    before = {name: stored[name] for name in (field.attribute,) if name in stored}
    after = {name: wanted[name] for name in (field.attribute,) if name in wanted}
    return not same_item(before, after)


def _action(field: FieldSpec, instance: Any, wanted: Item) -> Action:
    if field.attribute not in wanted:
        return Action(Clause.REMOVE, field.path)
    return Action(Clause.SET, field.path, Value(getattr(instance, field.name), field.slot))


def _check_key(spec: ModelSpec, changed: list[FieldSpec]) -> None:
    for field in changed:
        if field in (*spec.primary.partition, *spec.primary.sort):
            raise KeyChangeError(
                f"{field.name}, part of the primary key, changed since the item was read.",
                op=f"{spec.name}.save",
                model=spec.name,
                hint="Use move(), which deletes the old item and puts the new one in one transaction.",
            )
