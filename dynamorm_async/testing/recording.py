"""Real calls, kept in a file and played back: tests of a service's true answers that need no service.

A recording is a text file of JSON lines, one for each request with its answer, and one for each time the session asked
the clock. It holds bodies only, so no credentials and no headers; what is in the items is in it, though.

Example:
    ```python
    async with recorded(Session(region="eu-west-1"), "users.jsonl") as db:  # the first time real, from then on played
        user = await User.get("acme", "1")
    ```
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import anyio
import attrs
import msgspec

from dynamorm_async import errors
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async._session import Session
from dynamorm_async._shown import entered
from dynamorm_async.abc import Clock, Transport
from dynamorm_async.errors import ConfigurationError, Outcome, TransportError
from dynamorm_async.testing.clocks import InstantClock
from dynamorm_async.testing.differences import UnexpectedCallError, difference, likeness

__all__ = ["Recorder", "Replayer", "recorded"]

_RANDOM: Final = ("ClientRequestToken",)
"""Made anew by every run, so never compared."""
_encode = msgspec.json.encode


class Recorder:
    """A transport that keeps what another one sends and gets, and writes it to a file when it is closed.

    Args:
        inner: Does the sending.
        path: The recording; replaced as a whole, and only when the transport is closed.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "users.jsonl")
        >>> recorder = Recorder(db.runner.transport, path)
        >>> await recorder.aclose()
        >>> path.exists()
        True
    """

    def __init__(self, inner: Transport, path: str | os.PathLike[str]) -> None:
        self._inner = inner
        self._path = Path(path)
        self._lines: list[bytes] = []
        self._written = False

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once, and keep the answer or the lack of one.

        Args:
            call: What is sent.
            attempt: Which attempt it is, and until when.

        Returns:
            The answer.

        Raises:
            TransportError: As the inner transport raised it.
        """
        line: dict[str, Any] = {"operation": call.operation, "body": msgspec.json.decode(call.body)}
        if call.service != "dynamodb":
            line["service"] = call.service
        try:
            reply = await self._inner.send(call, attempt)
        except TransportError as error:
            self._keep(line | {"error": type(error).__name__, "outcome": error.outcome.value})
            raise
        self._keep(line | {"status": reply.status, "reply": _shown(reply.body)})
        return reply

    async def recover(self, code: str, reply: Reply) -> bool:
        """As the inner transport does.

        Args:
            code: The error's wire code.
            reply: The answer that carried it.

        Returns:
            Whether sending again can succeed.
        """
        return await self._inner.recover(code, reply)

    async def aclose(self) -> None:
        """Write the recording, and close the inner transport."""
        try:
            if not self._written:
                await self._write()
        finally:
            await self._inner.aclose()

    def clock(self, inner: Clock) -> Clock:
        """A clock that keeps the times it tells, so that a replayed session writes the same ones.

        Args:
            inner: The clock that tells them.

        Returns:
            The clock for a session whose calls are recorded.
        """
        return _KeptClock(inner, self)

    def keep_time(self, seconds: float) -> None:
        """Keep a time that a clock told.

        Args:
            seconds: Since the epoch.
        """
        self._keep({"time": seconds})

    def _keep(self, line: Mapping[str, Any]) -> None:
        self._lines.append(_encode(line))

    async def _write(self) -> None:
        target = anyio.Path(self._path)
        half = target.with_name(f"{target.name}.part")
        await half.write_bytes(b"".join(line + b"\n" for line in self._lines))
        await half.replace(target)
        self._written = True


