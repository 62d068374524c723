"""The shell: the one place that awaits. It drives flows over a transport, with retries, deadlines and events."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, TypeVar

import anyio

from dynamorm_async._ops.cursors import CursorSigner
from dynamorm_async._ops.effects import Attempt, Call, Effect, Flow, Reply, Sleep, Together
from dynamorm_async._ops.failures import error_of
from dynamorm_async._ops.render import Settings
from dynamorm_async._retry import TOKEN_OPERATIONS, Failure, RefreshAndRetry, Stop, StopReason
from dynamorm_async.abc import Clock, Observer, RetryPolicy, Transport
from dynamorm_async.errors import (
    DynamormError,
    NoSessionError,
    Outcome,
    OutcomeUnknownError,
    ServiceError,
    SessionClosedError,
    TransportError,
)
from dynamorm_async.events import CallFinished, CallStarted, Event, RetryScheduled

__all__ = ["Runner", "current_runner", "deadline", "scope"]

T = TypeVar("T")
_log = logging.getLogger("dynamorm_async")
_scoped: ContextVar[Runner | None] = ContextVar("dynamorm_session", default=None)
_deadline: ContextVar[float | None] = ContextVar("dynamorm_deadline", default=None)
_open: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[Runner]] = weakref.WeakKeyDictionary()


class Runner:
    """Runs the flows of one session.

    Args:
        settings: What the session contributes to requests.
        transport: Moves requests.
        endpoint: Names the endpoint in the retry budget.
        policy: When to send again.
        clock: Time and waiting.
        dice: Gives a number in [0, 1) at each call.
        observers: Are told what happens.
        signer: Signs cursors.
        timeout: Seconds that a call may take in all, unless `deadline` says less.
    """

    __slots__ = (
        "__weakref__",
        "clock",
        "closed",
        "dice",
        "endpoint",
        "observers",
        "policy",
        "settings",
        "signer",
        "timeout",
        "transport",
    )

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        *,
        endpoint: str,
        policy: RetryPolicy,
        clock: Clock,
        dice: Callable[[], float],
        observers: Sequence[Observer] = (),
        signer: CursorSigner | None = None,
        timeout: float | None = None,
    ) -> None:
        self.settings = settings
        self.transport = transport
        self.endpoint = endpoint
        self.policy = policy
        self.clock = clock
        self.dice = dice
        self.observers = list(observers)
        self.signer = signer
        self.timeout = timeout
        self.closed = False

    async def run(self, flow: Flow[T]) -> T:
        """Carry out a flow and return its result. Errors of calls are raised inside the flow first."""
        if self.closed:
            raise SessionClosedError("the session is closed.", hint="Use it inside `async with Session(...)`.")
        try:
            effect: Effect = next(flow)
            while True:
                try:
                    result = await (self.call(effect) if type(effect) is Call else self._other(effect))
                except DynamormError as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(result)
        except StopIteration as stop:
            value: T = stop.value
            return value

    async def _other(self, effect: Effect) -> Any:
        if isinstance(effect, Sleep):
            return await self.clock.sleep(effect.seconds)
        assert isinstance(effect, Together)  # noqa: S101  there are three effects
        return await self._together(effect)

    async def _together(self, effect: Together) -> list[Any]:
        results: list[Any] = [None] * len(effect.flows)
        limiter = anyio.CapacityLimiter(max(1, effect.limit))

        async def one(position: int, flow: Flow[Any]) -> None:
            async with limiter:
                try:
                    results[position] = await self.run(flow)
                except DynamormError as error:
                    results[position] = error

        async with anyio.create_task_group() as tasks:
            for position, flow in enumerate(effect.flows):
                tasks.start_soon(one, position, flow)
        return results

    # ------------------------------------------------------------ one call

    async def call(self, call: Call) -> Reply:
        """Send a request until it succeeds or must not be sent again.

        Raises:
            ServiceError: The service's answer, when no retry is left or allowed.
            TransportError: No answer; nothing was applied.
            OutcomeUnknownError: A write was sent, and nobody knows whether it was applied.
        """
        state = self.policy.start((self.endpoint, call.table))
        started = self.clock.monotonic()
        attempt = Attempt(deadline=self._deadline(started))
        if self.observers:
            self.notify(CallStarted(call.operation, call.table))
        outcome: Outcome | None = None
        while True:
            reply = None
            try:
                reply = await self.transport.send(call, attempt)
            except TransportError as error:
                failure: DynamormError = error
                header = None
            else:
                if reply.status == 200:
                    state.succeeded()
                    if self.observers:
                        self._finished(call, started, attempt.number, reply=reply)
                    return reply
                failure = error_of(call, reply, attempt.number)
                header = reply.headers.get("x-amz-retry-after")
            described = self._describe(call, failure, attempt, started, header)
            after_unknown = outcome is Outcome.UNKNOWN
            outcome = described.outcome_after(outcome)
            # A policy says when; whether it is harmless is not for it to say.
            decision = state.after(described) if described.repeatable else Stop(StopReason.UNSAFE)
            if isinstance(decision, RefreshAndRetry) and not await self._recovered(failure, reply):
                decision = Stop(StopReason.REFRESHED)
            if isinstance(decision, Stop):
                self._raise(call, described, started, outcome, after_unknown=after_unknown)
            await self._wait(call, described, decision.delay)
            attempt.number += 1

    def _deadline(self, now: float) -> float | None:
        outer = _deadline.get()
        if self.timeout is None:
            return outer
        return now + self.timeout if outer is None else min(outer, now + self.timeout)

    def _describe(
        self, call: Call, error: DynamormError, attempt: Attempt, started: float, header: str | None
    ) -> Failure:
        now = self.clock.monotonic()
        return Failure(
            error,
            attempt.number,
            now - started,
            call.safety,
            call.retry_unknown,
            None if attempt.deadline is None else attempt.deadline - now,
            header,
            now - started if call.operation in TOKEN_OPERATIONS else None,
        )

    async def _recovered(self, error: DynamormError, reply: Reply | None) -> bool:
        code = error.code if isinstance(error, ServiceError) else ""
        return reply is not None and await self.transport.recover(code, reply)

    async def _wait(self, call: Call, failure: Failure, delay: float) -> None:
        if self.observers:
            name = type(failure.error).__name__
            self.notify(RetryScheduled(call.operation, call.table, failure.attempt, delay, name))
        if delay:
            await self.clock.sleep(delay)

    def _raise(
        self, call: Call, failure: Failure, started: float, outcome: Outcome, *, after_unknown: bool
    ) -> NoReturn:
        error = failure.error
        error.op, error.table, error.attempts = error.op or call.operation, error.table or call.table, failure.attempt
        error.outcome = outcome
        if isinstance(error, ServiceError):
            error.after_unknown = after_unknown
        if self.observers:
            self._finished(call, started, failure.attempt, error=error)
        # A failed condition is explained by the flow, which knows what was written.
        if outcome is Outcome.UNKNOWN and not (isinstance(error, ServiceError) and error.status < 500):
            raise OutcomeUnknownError(
                f"the write was sent and its answer was lost ({type(error).__name__}).",
                op=call.operation,
                table=call.table,
                attempts=failure.attempt,
                request_id=error.request_id,
            ) from error
        raise error

    # ------------------------------------------------------------ events

    def notify(self, event: Event) -> None:
        """Tell the observers. One that raises is logged and removed: watching must not break what is watched."""
        for observer in tuple(self.observers):
            try:
                observer.notify(event)
            except Exception:  # noqa: BLE001  a broken observer must not break the call
                self.observers.remove(observer)
                _log.exception("An observer raised and was removed.")

    def _finished(
        self,
        call: Call,
        started: float,
        attempts: int,
        *,
        reply: Reply | None = None,
        error: DynamormError | None = None,
    ) -> None:
        status = reply.status if reply is not None else getattr(error, "status", 0)
        self.notify(
            CallFinished(
                call.operation,
                call.table,
                self.clock.monotonic() - started,
                attempts,
                status,
                error=None if error is None else type(error).__name__,
                outcome=None if error is None else error.outcome,
                request_id=reply.request_id if reply is not None else error.request_id if error else None,
            )
        )

    # ------------------------------------------------------------ which session

    def opened(self) -> None:
        """Enter this session among the open ones of the running event loop."""
        _open.setdefault(asyncio.get_running_loop(), []).append(self)

    async def aclose(self) -> None:
        """Close the transport. Idempotent."""
        self.closed = True
        for runners in _open.values():
            if self in runners:
                runners.remove(self)
        await self.transport.aclose()


def current_runner() -> Runner:
    """The session a bare ``await`` uses: the one in scope, or the only one open on this event loop.

    Raises:
        NoSessionError: None, or several.
    """
    scoped = _scoped.get()
    if scoped is not None:
        return scoped
    runners = _open.get(asyncio.get_running_loop(), ())
    if len(runners) == 1:
        return runners[0]
    problem = f"{len(runners)} sessions are open" if runners else "no session is open"
    raise NoSessionError(f"{problem} on this event loop.")


@contextmanager
def scope(runner: Runner) -> Generator[None]:
    """Use this session for every bare ``await`` inside."""
    token = _scoped.set(runner)
    try:
        yield
    finally:
        _scoped.reset(token)


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Let every call inside end within that many seconds from now: waiting for a connection, attempts and body.

    Deadlines nest, and the earliest counts.

    Raises:
        DeadlineExceededError: From the call that did not end in time.

    Example:
        >>> with deadline(0.8):
        ...     user = await User.get("acme", "1")
    """
    ends = time.monotonic() + seconds
    outer = _deadline.get()
    token = _deadline.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _deadline.reset(token)
