"""What is shown of a call: of what is iterated or entered what it is, of a statement all but its values."""

from __future__ import annotations

import functools
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncContextDecorator, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from typing import Self

__all__ = ["COMMENT", "OPAQUE", "entered", "iterated", "without_quoted"]

P = ParamSpec("P")
T = TypeVar("T")
COMMENT: Final = r"--[^\r\n]*|/\*.*?\*/"
"""To the end of the line, or from ``/*`` to ``*/``. Source: the grammar of PartiQL, of which DynamoDB has a part."""
OPAQUE: Final = rf"'(?:[^']|'')*'|\"[^\"]*\"|{COMMENT}"
"""What is quoted in a PartiQL statement, and its comments."""


def without_quoted(text: str) -> str:
    """A statement for show: what it has in single quotes is a value, which may be one that somebody stores."""
    # Not compiled before: hardly any text has quotes.
    return re.sub(OPAQUE, _quoted, text, flags=re.DOTALL) if "'" in text else text


def _quoted(found: re.Match[str]) -> str:
    return "'…'" if found[0].startswith("'") else found[0]


class _Iterated(Generic[T]):
    """A generator, and what it is called."""

    __slots__ = ("_generator", "_text")

    def __init__(self, generator: AsyncGenerator[T], text: str) -> None:
        self._generator, self._text = generator, text

    def __aiter__(self) -> AsyncIterator[T]:
        return self._generator

    async def __anext__(self) -> T:
        return await self._generator.__anext__()

    async def aclose(self) -> None:
        """End it before its end."""
        await self._generator.aclose()

    def __repr__(self) -> str:
        return f"<{self._text}, to be read by `async for`>"


class _Entered(AsyncContextDecorator, AbstractAsyncContextManager[T]):
    """A context manager, and what it is called. As those of `contextlib` it also decorates a function."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[T]], text: str) -> None:
        self._make, self._text, self._manager = make, text, make()

    def _recreate_cm(self) -> Self:
        return type(self)(self._make, self._text)

    async def __aenter__(self) -> T:
        return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._manager.__aexit__(kind, error, trace)

    def __repr__(self) -> str:
        return f"<{self._text}, to be entered by `async with`>"


def iterated(text: str) -> Callable[[Callable[P, AsyncIterator[T]]], Callable[P, AsyncIterator[T]]]:
    """Decorate a method that is an asynchronous generator.

    Args:
        text: What its result is called; ``{0}`` stands for the first argument, ``{0.name}`` for a part of it.
    """

    def decorate(function: Callable[P, AsyncIterator[T]]) -> Callable[P, AsyncIterator[T]]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
            generator: Any = function(*args, **kwargs)
            return _Iterated(generator, text.format(*args))

        return call

    return decorate


def entered(
    text: str,
) -> Callable[[Callable[P, AsyncGenerator[T]]], Callable[P, AbstractAsyncContextManager[T]]]:
    """Decorate as `contextlib.asynccontextmanager` does.

    Args:
        text: What the result is called; ``{0}`` stands for the first argument, ``{0.name}`` for a part of it.
    """

    def decorate(function: Callable[P, AsyncGenerator[T]]) -> Callable[P, AbstractAsyncContextManager[T]]:
        manager = asynccontextmanager(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> AbstractAsyncContextManager[T]:
            return _Entered(functools.partial(manager, *args, **kwargs), text.format(*args))

        return call

    return decorate
