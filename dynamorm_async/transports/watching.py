"""A transport that looks at the requests: which partitions they go to, and what habits they show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from weakref import ref

import msgspec

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._ops.habits import Habits
from dynamorm_async._ops.partitions import PartitionCounts, partitions_of
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.abc import Clock, Transport

__all__ = ["WatchingTransport"]


class WatchingTransport:
    """Looks at each request, those that are sent again included, and sends it.

    Args:
        inner: Moves the requests.
        counts: Keeps the counts.
        specs: The models of a table, by its name on the wire.
        clock: The session's.
        tell: Is given code, text and model of advice.
    """

    def __init__(
        self,
        inner: Transport,
        counts: PartitionCounts,
        specs: Callable[[str], Iterable[ModelSpec]],
        clock: Clock,
        tell: Callable[[str, str, str], None],
    ) -> None:
        self._inner = inner
        self._counts = counts
        self._habits = Habits()
        self._specs = specs
        self._clock = clock
        self._tell = tell

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Count, and send once."""
        self._look(call)
        return await self._inner.send(call, attempt)

    def _look(self, call: Call) -> None:
        now, counts = self._clock.monotonic(), self._counts
        body = msgspec.json.decode(call.body)
        for spec, place, value in partitions_of(call.operation, body, self._specs):
            if hint := counts.count(place, value, now):
                self._tell(hint.code, hint.text, spec.name)
        # Not by its id, which the next task may get: many tasks that read once are no habit.
        task, least = asyncio.current_task(), counts.at_least
        who = None if task is None else ref(task)
        for model, hint in self._habits.count(call.operation, body, self._specs, task=who, now=now, at_least=least):
            self._tell(hint.code, hint.text, model)

    async def recover(self, code: str, reply: Reply) -> bool:
        """As the inner transport does."""
        return await self._inner.recover(code, reply)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()
