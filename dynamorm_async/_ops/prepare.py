"""The one writer path: what every put, create, update and delete goes through before it is sent.

Validators, lifecycle fields, version, templates, converters and the size check happen here and nowhere else, for
single writes, batches and transactions alike. Nothing here changes the instance: what it will become is in
``changes`` and is applied only after the service said yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeAlias

import msgspec

from dynamorm_async._codec import Written, item_of, key_of, omitted
from dynamorm_async._expr.conditions import Comparator, Compare, Condition, NotExists, Value, all_of
from dynamorm_async._expr.updates import Action, Arithmetic, Clause, Computed, IfNotExists, paths_in
from dynamorm_async._ops.derived import derived_actions
from dynamorm_async._ops.keys import Place, Target
from dynamorm_async._ops.validation import validate
from dynamorm_async._spec.bind import bind
from dynamorm_async._spec.document import STORED
from dynamorm_async._spec.fields import FieldSpec, ModelSpec
from dynamorm_async._spec.origin import check_path, own_paths
from dynamorm_async._struct import Discretion
from dynamorm_async.errors import InvalidRequestError, KeyChangeError, ValidationError
from dynamorm_async.types import Item, Key

__all__ = [
    "Prepared",
    "PreparedCheck",
    "PreparedDelete",
    "PreparedPut",
    "PreparedUpdate",
    "apply",
    "lifecycle",
    "prepare_check",
    "prepare_delete",
    "prepare_put",
    "prepare_update",
]


class PreparedPut(Discretion, msgspec.Struct):
    """An item ready to be stored, and under which condition.

    Not frozen, for that would take four times as long to make.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("written", "changes")

    spec: ModelSpec
    table: str
    written: Written
    """The JSON of its key and of all of it."""
    condition: Condition | None
    changes: Mapping[str, Any]
    version: int | None = None
    """The version the write is based on; None where there is no lock."""
    creates: bool = False
    """Whether there must be no item yet."""

    @property
    def item(self) -> Item:
        """The item as an object, read from its JSON: few writes need it."""
        return item_of(self.written)

    @property
    def key(self) -> Key:
        """The key of the item."""
        return Key(self.spec.name, self.table, key_of(self.written[0]), self.spec)

    @property
    def place(self) -> tuple[str, bytes]:
        """Equal for two writes of one item, and made without making the key."""
        return self.table, self.written[0]


class PreparedUpdate(Target):
    """Actions ready to be rendered, and under which condition."""

    actions: tuple[Action, ...]
    condition: Condition | None
    version: int | None
    own: tuple[Action, ...]
    """Those of the caller."""

    @property
    def adds_up(self) -> bool:
        """Whether sending it twice differs from once."""
        return any(action.adds_up for action in self.own)


class PreparedDelete(Target):
    """A deletion, and under which condition."""

    condition: Condition | None
    version: int | None = None


class PreparedCheck(Target):
    """A condition on an item that a transaction leaves as it is."""

    condition: Condition
    version: int | None = None


Prepared: TypeAlias = PreparedPut | PreparedUpdate | PreparedDelete | PreparedCheck


def apply(instance: Any, changes: Mapping[str, Any]) -> None:
    """Let the instance become what was stored; past validators, which have seen it already."""
    instance.__dict__.update(changes)


# ---------------------------------------------------------------- put and create


def prepare_put(
    instance: Any,
    place: Place,
    now: datetime,
    *,
    create: bool = False,
    overwrite: bool = False,
    is_new: bool = False,
    condition: Condition | None = None,
) -> PreparedPut:
    """Make an instance ready to be stored.

    Args:
        instance: The model instance.
        place: Where it goes.
        now: The session's time, which lifecycle fields get.
        create: Refuse to replace an item.
        overwrite: Replace even an item with another version.
        is_new: With ``overwrite``: the condition leaves nothing to be replaced, so the version goes on by one.
        condition: The caller's own condition.

    Raises:
        ValidationError: A value does not fit; every bad field is listed.
    """
    spec: ModelSpec = instance.__dynamorm_spec__
    verb = "create" if create else "put"
    if spec.validated:
        validate(spec, instance)
    changes = {} if spec.as_is else lifecycle(spec, instance, place, now, create=create)
    if spec.version is not None and overwrite and not is_new:
        # Whoever has read what is replaced must not find his version again: no count reaches the milliseconds.
        changes[spec.version.name] = max(changes[spec.version.name], int(now.timestamp() * 1000))
    try:
        written = place.codec.model(spec).write({**instance.__dict__, **changes} if changes else instance.__dict__)
    except ValidationError as error:
        error._named(f"{spec.name}.{verb}")
        raise
    if spec.track_changes:
        changes[STORED] = item_of(written)
    conditions = [] if condition is None else [bind(spec, condition, verb)]
    version = None
    if create:
        conditions.append(spec.absent)
    elif spec.version is not None and not overwrite:
        version = instance.__dict__.get(spec.version.name, 0)
        conditions.append(_same_version(spec.version, version))
    return PreparedPut(
        spec,
        place.table,
        written,
        all_of(*conditions) if conditions else None,
        changes,
        version,
        create,
    )


