"""What a call that nobody expected looks like beside the one that was, for the fake session and for recordings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

__all__ = ["UnexpectedCallError", "difference", "likeness"]

_LONGEST: Final = 2_000
"""Characters of a body that are compared, since that takes time by their square."""


class UnexpectedCallError(AssertionError):
    """A call that no expectation or recording is for, or that was expected and never came.

    Example:
        >>> try:
        ...     async with FakeSession():
        ...         await User.get("acme", "1")
        ... except UnexpectedCallError as error:
        ...     print(error)
    """


def difference(expected: tuple[str, Mapping[str, Any]], called: tuple[str, Mapping[str, Any]]) -> str:
    """Two requests line by line: ``-`` is only in the first, ``+`` only in the second.

    Args:
        expected: Operation and body of the request that was expected.
        called: Operation and body of the one that came.
    """
    return "\n".join(difflib.ndiff(_lines(*expected), _lines(*called)))


def likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[float, float]:
    """How much two bodies have in common, the greater the more: first by lines, then by what the lines say."""
    lines = _lines("", one), _lines("", other)
    texts = ["".join(found)[:_LONGEST] for found in lines]
    return _ratio(*lines), _ratio(*texts)


def _ratio(one: Sequence[str], other: Sequence[str]) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _lines(operation: str, body: Mapping[str, Any]) -> list[str]:
    # Sorted at every level: the order of attributes says nothing.
    shown = msgspec.json.format(msgspec.json.encode(body, order="deterministic"), indent=2).decode()
    return [operation, *shown.splitlines()]
