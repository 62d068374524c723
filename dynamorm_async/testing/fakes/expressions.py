"""Conditions of a request in a form in which equal ones are equal: placeholders and the order of AND say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

__all__ = ["conjuncts", "written_out"]

_TOKEN: Final = re.compile(r"[#:]\w+|\w+|<>|<=|>=|\S")
_WORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "(", ")"})
_EXPRESSIONS: Final = ("KeyConditionExpression", "FilterExpression")


def written_out(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a Query or Scan with its conditions as lists of what must hold, names and values in their places."""
    return {name: conjuncts(value, body) if name in _EXPRESSIONS else value for name, value in body.items()}


def conjuncts(expression: str, body: Mapping[str, Any]) -> list[str]:
    """What all must hold, in an order that does not depend on how it was written.

    Args:
        expression: A condition, filter or key condition expression.
        body: The request, which has its names and values.
    """
    names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
    words = _bracketed(_in_place(word, names, values) for word in _TOKEN.findall(expression))
    return _sorted(_parts(words, "AND")) if len(_parts(words, "OR")) == 1 else [_ordered(words)]


def _in_place(word: str, names: Mapping[str, str], values: Mapping[str, Any]) -> str:
    if word in values:
        return _value(values[word])
    name = names.get(word, word)
    # An attribute whose name is a word of the grammar keeps the mark of a placeholder.
    return f"#{name}" if word in names and name in _WORDS else name


def _value(value: Mapping[str, Any]) -> str:
    ((tag, payload),) = value.items()
    if tag == "S":
        return repr(payload)
    return str(payload) if tag == "N" else msgspec.json.encode(value, order="deterministic").decode()


def _bracketed(words: Iterator[str]) -> list[str]:
    """The words up to the closing bracket, each bracket inside as one word, in order; the values of an IN sorted."""
    found: list[str] = []
    for word in words:
        if word == ")":
            break
        if word != "(":
            found.append(word)
            continue
        inner = _bracketed(words)
        is_list = found[-1:] == ["IN"]
        found.append(f"({', '.join(_sorted(_parts(inner, ','))) if is_list else _ordered(inner)})")
    return found


def _ordered(words: Sequence[str]) -> str:
    alternatives = [" AND ".join(_sorted(_parts(part, "AND"))) for part in _parts(words, "OR")]
    return " OR ".join(sorted(alternatives))


def _sorted(parts: Sequence[Sequence[str]]) -> list[str]:
    return sorted(" ".join(part) for part in parts)


def _parts(words: Sequence[str], separator: str) -> list[list[str]]:
    """The words between these separators; the AND of a BETWEEN is none of them."""
    parts: list[list[str]] = [[]]
    between = False
    for word in words:
        if word == separator and not between:
            parts.append([])
            continue
        between = word == "BETWEEN" or (between and word != "AND")
        parts[-1].append(word)
    return parts
