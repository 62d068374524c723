"""A clock for tests."""

from __future__ import annotations

__all__ = ["InstantClock"]


class InstantClock:
    """A clock on which waiting takes no time: it stands still but for what is waited.

    Args:
        now: Where it begins, in seconds since the epoch.

    Example:
        >>> clock = InstantClock(now=0.0)
        >>> await clock.sleep(60)
        >>> clock.now()
        60.0
    """

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._seconds = now

    def now(self) -> float:
        """Seconds since the epoch.

        Returns:
            Seconds.
        """
        return self._seconds

    def monotonic(self) -> float:
        """The same.

        Returns:
            Seconds.
        """
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Move on at once.

        Args:
            seconds: How far.
        """
        self._seconds += seconds
