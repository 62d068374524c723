"""Random models and values: the compiled codec does what the plain cattrs way does, and reads back what it wrote."""

from __future__ import annotations

import copy
import enum
import json
import types
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamorm_async import Attr, Document, Model, attr, make_converter, partition_key
from dynamorm_async._codec import Codec, omitted
from dynamorm_async._wire import values
from dynamorm_async.errors import DecodeError


class Color(enum.Enum):
    RED = "red"
    BLUE = "blü"


class Size(enum.StrEnum):
    SMALL = "s"
    LARGE = "l"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = -(2**70)


class Odd(enum.Enum):
    TEXT = "1"
    NUMBER = 1
    BINARY = b"1"


class Slug(str):
    __slots__ = ()


class Worded(enum.Enum):
    ONE = Slug("one")


Name = NewType("Name", str)


@attrs.frozen
class Money:
    cents: int


class Cat(Document):
    lives: Attr[int] = attr()
    name: Attr[str | None] = attr(default=None, name="the name")


class Dog(Document):
    tags: Attr[set[str]] = attr(factory=set)
    price: Attr[Money] = attr(default=Money(1))
    friend: Attr[Cat | None] = attr(default=None)


@attrs.define
class Outsider:
    size: float
    moods: list[Color] = attrs.field(factory=list)


def money_hooks():
    """A converter on which Money is text, so that it must go through the hook."""
    converter = make_converter()
    converter.register_unstructure_hook(Money, lambda money: f"{money.cents}c")
    converter.register_structure_hook(Money, lambda text, _: Money(int(text[:-1])))
    return converter


CONVERTER = money_hooks()

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)
decimals = st.decimals(-(10**20), 10**20, allow_nan=False, places=9) | st.integers(-(10**37), 10**37).map(Decimal)
floats = st.floats(-1e100, 1e100, allow_nan=False, allow_subnormal=False).map(lambda x: x if abs(x) > 1e-100 else 0.0)
plain = st.recursive(
    st.none() | st.booleans() | text | st.binary(max_size=4) | st.integers(-(10**37), 10**37),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
cats = st.builds(Cat, lives=st.integers(0, 9), name=st.none() | text)
money = st.builds(Money, cents=st.integers(0, 1000))

LEAVES = {
    str: text,
    int: st.integers(-(10**38) + 1, 10**38 - 1) | st.integers(-5, 5),
    float: floats,
    Decimal: decimals,
    bool: st.booleans(),
    bytes: st.binary(max_size=8),
    UUID: st.uuids(),
    date: st.dates(),
    time: st.times(),
    datetime: moments,
    timedelta: st.timedeltas(),
    Color: st.sampled_from(Color),
    Size: st.sampled_from(Size),
    Level: st.sampled_from(Level),
    Literal["a", "b"]: st.sampled_from(["a", "b"]),
    Literal[1, 2]: st.sampled_from([1, 2]),
}
OTHERS = {
    Any: plain,
    Odd: st.sampled_from(Odd),
    Worded: st.sampled_from(Worded),
    Literal[Color.RED]: st.just(Color.RED),
    list[Annotated[int, "counted"]]: st.lists(st.integers(0, 5), max_size=2),
    set[Name]: st.sets(text, max_size=2),
    Literal["a", 1, True]: st.sampled_from(["a", 1, True]),
    Money: money,
    Cat: cats,
    Dog: st.builds(Dog, tags=st.sets(text), price=money, friend=st.none() | cats),
    Outsider: st.builds(Outsider, size=floats, moods=st.lists(st.sampled_from(Color), max_size=2)),
    Cat | Dog: cats | st.builds(Dog, price=money),
    Cat | Dog | str | None: st.none() | text | cats | st.builds(Dog),
    int | str: st.integers(-5, 5) | text,
    set[int] | bool | None: st.none() | st.booleans() | st.sets(st.integers(-(10**37), 10**37), max_size=2),
}
SETS = [kind for kind in LEAVES if kind is not bool and kind is not float]

leaves = st.sampled_from(list(LEAVES.items()))
sets = st.sampled_from(SETS).flatmap(
    lambda kind: st.sampled_from(
        [
            (set[kind], st.sets(LEAVES[kind], max_size=3)),
            (frozenset[kind], st.frozensets(LEAVES[kind], max_size=3)),
        ]
    )
)


def containers(inner):
    """Types that hold other types, with strategies for their values."""
    return st.one_of(
        inner.map(lambda pair: (list[pair[0]], st.lists(pair[1], max_size=3))),
        inner.map(lambda pair: (dict[str, pair[0]], st.dictionaries(text, pair[1], max_size=3))),
        inner.map(lambda pair: (tuple[pair[0], ...], st.lists(pair[1], max_size=3).map(tuple))),
        st.tuples(inner, inner).map(lambda two: (tuple[two[0][0], two[1][0]], st.tuples(two[0][1], two[1][1]))),
        inner.map(lambda pair: (pair[0] | None, st.none() | pair[1])),
    )


kinds = st.recursive(leaves | sets | st.sampled_from(list(OTHERS.items())), containers, max_leaves=4)


@st.composite
def models(draw):
    """A model class with random fields, and an instance of it."""
    namespace: dict[str, Any] = {"__annotations__": {"id": Attr[str]}, "id": partition_key()}
    given_values: dict[str, Any] = {"id": draw(text.filter(bool))}
    for number, (kind, strategy) in enumerate(draw(st.lists(kinds, min_size=1, max_size=5))):
        name = f"field_{number}"
        value = draw(strategy)
        options: dict[str, Any] = {"name": draw(st.sampled_from([None, f"näme {number}"]))}
        options["null"] = draw(st.sampled_from([None, "null"]))
        default = draw(st.sampled_from(["none", "value", "same", "factory"]))
        if default == "value" and not isinstance(other := draw(strategy), (list, dict, set)):
            options["default"] = other
        elif default == "same" and not isinstance(value, (list, dict, set)):
            options["default"] = value
        elif default == "factory":
            made = draw(strategy)
            options["factory"] = lambda made=made: copy.deepcopy(made)
        namespace["__annotations__"][name] = Attr[kind]
        namespace[name] = attr(**options)
        given_values[name] = value
    cls = types.new_class("Random", (Model,), {"table": "t"}, lambda body: body.update(namespace))
    return cls(**given_values)


def same(one, other):
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (set, frozenset)):
        return one == other and {type(member) for member in one} == {type(member) for member in other}
    if attrs.has(type(one)):
        return same(attrs.asdict(one, recurse=False), attrs.asdict(other, recurse=False))
    return bool(one == other)


