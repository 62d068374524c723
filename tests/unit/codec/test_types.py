"""Each supported type is stored in one form and reads back equal; whatever is not of the type is refused."""

from __future__ import annotations

import base64
import collections
import dataclasses
import enum
import json
from collections.abc import Mapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import TypeAliasType

from dynamorm_async import Document
from dynamorm_async._codec import Codec
from dynamorm_async._expr.slot import Slot
from dynamorm_async.errors import DecodeError, ModelDefinitionError, ValidationError
from tests.support.ids import stable

STRINGS = Path(__file__).parents[4] / "shared" / "vectors" / "strings" / "blns.base64.json"
UserId = NewType("UserId", str)
MOMENT = datetime(2026, 11, 21, 7, 35, 0, 5, tzinfo=UTC)
EAST = timezone(timedelta(hours=5, minutes=30))


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.StrEnum):
    SMALL = "s"


class Mixed(str, enum.Enum):  # noqa: UP042  the older way to write a StrEnum is still about
    A = "a"


class Level(enum.IntEnum):
    LOW = 1


class Odd(enum.Enum):
    TEXT = "1"
    NUMBER = 1
    BINARY = b"1"
    FLAG = True


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


class Slug(str):
    __slots__ = ()


class Even(int):
    def __new__(cls, value):
        if value % 2:
            raise ValueError("odd")
        return super().__new__(cls, value)


class Stamp(datetime):
    pass


class Answer(enum.Enum):
    YES = True
    NONE = None


class Worded(enum.Enum):
    ONE = Slug("one")


class Options(TypedDict):
    dark: bool


@dataclasses.dataclass
class Plain:
    moment: datetime
    colors: list[Color]


class Address(Document):
    street: str
    zip: int | None = None


class Cat(Document):
    lives: int


class Dog(Document):
    name: str


@pytest.fixture(scope="module")
def codec():
    """A codec without user hooks."""
    return Codec()


def through_json(encoded):
    """As it comes back from the service."""
    return json.loads(json.dumps(encoded))