def lifecycle(spec: ModelSpec, instance: Any, place: Place, now: datetime, *, create: bool = False) -> dict[str, Any]:
    """What a save fills: times, version, tenant, and when the item expires."""
    changes: dict[str, Any] = {}
    values = instance.__dict__
    if spec.tenant is not None and place.tenant is not None and values.get(spec.tenant.name) is None:
        changes[spec.tenant.name] = place.tenant
    if spec.created_at is not None and (create or spec.created_at.name not in values):
        changes[spec.created_at.name] = now
    if spec.updated_at is not None:
        changes[spec.updated_at.name] = now
    if spec.version is not None:
        changes[spec.version.name] = values.get(spec.version.name, 0) + 1
    if spec.ttl is not None and isinstance(values.get(spec.ttl.name), timedelta):
        changes[spec.ttl.name] = _expiry(values[spec.ttl.name], now)
    return changes


def _expiry(after: timedelta, now: datetime) -> datetime:
    return (now + after).replace(microsecond=0).astimezone(UTC)


def _same_version(field: FieldSpec, version: int) -> Condition:
    if version == 0:
        return NotExists(field.path)
    return Compare(Comparator.EQ, field.path, Value(version, field.slot))


# ---------------------------------------------------------------- update


def prepare_update(
    target: Target,
    actions: Sequence[Action],
    now: datetime,
    *,
    instance: Any = None,
    condition: Condition | None = None,
    must_exist: bool = True,
) -> PreparedUpdate:
    """Make update actions ready: lifecycle fields, version and derived index keys are added.

    Args:
        target: Which item.
        actions: The caller's actions.
        now: The session's time.
        instance: The item as the caller knows it: its version is checked, its values complete derived keys.
        condition: The caller's own condition.
        must_exist: Refuse to make a new, partial item.

    Raises:
        KeyChangeError: An action would change the primary key.
        UnknownFieldError: An action or the condition is on a field of another model.
        InvalidRequestError: No action, or two that overlap.
    """
    spec = target.spec
    actions = tuple([_settled(spec, action, now) for action in actions])
    _check_actions(spec, actions)
    conditions = [] if condition is None else [bind(spec, condition, "update")]
    version = None
    lifecycle: list[Action] = []
    if spec.updated_at is not None:
        lifecycle.append(Action(Clause.SET, spec.updated_at.path, Value(now, spec.updated_at.slot)))
    if spec.version is not None:
        bump, version = _bump(spec.version, instance)
        lifecycle.append(bump)
        if version is not None:
            conditions.append(_same_version(spec.version, version))
    derived: Sequence[Action] = ()
    if spec.computed:
        derived, assumed = derived_actions(spec, target.key, actions, instance)
        if version is None:
            conditions += assumed
    if must_exist and version in (None, 0):
        conditions.append(spec.exists)
    if not must_exist and spec.created_at is not None:
        born = IfNotExists[object](spec.created_at.path, Value(now, spec.created_at.slot))
        lifecycle.append(Action(Clause.SET, spec.created_at.path, born))
    every = (*actions, *derived, *lifecycle)
    if len(every) > 1:
        _check_overlaps(spec, every)
    return PreparedUpdate(
        spec,
        target.table,
        target.key_json,
        every,
        all_of(*conditions) if conditions else None,
        version,
        actions,
    )


def _called(other: object) -> str:
    """What stands where an action should, in the caller's words."""
    if isinstance(other, Condition):
        return "a condition (== compares)"
    return "a value that is not set to anything" if isinstance(other, Computed) else type(other).__name__


