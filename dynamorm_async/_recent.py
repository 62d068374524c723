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


def note_write(call: Call, clock: Clock) -> None:
    """The running task has written to the table of a call, or to several."""
    task = asyncio.current_task()
    if task is not None and call.operation in _WRITING:
        tables = _tables(call) if call.table is None else (call.table,)
        _writes.setdefault(task, {}).update(dict.fromkeys(tables, clock.monotonic()))


def _tables(call: Call) -> Iterable[str]:
    body: dict[str, Any] = msgspec.json.decode(call.body)
    actions: list[dict[str, dict[str, Any]]] = body.get("TransactItems", [])
    return [*body.get("RequestItems", ()), *(part["TableName"] for action in actions for part in action.values())]


def just_wrote(table: str, clock: Clock) -> bool:
    """Whether the running task wrote to this table a moment ago."""
    task = asyncio.current_task()
    when = None if task is None else _writes.get(task, {}).get(table)
    return when is not None and clock.monotonic() - when < MOMENT
