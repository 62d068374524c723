"""From the text of a condition expression to its tree: what ``raw()`` reads, and the inverse of the compiler."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from dynamorm_async._expr.conditions import (
    NESTING_LIMIT,
    BeginsWith,
    Between,
    Comparator,
    Compare,
    Condition,
    Contains,
    Exists,
    HasType,
    In,
    NotExists,
    Operand,
    Size,
    Value,
    all_of,
    negate,
)
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import InvalidRequestError

__all__ = ["parse_condition"]

_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),.\[\]])|([#:]?[A-Za-z0-9_]+)|(\S))")
_COMPARATORS = {op.value: op for op in Comparator}
_FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
_ANY = object


def parse_condition(text: str, name: Callable[[str], str], value: Callable[[str], Value]) -> Condition:
    """The tree of a condition, filter or key condition expression.

    Args:
        text: The expression, with ``#names``, bare names and ``:values``.
        name: From a name as written, ``#`` included, to an attribute name.
        value: From a placeholder, ``:`` included, to its value.

    Raises:
        InvalidRequestError: The text is not in DynamoDB's grammar, or nests deeper than 64.
    """
    return _Parser(text, name, value).whole()


class _Parser:
    """Recursive descent over the tokens, in DynamoDB's order: OR binds least, then AND, then NOT."""

    def __init__(self, text: str, name: Callable[[str], str], value: Callable[[str], Value]) -> None:
        self.name, self.value = name, value
        self.tokens = [match for match in _TOKEN.finditer(text) if match.group().strip()]
        self.at = 0
        self.depth = 0

    # ------------------------------------------------------------ tokens

    def peek(self) -> str:
        return self.tokens[self.at].group().strip() if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token.upper() != expected):
            self.fail(f"{expected!r} was expected" if expected else "it ends too early")
        self.at += 1
        return token

    def accept(self, word: str) -> bool:
        found = self.peek().upper() == word
        self.at += found
        return found

    def fail(self, problem: str) -> NoReturn:
        # The text is the caller's own, and may hold what it should not: only the place is told.
        place = self.tokens[self.at].start() if self.at < len(self.tokens) else -1
        where = "at its end" if place < 0 else f"at character {place}"
        raise InvalidRequestError(
            f"the expression is not one of DynamoDB's: {problem}, {where}.",
            hint="Write names, :placeholders, comparisons, BETWEEN, IN, AND, OR, NOT and DynamoDB's functions.",
        )

    # ------------------------------------------------------------ conditions

    def whole(self) -> Condition:
        found = self.disjunction()
        if self.peek():
            self.fail("something follows it")
        return found

    def disjunction(self) -> Condition:
        found = self.conjunction()
        while self.accept("OR"):
            found = found | self.conjunction()
        return found

    def conjunction(self) -> Condition:
        parts = [self.negation()]
        while self.accept("AND"):
            parts.append(self.negation())
        return all_of(*parts)

    def negation(self) -> Condition:
        if self.accept("NOT"):
            return negate(self.deeper(self.negation))
        if self.accept("("):
            found = self.deeper(self.disjunction)
            self.take(")")
            return found
        if self.peek().lower() in _FUNCTIONS and self.following() == "(":
            return self.function(self.take().lower())
        return self.relation(self.operand())

    def deeper(self, rule: Callable[[], Condition]) -> Condition:
        self.depth += 1
        if self.depth > NESTING_LIMIT:
            self.fail(f"it nests more than {NESTING_LIMIT} levels")
        found = rule()
        self.depth -= 1
        return found

    def following(self) -> str:
        return self.tokens[self.at + 1].group().strip() if self.at + 1 < len(self.tokens) else ""

    def relation(self, left: Operand) -> Condition:
        if self.accept("BETWEEN"):
            low = self.operand()
            self.take("AND")
            return Between(self.located(left), low, self.operand())
        if self.accept("IN"):
            return In(self.located(left), self.listed())
        op = _COMPARATORS.get(self.peek())
        if op is None:
            self.fail("a comparison was expected")
        self.at += 1
        return _compared(op, left, self.operand())

    def listed(self) -> tuple[Operand, ...]:
        self.take("(")
        found = [self.operand()]
        while self.accept(","):
            found.append(self.operand())
        self.take(")")
        return tuple(found)

    def located(self, operand: Operand) -> Path | Size:
        if isinstance(operand, Value):
            self.fail("a name must stand on the left")
        return operand

    def function(self, function: str) -> Condition:
        self.take("(")
        path = self.path()
        found = self.of_path(function, path)
        self.take(")")
        return found

    def of_path(self, function: str, path: Path) -> Condition:
        if function == "attribute_exists":
            return Exists(path)
        if function == "attribute_not_exists":
            return NotExists(path)
        self.take(",")
        second = self.operand()
        if function == "begins_with":
            return BeginsWith(path, second)
        if function == "contains":
            return Contains(path, second)
        if not isinstance(second, Value) or not isinstance(second.value, str):
            self.fail("attribute_type takes a text value")
        return HasType(path, second.value)

    # ------------------------------------------------------------ operands

    def operand(self) -> Operand:
        token = self.peek()
        if token.startswith(":"):
            self.at += 1
            return self.value(token)
        if token.lower() == "size" and self.following() == "(":
            self.at += 2
            path = self.path()
            self.take(")")
            return Size(path)
        return self.path()

    def path(self) -> Path:
        segments: list[str | int] = [self.segment()]
        while True:
            if self.accept("."):
                segments.append(self.segment())
            elif self.accept("["):
                segments.append(self.position())
            else:
                return Path(tuple(segments), Slot(_ANY, "raw"))

    def segment(self) -> str:
        token = self.peek()
        if not re.fullmatch(r"#\w+|[A-Za-z_]\w*", token, re.ASCII) or token.upper() in ("AND", "OR", "NOT"):
            self.fail("a name was expected")
        self.at += 1
        return self.name(token)

    def position(self) -> int:
        token = self.take()
        if not token.isdecimal() or len(token) > 9:
            self.fail("a position in a list was expected")
        self.take("]")
        return int(token)


def _compared(op: Comparator, left: Operand, right: Operand) -> Condition:
    """A value on the left changes sides, so that ``18 < age`` is planned as ``age > 18`` is."""
    if isinstance(left, Value) and not isinstance(right, Value):
        return Compare(op.mirrored, right, left)
    return Compare(op, left, right)
