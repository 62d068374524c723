"""The compiled codec costs about what plain dicts cost, a fraction of the plain cattrs way: ratios of CPU time only."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from dynamorm_async import Attr, Document, Model, Nested, attr, make_converter, partition_key, sort_key
from dynamorm_async._codec import Codec
from dynamorm_async._wire import values

pytestmark = pytest.mark.skipif(
    sys.gettrace() is not None or "coverage" in sys.modules, reason="traced code costs more in other proportions"
)


class Home(Document):
    street: Attr[str] = attr()
    city: Attr[str] = attr()
    zip: Attr[int] = attr()


class User(Model, table="users"):
    """Twelve attributes, about 1 KB."""

    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr()
    active: Attr[bool] = attr()
    balance: Attr[Decimal] = attr()
    tags: Attr[set[str]] = attr()
    history: Attr[list[str]] = attr()
    home: Nested[Home] = attr()
    seen: Attr[datetime] = attr()
    photo: Attr[bytes] = attr()
    count: Attr[int] = attr()


USERS = [
    User(
        org="org#acme",
        id=f"user#{number:06}",
        email="someone.with.a.name@example.com",
        age=42,
        active=True,
        balance=Decimal("12345.67"),
        tags={"alpha", "beta", "gamma"},
        history=[f"event {number} with some text" for number in range(5)],
        home=Home(street="1 Long Street Name", city="Springfield", zip=12345),
        seen=datetime(2026, 11, 21, 7, 35, 0, 123456, tzinfo=UTC),
        photo=b"x" * 300,
        count=7,
    )
    for number in range(100)
]
MODEL = Codec().model(User.__dynamorm_spec__)
BODY = msgspec.json.encode({"Items": [MODEL.encode(user) for user in USERS]})
decode_typed = msgspec.json.Decoder(msgspec.defstruct("Typed", [("Items", list[MODEL.wire])])).decode
decode_dicts = msgspec.json.Decoder(dict[str, list[dict[str, dict[str, Any]]]]).decode


def compiled():
    """A page to instances."""
    return [MODEL.build(wire) for wire in decode_typed(BODY).Items]


def cost(work):
    """CPU seconds of the quietest of several runs."""
    found = []
    for _ in range(7):
        start = time.process_time_ns()
        for _ in range(5):
            work()
        found.append(time.process_time_ns() - start)
    return min(found)


@pytest.fixture(scope="module")
def dicts():
    """What it costs msgspec to make plain dicts of the same page: 1.5 times as much makes instances of it."""
    return cost(lambda: decode_dicts(BODY))


def test_decoding_into_instances_costs_about_what_plain_dicts_cost(dicts):
    """Because the tagged dicts are never built."""  # R5
    assert USERS == compiled()
    assert cost(compiled) < 3 * dicts


def test_encoding_costs_about_what_decoding_plain_dicts_costs(dicts):
    """Twice at most, with room for noise."""  # R5
    assert cost(lambda: [MODEL.encode(user) for user in USERS]) < 4 * dicts


def test_the_compiled_way_is_several_times_cheaper_than_plain_cattrs():
    """Five times when this was written."""  # R5
    converter, fields = make_converter(), User.__dynamorm_spec__.fields

    def plainly():
        for item in decode_dicts(BODY)["Items"]:
            for field in fields:
                converter.structure(values.load(item[field.attribute]), field.type)

    assert 2 * cost(compiled) < cost(plainly)
