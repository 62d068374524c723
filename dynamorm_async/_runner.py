"""The shell: the one place that awaits. It drives flows over a transport, with retries, deadlines and events."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from dynamorm_async._anyio import anyio
from dynamorm_async._caller import Caller
from dynamorm_async._course import Course
from dynamorm_async._deadline import Within, current_deadline
from dynamorm_async._metering import metered
from dynamorm_async._ops.effects import Attempt, Call, Effect, Flow, Reply, Safety, Sleep, Together
from dynamorm_async._ops.failures import error_of, forget_locals, out_of_time, unknown_outcome
from dynamorm_async._ops.render import Settings
from dynamorm_async._recent import note_write
from dynamorm_async._retry import TOKEN_OPERATIONS, Decision, Failure, RefreshAndRetry, Stop, StopReason
from dynamorm_async._telling import announce
from dynamorm_async.abc import Clock, Observer, RetryPolicy, Transport
from dynamorm_async.errors import (
    ConditionFailedError,
    DeadlineExceededError,
    DynamormError,
    NoSessionError,
    Outcome,
    ServiceError,
    SessionClosedError,
)
from dynamorm_async.events import CallFinished, CallStarted, Event, RetryScheduled

if TYPE_CHECKING:
    from dynamorm_async._ops.cursors import CursorSigner

__all__ = ["Runner", "Scope", "current_runner"]

T = TypeVar("T")
_log = logging.getLogger("dynamorm_async")
_READ = Safety.READ  # a member that is reached through its class takes 70 ns each time
_LATE = 0.02
"""Seconds past the deadline at which a send is cut off from outside: a transport that keeps the time knows more."""
_scoped: ContextVar[Runner | None] = ContextVar("dynamorm_session", default=None)
_open: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, list[Runner]] = weakref.WeakKeyDictionary()
_everywhere: weakref.WeakSet[Runner] = weakref.WeakSet()


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
        "_loop",
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
        self.settings: Settings = settings
        self.transport: Transport = transport
        self.endpoint: str = endpoint
        self.policy: RetryPolicy = policy
        self.clock: Clock = clock
        self.dice: Callable[[], float] = dice
        self.observers: list[Observer] = list(observers)
        self.signer: CursorSigner | None = signer
        self.timeout: float | None = timeout
        self.closed: bool = False
        self._loop: weakref.ref[asyncio.AbstractEventLoop] | None = None

    def beside(self, settings: Settings, transport: Transport) -> Runner:
        """A runner like this one, with other settings and over another transport, that closes nothing of this one's."""
        return Runner(
            settings,
            transport,
            endpoint=self.endpoint,
            policy=self.policy,
            clock=self.clock,
            dice=self.dice,
            observers=self.observers,
            signer=self.signer,
            timeout=self.timeout,
        )

    def now(self) -> datetime:
        """The session's time."""
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def run(self, flow: Flow[T], caller: Caller | None = None) -> Coroutine[Any, Any, T]:
        """Carry out a flow and return its result. Errors of calls are raised inside the flow first.

        The session's timeout is for the flow as a whole, however many requests it makes.

        Args:
            flow: What to carry out.
            caller: Names the error, if it ends in one.
        """
        if self.closed:
            raise SessionClosedError("the session is closed.", hint="Use it inside `async with Session(...)`.")
        return self._run(flow, caller) if self.timeout is None else self._run_within(self.timeout, flow, caller)

    async def _run_within(self, seconds: float, flow: Flow[T], caller: Caller | None) -> T:
        with Within(seconds, self.clock.monotonic):
            return await self._run(flow, caller)

    async def _run(self, flow: Flow[T], caller: Caller | None = None) -> T:
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
        except DynamormError as error:
            forget_locals(error)
            if caller is not None:
                caller._name(error)
            raise

    async def _other(self, effect: Effect) -> Any:
        if isinstance(effect, Sleep):
            return await self._sleep(effect.seconds)
        if isinstance(effect, Together):
            return await self._together(effect)
        assert not isinstance(effect, Call)  # noqa: S101  which is carried out elsewhere
        return announce(effect, self.notify)

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless the deadline comes first: then there is nothing to wait for."""
        limit = current_deadline()
        if limit is not None and limit.remaining <= seconds:
            raise DeadlineExceededError("the deadline passes before the next request.")
        await self.clock.sleep(seconds)

    async def _together(self, effect: Together) -> list[Any]:
        results: list[Any] = [None] * len(effect.flows)
        failures: list[Exception] = []
        limiter = anyio.CapacityLimiter(max(1, effect.limit))

        async def one(position: int, flow: Flow[Any]) -> None:
            async with limiter:
                try:
                    results[position] = await self._run(flow)
                except DynamormError as error:
                    results[position] = error
                except Exception as error:  # noqa: BLE001  raised below, where no group wraps it
                    failures.append(error)
                    tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for position, flow in enumerate(effect.flows):
                tasks.start_soon(one, position, flow)
        if failures:
            raise failures[0]
        return results

    # ------------------------------------------------------------ one call

    async def call(self, call: Call) -> Reply:
        """Send a request until it succeeds or must not be sent again.

        Raises:
            ServiceError: The service's answer, when no retry is left or allowed.
            TransportError: No answer; nothing was applied.
            OutcomeUnknownError: A write was sent, and nobody knows whether it was applied.
        """
        if self.closed:
            raise SessionClosedError("the session is closed.", hint="Use it inside `async with Session(...)`.")
        started = self.clock.monotonic()
        course = Course(
            call,
            self.policy.start((self.endpoint, call.table)),
            Attempt(deadline=self._deadline(started)),
            started,
        )
        send = metered(self.transport.send if course.attempt.deadline is None else self._send_in_time)
        if self.observers:
            self.notify(CallStarted(call.operation, call.table))
        while True:
            reply: Reply | None = None
            try:
                reply = await send(call, course.attempt)
                if reply.status == 200:
                    course.state.succeeded()
                    if call.safety is not _READ:
                        note_write(call, self.clock)
                    if self.observers:
                        self._succeeded(course, reply)
                    return reply
                failure: DynamormError = error_of(call, reply, course.attempt.number)
            except DynamormError as error:
                failure = error
            except asyncio.CancelledError:
                self._cut_short(course, Outcome.UNKNOWN)
                raise
            await self._settle(course, failure, reply)

    async def _settle(self, course: Course, error: DynamormError, reply: Reply | None) -> None:
        """After a failed attempt: raise, or wait until the next."""
        header = None if reply is None else reply.headers.get("x-amz-retry-after")
        failure = self._describe(course, error, header)
        after_unknown = course.outcome is Outcome.UNKNOWN
        course.outcome = failure.outcome_after(course.outcome)
        try:
            decision = await self._decision(course, failure, reply)
            if isinstance(decision, Stop):
                self._raise(course, failure, decision, after_unknown=after_unknown)
            await self._wait(course, failure, decision.delay)
        except asyncio.CancelledError:
            self._cut_short(course, course.outcome)
            raise
        course.next_attempt()

    async def _decision(self, course: Course, failure: Failure, reply: Reply | None) -> Decision:
        # A policy says when; whether it is harmless is not for it to say.
        if not failure.repeatable:
            return Stop(StopReason.UNSAFE)
        decision = course.state.after(failure)
        if isinstance(decision, RefreshAndRetry) and not await self._recovered(course, failure.error, reply):
            return Stop(StopReason.REFRESHED)
        if not isinstance(decision, Stop) and failure.remaining is not None and decision.delay >= failure.remaining:
            return Stop(StopReason.DEADLINE)
        return decision

    def _deadline(self, now: float) -> float | None:
        limit = current_deadline()
        if limit is None:
            return None if self.timeout is None else now + self.timeout
        outer = now + limit.remaining
        return outer if self.timeout is None else min(outer, now + self.timeout)

    async def _send_in_time(self, call: Call, attempt: Attempt) -> Reply:
        """Send, and be back by the deadline even if what is waited for (fresh credentials, say) minds no deadline."""
        assert attempt.deadline is not None  # noqa: S101  chosen by it
        remaining = attempt.deadline - self.clock.monotonic()
        if remaining <= 0:
            raise DeadlineExceededError("the deadline passed before the request was sent.")
        try:
            async with asyncio.timeout(remaining + _LATE):
                return await self.transport.send(call, attempt)
        except DynamormError:
            raise
        except TimeoutError as error:
            outcome = Outcome.NOT_APPLIED if call.safety is Safety.READ else Outcome.UNKNOWN
            raise DeadlineExceededError("the deadline passed.", outcome=outcome) from error

    def _describe(self, course: Course, error: DynamormError, header: str | None) -> Failure:
        call, attempt = course.call, course.attempt
        now = self.clock.monotonic()
        elapsed = now - course.started
        return Failure(
            error,
            attempt.number,
            elapsed,
            call.safety,
            call.retry_unknown,
            None if attempt.deadline is None else attempt.deadline - now,
            header,
            elapsed if call.operation in TOKEN_OPERATIONS else None,
        )

    async def _recovered(self, course: Course, error: DynamormError, reply: Reply | None) -> bool:
        if reply is None:
            return False
        code = error.code if isinstance(error, ServiceError) else ""
        ends = course.attempt.deadline
        try:
            async with asyncio.timeout(None if ends is None else ends - self.clock.monotonic()):
                return await self.transport.recover(code, reply)
        except TimeoutError:
            return False

    async def _wait(self, course: Course, failure: Failure, delay: float) -> None:
        if self.observers:
            call, name = course.call, type(failure.error).__name__
            self.notify(RetryScheduled(call.operation, call.table, failure.attempt, delay, name))
        if delay:
            await self.clock.sleep(delay)

    def _raise(self, course: Course, failure: Failure, stop: Stop, *, after_unknown: bool) -> NoReturn:
        call = course.call
        error = out_of_time(failure.error) if stop.reason is StopReason.DEADLINE else failure.error
        error.op, error.table, error.attempts = error.op or call.operation, error.table or call.table, failure.attempt
        error.outcome = course.outcome or Outcome.NOT_APPLIED
        if isinstance(error, ServiceError):
            error.after_unknown = after_unknown
        if self.observers:
            self._failed(course, error)
        # A failed condition is explained by the flow. Any other class says that nothing was applied: if that is so.
        if error.outcome is Outcome.UNKNOWN and not isinstance(error, ConditionFailedError):
            raise unknown_outcome(call, error, after_unknown=after_unknown) from error
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

    def _succeeded(self, course: Course, reply: Reply) -> None:
        replayed = course.outcome is Outcome.UNKNOWN
        self._finished(course, 200, request_id=reply.request_id, replayed=replayed)

    def _failed(self, course: Course, error: DynamormError) -> None:
        status = error.status if isinstance(error, ServiceError) else 0
        name = type(error).__name__
        self._finished(course, status, error=name, outcome=error.outcome, request_id=error.request_id)

    def _cut_short(self, course: Course, outcome: Outcome | None) -> None:
        """Tell what a cancellation left behind; the cancellation itself goes on unchanged."""
        if self.observers:
            possible = Outcome.NOT_APPLIED if course.call.safety is Safety.READ else outcome
            self._finished(course, 0, error="CancelledError", outcome=possible)

    def _finished(self, course: Course, status: int, **facts: Any) -> None:
        seconds = self.clock.monotonic() - course.started
        call = course.call
        self.notify(CallFinished(call.operation, call.table, seconds, course.attempt.number, status, **facts))

    # ------------------------------------------------------------ which session

    def opened(self) -> None:
        """Enter this session among the open ones of the running event loop."""
        loop = asyncio.get_running_loop()
        self._loop = weakref.ref(loop)
        _open.setdefault(loop, []).append(self)
        _everywhere.add(self)

    @property
    def stranded(self) -> bool:
        """Whether the event loop it was opened on has ended, so that another may take it over."""
        loop = None if self._loop is None else self._loop()
        return not self.closed and (loop is None or loop.is_closed())

    async def aclose(self) -> None:
        """Close the transport. Idempotent."""
        self.closed = True
        _everywhere.discard(self)
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
    runners = _open.get(asyncio.get_running_loop()) or _taken_over()
    if len(runners) == 1:
        return runners[0]
    problem = f"{len(runners)} sessions are open" if runners else "no session is open"
    raise NoSessionError(f"{problem} on this event loop.")


def _taken_over() -> Sequence[Runner]:
    """Sessions whose event loop has ended, as between two ``asyncio.run``: they go on on this one."""
    stranded = [runner for runner in tuple(_everywhere) if runner.stranded]
    for runner in stranded:
        runner.opened()
    return stranded


class Scope(AbstractContextManager[None]):
    """Uses this session for every bare ``await`` inside.

    It is no generator: one that is entered and never left would leave when it is collected, wherever that happens.
    """

    __slots__ = ("_runner", "_token")

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def __enter__(self) -> None:
        self._token = _scoped.set(self._runner)

    def __exit__(self, *_: object) -> None:
        # Elsewhere: an async generator that nobody ended is closed by the loop, when its context is no longer.
        with suppress(ValueError):
            _scoped.reset(self._token)
