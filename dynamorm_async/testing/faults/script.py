"""A script: steps in order, each for certain requests, each a number of times."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypedDict

import attrs

from dynamorm_async.errors import ConfigurationError
from dynamorm_async.testing.faults.exchange import Exchange
from dynamorm_async.testing.faults.messages import Request

__all__ = ["Fault", "Moment", "Script", "Where"]


class Moment(enum.Enum):
    """When a fault strikes."""

    CONNECTION = "a new connection"
    HEAD = "the head of a request has arrived"
    REQUEST = "a whole request has arrived"


class Where(TypedDict, total=False):
    """The options that every fault has; see `Fault`."""

    operation: str | None
    table: str | None
    nth: int
    times: int | None
    chance: float


@attrs.frozen(slots=True, kw_only=True)
class Fault(ABC):
    """One step of a script. Derive from it, with a `play` of your own, for a fault that is not here.

    Attributes:
        operation: Only for this operation (``"UpdateItem"``); None for any.
        table: Only for requests that name this table; None for any.
        nth: From the n-th such request on, counted from 1 whether or not another step took the ones before.
        times: For so many requests; None for every one.
        chance: With this probability, for each of them; the dice are the server's, seeded.

    Raises:
        ConfigurationError: A count or the chance is out of range.
    """

    operation: str | None = None
    table: str | None = None
    nth: int = 1
    times: int | None = 1
    chance: float = 1.0

    def __attrs_post_init__(self) -> None:
        counts = (self.nth, 1 if self.times is None else self.times)
        if min(counts) < 1 or not 0 < self.chance <= 1:
            name = type(self).__name__
            raise ConfigurationError(f"{name}: nth and times count from 1, and chance is above 0 and at most 1.")

    @property
    def moment(self) -> Moment:
        """When it strikes."""
        return Moment.REQUEST

    def fits(self, operation: str) -> bool:
        """Whether it is for requests of this operation."""
        return self.operation in {None, operation}

    @abstractmethod
    async def play(self, exchange: Exchange) -> None:
        """Answer the request, or not."""


@attrs.define(slots=True, eq=False)
class _Step:
    fault: Fault
    seen: int = 0
    played: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.played >= self.fault.times


class Script:
    """Steps, and how far they have been played.

    Of the steps that fit a request, the first that is not spent plays. Requests that no step takes pass untouched.
    """

    def __init__(self, faults: Sequence[Fault], dice: Callable[[], float]) -> None:
        self._steps = [_Step(fault) for fault in faults]
        self._dice = dice

    @property
    def unplayed(self) -> tuple[Fault, ...]:
        """The steps that never played."""
        return tuple(step.fault for step in self._steps if not step.played)

    def at_connection(self) -> Fault | None:
        """The fault for a connection that has just been made: the next step, if it is one for connections."""
        following = next((step for step in self._steps if not step.spent), None)
        if following is None or following.fault.moment is not Moment.CONNECTION or not self._falls(following):
            return None
        return self._play(following)

    def at_head(self, operation: str) -> Fault | None:
        """The fault for a request of which only the head has arrived, if it strikes that early.

        A step that asks for a table, or throws dice, cannot be judged yet; it waits for the body, with all after it.
        """
        fitting = (step for step in self._requests(operation) if not step.spent and step.seen + 1 >= step.fault.nth)
        first = next((step.fault for step in fitting), None)
        early = first is not None and first.moment is Moment.HEAD and first.table is None and first.chance >= 1
        return self._choose(operation, frozenset()) if early else None

    def at_request(self, request: Request) -> Fault | None:
        """The fault for a request that has arrived."""
        asks = any(step.fault.table is not None for step in self._requests(request.operation))
        return self._choose(request.operation, request.tables if asks else frozenset())

    def _requests(self, operation: str) -> list[_Step]:
        fitting = (step for step in self._steps if step.fault.fits(operation))
        return [step for step in fitting if step.fault.moment is not Moment.CONNECTION]

    def _choose(self, operation: str, tables: frozenset[str]) -> Fault | None:
        chosen: _Step | None = None
        for step in self._requests(operation):
            if step.fault.table is not None and step.fault.table not in tables:
                continue
            step.seen += 1
            if chosen is None and not step.spent and step.seen >= step.fault.nth and self._falls(step):
                chosen = step
        return self._play(chosen) if chosen else None

    def _falls(self, step: _Step) -> bool:
        return step.fault.chance >= 1 or self._dice() < step.fault.chance

    @staticmethod
    def _play(step: _Step) -> Fault:
        step.played += 1
        return step.fault