def _settled(spec: ModelSpec, action: Action, now: datetime) -> Action:
    """A SET of what is stored by leaving it out is a REMOVE; a timedelta for a TTL becomes a time."""
    if not isinstance(action, Action):
        raise InvalidRequestError(
            f"an update action was expected, not {_called(action)}.",
            op=f"{spec.name}.update",
            model=spec.name,
            hint="Write User.age.set(3), User.age.add(1), User.name.remove() ...; a condition goes into if_=.",
        )
    # `type() is`, for `isinstance` is dear where the answer is no.
    if type(action.operand) is not Value or len(action.path.segments) > 1:
        return action
    field = spec.by_attribute.get(action.path.attribute)
    if field is None:
        return action
    value = action.operand.value
    if field is spec.ttl and isinstance(value, timedelta):
        return msgspec.structs.replace(action, operand=Value(_expiry(value, now), field.slot))
    if action.clause is Clause.SET and omitted(field, value):
        return Action(Clause.REMOVE, action.path)
    return action


def _check_actions(spec: ModelSpec, actions: Sequence[Action]) -> None:
    """Refuse an action on a field of another model, one that reads such a field, and one on what must not be set."""
    if not actions:
        raise InvalidRequestError(
            "there is nothing to change.", op=f"{spec.name}.update", model=spec.name, hint="Give at least one action."
        )
    for action in actions:
        path, operand = action.path, action.operand
        if id(path.top or path.slot) not in spec.origins:
            check_path(spec, path, "update")
        # What counts what is there up or down, the most usual, reads no other path.
        counts = type(operand) is Arithmetic and operand.left is path and type(operand.right) is Value
        if operand is not None and type(operand) is not Value and not counts:
            own_paths(spec, paths_in(operand), "update")
        if path.segments[0] not in spec.free:
            _check_settable(spec, spec.by_attribute.get(path.attribute))


def _check_settable(spec: ModelSpec, field: FieldSpec | None) -> None:
    if field is None:
        return
    operation = f"{spec.name}.update"
    if field is spec.version or field is spec.updated_at or field is spec.created_at:
        raise InvalidRequestError(
            f"{field.attribute} is set by the library.",
            op=operation,
            model=spec.name,
            hint="Leave it out of the update.",
        )
    if field.template is not None:
        raise InvalidRequestError(
            f"{field.name} is computed.",
            op=operation,
            model=spec.name,
            hint=f"Set {', '.join(field.template.fields)}.",
        )
    for key in spec.primary.fields:
        if field is key or (key.template is not None and field.name in key.template.fields):
            raise KeyChangeError(
                f"{field.name} is part of the primary key, which DynamoDB cannot change in place.",
                op=operation,
                model=spec.name,
                hint="Use move(), which deletes the old item and puts the new one in one transaction.",
            )


def _check_overlaps(spec: ModelSpec, actions: Sequence[Action]) -> None:
    for position, action in enumerate(actions):
        for other in actions[position + 1 :]:
            if action.path.overlaps(other.path):
                raise InvalidRequestError(
                    f"{action.path} and {other.path} overlap.",
                    op=f"{spec.name}.update",
                    model=spec.name,
                    hint="DynamoDB changes a path once in an update: join the two, or update twice.",
                )


def _bump(field: FieldSpec, instance: Any) -> tuple[Action, int | None]:
    if instance is None:
        counted = Arithmetic[object]("+", IfNotExists[object](field.path, Value(0, field.slot)), Value(1, field.slot))
        return Action(Clause.SET, field.path, counted), None
    version = instance.__dict__.get(field.name, 0)
    return Action(Clause.SET, field.path, Value(version + 1, field.slot)), version


# ---------------------------------------------------------------- delete


def prepare_delete(
    target: Target, *, instance: Any = None, condition: Condition | None = None, verb: str = "delete"
) -> PreparedDelete:
    """Make a deletion ready: a versioned instance is deleted only as it was read."""
    spec, version = target.spec, None
    conditions = [] if condition is None else [bind(spec, condition, verb)]
    if instance is not None and spec.version is not None:
        version = instance.__dict__.get(spec.version.name, 0)
        conditions.append(_same_version(spec.version, version))
    every = all_of(*conditions) if conditions else None
    return PreparedDelete(spec, target.table, target.key_json, every, version)


def prepare_check(target: Target, *, instance: Any = None, condition: Condition | None = None) -> PreparedCheck:
    """Make a condition ready: that of the caller, and that a versioned instance is still as it was read.

    Raises:
        InvalidRequestError: There is no condition.
    """
    spec = target.spec
    prepared = prepare_delete(target, instance=instance, condition=condition, verb="check")
    if prepared.condition is None:
        raise InvalidRequestError(
            "there is nothing to check.",
            op=f"{spec.name}.check",
            model=spec.name,
            hint="Give a condition, or an instance of a model with a version field.",
        )
    return PreparedCheck(spec, target.table, target.key_json, prepared.condition, prepared.version)
