"""What batches of reads and of writes have in common: requests of which the service may carry out only a part.

What it leaves is sent again, until nothing is left, an error comes, or several rounds brought nothing. A few workers
share the chunks of a batch; once one has met an error, no further chunk is begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, Generic, Protocol, TypeVar

from dynamorm_async._ops.effects import Call, Flow, Reply, Sleep, Together
from dynamorm_async._retry import Kind, RetrySettings
from dynamorm_async.errors import DynamormError, Outcome, ThrottledError

__all__ = ["BREATH", "IDLE_ROUNDS", "Progress", "Work", "run_batch"]

E = TypeVar("E")

IDLE_ROUNDS: Final = 5
"""After so many rounds in a row that brought nothing, the rest of a chunk is given up."""
_GIVEN_UP: Final = 2
"""After so many chunks were given up with no progress anywhere between, the batch is."""
BREATH: Final = 250
"""Items prepared at one go, before others on the event loop have their turn."""
_WAITS: Final = RetrySettings()

Progress = Callable[[int], object]
"""Is told how many items are done."""


class Work(Protocol[E]):
    """What kind of batch it is."""

    pause: ClassVar[Kind | None]
    """How long to wait after a round that brought something: not at all, or as after such a failure."""

    def request(self, pending: Sequence[E]) -> Call:
        """The request for these."""
        ...

    def settle(self, reply: Reply, pending: Sequence[E]) -> list[E]:
        """Take what the answer brings, and return those that are left.

        Raises:
            ProtocolError: It is no such answer.
        """
        ...


class _State(Generic[E]):
    """How far a batch has come; its workers share it."""

    def __init__(self, work: Work[E], dice: Callable[[], float], progress: Progress | None) -> None:
        self.work = work
        self.dice = dice
        self.progress = progress
        self.done = 0
        self.given_up = 0
        self.failure: Exception | None = None
        self.unknown: list[E] = []

    def advance(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        self.given_up = 0
        if self.progress is None:
            return
        try:
            self.progress(self.done)
        except Exception as error:  # noqa: BLE001  the caller's function: what it raises ends the batch, and is its cause
            self.failure = self.failure or error

    def give_up(self, pending: Sequence[E]) -> None:
        """The service has left these too often."""
        self.given_up += 1
        error = ThrottledError(f"the service left {len(pending)} items unprocessed {IDLE_ROUNDS} times in a row.")
        if self.given_up >= _GIVEN_UP:
            self.failure = self.failure or error
        self.idle = error

    idle: Exception | None = None
    """Why a chunk was given up, which is no reason to stop the others."""

    def pause(self, rounds: int, idle: int) -> Sleep | None:
        """The wait before the next round."""
        kind = Kind.THROTTLE if idle else self.work.pause
        if kind is None:
            return None
        return Sleep(self.dice() * _WAITS.ceiling(kind, idle or rounds))


def run_batch(
    work: Work[E],
    chunks: Iterator[Sequence[E]],
    *,
    concurrency: int,
    dice: Callable[[], float],
    progress: Progress | None = None,
) -> Flow[tuple[Exception | None, list[E]]]:
    """Work through the chunks, several at once.

    Args:
        work: What kind of batch it is.
        chunks: Each small enough for one request.
        concurrency: Requests at once.
        dice: Gives a number in [0, 1).
        progress: Is told how many items are done.

    Returns:
        Why it stopped, or None; and the items that were sent and whose outcome nobody knows.
    """
    state = _State(work, dice, progress)
    if concurrency == 1:
        yield from _worker(state, chunks)
    else:
        yield Together([_worker(state, chunks) for _ in range(concurrency)], concurrency)
    return state.failure or state.idle, state.unknown


def _worker(state: _State[E], chunks: Iterator[Sequence[E]]) -> Flow[None]:
    for chunk in chunks:
        if state.failure is not None:
            return
        yield from _chunk(state, chunk)


def _chunk(state: _State[E], pending: Sequence[E]) -> Flow[None]:
    rounds = idle = 0
    while pending and state.failure is None:
        try:
            if rounds and (pause := state.pause(rounds, idle)) is not None:
                yield pause
            reply: Reply = yield state.work.request(pending)
            left = state.work.settle(reply, pending)
        except DynamormError as error:
            state.failure = state.failure or error
            if error.outcome is Outcome.UNKNOWN:
                state.unknown += pending
            return
        rounds += 1
        if len(left) < len(pending):
            idle = 0
            state.advance(len(pending) - len(left))
        else:
            idle += 1
            if idle == IDLE_ROUNDS:
                return state.give_up(left)
        pending = left
