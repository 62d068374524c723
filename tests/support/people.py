"""Models that exercise every kind of key and index, for the tests of queries."""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal

from dynamorm_async import (
    Attr,
    Document,
    GlobalIndex,
    LocalIndex,
    Model,
    Nested,
    attr,
    computed,
    partition_key,
    sort_key,
)

__all__ = ["Address", "Colour", "Event", "Invoice", "Order", "Person", "Place", "Profile", "Task"]


class Colour(enum.Enum):
    """Stored as text, in no order of its own."""

    RED = "red"
    BLUE = "blue"


class Address(Document):
    city: Attr[str] = attr(default="")
    zip: Attr[str | None] = attr(default=None)
    lines: Attr[list[str]] = attr(factory=list)


class Person(Model[str, str], table="people"):
    """Table with sort key, two local and three global indexes of each projection."""

    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr()
    age: Attr[int] = attr(default=0)
    name: Attr[str] = attr(default="")
    nickname: Attr[str | None] = attr(default=None)
    size: Attr[int] = attr(default=0, name="Size")
    tags: Attr[set[str]] = attr(factory=set)
    scores: Attr[list[int]] = attr(factory=list)
    flags: Attr[dict[str, bool]] = attr(factory=dict)
    credit: Attr[Decimal] = attr(default=Decimal(0))
    photo: Attr[bytes] = attr(default=b"")
    colour: Attr[Colour] = attr(default=Colour.RED)
    home: Nested[Address] = attr(factory=Address)

    by_age = LocalIndex(age)
    by_size = LocalIndex(size, projection="KEYS_ONLY")
    by_email = GlobalIndex(email, name="gsi-email")
    by_name = GlobalIndex(name, age, projection=[email])
    by_colour = GlobalIndex(colour, projection="KEYS_ONLY")
    by_nickname = GlobalIndex(name, nickname)


class Event(Model[str, datetime], table="events"):
    """Sorted by time; several sort attributes in an index."""

    source: Attr[str] = partition_key()
    at: Attr[datetime] = sort_key()
    tenant: Attr[str] = attr()
    region: Attr[str] = attr()
    year: Attr[int] = attr()
    month: Attr[int] = attr()
    level: Attr[str | None] = attr(default=None)

    by_place = GlobalIndex((tenant, region), sort=(year, month))
    by_level = GlobalIndex(level)


class Order(Model, table="shop", tag=True):
    """Templated keys, one table for several models."""

    pk: Attr[str] = partition_key("USER#{user}")
    sk: Attr[str] = sort_key("ORDER#{placed}#{number}")
    user: Attr[str]
    placed: Attr[datetime]
    number: Attr[str]
    state: Attr[str] = attr(default="new")
    line: Attr[int] = attr(default=0)
    tenant: Attr[str | None] = attr(default=None)
    state_key: Attr[str] = computed("STATE#{state}")
    line_key: Attr[str] = computed("{state}#{line:04}")
    tenant_key: Attr[str] = computed("TENANT#{tenant}")

    by_state = GlobalIndex(state_key, "placed")
    by_line = GlobalIndex(tenant_key, line_key)


class Profile(Model, table="shop", tag=True):
    """The other model of the table, with a constant sort key."""

    pk: Attr[str] = partition_key("USER#{user}")
    sk: Attr[str] = sort_key("PROFILE")
    user: Attr[str]
    name: Attr[str] = attr(default="")


class Place(Model[str, str], table="places"):
    """No index at all."""

    country: Attr[str] = partition_key()
    city: Attr[str] = sort_key()
    people: Attr[int] = attr(default=0)


class Task(Model[str], table="tasks"):
    """A partition key alone."""

    id: Attr[str] = partition_key()
    state: Attr[str] = attr(default="open")


class Invoice(Model, table="invoices"):
    """Keys whose parts are ordered in several ways."""

    pk: Attr[str] = partition_key("{tenant}")
    sk: Attr[str] = sort_key("{year:04}#{state}#{note}")
    tenant: Attr[str]
    year: Attr[int]
    state: Attr[Colour]
    note: Attr[str]
