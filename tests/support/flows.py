"""A service that answers flows by hand: no loop, no socket, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dynamorm_async._codec import default_codec
from dynamorm_async._ops.effects import Advised, Call, Effect, Flow, Reply, Sleep, Together
from dynamorm_async._ops.render import Settings
from dynamorm_async.errors import DynamormError

__all__ = ["SETTINGS", "Service", "body_of"]

SETTINGS = Settings(default_codec)


def body_of(call: Call) -> dict[str, Any]:
    """The decoded body of a request."""
    return msgspec.json.decode(call.body)


class Service:
    """Carries out effects: calls by a function, sleeps by remembering them, flows side by side one after the other.

    Args:
        answer: Gets each call; returns the answer's JSON, or bytes as they are, or an exception to raise in the flow.
    """

    def __init__(self, answer: Callable[[Call], Mapping[str, Any] | bytes | DynamormError]) -> None:
        self.answer = answer
        self.calls: list[Call] = []
        self.sleeps: list[float] = []

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was sent."""
        return [body_of(call) for call in self.calls]

    def run(self, flow: Flow[Any]) -> Any:
        """The flow's result; its error is raised."""
        try:
            effect = next(flow)
            while True:
                result = self._carry_out(effect)
                effect = flow.throw(result) if isinstance(result, DynamormError) else flow.send(result)
        except StopIteration as stop:
            return stop.value

    def _carry_out(self, effect: Effect) -> Any:
        if isinstance(effect, Sleep):
            self.sleeps.append(effect.seconds)
            return None
        if isinstance(effect, Advised):
            return None
        if isinstance(effect, Together):
            return [self._caught(flow) for flow in effect.flows]
        assert isinstance(effect, Call)
        self.calls.append(effect)
        answer = self.answer(effect)
        if isinstance(answer, DynamormError):
            return answer
        return Reply(200, answer if isinstance(answer, bytes) else msgspec.json.encode(answer))

    def _caught(self, flow: Flow[Any]) -> Any:
        try:
            return self.run(flow)
        except DynamormError as error:
            return error