@pytest.mark.parametrize(
    ("kind", "value", "encoded"),
    [
        (str, "", {"S": ""}),
        (str, "é😀\x00", {"S": "é😀\x00"}),
        (int, -5, {"N": "-5"}),
        (int, 10**40, {"N": "1" + "0" * 40}),
        (float, 1.5, {"N": "1.5"}),
        (float, 0.1, {"N": "0.1"}),
        (Decimal, Decimal("1.10"), {"N": "1.1"}),
        (Decimal, Decimal("1.0000000000000000000000000000000000001"), {"N": "1.0000000000000000000000000000000000001"}),
        (bool, False, {"BOOL": False}),
        (bytes, b"\x00\xff", {"B": "AP8="}),
        (None, None, {"NULL": True}),
        (UUID, UUID(int=5), {"S": "00000000-0000-0000-0000-000000000005"}),
        (date, date(2026, 1, 2), {"S": "2026-01-02"}),
        (time, time(7, 35), {"S": "07:35:00.000000"}),
        (time, time(7, 35, 0, 5, tzinfo=EAST), {"S": "07:35:00.000005+05:30"}),
        (datetime, MOMENT, {"S": "2026-11-21T07:35:00.000005Z"}),
        (datetime, MOMENT.replace(microsecond=0), {"S": "2026-11-21T07:35:00.000000Z"}),
        (datetime, datetime(1, 1, 1, tzinfo=UTC), {"S": "0001-01-01T00:00:00.000000Z"}),
        (datetime, MOMENT.astimezone(EAST), {"S": "2026-11-21T07:35:00.000005Z"}),
        (timedelta, timedelta(days=2), {"N": "172800"}),
        (timedelta, timedelta(days=-1, microseconds=1), {"N": "-86399.999999"}),
        (timedelta, timedelta.max, {"N": "86399999999999.999999"}),
        (Color, Color.RED, {"S": "red"}),
        (Size, Size.SMALL, {"S": "s"}),
        (Mixed, Mixed.A, {"S": "a"}),
        (Level, Level.LOW, {"N": "1"}),
        (Odd, Odd.NUMBER, {"N": "1"}),
        (Odd, Odd.BINARY, {"B": "MQ=="}),
        (Permission, Permission.READ | Permission.WRITE, {"N": "3"}),
        (Literal["a", 1], "a", {"S": "a"}),
        (Literal["a", 1, True], True, {"BOOL": True}),
        (Literal["a", None], None, {"NULL": True}),  # noqa: PYI061  the older way to write it
        (Literal[Color.RED], Color.RED, {"S": "red"}),
        (list[int], [1, 2], {"L": [{"N": "1"}, {"N": "2"}]}),
        (list, [1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
        (list[list[str]], [[], ["a"]], {"L": [{"L": []}, {"L": [{"S": "a"}]}]}),
        (tuple[int, str], (1, "a"), {"L": [{"N": "1"}, {"S": "a"}]}),
        (tuple[int, ...], (1, 2), {"L": [{"N": "1"}, {"N": "2"}]}),
        (tuple[()], (), {"L": []}),
        (dict[str, Decimal], {"a": Decimal("0.5")}, {"M": {"a": {"N": "0.5"}}}),
        (dict, {"a": None}, {"M": {"a": {"NULL": True}}}),
        (set[str], {"b", "a"}, {"SS": ["a", "b"]}),
        (set[int], {10, 9}, {"NS": ["10", "9"]}),
        (set[float], {0.5}, {"NS": ["0.5"]}),
        (frozenset[bytes], frozenset({b"a"}), {"BS": ["YQ=="]}),
        (set[UUID], {UUID(int=1)}, {"SS": ["00000000-0000-0000-0000-000000000001"]}),
        (set[Color], {Color.BLUE, Color.RED}, {"SS": ["blue", "red"]}),
        (set[datetime], {MOMENT}, {"SS": ["2026-11-21T07:35:00.000005Z"]}),
        (set[Literal["x", "y"]], {"y"}, {"SS": ["y"]}),
        (set, {1, 2}, {"NS": ["1", "2"]}),
        (set[str], set(), {"NULL": True}),
        (frozenset[int], frozenset(), {"NULL": True}),
        (set[str] | None, set(), {"L": []}),
        (set[str] | None, None, {"NULL": True}),
        (int | None, None, {"NULL": True}),
        (int | str | None, 1, {"N": "1"}),
        (bool | int, True, {"BOOL": True}),
        (bool | int, 1, {"N": "1"}),
        (float | str, 2.5, {"N": "2.5"}),
        (list[int] | str, [1], {"L": [{"N": "1"}]}),
        (set[str] | int, set(), {"NULL": True}),
        (set[str] | int | None, {"a"}, {"SS": ["a"]}),
        (Address, Address(street="x"), {"M": {"street": {"S": "x"}, "zip": {"NULL": True}}}),
        (Address | str, Address(street="x", zip=1), {"M": {"street": {"S": "x"}, "zip": {"N": "1"}}}),
        (Cat | Dog, Cat(lives=9), {"M": {"_type": {"S": "Cat"}, "lives": {"N": "9"}}}),
        (list[Cat | Dog | None], [None, Dog(name="Rex")], None),
        (dict[str, Address], {"home": Address(street="x")}, None),
        (tuple[Address, int], (Address(street="x"), 1), None),
        (Any, {"a": [1, True, None, b"x", Decimal("1.5"), {"s"}]}, None),
        (list[Any], [{"a": 1}], None),
        (Any | None, None, {"NULL": True}),
        (UserId, "u", {"S": "u"}),
        (list[UserId], ["u"], {"L": [{"S": "u"}]}),
        (Annotated[int, "years"], 5, {"N": "5"}),
        (dict[str, Annotated[int, "years"]], {"a": 5}, {"M": {"a": {"N": "5"}}}),
        (Slug, Slug("s"), {"S": "s"}),
        (Even, Even(2), {"N": "2"}),
        (Worded, Worded.ONE, {"S": "one"}),
        (TypeAliasType("Years", int), 5, {"N": "5"}),
        (Literal["a"] | int, "a", {"S": "a"}),
        (Literal["a"] | int, 1, {"N": "1"}),
        (Mapping[str, int], {"a": 1}, {"M": {"a": {"N": "1"}}}),
        (MutableSequence[int], [1], {"L": [{"N": "1"}]}),
        (AbstractSet[int], {1}, {"NS": ["1"]}),
        (Plain, Plain(MOMENT, [Color.RED]), None),
        (Options, {"dark": True}, {"M": {"dark": {"BOOL": True}}}),
        (collections.deque[int], collections.deque([1]), {"L": [{"N": "1"}]}),
    ],
    ids=stable,
)
def test_a_value_is_stored_in_its_form_and_reads_back_equal(codec, kind, value, encoded):
    """With its type, so that nothing drifts."""  # R27 R28 R32 R37
    slot = Slot(kind, "User.field")

    stored = codec.encode(slot, value)
    back = codec.decode(slot, through_json(stored))

    assert encoded is None or encoded == stored
    assert stored == through_json(stored)
    assert value == back
    assert type(value) is type(back)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, None),
        (str, 5),
        (str, b"a"),
        (int, True),
        (int, "5"),
        (int, 1.0),
        (int, Decimal(1)),
        (float, "1"),
        (float, True),
        (float, Decimal("1.5")),
        (float, 2**70 + 1),
        (float, 10**400),
        (Decimal, 1.5),
        (Decimal, True),
        (bool, 1),
        (bool, "false"),
        (bytes, "a"),
        (bytes, bytearray(b"a")),
        (None, 0),
        (UUID, str(UUID(int=1))),
        (date, MOMENT),
        (date, "2026-01-01"),
        (datetime, date(2026, 1, 1)),
        (datetime, datetime(2026, 1, 1)),
        (time, time(7, 35, tzinfo=ZoneInfo("Europe/Berlin"))),
        (datetime, datetime(1, 1, 1, tzinfo=EAST)),
        (timedelta, 5),
        (Color, "red"),
        (Size, "s"),
        (Level, 1),
        (Literal["a", 1], "b"),
        (Literal["a", 1], True),
        (Literal["a"], ["a"]),
        (list[int], (1, 2)),
        (list[int], {1}),
        (list[str], "ab"),
        (tuple[int, str], (1,)),
        (tuple[int, str], [1, "a"]),
        (dict[str, int], [("a", 1)]),
        (dict[str, int], {1: 1}),
        (set[int], {True}),
        (set[str], ["a"]),
        (set[str], {"a", 1}),
        (set[float], {float("nan")}),
        (Address, {"street": "x"}),
        (Address, Cat(lives=1)),
        (Cat | Dog, Address(street="x")),
        (int | str, 1.5),
        (Slug, "plain"),
        (Plain, Plain(datetime(2026, 1, 1), [])),
        (Any, MOMENT),
        (Any, Color.RED),
        (Any, Size.SMALL),
        (Any, object()),
        (dict[str, Any], {"a": Address(street="x")}),
    ],
    ids=stable,
)
def test_a_value_of_another_type_is_refused(codec, kind, value):
    """Nothing is converted in silence; the error names the field, never the value."""
    with pytest.raises(ValidationError, match=r"User\.field") as caught:
        codec.encode(Slot(kind, "User.field"), value)

    assert caught.value.errors


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [(float, 3, {"N": "3"}), (Decimal, 3, {"N": "3"}), (str, Size.SMALL, {"S": "s"}), (int, Level.LOW, {"N": "1"})],
)
def test_a_value_that_loses_nothing_is_taken(codec, kind, value, stored):
    """An int for a float or Decimal, a subclass for its base: each reads back equal."""
    slot = Slot(kind)

    assert stored == codec.encode(slot, value)
    assert value == codec.decode(slot, stored)
    assert type(codec.decode(slot, stored)) is kind


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (str, {"N": "5"}),
        (str, {"NULL": True}),
        (int, {"S": "5"}),
        (int, {"N": "1.5"}),
        (int, {"N": "NaN"}),
        (float, {"N": "Infinity"}),
        (float, {"BOOL": True}),
        (bool, {"N": "1"}),
        (bool, {"S": "false"}),
        (bytes, {"S": "AP8="}),
        (bytes, {"B": "?"}),
        (UUID, {"S": "no"}),
        (date, {"S": "2026-13-01"}),
        (time, {"S": "25:00"}),
        (datetime, {"S": "2026-01-01T00:00:00"}),
        (datetime, {"S": "0001-01-01T00:00:00+05:00"}),
        (timedelta, {"N": "1E-7"}),
        (timedelta, {"N": "1E+100"}),
        (Color, {"S": "green"}),
        (Color, {"N": "1"}),
        (Level, {"BOOL": True}),
        (Odd, {"S": "red"}),
        (Literal["a", 1], {"BOOL": True}),
        (Literal["a"], {"S": "b"}),
        (list[int], {"L": [{"N": "1"}, {"S": "a"}]}),
        (tuple[int, str], {"L": [{"N": "1"}]}),
        (dict[str, int], {"M": {"a": {"S": "b"}}}),
        (set[str], {"NS": ["1"]}),
        (set[int], {"SS": ["1"]}),
        (set[str], {"L": [{"S": "a"}]}),
        (Address, {"M": {"zip": {"N": "1"}}}),
        (Address, {"L": []}),
        (Cat | Dog, {"M": {"lives": {"N": "1"}}}),
        (Cat | Dog, {"M": {"_type": {"S": "os.system"}, "lives": {"N": "1"}}}),
        (Cat | Dog, {"M": {"_type": {"N": "1"}}}),
        (int | str, {"BOOL": True}),
        (Even, {"N": "1"}),
        (Plain, {"M": {"moment": {"S": "now"}, "colors": {"L": []}}}),
        (Stamp, {"S": "2026-11-21T07:35:00Z"}),
        (Any, {"N": "1E+999999999"}),
    ],
    ids=stable,
)
def test_a_stored_value_of_another_type_is_a_decode_error(codec, kind, stored):
    """The error names field and wire type, never the value."""
    with pytest.raises(DecodeError, match=r"User\.field") as caught:
        codec.decode(Slot(kind, "User.field"), stored)

    assert str(caught.value.path).startswith("User.field")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (str | UUID, "str and UUID cannot be told apart"),
        (int | float, "int and float"),
        (int | Decimal, "int and Decimal"),
        (Color | str, "Color and str"),
        (Cat | dict[str, Any], "ambiguous"),
        (list[int] | tuple[int, ...], "ambiguous"),
        (set[str] | set[int], "ambiguous"),
        (Literal["a"] | bool | Mixed, "ambiguous"),
        (set | int, "ambiguous"),
        (Cat | Dog | dict[str, int], "ambiguous"),
        (Answer | None, r"Answer\.NONE, whose value is None"),
        (list[Annotated[Answer, 1] | None], r"Answer\.NONE, whose value is None"),
        (Literal[Answer.NONE] | None, r"Answer\.NONE, whose value is None"),
        (Answer | int | None, "Answer and NoneType"),
        (set[Address], "set"),
        (set[bool], "set"),
        (set[list[int]], "set"),
        (set[Odd], "set"),
        (set[tuple[int, int]], "set"),
        (dict[int, str], "keys of a stored map are text"),
        (Sequence[int], "list and a tuple"),
        (Literal[b"a", 1.5], "float"),
        (complex, "no hook"),
        (object, "no hook"),
        (list[complex], "no hook"),
    ],
    ids=stable,
)
def test_a_type_that_could_not_be_read_back_is_refused_before_any_value(codec, kind, words):
    """With the fix."""
    with pytest.raises(ModelDefinitionError, match=words) as caught:
        codec.encode(Slot(kind), None)

    assert caught.value.hint


