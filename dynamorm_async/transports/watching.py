"""A transport that counts which partitions the requests go to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._ops.partitions import PartitionCounts, partitions_of
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.abc import Clock, Transport

__all__ = ["WatchingTransport"]


class WatchingTransport:
    """Counts each request, those that are sent again included, and sends it.

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
        self._specs = specs
        self._clock = clock
        self._tell = tell

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Count, and send once."""
        now = self._clock.monotonic()
        for spec, place, value in partitions_of(call, self._specs):
            if hint := self._counts.count(place, value, now):
                self._tell(hint.code, hint.text, spec.name)
        return await self._inner.send(call, attempt)

    async def recover(self, code: str, reply: Reply) -> bool:
        """As the inner transport does."""
        return await self._inner.recover(code, reply)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()
