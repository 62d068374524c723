"""A request of the wire as a line to read: expressions with their names and values put back in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from dynamorm_async import Request

__all__ = ["each_in_words", "in_words"]

_PLACEHOLDER = re.compile(r"[#:]\w+")
_KEPT = 24
"""Longer values are cut after so many characters."""


def in_words(request: Request | None) -> str:
    """A request in words: ``UpdateItem of pk=... sk=...: SET population = population + 1000; if ...``.

    Args:
        request: What ``call()`` of a handle gives.
    """
    if request is None:
        return "Nothing is sent."
    body = request.body
    parts = [request.operation]
    if key := body.get("Key"):
        parts.append("of " + ", ".join(f"{name}={_text(value)}" for name, value in key.items()))
    text = " ".join(parts)
    if change := body.get("UpdateExpression"):
        text += f": {_filled(change, body)}"
    if condition := body.get("ConditionExpression"):
        text += f"; only if {_filled(condition, body)}"
    return f"{text}."


def each_in_words(request: Request | None) -> tuple[str, ...]:
    """The operations of a transaction in words, one by one."""
    if request is None:
        return ()
    operations = [Request(name, body) for entry in request.body["TransactItems"] for name, body in entry.items()]
    return (f"{request.operation} of {len(operations)}:", *map(in_words, operations))


def _filled(expression: str, body: Mapping[str, Any]) -> str:
    """The expression without placeholders."""
    names: Mapping[str, str] = body.get("ExpressionAttributeNames", {})
    values: Mapping[str, dict[str, Any]] = body.get("ExpressionAttributeValues", {})

    def put_back(found: re.Match[str]) -> str:
        placeholder = found[0]
        return _text(values[placeholder]) if placeholder in values else names.get(placeholder, placeholder)

    return _PLACEHOLDER.sub(put_back, expression)


def _text(value: Mapping[str, Any]) -> str:
    """A value without its type tag."""
    (held,) = value.values()
    text = ", ".join(map(str, cast("list[object]", held))) if isinstance(held, list) else str(held)
    return text if len(text) <= _KEPT else f"{text[: _KEPT - 1]}…"
