"""`Handle`: a call as a value. Nothing happens until it is awaited."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar

import msgspec

from dynamorm_async._caller import named_by
from dynamorm_async._codec import default_codec
from dynamorm_async._lazy import lazily
from dynamorm_async._ops.effects import Call, Flow
from dynamorm_async._ops.render import Settings
from dynamorm_async._runner import Runner, current_runner
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import ConditionFailedError, DynamormError, ItemNotFoundError, NoSessionError, Outcome
from dynamorm_async.types import Applied, Rejected, Request

if TYPE_CHECKING:
    from dynamorm_async._ops import explain as explaining
    from dynamorm_async._ops.explain import Explanation
else:
    explaining = lazily("dynamorm_async._ops.explain")

__all__ = [
    "Handle",
    "Opened",
    "Promise",
    "PromiseToSend",
    "Try",
    "WriteHandle",
    "first_request",
    "preview_time",
    "resolve",
    "settings_of",
]

T_co = TypeVar("T_co", covariant=True)
_PREVIEW = Settings(default_codec, default_table="<the session's table>")


def resolve(runner: Runner | None) -> Runner:
    """The session to use: the handle's own, or the current one."""
    return runner if runner is not None else current_runner()


def settings_of(runner: Runner | None) -> Settings:
    """Settings for looking at a request without sending it: of the session if there is one."""
    try:
        return resolve(runner).settings
    except (NoSessionError, RuntimeError):
        return _PREVIEW


def preview_time(runner: Runner | None) -> datetime:
    """The time to show in a request that is only looked at: the session's if there is one, else 1970."""
    try:
        return resolve(runner).now()
    except (NoSessionError, RuntimeError):
        return datetime.fromtimestamp(0, UTC)


def first_request(flow: Flow[Any]) -> Request | None:
    """What a flow would send first, or None if it ends without a request."""
    try:
        effect = next(flow)
    except StopIteration:
        return None
    finally:
        flow.close()
    assert isinstance(effect, Call)  # noqa: S101  every flow begins with a call
    return Request(effect.operation, msgspec.json.decode(effect.body))


class Opened(Protocol):
    """A session, or one of a tenant: what a handle can be sent through."""

    @property
    def runner(self) -> Runner:
        """What runs its calls."""
        ...


class Promise(msgspec.Struct, eq=False, gc=False):
    """Shared by a write and what is made of it. If all of them go and none was awaited, somebody forgot ``await``.

    A Struct, since each write makes one; and without the words, since nearly all are kept.
    """

    spec: ModelSpec | None = None
    verb: str = ""
    kept: bool = False

    def __del__(self, warn: Callable[..., None] = warnings.warn) -> None:
        if not self.kept:
            warn(self.broken, RuntimeWarning, 2)

    @property
    def broken(self) -> str:
        """What is said then."""
        what = "a write" if self.spec is None else f"{self.spec.name}.{self.verb}"
        return f"{what} was never awaited, so nothing was written: put `await` before it"


class PromiseToSend(Promise, eq=False, gc=False):
    """Of several writes that are sent together. It is given with each that is added: who saw an error knows already."""

    kept: bool = True

    @property
    def broken(self) -> str:
        """What is said then."""
        return "writes were put together and never sent: put them inside `async with`, or `await` their execute()"


