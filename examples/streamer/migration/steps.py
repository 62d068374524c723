"""What becomes what: each old model beside the new one, and how an item gets from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import attrs

from dynamorm_async import AnyModel, Condition, Key, Session, is_condition_failed
from dynamorm_async.errors import TransactionCanceledError
from examples.streamer.migration.old_models import OldConnection, OldRequest, OldSubscription
from examples.streamer.models import AsyncRequest, Connection, Subscription
from examples.streamer.request_queue import request_keys

__all__ = ["CONNECTIONS", "STEPS", "Step", "carry_over", "turned", "values_of"]

Item: TypeAlias = AnyModel


@attrs.frozen
class Step:
    """One table's way.

    Attributes:
        old: The model of its items before.
        new: The model of its items now.
        exists: Holds of an old item that is there.
        rivals: Other keys under which the new item may be there already, and what holds if it is not.
    """

    old: type[Item]
    new: type[Item]
    exists: Condition
    rivals: Callable[[Any], tuple[list[Key[Any]], Condition]] | None = None

    @property
    def name(self) -> str:
        """What the new items are called."""
        return self.new.__name__


def _other_statuses(request: AsyncRequest) -> tuple[list[Key[Any]], Condition]:
    return [*request_keys(request.request_id, besides=request.status)], AsyncRequest.request_id.not_exists()


CONNECTIONS: Final = Step(OldConnection, Connection, OldConnection.connection_id.exists())
STEPS: Final = (
    CONNECTIONS,
    Step(OldRequest, AsyncRequest, OldRequest.request_id.exists(), _other_statuses),
    Step(OldSubscription, Subscription, OldSubscription.connection_id.exists()),
)


def values_of(old: Item) -> dict[str, Any]:
    """What an old item says, by field; an expiry that was never set is left to the new default."""
    kind: type[Any] = type(old)
    values = {field.name: getattr(old, field.name) for field in attrs.fields(kind)}
    return {name: value for name, value in values.items() if name != "ttl" or value is not None}


def turned(old: Item, new: type[Any]) -> Any:
    """The new item for an old one, or the other way round: the fields have the same names."""
    values = values_of(old)
    made = new(**{field.name: values[field.name] for field in attrs.fields(new) if field.init and field.name in values})
    if "created_at" in values:
        made.created_at = values["created_at"]  # set by the library otherwise
    return made


async def carry_over(db: Session, step: Step, old: Item) -> bool:
    """Copy one item while others write: only if it is still there, and nothing newer is there yet, in one transaction.

    Returns:
        Whether it was copied.
    """
    new = turned(old, step.new)
    transaction = db.transaction().create(new).check(old, step.exists)
    keys, absent = step.rivals(new) if step.rivals else ([], step.exists)
    for key in keys:
        transaction.check(key, absent)
    try:
        await transaction.execute()
    except TransactionCanceledError as error:
        if is_condition_failed(error):
            return False
        raise
    return True