class Replayer:
    """A transport that answers from a recording, each recorded answer once, equal requests in their order.

    Requests are the same if operation and body are; the order of different ones does not matter. Only the token of a
    transaction, which is random, may differ.

    Args:
        path: The recording.

    Raises:
        ConfigurationError: There is none, or a line of it cannot be read.
        UnexpectedCallError: From a call that is not in it, with the nearest that is.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path, endpoint = Path(mkdtemp(), "users.jsonl"), db.endpoint
        >>> async with recorded(Session(endpoint=endpoint), path):
        ...     user = await User.get("acme", "1")
        >>> async with Session(transport=Replayer(path)):
        ...     user = await User.get("acme", "1")
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        lines = _read(self._path)
        self._calls = [line for line in lines if line.operation]
        self._times = [line.time for line in lines if not line.operation]
        self._waiting: dict[bytes, deque[_Line]] = defaultdict(deque)
        for line in self._calls:
            self._waiting[line.identity].append(line)

    async def send(self, call: Call, attempt: Attempt) -> Reply:  # noqa: ARG002  as every transport
        """Answer as recorded.

        Args:
            call: What is sent.
            attempt: Which attempt it is, and until when.

        Returns:
            The recorded answer.

        Raises:
            UnexpectedCallError: There is none for this call.
        """
        asked = _Line(operation=call.operation, body=msgspec.json.decode(call.body), service=call.service)
        waiting = self._waiting.get(asked.identity)
        if not waiting:
            raise UnexpectedCallError(self._explain(asked))
        line = waiting.popleft()
        if line.error is not None:
            raise _error(line)
        return Reply(line.status, line.reply.encode() if isinstance(line.reply, str) else _encode(line.reply))

    async def recover(self, code: str, reply: Reply) -> bool:  # noqa: ARG002  as every transport
        """Send again: what came of it is recorded, too.

        Args:
            code: The error's wire code.
            reply: The answer that carried it.

        Returns:
            True.
        """
        return True

    async def aclose(self) -> None:
        """There is nothing to close."""

    def clock(self) -> Clock:
        """A clock that tells the recorded times in their order, and on which waiting takes none.

        Returns:
            The clock for a session whose calls are played.
        """
        return _PlayedClock(self._times)

    @property
    def unused(self) -> tuple[str, ...]:
        """The operations that were recorded and not asked for.

        Returns:
            Their names; empty when all of the recording was used.
        """
        return tuple(line.operation for waiting in self._waiting.values() for line in waiting)

    def _explain(self, asked: _Line) -> str:
        name = self._path.name
        same = [line.number for line in self._calls if line.identity == asked.identity]
        if same:
            lines = ", ".join(map(str, same))
            return f"{asked.operation} was called more often than it was recorded: {name}, line {lines}."
        text = f"{asked.operation} was called and is not recorded in {name}"
        nearest = _nearest(asked, self._calls)
        if nearest is None:
            return f"{text}, which has no call of it."
        shown = difference((nearest.operation, nearest.body), (asked.operation, asked.body))
        return f"{text}. Nearest is line {nearest.number} (- recorded, + called):\n{shown}"


@entered("recorded session")
async def recorded(session: Session, path: str | os.PathLike[str], *, again: bool = False) -> AsyncGenerator[Session]:
    """Open a session whose calls are recorded, or played back if there is a recording.

    Times that the session writes (``created_at`` and so on) are those of the recording. Ids that the code under test
    makes by itself are not: give it the same ones in every run.

    Args:
        session: How to connect, not open yet; not connected to at all when the recording is played.
        path: The recording. It is written when the block ends without an error.
        again: Record even if there is one.

    Yields:
        The session, open.

    Raises:
        UnexpectedCallError: From a call that is not in the recording; record it again if it is right.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path, endpoint = Path(mkdtemp(), "users.jsonl"), db.endpoint
        >>> async with recorded(Session(endpoint=endpoint), path):  # real the first time
        ...     user = await User.get("acme", "1")
        >>> async with recorded(Session(endpoint=endpoint), path):  # and played from then on
        ...     user = await User.get("acme", "1")
    """
    if not again and await anyio.Path(path).exists():
        replayer = Replayer(path)
        async with attrs.evolve(session, transport=replayer, clock=replayer.clock()) as played:
            yield played
        return
    async with session:
        runner, clock = session.runner, session.runner.clock
        inner = runner.transport
        runner.transport = recorder = Recorder(inner, path)
        runner.clock = recorder.clock(clock)
        try:
            yield session
        except BaseException:
            # Half a recording would be played as if it were whole.
            runner.transport = inner
            raise


# ---------------------------------------------------------------- lines


class _Line(msgspec.Struct, kw_only=True):
    """One line of a recording: a call and what came of it, or a time."""

    operation: str = ""
    body: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    service: str = "dynamodb"
    status: int = 0
    reply: Any = None
    error: str | None = None
    outcome: str = Outcome.UNKNOWN.value
    time: float = 0.0
    number: int = 0

    @property
    def identity(self) -> bytes:
        """What makes two requests the same."""
        compared = {name: value for name, value in self.body.items() if name not in _RANDOM}
        return _encode([self.service, self.operation, compared], order="deterministic")


_decode_line = msgspec.json.Decoder(_Line).decode


def _read(path: Path) -> list[_Line]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"there is no recording {path.name}.", hint="Make one with recorded(session, path), on a real engine."
        ) from error
    lines: list[_Line] = []
    for number, text in enumerate(content.splitlines(), 1):
        try:
            line = _decode_line(text)
        except msgspec.DecodeError as error:
            raise ConfigurationError(
                f"line {number} of the recording {path.name} cannot be read.", hint="Record it again."
            ) from error
        line.number = number
        lines.append(line)
    return lines


def _nearest(asked: _Line, lines: Iterable[_Line]) -> _Line | None:
    alike = [line for line in lines if line.operation == asked.operation]
    return max(alike, key=lambda line: likeness(line.body, asked.body), default=None)


def _shown(body: bytes) -> Any:
    """The answer as JSON, or its text if it is something else."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode("utf-8", "replace")


def _error(line: _Line) -> TransportError:
    kind = getattr(errors, str(line.error), TransportError)
    found: TransportError = (kind if issubclass(kind, TransportError) else TransportError)(
        "no usable answer was recorded.", outcome=Outcome(line.outcome)
    )
    return found


# ---------------------------------------------------------------- time


@attrs.frozen(slots=True)
class _KeptClock:
    """Tells the time of another clock, and writes it down."""

    _inner: Clock
    _recorder: Recorder

    def now(self) -> float:
        """Seconds since the epoch."""
        seconds = self._inner.now()
        self._recorder.keep_time(seconds)
        return seconds

    def monotonic(self) -> float:
        """Of the other clock."""
        return self._inner.monotonic()

    async def sleep(self, seconds: float) -> None:
        """On the other clock."""
        await self._inner.sleep(seconds)


class _PlayedClock(InstantClock):
    """Tells the recorded times, then stays at the last."""

    def __init__(self, times: Iterable[float]) -> None:
        super().__init__()
        self._times = deque(times)
        self._last = super().now()

    def now(self) -> float:
        """Seconds since the epoch."""
        if self._times:
            self._last = self._times.popleft()
        return self._last
