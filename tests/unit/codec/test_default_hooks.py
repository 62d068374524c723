"""Where nobody registered a hook, the hooks are found without cattrs, and are the same."""

import enum
import subprocess
import sys
from collections import OrderedDict, abc
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import attrs
import pytest

from dynamorm_async import make_converter
from dynamorm_async._codec.converter import DefaultHooks
from dynamorm_async._codec.hooks import dump_for, is_plain, load_for
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async.errors import ModelDefinitionError

Name = NewType("Name", str)


class Text(str):
    __slots__ = ()


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Word(str, enum.Enum):  # noqa: UP042  an older way, which people have
    A = "a"


@attrs.frozen
class Point:
    x: int
    y: list[int]


@dataclass
class Pair:
    left: int
    right: str


NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
CASES = [
    (str, "a"),
    (Text, Text("a")),
    (Name, "a"),
    (Annotated[int, "note"], 1),
    (bytes, b"a"),
    (bool, True),
    (NoneType, None),
    (None, None),
    (int, 1),
    (float, 1.5),
    (Decimal, Decimal("1.5")),
    (timedelta, timedelta(seconds=1)),
    (datetime, NOW),
    (date, NOW.date()),
    (time, time(10)),
    (UUID, UUID(int=1)),
    (Any, {"a": [1]}),
    (Color, Color.RED),
    (Level, Level.LOW),
    (Word, Word.A),
    (Literal["a", 1], "a"),
    (list, [1]),
    (list[int], [1]),
    (tuple[int, str], (1, "a")),
    (tuple[int, ...], (1, 2)),
    (dict[str, Any], {"a": 1}),
    (set[str], {"a"}),
    (frozenset[int], frozenset({1})),
    (abc.Mapping[str, int], {"a": 1}),
    (str | None, None),
    (int | str, "a"),
    (Point | None, Point(1, [2])),
    (Point, Point(1, [2])),
    (list[Point], [Point(1, [2])]),
    (Pair, Pair(1, "a")),
    (OrderedDict[str, int], OrderedDict(a=1)),
]


@pytest.mark.parametrize(("kind", "value"), CASES, ids=lambda one: str(one) if not isinstance(one, str) else one)
def test_hooks_are_those_of_a_converter(kind, value):
    """A type's dump and load do the same, and are known as this library's own, or as not, in both places."""
    default, converter = DefaultHooks(), make_converter()

    plain = dump_for(default, kind)(value)

    assert plain == dump_for(converter, kind)(value)
    assert value == load_for(default, kind)(plain) == load_for(converter, kind)(plain)
    assert is_plain(default, kind) == is_plain(converter, kind)


@pytest.mark.parametrize(("kind", "_"), CASES, ids=lambda one: str(one) if not isinstance(one, str) else one)
@pytest.mark.parametrize("bad", [object(), "?", 1.25, [object()], {1: 2}, None], ids=lambda one: type(one).__name__)
def test_hooks_refuse_what_a_converter_refuses(kind, _, bad):
    """A value that does not fit is refused in the same words."""

    def said(hooks, direction):
        try:
            return str(direction(hooks, kind)(bad))
        except BadValueError as error:
            return str(error)

    default, converter = DefaultHooks(), make_converter()
    assert said(default, load_for) == said(converter, load_for)


@pytest.mark.parametrize("kind", [abc.Sequence[int], set[list[int]], int | float, Annotated[int, []], object])
def test_types_that_a_converter_refuses_are_refused(kind):
    """With the same error."""
    errors = []
    for hooks in (DefaultHooks(), make_converter()):
        with pytest.raises(ModelDefinitionError) as caught:
            (dump_for(hooks, kind), load_for(hooks, kind))
        errors.append(str(caught.value))

    assert errors[0] == errors[1]


def test_a_model_of_usual_types_needs_no_cattrs():
    """Scalars, sets, lists, documents and enums are compiled without a converter."""
    program = """
import enum, sys
from datetime import datetime
from dynamorm_async import Attr, Document, Model, Nested, attr, partition_key
from dynamorm_async._codec import default_codec

class Color(enum.Enum):
    RED = "red"

class Home(Document):
    city: Attr[str] = attr()

class User(Model, table="users"):
    id: Attr[str] = partition_key()
    color: Attr[Color] = attr()
    tags: Attr[set[str]] = attr()
    seen: Attr[datetime | None] = attr()
    home: Nested[Home] = attr()

user = User(id="1", color=Color.RED, tags={"a"}, seen=None, home=Home(city="b"))
model = default_codec.model(User.__dynamorm_spec__)
assert model.decode(model.encode(user)).color is Color.RED
print("cattrs" in sys.modules)
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert shown == "False\n"
