"""Flows for one write that is carried out exactly once: a transaction of one, under an idempotency token.

It costs twice the write capacity. In return every attempt after a lost answer is harmless, also of what adds up, and
nothing has to be inferred from the stored item.
"""

from __future__ import annotations

from typing import Any

from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.items import get_item
from dynamorm_async._ops.render import Settings
from dynamorm_async._ops.transacts import Write, Writes, transact_write
from dynamorm_async._ops.writes import named
from dynamorm_async.errors import DynamormError, ItemNotFoundError, Outcome, TransactionCanceledError

__all__ = ["update_once", "write_once"]


def write_once(write: Write, settings: Settings, token: str) -> Flow[None]:
    """Carry out one write exactly once.

    Raises:
        ConditionFailedError: As the same write would alone, or `ItemExistsError`, `VersionConflictError`, ...
        OutcomeUnknownError: No attempt was answered; ``token`` has the token.
    """
    writes = Writes(settings)
    writes.add(write)
    try:
        yield from transact_write(writes.call(token), writes.writes, settings, token)
    except TransactionCanceledError as error:
        raise (error.reasons[0].error or named(error, write.prepared, write.operation)) from error
    except DynamormError as error:
        raise named(error, write.prepared, write.operation) from error.__cause__


def update_once(write: Write, settings: Settings, token: str) -> Flow[Any]:
    """Carry out one update exactly once; the result is the item as it is read afterwards.

    A transaction returns no item, so that takes a request of its own, and shows what others changed in between.
    """
    prepared = write.prepared
    yield from write_once(write, settings, token)
    try:
        found = yield from get_item(prepared.spec, settings, prepared.key.attributes, consistent=True)
    except DynamormError as error:
        error.outcome = Outcome.APPLIED
        raise named(error, prepared, write.operation) from error.__cause__
    if found is None:
        gone = ItemNotFoundError(
            "it was applied, and the item is gone since.", outcome=Outcome.APPLIED, hint="Do not repeat it."
        )
        raise named(gone, prepared, write.operation)
    return found
