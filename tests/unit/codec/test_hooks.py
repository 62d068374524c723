"""User types are ordinary cattrs hooks, honoured in every position and on every path."""

from __future__ import annotations

import enum
import json
import types
from decimal import Decimal
from typing import Annotated, Any, NewType

import attrs
import cattrs
import msgspec
import pytest

from dynamorm_async import (
    Attr,
    Document,
    FieldConverter,
    Model,
    attr,
    configure_converter,
    make_converter,
    partition_key,
)
from dynamorm_async._codec import Codec
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import ConfigurationError, DecodeError, ModelDefinitionError, ValidationError
from tests.support.ids import stable

Cents = NewType("Cents", int)


@attrs.frozen
class Money:
    """An attrs class, so that without its hooks it would be a document."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, text):
        amount, currency = text.split()
        return cls(Decimal(amount), currency)


class Color(enum.StrEnum):
    RED = "red"


def money_converter():
    """A converter on which Money is text."""
    converter = make_converter()
    converter.register_unstructure_hook(Money, lambda money: f"{money.amount} {money.currency}")
    converter.register_structure_hook(Money, lambda text, _: Money.parse(text))
    return converter


FIVE = Money(Decimal("5.00"), "EUR")
STORED = {"S": "5.00 EUR"}


class Line(Document):
    price: Attr[Money] = attr()


class Order(Model, table="orders"):
    id: Attr[Money] = partition_key(
        converter=FieldConverter(lambda money: money.currency, lambda text: Money(Decimal(0), text))
    )
    total: Attr[Money] = attr()
    tip: Attr[Money | None] = attr(default=None)
    parts: Attr[list[Money]] = attr(factory=list)
    by_name: Attr[dict[str, Money]] = attr(factory=dict)
    kinds: Attr[set[Money]] = attr(factory=set)
    lines: Attr[list[Line]] = attr(factory=list)
    anything: Attr[Any] = attr(default=None)
    cents: Attr[int] = attr(
        default=0, converter=FieldConverter(lambda n: f"{n} cents", lambda text: int(text.split()[0]))
    )
    note: Attr[str | None] = attr(default=None, converter=FieldConverter(str.upper, str.lower))


def order():
    """An order with Money everywhere."""
    return Order(
        id=Money(Decimal(0), "EUR"),
        total=FIVE,
        parts=[FIVE],
        by_name={"a": FIVE},
        kinds={FIVE},
        lines=[Line(price=FIVE)],
        anything="free",
        cents=7,
        note="hello",
    )


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (Money, FIVE, STORED),
        (Money | None, FIVE, STORED),
        (Money | None, None, {"NULL": True}),
        (list[Money], [FIVE], {"L": [STORED]}),
        (tuple[Money, int], (FIVE, 1), {"L": [STORED, {"N": "1"}]}),
        (dict[str, Money], {"a": FIVE}, {"M": {"a": STORED}}),
        (set[Money], {FIVE}, {"SS": ["5.00 EUR"]}),
        (Annotated[Money, "x"], FIVE, STORED),
        (Line, Line(price=FIVE), {"M": {"price": STORED}}),
    ],
    ids=stable,
)
def test_a_hook_is_honoured_in_every_position(kind, value, stored):
    """Alone, optional, in containers, sets and documents: for keys, conditions and updates too."""  # R33
    codec = Codec(money_converter())

    assert stored == codec.encode(Slot(kind), value)
    assert value == codec.decode(Slot(kind), stored)


def test_hooks_and_field_converters_are_honoured_in_a_whole_item():
    """By the compiled code and by the slow way alike."""  # R33
    model = Codec(money_converter()).model(Order.__dynamorm_spec__)

    item = model.encode(order())
    wire = msgspec.json.decode(json.dumps(item), type=model.wire)

    assert {
        "id": {"S": "EUR"},
        "total": STORED,
        "parts": {"L": [STORED]},
        "by_name": {"M": {"a": STORED}},
        "kinds": {"SS": ["5.00 EUR"]},
        "lines": {"L": [{"M": {"price": STORED}}]},
        "anything": {"S": "free"},
        "cents": {"S": "7 cents"},
        "note": {"S": "HELLO"},
    } == item
    assert order() == model.build(wire)
    assert order() == model.decode(item)


def test_a_value_in_an_untyped_place_goes_through_the_hook_of_its_class():
    """Only the way back is not known there."""
    codec = Codec(money_converter())

    assert {"M": {"price": STORED}} == codec.encode(Slot(Any), {"price": FIVE})


def test_hooks_of_a_newtype_a_union_and_a_base_class_are_honoured():
    """Wherever cattrs would look for them."""

    class Base:
        def __init__(self, name):
            self.name = name

    class Derived(Base):
        pass

    converter = make_converter()
    converter.register_unstructure_hook(Cents, lambda cents: f"{cents}c")
    converter.register_structure_hook(Cents, lambda text, _: int(text[:-1]))
    converter.register_unstructure_hook(int | str, lambda value: [str(value)])
    converter.register_structure_hook(int | str, lambda plain, _: int(plain[0]))
    converter.register_unstructure_hook(Base, lambda value: value.name)
    converter.register_structure_hook(Base, lambda plain, kind: kind(plain))
    codec = Codec(converter)

    assert {"L": [{"S": "5c"}]} == codec.encode(Slot(list[Cents]), [5])
    assert [5] == codec.decode(Slot(list[Cents]), {"L": [{"S": "5c"}]})
    assert {"L": [{"S": "5"}]} == codec.encode(Slot(int | str), 5)
    assert 5 == codec.decode(Slot(int | str), {"L": [{"S": "5"}]})
    assert {"S": "d"} == codec.encode(Slot(Derived), Derived("d"))
    assert Derived is type(codec.decode(Slot(Derived), {"S": "d"}))


def test_a_hook_for_a_built_in_type_replaces_ours():
    """The compiled code gives way to it."""
    converter = make_converter()
    converter.register_unstructure_hook(int, lambda value: -value)
    converter.register_structure_hook(int, lambda plain, _: -plain)
    converter.register_unstructure_hook(enum.Enum, lambda member: member.name)
    converter.register_structure_hook(enum.Enum, lambda plain, kind: kind[plain])

    class Item(Model, table="t"):
        id: Attr[str] = partition_key()
        number: Attr[int] = attr()
        numbers: Attr[list[int]] = attr()
        color: Attr[Color] = attr()

    model = Codec(converter).model(Item.__dynamorm_spec__)
    item = Item(id="1", number=5, numbers=[1], color=Color.RED)

    stored = model.encode(item)

    assert {"id": {"S": "1"}, "number": {"N": "-5"}, "numbers": {"L": [{"N": "-1"}]}, "color": {"S": "RED"}} == stored
    assert item == model.build(msgspec.json.decode(json.dumps(stored), type=model.wire))


def test_a_failing_hook_is_an_error_with_the_path_and_the_cause():
    """The user's own error is the cause; its text, which may hold the value, is not ours."""

    def refuse(*_):
        raise RuntimeError("secret")

    converter = make_converter()
    converter.register_unstructure_hook(Money, refuse)
    converter.register_structure_hook(Money, refuse)
    codec = Codec(converter)

    with pytest.raises(ValidationError, match=r"Order\.parts\[1\].*Money raised RuntimeError") as caught:
        codec.encode(Slot(list[Money | None], "Order.parts"), [None, FIVE])
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert "secret" not in str(caught.value)

    with pytest.raises(DecodeError, match=r"Order\.total.*RuntimeError") as decoding:
        codec.decode(Slot(Money, "Order.total"), STORED)
    assert isinstance(decoding.value.__cause__, RuntimeError)


