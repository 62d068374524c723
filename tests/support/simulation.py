"""Virtual time: clients of the library, a network that fails, and one thread that runs them all by a seed.

No event loop is needed. What the library awaits in the end is a transport and a clock, and here both hand a moment in
time to the scheduler; so a run of thousands of requests takes milliseconds, and a seed says all there is to know of it.
"""

from __future__ import annotations

import heapq
import random
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import attrs

from dynamorm_async._codec import default_codec
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._ops.render import Settings
from dynamorm_async._retry import StandardRetry
from dynamorm_async._runner import Runner
from dynamorm_async.errors import (
    ConnectionLostError,
    DynamormError,
    EndpointUnreachableError,
    Outcome,
)
from tests.support.simulated import ModelDynamoDB, error

__all__ = ["Client", "Simulation"]

_PAST = 1_900_000_000.0


@types.coroutine
def _until(moment: float) -> Generator[float, None, None]:
    """Wait for a moment of virtual time."""
    yield moment


class Simulation:
    """One run.

    Args:
        seed: Of everything that happens.
        faults: How likely a request meets a fault.
        late: Whether a request that was given up may still be carried out, long after.
    """

    def __init__(self, seed: int, *, faults: float = 0.3, late: bool = False) -> None:
        self.dice = random.Random(seed)
        self.faults, self.late = faults, late
        self.service = ModelDynamoDB()
        self.now = 0.0
        self.sent = 0
        self._agenda: list[tuple[float, float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do this then; what falls on one moment is done in an order of chance."""
        self._count += 1
        heapq.heappush(self._agenda, (moment, self.dice.random(), self._count, action))

    def start(self, coroutine: Coroutine[float, None, None]) -> None:
        """Run this among the others."""

        def step() -> None:
            try:
                moment = coroutine.send(None)
            except StopIteration:
                return
            self.at(max(moment, self.now), step)

        self.at(self.dice.random() * 0.01, step)

    def run(self) -> None:
        """Until nobody waits for anything."""
        while self._agenda:
            self.now, _, _, action = heapq.heappop(self._agenda)
            action()


@attrs.define
class _Wire:
    """The transport of one client."""

    simulation: Simulation
    who: str = ""

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """One request over a network that may fail at any point."""
        simulation = self.simulation
        dice, service, who = simulation.dice, simulation.service, self.who
        simulation.sent += 1
        await _until(simulation.now + dice.expovariate(200))
        fault = dice.random() if dice.random() < simulation.faults else 1.0
        if fault < 0.1:
            raise EndpointUnreachableError("refused")
        if fault < 0.3:
            return error("ThrottlingException")
        if fault < 0.35 and call.operation == "TransactWriteItems":
            return error("TransactionInProgressException")
        if fault < 0.4 and call.operation.endswith("Item") and call.operation != "GetItem":
            return error("TransactionConflictException")
        if fault < 0.5:
            return error("InternalServerError", 500)
        if fault < 0.65:
            raise ConnectionLostError("lost on the way there")
        if fault < 0.75 and simulation.late and call.operation != "TransactWriteItems":
            simulation.at(
                simulation.now + dice.expovariate(5), lambda: service.carry_out(call.operation, call.body, who) and None
            )
            raise ConnectionLostError("on its way for long")
        reply = service.carry_out(call.operation, call.body, who)
        await _until(simulation.now + dice.expovariate(200))
        if fault < 0.9:
            raise ConnectionLostError("lost on the way back")
        return error("InternalServerError", 500) if fault < 1.0 else reply

    async def recover(self, code: str, reply: Reply) -> bool:
        """Nothing to recover from."""
        return False

    async def aclose(self) -> None:
        """Nothing to close."""


@attrs.define
class _Clock:
    simulation: Simulation
    skew: float

    def now(self) -> float:
        """The client's idea of the time."""
        return _PAST + self.simulation.now + self.skew

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self.simulation.now

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await _until(self.simulation.now + seconds)


class Client:
    """One process that uses the library. Pass it to ``using()``.

    Attributes:
        outcomes: What the library said of each operation, by its name.
    """

    def __init__(self, simulation: Simulation, name: str) -> None:
        self.simulation, self.name = simulation, name
        self.wire = _Wire(simulation)
        self.outcomes: dict[str, Outcome] = {}
        self.errors: dict[str, DynamormError] = {}
        self.runner = Runner(
            Settings(default_codec),
            self.wire,
            endpoint=name,
            policy=StandardRetry(dice=simulation.dice.random),
            clock=_Clock(simulation, simulation.dice.uniform(-0.5, 0.5)),
            dice=simulation.dice.random,
        )

    async def do(self, name: str, call: Callable[[], Any]) -> Any:
        """Carry out one operation of the workload and keep what the library said of it."""
        self.wire.who = name
        try:
            found = await call()
        except DynamormError as problem:
            self.outcomes[name], self.errors[name] = problem.outcome, problem
            return None
        self.outcomes[name] = Outcome.APPLIED
        return found

    async def pause(self) -> None:
        """Think."""
        await _until(self.simulation.now + self.simulation.dice.expovariate(50))