class Handle(msgspec.Struct, Generic[T_co], frozen=True, eq=False, kw_only=True):
    """Something that can be awaited. Each method that changes it returns a new handle.

    Example:
        >>> handle = User.get("acme", "1")
        >>> handle.call()  # what would be sent
        >>> user = await handle
    """

    _runner: Runner | None = None
    _promise: Promise | None = None
    """Of a write. It stands here because two bases with fields of their own cannot be joined."""

    if not TYPE_CHECKING:  # for the checkers there is no such attribute

        def __getattr__(self, name: str) -> NoReturn:
            text = f"{self!r} has no {name!r}. Await it first: (await ...).{name}"
            raise AttributeError(text, name=name, obj=self)

    def _flow(self, runner: Runner) -> Flow[T_co]:
        raise NotImplementedError

    def _preview(self, settings: Settings) -> Flow[Any]:
        """The flow whose first call is what ``call()`` shows."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, Any, T_co]:
        runner = self._runner if self._runner is not None else current_runner()
        return runner.run(self._flow(runner), self).__await__()

    @property
    def _called(self) -> str:
        """The call as the caller wrote it: ``User.get``."""
        raise NotImplementedError

    def _name(self, error: DynamormError) -> None:
        """Let an error say what was called."""
        error._named(self._called)

    def __repr__(self) -> str:
        return f"<{self._called}, not awaited>"

    def call(self) -> Request | None:
        """The first request exactly as it would be sent, or None if none is needed. Sends nothing.

        Returns:
            The operation's name and its JSON body, or None.

        Example:
            >>> User.get("acme", "1").call()
        """
        with named_by(self):
            return first_request(self._preview(settings_of(self._runner)))

    def explain(self) -> Explanation:
        """What would be sent and what that costs, between two bounds. Sends nothing.

        Returns:
            The explanation; printed, it is the text.

        Example:
            >>> print(User.get("acme", "1").explain())
        """
        return explaining.explain_request(self.call(), getattr(self, "_spec", None))


class WriteHandle(Handle[T_co], Generic[T_co], frozen=True, eq=False, kw_only=True):
    """A write that has not been sent yet."""

    _promise: Promise | None = msgspec.field(default_factory=Promise)

    def __await__(self) -> Generator[Any, Any, T_co]:
        self._keep()
        return super().__await__()

    def call(self) -> Request | None:
        """The first request exactly as it would be sent, or None if none is needed. Sends nothing.

        Returns:
            The operation's name and its JSON body, or None.

        Example:
            >>> request = user.put().call()
        """
        self._keep()
        return super().call()

    def _keep(self) -> None:
        """It is used, or known to be wrong."""
        if self._promise is not None:
            self._promise.kept = True

    def outcome(self) -> Try[T_co]:
        """The same write with its outcome as a value: `Applied`, or `Rejected` where its condition is false.

        Returns:
            A handle; awaiting it gives the outcome, of which `Rejected` is false.

        Example:
            >>> outcome = await user.put(if_=User.age < 65).outcome()
            >>> if not outcome:
            ...     print(outcome.current)
        """
        return Try(self, _runner=self._runner)


class Try(Handle[Applied[T_co] | Rejected[T_co]], Generic[T_co], frozen=True, eq=False):
    """A write that answers with `Applied` or `Rejected`; made by ``outcome()`` and ``try_update``.

    Example:
        >>> outcome = await account.try_update(Account.credits.sub(5), if_=Account.credits >= 5)
        >>> bool(outcome)
        True
    """

    _write: WriteHandle[T_co]

    def using(self, session: Opened) -> Try[T_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> outcome = await user.put(if_=User.age < 65).outcome().using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    def _flow(self, runner: Runner) -> Flow[Applied[T_co] | Rejected[T_co]]:
        try:
            value = yield from self._write._flow(runner)
        except (ConditionFailedError, ItemNotFoundError) as error:
            if error.outcome is not Outcome.NOT_APPLIED:
                raise
            return Rejected(getattr(error, "current", None), error)
        return Applied(value)

    def _preview(self, settings: Settings) -> Flow[Any]:
        return self._write._preview(settings)

    def __await__(self) -> Generator[Any, Any, Applied[T_co] | Rejected[T_co]]:
        self._write._keep()
        return super().__await__()

    def call(self) -> Request | None:
        """The first request exactly as it would be sent, or None if none is needed. Sends nothing.

        Returns:
            The operation's name and its JSON body, or None.

        Example:
            >>> request = user.put(if_=User.age < 65).outcome().call()
        """
        self._write._keep()
        return super().call()

    @property
    def _called(self) -> str:
        return self._write._called

    def __repr__(self) -> str:
        return f"{self._write!r}, its outcome as a value"
