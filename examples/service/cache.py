"""A cache in this process, for what is read often and may be read a little late by other processes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Cache"]

T = TypeVar("T")


class Cache(Generic[T]):
    """Keeps values for some time, the most recently read ones.

    Args:
        seconds: For how long. A change made by another process is seen after that time at the latest.
        most: How many values.
        clock: Seconds that never go back.
    """

    def __init__(
        self, seconds: float = 300.0, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._values: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._loading: dict[Hashable, object] = {}

    async def get(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """The value of a key, loaded if it is not here; and kept, if it was not forgotten while it was loaded."""
        kept = self._values.get(key)
        if kept is not None and self._clock() < kept[0]:
            self._values.move_to_end(key)
            return kept[1]
        turn = self._loading[key] = object()
        try:
            value = await load()
            if self._loading.get(key) is turn:
                self._keep(key, value)
        finally:
            if self._loading.get(key) is turn:
                del self._loading[key]
        return value

    def forget(self, *keys: Hashable) -> None:
        """Drop values, after they were written or may have been."""
        for key in keys:
            self._values.pop(key, None)
            self._loading.pop(key, None)

    def _keep(self, key: Hashable, value: T) -> None:
        self._values[key] = (self._clock() + self._seconds, value)
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            self._values.popitem(last=False)
