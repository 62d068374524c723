"""A condition written to the wire and read back is the same condition."""

from __future__ import annotations

import re

from hypothesis import example, given

from dynamorm_async._codec import default_codec
from dynamorm_async._expr.compile import IN_LIMIT, Collector
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
    Or,
    Size,
    Value,
)
from dynamorm_async._expr.parse import parse_condition
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from tests.support.conditions import trees
from tests.support.people import Person

ANY = Slot(object)


def plain(node):
    """A tree whose values are in wire form, so that two can be compared: what was typed is gone on the wire."""
    match node:
        case Value(value, slot) if slot is not ANY:
            return Value(default_codec.encode(slot, value), ANY)
        case Path(segments):
            return Path(segments, ANY)
        case Size(path):
            return Size(plain(path))
        case Compare(op, left, right):
            return Compare(op, plain(left), plain(right))
        case Between(operand, low, high):
            return Between(plain(operand), plain(low), plain(high))
        case In(operand, values) if len(values) > IN_LIMIT:
            groups = [values[start : start + IN_LIMIT] for start in range(0, len(values), IN_LIMIT)]
            return Or(tuple(plain(In(operand, group)) for group in groups))
        case In(operand, values):
            return In(plain(operand), tuple(map(plain, values)))
        case BeginsWith(path, other) | Contains(path, other):
            return type(node)(plain(path), plain(other))
        case Exists(path) | NotExists(path):
            return type(node)(plain(path))
        case HasType(path, kind):
            return HasType(plain(path), kind)
        case And(parts) | Or(parts):
            return type(node)(tuple(map(plain, parts)))
        case Not(part):
            return Not(plain(part))
        case Never():
            nowhere = Path(("never",), ANY)
            return And((Exists(nowhere), NotExists(nowhere)))
        case _:
            return node


def flat(condition: Condition) -> Condition:
    """Groups inside a group of the same kind are one group: the wire has no brackets there."""
    match condition:
        case And(parts) | Or(parts):
            inner = [flat(part) for part in parts]
            return type(condition)(
                tuple(p for part in inner for p in (part.parts if type(part) is type(condition) else (part,)))
            )
        case Not(part):
            return Not(flat(part))
        case _:
            return condition


def read_back(condition: Condition) -> Condition:
    """Render, then parse."""
    collector = Collector(default_codec.encode)
    text = collector.condition(condition)
    names, values = collector.names, collector.values

    def value(placeholder: str) -> Value:
        # attribute_type takes its text as it is; every other value stays in wire form.
        return Value(values[placeholder]["S"] if placeholder in types else values[placeholder], ANY)

    types = set(re.findall(r"attribute_type\([^,]+, (:v\d+)\)", text))
    return parse_condition(text, names.__getitem__, value)


@given(trees)
@example(Person.age.in_(range(250)))
@example(~Person.age.in_(range(250)) & (Person.age == 1))
@example(~Person.age.in_([]) | (Person.age == 1))
def test_rendered_and_parsed_is_the_same_tree(condition):
    """Names, values, operators and grouping survive the way to the wire and back."""
    assert flat(plain(condition)) == flat(plain(read_back(condition)))
