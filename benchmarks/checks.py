"""Proof that a client does the work: a benchmark of wrong answers is worth nothing."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from benchmarks import item

__all__ = ["check"]


def check(client: Any, work: str, order: Mapping[str, Any], loop: asyncio.AbstractEventLoop) -> None:
    """Do a work once and look at what comes back.

    Args:
        client: An adapter's.
        work: The name of its method.
        order: ``arguments`` for it, and the ``kilobytes`` that the stub's items have.
        loop: The client's.

    Raises:
        AssertionError: The result is not what the stub served.
    """
    result = getattr(client, work)(**order["arguments"])
    if inspect.isawaitable(result):
        result = loop.run_until_complete(result)
    match work:
        case "get" if hasattr(client, "read"):
            _same(item.user_values(0, order["kilobytes"]), client.read(result))
        case "query" | "batch_get":
            _same_all(client, result)
        case "get" | "get_wide":
            assert result is not None, work


def _same_all(client: Any, result: Any) -> None:
    assert len(result) in {item.INDEXED, item.USERS_PER_MEGABYTE}, f"{len(result)} items"
    if hasattr(client, "read"):
        _same(item.user_values(7), client.read(result[7]))


def _same(wanted: Mapping[str, Any], got: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        assert _equal(value, got[name]), f"{name}: {got[name]!r:.60} is not {value!r:.60}"


def _equal(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, Mapping):
        return all(_equal(part, got[name]) for name, part in wanted.items())
    if isinstance(wanted, Decimal) and isinstance(got, float):
        return float(wanted) == got  # some clients know no exact numbers
    return bool(wanted == got)
