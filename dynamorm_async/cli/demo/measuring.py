"""Counts what goes over the wire."""

from __future__ import annotations

import attrs

from dynamorm_async.events import CallFinished, Event

__all__ = ["Counter"]


@attrs.define(slots=True)
class Counter:
    """An observer that counts requests, those sent again included."""

    requests: int = 0

    def notify(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, CallFinished):
            self.requests += event.attempts
