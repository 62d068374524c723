"""Which tables a task has written a moment ago, to say so where it then reads an index that cannot know yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from dynamorm_async._ops.effects import Call
from dynamorm_async.abc import Clock

__all__ = ["MOMENT", "just_wrote", "note_write"]

MOMENT: Final = 1.0
"""Seconds in which a global index usually catches up with its table; the service promises none."""
_WRITING: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_writes: WeakKeyDictionary[asyncio.Task[Any], dict[str, float]] = WeakKeyDictionary()


class _Action(msgspec.Struct):
    TableName: str


class _Writes(msgspec.Struct):
    """What of a request says which tables it is about; the items are passed over unread."""

    RequestItems: dict[str, msgspec.Raw] = {}
    TransactItems: list[dict[str, _Action]] = []


_decode: Final = msgspec.json.Decoder(_Writes).decode


def note_write(call: Call, clock: Clock) -> None:
    """The running task has written to the table of a call, or to several."""
    if call.operation not in _WRITING or (task := _task()) is None:
        return
    written = _writes.get(task)
    if written is None:
        written = _writes[task] = {}
    if call.table is not None:
        written[call.table] = clock.monotonic()
    else:
        written.update(dict.fromkeys(_tables(call), clock.monotonic()))


def _task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # a coroutine can be driven without asyncio, as simulations do
        return None


def _tables(call: Call) -> Iterable[str]:
    body = _decode(call.body)
    return [*body.RequestItems, *[part.TableName for action in body.TransactItems for part in action.values()]]


def just_wrote(table: str, clock: Clock) -> bool:
    """Whether the running task wrote to this table a moment ago."""
    task = _task()
    when = None if task is None else _writes.get(task, {}).get(table)
    return when is not None and clock.monotonic() - when < MOMENT
