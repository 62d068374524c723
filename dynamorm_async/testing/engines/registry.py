"""Engines by name, and the one door that starts any of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from types import MappingProxyType

from dynamorm_async._shown import entered
from dynamorm_async.testing.engines.dynamodb_local import DynamoDBLocal
from dynamorm_async.testing.engines.dynoxide import Dynoxide
from dynamorm_async.testing.engines.kinds import Engine, EngineKind, EngineNotAvailableError
from dynamorm_async.testing.engines.ministack import Ministack
from dynamorm_async.testing.engines.moto import Moto
from dynamorm_async.testing.engines.process import running

__all__ = ["engine", "engines", "register_engine", "why_not_available"]

_ENGINES: dict[str, Callable[[], EngineKind]] = {
    "moto": Moto,
    "dynoxide": Dynoxide,
    "ministack": Ministack,
    "dynamodb-local": DynamoDBLocal,
}


def engines() -> Mapping[str, Callable[[], EngineKind]]:
    """The engines that can be named, installed or not.

    Returns:
        By name, what makes the engine's kind.

    Example:
        >>> "moto" in engines()
        True
    """
    return MappingProxyType(_ENGINES)


def register_engine(name: str, make: Callable[[], EngineKind]) -> None:
    """Make an engine of your own known by name.

    Args:
        name: How `engine()` and the test options will call it.
        make: Called without arguments each time it is asked for.

    Raises:
        ValueError: The name is taken.

    Example:
        >>> register_engine("mine", MyEngine)
    """
    if name in _ENGINES:
        raise ValueError(f"the engine name {name!r} is taken by {_ENGINES[name]!r}")
    _ENGINES[name] = make


def named(name: str) -> EngineKind:
    """The engine of that name."""
    if name not in _ENGINES:
        raise EngineNotAvailableError(
            f"there is no engine {name!r}.", hint=f"Name one of {', '.join(_ENGINES)}, or give an endpoint URL."
        )
    return _ENGINES[name]()


def why_not_available(name: str) -> str | None:
    """What stands in the way of starting an engine here, with the fix; None if nothing does.

    Args:
        name: One of `engines`.

    Returns:
        The problem and its fix as text, or None.

    Example:
        >>> why_not_available("moto") is None
        True
    """
    try:
        named(name).command(0)
    except EngineNotAvailableError as missing:
        return str(missing)
    return None


@entered("engine")
async def engine(which: str | EngineKind = "moto", *, ready_within: float = 30.0) -> AsyncGenerator[Engine]:
    """Have a DynamoDB engine run for the length of a block, bound to loopback, in a process of its own.

    The process ends with the block, with an exception, a cancellation or Ctrl-C, and with this process however it ends.

    Args:
        which: A name of `engines()`, an `EngineKind` of your own, or the URL of an endpoint that runs already.
        ready_within: How long it may take until its first answer, in seconds.

    Yields:
        The engine, answering.

    Raises:
        EngineNotAvailableError: It is not installed here, or is none; the message names the fix.
        EngineFailedError: It ended, also later inside the block, did not answer in time, or another program has its
            port; the message has its log.

    Example:
        >>> async with engine("moto") as running:
        ...     print(running.endpoint)
    """
    if isinstance(which, str) and "://" in which:
        yield Engine("endpoint", which)
        return
    kind = named(which) if isinstance(which, str) else which
    if isinstance(kind, type) or not isinstance(kind, EngineKind):
        raise EngineNotAvailableError(
            f"{kind!r} is no engine.", hint=f"Name one of {', '.join(_ENGINES)}, or give an EngineKind or a URL."
        )
    async with running(kind, ready_within) as started:
        yield started