def by_cattrs(instance):
    """The item as the converter alone makes it, field by field."""
    item = {}
    for field in type(instance).__dynamorm_spec__.fields:
        value = instance.__dict__[field.name]
        if not omitted(field, value):
            item[field.attribute] = values.dump(CONVERTER.unstructure(value, unstructure_as=field.type))
    return item


def read_by_cattrs(cls, item):
    """The values as the converter alone reads them, of the attributes that are there."""
    return {
        field.name: CONVERTER.structure(values.load(item[field.attribute]), field.type)
        for field in cls.__dynamorm_spec__.fields
        if field.attribute in item
    }


def unexpected(*_):
    """Stands for the slow way where it must not be needed."""
    pytest.fail("the compiled way did not do")


def compiled(model, item):
    """What the compiled way makes of an item, or the slow way where msgspec refuses it."""
    try:
        wire = msgspec.json.decode(json.dumps(item), type=model.wire)
    except msgspec.ValidationError:
        return model.decode(item)
    return model.build(wire)


@settings(report_multiple_bugs=False)
@given(models())
def test_compiled_and_plain_agree_and_what_is_written_reads_back(instance):
    """Field types, defaults, names, null policies and hooks at random."""  # R27 R28 R32 R33 R36
    model = Codec(CONVERTER).model(type(instance).__dynamorm_spec__)
    decode = model.decode
    # Good values need no second try.
    model.decode = model._encode_slowly = unexpected

    item = json.loads(json.dumps(model.encode(instance)))
    slow, fast = decode(item), model.build(msgspec.json.decode(json.dumps(item), type=model.wire))

    assert by_cattrs(instance) == item
    assert same(dict(instance.__dict__), dict(slow.__dict__))
    assert same(dict(instance.__dict__), dict(fast.__dict__))
    read = read_by_cattrs(type(instance), item)
    assert same({name: instance.__dict__[name] for name in read}, read)


DAMAGE = st.sampled_from(
    [
        {"S": ""},
        {"S": "1"},
        {"S": "red"},
        {"S": "2026-11-21T07:35:00.1234567Z"},
        {"S": "2026-11-21"},
        {"S": "07:35:00.9999999"},
        {"S": "20261121T073500+0200"},
        {"S": "{00000000-0000-0000-0000-000000000001}"},
        {"N": "1"},
        {"N": "007"},
        {"N": "1.50"},
        {"N": "1E2"},
        {"N": "-0.0"},
        {"N": "1_0"},
        {"N": "NaN"},
        {"N": "1E+999999999"},
        {"N": "0.0000001"},
        {"B": "eHh="},
        {"B": "e"},
        {"BOOL": True},
        {"NULL": True},
        {"NULL": False},
        {"SS": ["a", "a"]},
        {"NS": ["1", "1.0"]},
        {"BS": []},
        {"SS": []},
        {"L": []},
        {"L": [{"S": "a"}]},
        {"M": {}},
        {"M": {"lives": {"N": "1"}}},
        {"M": {"_type": {"S": "Dog"}}},
        {"S": "a", "N": "1"},
        {},
        None,
    ]
)


def places(item):
    """Every list or dict inside an item at which an attribute value hangs, with the index or key where."""
    found = []
    pending = [item]
    while pending:
        holder = pending.pop()
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            found.append((holder, key))
            pending += [inner for tag, inner in holder[key].items() if tag in ("M", "L")]
    return found


@settings(report_multiple_bugs=False)
@given(models(), st.data())
def test_whatever_is_stored_both_ways_read_the_same_or_refuse_the_same(instance, data):
    """Damaged items, numbers and times in odd forms, other wire types, missing attributes."""
    model = Codec(CONVERTER).model(type(instance).__dynamorm_spec__)
    item = json.loads(json.dumps(model.encode(instance)))
    container, key = data.draw(st.sampled_from(places(item)))
    container[key] = data.draw(DAMAGE)

    try:
        slow = model.decode(item)
    except DecodeError as error:
        with pytest.raises(DecodeError) as caught:
            compiled(model, item)
        assert (str(error), error.path) == (str(caught.value), caught.value.path)
    else:
        assert same(dict(slow.__dict__), dict(compiled(model, item).__dict__))
