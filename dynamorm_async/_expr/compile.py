"""One visitor that writes expressions as DynamoDB has them, and one collector for all expressions of a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dynamorm_async._expr.conditions import (
    And,
    BeginsWith,
    Between,
    Compare,
    Condition,
    Contains,
    Exists,
    HasType,
    In,
    Never,
    Not,
    NotExists,
    Operand,
    Or,
    Raw,
    Size,
    Value,
)
from dynamorm_async._expr.evaluate import check_stored_ends
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._expr.updates import Action, Arithmetic, Clause, IfNotExists, ListJoin, SetOperand
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import AttributeValue

__all__ = ["EXPRESSION_LIMIT", "IN_LIMIT", "OPERATOR_LIMIT", "Collector"]

EXPRESSION_LIMIT = 4096
"""Bytes of one expression text. Source: Service Quotas, "Expression parameters"."""
OPERATOR_LIMIT = 300
"""Operators and functions of one expression. Same source."""
IN_LIMIT = 100
"""Operands of one IN. Same source."""
_CLAUSES = tuple(clause.value for clause in Clause)


class Collector:
    """Names and values of one call, numbered by first use, so that the same request has the same bytes.

    Args:
        encode: Turns a slot and a Python value into an attribute value.
    """

    __slots__ = ("_encode", "_names", "_operators", "ranges", "values")

    def __init__(self, encode: Callable[[Slot, Any], AttributeValue]) -> None:
        self._encode = encode
        self._names: dict[str, str] = {}
        self._operators = 0
        self.ranges: list[tuple[str, str]] = []
        """The placeholders of both ends of each BETWEEN."""
        self.values: dict[str, AttributeValue] = {}

    @property
    def names(self) -> dict[str, str]:
        """``ExpressionAttributeNames``."""
        return {placeholder: name for name, placeholder in self._names.items()}

    def body(self) -> dict[str, Any]:
        """The two request fields, left out where empty, as DynamoDB demands."""
        found: dict[str, Any] = {}
        if self._names:
            found["ExpressionAttributeNames"] = self.names
        if self.values:
            found["ExpressionAttributeValues"] = self.values
        return found

    # ------------------------------------------------------------ pieces

    def name(self, name: str) -> str:
        """The placeholder of an attribute name."""
        placeholder = self._names.get(name)
        if placeholder is None:
            placeholder = self._names[name] = f"#n{len(self._names)}"
        return placeholder

    def value(self, value: Value) -> str:
        """The placeholder of a value."""
        return self.encoded(self._encode(value.slot, value.value))

    def encoded(self, value: AttributeValue) -> str:
        """The placeholder of an attribute value that is ready."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def path(self, path: Path) -> str:
        """A document path with every name as a placeholder."""
        segments = path.segments
        if len(segments) == 1:
            return self.name(segments[0])  # type: ignore[arg-type]  # the first segment is always a name
        text = ""
        for segment in segments:
            if isinstance(segment, int):
                text += f"[{segment:d}]"
            else:
                text += f".{self.name(segment)}" if text else self.name(segment)
        return text

    def operand(self, operand: Operand) -> str:
        """A path, a size or a value."""
        # `isinstance` of a Struct class that it is not takes six times as long as this; so it is below.
        if type(operand) is Value:
            return self.encoded(self._encode(operand.slot, operand.value))
        if isinstance(operand, Path):
            return self.path(operand)
        if isinstance(operand, Size):
            self._operators += 1
            return f"size({self.path(operand.path)})"
        return self.value(operand)

    def ends(self, low: Operand, high: Operand) -> str:
        """What follows BETWEEN.

        Raises:
            InvalidRequestError: The lower end is above the upper end, as they are stored.
        """
        texts = self.operand(low), self.operand(high)
        if type(low) is Value and type(high) is Value:
            self.ranges.append(texts)
            check_stored_ends(low.slot.label, *map(self.values.__getitem__, texts))
        return " AND ".join(texts)

    # ------------------------------------------------------------ whole expressions

    def condition(self, condition: Condition) -> str:
        """A condition or filter expression.

        Raises:
            InvalidRequestError: It is longer than 4 096 bytes or has more than 300 operators.
        """
        self._operators = 0
        text = self._condition(condition)
        return self._checked(text, "condition")

    def update(self, actions: Iterable[Action]) -> str:
        """An update expression: SET, REMOVE, ADD and DELETE, each with its actions in the order given."""
        self._operators = 0
        clauses: dict[str, list[str]] = {}
        for action in actions:
            clauses.setdefault(action.clause._value_, []).append(self._action(action))
        text = " ".join([f"{clause} {', '.join(clauses[clause])}" for clause in _CLAUSES if clause in clauses])
        return self._checked(text, "update")

    def projection(self, paths: Iterable[Path]) -> str:
        """A projection expression."""
        return self._checked(", ".join(dict.fromkeys(self.path(path) for path in paths)), "projection")

    def _checked(self, text: str, kind: str) -> str:
        # Names and values are placeholders, so the text is ASCII: its length is its bytes.
        if len(text) > EXPRESSION_LIMIT:
            raise InvalidRequestError(
                f"the {kind} expression has {len(text)} bytes; DynamoDB's limit is {EXPRESSION_LIMIT}.",
                hint="Use fewer conditions, or split the call.",
            )
        if self._operators > OPERATOR_LIMIT:
            raise InvalidRequestError(
                f"the {kind} expression has {self._operators} operators; DynamoDB's limit is {OPERATOR_LIMIT}.",
                hint="Use fewer conditions, or split the call.",
            )
        return text

    # ------------------------------------------------------------ conditions

    def _condition(self, condition: Condition) -> str:
        condition = _written(condition)
        writer = _WRITERS.get(type(condition))
        if writer is None:
            raise InvalidRequestError(f"{type(condition).__name__} cannot be written as a condition.")
        self._operators += 1
        return writer(self, condition)

    def _compare(self, condition: Compare) -> str:
        return f"{self.operand(condition.left)} {condition.op._value_} {self.operand(condition.right)}"

    def _between(self, condition: Between) -> str:
        return f"{self.operand(condition.operand)} BETWEEN {self.ends(condition.low, condition.high)}"

    def _in(self, condition: In) -> str:
        operand = self.operand(condition.operand)
        return f"{operand} IN ({', '.join(map(self.operand, condition.values))})"

    def _begins_with(self, condition: BeginsWith) -> str:
        return f"begins_with({self.path(condition.path)}, {self.operand(condition.prefix)})"

    def _contains(self, condition: Contains) -> str:
        return f"contains({self.path(condition.path)}, {self.operand(condition.element)})"

    def _exists(self, condition: Exists) -> str:
        return f"attribute_exists({self.path(condition.path)})"

    def _not_exists(self, condition: NotExists) -> str:
        return f"attribute_not_exists({self.path(condition.path)})"

    def _has_type(self, condition: HasType) -> str:
        return f"attribute_type({self.path(condition.path)}, {self.encoded({'S': condition.type})})"

    def _and(self, condition: And) -> str:
        return self._joined(condition.parts, " AND ", Or)

    def _or(self, condition: Or) -> str:
        return self._joined(condition.parts, " OR ", And)

    def _joined(self, parts: Sequence[Condition], word: str, bracketed: type[And | Or]) -> str:
        self._operators += len(parts) - 2
        texts = [
            f"({self._condition(part)})" if type(_written(part)) is bracketed else self._condition(part)
            for part in parts
        ]
        return word.join(texts)

    def _not(self, condition: Not) -> str:
        return f"NOT ({self._condition(condition.part)})"

    # ------------------------------------------------------------ updates

    def _action(self, action: Action) -> str:
        self._operators += 1
        path = self.path(action.path)
        if action.operand is None:
            return path
        operand = self._set_operand(action.operand)
        return f"{path} = {operand}" if action.clause is Clause.SET else f"{path} {operand}"

    def _set_operand(self, operand: SetOperand) -> str:
        if type(operand) is Value:
            return self.encoded(self._encode(operand.slot, operand.value))
        if isinstance(operand, Path):
            return self.path(operand)
        self._operators += 1
        if isinstance(operand, Arithmetic):
            return f"{self._set_operand(operand.left)} {operand.op} {self._set_operand(operand.right)}"
        if isinstance(operand, IfNotExists):
            return f"if_not_exists({self.path(operand.path)}, {self._set_operand(operand.otherwise)})"
        if isinstance(operand, ListJoin):
            return f"list_append({self._set_operand(operand.first)}, {self._set_operand(operand.second)})"
        raise InvalidRequestError(f"{type(operand).__name__} cannot be the value of an update.")


def _written(condition: Condition) -> Condition:
    """The condition as it stands on the wire, made only of what DynamoDB has."""
    if type(condition) not in _REWRITTEN:
        return condition
    if isinstance(condition, Raw):
        return _written(condition.tree)
    if isinstance(condition, In):
        values = condition.values
        starts = range(0, len(values), IN_LIMIT)
        parts = tuple([In(condition.operand, values[start : start + IN_LIMIT]) for start in starts])
        return condition if len(parts) == 1 else Or(parts)
    # Reached only below an OR or NOT: a bare one is answered without a request.
    return And((Exists(_NEVER), NotExists(_NEVER)))


_REWRITTEN = frozenset({In, Never, Raw})
_NEVER = Path(("never",), Slot(object, "never"))


_WRITERS: dict[type[Condition], Callable[[Collector, Any], str]] = {
    Compare: Collector._compare,
    Between: Collector._between,
    In: Collector._in,
    BeginsWith: Collector._begins_with,
    Contains: Collector._contains,
    Exists: Collector._exists,
    NotExists: Collector._not_exists,
    HasType: Collector._has_type,
    And: Collector._and,
    Or: Collector._or,
    Not: Collector._not,
}