def test_every_bad_value_is_listed_with_its_path(codec):
    """Through lists, maps and documents; map keys are data, so their position stands for them."""
    slot = Slot(dict[str, list[Address | None]], "User.homes")

    with pytest.raises(ValidationError) as caught:
        codec.encode(slot, {"secret": [None, Address(street=5, zip="secret"), "secret"]})

    assert ["User.homes[key 0][1].street", "User.homes[key 0][1].zip", "User.homes[key 0][2]"] == [
        path for path, _ in caught.value.errors
    ]
    assert "secret" not in str(caught.value)


def test_datetimes_from_other_writers_are_read(codec):
    """Any ISO 8601 text with a zone; what comes back is in UTC."""  # R20
    slot = Slot(datetime)
    for text in ("2026-11-21T13:05:00.000005+05:30", "20261121T073500.000005Z", "2026-11-21 07:35:00.000005z"):
        assert MOMENT == codec.decode(slot, {"S": text})
        assert UTC is codec.decode(slot, {"S": text}).tzinfo


def test_a_type_with_unhashable_parts_is_refused(codec):
    """Converters keep hooks by type."""
    with pytest.raises(ModelDefinitionError, match="unhashable"):
        codec.encode(Slot(Annotated[int, ["unhashable"]]), 5)


@pytest.mark.skipif(not STRINGS.exists(), reason="the big list of naughty strings is not beside this checkout")
def test_fault_11_naughty_strings_come_back_exactly(codec):
    """As declared text, map keys and sets."""
    whole = "".join(line if len(line) == 76 else f"{line}\n" for line in json.loads(STRINGS.read_text()))
    strings = [base64.b64decode(line).decode() for line in whole.splitlines()]

    for kind, value in ((list[str], strings), (dict[str, str], dict.fromkeys(strings, "")), (set[str], set(strings))):
        assert value == codec.decode(Slot(kind), through_json(codec.encode(Slot(kind), value)))


def test_fault_11_a_lone_surrogate_is_refused(codec):
    """It has no UTF-8 form."""
    for kind, value in (
        (str, "\ud800"),
        (dict[str, int], {"\ud800": 1}),
        (set[str], {"\ud800"}),
        (list[str], ["\udfff"]),
    ):
        with pytest.raises(ValidationError, match="surrogate"):
            codec.encode(Slot(kind), value)


def test_slots_that_come_and_go_keep_their_own_forms():
    """A slot is known again by its identity, which another may get once it is gone. So it is kept, and not for ever."""
    codec, forms = Codec(), [(int, 7, {"N": "7"}), (str, "a", {"S": "a"}), (bool, True, {"BOOL": True})]
    for kind, value, stored in forms * 1000:
        assert codec.encode(Slot(kind, "value"), value) == stored

    assert len(codec._met) <= 1024
