"""`Course`: how far one call has come."""

from __future__ import annotations

import uuid

import msgspec

from dynamorm_async._ops.effects import Attempt, Call
from dynamorm_async.abc import RetryState
from dynamorm_async.errors import Outcome

__all__ = ["Course"]


class Course(msgspec.Struct, eq=False):
    """The course of one call."""

    call: Call
    state: RetryState
    attempt: Attempt
    started: float
    outcome: Outcome | None = None
    """What became of the attempts that failed so far; None if none did."""

    def next_attempt(self) -> None:
        attempt = self.attempt
        attempt.number += 1
        # A policy that has no limit to tell is at its last attempt for all the service need know.
        attempt.limit = getattr(self.state, "limit", attempt.number)
        attempt.invocation_id = attempt.invocation_id or str(uuid.uuid4())
