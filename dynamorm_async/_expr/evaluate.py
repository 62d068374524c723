"""Conditions evaluated here, by DynamoDB's rules, on an item in wire form.

Needed where the service cannot test: it takes no filter on the key attributes of the index it reads.
Comparisons across types are false, ``<>`` across types is true, text is ordered by its UTF-8 bytes.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from dynamorm_async._expr.conditions import (
    And,
    BeginsWith,
    Between,
    Comparator,
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
    Value,
)
from dynamorm_async._expr.functions import crossed_ends
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import AttributeValue

__all__ = ["Evaluator", "check_stored_ends", "comparable"]

_Found = tuple[str, Any] | None


def comparable(value: AttributeValue) -> tuple[str, Any]:
    """The type tag and a form of the value that compares as DynamoDB does."""
    ((tag, raw),) = value.items()
    match tag:
        case "S":
            return tag, raw.encode()
        case "N":
            return tag, Decimal(raw)
        case "B":
            return tag, _binary(raw)
        case "NS":
            return tag, frozenset(map(Decimal, raw))
        case "SS":
            return tag, frozenset(raw)
        case "BS":
            return tag, frozenset(map(_binary, raw))
        case "L":
            return tag, [comparable(element) for element in raw]
        case "M":
            return tag, {name: comparable(element) for name, element in raw.items()}
        case _:
            return tag, raw


def _binary(raw: Any) -> bytes:
    return b64decode(raw) if isinstance(raw, str) else bytes(raw)


class Evaluator:
    """Tests conditions on items.

    Args:
        encode: Turns a slot and a Python value into an attribute value.
    """

    __slots__ = ("_encode", "_encoded")

    def __init__(self, encode: Callable[[Slot, Any], AttributeValue]) -> None:
        self._encode = encode
        self._encoded: dict[int, tuple[Value, _Found]] = {}

    def test(self, condition: Condition, item: Mapping[str, AttributeValue]) -> bool:
        """Whether the item meets the condition."""
        match condition:
            case And(parts):
                return all(self.test(part, item) for part in parts)
            case Or(parts):
                return any(self.test(part, item) for part in parts)
            case Not(part):
                return not self.test(part, item)
            case Compare(op, left, right):
                return _compare(op, self._find(left, item), self._find(right, item))
            case Between(operand, low, high):
                found, least, most = self._find(operand, item), self._find(low, item), self._find(high, item)
                if isinstance(low, Value) and isinstance(high, Value) and _compare(Comparator.GT, least, most):
                    raise crossed_ends(low.slot.label)
                return _compare(Comparator.GE, found, least) and _compare(Comparator.LE, found, most)
            case In(operand, values):
                found = self._find(operand, item)
                return any(_compare(Comparator.EQ, found, self._find(value, item)) for value in values)
            case _:
                return self._test_function(condition, item)

    def _test_function(self, condition: Condition, item: Mapping[str, AttributeValue]) -> bool:
        match condition:
            case Exists(path):
                return _reach(path, item) is not None
            case NotExists(path):
                return _reach(path, item) is None
            case HasType(path, kind):
                found = self._find(path, item)
                return found is not None and found[0] == kind
            case BeginsWith(path, prefix):
                found, wanted = self._find(path, item), self._find(prefix, item)
                return _same(found, wanted) and found[0] in "SB" and found[1].startswith(wanted[1])  # type: ignore[index]
            case Contains(path, element):
                return _contains(self._find(path, item), self._find(element, item))
            case Never():
                return False
            case Raw(_, tree):
                return self.test(tree, item)
            case _:
                raise InvalidRequestError(f"{type(condition).__name__} is no condition that can be tested.")

    def _find(self, operand: Operand, item: Mapping[str, AttributeValue]) -> _Found:
        if isinstance(operand, Value):
            return self._of_value(operand)
        if isinstance(operand, Path):
            found = _reach(operand, item)
            return None if found is None else comparable(found)
        found = _reach(operand.path, item)
        return None if found is None else _size(found)

    def _of_value(self, value: Value) -> _Found:
        # The same tree is tested on item after item; the value is kept with it, so that its id stays its own.
        known = self._encoded.get(id(value))
        if known is None:
            known = self._encoded[id(value)] = value, comparable(self._encode(value.slot, value.value))
        return known[1]


def _reach(path: Path, item: Mapping[str, AttributeValue]) -> AttributeValue | None:
    value = item.get(path.attribute)
    for segment in path.segments[1:]:
        if value is None:
            return None
        if isinstance(segment, int):
            elements = value.get("L", ())
            value = elements[segment] if segment < len(elements) else None
        else:
            value = value.get("M", {}).get(segment)
    return value


def _size(value: AttributeValue) -> _Found:
    tag, raw = comparable(value)
    if tag == "S":
        # The service counts as Java does: a character beyond the basic plane is two.
        return "N", Decimal(len(value["S"].encode("utf-16-le", "surrogatepass")) // 2)
    return None if tag in ("N", "BOOL", "NULL") else ("N", Decimal(len(raw)))


def _same(left: _Found, right: _Found) -> bool:
    return left is not None and right is not None and left[0] == right[0]


def _compare(op: Comparator, left: _Found, right: _Found) -> bool:
    if left is None or right is None:
        # A missing attribute differs from everything, another missing one included, and is in no other relation.
        return op is Comparator.NE
    if op is Comparator.EQ:
        return left == right
    if op is Comparator.NE:
        return left != right
    if left[0] != right[0] or left[0] not in "SNB":
        return False
    match op:
        case Comparator.LT:
            return bool(left[1] < right[1])
        case Comparator.LE:
            return bool(left[1] <= right[1])
        case Comparator.GT:
            return bool(left[1] > right[1])
        case _:
            return bool(left[1] >= right[1])


def check_stored_ends(label: str, low: AttributeValue, high: AttributeValue) -> None:
    """Refuse a range whose ends are exchanged in the form in which they are stored. What has no value yet passes.

    Raises:
        InvalidRequestError: ``low`` is greater than ``high``.
    """
    if low and high and _compare(Comparator.GT, comparable(low), comparable(high)):
        raise crossed_ends(label)


def _contains(found: _Found, element: _Found) -> bool:
    if found is None or element is None:
        return False
    tag, value = found
    if tag in ("S", "B"):
        return element[0] == tag and element[1] in value
    if tag == "L":
        return element in value
    if tag == "SS":
        return element[0] == "S" and element[1].decode() in value
    return tag in ("NS", "BS") and element[0] == tag[0] and element[1] in value
