"""Items as a fake knows them: instances as they would be stored, or DynamoDB's own JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeGuard, cast

import msgspec

from dynamorm_async._codec import item_of
from dynamorm_async._doors import Doors
from dynamorm_async._model import AnyModel, Model
from dynamorm_async._ops.keys import key_of_instance
from dynamorm_async._ops.prepare import apply, lifecycle
from dynamorm_async._ops.render import Settings, place_of
from dynamorm_async._wire.values import load
from dynamorm_async.errors import ConfigurationError
from dynamorm_async.types import Item, Key

__all__ = ["Stored", "as_stored", "checked", "has", "is_instance", "key_of"]

Stored: TypeAlias = AnyModel | Mapping[str, Any]
"""An item that a fake answers with: an instance, or DynamoDB's JSON."""
_ANY_TENANT = "tenant"


def as_stored(item: Stored, session: Doors) -> Item:
    """The item in wire form. An instance becomes what it would be if it had been saved by this session.

    Raises:
        ValidationError: It lacks something that no save fills.
    """
    if not isinstance(item, Model):
        return cast("Item", item)
    apply(item, _missing(item, session.runner.settings, session.runner.now()))
    return _encoded(item, {}, session.runner.settings)


def key_of(item: AnyModel | Key[Any], session: Doors) -> tuple[str, Item]:
    """The table and the key of an item, which need not be saved yet."""
    settings = session.runner.settings
    if isinstance(item, Key):
        return place_of(item.spec, settings).table, item.attributes
    spec = item.__dynamorm_spec__
    # A copy: that a call is expected must not change what the call will do.
    saved = object.__new__(type(item))
    vars(saved).update(vars(item) | _missing(item, settings, session.runner.now()))
    place = place_of(spec, settings)
    return place.table, key_of_instance(spec, place, saved).attributes


def has(item: Item, key: Item) -> bool:
    """Whether an item has what a key has."""
    return all(item.get(name) == value for name, value in key.items())


def checked(item: object, what: str, session: Doors) -> Stored:
    """Refuse what cannot be an item where it is said, and not later from the code under test.

    Args:
        item: What was given for one.
        what: What it was given for, in words.
        session: The fake.

    Raises:
        ConfigurationError: It is neither an instance nor DynamoDB's JSON.
        ValidationError: An instance lacks something that no save fills.
    """
    if is_instance(item):
        settings = session.runner.settings
        # Whose it is may be known to the session that calls.
        settings = msgspec.structs.replace(settings, tenant=settings.tenant or _ANY_TENANT)
        _encoded(item, _missing(item, settings, session.runner.now()), settings)
        return item
    problem = f"{type(item).__name__} is no item"
    if isinstance(item, Mapping):
        values = cast("Mapping[str, Any]", item)
        wrong = next((str(name) for name, value in values.items() if not _is(value)), None)
        if wrong is None:
            return values
        problem = f"{wrong!r} is no attribute value as DynamoDB's JSON has it"
    raise ConfigurationError(
        f"{what}: {problem}.",
        hint="Give instances of the model, {'age': {'N': '3'}} and so on, or nothing for 'there is no item'.",
    )


def is_instance(item: object) -> TypeGuard[AnyModel]:
    """Whether it is of a model, as the checkers cannot tell by the class."""
    return isinstance(item, Model)


def _is(value: Any) -> bool:
    try:
        load(value)
    except ValueError:
        return False
    return True


def _missing(item: AnyModel, settings: Settings, now: datetime) -> dict[str, Any]:
    """What a save would fill and the instance has not yet; what it has is what is stored."""
    spec, values = item.__dynamorm_spec__, vars(item)
    filled = lifecycle(spec, item, place_of(spec, settings), now)
    kept = {field.name for field in (spec.updated_at, spec.version) if field is not None and values.get(field.name)}
    return {name: value for name, value in filled.items() if name not in kept}


def _encoded(item: AnyModel, missing: Mapping[str, Any], settings: Settings) -> Item:
    written = settings.codec.model(item.__dynamorm_spec__).write({**vars(item), **missing})
    return item_of(written)