def test_a_hook_that_makes_something_unstorable_is_an_error():
    """It is told what can be stored."""
    converter = make_converter()
    converter.register_unstructure_hook(Money, lambda money: object())

    with pytest.raises(ValidationError, match="object has no DynamoDB form"):
        Codec(converter).encode(Slot(Money), FIVE)


@pytest.mark.parametrize(("plain", "words"), [("same", "stored alike"), (["a", "list"], "list, map or set")])
def test_a_hook_that_makes_no_set_members_is_an_error(plain, words):
    """Two members with one stored form would be one member when read back."""
    converter = make_converter()
    converter.register_unstructure_hook(Money, lambda _: plain)

    with pytest.raises(ValidationError, match=words):
        Codec(converter).encode(Slot(set[Money]), {FIVE, Money(Decimal(1), "EUR")})


def test_a_union_with_a_hooked_type_needs_a_hook_of_its_own():
    """How that member is stored is known to its hook alone."""
    with pytest.raises(ModelDefinitionError, match="known to its hook alone"):
        Codec(money_converter()).encode(Slot(Money | int), FIVE)


def test_a_converter_with_cattrs_own_rules_is_refused():
    """Under them None is stored as 'None'."""
    with pytest.raises(ConfigurationError, match="configure_converter"):
        Codec(cattrs.Converter())


def test_a_converter_of_ones_own_can_be_configured():
    """Hooks for other types stay; a copy of it is as good."""
    converter = cattrs.Converter()
    converter.register_unstructure_hook(Money, lambda money: money.currency)
    converter.register_structure_hook(Money, lambda text, _: Money(Decimal(0), text))
    configure_converter(converter)

    for one in (converter, converter.copy()):
        assert {"S": "EUR"} == Codec(one).encode(Slot(Money), FIVE)
        assert {"N": "1"} == Codec(one).encode(Slot(int), 1)


def test_the_converter_itself_is_strict():
    """Also where a hook of the user calls it."""
    converter = make_converter()

    assert {"street": "x", "tags": None} == converter.unstructure(Plain("x", set()))
    assert Plain("x", set()) == converter.structure({"street": "x"}, Plain)
    for plain, kind in ((None, str), ("false", bool), ("5", int), (["a"], set[str]), ({"street": None}, Plain)):
        with pytest.raises(ValueError, match="expected"):
            converter.structure(plain, kind)


@attrs.define
class Plain:
    """Not of this library."""

    street: str
    tags: set[str]


@pytest.mark.parametrize("kind", [Money | None, Annotated[Money | None, "paid"], list[Money | None]])
def test_none_that_a_hook_makes_is_null(kind):
    """As cattrs has it for an optional type. Only an empty set has another form where None stands beside it."""
    converter = make_converter()
    converter.register_unstructure_hook(Money, lambda money: None)
    converter.register_structure_hook(Money, lambda plain, _: FIVE)
    namespace = {
        "__annotations__": {"id": Attr[str], "paid": Attr[kind]},
        "id": partition_key(),
        "paid": attr(null="null"),
    }
    cls = types.new_class("Bill", (Model,), {"table": "bills"}, lambda body: body.update(namespace))
    many = kind == list[Money | None]
    item = Codec(converter).model(cls.__dynamorm_spec__).encode(cls(id="1", paid=[FIVE] if many else FIVE))

    assert item["paid"] == ({"L": [{"NULL": True}]} if many else {"NULL": True})
