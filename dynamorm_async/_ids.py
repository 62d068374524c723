"""Ids for new items: sortable by time of creation, made without asking anybody.

Their dice is ``os.urandom``: unlike a generator in memory it gives different numbers after a fork and in every copy
of a restored snapshot.
"""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

__all__ = ["new_token", "ulid", "uuid7"]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class _Ticks:
    """Milliseconds and a 80-bit tail that grows within one, so that ids made in a row are in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = -1
        self._tail = 0

    def next(self) -> tuple[int, int]:
        """The time in milliseconds, and 80 bits."""
        with self._lock:
            now = time.time_ns() // 1_000_000
            if now > self._last:
                # The top bit is left free, so that counting up does not overflow into the time.
                self._last, self._tail = now, int.from_bytes(os.urandom(10)) >> 1
            else:
                self._tail += 1 + int.from_bytes(os.urandom(3))
            return self._last, self._tail


_ticks = _Ticks()


def new_token() -> str:
    """An idempotency token: 16 random bytes as hexadecimal digits. DynamoDB takes any text of up to 36 characters."""
    return os.urandom(16).hex()


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of time in milliseconds, then random ones; in order within a process.

    Returns:
        A UUID.

    Example:
        >>> id: Attr[UUID] = partition_key(factory=uuid7)
    """
    milliseconds, tail = _ticks.next()
    high, low = tail >> 68, (tail >> 6) & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def ulid() -> str:
    """A ULID: 26 characters that sort by time of creation, in order within a process.

    Returns:
        26 characters: 48 bits of time in milliseconds, 80 at random.

    Example:
        >>> id: Attr[str] = partition_key(factory=ulid)
    """
    milliseconds, tail = _ticks.next()
    number = milliseconds << 80 | tail
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
