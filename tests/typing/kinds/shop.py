"""The models that the kinds of mistakes are about. Right, all of it; never executed."""

# pyright: standard
from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dynamorm_async import (
    Attr,
    Document,
    GlobalIndex,
    Model,
    Nested,
    attr,
    computed,
    partition_key,
    sort_key,
    tenant,
    ttl,
    updated_at,
    version,
)


class Address(Document):
    street: Attr[str] = attr(default="")
    city: Attr[str] = attr()


class User(Model[str, int], table="users"):
    org: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    email: Attr[str] = attr(default="")
    age: Attr[int] = attr(default=0)
    credits: Attr[Decimal] = attr(default=Decimal(0))
    nickname: Attr[str | None] = attr(default=None)
    tags: Attr[set[str]] = attr(factory=set)
    scores: Attr[list[int]] = attr(factory=list)
    settings: Attr[dict[str, bool]] = attr(factory=dict)
    home: Nested[Address] = attr()
    second_home: Nested[Address | None] = attr(default=None)
    former_homes: Attr[list[Address]] = attr(factory=list)
    places: Attr[dict[str, Address]] = attr(factory=dict)
    seen: Attr[datetime | None] = attr(default=None)
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()
    expires: Attr[datetime | None] = ttl()

    by_email = GlobalIndex(email)


class Order(Model[str], table="orders"):
    id: Attr[str] = partition_key()
    total: Attr[int] = attr(default=0)
    label: Attr[str] = computed("{id}-{total}")


class Connection(Model, table="connections"):
    connection_id: Attr[str] = attr()
    pk: Attr[str] = partition_key("CONN#{connection_id}")


class Note(Model, table="notes"):
    tenant_id: Attr[str] = tenant()
    note_id: Attr[str] = attr()
    pk: Attr[str] = partition_key("TENANT#{tenant_id}")
    sk: Attr[str] = sort_key("NOTE#{note_id}")


home = Address(city="Ulm")
user = User(org="acme", number=1, home=home)
order = Order(id="1")
