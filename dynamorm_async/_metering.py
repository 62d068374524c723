"""What requests cost, for whoever counts: meters by context, which nest and reach into the tasks begun inside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._telling import place_of_caller

__all__ = ["Meter", "Spent", "metered", "metering"]

Send: TypeAlias = Callable[[Call, Attempt], Awaitable[Reply]]
_READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_EITHER = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
_REPORTING = _READS | _WRITES | _EITHER
"""Operations that tell what they consumed when asked to. Source: API reference, ReturnConsumedCapacity."""


class Spent(msgspec.Struct, eq=False):
    """One request, and what it cost.

    Attributes:
        operation: By its wire name.  table: Its table, if it is of one alone.
        attempt: 1, or more for one that was sent again.
        place: ``file:line`` of the code that asked; None where a task of the library's own sent it.
        rcu: Read capacity units.  wcu: Write capacity units.
        reported: Whether the service said what it consumed, or had nothing to say.
    """

    operation: str
    table: str | None
    attempt: int
    place: str | None
    rcu: float = 0.0
    wcu: float = 0.0
    reported: bool = True


class Meter(msgspec.Struct, eq=False):
    """Keeps what requests cost."""

    spent: list[Spent] = msgspec.field(default_factory=list[Spent])


_meters: ContextVar[tuple[Meter, ...]] = ContextVar("dynamorm_meters", default=())


@contextmanager
def metering(meter: Meter) -> Generator[Meter]:
    """Let a meter count every request that is sent inside, by whatever task."""
    token = _meters.set((*_meters.get(), meter))
    try:
        yield meter
    finally:
        _meters.reset(token)


def metered(send: Send) -> Send:
    """The same way of sending, counted if anybody counts here."""
    meters = _meters.get()
    return _counting(send, meters) if meters else send


def _counting(send: Send, meters: Iterable[Meter]) -> Send:
    async def counted(call: Call, attempt: Attempt) -> Reply:
        spent = Spent(call.operation, call.table, attempt.number, place_of_caller())
        for meter in meters:
            meter.spent.append(spent)
        reply = await send(_reporting(call), attempt)
        if reply.status == 200 and call.operation in _REPORTING:
            _note(spent, msgspec.json.decode(reply.body).get("ConsumedCapacity"), call)
        return reply

    return counted


def _reporting(call: Call) -> Call:
    """The call, with the question what it consumes."""
    if call.operation not in _REPORTING:
        return call
    body = msgspec.json.decode(call.body)
    if body.get("ReturnConsumedCapacity", "NONE") != "NONE":
        return call
    return replace(call, body=msgspec.json.encode(body | {"ReturnConsumedCapacity": "TOTAL"}))


def _note(spent: Spent, reported: Any, call: Call) -> None:
    parts: list[dict[str, Any]] = [reported] if isinstance(reported, dict) else list(reported or ())
    spent.reported = bool(parts)
    for part in parts:
        total = float(part.get("CapacityUnits") or 0.0)
        # Transactions and PartiQL say which; of the others the operation does.
        read, written = part.get("ReadCapacityUnits"), part.get("WriteCapacityUnits")
        if read is None and written is None:
            read, written = (total, 0.0) if _is_read(call) else (0.0, total)
        spent.rcu += float(read or 0.0)
        spent.wcu += float(written or 0.0)


def _is_read(call: Call) -> bool:
    if call.operation in _EITHER:
        # What PartiQL may mix, the service reports apart; a lone statement says it by its first word.
        statement = str(msgspec.json.decode(call.body).get("Statement", "SELECT"))
        return statement.lstrip()[:6].upper() == "SELECT"
    return call.operation in _READS
