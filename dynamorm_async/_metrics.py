"""`Metrics`: an observer that counts, for a look at what a session has done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from dynamorm_async.events import CallFinished, Event, RetryScheduled

__all__ = ["Counts", "Metrics"]


class Counts(msgspec.Struct):
    """What was done of one operation on one table.

    Attributes:
        calls: Calls that ended, well or badly.  errors: Those that ended badly.
        attempts: Requests sent for them.  retries: Waits before another attempt.
        seconds: Time they took in all, waits included.
    """

    calls: int = 0
    errors: int = 0
    attempts: int = 0
    retries: int = 0
    seconds: float = 0.0


class Metrics:
    """Counts calls by operation and table; ``Session(enable_metrics=True).metrics``.

    Example:
        >>> db.metrics.by_operation["GetItem", "users"].calls
    """

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str | None], Counts] = defaultdict(Counts)

    @property
    def by_operation(self) -> Mapping[tuple[str, str | None], Counts]:
        """The counts, by wire operation and table."""
        return self._counts

    def __repr__(self) -> str:
        return f"<Metrics: {sum(counts.calls for counts in self._counts.values())} calls>"

    def notify(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, CallFinished):
            counts = self._counts[event.operation, event.table]
            counts.calls += 1
            counts.errors += event.error is not None
            counts.attempts += event.attempts
            counts.seconds += event.seconds
        elif isinstance(event, RetryScheduled):
            self._counts[event.operation, event.table].retries += 1
