"""A transport that answers by a function, for faces that need a session and nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dynamorm_async._ops.effects import Attempt, Call, Reply
from tests.support.flows import body_of

__all__ = ["ScriptedTransport", "StillClock", "canceled", "refused"]


class StillClock:
    """Stands at noon; waits at once and remembers for how long."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.seconds = 0.0

    def now(self) -> float:
        """Noon of 21 November 2026."""
        return 1_795_262_400.0 + self.seconds

    def monotonic(self) -> float:
        """As long as was waited."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Remember it."""
        self.waits.append(seconds)
        self.seconds += seconds


class ScriptedTransport:
    """Answers each call by a function.

    Args:
        answer: Returns the JSON of an answer, a whole `Reply`, or an exception to raise.
    """

    def __init__(self, answer: Callable[[Call], Mapping[str, Any] | Reply | Exception]) -> None:
        self.answer = answer
        self.calls: list[Call] = []

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was sent."""
        return [body_of(call) for call in self.calls]

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Answer, or raise."""
        self.calls.append(call)
        answer = self.answer(call)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else Reply(200, msgspec.json.encode(answer))

    async def recover(self, code: str, reply: Reply) -> bool:
        """Nothing can be recovered."""
        return False

    async def aclose(self) -> None:
        """Nothing is open."""


def refused(code: str, status: int = 400, **body: Any) -> Reply:
    """The service's error with this code."""
    return Reply(status, msgspec.json.encode({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"} | body))


def canceled(*reasons: Mapping[str, Any] | None) -> Reply:
    """A cancelled transaction; None for operations that did not stop it."""
    return refused(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "None"} if one is None else one for one in reasons],
    )
